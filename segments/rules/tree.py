"""Conditions of a rule segment as a closed, versioned tree. Pure: no database, no web, no language.

Truth has three values. A condition about something that is not known of a customer is neither met nor failed (None), and
"none of these" does not turn it into a yes: only a condition "no data" speaks of what is missing. Somebody belongs to the
segment when the whole tree is True; who comes out as None could not be decided.
"""

from __future__ import annotations

import json
import math
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Literal

FORMAT = 1
MOST_DEPTH, MOST_CONDITIONS, MOST_BYTES = 4, 40, 20_000
LONGEST_TEXT, MOST_CHOICES, MOST_DAYS = 80, 60, 3_650
LARGEST_NUMBER = 10**12

Kind = Literal["number", "money", "share", "date", "choice", "text", "yes_no", "event"]
Group = Literal["all", "any", "none"]
Place = tuple[int, ...]
Truth = bool | None

GROUPS: tuple[Group, ...] = ("all", "any", "none")
PRESENCE = ("has_data", "no_data")
_FIGURES = ("at_least", "at_most", "above", "below", "between", "equal")
OPERATORS: Mapping[Kind, tuple[str, ...]] = {
    "number": _FIGURES,
    "money": _FIGURES,
    "share": _FIGURES[:5],
    "date": ("last_days", "longer_ago", "from", "until", "within"),
    "choice": ("any_of", "none_of"),
    "text": ("contains", "starts", "equals"),
    "yes_no": ("yes", "no"),
    "event": ("at_least", "at_most"),
}
PAIRS = frozenset({"between", "within"})
LISTS = frozenset({"any_of", "none_of"})
DAY_COUNTS = frozenset({"last_days", "longer_ago"})
DATES = frozenset({"from", "until", "within"})
BARE = frozenset({"yes", "no", *PRESENCE})


@dataclass(frozen=True)
class Field:
    """Something declared that a condition may speak of.

    ``nullable``: it may be unknown, so that the two conditions of presence are offered. ``most`` bounds the number of an
    event where only the newest ones are kept.
    """

    key: str
    kind: Kind
    nullable: bool = True
    most: int = 10_000

    @property
    def operators(self) -> tuple[str, ...]:
        """The operators that make sense for this field."""
        return OPERATORS[self.kind] + (PRESENCE if self.nullable else ())


@dataclass(frozen=True)
class Condition:
    """One leaf: a field, an operator and its operand; ``days`` is the window of an event."""

    field: str
    operator: str
    value: Any = None
    days: int | None = None


@dataclass(frozen=True)
class Branch:
    """All, any or none of some nodes."""

    group: Group
    nodes: tuple[Branch | Condition, ...]


@dataclass(frozen=True)
class Problem:
    """What is wrong and where: ``place`` leads from the root by position, ``part`` is the part of the condition."""

    place: Place
    part: str
    code: str
    detail: str = ""


