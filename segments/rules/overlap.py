"""How much two segments share, by the members in force (for a retired one the last it had), of what a person may see."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from accounts.models import Customer, User
from segments.models import Membership, Run, Segment, SegmentProfile


@dataclass(frozen=True)
class Overlap:
    """Counts of customers; ``jaccard`` is the share of the joint members that are in both, None for two empty segments."""

    both: int
    only_first: int
    only_second: int

    @property
    def jaccard(self) -> float | None:
        """Both ÷ either."""
        whole = self.both + self.only_first + self.only_second
        return self.both / whole if whole else None

    @property
    def of_first(self) -> float | None:
        """Share of the first that is in the second too."""
        return self.both / (self.both + self.only_first) if self.both + self.only_first else None

    @property
    def of_second(self) -> float | None:
        """Share of the second that is in the first too."""
        return self.both / (self.both + self.only_second) if self.both + self.only_second else None


PARTS = ("both", "first", "second")


def members(segment: Segment) -> QuerySet[Membership, int]:
    """Keys of the customers of the newest profile of a segment."""
    run = SegmentProfile.objects.filter(segment=segment).order_by("-run_id").values("run_id")[:1]
    return Membership.objects.filter(segment=segment, run__in=run).values_list("customer_id", flat=True)


def customers(first: Segment, second: Segment, part: str, user: User) -> QuerySet[Customer]:
    """The visible customers in both segments, or only in the first, or only in the second; by code, with their picture."""
    rows: QuerySet[Customer] = Customer.objects.visible_to(user).select_related("picture").order_by("code")
    if part == "both":
        return rows.filter(pk__in=members(first)).filter(pk__in=members(second))
    here, elsewhere = (first, second) if part == "first" else (second, first)
    return rows.filter(pk__in=members(here)).exclude(pk__in=members(elsewhere))


def measured(first: Segment, second: Segment, user: User) -> Overlap:
    """The three counts."""
    return Overlap(*(customers(first, second, part, user).order_by().count() for part in PARTS))


@dataclass(frozen=True)
class Neighbour:
    """Another segment in force and how much it shares with the first."""

    segment: Segment
    overlap: Overlap


def neighbours(first: Segment, user: User) -> list[Neighbour]:
    """Every other segment in force that shares a visible customer with the first, the most alike first."""
    visible = Customer.objects.visible_to(user).filter(pk__in=members(first))
    here = visible.count()
    in_force = Membership.objects.filter(
        Q(run__state=Run.State.PUBLISHED) | Q(run__rule_segments__isnull=False, segment__retired_in=None),
        segment__isnull=False,
        customer__in=Customer.objects.visible_to(user),
    ).exclude(segment=first)
    sizes = dict(_by_segment(in_force))
    shared = dict(_by_segment(in_force.filter(customer__in=visible)))
    segments = Segment.objects.in_bulk(list(shared))
    found = [
        Neighbour(segments[pk], Overlap(both, here - both, sizes[pk] - both))
        for pk, both in shared.items()
        if pk in segments
    ]
    return sorted(found, key=lambda each: (-(each.overlap.jaccard or 0), each.segment.passport))


def _by_segment(rows: QuerySet[Membership]) -> QuerySet[Membership, tuple[int, int]]:
    return rows.order_by().values("segment").annotate(n=Count("pk")).values_list("segment", "n")
