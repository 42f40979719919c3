"""Sources that people made by mapping a file: how their files are recognised and how their columns are read."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from accounts.lake.job import KnownTable
from accounts.lake.parsing import bare, quoted
from accounts.lake.recognise import Match, plain
from accounts.sources import Column, Condition, Kind, Source
from accounts.sources.mapping import Spec, in_order, to_source

if TYPE_CHECKING:
    import duckdb

    from accounts.lake.landing import Landed

LIKENESS = 0.8  # so much of the mapped header must be there: a new column next month is no new kind of file


class Sources:
    """Every source of one job: the declared ones and those that people made, in the order of reading."""

    def __init__(self, specs: Sequence[dict[str, Any]]) -> None:
        made = [(cast(Spec, spec), to_source(cast(Spec, spec))) for spec in specs]
        self.mapped = tuple(source for _, source in made)
        self.recognised = tuple(source for spec, source in made if spec.get("active", True))
        self.ordered = in_order(self.mapped)
        self.targets = {source.name: source.target for source in self.ordered}

    def tables_of(self, target: str, tables: dict[str, KnownTable]) -> list[tuple[str, KnownTable]]:
        """The tables with rows that belong to a declared source: its own first, then those of mapped files."""
        return [
            (source.name, tables[source.name])
            for source in self.ordered
            if source.target == target and tables.get(source.name) and tables[source.name].files
        ]

    def matches(self, header: tuple[str, ...]) -> list[Match]:
        """What a file with this header is by what people said: one file may be several things at once."""
        names = [plain(name) for name in header]
        return [match for source in self.recognised if (match := _match(source, header, names))]


def _match(source: Source, header: tuple[str, ...], names: list[str]) -> Match | None:
    known = {plain(name) for name in source.signature}
    if len(known & set(names)) < LIKENESS * len(known):
        return None
    used = {plain(c.header) for c in source.columns if c.header} | {plain(c.header) for c in source.where}
    if not used <= set(names):
        return None
    positions = {c.name: names.index(plain(c.header)) for c in source.columns if c.header}
    unknown = tuple(name for name in header if name and plain(name) not in known)
    return Match(source, positions, unknown)


def note_dialect(landed: "Landed") -> None:
    """A mapped file that is written differently than the one that was mapped: read all the same, but said."""
    source = landed.match.source
    found, wanted = landed.report.encoding, source.encoding
    if source.base and wanted and found and found != wanted:
        landed.report.findings.append(
            {
                "code": "other_encoding",
                "column": "",
                "count": 1,
                "examples": [{"line": 1, "value": f"{wanted} → {found}"}],
            }
        )


def text_of(column: Column, position: int | None) -> str | None:
    """SQL for the text of a column as it came, translated where a person said so; None where the file has nothing."""
    reading = column.reading
    text = bare(f"c{position}") if position is not None else None
    if reading is None:
        return text
    if text is None:
        return quoted(reading.constant) if reading.constant else None
    return translated(text, reading.translations)


def translated(text: str, pairs: Sequence[tuple[str, str]]) -> str:
    """SQL: the text that a person wants for the text found, whatever its capitals; other texts stay."""
    if not pairs:
        return text
    exact = [(found, kept) for found, kept in pairs if found not in {"", "*"}]
    whens = " ".join(f"WHEN lower({text}) = {quoted(found.lower())} THEN {quoted(kept)}" for found, kept in exact)
    rest = text
    for found, kept in pairs:
        if found == "*":
            rest = f"CASE WHEN {text} IS NOT NULL THEN {quoted(kept)} END"
    empty = next((kept for found, kept in pairs if found == ""), None)
    if empty is not None:
        whens = f"WHEN {text} IS NULL THEN {quoted(empty)} {whens}"
    return f"nullif(CASE {whens} ELSE {rest} END, '')" if whens else rest


def customer_of(column: Column, text: str) -> str:
    """SQL for the customer's code: upper case, without its store, found through a reference, with its prefix."""
    reading = column.reading
    if reading is None:
        return f"upper({text})"
    if reading.through:
        return f"(SELECT r.customer FROM refs_{reading.through} r WHERE r.reference = upper({text}))"
    code = f"upper({text})"
    if column.kind is Kind.STORE:
        code = f"regexp_replace({code}, '^(.+)[0-9][0-9]$', '\\1')"
    return f"{quoted(reading.prefix.upper())} || {code}" if reading.prefix else code


def scaled(column: Column, value: str, sql_type: str) -> str:
    """SQL for the value in the unit that the base expects."""
    factor = column.reading.factor if column.reading else 1
    return value if factor == 1 else f"CAST(({value}) * {factor!r} AS {sql_type})"


def filtered(source: Source, header: tuple[str, ...]) -> str:
    """SQL for the rows that count, over ``c0…``; empty when all do."""
    names = [plain(name) for name in header]
    return " AND ".join(_holds(each, names.index(plain(each.header))) for each in source.where)


def _holds(condition: Condition, position: int) -> str:
    text = f"lower(coalesce({bare(f'c{position}')}, ''))"
    inside = f"{text} IN ({', '.join(quoted(value.lower()) for value in condition.values)})"
    return inside if condition.wanted else f"NOT ({inside})"


def show_references(db: "duckdb.DuckDBPyConnection", source: Source, rows: str | None) -> None:
    """``refs_<source>``: which customer each reference of another mapped source leads to (``rows``: SQL, None: nothing)."""
    if source.through:
        rows = rows or "SELECT CAST(NULL AS VARCHAR) AS reference, CAST(NULL AS VARCHAR) AS customer WHERE false"
        db.execute(
            f"CREATE OR REPLACE TEMP TABLE refs_{source.through} AS SELECT upper(reference) AS reference, "
            f"min(customer) AS customer FROM ({rows}) WHERE reference IS NOT NULL GROUP BY 1"
        )
