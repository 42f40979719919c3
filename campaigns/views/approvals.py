"""The queue of what waits for a decision."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.catalog import gate
from accounts.models import Role, User
from accounts.permissions import allow, person
from campaigns import lifecycle, queries
from campaigns.cases import Case
from campaigns.models import Campaign

SHOWN = 40


@allow(Role.MANAGER, Role.ADMIN)
@require_safe
def approvals(request: HttpRequest) -> HttpResponse:
    """Campaigns in review, the longest waiting first, with what a decision needs at a glance; and what is approved but not sent."""
    user = person(request)
    waiting = queries.waiting_for(user)
    ready = (
        Campaign.objects.visible_to(user)
        .filter(status=Campaign.Status.APPROVED)
        .select_related("segment", "offer", "business_unit", "strategy")
    )
    cards = [card(campaign, user) for campaign in waiting[:SHOWN]]
    mine = [one for one in cards if not one["refusal"]]
    others = [one for one in cards if one["refusal"]]
    expiring = [
        {
            "campaign": one,
            "until": one.approvals.filter(voided_at=None)
            .order_by("expires_at")
            .values_list("expires_at", flat=True)
            .first(),
        }
        for one in ready[:SHOWN]
    ]
    return render(
        request,
        "campaigns/approvals.html",
        {
            "mine": mine,
            "others": others,
            "ready": expiring,
            "total": waiting.count(),
            "shown": SHOWN,
            "gate": gate.blocks(gate.ACTIVATION),
        },
    )


def card(campaign: Campaign, user: User) -> dict[str, Any]:
    """One campaign of the queue; ``refusal`` says why this person cannot approve it."""
    case = Case(campaign)
    approve = next((each for each in lifecycle.verbs_for(campaign, user, case) if each.verb == "approve"), None)
    return {
        "campaign": campaign,
        "draft": case.draft,
        "audience": case.audience,
        "blocking": len(case.blocking),
        "warnings": len(case.findings) - len(case.blocking),
        "needed": case.needed,
        "given": case.given,
        "refusal": approve.refusal if approve else "",
    }
