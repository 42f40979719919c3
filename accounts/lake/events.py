"""Usage events: too many for a row each. Grouped while they are read, exact repetitions counted and dropped, kept in the lake.

Two events are the same when all their columns are, the store and a senseless duration included; ``given_ms`` keeps the
duration as it came, ``duration_ms`` is empty where it was a sentinel.
"""

from typing import TYPE_CHECKING

from accounts.lake.curate import customers_version, parquet
from accounts.lake.dialect import BadFile
from accounts.lake.job import Job, KnownTable, inside
from accounts.lake.landing import Landed
from accounts.lake.parsing import bare, quoted
from accounts.lake.reading import KEPT_QUARANTINE, TEXT_TYPES, note, scan, take_rejects, value_of
from accounts.lake.settling import in_doubt, settle_dates
from accounts.sources import Effect, Kind, Source

if TYPE_CHECKING:
    import duckdb

LINES_UP_TO = 64 << 20  # bytes; finding the line numbers of examples costs a second reading


def read_events(db: "duckdb.DuckDBPyConnection", source: Source, landed: Landed) -> None:
    """Group one file into ``events_<number>``: every column, what could not be read (``raw_*``), how often (``n``)."""
    number = landed.number
    if in_doubt(landed):
        settle_dates(db, landed, f"(SELECT * FROM {scan(landed).split(', store_rejects')[0]}, ignore_errors = true))")
    try:
        db.execute(
            f"CREATE TEMP TABLE events_{number} AS SELECT *, count(*) AS n FROM (SELECT {_fields(source, landed)} "
            f"FROM {scan(landed)}) GROUP BY ALL"
        )
    except Exception as error:  # DuckDB's own hierarchy: whatever it is, the file cannot be read
        raise BadFile("unreadable", error=str(error).splitlines()[0][:200]) from error
    take_rejects(db, landed)
    if not landed.dialect.final_newline:
        note(landed, "no_final_newline", "", 1, [])
    if not db.execute(f"SELECT count(*) FROM events_{number}").fetchall()[0][0]:
        raise BadFile("no_rows")


def _fields(source: Source, landed: Landed) -> str:
    parts = []
    for column in source.columns:
        position = landed.match.positions.get(column.name)
        if position is None:
            parts.append(f'CAST(NULL AS {TEXT_TYPES[column.kind]}) AS "{column.name}"')
            continue
        text = bare(f"c{position}")
        value = value_of(landed, column, text)
        parts.append(f'{value} AS "{column.name}"')
        if column.kind in {Kind.FLOAT, Kind.DATE}:
            parts.append(f'CASE WHEN {value} IS NULL THEN {text} END AS "raw_{column.name}"')
    return ", ".join(parts)


def curate_events(
    db: "duckdb.DuckDBPyConnection", job: Job, source: Source, files: list[Landed], known: KnownTable
) -> KnownTable:
    """Fill the files' reports, leave the new events in ``accepted``, append them to the lake."""
    keys = [f'"{column.name}"' for column in source.columns]
    _collect(db, source, files, keys, job.today)
    _distinct(db, job, keys, known)
    _report(db, source, files)
    relative = f"curated/{source.name}/{job.label}.parquet"
    inputs = dict(known.inputs)
    for landed in files:
        orphans = any(f["code"] == source.orphans for f in landed.report.findings)
        inputs[landed.report.sha256] = customers_version(db) if orphans else None
        landed.report.curated = relative
    count, latest = db.execute("SELECT count(*), max(day) FROM accepted").fetchall()[0]
    if not count:
        return KnownTable(known.files, known.rows, inputs, known.latest_on)
    target = inside(job.lake, relative)
    target.parent.mkdir(parents=True, exist_ok=True)
    db.execute(f"COPY accepted TO {quoted(str(target))} (FORMAT parquet, COMPRESSION zstd)")
    newest = max(filter(None, (str(latest), known.latest_on)))
    return KnownTable([*known.files, relative], known.rows + count, inputs, newest)


