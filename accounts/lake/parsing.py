"""SQL that turns text into typed values, one expression per kind of column, and the checks that come with each kind.

Values that cannot be read become NULL and are counted; nothing is guessed. All expressions run on DuckDB 1.5 and 2.0.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from accounts.lake.dates import UNDECIDED, moment_sql, year_first_sql
from accounts.lake.numbers import ambiguous_sql, decimal_sql, whole_sql
from accounts.sources import Check, Column, Effect, Kind, Source

OLDEST = "1950-01-01"
AHEAD = 3660  # days; a due day further ahead than ten years is a slip
CODE = r"[^/\s\x00-\x1f]{1,40}"  # a customer's code is part of an address
NUMBERS = {Kind.MONEY, Kind.FLOAT, Kind.INTEGER}
TYPES = {
    Kind.MONEY: "DECIMAL(18,5)", Kind.FLOAT: "DOUBLE", Kind.INTEGER: "BIGINT", Kind.SCORE: "BIGINT", Kind.DATE: "DATE",
    Kind.MOMENT: "TIMESTAMP", Kind.FLAG: "BOOLEAN",
}  # fmt: skip


def quoted(text: str) -> str:
    """A SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def listed(values: Iterable[str]) -> str:
    """SQL string literals with commas between them."""
    return ", ".join(quoted(value) for value in sorted(values))


def bare(text: str) -> str:
    """The text without blanks, tabs and no-break spaces around it; NULL when nothing is left."""
    return f"nullif(trim({text}, chr(32) || chr(9) || chr(160) || chr(13) || chr(10)), '')"


def typed(column: Column, text: str, decimal: str, order: str = UNDECIDED) -> str:
    """The SQL expression for ``column`` over the bare text expression ``text``; NULL where it cannot be read.

    ``decimal`` is the column's decimal sign (see ``numbers``), ``order`` that of its short dates (see ``dates``).
    """
    match column.kind:
        case Kind.MONEY | Kind.FLOAT:
            return decimal_sql(text, decimal, TYPES[column.kind])
        case Kind.INTEGER | Kind.SCORE:
            return whole_sql(text)
        case Kind.DATE:
            return _date(text, column.formats, order)
        case Kind.MOMENT:
            return _moment(text, column.formats, order)
        case Kind.FLAG:
            return (
                f"CASE WHEN upper({text}) IN ('S', 'SIM', 'Y', 'YES', 'TRUE', '1') THEN true "
                f"WHEN upper({text}) IN ('N', 'NAO', 'NÃO', 'NO', 'FALSE', '0') THEN false END"
            )
        case Kind.CUSTOMER | Kind.STORE:
            return f"upper({text})"
        case Kind.COUNTRY:
            return f"CASE WHEN length({text}) < 3 AND try_cast({text} AS INTEGER) IS NOT NULL THEN lpad({text}, 3, '0') ELSE {text} END"
        case Kind.EMAIL:
            return f"lower({text})"
        case Kind.CNPJ:
            return f"upper(regexp_replace({text}, '[^0-9A-Za-z]', '', 'g'))"
        case _:
            return _words(column, text)


def _words(column: Column, text: str) -> str:
    words = f"CASE WHEN contains({text}, '  ') THEN regexp_replace({text}, ' {{2,}}', ' ', 'g') ELSE {text} END"
    for _code, found, kept in column.repairs:
        words = f"replace({words}, {quoted(found)}, {quoted(kept)})"
    if column.variants:
        whens = " ".join(f"WHEN {quoted(found)} THEN {quoted(kept)}" for found, kept in column.variants)
        words = f"CASE {words} {whens} ELSE {words} END"
    return words


def _date(text: str, formats: tuple[str, ...], order: str) -> str:
    iso = f"{text} LIKE '____-__-__' OR {text} LIKE '____-__-__ %' OR {text} LIKE '____-__-__T%'"
    return (
        f"CASE WHEN {iso} THEN try_cast(substr({text}, 1, 10) AS DATE) "
        f"ELSE CAST({_loose_moment(text, formats, order)} AS DATE) END"
    )


def _moment(text: str, formats: tuple[str, ...], order: str) -> str:
    return (
        f"CASE WHEN {text} LIKE '____-__-__%' THEN try_cast({text} AS TIMESTAMP) "
        f"ELSE {_loose_moment(text, formats, order)} END"
    )


def _loose_moment(text: str, formats: tuple[str, ...], order: str) -> str:
    """Declared formats decide alone; without them the order that the whole column (or a person) decided."""
    year_first = year_first_sql(text)
    if formats:
        return f"coalesce(try_strptime({text}, [{', '.join(quoted(each) for each in formats)}]), {year_first})"
    return f"coalesce({year_first}, {moment_sql(text, order)})"


