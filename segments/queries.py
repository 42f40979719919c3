"""What the rest of the product reads about segments. Reads only; who may see which customer is decided here."""

from __future__ import annotations

from typing import Any

from django.db.models import F, OuterRef, QuerySet, Subquery
from django.db.models.functions import MD5

from accounts.models import Customer, User
from segments.models import Membership, Run, Score, Segment, SegmentEvent, SegmentProfile

MAP_POINTS = 3_000


def published_run() -> Run | None:
    """The run whose segments are in force; None before the first."""
    return Run.objects.filter(state=Run.State.PUBLISHED).first()


def latest_measured() -> Run | None:
    """The newest run that read the features, whatever became of it; None before the first."""
    return Run.objects.exclude(distributions={}).first()


def active_run() -> Run | None:
    """The run that is computing, or else the one that waits."""
    return Run.objects.filter(state__in=[Run.State.RUNNING, Run.State.QUEUED]).order_by("-state").first()


def current_profiles(run: Run) -> QuerySet[SegmentProfile]:
    """Profiles of a run, the largest first, each with its segment."""
    return SegmentProfile.objects.filter(run=run).select_related("segment").order_by("-size", "segment__passport")


def membership_of(customer: Customer) -> Membership | None:
    """Where a customer belongs in the published run, segment included (its ``segment`` is None for noise)."""
    return (
        Membership.objects.select_related("segment", "run")
        .filter(run__state=Run.State.PUBLISHED, customer=customer)
        .first()
    )


def member_ids(run: Run, segment: Segment) -> QuerySet[Membership, int]:
    """Primary keys of the customers of a segment in a run."""
    return Membership.objects.filter(run=run, segment=segment).values_list("customer_id", flat=True)


def members(run: Run, segment: Segment, user: User) -> QuerySet[Membership]:
    """Members that this person may see, with customer, picture figures and risk (``risk``, None if unknown)."""
    risk = Score.objects.filter(customer=OuterRef("customer"), kind=Score.Kind.CHURN_RISK).values("value")
    return (
        Membership.objects.filter(run=run, segment=segment, customer__in=Customer.objects.visible_to(user))
        .select_related("customer", "customer__picture")
        .annotate(risk=Subquery(risk))
    )


def map_points(run: Run, user: User) -> list[dict[str, Any]]:
    """Up to 3,000 visible customers for the map, the same ones each time: ``{code, name, x, y, passport, confidence}``.

    The sample is drawn by a hash of the code, so that it neither follows the order of codes nor changes between visits.
    """
    rows = (
        Membership.objects.filter(run=run, customer__in=Customer.objects.visible_to(user))
        .order_by(MD5("customer__code"))
        .values(
            "x", "y", "confidence", code=F("customer__code"), name=F("customer__name"), passport=F("segment__passport")
        )
    )
    return [dict(row) for row in rows[:MAP_POINTS]]


def typical(profile: SegmentProfile, user: User) -> list[Membership]:
    """The customers nearest to the centre that this person may see, the nearest first."""
    found = {
        m.customer.code: m
        for m in members(profile.run, profile.segment, user).filter(customer__code__in=profile.typical)
    }
    return [found[code] for code in profile.typical if code in found]


def borderline(profile: SegmentProfile, user: User, count: int = 6) -> list[Membership]:
    """The members whose place is least certain, the least first."""
    return list(members(profile.run, profile.segment, user).order_by("confidence", "customer__code")[:count])


def history(segment: Segment) -> QuerySet[SegmentEvent]:
    """The passport, the newest page first."""
    return segment.events.select_related("actor", "run").order_by("-at", "-id")


def risk_of(customer: Customer) -> Score | None:
    """The churn-risk indicator of a customer; None before the first run."""
    return Score.objects.filter(customer=customer, kind=Score.Kind.CHURN_RISK).first()
