"""What the rest of the product reads about segments. Reads only; who may see which customer is decided here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import F, OuterRef, QuerySet, Subquery
from django.db.models.functions import MD5

from accounts.models import BusinessUnit, Customer, User
from segments.models import Membership, Run, Score, ScoreModel, ScoreTraining, Segment, SegmentEvent, SegmentProfile

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


def rule_profiles() -> QuerySet[SegmentProfile]:
    """Profiles of the living rule segments by the members in force, the largest first; those not counted yet are absent."""
    return (
        SegmentProfile.objects.filter(run__rule_segments__isnull=False, segment__retired_in=None)
        .select_related("segment", "run")
        .order_by("-size", "segment__passport")
    )


def profiles_in_force() -> list[SegmentProfile]:
    """Profiles of the published run, then those of the living rule segments."""
    run = published_run()
    return [*(current_profiles(run).select_related("run") if run else ()), *rule_profiles()]


def rules_of(customer: Customer) -> QuerySet[Segment]:
    """The living rule segments that a customer is in."""
    return Segment.objects.filter(
        retired_in=None, memberships__customer=customer, memberships__run__rule_segments__isnull=False
    ).order_by("passport")


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


def chances_of(customer: Customer) -> list[Score]:
    """The probabilities of trained models for a customer, each with its model; none where every model was refused."""
    rows = Score.objects.filter(customer=customer).exclude(kind=Score.Kind.CHURN_RISK)
    return list(rows.select_related("model").order_by("kind", "target"))


def propensities(customers: Iterable[int], kind: str, target: str = "") -> dict[int, float]:
    """The calibrated chance per customer key for one question (``target``: the business unit of a purchase).

    A customer that is absent has none: nothing was learnt, or the question does not apply (it owns the product). Callers
    answer for who may see which customer.
    """
    rows = Score.objects.filter(customer__in=customers, kind=kind, target=target, model__isnull=False)
    return {pk: value for pk, value in rows.values_list("customer_id", "value") if value is not None}


def newest_models() -> list[ScoreModel]:
    """The newest answer or refusal to each question, in the order of kinds."""
    newest = ScoreModel.objects.order_by("kind", "target", "-pk").distinct("kind", "target")
    return list(ScoreModel.objects.filter(pk__in=newest.values("pk")).order_by("kind", "target"))


def score_model(slug: str) -> ScoreModel | None:
    """The newest model or refusal by the name of its question (``churn``, ``expansion``, ``product-rd``)."""
    return next((model for model in newest_models() if model.slug == slug), None)


def earlier_models(model: ScoreModel, count: int = 10) -> list[ScoreModel]:
    """The same question's models, the newest first, this one included."""
    return list(ScoreModel.objects.filter(kind=model.kind, target=model.target).select_related("training")[:count])


def newest_training() -> ScoreTraining | None:
    """The training that was asked for last."""
    return ScoreTraining.objects.select_related("started_by").first()


def unit_names() -> dict[str, str]:
    """The name of each business unit by its code."""
    return dict(BusinessUnit.objects.values_list("code", "name"))
