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
from segments.models import Run, Score, SegmentProfile

AT_RISK = 0.5


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
    def answered_share(self) -> float | None:
        """(accepted + declined) ÷ sent."""
        return (self.accepted + self.rejected) / self.sent if self.sent else None

    @property
    def accepted_share(self) -> float | None:
        """Accepted ÷ sent."""
        return self.accepted / self.sent if self.sent else None


@dataclass(frozen=True)
class SegmentFigures:
    """One row of the segment table."""

    passport: str
    name: str | Promise
    colour: int
    activatable: bool
    stability: float | None
    customers: int
    mrr: float | None
    mrr_mean: float | None
    nps: float | None
    tickets: float | None
    risk_share: float | None
    response: Response


def company_figures(user: User) -> dict[str, Any]:
    """Totals over the customers that ``user`` may see."""
    pictures = Picture.objects.filter(customer__in=Customer.objects.visible_to(user))
    totals = pictures.aggregate(
        customers=Count("pk"),
        mrr=Sum("mrr"),
        with_mrr=Count("mrr"),
        tickets=Sum("tickets_12m"),
        with_usage=Count("usage_events"),
        as_of=Max("as_of"),
        **_nps_counts(),
    )
    risk = _risk(Score.objects.filter(customer__in=Customer.objects.visible_to(user)))
    return {
        **totals,
        "mrr_coverage": _share(totals["with_mrr"], totals["customers"]),
        "usage_coverage": _share(totals["with_usage"], totals["customers"]),
        "nps": _nps(totals),
        **risk,
        "response": response(Message.objects.filter(customer__in=Customer.objects.visible_to(user))),
    }


def segment_figures(user: User, run: Run) -> list[SegmentFigures]:
    """One row per segment of ``run``, largest MRR first, over the customers that ``user`` may see."""
    members = Picture.objects.filter(customer__in=Customer.objects.visible_to(user), customer__memberships__run=run)
    rows = members.values(passport=F("customer__memberships__segment__passport")).annotate(
        customers=Count("pk"), mrr=Sum("mrr"), mrr_mean=Avg("mrr"), tickets=Avg("tickets_12m"), **_nps_counts()
    )
    by_passport = {row["passport"]: row for row in rows}
    risks = _risk_by_segment(user, run)
    responses = _responses_by_segment(user)
    figures = [
        _segment_row(profile, by_passport.get(profile.segment.passport), risks, responses)
        for profile in SegmentProfile.objects.filter(run=run).select_related("segment")
    ]
    return sorted(figures, key=lambda row: (-(row.mrr or 0), row.passport))


def response(messages: QuerySet[Message]) -> Response:
    """What came back from ``messages``, counted from the append-only interactions of people."""
    return Response(**messages.aggregate(**_response_counts()))


def nps_by_month(user: User, months: int = 24) -> list[dict[str, Any]]:
    """Relational NPS of the newest ``months`` with answers: ``[{"month": date, "nps": float, "answers": int}]``."""
    rows = (
        NpsAnswer.objects.filter(
            customer__in=Customer.objects.visible_to(user), kind=NpsAnswer.Kind.RELATIONAL, answered_on__isnull=False
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


def industry_figures(user: User, limit: int = 14) -> list[dict[str, Any]]:
    """Customers and MRR per industry, largest MRR first."""
    rows = (
        Customer.objects.visible_to(user)
        .values("industry")
        .annotate(customers=Count("pk"), mrr=Sum("picture__mrr"))
        .order_by("-mrr", "industry")
    )
    return [dict(row, mrr=_number(row["mrr"])) for row in rows if row["industry"]][:limit]


def campaign_counts(user: User) -> dict[str, int]:
    """Number of campaigns per status."""
    rows = Campaign.objects.visible_to(user).order_by().values("status").annotate(count=Count("pk", distinct=True))
    return {row["status"]: row["count"] for row in rows}


def freshness(user: User) -> date | None:
    """The day that the figures speak of."""
    return Picture.objects.filter(customer__in=Customer.objects.visible_to(user)).aggregate(day=Max("as_of"))["day"]


def _segment_row(
    profile: SegmentProfile, row: Mapping[str, Any] | None, risks: dict[str, float | None], responses: dict[str, Response]
) -> SegmentFigures:
    passport = profile.segment.passport
    row = row or {}
    return SegmentFigures(
        passport=passport,
        name=profile.segment.display_name,
        colour=profile.segment.colour,
        activatable=profile.activatable,
        stability=profile.stability,
        customers=row.get("customers", 0),
        mrr=_number(row.get("mrr")),
        mrr_mean=_number(row.get("mrr_mean")),
        nps=_nps(row) if row else None,
        tickets=row.get("tickets"),
        risk_share=risks.get(passport),
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


def _risk(scores: QuerySet[Score]) -> dict[str, Any]:
    counts = scores.filter(kind=Score.Kind.CHURN_RISK, value__isnull=False).aggregate(
        scored=Count("pk"), at_risk=Count("pk", filter=Q(value__gt=AT_RISK))
    )
    return {**counts, "risk_share": _share(counts["at_risk"], counts["scored"])}


def _risk_by_segment(user: User, run: Run) -> dict[str, float | None]:
    rows = (
        Score.objects.filter(
            customer__in=Customer.objects.visible_to(user),
            customer__memberships__run=run,
            kind=Score.Kind.CHURN_RISK,
            value__isnull=False,
        )
        .values(passport=F("customer__memberships__segment__passport"))
        .annotate(scored=Count("pk"), at_risk=Count("pk", filter=Q(value__gt=AT_RISK)))
    )
    return {row["passport"]: _share(row["at_risk"], row["scored"]) for row in rows}


def _responses_by_segment(user: User) -> dict[str, Response]:
    counts = _response_counts()
    rows = (
        Message.objects.filter(customer__in=Customer.objects.visible_to(user))
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
