"""What each column of a table holds, decided by all of its values: kind, order of dates, decimal sign, what is odd about it."""

import re
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from accounts.lake import dates, numbers
from accounts.lake.parsing import bare

if TYPE_CHECKING:
    import duckdb

LOOKED_AT = 5_000  # rows whose values propose a kind; all rows then decide
AT_ONCE = 100  # columns in one query
ENOUGH = 0.9  # of the values must agree for a kind other than text
FLAGS = {"S", "N", "SIM", "NAO", "NÃO", "Y", "YES", "NO", "TRUE", "FALSE"}
_YEAR_FIRST = re.compile(dates.YEAR_FIRST)
_SHAPE = re.compile(dates.SHAPE)
_TIME = re.compile(r"\d[ T]\d{1,2}:\d")
_NUMBER = re.compile(rf"{numbers.PLAIN}|{numbers.COMMA}|{numbers.DOT}|{numbers.EITHER}")
_WHOLE = re.compile(numbers.PLAIN)
_PATTERNS = (numbers.COMMA, numbers.DOT, numbers.EITHER, numbers.PLAIN)
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
    fits: bool = False  # all values are known to be of the kind: nothing to look for


def guess(db: "duckdb.DuckDBPyConnection", table: str, header: tuple[str, ...]) -> list[Guess]:
    """Look at every column of ``table`` (text columns ``c0…``, one per header)."""
    rows = db.execute(f"SELECT * FROM {table} LIMIT {LOOKED_AT}").fetchall()
    found = [_propose(n, name, [row[n] for row in rows]) for n, name in enumerate(header)]
    for start in range(0, len(found), AT_ONCE):
        _decide(db, table, found[start : start + AT_ONCE])
    return found


def _propose(position: int, name: str, given: list[str | None]) -> Guess:
    values = [stripped for value in given if value and (stripped := value.strip())]
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


def _decide(db: "duckdb.DuckDBPyConnection", table: str, columns: list[Guess]) -> None:
    """Let all rows speak: counts, decimal sign, order of dates; then how many values do not fit what was decided."""
    counts: list[str] = []
    bared = ", ".join(f"{bare(f'c{each.position}')} AS v{each.position}" for each in columns)
    table = f"(SELECT {bared} FROM {table})"
    for each in columns:
        v = f"v{each.position}"
        counts += [f"count({v})", f"count(*) - count({v})"]
        if each.kind in {"integer", "number"}:
            counts += [f"count(*) FILTER (WHERE {numbers.matches(v, pattern)})" for pattern in _PATTERNS]
        elif each.kind in {"date", "moment"}:
            counts.append(dates.evidence_sql(v))
    row = iter(_row(db, f"SELECT {', '.join(counts)} FROM {table}"))
    for each in columns:
        each.filled, each.blank = next(row), next(row)
        if each.kind in {"integer", "number"}:
            _settle_number(each, *(next(row) for _ in _PATTERNS))
        elif each.kind in {"date", "moment"}:
            each.readings = list(dates.Evidence(*(next(row) for _ in fields(dates.Evidence))).readings())
    unread = {each.position: unfit for each in columns if not each.fits and (unfit := _unfit(each))}
    if unread:
        odd = _row(
            db, "SELECT " + ", ".join(f"count(*) FILTER (WHERE {w})" for w in unread.values()) + f" FROM {table}"
        )
        for (position, when), count in zip(unread.items(), odd, strict=True):
            if count:
                _show_odd(db, table, next(each for each in columns if each.position == position), count, when)


def _settle_number(found: Guess, comma: int, dot: int, either: int, plain: int) -> None:
    found.decimal = numbers.decide(comma, dot, "")
    found.unsure = either if found.decimal in {"", numbers.MIXED} else 0
    if comma or dot or either:
        found.kind = "number"
    elif plain:
        found.kind = "integer"
    found.fits = plain == found.filled


def _unfit(found: Guess) -> str:
    """SQL: a filled value of the column cannot be read as what the column is; numbers with two readings count apart."""
    v = f"v{found.position}"
    if found.kind in {"integer", "number"}:
        unread = f"{numbers.decimal_sql(v, found.decimal or ',', 'DOUBLE')} IS NULL"
        return f"{v} IS NOT NULL AND {unread} AND NOT {numbers.ambiguous_sql(v)}"
    if found.kind in {"date", "moment"}:
        read = ", ".join(dates.moment_sql(v, order) for order in found.readings or [dates.UNDECIDED])
        return f"{v} IS NOT NULL AND coalesce({dates.year_first_sql(v)}, {read}) IS NULL"
    if found.kind == "flag":
        return f"upper({v}) NOT IN ({', '.join(repr(flag) for flag in sorted(FLAGS))})"
    return ""


def _show_odd(db: "duckdb.DuckDBPyConnection", table: str, found: Guess, count: int, when: str) -> None:
    v = f"v{found.position}"
    found.odd = count
    rows = db.execute(f"SELECT DISTINCT {v} FROM {table} WHERE {when} ORDER BY 1 LIMIT 3").fetchall()
    found.strange = [str(row[0])[:120] for row in rows]


def _row(db: "duckdb.DuckDBPyConnection", query: str) -> Any:
    return db.execute(query).fetchall()[0]
