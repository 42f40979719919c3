"""Usage events, first half: each file is grouped while it is read, and what is wrong with it is counted on the groups.

More than half of such rows repeat another one exactly, so that everything after the first grouping handles a fraction of the
file. The groups wait as Parquet in the work folder: memory stays that of one file, however many there are.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from accounts.lake.aside import row_text
from accounts.lake.bad import BadFile
from accounts.lake.curate import shift_lines
from accounts.lake.job import Job
from accounts.lake.landing import Landed
from accounts.lake.parsing import OLDEST, bare, listed, quoted
from accounts.lake.reading import KEPT_QUARANTINE, TEXT_TYPES, note, scan, take_rejects, value_of
from accounts.lake.settling import in_doubt, settle_dates
from accounts.sources import Column, Effect, Kind, Source

if TYPE_CHECKING:
    import duckdb

LINES_UP_TO = 64 << 20  # bytes; finding the line numbers of examples costs a second reading
EXAMPLES = 3
_CODES = {Kind.CUSTOMER, Kind.STORE}
_WITH_RAW = {Kind.FLOAT, Kind.DATE}


@dataclass
class EventFile:
    """One file whose groups stand in ``path``: every column typed, ``n`` repetitions, ``reason`` to set them aside, hash ``h``."""

    landed: Landed
    path: Path
    good: int = 0  # groups without a reason
    reasons: dict[str, int] = field(default_factory=dict)


def read_events(db: "duckdb.DuckDBPyConnection", job: Job, source: Source, landed: Landed) -> EventFile:
    """Group, check and count one file; fills its report except for what only the comparison with other files can tell."""
    groups = f"groups_{landed.number}"
    if in_doubt(landed):
        settle_dates(db, landed, f"(SELECT * FROM {_scan_again(landed)})")
    _group(db, job, source, landed, groups)
    values = _values(db, source, landed, groups)
    _learn_stores(db, source, values, groups)
    path = Path(job.work) / f"events-{landed.number}.parquet"
    _write(db, job, source, landed, values, groups, path)
    found = EventFile(landed, path)
    _count(db, job, source, found, groups)
    db.execute(f"DROP TABLE {groups}")
    return found


def keys(source: Source) -> list[str]:
    """The columns that make an event: two events are the same when all of them are, a senseless duration included."""
    return ["store", *(_key(column) for column in source.columns if column.kind not in _CODES)]


def _key(column: Column) -> str:
    return "given_ms" if column.name == "duration_ms" else f'"{column.name}"'


def _group(db: "duckdb.DuckDBPyConnection", job: Job, source: Source, landed: Landed, groups: str) -> None:
    names = ", ".join(_grouped(source, landed))
    rows = _usual(job, source, landed, scan(landed))
    try:
        db.execute(f"CREATE TEMP TABLE {groups} AS SELECT {names}, count(*) AS n FROM ({rows}) GROUP BY ALL")
    except Exception as error:  # DuckDB's own hierarchy: whatever it is, the file cannot be read
        raise BadFile("unreadable", error=str(error).splitlines()[0][:200]) from error
    take_rejects(db, landed)
    if not landed.dialect.final_newline:
        note(landed, "no_final_newline", "", 1, [])
    if not db.execute(f"SELECT count(*) FROM {groups}").fetchall()[0][0]:
        raise BadFile("no_rows")


def _values(db: "duckdb.DuckDBPyConnection", source: Source, landed: Landed, groups: str) -> dict[str, str]:
    """SQL per column over ``r_<name>``. Reading is left out where it would change none of a column's few distinct texts."""
    present = [column for column in source.columns if column.name in landed.match.positions]
    slow = {c.name: value_of(landed, c, bare(f'"r_{c.name}"')) for c in present}
    words = [column.name for column in present if column.kind not in _WITH_RAW]
    changed = ", ".join(
        # the condition stands in the aggregate: as a filter it would be tried on every row, not on the few distinct ones
        f'(SELECT count(*) FILTER (WHERE {slow[name]} IS DISTINCT FROM "r_{name}") FROM (SELECT DISTINCT "r_{name}" FROM {groups}))'
        for name in words
    )
    counts = db.execute(f"SELECT {changed}").fetchall()[0]
    plain = {name: f'"r_{name}"' for name, count in zip(words, counts, strict=True) if not count}
    # whatever the usual spelling cannot read goes the long way, with the same result
    fast = slow | {name: f'coalesce("f_{name}", {slow[name]})' for name in _quick(source, landed)}
    absent = {column.name: f"CAST(NULL AS {TEXT_TYPES[column.kind]})" for column in source.columns}
    return absent | fast | plain


