"""What runs say about each other: who moved between two of them, one segment over all of them, two segments side by side.

Reads only, and counts only: nothing here names a customer, so everybody who may read segments may read it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count, OuterRef, QuerySet, Subquery

from segments.models import Membership, Run, Segment, SegmentProfile

COMPARABLE = (Run.State.PUBLISHED, Run.State.SUPERSEDED)
RECENT = 20


@dataclass(frozen=True)
class Flows:
    """Who moved from one run to another: ``counts`` maps (segment before, segment after) to customers, None for no segment.

    ``before`` and ``after`` list the segments of each side, the largest first, None last where anybody has none there.
    ``came`` and ``left`` count the customers that only the later or only the earlier run knows.
    """

    first: Run
    second: Run
    counts: dict[tuple[int | None, int | None], int]
    before: list[int | None]
    after: list[int | None]
    segments: dict[int, Segment]
    came: int
    left: int

    @property
    def stayed(self) -> float | None:
        """Share of the customers with a segment before that have the same one after; None without any."""
        had = {pair: n for pair, n in self.counts.items() if pair[0] is not None}
        whole = sum(had.values())
        return sum(n for (one, two), n in had.items() if one == two) / whole if whole else None


def comparable() -> QuerySet[Run]:
    """Runs that published segments, the newest first."""
    return Run.objects.filter(state__in=COMPARABLE).order_by("-id")


def last_two() -> tuple[Run, Run] | None:
    """The published run and the one before it, in the order of time; None before there are two."""
    found = list(comparable()[:2])
    return (found[1], found[0]) if len(found) == 2 else None


def flows(first: Run, second: Run) -> Flows:
    """Who moved between two runs that published segments; customers whom only one of them knows are only counted."""
    earlier = Membership.objects.filter(run=first, customer=OuterRef("customer"))
    both = Membership.objects.filter(run=second, customer__in=Membership.objects.filter(run=first).values("customer"))
    moved = both.annotate(origin=Subquery(earlier.values("segment")[:1])).values("origin", "segment").order_by()
    counted = moved.annotate(n=Count("pk"))
    counts: dict[tuple[int | None, int | None], int] = {(r["origin"], r["segment"]): r["n"] for r in counted}
    known = {pk for pair in counts for pk in pair if pk is not None}
    stayed = sum(counts.values())
    return Flows(
        first,
        second,
        counts,
        _by_size({pair[0]: 0 for pair in counts}, counts, 0),
        _by_size({pair[1]: 0 for pair in counts}, counts, 1),
        Segment.objects.in_bulk(known),
        came=Membership.objects.filter(run=second).count() - stayed,
        left=Membership.objects.filter(run=first).count() - stayed,
    )


def _by_size(
    sums: dict[int | None, int], counts: Mapping[tuple[int | None, int | None], int], side: int
) -> list[int | None]:
    for pair, n in counts.items():
        sums[pair[side]] += n
    return sorted(sums, key=lambda pk: (pk is None, -sums[pk], pk or 0))


def tenths(counts: Sequence[int]) -> list[float]:
    """Shares in percent with one decimal that add up to exactly 100: what rounding loses goes where it lost most."""
    whole = sum(counts)
    if not whole:
        return [0.0 for _ in counts]
    exact = [1000 * n / whole for n in counts]
    found = [int(value) for value in exact]
    spare = sorted(range(len(counts)), key=lambda i: (found[i] - exact[i], i))
    for i in spare[: 1000 - sum(found)]:
        found[i] += 1
    return [value / 10 for value in found]


def trend(segment: Segment) -> list[SegmentProfile]:
    """The segment's profiles in the runs that published it (or counted its rule), the earliest first, at most ``RECENT``."""
    found = (
        segment.profiles.filter(run__state__in=(*COMPARABLE, Run.State.RULE)).select_related("run").order_by("-run_id")
    )
    return list(found[:RECENT])[::-1]


def recent_profiles() -> list[SegmentProfile]:
    """Every segment of the last runs, the newest run first, the largest segment first; then the rule segments in force."""
    runs = comparable().values("pk")[:RECENT]
    profiles = SegmentProfile.objects.filter(run__in=list(runs.values_list("pk", flat=True)))
    counted = SegmentProfile.objects.filter(run__rule_segments__isnull=False, segment__retired_in=None)
    return [
        *profiles.select_related("run", "segment").order_by("-run_id", "-size", "segment__passport"),
        *counted.select_related("run", "segment").order_by("segment__passport"),
    ]


@dataclass(frozen=True)
class Overlap:
    """Customers that two groups share and that only one of them has."""

    both: int
    only_first: int
    only_second: int

    @property
    def jaccard(self) -> float | None:
        """Share of all their customers that belong to both; None for two empty groups."""
        whole = self.both + self.only_first + self.only_second
        return self.both / whole if whole else None


def overlap(one: SegmentProfile, two: SegmentProfile) -> Overlap:
    """How far two segments, each as it was in its run, are the same customers."""
    first = Membership.objects.filter(run=one.run, segment=one.segment)
    second = Membership.objects.filter(run=two.run, segment=two.segment)
    both = first.filter(customer__in=second.values("customer")).count()
    return Overlap(both, first.count() - both, second.count() - both)
