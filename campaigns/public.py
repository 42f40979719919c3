"""The pages that a recipient reaches from a mail, without an account. The message's id is the key to them.

A GET never changes an answer or a consent (scanners fetch every link); it only leaves an open or a click in the log.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from accounts.permissions import public
from b2shift.lib.api import Refused
from campaigns import contests, links, tracking
from campaigns.models import Contest, Message

PIXEL = bytes.fromhex("47494638396101000100800000ffffff00000021f90401000000002c00000000010001000002024401003b")
PER_MINUTE = 120
REASON_LABELS = {
    "price": _("The price does not fit"),
    "timing": _("Not at the moment"),
    "not_relevant": _("It does not help my company"),
    "has_another": _("We have another solution"),
    "other": _("Another reason"),
}

View = Callable[..., HttpResponse]


def open_to_recipients(view: View) -> View:
    """Public, never cached, and at most 120 requests a minute from one address."""

    @wraps(view)
    def limited(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if _too_many(request):
            return render(request, "campaigns/public_busy.html", status=429)
        return view(request, *args, **kwargs)

    return public(never_cache(limited))


@open_to_recipients
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, message: UUID) -> HttpResponse:
    """The offer with accept and decline; POST answers."""
    found = tracking.find(message)
    if found is None:
        return _unknown(request)
    chosen = request.POST.get("answer") if request.method == "POST" else None
    if chosen in tracking.ANSWERS:
        tracking.record_answer(found, chosen, request.POST.get("reason", ""), _visit(request))
        return redirect("answer", message=message)
    wanted = request.GET.get("answer", "")
    context = {
        "wanted": wanted if wanted in tracking.ANSWERS else "",
        "given": tracking.answer_of(found),
        "reasons": REASON_LABELS,
    }
    return _page(request, found, "campaigns/public_answer.html", context | _offer(found))


@open_to_recipients
@require_http_methods(["GET", "HEAD", "POST"])
def contest(request: HttpRequest, message: UUID) -> HttpResponse:
    """Ask for a person to look at the decision behind the mail; a second request finds the first."""
    found = tracking.find(message)
    if found is None:
        return _unknown(request)
    missing = False
    if request.method == "POST":
        try:
            contests.raise_by_recipient(found.customer, request.POST.get("words", ""), found.campaign)
        except Refused as refusal:
            missing = refusal.code == "words_missing"
        if not missing:
            return redirect("answer-contest", message=message)
    waiting = found.customer.contests.filter(state=Contest.State.OPEN).first()
    return _page(request, found, "campaigns/public_contest.html", {"open": waiting, "missing": missing})


@csrf_exempt  # RFC 8058: the mail program posts here without ever having seen a page of ours
@open_to_recipients
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, message: UUID) -> HttpResponse:
    """Asks first; POST (of the page, or one-click of the mail program) withdraws the consent. The address never expires."""
    found = tracking.find(message, ever=True)
    if found is None:
        return _unknown(request)
    if request.method == "POST":
        tracking.record_unsubscribe(found)
    done = not found.contact.consents.filter(purpose=found.campaign.strategy.purpose, granted=True).exists()  # type: ignore[union-attr]
    return _page(request, found, "campaigns/public_unsubscribe.html", {"done": done})


@open_to_recipients
@require_safe
def opened(request: HttpRequest, message: UUID) -> HttpResponse:
    """The image of a mail; always the same, whether the id is known or not."""
    found = tracking.find(message)
    if found is not None:
        tracking.record_open(found, _visit(request))
    return HttpResponse(PIXEL, content_type="image/gif")


@open_to_recipients
@require_safe
def click(request: HttpRequest, message: UUID, link: str) -> HttpResponse:
    """Count a click and go to one of our own pages; an address outside the catalogue leads nowhere."""
    found, page = tracking.find(message), links.page(link, message)
    if found is None or page is None:
        return _unknown(request)
    tracking.record_click(found, link, _visit(request))
    return redirect(page)


def _visit(request: HttpRequest) -> tracking.Visit:
    hints = (
        request.headers.get("Purpose", ""),
        request.headers.get("Sec-Purpose", ""),
        request.headers.get("X-Moz", ""),
    )
    prefetch = any("prefetch" in hint.lower() or "preview" in hint.lower() for hint in hints)
    return tracking.Visit(request.method or "GET", request.headers.get("User-Agent", "")[:400], prefetch)


def _page(request: HttpRequest, message: Message, template: str, context: dict[str, Any]) -> HttpResponse:
    """In the recipient's language, unless they switched it here."""
    contact_language = message.contact.language if message.contact else settings.LANGUAGE_CODE
    language = translation.get_language() if settings.LANGUAGE_COOKIE_NAME in request.COOKIES else contact_language
    with translation.override(language):
        return render(request, template, {"message": message, "unit": message.campaign.business_unit, **context})


def _offer(message: Message) -> dict[str, Any]:
    offer = message.campaign.offer
    language = translation.get_language() if message.contact is None else message.contact.language
    ended = offer is not None and offer.valid_until is not None and offer.valid_until < timezone.localdate()
    benefit = "" if offer is None else offer.benefit_en if language == "en" else offer.benefit
    return {"offer": offer, "benefit": benefit, "ended": ended}


def _unknown(request: HttpRequest) -> HttpResponse:
    return render(request, "campaigns/public_unknown.html", status=404)


def _too_many(request: HttpRequest) -> bool:
    """A soft limit: two simultaneous requests may count as one."""
    key = f"public:{request.META.get('REMOTE_ADDR', '')}:{timezone.now():%H%M}"
    if cache.add(key, 1, timeout=90):
        return False
    try:
        return int(cache.incr(key)) > PER_MINUTE
    except ValueError:  # the key ran out between the two calls
        return False