def _quick(source: Source, landed: Landed) -> dict[str, tuple[Column, str]]:
    """The columns whose usual spelling is read while grouping (numbers and days make far cheaper groups than their texts)."""
    found = {}
    for name, position in landed.match.positions.items():
        column, text = source.column(name), f"c{position}"
        if column.kind is Kind.FLOAT and landed.decimals.get(name, source.decimal) == ".":
            number = f"try_cast({text} AS DOUBLE)"
            found[name] = (column, f"CASE WHEN isfinite({number}) THEN {number} END")
        elif column.kind is Kind.DATE:
            usual = f"length({text}) = 10 AND {text} LIKE '____-__-__'"
            found[name] = (column, f"CASE WHEN {usual} THEN try_cast({text} AS DATE) END")
    return found


def _grouped(source: Source, landed: Landed) -> list[str]:
    """The columns of a group: texts as ``r_<name>``, values read in the usual way as ``f_<name>``."""
    return [f'"f_{name}"' for name in _quick(source, landed)] + [f'"r_{name}"' for name in landed.match.positions]


def _usual(job: Job, source: Source, landed: Landed, rows: str) -> str:
    """SQL: ``rows`` (with ``c0…``) and the columns of a group.

    Beside a value read in the usual way its text is kept only where somebody will want to see it: where a check strikes.
    """
    quick = _quick(source, landed)
    values = "".join(f', {value} AS "f_{name}"' for name, (_, value) in quick.items())
    texts = "".join(
        f', CASE WHEN "f_{name}" IS NULL OR {_strikes(job, source, quick[name][0])} THEN c{position} END AS "r_{name}"'
        if name in quick
        else f', c{position} AS "r_{name}"'
        for name, position in landed.match.positions.items()
    )
    return f"SELECT *{texts} FROM (SELECT *{values} FROM {rows})"


def _strikes(job: Job, source: Source, column: Column) -> str:
    """SQL over ``f_<name>``: a finding will show this value as an example."""
    if column.kind is Kind.DATE:
        return f"\"f_{column.name}\" NOT BETWEEN DATE '{OLDEST}' AND DATE '{job.today}' + 1"
    whens = [
        check.when.replace(column.name, f'"f_{column.name}"') for check in source.checks if check.column == column.name
    ]
    return " OR ".join(f"({when})" for when in whens) or "false"


def _learn_stores(db: "duckdb.DuckDBPyConnection", source: Source, values: dict[str, str], groups: str) -> None:
    """``stores``: per store of the file its customer (the code without the two-digit suffix) and whether we know it."""
    column = source.customer
    if column is None:
        raise ValueError(f"{source.name} has no customer column")
    suffixed = "length(store) > 2 AND regexp_full_match(right(store, 2), '[0-9][0-9]')"
    code = f"CASE WHEN {suffixed} THEN left(store, length(store) - 2) ELSE store END"
    db.execute(
        "CREATE OR REPLACE TEMP TABLE stores AS SELECT store, customer, customer IN (SELECT code FROM known_customers) AS known "
        f"FROM (SELECT store, {code if column.kind is Kind.STORE else 'store'} AS customer "
        f"FROM (SELECT DISTINCT {values[column.name]} AS store FROM {groups}) WHERE store IS NOT NULL)"
    )