class Invalid(ValueError):
    """A tree with problems; nothing of it may be used."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(f"{p.place}: {p.code}" for p in problems))
        self.problems = tuple(problems)


def parse(data: Any, fields: Mapping[str, Field]) -> Branch:
    """The typed tree of stored or posted JSON (``{"version": 1, "root": {…}}``); raises ``Invalid`` with every problem."""
    try:
        size = len(json.dumps(data))
    except (TypeError, ValueError, RecursionError) as error:
        raise Invalid([Problem((), "", "shape")]) from error
    if not isinstance(data, Mapping) or set(data) != {"version", "root"}:
        raise Invalid([Problem((), "", "shape")])
    if data["version"] != FORMAT or isinstance(data["version"], bool):
        raise Invalid([Problem((), "", "version")])
    if size > MOST_BYTES:
        raise Invalid([Problem((), "", "too_large")])
    problems: list[Problem] = []
    root = _branch(data["root"], (), fields, problems)
    if root is not None and sum(1 for _leaf in conditions(root)) > MOST_CONDITIONS:
        problems.append(Problem((), "", "too_many"))
    if problems or root is None:
        raise Invalid(problems)
    return root


def dump(root: Branch) -> dict[str, Any]:
    """The JSON of a tree: ``parse(dump(tree)) == tree``."""
    return {"version": FORMAT, "root": _dumped(root)}


def conditions(node: Branch | Condition) -> Iterator[Condition]:
    """The leaves from left to right."""
    if isinstance(node, Condition):
        yield node
        return
    for part in node.nodes:
        yield from conditions(part)


def _dumped(node: Branch | Condition) -> dict[str, Any]:
    if isinstance(node, Branch):
        return {"group": node.group, "of": [_dumped(part) for part in node.nodes]}
    told: dict[str, Any] = {"field": node.field, "is": node.operator}
    if node.operator not in BARE:
        told["value"] = _plain(node.value)
    if node.days is not None:
        told["days"] = node.days
    return told


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    return value.isoformat() if isinstance(value, date) else value


def _node(data: Any, place: Place, fields: Mapping[str, Field], problems: list[Problem]) -> Branch | Condition | None:
    if isinstance(data, Mapping) and "group" in data:
        return _branch(data, place, fields, problems)
    return _condition(data, place, fields, problems)


def _branch(data: Any, place: Place, fields: Mapping[str, Field], problems: list[Problem]) -> Branch | None:
    if not isinstance(data, Mapping) or set(data) != {"group", "of"} or not isinstance(data["of"], list):
        problems.append(Problem(place, "", "shape"))
        return None
    if len(place) >= MOST_DEPTH:
        problems.append(Problem(place, "", "too_deep"))
        return None
    if data["group"] not in GROUPS:
        problems.append(Problem(place, "group", "group"))
        return None
    if not data["of"]:
        problems.append(Problem(place, "", "empty"))
        return None
    nodes = [_node(part, (*place, number), fields, problems) for number, part in enumerate(data["of"])]
    return Branch(data["group"], tuple(node for node in nodes if node is not None))


def _condition(data: Any, place: Place, fields: Mapping[str, Field], problems: list[Problem]) -> Condition | None:
    if not isinstance(data, Mapping) or not {"field", "is"} <= set(data) <= {"field", "is", "value", "days"}:
        problems.append(Problem(place, "", "shape"))
        return None
    field = fields.get(data["field"]) if isinstance(data["field"], str) else None
    if field is None:
        problems.append(Problem(place, "field", "field", str(data["field"])[:40]))
        return None
    operator = data["is"]
    if not isinstance(operator, str) or operator not in field.operators:
        problems.append(Problem(place, "is", "operator", str(operator)[:40]))
        return None
    days = None
    if field.kind == "event" and operator not in BARE:
        days = _number_of_days(data.get("days"), place, "days", problems)
    elif "days" in data:
        problems.append(Problem(place, "days", "not_wanted"))
    if operator in BARE:
        if "value" in data:
            problems.append(Problem(place, "value", "not_wanted"))
        return Condition(field.key, operator)
    return Condition(field.key, operator, _operand(field, operator, data.get("value"), place, problems), days)


def _operand(field: Field, operator: str, value: Any, place: Place, problems: list[Problem]) -> Any:
    if operator in LISTS:
        return _choices(value, place, problems)
    if operator in PAIRS:
        return _pair(field, operator, value, place, problems)
    if operator in DAY_COUNTS:
        return _number_of_days(value, place, "value", problems)
    if operator in DATES:
        return _day(value, place, "value", problems)
    if field.kind == "text":
        return _text(value, place, problems)
    if field.kind == "event":
        return _count(field, value, place, problems)
    return _number(value, place, "value", problems)


def _choices(value: Any, place: Place, problems: list[Problem]) -> tuple[str, ...]:
    if not isinstance(value, list) or not value:
        problems.append(Problem(place, "value", "choose"))
        return ()
    if len(value) > MOST_CHOICES or not all(isinstance(v, str) and _clean(v, 160) for v in value):
        problems.append(Problem(place, "value", "choices"))
        return ()
    return tuple(dict.fromkeys(value))


def _pair(field: Field, operator: str, value: Any, place: Place, problems: list[Problem]) -> Any:
    if not isinstance(value, list) or len(value) != 2:
        problems.append(Problem(place, "value", "pair"))
        return ()
    read: Callable[[Any, Place, str, list[Problem]], Any] = _day if operator == "within" else _number
    low, high = read(value[0], place, "value", problems), read(value[1], place, "to", problems)
    if low is not None and high is not None and low > high:
        problems.append(Problem(place, "to", "order"))
    return (low, high)


def _number(value: Any, place: Place, part: str, problems: list[Problem]) -> int | float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        problems.append(Problem(place, part, "number"))
        return None
    if abs(value) > LARGEST_NUMBER:
        problems.append(Problem(place, part, "too_large_number"))
        return None
    return value


def _count(field: Field, value: Any, place: Place, problems: list[Problem]) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= field.most:
        problems.append(Problem(place, "value", "count", str(field.most)))
        return None
    return value


def _number_of_days(value: Any, place: Place, part: str, problems: list[Problem]) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST_DAYS:
        problems.append(Problem(place, part, "days", str(MOST_DAYS)))
        return None
    return value


def _day(value: Any, place: Place, part: str, problems: list[Problem]) -> date | None:
    try:
        found = date.fromisoformat(value) if isinstance(value, str) and len(value) == 10 else None
    except ValueError:
        found = None
    if found is None or not 1900 <= found.year <= 2200:
        problems.append(Problem(place, part, "date"))
        return None
    return found


def _text(value: Any, place: Place, problems: list[Problem]) -> str | None:
    if not isinstance(value, str) or not _clean(value, LONGEST_TEXT):
        problems.append(Problem(place, "value", "text", str(LONGEST_TEXT)))
        return None
    return value


def _clean(text: str, longest: int) -> bool:
    return 0 < len(text) <= longest and bool(text.strip()) and text.isprintable()


@dataclass(frozen=True)
class Known:
    """What is known of one customer: a value per field (None or absent: no data); of an event the days it happened on."""

    values: Mapping[str, Any]
    as_of: date


def holds(node: Branch | Condition, known: Known) -> Truth:
    """Whether the customer is meant: True, False, or None where what is known does not decide it."""
    if isinstance(node, Condition):
        return _met(node, known)
    parts = [holds(part, known) for part in node.nodes]
    if node.group == "all":
        return _all(parts)
    some = _any(parts)
    if node.group == "any" or some is None:
        return some
    return not some


def _all(parts: Sequence[Truth]) -> Truth:
    return False if False in parts else None if None in parts else True


def _any(parts: Sequence[Truth]) -> Truth:
    return True if True in parts else None if None in parts else False


def _met(leaf: Condition, known: Known) -> Truth:
    value = known.values.get(leaf.field)
    if leaf.operator in PRESENCE:
        return (value is None) == (leaf.operator == "no_data")
    if value is None:
        return None
    if leaf.days is not None:
        earliest = known.as_of - timedelta(days=leaf.days)
        value = sum(1 for day in value if earliest < day <= known.as_of)
    return _compared(leaf.operator, value, leaf.value, known.as_of)


def _compared(operator: str, value: Any, operand: Any, as_of: date) -> bool:
    if operator in LISTS:
        mine = set(value) if isinstance(value, set | frozenset | tuple | list) else {value}
        return bool(mine & set(operand)) == (operator == "any_of")
    if operator in DAY_COUNTS:
        return (value > as_of - timedelta(days=operand)) == (operator == "last_days")
    if operator in {"contains", "starts", "equals"}:
        return _text_met(operator, plain(str(value)), plain(str(operand)))
    if operator in {"yes", "no"}:
        return bool(value) == (operator == "yes")
    return _ordered(operator, value, operand)


def _text_met(operator: str, value: str, operand: str) -> bool:
    if operator == "contains":
        return operand in value
    return value.startswith(operand) if operator == "starts" else value == operand


def _ordered(operator: str, value: Any, operand: Any) -> bool:
    of_money = isinstance(value, Decimal)
    if operator in PAIRS:
        low, high = (exact(part) if of_money else part for part in operand)
        return bool(low <= value <= high)
    bound = exact(operand) if of_money else operand
    found = {
        "at_least": value >= bound,
        "from": value >= bound,
        "at_most": value <= bound,
        "until": value <= bound,
        "above": value > bound,
        "below": value < bound,
        "equal": value == bound,
    }
    return bool(found[operator])


def plain(text: str) -> str:
    """Small letters without accents: how texts are compared."""
    parts = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in parts if not unicodedata.combining(letter)).lower()


def exact(number: Any) -> Any:
    """A float as the decimal it was written as, so that 0.1 compares as 0.1; other values as they are."""
    return Decimal(str(number)) if isinstance(number, float) else number