@dataclass(frozen=True)
class Rule:
    """A check ready to run: SQL over one parsed row; ``quarantine`` and ``clear`` say what follows."""

    code: str
    column: str
    when: str
    effect: Effect


def rules(source: Source, present: Iterable[str], tokens: dict[str, str], today: str) -> list[Rule]:
    """Every check of ``source`` on the columns that the file has, in the order in which they decide.

    ``tokens`` gives the placeholder price found for a column (SQL number), if there is one.
    """
    found: list[Rule] = []
    here = set(present)
    for column in source.columns:
        if column.name in here:
            found += [Rule(code, column.name, when, effect) for code, when, effect in _own(column, today)]
    for check in source.checks:
        if check.column in here and ("{token}" not in check.when or check.column in tokens):
            found.append(_declared(check, tokens))
    return found


def _declared(check: Check, tokens: dict[str, str]) -> Rule:
    return Rule(check.code, check.column, check.when.replace("{token}", tokens.get(check.column, "NULL")), check.effect)


def _own(column: Column, today: str) -> list[tuple[str, str, Effect]]:
    name, raw = f'"{column.name}"', f'"raw_{column.name}"'
    unread = f"{raw} IS NOT NULL AND {name} IS NULL"
    own: list[tuple[str, str, Effect]] = []
    effect = Effect.QUARANTINE if column.required else Effect.CLEAR
    if column.required:
        code = "blank_key" if column.kind in {Kind.CUSTOMER, Kind.STORE} else "missing_value"
        own.append((code, f"{raw} IS NULL", Effect.QUARANTINE))
    if column.kind in {Kind.CUSTOMER, Kind.STORE}:
        own.append(("bad_key", f"NOT regexp_full_match({name}, '{CODE}')", Effect.QUARANTINE))
    if _family(column.kind) == "number":
        # a number that could be two is set aside, whatever the column: it would be counted
        own.append(("ambiguous_number", f"{unread} AND {ambiguous_sql(raw)}", Effect.QUARANTINE))
        unread = f"{unread} AND NOT {ambiguous_sql(raw)}"
    if column.kind in TYPES:
        own.append((f"bad_{_family(column.kind)}", unread, effect))
    if column.kind is Kind.SCORE:
        own.append(("score_out_of_range", f"{name} NOT BETWEEN 0 AND 10", effect))
    if column.kind in {Kind.DATE, Kind.MOMENT}:
        ahead = f"DATE '{today}' + {AHEAD if column.future else 1}"
        own.append(("future_date", f"{name} > {ahead}", effect))
        own.append(("implausible_date", f"{name} < DATE '{OLDEST}'", effect))
    return own + _of_mapped(column, name, raw) + _of_words(column, name, raw)


def _of_mapped(column: Column, name: str, raw: str) -> list[tuple[str, str, Effect]]:
    """Checks that only columns of mapped files have: a declared empty number is the source's own habit."""
    if column.reading and column.kind in NUMBERS and not column.required:
        return [("blank_number", f"{raw} IS NULL", Effect.NOTE)]
    return []


def _family(kind: Kind) -> str:
    families = {Kind.DATE: "date", Kind.MOMENT: "date", Kind.FLAG: "flag"}
    return families.get(kind, "number") if kind in TYPES else ""


def _of_words(column: Column, name: str, raw: str) -> list[tuple[str, str, Effect]]:
    own: list[tuple[str, str, Effect]] = []
    if column.kind is Kind.TEXT:
        own.append(("trailing_tab", f'"tab_{column.name}"', Effect.NOTE))
        own.append(("extra_spaces", f"contains({raw}, '  ')", Effect.NOTE))
    own += [(code, f"contains({raw}, {quoted(broken)})", Effect.NOTE) for code, broken, _kept in column.repairs]
    if column.variants:
        own.append(("spelling_variant", f"{raw} IN ({listed(found for found, _ in column.variants)})", Effect.NOTE))
    if column.vocabulary:
        own.append(("unknown_value", f"{name} NOT IN ({listed(column.vocabulary)})", Effect.NOTE))
    match column.kind:
        case Kind.COUNTRY:
            own.append(("country_without_zeros", f"{raw} <> {name}", Effect.NOTE))
        case Kind.CITY:
            own.append(("squashed_city", f"{name} IN (SELECT squashed FROM known_cities WHERE lossy)", Effect.NOTE))
        case Kind.EMAIL:
            own.append(("bad_email", rf"NOT regexp_full_match({name}, '[^@\s]+@[^@\s]+\.[^@\s.]+')", Effect.CLEAR))
        case Kind.CNPJ:
            own.append(("bad_cnpj", f"{name} NOT IN (SELECT cnpj FROM valid_cnpjs)", Effect.CLEAR))
    return own