def _conditions(source: Source, today: str) -> list[tuple[str, str, str, bool]]:
    """(finding code, column, SQL, does it set the row aside), the deciding ones first."""
    sentinel = next(check for check in source.checks if check.effect is Effect.CLEAR)
    licences = ", ".join(quoted(each) for each in sorted(source.column("licence").vocabulary))
    return [
        ("blank_key", "customer", "store IS NULL", True),
        ("bad_date", "day", "day IS NULL AND raw_day IS NOT NULL", True),
        ("missing_value", "day", "day IS NULL AND raw_day IS NULL", True),
        ("future_date", "day", f"day > DATE '{today}' + 1", True),
        ("implausible_date", "day", "day < DATE '1950-01-01'", True),
        (source.orphans, "customer", "customer NOT IN (SELECT code FROM known_customers)", True),
        ("bad_number", "duration_ms", "raw_duration_ms IS NOT NULL", False),
        (sentinel.code, sentinel.column, sentinel.when, False),
        ("unknown_value", "licence", f"licence NOT IN ({licences})", False),
    ]


def _collect(db: "duckdb.DuckDBPyConnection", source: Source, files: list[Landed], keys: list[str], today: str) -> None:
    """``grouped``: events of all files with the reason to set them aside; findings are counted on the way."""
    stripped = "CASE WHEN regexp_full_match(store, '.+[0-9][0-9]') THEN left(store, length(store) - 2) ELSE store END"
    others = ", ".join(key for key in keys if key != '"customer"')
    union = " UNION ALL ".join(
        f"SELECT {landed.number} AS file_no, {stripped} AS customer, * FROM (SELECT customer AS store, * EXCLUDE "
        f"(customer) FROM events_{landed.number})"
        for landed in files
    )
    conditions = _conditions(source, today)
    whens = " ".join(f"WHEN {when} THEN {quoted(code)}" for code, _, when, aside in conditions if aside)
    db.execute(
        f"CREATE OR REPLACE TEMP TABLE grouped AS SELECT file_no, store, customer, {others}, raw_duration_ms, raw_day, n, "
        f"CASE {whens} END AS reason FROM ({union})"
    )
    counts = ", ".join(f"coalesce(sum(n) FILTER (WHERE {when}), 0)" for _, _, when, _ in conditions)
    by_number = {landed.number: landed for landed in files}
    for number, *found in db.execute(f"SELECT file_no, {counts} FROM grouped GROUP BY file_no").fetchall():
        for (code, column, when, _), count in zip(conditions, found, strict=True):
            if count:
                landed = by_number[number]
                header = landed.match.source.column(column).header
                note(landed, code, header, int(count), _examples(db, source, landed, column, when))


def _examples(
    db: "duckdb.DuckDBPyConnection", source: Source, landed: Landed, column: str, when: str
) -> list[dict[str, object]]:
    name = {"customer": "store", "duration_ms": "coalesce(CAST(duration_ms AS VARCHAR), raw_duration_ms)"}.get(
        column, f'"{column}"'
    )
    if landed.report.bytes > LINES_UP_TO:
        rows = db.execute(
            f"SELECT NULL, {name} FROM grouped WHERE file_no = {landed.number} AND ({when}) LIMIT 3"
        ).fetchall()
    else:
        rows = db.execute(
            f"SELECT rn + 1, {name} FROM ({_numbered(source, landed)}) WHERE {when} ORDER BY rn LIMIT 3"
        ).fetchall()
    return [{"line": line, "value": "" if value is None else str(value)[:120]} for line, value in rows]


