"""What a load changed, defined once for reports, pages and the API. Every row of a file meets one fate of these:

* *unchanged*: the lake has a row with exactly these values;
* *added*: nobody had it before (``accepted`` counts added and changed rows together);
* *changed*: the source has a key, and the key's row had other values, which this one replaces;
* set aside (quarantine), or an exact repetition of another row of the files.

*removed* counts rows of the lake, not of the file: rows of an earlier file that this one speaks of (the same customer of a
snapshot, the same proposal) and no longer holds. A source without a key cannot tell a changed row from another one: there
the old row is removed and the new one added. Events and answers are only ever added.
"""

from typing import TYPE_CHECKING

from accounts.lake.landing import Landed
from accounts.sources import Source

if TYPE_CHECKING:
    import duckdb

ASIDE_AT_ONCE = {"ragged_row", "long_row"}  # before the rows are numbered
_TABLE = (
    "CREATE TEMP TABLE IF NOT EXISTS origins (code VARCHAR, file_no BIGINT, rows BIGINT, removed BIGINT, first_line BIGINT, "
    "last_line BIGINT)"
)


def keep_changes(db: "duckdb.DuckDBPyConnection", source: Source, files: list[Landed]) -> None:
    """Fill ``changed`` and ``removed`` of the files' reports, and ``origins``: per customer and file, rows come and gone.

    Call after the source was curated; reads ``classed`` and ``removed`` (events: ``arrived``, ``twice`` and ``doubtful``).
    """
    db.execute(_TABLE)
    if source.events:
        db.execute(
            "INSERT INTO origins SELECT customer, file_no, count(*), 0, NULL, NULL FROM (SELECT customer, file_no FROM arrived "
            "WHERE h NOT IN (SELECT h FROM twice) UNION ALL SELECT customer, file_no FROM doubtful WHERE NOT known) "
            "GROUP BY customer, file_no"
        )
        return
    taken = _taken(db, source)
    for landed in files:
        count = taken.get(landed.number, 0)
        landed.report.changed, landed.report.removed = (count, 0) if source.unique else (0, count)
    if source.customer:
        _keep_origins(db, source, files)


def _taken(db: "duckdb.DuckDBPyConnection", source: Source) -> dict[int, int]:
    """``taken``: the rows that gave way, each with the first file that speaks of its scope. Returns their number per file."""
    if not source.scope:
        db.execute("CREATE OR REPLACE TEMP TABLE taken AS SELECT 0 AS file_no, * FROM removed WHERE false")
        return {}
    scope = ", ".join(f'"{name}"' for name in source.scope)
    same = " AND ".join(f'o."{name}" IS NOT DISTINCT FROM r."{name}"' for name in source.scope)
    db.execute(
        f"CREATE OR REPLACE TEMP TABLE taken AS SELECT o.file_no, r.* FROM removed r JOIN (SELECT {scope}, min(file_no) AS file_no "
        f"FROM classed WHERE fate IN ('accepted', 'unchanged') GROUP BY {scope}) o ON {same}"
    )
    return dict(db.execute("SELECT file_no, count(*) FROM taken GROUP BY file_no").fetchall())


def _keep_origins(db: "duckdb.DuckDBPyConnection", source: Source, files: list[Landed]) -> None:
    _number_ragged(db, files)
    line = "{0} + 2 + (SELECT count(*) FROM ragged g WHERE g.file_no = o.file_no AND g.place <= {0} + 2)"
    removed = "0" if source.unique else "coalesce(g.n, 0)"  # a changed row is counted once, as changed
    db.execute(
        "CREATE OR REPLACE TEMP TABLE came AS SELECT customer, file_no, count(*) AS n, min(rn) AS low, max(rn) AS high "
        "FROM classed WHERE fate = 'accepted' GROUP BY customer, file_no"
    )
    db.execute(
        f"INSERT INTO origins SELECT customer, file_no, n, removed, {line.format('low')}, {line.format('high')} FROM ("
        f"SELECT coalesce(c.customer, g.customer) AS customer, coalesce(c.file_no, g.file_no) AS file_no, coalesce(c.n, 0) AS n, "
        f"{removed} AS removed, low, high FROM came c FULL JOIN "
        "(SELECT customer, file_no, count(*) AS n FROM taken GROUP BY customer, file_no) g "
        "ON g.customer = c.customer AND g.file_no = c.file_no) o WHERE customer IS NOT NULL"
    )


def _number_ragged(db: "duckdb.DuckDBPyConnection", files: list[Landed]) -> None:
    """``ragged``: the rows set aside before parsing are lines of the file too; ``place`` is how many usable ones precede."""
    db.execute("CREATE OR REPLACE TEMP TABLE ragged (file_no BIGINT, place BIGINT)")
    for landed in files:
        lines = sorted(each["line"] for each in landed.report.quarantine if each["reason"] in ASIDE_AT_ONCE)
        if lines:
            places = [line - before for before, line in enumerate(lines)]
            db.execute("INSERT INTO ragged SELECT ?, unnest(?)", [landed.number, places])
