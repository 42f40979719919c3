"""Offers and strategies: those who plan read them, administrators write them. Nothing is deleted."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_tables2 import RequestConfig

from accounts.models import Role
from accounts.permissions import allow, person
from b2shift.lib.api import Refused
from b2shift.lib.htmx import page_or_fragment
from campaigns import queries, terms
from campaigns.forms.catalogue import OfferFilter, OfferForm, StrategyFilter, StrategyForm
from campaigns.models import Offer, Playbook, Strategy
from campaigns.term_words import terms_in_words
from campaigns.views import versions
from campaigns.views.catalogue_tables import OfferTable, StrategyTable, history

READERS = (Role.MANAGER, Role.ANALYST, Role.ADMIN)
ROWS = 25


@allow(*READERS)
@require_GET
def offers(request: HttpRequest) -> HttpResponse:
    """All offers, filtered and sorted."""
    found = OfferFilter(request.GET, Offer.objects.select_related("business_unit"), request=request)
    table = OfferTable(found.qs)
    table.caption = _("Offers")
    RequestConfig(request, paginate={"per_page": ROWS}).configure(table)
    page = "_table.html" if request.htmx else "campaigns/offers.html"  # type: ignore[attr-defined]
    return render(
        request,
        page,
        {"table": table, "filter": found, "may_write": _may_write(request), "tabs": catalogue_tabs("offers")},
    )


@allow(*READERS)
@require_GET
def offer(request: HttpRequest, code: str) -> HttpResponse:
    """One offer: its terms, what policy says against them, and its history."""
    row = get_object_or_404(Offer.objects.select_related("business_unit"), code=code)
    context = {
        "offer": row,
        "terms": terms_in_words(row),
        "warnings": OfferForm(instance=row).warnings(),
        "history": history(row),
    }
    return render(request, "campaigns/offer.html", {**context, "may_write": _may_write(request)})


@allow(Role.ADMIN)
@require_http_methods(["GET", "HEAD", "POST"])
def offer_form(request: HttpRequest, code: str | None = None) -> HttpResponse:
    """Create an offer, or change the one with this code."""
    row = get_object_or_404(Offer, code=code) if code else None
    form = OfferForm(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid() and (saved := _save_offer(request, form)):
        for warning in form.warnings():
            messages.warning(request, warning)
        messages.success(request, _("The offer %(name)s is saved.") % {"name": saved.name})
        return redirect("offer", code=saved.code)
    context = {"form": form, "code": code, "warnings": form.warnings(), "products": queries.known_products()}
    touched = terms.touched(row) if row else []
    return render(request, "campaigns/offer_form.html", {**context, "touched": touched})


@allow(*READERS)
@require_GET
def offer_history(request: HttpRequest, code: str) -> HttpResponse:
    """Two versions of an offer, term by term."""
    row = get_object_or_404(Offer, code=code)
    context = {**versions.compared(row, request.GET), "title": row.name, "back": reverse("offer", args=[code])}
    return page_or_fragment(request, "campaigns/history.html", "campaigns/_history.html", context)


@allow(Role.ADMIN)
@require_POST
def offer_active(request: HttpRequest, code: str) -> HttpResponse:
    """Activate (``active=1``) or deactivate an offer."""
    row = get_object_or_404(Offer, code=code)
    terms.set_offer_active(row, request.POST.get("active") == "1", person(request))
    messages.success(
        request,
        _("The offer is active again.")
        if row.is_active
        else _("The offer is deactivated. Campaigns cannot be approved with it."),
    )
    return redirect("offer", code=code)


@allow(*READERS)
@require_GET
def strategies(request: HttpRequest) -> HttpResponse:
    """All strategies, filtered and sorted."""
    found = StrategyFilter(request.GET, Strategy.objects.select_related("business_unit"), request=request)
    table = StrategyTable(found.qs)
    table.caption = _("Strategies")
    RequestConfig(request, paginate={"per_page": ROWS}).configure(table)
    page = "_table.html" if request.htmx else "campaigns/strategies.html"  # type: ignore[attr-defined]
    return render(
        request,
        page,
        {"table": table, "filter": found, "may_write": _may_write(request), "tabs": catalogue_tabs("strategies")},
    )


@allow(*READERS)
@require_GET
def strategy(request: HttpRequest, code: str) -> HttpResponse:
    """One strategy: what it is for, the offers of its ladder, and its history."""
    row = get_object_or_404(Strategy.objects.select_related("business_unit"), code=code)
    ladder = Offer.objects.filter(business_unit=row.business_unit, play=row.play, is_active=True).order_by(
        "step", "code"
    )
    context = {"strategy": row, "terms": terms_in_words(row), "ladder": ladder, "history": history(row)}
    context["playbooks"] = Playbook.Language.choices
    return render(request, "campaigns/strategy.html", {**context, "may_write": _may_write(request)})


@allow(Role.ADMIN)
@require_http_methods(["GET", "HEAD", "POST"])
def strategy_form(request: HttpRequest, code: str | None = None) -> HttpResponse:
    """Create a strategy, or change the one with this code."""
    row = get_object_or_404(Strategy, code=code) if code else None
    form = StrategyForm(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid() and (saved := _save_strategy(request, form)):
        messages.success(request, _("The strategy %(name)s is saved.") % {"name": saved.name})
        return redirect("strategy", code=saved.code)
    touched = terms.touched(row) if row else []
    return render(request, "campaigns/strategy_form.html", {"form": form, "code": code, "touched": touched})


@allow(*READERS)
@require_GET
def strategy_history(request: HttpRequest, code: str) -> HttpResponse:
    """Two versions of a strategy, term by term."""
    row = get_object_or_404(Strategy, code=code)
    context = {
        **versions.compared(row, request.GET),
        "title": row.display_name,
        "back": reverse("strategy", args=[code]),
    }
    return page_or_fragment(request, "campaigns/history.html", "campaigns/_history.html", context)


@allow(Role.ADMIN)
@require_POST
def strategy_active(request: HttpRequest, code: str) -> HttpResponse:
    """Activate (``active=1``) or deactivate a strategy."""
    row = get_object_or_404(Strategy, code=code)
    terms.set_strategy_active(row, request.POST.get("active") == "1", person(request))
    messages.success(
        request,
        _("The strategy is active again.")
        if row.is_active
        else _("The strategy is deactivated. It is not proposed any more."),
    )
    return redirect("strategy", code=code)


def _save_offer(request: HttpRequest, form: OfferForm) -> Offer | None:
    try:
        return terms.save_offer(form.save(commit=False), person(request), form.seen_text)
    except Refused as refusal:
        form.add_error(None, refusal.message)
    return None


def _save_strategy(request: HttpRequest, form: StrategyForm) -> Strategy | None:
    try:
        return terms.save_strategy(form.save(commit=False), person(request), form.seen_text)
    except Refused as refusal:
        form.add_error(None, refusal.message)
    return None


def catalogue_tabs(active: str) -> list[dict[str, Any]]:
    """The lists of the catalogue as tabs."""
    pages = [
        ("offers", _("Offers"), "tags"),
        ("strategies", _("Strategies"), "target-arrow"),
        ("playbooks", _("Playbooks"), "book"),
    ]
    return [
        {"label": label, "href": reverse(name), "active": name == active, "icon": icon} for name, label, icon in pages
    ]


def _may_write(request: HttpRequest) -> bool:
    return person(request).role == Role.ADMIN