def _numbered(source: Source, landed: Landed) -> str:
    """The file once more with row numbers (ragged rows are not counted), for the few rows that are shown."""
    stripped = "CASE WHEN regexp_full_match(store, '.+[0-9][0-9]') THEN left(store, length(store) - 2) ELSE store END"
    columns = ", ".join(f"c{n}" for n in range(len(landed.dialect.header)))
    again = scan(landed).split(", store_rejects")[0] + ", ignore_errors = true)"
    return (
        f"SELECT rn, {stripped} AS customer, * EXCLUDE (rn) FROM (SELECT rn, text, customer AS store, * EXCLUDE (rn, text, customer) FROM "
        f"(SELECT row_number() OVER () AS rn, concat_ws({quoted(landed.dialect.separator)}, {_texts(columns)}) AS text, "
        f"{_fields(source, landed)} FROM {again}))"
    )


def _texts(columns: str) -> str:
    return ", ".join(f"coalesce({name}, '')" for name in columns.split(", "))


def _distinct(db: "duckdb.DuckDBPyConnection", job: Job, keys: list[str], known: KnownTable) -> None:
    """``distinct_events`` with the file of their first copy and whether the lake has them; the new ones in ``accepted``."""
    plain = ["store", *(key for key in keys if key != '"customer"')]
    there_names = {key: "given_ms" if key == '"duration_ms"' else key for key in plain}
    same = " AND ".join(f"c.{there_names[key]} IS NOT DISTINCT FROM d.{key}" for key in plain)
    there = f"EXISTS (SELECT 1 FROM {parquet(job, known)} c WHERE {same})" if known.files else "false"
    listed = ", ".join(plain)
    db.execute(
        f"CREATE OR REPLACE TEMP TABLE distinct_events AS SELECT *, {there} AS known FROM (SELECT {listed}, "
        "any_value(customer) AS customer, "
        f"min(file_no) AS file_no FROM grouped WHERE reason IS NULL GROUP BY {listed}) d"
    )
    sane = "duration_ms BETWEEN 0 AND 86400000"
    values = ", ".join(key for key in keys if key not in {'"customer"', '"duration_ms"'})
    db.execute(
        f"CREATE OR REPLACE TEMP TABLE accepted AS SELECT store, customer, duration_ms AS given_ms, "
        f"CASE WHEN {sane} THEN duration_ms END AS duration_ms, {values} FROM distinct_events WHERE NOT known"
    )


def _report(db: "duckdb.DuckDBPyConnection", source: Source, files: list[Landed]) -> None:
    rows = dict(db.execute("SELECT file_no, sum(n) FROM grouped GROUP BY file_no").fetchall())
    aside = dict(db.execute("SELECT file_no, sum(n) FROM grouped WHERE reason IS NOT NULL GROUP BY file_no").fetchall())
    kept = {
        (n, k): c
        for n, k, c in db.execute("SELECT file_no, known, count(*) FROM distinct_events GROUP BY ALL").fetchall()
    }
    for landed in files:
        number, report = landed.number, landed.report
        report.accepted, report.unchanged = kept.get((number, False), 0), kept.get((number, True), 0)
        quarantined, total = int(aside.get(number, 0)), int(rows.get(number, 0))
        report.rows += total
        report.quarantined += quarantined
        repeated = total - quarantined - report.accepted - report.unchanged
        if repeated:
            note(landed, source.duplicates, "", repeated, [])
        if quarantined:
            _keep_aside(db, source, landed)


def _keep_aside(db: "duckdb.DuckDBPyConnection", source: Source, landed: Landed) -> None:
    """Rows set aside, with line and text: the file is read once more, which only files with such rows pay."""
    found = db.execute(
        f"SELECT q.rn + 1, g.reason, q.text FROM ({_numbered(source, landed)}) q JOIN (SELECT DISTINCT store, day, reason FROM grouped "
        f"WHERE file_no = {landed.number} AND reason IS NOT NULL) g ON g.store IS NOT DISTINCT FROM q.store "
        f"AND g.day IS NOT DISTINCT FROM q.day ORDER BY q.rn LIMIT {KEPT_QUARANTINE}"
    ).fetchall()
    landed.report.quarantine += [
        {"line": line, "reason": reason, "raw": (raw or "")[:2000]} for line, reason, raw in found
    ]
