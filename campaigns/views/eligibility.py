"""Who may receive an offer, built with the controls of rule segments: count and preview on the real base, before saving."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.models import Role
from accounts.permissions import allow, person
from b2shift.lib.api import Refused
from b2shift.lib.htmx import wants_fragment
from campaigns import terms
from campaigns.models import Offer
from segments.rules import checks, drafting, tree
from segments.rules.catalogue import pure
from segments.views import rule_builder


@allow(Role.ADMIN)
@require_http_methods(["GET", "HEAD", "POST"])
def offer_eligibility(request: HttpRequest, code: str) -> HttpResponse:
    """The conditions of one offer; ``do=save`` keeps them, ``do=clear`` takes them away, anything else is a step of the builder."""
    offer = get_object_or_404(Offer, code=code)
    if request.method != "POST":
        return _builder(request, offer, _stored(offer))
    action, draft = request.POST.get("do", ""), rule_builder.draft_of(request)
    if action == "clear":
        return _saved(request, offer, None, draft)
    if action != "save" or wants_fragment(request):
        return _builder(request, offer, draft)
    reading = rule_builder.read(draft)
    if reading.root is None:
        return _builder(request, offer, draft, strict=True, status=422)
    return _saved(request, offer, tree.dump(reading.root), draft)


def _saved(request: HttpRequest, offer: Offer, conditions: Any, draft: drafting.Draft) -> HttpResponse:
    offer.eligibility = conditions
    try:
        terms.save_offer(offer, person(request), request.POST.get("seen", ""))
    except Refused as refusal:
        messages.error(request, refusal.message)
        return _builder(request, Offer.objects.get(pk=offer.pk), draft, status=409)
    messages.success(
        request,
        _("The conditions are saved.") if conditions else _("Everybody in a segment may receive the offer again."),
    )
    return redirect("offer", code=offer.code)


def _builder(
    request: HttpRequest, offer: Offer, draft: drafting.Draft, *, strict: bool = False, status: int = 200
) -> HttpResponse:
    context = rule_builder.context(rule_builder.read(draft), person(request), strict=strict) | {
        "offer": offer,
        "touched": terms.touched(offer),
        "seen": request.POST.get("seen") or terms.fingerprint(offer),
    }
    page = "segments/_rule_builder.html" if wants_fragment(request) else "campaigns/offer_eligibility.html"
    return render(request, page, context, status=status)


def _stored(offer: Offer) -> drafting.Draft:
    if not offer.eligibility:
        return drafting.blank()
    try:
        return drafting.shown(checks.stored(offer.eligibility), pure())
    except tree.Invalid:
        return drafting.blank()
