"""A tree as a condition on customers in SQL: parameters only, three-valued as SQL is, equal to ``tree.holds``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import reduce
from operator import and_, or_
from typing import Any

from django.db.models import Max, Q, QuerySet, Value
from django.db.models.lookups import (
    Contains,
    Exact,
    GreaterThan,
    GreaterThanOrEqual,
    In,
    IsNull,
    LessThan,
    LessThanOrEqual,
    StartsWith,
)
from django.utils import timezone

from accounts.models import Customer, Picture
from b2shift.lib.plain import Plain
from segments.models import RuleSegment, Run, Segment
from segments.rules.catalogue import FIELDS, Scope
from segments.rules.tree import BARE, DAY_COUNTS, PAIRS, PRESENCE, Branch, Condition, conditions, exact

_ORDER: dict[str, Any] = {
    "at_least": GreaterThanOrEqual,
    "from": GreaterThanOrEqual,
    "at_most": LessThanOrEqual,
    "until": LessThanOrEqual,
    "above": GreaterThan,
    "below": LessThan,
    "equal": Exact,
}
_TEXT: dict[str, Any] = {"contains": Contains, "starts": StartsWith, "equals": Exact}


@dataclass(frozen=True)
class Counts:
    """How many customers a rule takes in, and of how many the data cannot decide it."""

    members: int
    undecided: int
    everybody: int


def scope_now() -> Scope:
    """The dates and runs in force at this moment."""
    today = timezone.localdate()
    as_of = Picture.objects.aggregate(day=Max("as_of"))["day"] or today
    published = Run.objects.filter(state=Run.State.PUBLISHED).values_list("pk", flat=True).first()
    runs = dict(RuleSegment.objects.values_list("segment__passport", "run_id"))
    found = Segment.objects.filter(kind=Segment.Kind.CLUSTERED).values_list("passport", flat=True)
    return Scope(as_of, today, published, runs, frozenset(found))


def scope_for(roots: Iterable[Branch]) -> Scope:
    """``scope_now`` where one of the trees speaks of windows of days or of segments; else the calendar is enough: no query."""
    leaves = [leaf for root in roots for leaf in conditions(root)]
    if any(leaf.days is not None or leaf.operator in DAY_COUNTS or leaf.field == "segment" for leaf in leaves):
        return scope_now()
    today = timezone.localdate()
    return Scope(today, today, None, {}, frozenset())


def members(root: Branch, scope: Scope, rows: QuerySet[Customer] | None = None) -> QuerySet[Customer]:
    """The customers of ``rows`` (all of them without) for whom the rule is true."""
    base: QuerySet[Customer] = Customer.objects.all() if rows is None else rows
    return base.filter(condition(root, scope))


def counts(root: Branch, scope: Scope, rows: QuerySet[Customer] | None = None) -> Counts:
    """Members, undecided and all of ``rows``."""
    base: QuerySet[Customer] = Customer.objects.all() if rows is None else rows
    whole, inside = base.count(), members(root, scope, base).count()
    outside = base.filter(~condition(root, scope)).count()
    return Counts(inside, whole - inside - outside, whole)


def condition(node: Branch | Condition, scope: Scope) -> Q:
    """The tree as a boolean of SQL: null where it cannot be decided."""
    if isinstance(node, Condition):
        return _leaf(node, scope)
    parts = [condition(part, scope) for part in node.nodes]
    if node.group == "all":
        return reduce(and_, parts)
    some = reduce(or_, parts)
    return some if node.group == "any" else ~some


def _leaf(leaf: Condition, scope: Scope) -> Q:
    declared = FIELDS[leaf.field]
    if declared.match is not None:
        found = declared.match(scope, leaf.value)
        told = found if isinstance(found, Q) else Q(found)
        return told if leaf.operator == "any_of" else ~told
    if declared.count is not None:
        return Q(_ORDER[leaf.operator](declared.count(scope, leaf.days or 0), leaf.value))
    if declared.value is None:
        raise TypeError(f"{leaf.field} has no meaning")
    value = declared.value(scope)
    if leaf.operator in PRESENCE:
        return Q(IsNull(value, leaf.operator == "no_data"))
    if leaf.operator in BARE:
        return Q(value) if leaf.operator == "yes" else ~Q(value)
    return _compared(leaf, value, scope)


def _compared(leaf: Condition, value: Any, scope: Scope) -> Q:
    operator, operand = leaf.operator, leaf.value
    if operator in _TEXT:
        return Q(_TEXT[operator](Plain(value), Plain(Value(operand))))
    if operator in ("any_of", "none_of"):
        told = Q(In(value, list(operand)))
        return told if operator == "any_of" else ~told
    if operator in ("last_days", "longer_ago"):
        day = scope.as_of - timedelta(days=operand)
        return Q((GreaterThan if operator == "last_days" else LessThanOrEqual)(value, Value(day)))
    if operator in PAIRS:
        low, high = operand
        return Q(GreaterThanOrEqual(value, Value(exact(low)))) & Q(LessThanOrEqual(value, Value(exact(high))))
    return Q(_ORDER[operator](value, Value(exact(operand))))
