"""What each column of a table holds, decided by all of its values: kind, order of dates, decimal sign, what is odd about it."""

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from accounts.lake import dates, numbers
from accounts.lake.parsing import bare

if TYPE_CHECKING:
    import duckdb

LOOKED_AT = 5_000  # rows whose values propose a kind; all rows then decide
ENOUGH = 0.9  # of the values must agree for a kind other than text
FLAGS = {"S", "N", "SIM", "NAO", "NÃO", "Y", "YES", "NO", "TRUE", "FALSE"}
_YEAR_FIRST = re.compile(dates.YEAR_FIRST)
_SHAPE = re.compile(dates.SHAPE)
_TIME = re.compile(r"\d[ T]\d{1,2}:\d")
_NUMBER = re.compile(rf"{numbers.PLAIN}|{numbers.COMMA}|{numbers.DOT}|{numbers.EITHER}")
_WHOLE = re.compile(numbers.PLAIN)
_LEADING_ZERO = re.compile(r"0\d+")


@dataclass
class Guess:
    """One column. ``kind``: empty, integer, number, date, moment, flag or text (a code with leading zeros is text).

    ``decimal`` is the sign of a number column: ``,`` or ``.``, ``?`` where values contradict each other, empty where
    whole numbers or nothing tell. ``readings`` are the possible orders of its short dates (dmy, mdy, ymd): one, decided by
    the whole column; several, and a person must be asked; none, when all dates begin with the year.
    ``odd`` counts filled values that cannot be read as ``kind``; ``strange`` shows some of them.
    """

    position: int
    name: str
    kind: str = "text"
    filled: int = 0
    blank: int = 0
    decimal: str = ""
    readings: list[str] = field(default_factory=list)
    unsure: int = 0  # numbers such as 1.234 that could be thousands or decimals, where nothing else in the column tells
    odd: int = 0
    strange: list[str] = field(default_factory=list)
    examples: list[str] = field(default_factory=list)


def guess(db: "duckdb.DuckDBPyConnection", table: str, header: tuple[str, ...]) -> list[Guess]:
    """Look at every column of ``table`` (text columns ``c0…``, one per header)."""
    found = [_propose(db, table, n, name) for n, name in enumerate(header)]
    for each in found:
        _decide(db, table, each)
    return found


def _propose(db: "duckdb.DuckDBPyConnection", table: str, position: int, name: str) -> Guess:
    text = bare(f"c{position}")
    rows = db.execute(
        f"SELECT v FROM (SELECT {text} AS v FROM {table}) WHERE v IS NOT NULL LIMIT {LOOKED_AT}"
    ).fetchall()
    values = [str(row[0]) for row in rows]
    kind = kind_of(values) if values else "empty"
    return Guess(position, name, kind, examples=list(dict.fromkeys(value[:120] for value in values[:200]))[:5])


def kind_of(values: list[str]) -> str:
    """The kind that nearly all of the values have."""
    share = ENOUGH * len(values)
    if all(value.upper() in FLAGS for value in values):
        return "flag"
    dated = [value for value in values if _is_year_first(value) or _SHAPE.match(value)]
    if len(dated) >= share:
        return "moment" if sum(bool(_TIME.search(value)) for value in dated) * 2 > len(dated) else "date"
    whole = [value for value in values if _WHOLE.fullmatch(value)]
    if sum(bool(_LEADING_ZERO.fullmatch(value)) for value in whole) * 20 > len(values):
        return "text"
    if len(whole) == len(values):
        return "integer"
    return "number" if sum(bool(_NUMBER.fullmatch(value)) for value in values) >= share else "text"


def _is_year_first(value: str) -> bool:
    """2025-03-04 and 20250304, but not any eight digits: the year must be a year of ours and the month a month."""
    if not _YEAR_FIRST.match(value):
        return False
    digits = re.sub(r"\D", "", value)
    return "1900" <= digits[:4] <= "2199" and (
        not value[:8].isdigit() or ("01" <= digits[4:6] <= "12" and digits[6:8] <= "31")
    )


def _decide(db: "duckdb.DuckDBPyConnection", table: str, found: Guess) -> None:
    """Let all rows speak: counts, decimal sign, order of dates, values that do not fit."""
    values = f"(SELECT {bare(f'c{found.position}')} AS v FROM {table})"
    found.filled, found.blank = _row(db, f"SELECT count(v), count(*) - count(v) FROM {values}")
    if found.kind in {"integer", "number"}:
        _decide_number(db, values, found)
    elif found.kind in {"date", "moment"}:
        evidence = dates.Evidence(*_row(db, f"SELECT {dates.evidence_sql('v')} FROM {values}"))
        found.readings = list(evidence.readings())
        read = " , ".join(dates.moment_sql("v", order) for order in found.readings or [dates.UNDECIDED])
        _odd(db, values, found, f"coalesce({dates.year_first_sql('v')}, {read})")
    elif found.kind == "flag":
        _odd(db, values, found, f"CASE WHEN upper(v) IN ({', '.join(repr(flag) for flag in sorted(FLAGS))}) THEN 1 END")


def _decide_number(db: "duckdb.DuckDBPyConnection", values: str, found: Guess) -> None:
    counts = ", ".join(
        f"count(*) FILTER (WHERE {numbers.matches('v', each)})"
        for each in (numbers.COMMA, numbers.DOT, numbers.EITHER, numbers.PLAIN)
    )
    comma, dot, either, plain = _row(db, f"SELECT {counts} FROM {values}")
    found.decimal = numbers.decide(comma, dot, "")
    found.unsure = either if found.decimal in {"", numbers.MIXED} else 0
    if comma or dot or either:
        found.kind = "number"
    elif plain:
        found.kind = "integer"
    _odd(db, values, found, numbers.decimal_sql("v", found.decimal or ",", "DOUBLE"))


def _odd(db: "duckdb.DuckDBPyConnection", values: str, found: Guess, read: str) -> None:
    unread = f"FROM {values} WHERE v IS NOT NULL AND {read} IS NULL"
    found.odd = _row(db, f"SELECT count(*) {unread}")[0]
    if found.odd:
        found.strange = [str(row[0])[:120] for row in db.execute(f"SELECT DISTINCT v {unread} LIMIT 3").fetchall()]


def _row(db: "duckdb.DuckDBPyConnection", query: str) -> Any:
    return db.execute(query).fetchall()[0]
