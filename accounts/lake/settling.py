"""What one look at whole columns decides before their values are read: decimal signs, and the order of day and month.

An order that the column does not decide comes from a person: the answer given for this source before, or for this import.
Without one the file is not read at all; it asks.
"""

from typing import TYPE_CHECKING, Any

from accounts.lake import dates, numbers
from accounts.lake.bad import Asks
from accounts.lake.landing import Landed
from accounts.lake.parsing import bare
from accounts.sources import Column, Kind

if TYPE_CHECKING:
    import duckdb

EXAMPLES = 3


def note(landed: Landed, code: str, column: str, count: int, examples: list[dict[str, Any]]) -> None:
    """Add a finding to the file's report."""
    landed.report.findings.append({"code": code, "column": column, "count": count, "examples": examples})


def settle(db: "duckdb.DuckDBPyConnection", landed: Landed, table: str, rows: str) -> None:
    """Decide ``landed.decimals`` and ``landed.orders`` from all rows of ``table`` (text columns ``c0…``).

    ``rows`` is the SQL for a 0-based row number, for the lines of examples. Raises ``Asks``.
    """
    for column in landed.match.source.columns:
        position = landed.match.positions.get(column.name)
        if position is not None and column.reading and column.reading.decimal:
            landed.decimals[column.name] = column.reading.decimal  # a person said so when the file was mapped
        elif position is not None and column.name in landed.decided:
            landed.decimals[column.name] = landed.decided[column.name]
        elif position is not None and column.kind in {Kind.MONEY, Kind.FLOAT}:
            _settle_decimal(db, landed, column, f"(SELECT {rows} AS rn, {bare(f'c{position}')} AS v FROM {table})")
    settle_dates(db, landed, table)


def settle_dates(db: "duckdb.DuckDBPyConnection", landed: Landed, table: str) -> None:
    """Decide ``landed.orders``; columns whose formats are declared are never in doubt. Raises ``Asks``."""
    questions = []
    for column in landed.match.source.columns:
        position = landed.match.positions.get(column.name)
        if position is None or column.kind not in {Kind.DATE, Kind.MOMENT} or column.formats:
            continue
        if column.name in landed.decided or (column.reading and column.reading.order):
            said = column.reading.order if column.reading else ""
            landed.orders[column.name] = said or landed.decided[column.name]
            continue
        question = _settle_date(db, landed, column, f"(SELECT {bare(f'c{position}')} AS v FROM {table})")
        if question:
            questions.append(question)
    landed.report.ways = landed.decimals | landed.orders
    if questions:
        raise Asks(questions)


def in_doubt(landed: Landed) -> bool:
    """True when the first rows hold a date that does not begin with its year (files too large to look through for it)."""
    for column in landed.match.source.columns:
        position = landed.match.positions.get(column.name)
        if position is not None and column.kind in {Kind.DATE, Kind.MOMENT} and not column.formats:
            values = (row[position].strip() for row in landed.dialect.sample if len(row) > position)
            if any(value and not value[:4].isdigit() for value in values):
                return True
    return False


def _settle_decimal(db: "duckdb.DuckDBPyConnection", landed: Landed, column: Column, values: str) -> None:
    proof = {",": numbers.matches("v", numbers.COMMA), ".": numbers.matches("v", numbers.DOT)}
    comma, dot = _row(
        db, f"SELECT count(*) FILTER (WHERE {proof[',']}), count(*) FILTER (WHERE {proof['.']}) FROM {values}"
    )
    sign = numbers.decide(comma, dot, landed.match.source.decimal)
    landed.decimals[column.name] = sign
    if sign == numbers.MIXED:
        rarer = "," if comma < dot else "."
        query = f"SELECT rn, v FROM {values} WHERE {proof[rarer]} ORDER BY rn LIMIT {EXAMPLES}"
        examples = [{"line": rn, "value": str(v)[:120], "shift": True} for rn, v in db.execute(query).fetchall()]
        note(landed, "mixed_decimals", column.header, min(comma, dot), examples)


def _settle_date(db: "duckdb.DuckDBPyConnection", landed: Landed, column: Column, values: str) -> dict[str, Any] | None:
    """Decide one column; the question to ask when neither it nor a person has."""
    strange = f"FROM {values} WHERE v IS NOT NULL AND NOT v LIKE '____-__-__%'"
    if not _row(db, f"SELECT count(*) {strange}")[0]:
        return None
    readings = dates.Evidence(*_row(db, f"SELECT {dates.evidence_sql('v')} {strange}")).readings()
    if len(readings) == 1:
        landed.orders[column.name] = readings[0]
        if landed.answers.get(column.name, readings[0]) != readings[0]:
            note(landed, "date_order_differs", column.header, 1, [])
        return None
    answer = landed.answer or landed.answers.get(column.name, "")
    if answer in readings:
        landed.orders[column.name] = landed.report.answered[column.name] = answer
        return None
    return _question(db, column, strange, readings) if readings else None


def _question(
    db: "duckdb.DuckDBPyConnection", column: Column, strange: str, readings: tuple[str, ...]
) -> dict[str, Any]:
    """Which column, how many values, and the days that some of them would be in each order."""
    days = ", ".join(f"CAST({dates.moment_sql('v', order)} AS DATE)" for order in readings)
    shaped = f"{strange} AND regexp_full_match(v, '{dates.SHAPE}')"
    count = _row(db, f"SELECT count(*) {shaped}")[0]
    differ = " AND ".join(f"CAST({dates.moment_sql('v', order)} AS DATE) IS NOT NULL" for order in readings)
    telling = f"{dates.moment_sql('v', readings[0])} <> {dates.moment_sql('v', readings[1])}"
    found = db.execute(
        f"SELECT DISTINCT v, {days} {shaped} ORDER BY ({differ} AND {telling}) DESC NULLS LAST, v LIMIT {EXAMPLES}"
    ).fetchall()
    return {
        "column": column.name, "header": column.header, "count": count, "orders": list(readings),
        "examples": [
            {"value": str(value)[:60], "days": [day.isoformat() if day else "" for day in each]} for value, *each in found
        ],
    }  # fmt: skip


def _row(db: "duckdb.DuckDBPyConnection", query: str) -> Any:
    return db.execute(query).fetchall()[0]
