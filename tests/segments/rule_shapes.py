"""Conditions that tests speak of."""

from accounts.models import Role
from segments.models import Segment
from segments.rules import counting, verbs
from segments.rules.verbs import Identity


def leaf(field, operator, value=None, **more):
    told = {"field": field, "is": operator, **more}
    return told if value is None else told | {"value": value}


def rule(*nodes, group="all"):
    return {"version": 1, "root": {"group": group, "of": list(nodes)}}


RICH = rule(leaf("mrr", "at_least", 2000))
"""The 38 customers of the first two segments of ``tests.company``."""


def defined(people, conditions=RICH, name="Receita alta", counted=True) -> Segment:
    """A rule segment of the analyst, with its members counted."""
    segment = verbs.define(people[Role.ANALYST], Identity(name), conditions)
    if counted:
        counting.count(segment.pk)
    return segment
