"""A first proposal for a file that nobody declared: which source it could become and which column is which.

Names decide (Portuguese, English, nearly right), then kinds of values must fit. A person looks at it before anything is read.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Protocol

from accounts.lake.recognise import plain
from accounts.sources import Column, Kind, Source
from accounts.sources.mapping import SUMMED, ColumnSpec, Spec, bases
from accounts.sources.synonyms import synonyms

CLOSE = 0.86  # so alike must two names be
DATES = {Kind.DATE, Kind.MOMENT}
NUMBERS = {Kind.MONEY, Kind.FLOAT, Kind.INTEGER, Kind.SCORE}
ENDED = re.compile(r"churn|cancel|encerr|ended|inativ|inactive")
ALIVE = re.compile(r"ativ|activ|vigente|current")
YES, NO = ("TRUE", "Yes", "Y", "1", "Sim", "S"), ("FALSE", "No", "N", "0", "Não", "Nao")
FACTORS = (
    (re.compile(r"(^|_|\b)(secs?|seconds?|segundos?|seg)($|_|\b)"), 1000.0),
    (re.compile(r"min(ute|uto)?s?\b"), 60000.0),
)


class Seen(Protocol):
    """What the detection knows of a column."""

    name: str
    kind: str
    filled: int
    blank: int
    decimal: str
    readings: list[str]
    examples: list[str]


@dataclass(frozen=True)
class Suggestion:
    """A mapping to begin with; ``score`` ranks it among those to other bases, ``missing`` names what it still needs."""

    base: str
    score: float
    columns: dict[str, ColumnSpec]
    missing: tuple[str, ...]
    reference: str = ""
    through: str = ""
    summed: bool = False


def suggestions(columns: Sequence[Seen], title: str, known: Iterable[Spec] = ()) -> list[Suggestion]:
    """Every base to which something of the file fits, the likeliest first. ``known``: the mappings that exist already."""
    specs = list(known)
    found = [suggest(source, columns, title, specs) for source in bases()]
    return sorted((each for each in found if each.columns), key=lambda each: (-each.score, each.base))


def suggest(source: Source, columns: Sequence[Seen], title: str, known: Sequence[Spec] = ()) -> Suggestion:
    """The likeliest mapping to ``source``: each column of the file is used once, the surest pairs first."""
    pairs = sorted(
        ((_likeness(source, column, seen), -n, -m) for n, column in enumerate(source.columns) for m, seen in enumerate(columns)),
        reverse=True,
    )  # fmt: skip
    taken: dict[str, Seen] = {}
    for score, n, m in pairs:
        column, seen = source.columns[-n], columns[-m]
        if score and column.name not in taken and (seen not in taken.values() or column.name == "status"):
            taken[column.name] = seen
    through = "" if source.customer is None or "customer" in taken else _through(columns, known, taken)
    specs = {name: _read(source.column(name), seen) for name, seen in taken.items()}
    _complete(source, specs, columns, title)
    missing = tuple(c.name for c in source.columns if c.needed and c.name not in specs)
    needed = max(1, len(source.needed))
    score = (needed - len(missing)) / needed * 0.7 + min(1.0, len(taken) / max(4, len(source.columns) * 0.6)) * 0.3
    summed = source.name in SUMMED and len(columns) > 2
    return Suggestion(source.name, round(score, 3), specs, missing, _reference(columns, taken), through, summed)


def _likeness(source: Source, column: Column, seen: Seen) -> float:
    if not seen.name or not _fits(column.kind, seen):
        return 0.0
    name = plain(seen.name)
    best = 0.0
    for rank, other in enumerate((*column.headers, column.name, *synonyms(source.name, column.name))):
        word = plain(other)
        if word == name:
            return 1.0 - rank * 0.002
        if len(name) > 3 and len(word) > 3:
            best = max(best, SequenceMatcher(None, word, name).ratio())
    return best * 0.9 if best >= CLOSE else 0.0


def _fits(kind: Kind, seen: Seen) -> bool:
    """False where the values cannot be what the column needs."""
    if seen.kind == "empty":
        return kind not in {Kind.CUSTOMER, Kind.STORE}
    if kind in DATES:
        return seen.kind in {"date", "moment"}
    if kind in NUMBERS:
        return seen.kind in {"integer", "number"}
    if kind is Kind.FLAG:
        return seen.kind in {"flag", "integer"}
    return seen.kind not in {"date", "moment"} or kind is Kind.TEXT


def _read(column: Column, seen: Seen) -> ColumnSpec:
    spec: ColumnSpec = {"header": seen.name}
    if column.kind in DATES and len(seen.readings) == 1:
        spec["order"] = seen.readings[0]
    if column.kind in NUMBERS and seen.decimal in {",", "."}:
        spec["decimal"] = seen.decimal
    if column.name == "duration_ms":
        spec["factor"] = next((factor for words, factor in FACTORS if words.search(seen.name.lower())), 1.0)
    if column.name == "status" and (pairs := _states(seen)):
        spec["translations"] = pairs
    return spec


def _states(seen: Seen) -> list[list[str]]:
    """Yes and no in a column called churn or active, as the states of a contract."""
    values = {plain(value) for value in seen.examples}
    yes, no = [v for v in YES if plain(v) in values], [v for v in NO if plain(v) in values]
    if not values or len(yes) + len(no) < len(values):
        return []
    name = plain(seen.name)
    if ENDED.search(name):
        return [[v, "CANCELADO"] for v in yes] + [[v, "ATIVO"] for v in no]
    if ALIVE.search(name):
        return [[v, "ATIVO"] for v in yes] + [[v, "CANCELADO"] for v in no]
    return []


def _complete(source: Source, specs: dict[str, ColumnSpec], columns: Sequence[Seen], title: str) -> None:
    """What the file says in another way: a product that is the file itself, a ticket that is closed when it has an end."""
    if source.name == "dados_clientes" and "product" not in specs and "customer" in specs:
        specs["product"] = {"constant": title[:60]}
    if source.name == "tickets" and "status" not in specs and "updated_on" in specs:
        ended = next((seen for seen in columns if seen.name == specs["updated_on"]["header"]), None)
        if ended is not None and ended.blank and "number" in specs:
            specs["status"] = {"header": ended.name, "translations": [["", "open"], ["*", "closed"]]}


def _reference(columns: Sequence[Seen], taken: dict[str, Seen]) -> str:
    """A number of its own that each row has, by which other files may name it: the first column, when it looks like one."""
    first = columns[0] if columns else None
    looks = first is not None and re.search(r"(^|_)id$|numero|number|codigo", first.name.lower())
    return first.name if first and looks and first is not taken.get("customer") and not first.blank else ""


def _through(columns: Sequence[Seen], known: Sequence[Spec], taken: dict[str, Seen]) -> str:
    """The mapped source whose references this file uses instead of customers; its column is then the customer's."""
    names = {plain(seen.name): seen for seen in columns}
    for spec in known:
        seen = names.get(plain(spec.get("reference", "")))
        if seen is not None and spec.get("reference"):
            taken["customer"] = seen
            return spec["name"]
    return ""


def spec_of(suggestion: Suggestion, name: str, title: str, header: Sequence[str], written: dict[str, Any]) -> Spec:
    """The suggestion as a mapping that can be shown, tried and saved."""
    return {
        "name": name, "title": title, "base": suggestion.base, "header": list(header), "columns": suggestion.columns,
        "reference": suggestion.reference, "through": suggestion.through, "summed": suggestion.summed, "where": [],
        "encoding": written.get("encoding", ""), "separator": written.get("separator", ""),
    }  # fmt: skip
