"""What the page shows on which a rule is built: every node with its controls and messages, the count, the preview."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.models import Customer, User
from segments.rules import checks, drafting, meaning, options, tree, words
from segments.rules.catalogue import FIELDS, SECTIONS, pure
from segments.rules.drafting import Draft
from segments.rules.tree import Branch, Invalid, Problem

SHOWN = 10
WIDGETS = {"number": "number", "money": "number", "share": "number", "event": "number", "date": "date", "text": "text"}
UNITS = {"BRL": "R$", "percent": "%", "percent_points": "%"}


@dataclass
class Reading:
    """What became of a draft: the tree where it is complete, else its problems."""

    draft: Draft
    root: Branch | None = None
    problems: tuple[Problem, ...] = ()
    options: dict[str, options.Options] = field(default_factory=dict)


def read(draft: Draft, own: str = "") -> Reading:
    """Check a draft; ``own`` is the passport of the segment that is changed."""
    try:
        return Reading(draft, checks.checked(drafting.typed(draft, pure()), own))
    except Invalid as refused:
        return Reading(draft, None, refused.problems)


def context(reading: Reading, user: User, *, strict: bool) -> dict[str, Any]:
    """Everything of the builder; unless ``strict``, what is merely not filled in yet is not called a mistake."""
    messages = _messages(reading, strict=strict)
    told: dict[str, Any] = {
        "root": _group(reading, reading.draft, "", messages),
        "general": [text for (path, part), text in messages.items() if not path and not part],
        "strict": strict,
    }
    return told | (outcome(reading.root, user) if reading.root else {})


def outcome(root: Branch, user: User) -> dict[str, Any]:
    """Count, sentence and the first customers of a complete rule, of those that the person may see."""
    scope = meaning.scope_now()
    visible = Customer.objects.visible_to(user)
    rows = meaning.members(root, scope, visible).select_related("picture").order_by("code")
    return {
        "counts": meaning.counts(root, scope, visible),
        "sentence": words.sentence(root),
        "reading": words.reading(root),
        "preview": list(rows[:SHOWN]),
        "as_of": scope.as_of,
    }


def draft_of(request: HttpRequest) -> Draft:
    """The draft that a form posted, after the step that its button asks for."""
    return drafting.applied(drafting.posted(request.POST), request.POST.get("do", ""))  # type: ignore[arg-type]


def _messages(reading: Reading, *, strict: bool) -> dict[tuple[str, str], str]:
    found = {}
    for problem in reading.problems:
        path = ".".join(map(str, problem.place))
        if strict or _touched(reading.draft, problem):
            found[(path, problem.part)] = words.problem(problem)
    return found


def _touched(draft: Draft, problem: Problem) -> bool:
    """Whether somebody filled in the part that has the problem."""
    node: Draft = draft
    for step in problem.place:
        inside = node.get("of", [])
        if step >= len(inside):
            return True
        node = inside[step]
    if problem.part == "value":
        return any(text.strip() for text in node.get("value", []))
    return problem.code != "empty" and (problem.part != "to" or bool(node.get("to", "").strip()))


def _group(reading: Reading, draft: Draft, path: str, messages: Mapping[tuple[str, str], str]) -> dict[str, Any]:
    depth = len(path.split(".")) if path else 0
    return {
        "path": path,
        "is_group": True,
        "group": draft["group"],
        "groups": words.GROUPS.items(),
        "nodes": [
            _node(reading, part, f"{path}.{number}" if path else str(number), messages)
            for number, part in enumerate(draft["of"])
        ],
        "may_nest": depth + 1 < tree.MOST_DEPTH,
        "problem": messages.get((path, ""), "") or messages.get((path, "group"), "") if path else "",
    }


def _node(reading: Reading, draft: Draft, path: str, messages: Mapping[tuple[str, str], str]) -> dict[str, Any]:
    if "of" in draft:
        return _group(reading, draft, path, messages)
    declared = FIELDS.get(draft["field"]) or FIELDS[drafting.FIRST]
    operator = drafting.operator_of(draft, declared.field)
    values = draft["value"] or [""]
    return {
        "path": path,
        "field": declared.field.key,
        "sections": _sections(),
        "operator": operator,
        "operators": [(code, words.OPERATORS[code]) for code in declared.field.operators],
        "widget": _widget(declared.field, operator),
        "pair": operator in tree.PAIRS,
        "event": declared.field.kind == "event",
        "unit": _("days") if operator in tree.DAY_COUNTS or declared.unit == "days" else UNITS.get(declared.unit, ""),
        "choices": _choices(reading, declared.options, values) if operator in tree.LISTS else [],
        "value": values[0],
        "to": draft["to"],
        "days": draft["days"],
        "problems": [text for (where, _part), text in messages.items() if where == path],
    }


def _widget(declared: tree.Field, operator: str) -> str:
    if operator in tree.BARE:
        return ""
    if operator in tree.LISTS:
        return "choices"
    return "number" if operator in tree.DAY_COUNTS else WIDGETS[declared.kind]


def _choices(reading: Reading, source: str, chosen: Iterable[str]) -> list[tuple[str, str, bool]]:
    """Options with whether they are chosen; a chosen value that the data no longer have stays in the list."""
    if source not in reading.options:
        reading.options[source] = options.of(source)
    known, ticked = reading.options[source], {value for value in chosen if value}
    gone = [(value, value) for value in sorted(ticked - {value for value, _label in known})]
    return [(value, label, value in ticked) for value, label in [*known, *gone]]


def _sections() -> list[tuple[str, list[tuple[str, str]]]]:
    return [
        (str(label), [(key, str(each.label)) for key, each in FIELDS.items() if each.section == code])
        for code, label in SECTIONS.items()
    ]
