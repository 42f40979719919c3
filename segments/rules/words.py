"""A rule in plain words, in the reader's language: the sentence, the operators, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from b2shift.templatetags.b2shift import brl, day, number, percent
from segments.rules import options
from segments.rules.catalogue import FIELDS, Declared
from segments.rules.tree import Branch, Condition, Problem, conditions

GROUPS: dict[str, str | Promise] = {
    "all": gettext_lazy("All of these are true"),
    "any": gettext_lazy("At least one of these is true"),
    "none": gettext_lazy("None of these is true"),
}
OPERATORS: dict[str, str | Promise] = {
    "at_least": gettext_lazy("at least"),
    "at_most": gettext_lazy("at most"),
    "above": gettext_lazy("more than"),
    "below": gettext_lazy("less than"),
    "between": gettext_lazy("between"),
    "equal": gettext_lazy("exactly"),
    "last_days": gettext_lazy("in the last … days"),
    "longer_ago": gettext_lazy("at least … days ago"),
    "from": gettext_lazy("on or after"),
    "until": gettext_lazy("on or before"),
    "within": gettext_lazy("from … to"),
    "any_of": gettext_lazy("is one of"),
    "none_of": gettext_lazy("is none of"),
    "contains": gettext_lazy("contains"),
    "starts": gettext_lazy("starts with"),
    "equals": gettext_lazy("is exactly"),
    "yes": gettext_lazy("yes"),
    "no": gettext_lazy("no"),
    "has_data": gettext_lazy("is on record"),
    "no_data": gettext_lazy("no data on record"),
}
PROBLEMS: dict[str, str | Promise] = {
    "shape": gettext_lazy("This part is not a condition or a group of conditions."),
    "version": gettext_lazy("These conditions have a format that is not known here."),
    "too_large": gettext_lazy("The rule is too large. Split it into segments and refer to these."),
    "too_many": gettext_lazy("At most 40 conditions. Split the rule into segments and refer to these."),
    "too_deep": gettext_lazy("Groups can be nested four deep at most."),
    "empty": gettext_lazy("This group is empty: add a condition or remove the group."),
    "group": gettext_lazy("Choose whether all, any or none of the conditions must be true."),
    "field": gettext_lazy("Choose what the condition is about."),
    "operator": gettext_lazy("Choose a comparison that fits the field."),
    "not_wanted": gettext_lazy("This comparison takes no such value."),
    "choose": gettext_lazy("Choose at least one value."),
    "choices": gettext_lazy("Choose at most 60 values."),
    "pair": gettext_lazy("Two values are needed: from and to."),
    "order": gettext_lazy("The second value must not be smaller than the first."),
    "number": gettext_lazy("Enter a number."),
    "too_large_number": gettext_lazy("This number is too large."),
    "count": gettext_lazy("Enter a whole number from 0 to %(detail)s."),
    "days": gettext_lazy("Enter a number of days from 1 to %(detail)s."),
    "date": gettext_lazy("Enter a date."),
    "text": gettext_lazy("Enter a text of at most %(detail)s letters."),
    "unknown_segment": gettext_lazy("There is no segment %(detail)s."),
    "archived_segment": gettext_lazy("The segment %(detail)s is archived or was retired."),
    "circle": gettext_lazy("The segment %(detail)s is itself defined by this one."),
}


@dataclass(frozen=True)
class Line:
    """One line of a rule as it is read: ``text``, and what is inside where it is a group."""

    text: str
    inside: tuple[Line, ...] = ()


def problem(told: Problem) -> str:
    """What is wrong and what to do."""
    return str(PROBLEMS[told.code]) % {"detail": told.detail}


def problems(found: tuple[Problem, ...]) -> list[dict[str, Any]]:
    """Problems for programs: place, part, code and words."""
    return [
        {"place": list(each.place), "part": each.part, "code": each.code, "message": problem(each)} for each in found
    ]


def reading(root: Branch) -> Line:
    """The whole rule as lines within lines."""
    return _line(root, _labels(root))


def sentence(root: Branch) -> str:
    """The whole rule in one sentence."""
    return _("Customers of whom this is true: %(rule)s.") % {"rule": _joined(root, _labels(root), outer=True)}


def _labels(root: Branch) -> dict[str, dict[str, str]]:
    """The words of the choices that the rule speaks of, by field."""
    asked = {leaf.field for leaf in conditions(root) if FIELDS[leaf.field].options}
    return {field: dict(options.of(FIELDS[field].options)) for field in asked}


def _line(node: Branch | Condition, labels: Mapping[str, Mapping[str, str]]) -> Line:
    if isinstance(node, Condition):
        return Line(told(node, labels))
    return Line(str(GROUPS[node.group]), tuple(_line(part, labels) for part in node.nodes))


def _joined(node: Branch | Condition, labels: Mapping[str, Mapping[str, str]], *, outer: bool = False) -> str:
    if isinstance(node, Condition):
        return told(node, labels)
    parts = [_joined(part, labels) for part in node.nodes]
    if node.group == "none":
        text = _("none of: %(parts)s") % {"parts": "; ".join(parts)}
    else:
        text = (_(" and ") if node.group == "all" else _(" or ")).join(parts)
    return text if outer or (len(parts) == 1 and node.group != "none") else f"({text})"


def told(leaf: Condition, labels: Mapping[str, Mapping[str, str]]) -> str:
    """One condition as "field: comparison value"."""
    declared = FIELDS[leaf.field]
    return _("%(field)s: %(comparison)s") % {
        "field": declared.label,
        "comparison": _comparison(leaf, declared, labels.get(leaf.field, {})),
    }


def _comparison(leaf: Condition, declared: Declared, labels: Mapping[str, str]) -> str:
    operator, value = leaf.operator, leaf.value
    if leaf.days is not None:
        words = ngettext("%(count)s in the last %(days)s day", "%(count)s in the last %(days)s days", leaf.days)
        return words % {"count": f"{OPERATORS[operator]} {number(value)}", "days": number(leaf.days)}
    if operator in ("last_days", "longer_ago"):
        return _days(operator, value)
    if operator in ("between", "within"):
        low, high = (_amount(part, declared) for part in value)
        return _("from %(low)s to %(high)s") % {"low": low, "high": high}
    if operator in ("any_of", "none_of"):
        names = [labels.get(each, each) for each in value]
        listed = (
            names[0]
            if len(names) == 1
            else _("%(first)s or %(last)s") % {"first": ", ".join(names[:-1]), "last": names[-1]}
        )
        return listed if operator == "any_of" else _("not %(values)s") % {"values": listed}
    if value is None:
        return str(OPERATORS[operator])
    return f"{OPERATORS[operator]} {_amount(value, declared)}"


def _days(operator: str, value: int) -> str:
    if operator == "last_days":
        return ngettext("in the last %(days)s day", "in the last %(days)s days", value) % {"days": number(value)}
    return ngettext("at least %(days)s day ago", "at least %(days)s days ago", value) % {"days": number(value)}


def _amount(value: Any, declared: Declared) -> str:
    if isinstance(value, date):
        return str(day(value))
    if isinstance(value, str):
        return f"“{value}”"
    if declared.unit == "BRL":
        return str(brl(value))
    if declared.unit == "percent":
        return str(percent(value, 0 if round(value * 100, 6).is_integer() else 1))
    digits = 0 if float(value).is_integer() else 2
    return f"{number(value, digits)}%" if declared.unit == "percent_points" else str(number(value, digits))
