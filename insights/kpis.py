"""The figures of the product, each computed in one place and always through ``visible_to(user)``.

A figure that cannot be computed is None ("no data"), never zero. Money in BRL, shares in 0–1, NPS −100…100.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Avg, Count, F, Max, Q, QuerySet, Sum
from django.db.models.functions import TruncMonth
from django.utils.functional import Promise

from accounts.models import Customer, NpsAnswer, Picture, User
from campaigns.models import Campaign, Interaction, Message
from insights.queries import AT_RISK
from segments.models import Run, Score, SegmentProfile


@dataclass(frozen=True)
class Response:
    """What came back from a set of messages, by people only. Counts are messages, not clicks."""

    sent: int = 0
    held_out: int = 0
    opened: int = 0
    clicked: int = 0
    accepted: int = 0
    rejected: int = 0
    unsubscribed: int = 0

    @property
    def share_of(self) -> dict[str, float | None]:
        """Opened, clicked, accepted and rejected ÷ sent; None where nothing was sent."""
        names = ("opened", "clicked", "accepted", "rejected")
        return {name: _share(getattr(self, name), self.sent) for name in names}

    @property
    def accepted_share(self) -> float | None:
        """Accepted ÷ sent."""
        return _share(self.accepted, self.sent)


@dataclass(frozen=True)
class SegmentFigures:
    """One row of the segment table."""

    passport: str
    kind: str
    name: str | Promise
    colour: int
    activatable: bool
    stability: float | None
    customers: int
    mrr: float | None
    mrr_mean: float | None
    nps: float | None
    tickets_per_customer: float | None
    risk_share: float | None
    mrr_at_risk: float | None
    response: Response


def company_figures(user: User) -> dict[str, Any]:
    """Totals over the customers that ``user`` may see; ``mrr_at_risk`` is the MRR of those above the risk line."""
    pictures = Picture.objects.filter(customer__in=Customer.objects.visible_to(user))
    totals = pictures.aggregate(
        customers=Count("pk"),
        mrr_sum=Sum("mrr"),
        with_mrr=Count("mrr"),
        with_tickets=Count("tickets_12m"),
        tickets_per_customer=Avg("tickets_12m"),
        as_of=Max("as_of"),
        **_nps_counts(),
    )
    risk = _risk(scores_of(user).aggregate(**_risk_counts()))
    return {
        **totals,
        "mrr": _number(totals.pop("mrr_sum")),
        "mrr_coverage": _share(totals["with_mrr"], totals["customers"]),
        "nps_coverage": _share(totals["nps_known"], totals["customers"]),
        "tickets_coverage": _share(totals["with_tickets"], totals["customers"]),
        "nps": _nps(totals),
        **risk,
        "response": response(Message.objects.filter(customer__in=Customer.every.visible_to(user))),
    }


def segment_figures(user: User, *runs: Run) -> list[SegmentFigures]:
    """One row per segment of these runs, largest MRR first, over the customers that ``user`` may see.

    Rows of the published run add up to the base; a rule segment has a run of its own and may overlap with any other.
    """
    members = Picture.objects.filter(
        customer__in=Customer.objects.visible_to(user), customer__memberships__run__in=runs
    )
    rows = members.values(passport=F("customer__memberships__segment__passport")).annotate(
        customers=Count("pk"),
        mrr_sum=Sum("mrr"),
        mrr_mean=Avg("mrr"),
        tickets_per_customer=Avg("tickets_12m"),
        **_nps_counts(),
    )
    by_passport = {row["passport"]: row for row in rows}
    risks = _risk_by_segment(user, runs)
    responses = _responses_by_segment(user)
    figures = [
        _segment_row(profile, by_passport.get(profile.segment.passport), risks, responses)
        for profile in SegmentProfile.objects.filter(run__in=runs).select_related("segment")
    ]
    return sorted(figures, key=lambda row: (-(row.mrr or 0), row.passport))


def response(messages: QuerySet[Message]) -> Response:
    """What came back from ``messages``, counted from the append-only interactions of people."""
    return Response(**messages.aggregate(**_response_counts()))


def nps_by_month(user: User, months: int = 24) -> list[dict[str, Any]]:
    """Relational NPS of the newest ``months`` with answers: ``[{"month": date, "nps": float, "answers": int}]``."""
    rows = (
        NpsAnswer.objects.filter(
            customer__in=Customer.every.visible_to(user), kind=NpsAnswer.Kind.RELATIONAL, answered_on__isnull=False
        )
        .annotate(month=TruncMonth("answered_on"))
        .values("month")
        .annotate(
            nps_known=Count("pk"),
            promoters=Count("pk", filter=Q(score__gte=9)),
            detractors=Count("pk", filter=Q(score__lte=6)),
        )
        .order_by("-month")[:months]
    )
    return [{"month": row["month"], "nps": _nps(row), "answers": row["nps_known"]} for row in reversed(rows)]


def industry_figures(user: User, limit: int = 12) -> list[dict[str, Any]]:
    """Customers and MRR per industry (``{"industry", "customers", "mrr"}``), largest MRR first, unknown MRR last."""
    rows = (
        Customer.objects.visible_to(user)
        .exclude(industry="")
        .values("industry")
        .annotate(customers=Count("pk"), mrr=Sum("picture__mrr"))
        .order_by(F("mrr").desc(nulls_last=True), "industry")
    )
    return [{**row, "mrr": _number(row["mrr"])} for row in rows[:limit]]


def campaign_counts(user: User) -> dict[str, int]:
    """Number of campaigns per status."""
    rows = Campaign.objects.visible_to(user).order_by().values("status").annotate(count=Count("pk", distinct=True))
    return {row["status"]: row["count"] for row in rows}


def freshness(user: User) -> date | None:
    """The day that the figures speak of."""
    return Picture.objects.filter(customer__in=Customer.objects.visible_to(user)).aggregate(day=Max("as_of"))["day"]


def _segment_row(
    profile: SegmentProfile,
    row: Mapping[str, Any] | None,
    risks: dict[str, dict[str, Any]],
    responses: dict[str, Response],
) -> SegmentFigures:
    passport = profile.segment.passport
    row = row or {}
    risk = risks.get(passport, {})
    return SegmentFigures(
        passport=passport,
        kind=profile.segment.kind,
        name=profile.segment.display_name,
        colour=profile.segment.colour,
        activatable=profile.activatable,
        stability=profile.stability,
        customers=row.get("customers", 0),
        mrr=_number(row.get("mrr_sum")),
        mrr_mean=_number(row.get("mrr_mean")),
        nps=_nps(row) if row else None,
        tickets_per_customer=row.get("tickets_per_customer"),
        risk_share=risk.get("risk_share"),
        mrr_at_risk=risk.get("mrr_at_risk"),
        response=responses.get(passport, Response()),
    )


def _nps_counts() -> dict[str, Any]:
    return {
        "nps_known": Count("nps_last"),
        "promoters": Count("pk", filter=Q(nps_last__gte=9)),
        "detractors": Count("pk", filter=Q(nps_last__lte=6)),
    }


def _nps(row: Mapping[str, Any]) -> float | None:
    known = row["nps_known"]
    return 100 * (row["promoters"] - row["detractors"]) / known if known else None


def scores_of(user: User) -> QuerySet[Score]:
    """The churn indicators of the customers that ``user`` may see, where there were data for one."""
    return Score.objects.filter(
        customer__in=Customer.objects.visible_to(user), kind=Score.Kind.CHURN_RISK, value__isnull=False
    )


def _risk_counts() -> dict[str, Any]:
    above = Q(value__gt=AT_RISK)
    return {
        "scored": Count("pk"),
        "at_risk": Count("pk", filter=above),
        "mrr_above": Sum("customer__picture__mrr", filter=above),
    }


def _risk(counts: Mapping[str, Any]) -> dict[str, Any]:
    nobody = bool(counts["scored"]) and not counts["at_risk"]
    return {
        "scored": counts["scored"],
        "at_risk": counts["at_risk"],
        "risk_share": _share(counts["at_risk"], counts["scored"]),
        "mrr_at_risk": 0.0 if nobody else _number(counts["mrr_above"]),
    }


def _risk_by_segment(user: User, runs: tuple[Run, ...]) -> dict[str, dict[str, Any]]:
    rows = (
        scores_of(user)
        .filter(customer__memberships__run__in=runs)
        .values(passport=F("customer__memberships__segment__passport"))
        .annotate(**_risk_counts())
    )
    return {row["passport"]: _risk(row) for row in rows}


def _responses_by_segment(user: User) -> dict[str, Response]:
    counts = _response_counts()
    rows = (
        Message.objects.filter(customer__in=Customer.every.visible_to(user))
        .values_list("campaign__segment__passport")
        .annotate(**counts)
    )
    return {passport: Response(**dict(zip(counts, values, strict=True))) for passport, *values in rows}


def _response_counts() -> dict[str, Any]:
    def messages_with(kind: str) -> Count:
        return Count(
            "pk", distinct=True, filter=Q(interactions__origin=Interaction.Origin.HUMAN, interactions__kind=kind)
        )

    return {
        "sent": Count("pk", distinct=True, filter=Q(state=Message.State.SENT)),
        "held_out": Count("pk", distinct=True, filter=Q(state=Message.State.HELD_OUT)),
        "opened": messages_with(Interaction.Kind.OPEN),
        "clicked": messages_with(Interaction.Kind.CLICK),
        "accepted": messages_with(Interaction.Kind.ACCEPT),
        "rejected": messages_with(Interaction.Kind.REJECT),
        "unsubscribed": messages_with(Interaction.Kind.UNSUBSCRIBE),
    }


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _number(value: Any) -> float | None:
    return None if value is None else float(value)