def _write(
    db: "duckdb.DuckDBPyConnection", job: Job, source: Source, landed: Landed, values: dict[str, str], groups: str, path: Path
) -> None:  # fmt: skip
    parts = ["place", "n"]
    for column in source.columns:
        name = "store" if column.kind in _CODES else _key(column)
        parts.append(f"{values[column.name]} AS {name}")
        if column.kind in _WITH_RAW:
            text = bare(f'"r_{column.name}"') if column.name in landed.match.positions else "CAST(NULL AS VARCHAR)"
            parts.append(f'CASE WHEN {values[column.name]} IS NULL THEN {text} END AS "raw_{column.name}"')
    whens = " ".join(f"WHEN {when} THEN {quoted(code)}" for code, _, when, aside in _conditions(source, job) if aside)
    db.execute(
        f"COPY (SELECT {landed.number} AS file_no, t.*, s.customer, coalesce(s.known, false) AS known, "
        f"CASE {whens} END AS reason, hash({', '.join('t.' + key for key in keys(source))}) AS h "
        f"FROM (SELECT {', '.join(parts)} FROM (SELECT rowid AS place, * FROM {groups})) t "
        "LEFT JOIN stores s ON s.store = t.store) "
        f"TO {quoted(str(path))} (FORMAT parquet)"
    )


def _conditions(source: Source, job: Job) -> list[tuple[str, str, str, bool]]:
    """(finding code, column, SQL, does it set the row aside), the deciding ones first."""
    conditions = [
        ("blank_key", "customer", "t.store IS NULL", True),
        ("bad_date", "day", "t.day IS NULL AND t.raw_day IS NOT NULL", True),
        ("missing_value", "day", "t.day IS NULL AND t.raw_day IS NULL", True),
        ("future_date", "day", f"t.day > DATE '{job.today}' + 1", True),
        ("implausible_date", "day", f"t.day < DATE '{OLDEST}'", True),
        (source.orphans, "customer", "t.store IS NOT NULL AND NOT coalesce(known, false)", True),
        ("bad_number", "duration_ms", "t.raw_duration_ms IS NOT NULL", False),
    ]
    for check in source.checks:
        when = check.when.replace("duration_ms", "t.given_ms")
        conditions.append((check.code, check.column, when, check.effect is Effect.QUARANTINE))
    conditions += [
        ("unknown_value", column.name, f't."{column.name}" NOT IN ({listed(column.vocabulary)})', False)
        for column in source.columns
        if column.vocabulary
    ]
    return conditions


def sane(source: Source) -> str:
    """SQL for the duration that counts: the given one, empty where it is a sentinel."""
    clears = [check.when for check in source.checks if check.effect is Effect.CLEAR and check.column == "duration_ms"]
    when = " OR ".join(f"({each})" for each in clears).replace("duration_ms", "given_ms")
    return f"CASE WHEN {when} THEN NULL ELSE given_ms END" if clears else "given_ms"


def _count(db: "duckdb.DuckDBPyConnection", job: Job, source: Source, found: EventFile, groups: str) -> None:
    """Rows, rows set aside and findings of one file, with the places of a few examples."""
    landed, rows = found.landed, f"read_parquet({quoted(str(found.path))}) t"
    conditions = _conditions(source, job)
    counts = ", ".join(f"coalesce(sum(n) FILTER (WHERE {when}), 0)" for _, _, when, _ in conditions)
    total, aside, found.good, *each = db.execute(
        "SELECT sum(n), coalesce(sum(n) FILTER (WHERE reason IS NOT NULL), 0), count(*) FILTER (WHERE reason IS NULL), "
        f"{counts} FROM {rows}"
    ).fetchall()[0]
    landed.report.rows += int(total)
    landed.report.quarantined += int(aside)
    notes: list[tuple[str, Column, int, list[int]]] = []
    for (code, name, when, _), count in zip(conditions, each, strict=True):
        if count and name in landed.match.positions:
            few = db.execute(f"SELECT place FROM {rows} WHERE {when} ORDER BY h LIMIT {EXAMPLES}").fetchall()
            notes.append((code, source.column(name), int(count), [place for (place,) in few]))
    _note(db, job, source, landed, notes, groups)
    if aside:
        reasons = f"SELECT reason, sum(n) FROM {rows} WHERE reason IS NOT NULL GROUP BY reason"
        found.reasons = {reason: int(count) for reason, count in db.execute(reasons).fetchall()}
        _keep_aside(db, job, source, found, groups)
    shift_lines(landed)


