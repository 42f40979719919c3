"""Usage events, second half: repetitions across files and against the lake are dropped, what is new is appended to the lake.

Rows are first compared by a 64-bit hash alone, which takes little memory for any number of rows; only those whose hash occurs
twice (repetitions, and the rare collision) are compared by all their columns, in portions that fit.
"""

import math
from pathlib import Path
from typing import TYPE_CHECKING

from accounts.lake.curate import customers_version, parquet, put_months
from accounts.lake.events import EventFile, keys, sane
from accounts.lake.job import Job, KnownTable
from accounts.lake.parsing import quoted
from accounts.lake.reading import note
from accounts.sources import Source
from b2shift.lib.lake import Lake

if TYPE_CHECKING:
    import duckdb

PORTION = 2_000_000  # rows compared by all columns at once


def curate_events(
    db: "duckdb.DuckDBPyConnection", job: Job, lake: Lake, source: Source, files: list[EventFile], known: KnownTable
) -> KnownTable:
    """Append the new events of ``files`` to the lake, by month; fills their reports; returns the source's new state."""
    _prepare(db, lake, source, files, known)
    _compare(db, source)
    _report(db, source, files)
    written, count, latest = _append(db, job, lake, source)
    inputs = dict(known.inputs)
    for found in files:
        report = found.landed.report
        inputs[report.sha256] = customers_version(db) if source.orphans in found.reasons else None
        report.curated = written[0].rpartition("/month=")[0] if written else ""
    newest = max(filter(None, (latest, known.latest_on)), default=None)
    return KnownTable([*known.files, *written], known.rows + count, inputs, newest)


def label_of(file: str) -> str:
    """The label of the import that wrote a file of events."""
    return Path(file).name.split(".")[0]


def _prepare(
    db: "duckdb.DuckDBPyConnection", lake: Lake, source: Source, files: list[EventFile], known: KnownTable
) -> None:
    """Views: ``arrived`` (groups that are good), ``present`` (events of the same days in the lake); table ``twice`` (hashes)."""
    paths = ", ".join(quoted(str(found.path)) for found in files)
    db.execute(f"CREATE OR REPLACE TEMP VIEW arrived AS SELECT * FROM read_parquet([{paths}]) WHERE reason IS NULL")
    days = [row[0] for row in db.execute("SELECT DISTINCT day FROM arrived ORDER BY 1").fetchall()]
    columns = ", ".join(keys(source))
    if known.files and days:
        listed = ", ".join(f"DATE '{day}'" for day in days)
        there = f"SELECT {columns}, hash({columns}) AS h FROM {parquet(lake, known.files)} WHERE day IN ({listed})"
    else:
        there = f"SELECT {columns}, h FROM arrived WHERE false"
    db.execute(f"CREATE OR REPLACE TEMP VIEW present AS {there}")
    db.execute(
        "CREATE OR REPLACE TEMP TABLE twice AS SELECT h FROM (SELECT h FROM arrived UNION ALL SELECT h FROM present) "
        "GROUP BY h HAVING count(*) > 1"
    )


def _compare(db: "duckdb.DuckDBPyConnection", source: Source) -> None:
    """``doubtful``: one row per event whose hash occurs twice, with the file of its first copy and whether the lake has it."""
    columns = ", ".join(keys(source))
    same = " AND ".join(f"p.{key} IS NOT DISTINCT FROM d.{key}" for key in keys(source))
    portions = max(1, math.ceil(db.execute("SELECT count(*) FROM twice").fetchall()[0][0] / PORTION))
    db.execute(
        f"CREATE OR REPLACE TEMP TABLE doubtful AS SELECT {columns}, customer, file_no, false AS known FROM arrived WHERE false"
    )
    for portion in range(portions):
        some = f"h IN (SELECT h FROM twice) AND h % {portions} = {portion}"
        db.execute(
            f"INSERT INTO doubtful SELECT {columns}, customer, file_no, "
            f"EXISTS (SELECT 1 FROM (SELECT * FROM present WHERE {some}) p WHERE {same}) "
            f"FROM (SELECT {columns}, any_value(customer) AS customer, min(file_no) AS file_no FROM arrived WHERE {some} "
            "GROUP BY ALL) d"
        )


def _report(db: "duckdb.DuckDBPyConnection", source: Source, files: list[EventFile]) -> None:
    doubted = dict(
        db.execute("SELECT file_no, count(*) FROM arrived WHERE h IN (SELECT h FROM twice) GROUP BY 1").fetchall()
    )
    kept = {
        (no, known): n
        for no, known, n in db.execute("SELECT file_no, known, count(*) FROM doubtful GROUP BY ALL").fetchall()
    }
    for found in files:
        number, report = found.landed.number, found.landed.report
        report.accepted = found.good - doubted.get(number, 0) + kept.get((number, False), 0)
        report.unchanged = kept.get((number, True), 0)
        repeated = report.rows - report.quarantined - report.accepted - report.unchanged
        if repeated:
            note(found.landed, source.duplicates, "", repeated, [])


def _append(db: "duckdb.DuckDBPyConnection", job: Job, lake: Lake, source: Source) -> tuple[list[str], int, str | None]:
    """Write the new events, a folder per month; returns their files, their number and the latest day."""
    out = Path(job.work) / "events"
    others = ", ".join(key for key in keys(source) if key not in {"store", "given_ms"})
    columns = f"store, customer, given_ms, {sane(source)} AS duration_ms, {others}"
    days = db.execute("SELECT DISTINCT day FROM arrived").fetchall()
    months = sorted({f"{day:%Y-%m}" for (day,) in days})
    if len(months) == 1:  # the usual case: parting rows by month costs as much as writing them
        month, target, parting = "", out / f"month={months[0]}" / "data_0.parquet", ""
        target.parent.mkdir(parents=True, exist_ok=True)
    else:
        month, target, parting = ", strftime(day, '%Y-%m') AS month", out, ", PARTITION_BY (month), OVERWRITE_OR_IGNORE"
    db.execute(
        f"COPY (SELECT {columns}{month} FROM arrived WHERE h NOT IN (SELECT h FROM twice) UNION ALL "
        f"SELECT {columns}{month} FROM doubtful WHERE NOT known) TO {quoted(str(target))} (FORMAT parquet, COMPRESSION zstd{parting})"
    )
    found = sorted(out.glob("month=*/*.parquet"))
    if not found:
        return [], 0, None
    paths = ", ".join(quoted(str(each)) for each in found)
    count, latest = db.execute(
        f"SELECT count(*), max(day) FROM read_parquet([{paths}], hive_partitioning = false)"
    ).fetchall()[0]
    if not count:
        return [], 0, None
    written = put_months(lake, out, f"curated/{source.name}", job.label)
    return written, int(count), str(latest)
