"""Whom an offer may reach: its conditions, in the language of rule segments, asked of a campaign's customers.

Who cannot be decided for lack of data is not eligible: an offer that depends on something is not made on a guess.
"""

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer
from campaigns.models import Campaign, Message, Offer
from segments.models import Membership, Segment
from segments.rules import checks, meaning, uses
from segments.rules.tree import Invalid
from segments.rules.uses import Use


def eligible_ids(campaign: Campaign) -> list[int] | None:
    """Customers of the campaign's target that its offer may reach; None where the offer has no conditions.

    Conditions that are no longer readable let nobody through.
    """
    conditions = campaign.offer.eligibility if campaign.offer else None
    if not conditions:
        return None
    try:
        root = checks.stored(conditions)
    except Invalid:
        return []
    found = meaning.members(root, meaning.scope_now(), Customer.every.filter(pk__in=_target(campaign)))
    return list(found.values_list("pk", flat=True))


def offers_of(segment: Segment) -> Iterator[Use]:
    """Offers whose conditions speak of the segment."""
    for offer in Offer.objects.exclude(eligibility=None).order_by("code"):
        if segment.passport in uses.references(offer.eligibility):
            href = reverse("offer", args=[offer.code])
            yield Use(_("Offer"), offer.name, href, living=offer.is_active, state=offer.code)


def _target(campaign: Campaign) -> QuerySet[Any]:
    """Everybody whom the campaign could speak to: its segment, or the recipients of its parent."""
    if campaign.parent_id is None:
        return Membership.objects.filter(run=campaign.run_id, segment=campaign.segment_id).values("customer_id")
    return Message.objects.filter(campaign=campaign.parent_id).values("customer_id")