def _note(
    db: "duckdb.DuckDBPyConnection", job: Job, source: Source, landed: Landed,
    notes: list[tuple[str, Column, int, list[int]]], groups: str,
) -> None:  # fmt: skip
    wanted = sorted({place for *_, places in notes for place in places})
    lines: dict[int, int] = {}
    if wanted and landed.report.bytes <= LINES_UP_TO:
        chosen = f"SELECT rowid AS place, * FROM {groups} WHERE rowid IN ({', '.join(map(str, wanted))})"
        lines = dict(
            db.execute(
                f"SELECT place, min(rn) FROM ({_numbered(job, source, landed, chosen)}) GROUP BY place"
            ).fetchall()
        )
    for code, column, count, places in notes:
        texts = f'SELECT rowid, "r_{column.name}" FROM {groups} WHERE rowid IN ({", ".join(map(str, places))})'
        examples: list[dict[str, Any]] = [
            {"line": lines.get(place), "value": (text or "")[:120]} | ({"shift": True} if place in lines else {})
            for place, text in db.execute(texts).fetchall()
        ]
        note(landed, code, column.header, count, sorted(examples, key=lambda each: (each["line"] or 0, each["value"])))


def _scan_again(landed: Landed) -> str:
    """A second reading: what the first one set aside is left out in silence."""
    return scan(landed).split(", store_rejects")[0] + ", ignore_errors = true)"


def _numbered(job: Job, source: Source, landed: Landed, wanted: str) -> str:
    """The file once more with row numbers from 0 (ragged rows are not counted), for the rows of a few groups.

    ``wanted`` is SQL with the columns of the groups and ``place``; gives ``rn``, ``place`` and the row's ``text``.
    """
    width = len(landed.dialect.header)
    same = " AND ".join(f"w.{name} IS NOT DISTINCT FROM f.{name}" for name in _grouped(source, landed))
    rows = (
        f"(SELECT row_number() OVER () - 1 AS rn, {row_text(landed.dialect.separator, width)} AS text, * "
        f"FROM {_scan_again(landed)})"
    )
    return f"SELECT f.rn, w.place, f.text FROM ({_usual(job, source, landed, rows)}) f JOIN ({wanted}) w ON {same}"


def _keep_aside(db: "duckdb.DuckDBPyConnection", job: Job, source: Source, found: EventFile, groups: str) -> None:
    """Rows set aside, with line and text: the file is read once more, which only files with such rows pay."""
    landed = found.landed
    aside = (
        f"SELECT g.rowid AS place, g.* FROM {groups} g JOIN read_parquet({quoted(str(found.path))}) t ON t.place = g.rowid "
        "WHERE t.reason IS NOT NULL"
    )
    rows = db.execute(
        f"SELECT q.rn, t.reason, q.text, t.customer FROM ({_numbered(job, source, landed, aside)}) q "
        f"JOIN read_parquet({quoted(str(found.path))}) t ON t.place = q.place ORDER BY q.rn LIMIT {KEPT_QUARANTINE}"
    ).fetchall()
    landed.report.quarantine += [
        {
            "line": rn,
            "reason": reason,
            "raw": raw or "",
            "waits": waits if reason == landed.match.source.orphans else None,
            "shift": True,
        }
        for rn, reason, raw, waits in rows
    ]
