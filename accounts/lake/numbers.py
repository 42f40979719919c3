"""Numbers as people write them: which sign a column uses for decimals, decided by the whole column and never by one value.

“1.234” is one thousand two hundred and thirty-four in São Paulo and a little more than one in London. Such a value says
nothing by itself; others of its column do (12,5 or 1.234.567). Where they contradict each other, it is not read.
"""

import re
from collections.abc import Iterable

SIGN = "[-+]?"
COMMA = (  # a decimal comma, or thousands points that can be nothing else
    rf"{SIGN}(\d*,\d{{1,2}}|\d*,\d{{4,}}|0+,\d+|\d{{4,}},\d+|\d{{1,3}}(\.\d{{3}})+,\d*|[1-9]\d{{0,2}}(\.\d{{3}}){{2,}})"
)
DOT = (
    rf"{SIGN}(\d*\.\d{{1,2}}|\d*\.\d{{4,}}|0+\.\d+|\d{{4,}}\.\d+|\d{{1,3}}(,\d{{3}})+\.\d*|[1-9]\d{{0,2}}(,\d{{3}}){{2,}}"
    rf"|\d+(\.\d+)?[eE][-+]?\d+)"
)
EITHER = rf"{SIGN}[1-9]\d{{0,2}}[.,]\d{{3}}"
PLAIN = rf"{SIGN}\d+"
MIXED = "?"  # both signs occur: values that could be either are not read
_COMMA, _DOT = re.compile(COMMA), re.compile(DOT)


def decide(comma: int, dot: int, declared: str) -> str:
    """The sign of a column with so many values that prove each: ``,``, ``.`` or ``MIXED``; ``declared`` without proof."""
    if comma and dot:
        return MIXED
    if comma or dot:
        return "," if comma else "."
    return declared


def decimal_sign(values: Iterable[str], declared: str) -> str:
    """What the majority of ``values`` uses, the declared sign where they do not tell."""
    comma = dot = 0
    for value in values:
        comma += bool(_COMMA.fullmatch(value.strip()))
        dot += bool(_DOT.fullmatch(value.strip()))
    if comma == dot:
        return declared
    return "," if comma > dot else "."


def matches(text: str, pattern: str) -> str:
    """SQL: the whole of ``text`` has the pattern."""
    return f"regexp_full_match({text}, '{pattern}')"


def decimal_sql(text: str, sign: str, sql_type: str) -> str:
    """SQL for a number with the given decimal sign over the bare text ``text``; NULL where it cannot be read."""
    if sign == MIXED:
        comma, dot = (decimal_sql(text, each, sql_type) for each in ",.")
        return f"CASE WHEN {matches(text, COMMA)} THEN {comma} WHEN {matches(text, EITHER)} THEN NULL ELSE {dot} END"
    other = "." if sign == "," else ","
    point = text if sign == "." else f"replace({text}, ',', '.')"
    finite = "CASE WHEN isfinite({0}) THEN {0} END" if sql_type == "DOUBLE" else "{0}"
    plain = finite.format(f"try_cast({point} AS {sql_type})")
    bare = f"replace({text}, '{other}', '')"
    bare = bare if sign == "." else f"replace({bare}, ',', '.')"
    loose = text if other == "." else f"replace({text}, ',', '.')"
    grouped = rf"{SIGN}[1-9]\d{{0,2}}([{other}]\d{{3}})+([{sign}]\d*)?"
    return (
        f"CASE WHEN NOT contains({text}, '{other}') THEN {plain} "
        f"WHEN {matches(text, grouped)} THEN try_cast({bare} AS {sql_type}) "
        f"WHEN {matches(text, rf'{SIGN}{chr(92)}d*[{other}]{chr(92)}d+')} THEN try_cast({loose} AS {sql_type}) END"
    )


def whole_sql(text: str) -> str:
    """SQL for a whole number: ``5``, ``5.0`` or ``5,00``; but “1.000” (a thousand, or one?) is not read."""
    digits = f"split_part(replace({text}, ',', '.'), '.', 1)"
    return rf"CASE WHEN {matches(text, rf'{SIGN}{chr(92)}d{{1,18}}([.,](00?|0{{4,}}))?')} THEN try_cast({digits} AS BIGINT) END"


def ambiguous_sql(text: str) -> str:
    """SQL: the value could be thousands as well as decimals."""
    return matches(text, EITHER)
