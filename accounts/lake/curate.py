"""From parsed rows to the curated zone: check, set aside, drop exact repetitions, compare with what is there, write Parquet.

Leaves two temporary tables for the outputs: ``accepted`` (new or changed rows) and ``removed`` (rows that newer ones replace).
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from accounts.lake.additive import hold_back, replaces
from accounts.lake.aside import row_text
from accounts.lake.job import Job, KnownTable
from accounts.lake.landing import Landed
from accounts.lake.money import count_money
from accounts.lake.parsing import Rule, listed, quoted, rules
from accounts.lake.reading import KEPT_QUARANTINE, TEXT_TYPES, note
from accounts.sources import Effect, Source
from b2shift.lib.lake import Lake

if TYPE_CHECKING:
    import duckdb

TOKEN_BELOW = 0.1  # a placeholder price is tiny and the commonest value of its column
TOKEN_SHARE = 0.005
MONTHS = {"tickets": "created_on"}  # large tables are kept by month, so that a change rewrites its own months only


def curate(
    db: "duckdb.DuckDBPyConnection", job: Job, lake: Lake, source: Source, files: list[Landed], known: KnownTable
) -> KnownTable:
    """Curate the rows of ``parsed``; fills the files' reports and returns the source's new state in the lake."""
    _show_current(db, lake, source, known)
    present = {name for landed in files for name in given(landed)}
    tokens = {
        check.column: token
        for check in source.checks
        if "{token}" in check.when and (token := _token(db, check.column))
    }
    checks = rules(source, present, tokens, job.today)
    _stage(db, source, checks)
    hold_back(db, job, source, files)
    _classify(db, source)
    _report(db, source, files, checks)
    count_money(db, source, files)
    _split(db, job, source)
    return _publish(db, job, lake, source, files, known)


def customers_version(db: "duckdb.DuckDBPyConnection") -> str:
    """A mark of the set of customers known now: rows that waited for a customer are looked at again when it changes."""
    row = db.execute("SELECT md5(string_agg(code, ',' ORDER BY code)) FROM known_customers").fetchone()
    return str(row[0]) if row else ""


def given(landed: Landed) -> set[str]:
    """The fields that a file has values for: from its columns, or the same in every row."""
    constant = {c.name for c in landed.match.source.columns if c.reading and c.reading.constant}
    return set(landed.match.positions) | constant


def names(source: Source) -> list[str]:
    """The fields of a source, quoted for SQL."""
    return [f'"{column.name}"' for column in source.columns]


def parquet(lake: Lake, files: Sequence[str]) -> str:
    """The ``read_parquet`` call over files of the lake."""
    paths = ", ".join(quoted(lake.address(each)) for each in files)
    return f"read_parquet([{paths}], union_by_name = true, hive_partitioning = false)"


def _show_current(db: "duckdb.DuckDBPyConnection", lake: Lake, source: Source, known: KnownTable) -> None:
    if known.files:
        db.execute(f"CREATE OR REPLACE TEMP VIEW current_rows AS SELECT * FROM {parquet(lake, known.files)}")
        return
    empty = ", ".join(f'CAST(NULL AS {TEXT_TYPES[c.kind]}) AS "{c.name}"' for c in source.columns)
    db.execute(
        f"CREATE OR REPLACE TEMP VIEW current_rows AS SELECT {empty}, CAST(NULL AS VARCHAR) AS row_hash WHERE false"
    )


def _token(db: "duckdb.DuckDBPyConnection", column: str) -> str | None:
    """The placeholder price of a column: its commonest value, if that is tiny and frequent, here or in what was loaded."""
    row = db.execute(
        f'WITH amounts AS (SELECT abs("{column}") AS v FROM parsed UNION ALL SELECT abs("{column}") FROM current_rows) '
        "SELECT CAST(v AS VARCHAR), count(*) AS n, (SELECT count(*) FROM amounts) FROM amounts "
        "WHERE v <> 0 GROUP BY v ORDER BY n DESC, v LIMIT 1"
    ).fetchone()
    if row is None or float(row[0]) >= TOKEN_BELOW or row[1] < max(2, TOKEN_SHARE * row[2]):
        return None
    return str(row[0])


def _stage(db: "duckdb.DuckDBPyConnection", source: Source, checks: list[Rule]) -> None:
    """``staged``: final values, the reason to set a row aside (or NULL), the hash of the values."""
    reasons = [(rule.code, rule.when) for rule in checks if rule.effect is Effect.QUARANTINE]
    if source.customer and not source.makes_customers:
        reasons.append((source.orphans, "NOT EXISTS (SELECT 1 FROM known_customers k WHERE k.code = parsed.customer)"))
    whens = " ".join(f"WHEN {when} THEN {quoted(code)}" for code, when in reasons)
    reason = f"CASE {whens} END" if whens else "CAST(NULL AS VARCHAR)"
    values = ", ".join(_final(column.name, checks) for column in source.columns)
    text = ", ".join(f"coalesce(CAST({name} AS VARCHAR), '')" for name in names(source))
    key = ""
    if source.base:  # rows of a mapped file differ when any of its columns does, the ones that nobody mapped included
        text, key = f"{quoted(source.name)}, row_key, {text}", ", row_key"
    db.execute(
        f"CREATE OR REPLACE TEMP TABLE staged AS SELECT *, md5(concat_ws(chr(31), {text})) AS row_hash "
        f"FROM (SELECT file_no, rn, {reason} AS reason, {values}{key} FROM parsed)"
    )


def _final(name: str, checks: list[Rule]) -> str:
    clears = [f"({rule.when})" for rule in checks if rule.column == name and rule.effect is Effect.CLEAR]
    return f'CASE WHEN {" OR ".join(clears)} THEN NULL ELSE "{name}" END AS "{name}"' if clears else f'"{name}"'


def _classify(db: "duckdb.DuckDBPyConnection", source: Source) -> None:
    """``classed``: each row is quarantined, duplicate, unchanged or accepted; exactly one of them."""
    where = "(CAST(file_no AS BIGINT) << 40) + rn"
    db.execute(
        f"CREATE OR REPLACE TEMP TABLE firsts AS SELECT row_hash, min({where}) AS place FROM staged WHERE reason IS NULL GROUP BY row_hash"
    )
    winners = "SELECT place FROM firsts"
    if source.unique:
        scope = ", ".join(f's."{name}"' for name in source.scope)
        newest = f's."{source.newest}" DESC NULLS LAST, ' if source.newest else ""
        winners = (
            f"SELECT place FROM (SELECT f.place, row_number() OVER (PARTITION BY {scope} ORDER BY {newest}f.place DESC) AS n "
            "FROM firsts f JOIN staged s ON s.row_hash = f.row_hash AND "
            f"{where.replace('file_no', 's.file_no').replace('rn', 's.rn')} = f.place) "
            "WHERE n = 1"
        )
    db.execute(f"CREATE OR REPLACE TEMP TABLE winners AS {winners}")
    db.execute(
        f"""CREATE OR REPLACE TEMP TABLE classed AS
        SELECT s.* EXCLUDE (reason),
          CASE WHEN s.reason IS NOT NULL THEN s.reason WHEN f.place IS NOT NULL AND w.place IS NULL THEN 'repeated_key' END AS reason,
          CASE WHEN s.reason IS NOT NULL THEN 'quarantined'
               WHEN f.place IS NULL THEN 'duplicate'
               WHEN w.place IS NULL THEN 'quarantined'
               WHEN c.row_hash IS NOT NULL THEN 'unchanged'
               ELSE 'accepted' END AS fate
        FROM (SELECT *, {where} AS place FROM staged) s
        LEFT JOIN firsts f ON f.place = s.place
        LEFT JOIN winners w ON w.place = s.place
        LEFT JOIN (SELECT DISTINCT row_hash FROM current_rows) c ON c.row_hash = s.row_hash"""
    )


def _report(db: "duckdb.DuckDBPyConnection", source: Source, files: list[Landed], checks: list[Rule]) -> None:
    by_number = {landed.number: landed for landed in files}
    for number, state, count in db.execute("SELECT file_no, fate, count(*) FROM classed GROUP BY ALL").fetchall():
        report = by_number[number].report
        report.rows += count
        if state == "duplicate":
            note(
                by_number[number],
                source.duplicates,
                "",
                count,
                _examples(db, number, "fate = 'duplicate'", "classed", None),
            )
        else:
            setattr(report, state, getattr(report, state) + count)
    _count_rules(db, by_number, checks)
    _count_reasons(db, source, by_number)
    for landed in files:
        shift_lines(landed)


def _count_rules(db: "duckdb.DuckDBPyConnection", by_number: dict[int, Landed], checks: list[Rule]) -> None:
    if not checks:
        return
    counts = ", ".join(f"count(*) FILTER (WHERE {rule.when})" for rule in checks)
    for number, *found in db.execute(f"SELECT file_no, {counts} FROM parsed GROUP BY file_no").fetchall():
        landed = by_number[number]
        for rule, count in zip(checks, found, strict=True):
            if count and rule.column in given(landed):
                examples = _examples(db, number, rule.when, "parsed", rule.column)
                note(landed, rule.code, landed.match.source.column(rule.column).header, count, examples)
        for header in landed.match.unknown:
            note(landed, "unknown_column", header[:160], 1, [])


def _count_reasons(db: "duckdb.DuckDBPyConnection", source: Source, by_number: dict[int, Landed]) -> None:
    """Orphans and repeated keys are findings too, and every row set aside keeps its text, line and reason."""
    declared = {source.orphans, "repeated_key"}
    query = "SELECT file_no, reason, count(*) FROM classed WHERE reason IS NOT NULL GROUP BY ALL"
    for number, reason, count in db.execute(query).fetchall():
        if reason in declared:
            column = "customer" if reason == source.orphans else None
            note(
                by_number[number],
                reason,
                "",
                count,
                _examples(db, number, f"reason = {quoted(reason)}", "classed", column),
            )
    for number, landed in by_number.items():
        if not landed.report.quarantined:
            continue
        text = row_text(landed.dialect.separator, len(landed.dialect.header), "r")
        waits = f"CASE WHEN c.reason = {quoted(source.orphans)} THEN c.customer END" if source.customer else "NULL"
        rows = db.execute(
            f"SELECT c.rn, c.reason, {text}, {waits} FROM classed c "
            f"JOIN raw_{number} r ON r.rowid = c.rn WHERE c.file_no = {number} AND c.reason IS NOT NULL "
            f"ORDER BY c.rn LIMIT {KEPT_QUARANTINE}"
        ).fetchall()
        landed.report.quarantine += [
            {"line": rn, "reason": reason, "raw": raw, "waits": waits, "shift": True} for rn, reason, raw, waits in rows
        ]


def _examples(
    db: "duckdb.DuckDBPyConnection", number: int, when: str, table: str, column: str | None
) -> list[dict[str, object]]:
    value = "NULL" if column is None else f'"raw_{column}"' if table == "parsed" else f'"{column}"'
    query = f"SELECT rn, {value} FROM {table} WHERE file_no = {number} AND ({when}) ORDER BY rn LIMIT 3"
    return [
        {"line": rn, "value": "" if v is None else str(v)[:120], "shift": True}
        for rn, v in db.execute(query).fetchall()
    ]


def shift_lines(landed: Landed) -> None:
    """Row numbers become line numbers: the header and the ragged rows before a row are lines too."""
    ragged = sorted(each["line"] for each in landed.report.quarantine if "shift" not in each)
    entries = [*landed.report.quarantine, *(e for f in landed.report.findings for e in f["examples"])]
    for entry in entries:
        if entry.pop("shift", False):
            line = entry["line"] + 2
            for other in ragged:
                if other > line:
                    break
                line += 1
            entry["line"] = line


def _split(db: "duckdb.DuckDBPyConnection", job: Job, source: Source) -> None:
    columns = ", ".join([*names(source), "row_hash"])
    db.execute(f"CREATE OR REPLACE TEMP TABLE accepted AS SELECT {columns} FROM classed WHERE fate = 'accepted'")
    if not replaces(job, source):
        db.execute(f"CREATE OR REPLACE TEMP TABLE removed AS SELECT {columns} FROM accepted WHERE false")
        return
    scope = " AND ".join(f'c."{name}" IS NOT DISTINCT FROM n."{name}"' for name in source.scope)
    db.execute(
        f"""CREATE OR REPLACE TEMP TABLE removed AS SELECT {columns} FROM current_rows c
        WHERE EXISTS (SELECT 1 FROM classed n WHERE n.fate IN ('accepted', 'unchanged') AND {scope})
          AND row_hash NOT IN (SELECT row_hash FROM classed WHERE fate IN ('accepted', 'unchanged'))"""
    )


def _publish(
    db: "duckdb.DuckDBPyConnection", job: Job, lake: Lake, source: Source, files: list[Landed], known: KnownTable
) -> KnownTable:
    accepted, removed = (_count(db, table) for table in ("accepted", "removed"))
    inputs = dict(known.inputs) if not removed else {}
    for landed in files:
        orphans = any(f["code"] == source.orphans for f in landed.report.findings)
        inputs[landed.report.sha256] = customers_version(db) if orphans else None
    if not accepted and not removed:
        return KnownTable(known.files, known.rows, inputs, known.latest_on)
    month = MONTHS.get(source.target)
    kept, written = (
        _write_months(db, job, lake, source, known, month) if month else _write_whole(db, job, lake, source, known)
    )
    for landed in files:
        landed.report.curated = written[0].rpartition("/month=")[0] or written[0] if written else ""
    table = KnownTable([*kept, *written], known.rows + accepted - removed, inputs, known.latest_on)
    table.latest_on = _latest(db, source, known.latest_on)
    return table


def _remaining(source: Source) -> str:
    """SQL for the source's rows after this load (rows of a source without scope are only ever added)."""
    columns = ", ".join([*names(source), "row_hash"])
    rows = f"SELECT {columns} FROM accepted"
    if source.scope:
        rows += f" UNION ALL SELECT {columns} FROM current_rows WHERE row_hash NOT IN (SELECT row_hash FROM removed)"
    return rows


