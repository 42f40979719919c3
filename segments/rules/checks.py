"""Whether conditions may stand: the shape, and that the segments they speak of exist and do not lead back to themselves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from segments.models import RuleSegment, Segment
from segments.rules import tree, uses
from segments.rules.catalogue import pure
from segments.rules.tree import Branch, Condition, Invalid, Place, Problem


def checked(data: Any, own: str = "") -> Branch:
    """The typed tree; raises ``Invalid`` with every problem. ``own`` is the passport of the segment that it is for."""
    root = tree.parse(data, pure())
    known = dict(Segment.objects.values_list("passport", "retired_in"))
    problems = []
    for place, leaf in _segment_leaves(root, ()):
        for passport in leaf.value:
            if passport not in known:
                problems.append(Problem(place, "value", "unknown_segment", passport))
            elif known[passport] is not None:
                problems.append(Problem(place, "value", "archived_segment", passport))
            elif own and own in _reached(passport):
                problems.append(Problem(place, "value", "circle", passport))
    if problems:
        raise Invalid(problems)
    return root


def _segment_leaves(node: Branch | Condition, place: Place) -> Iterator[tuple[Place, Condition]]:
    if isinstance(node, Condition):
        if node.field == "segment":
            yield place, node
        return
    for number, part in enumerate(node.nodes):
        yield from _segment_leaves(part, (*place, number))


def _reached(passport: str) -> set[str]:
    """The segment and all those that its rule speaks of, directly or not."""
    rules = RuleSegment.objects.filter(version__isnull=False).select_related("segment", "version")
    speaks = {rule.segment.passport: uses.references(rule.version.conditions) for rule in rules if rule.version}
    seen: set[str] = set()
    waiting = [passport]
    while waiting:
        here = waiting.pop()
        if here not in seen:
            seen.add(here)
            waiting += speaks.get(here, set())
    return seen


def stored(conditions: Any) -> Branch:
    """The typed tree of stored conditions; raises ``Invalid`` where a field is no longer known."""
    return tree.parse(conditions, pure())
