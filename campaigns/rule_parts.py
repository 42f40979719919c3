"""What rule segments learn from campaigns: signs of people as events to define a segment by, and which campaigns and offers use one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from campaigns.eligibility import offers_of, policies_of
from campaigns.models import Interaction
from campaigns.queries import LIVING
from segments.models import Segment
from segments.rules import uses
from segments.rules.catalogue import Counting, Declared, Scope, counted, declare, family, window
from segments.rules.tree import Field
from segments.rules.uses import Use

SIGNS = (
    ("campaign_sent", Interaction.Kind.SENT, _("Campaign messages received")),
    ("campaign_clicked", Interaction.Kind.CLICK, _("Clicks in campaigns, by people")),
    ("campaign_accepted", Interaction.Kind.ACCEPT, _("Campaigns accepted")),
    ("campaign_declined", Interaction.Kind.REJECT, _("Campaigns declined")),
)


def _signs(kind: str) -> Counting:
    def count(scope: Scope, days: int) -> Any:
        rows = Interaction.objects.filter(customer__in=family(), kind=kind, **window("at__date", scope.today, days))
        # What is sent comes from the product; of answers only those of people count.
        return counted(rows if kind == Interaction.Kind.SENT else rows.filter(origin=Interaction.Origin.HUMAN), None)

    return count


def campaigns_of(segment: Segment) -> Iterator[Use]:
    """The campaigns of a segment, the newest first; each keeps the members that it was drafted from."""
    for campaign in segment.campaigns.order_by("-pk"):
        yield Use(
            _("Campaign"),
            campaign.title,
            reverse("campaign", args=[campaign.pk]),
            living=campaign.status in LIVING,
            state=campaign.get_status_display(),
            keeps=True,
            at=campaign.send_at,
        )


def join() -> None:
    """Make both known; called once while the product starts."""
    declare(
        *(
            Declared(Field(name, "event", nullable=False), "events", label, count=_signs(kind))
            for name, kind, label in SIGNS
        )
    )
    uses.report(campaigns_of)
    uses.report(offers_of)
    uses.report(policies_of)