def _write_whole(
    db: "duckdb.DuckDBPyConnection", job: Job, lake: Lake, source: Source, known: KnownTable
) -> tuple[list[str], list[str]]:
    """One new file; returns the files that stay and the new one."""
    relative = f"curated/{source.name}/{job.label}.parquet"
    local = Path(job.work) / f"{source.name}.parquet"
    db.execute(f"COPY ({_remaining(source)}) TO {quoted(str(local))} (FORMAT parquet, COMPRESSION zstd)")
    lake.put(local, relative)
    return ([] if source.scope else known.files), [relative]


def _write_months(
    db: "duckdb.DuckDBPyConnection", job: Job, lake: Lake, source: Source, known: KnownTable, column: str
) -> tuple[list[str], list[str]]:
    """A new file for each month that changed; returns the files that stay and the new ones."""
    month = f"coalesce(strftime(\"{column}\", '%Y-%m'), 'unknown')"
    changed = {
        row[0] for row in db.execute(f"SELECT {month} FROM accepted UNION SELECT {month} FROM removed").fetchall()
    }
    kept = [each for each in known.files if "/month=" in each and _month_of(each) not in changed]
    if any("/month=" not in each for each in known.files):  # written before there were months
        kept, where = [], "true"
    else:
        where = f"{month} IN ({listed(changed)})"
    out = Path(job.work) / source.name
    db.execute(
        f"COPY (SELECT *, {month} AS month FROM ({_remaining(source)}) WHERE {where}) TO {quoted(str(out))} "
        "(FORMAT parquet, COMPRESSION zstd, PARTITION_BY (month), OVERWRITE_OR_IGNORE)"
    )
    return kept, put_months(lake, out, f"curated/{source.name}", job.label)


def put_months(lake: Lake, out: Path, folder: str, label: str) -> list[str]:
    """Give the files of a local folder ``month=…/…`` to the lake; returns their names there."""
    written = []
    for number, path in enumerate(sorted(out.glob("month=*/*.parquet"))):
        relative = f"{folder}/{path.parent.name}/{label}.{number}.parquet"
        lake.put(path, relative)
        written.append(relative)
    return written


def _month_of(file: str) -> str:
    return file.rpartition("/month=")[2].split("/")[0]


def _count(db: "duckdb.DuckDBPyConnection", table: str) -> int:
    row = db.execute(f"SELECT count(*) FROM {table}").fetchone()
    return int(row[0]) if row else 0


def _latest(db: "duckdb.DuckDBPyConnection", source: Source, before: str | None) -> str | None:
    if not source.dates:
        return before
    dates = ", ".join(f'max(CAST("{name}" AS DATE))' for name in source.dates)
    latest = f"greatest({dates})" if len(source.dates) > 1 else dates
    row = db.execute(f"SELECT {latest} FROM accepted").fetchone()
    found = str(row[0]) if row and row[0] else None
    return max(filter(None, (found, before)), default=None)
