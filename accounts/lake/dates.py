"""Dates as people write them: the order of day and month, decided by the whole column, asked when it cannot decide.

03/04/2025 says nothing by itself; 25/04/2025 elsewhere in the column does. A year that comes first settles it.
"""

from dataclasses import dataclass

ORDERS = ("dmy", "mdy", "ymd")
UNDECIDED = ""  # only forms that can be read in one way are read
FEW = 20  # one order may be contradicted by one value in so many: a slip of the pen, reported as a bad date
SHAPE = r"^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})([ T].*)?$"
YEAR_FIRST = r"^\d{4}[-/.]?\d{1,2}[-/.]?\d{1,2}([ T].*)?$"
_TIMES = ("", " %H:%M:%S", " %H:%M", " %H:%M:%S.%f", " %I:%M:%S %p", " %I:%M %p")
_PARTS = {"dmy": "%d/%m/", "mdy": "%m/%d/", "ymd": ""}


@dataclass(frozen=True)
class Evidence:
    """How many values of a column there are of the shape 1/2/2025 or 1/2/25, and what they prove."""

    shaped: int  # two short numbers and a year
    day_first: int  # the first number is above 12: only day first can be
    month_first: int  # the second number is above 12
    short: int  # two-digit years
    year_last: int  # two-digit years: the third number is above 31, so it is no day
    no_month: int  # two-digit years: the second number is above 12, so the year does not come first
    year_first: int  # two-digit years: the first number is above 31, so it is the year

    def readings(self) -> tuple[str, ...]:
        """The orders that the column as a whole allows, the likeliest first; empty when it has no such dates."""
        if not self.shaped:
            return ()
        if self.year_first:
            return ("ymd",)
        if self.day_first and self.month_first:
            few = self.shaped // FEW
            allowed = [o for o, against in (("dmy", self.month_first), ("mdy", self.day_first)) if against <= few]
            return tuple(allowed) if len(allowed) == 1 else ("dmy", "mdy")
        allowed = [o for o, against in (("dmy", self.month_first), ("mdy", self.day_first)) if not against]
        if self.short == self.shaped and not self.year_last and not self.no_month:
            allowed.append("ymd")
        return tuple(allowed)


def evidence_sql(text: str) -> str:
    """The select list whose row makes an ``Evidence`` of a column, from its bare text."""
    first, second, third = (f"try_cast(regexp_extract({text}, '{SHAPE}', {n}) AS INTEGER)" for n in (1, 2, 3))
    short = f"regexp_full_match({text}, '{SHAPE.replace(chr(92) + 'd{4}|', '')}')"
    shaped = f"regexp_full_match({text}, '{SHAPE}')"
    return ", ".join([
        f"count(*) FILTER (WHERE {shaped})",
        f"count(*) FILTER (WHERE {shaped} AND {first} BETWEEN 13 AND 31 AND {second} <= 12)",
        f"count(*) FILTER (WHERE {shaped} AND {second} BETWEEN 13 AND 31 AND {first} <= 12)",
        f"count(*) FILTER (WHERE {short})",
        f"count(*) FILTER (WHERE {short} AND {third} > 31)",
        f"count(*) FILTER (WHERE {short} AND {second} > 12)",
        f"count(*) FILTER (WHERE {short} AND {first} > 31)",
    ])  # fmt: skip


def moment_sql(text: str, order: str) -> str:
    """SQL for a moment written with short numbers in the given order; ``UNDECIDED``: only where both orders agree."""
    if order == UNDECIDED:
        day, month = moment_sql(text, "dmy"), moment_sql(text, "mdy")
        return f"CASE WHEN {day} IS NULL THEN {month} WHEN {month} IS NULL OR {month} = {day} THEN {day} END"
    slashed = rf"regexp_replace(replace({text}, 'T', ' '), '^(\d+)[-.](\d+)[-.]', '\1/\2/')"
    long = ", ".join(f"'{_PARTS[order]}%Y{time}'" for time in _TIMES)
    short = ", ".join(f"'{_PARTS[order] or '%y/%m/%d'}{'%y' if _PARTS[order] else ''}{time}'" for time in _TIMES)
    four = rf"regexp_matches({text}, '^\d{{1,2}}[-/.]\d{{1,2}}[-/.]\d{{4}}')"
    if order == "ymd":
        return f"CASE WHEN NOT {four} THEN try_strptime({slashed}, [{short}]) END"
    return f"CASE WHEN {four} THEN try_strptime({slashed}, [{long}]) ELSE try_strptime({slashed}, [{short}]) END"


def year_first_sql(text: str) -> str:
    """SQL for a moment whose year comes first (2025-03-04, 2025/3/4, 20250304), with or without a time."""
    dashed = rf"regexp_replace(replace({text}, 'T', ' '), '^(\d{{4}})[/.](\d+)[/.]', '\1-\2-')"
    formats = ", ".join(f"'{day}{time}'" for day in ("%Y-%m-%d", "%Y%m%d") for time in _TIMES)
    return f"CASE WHEN regexp_matches({text}, '{YEAR_FIRST}') THEN try_strptime({dashed}, [{formats}]) END"
