"""Who uses a segment: rules of other segments, and whatever the apps above report by ``report``.

Shown before a change, and the reason why a segment that somebody works with is not removed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from segments.models import RuleSegment, Segment
from segments.rules import tree
from segments.rules.catalogue import pure


@dataclass(frozen=True)
class Use:
    """One thing that uses a segment. ``living``: it would suffer from the removal, which is refused because of it."""

    kind: str | Promise
    name: str
    href: str
    living: bool
    state: str | Promise = ""
    keeps: bool = False
    """It keeps the members that it was made from, so that a change of the rule does not touch it."""
    at: datetime | None = None


Source = Callable[[Segment], Iterator[Use]]
SOURCES: list[Source] = []


def report(source: Source) -> None:
    """Have a source asked, from the start of the product on."""
    if source not in SOURCES:
        SOURCES.append(source)


def of_segment(segment: Segment) -> list[Use]:
    """Everything that uses the segment, what lives first."""
    found = [use for source in SOURCES for use in source(segment)]
    return sorted(found, key=lambda use: not use.living)


def references(conditions: object) -> set[str]:
    """The passports that stored conditions speak of."""
    try:
        root = tree.parse(conditions, pure())
    except tree.Invalid:
        return set()
    return {passport for leaf in tree.conditions(root) if leaf.field == "segment" for passport in leaf.value}


def _rules(segment: Segment) -> Iterator[Use]:
    living = RuleSegment.objects.filter(segment__retired_in=None).exclude(segment=segment)
    for rule in living.select_related("segment", "version").order_by("segment__passport"):
        if rule.version and segment.passport in references(rule.version.conditions):
            href = reverse("segment", args=[rule.segment.passport])
            yield Use(_("Rule segment"), rule.segment.display_name, href, living=True, state=rule.segment.passport)


report(_rules)
