"""Probable duplicates: the queue, the review side by side, and what was decided."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django_tables2 import RequestConfig

from accounts import duplicates as pairs
from accounts import queries, tasks
from accounts.forms.duplicates import PREFIX, MergeForm
from accounts.models import Customer, DuplicateCandidate, Picture, Role
from accounts.permissions import allow, person
from accounts.views.duplicate_tables import CandidateTable, MergeTable, reasons
from b2shift.lib.api import Refused
from b2shift.lib.htmx import page_or_fragment
from b2shift.templatetags.b2shift import brl, day, number

State = DuplicateCandidate.State
REVIEWERS = (Role.ANALYST, Role.MANAGER, Role.ADMIN)
PER_PAGE = 25


@allow(*REVIEWERS)
@require_safe
def duplicates(request: HttpRequest) -> HttpResponse:
    """The queue (``?state=open``, dismissed) and the merges (``?state=merged``)."""
    user, state = person(request), request.GET.get("state", State.OPEN)
    state = state if state in State.values else State.OPEN
    table = MergeTable(pairs.merges(user)) if state == State.MERGED else CandidateTable(pairs.candidates(user, state))
    RequestConfig(request, paginate={"per_page": PER_PAGE}).configure(table)
    context = {"table": table, "state": state, "search": pairs.latest_search(), "tabs": _tabs(request, state)}
    return page_or_fragment(request, "accounts/duplicates.html", "_table.html", context)


@allow(*REVIEWERS)
@require_safe
def duplicate(request: HttpRequest, pk: int) -> HttpResponse:
    """One pair side by side; ``?into=`` says who would survive."""
    candidate = _candidate(request, pk)
    into = pairs.survivor(candidate)
    if request.GET.get("into") in {candidate.first.code, candidate.second.code} - {into.code}:
        into = candidate.second if into == candidate.first else candidate.first
    merged = candidate.second if into == candidate.first else candidate.first
    context = {
        "candidate": candidate,
        "into": into,
        "merged": merged,
        "fields": _fields(into, merged),
        "figures": _figures(into, merged),
        "reasons": reasons(candidate.parts),
    }
    return render(request, "accounts/duplicate.html", context)


@allow(*REVIEWERS)
@require_POST
def duplicate_merge(request: HttpRequest, pk: int) -> HttpResponse:
    """Merge the pair as chosen."""
    candidate = _candidate(request, pk)
    form = MergeForm(candidate, request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose which of the two customers survives."))
        return redirect("duplicate", pk=pk)
    into = form.cleaned_data["into"]
    try:
        pairs.merge(person(request), into, form.merged, form.winners, candidate)
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("duplicate", pk=pk)
    text = _("%(merged)s now belongs to %(into)s. The merge can be undone at any time, here and on the account page.")
    messages.success(request, text % {"merged": form.merged, "into": into})
    return redirect("duplicates")


@allow(*REVIEWERS)
@require_POST
def duplicate_dismiss(request: HttpRequest, pk: int) -> HttpResponse:
    """Two customers that are two."""
    candidate = _candidate(request, pk)
    try:
        pairs.dismiss(person(request), candidate.pk)
        messages.success(request, _("Remembered: these are two customers. No search will ask again."))
    except Refused as refusal:
        messages.error(request, refusal.message)
    return redirect("duplicates")


@allow(*REVIEWERS)
@require_POST
def duplicate_reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """Back into the queue."""
    pairs.reopen(person(request), _candidate(request, pk).pk)
    messages.success(request, _("The pair waits for review again."))
    return redirect("duplicate", pk=pk)


@allow(*REVIEWERS)
@require_POST
def merge_undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Part two merged customers again."""
    merge = get_object_or_404(pairs.merges(person(request)), pk=pk)
    try:
        done = pairs.undo(person(request), merge.pk)
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect(f"{reverse('duplicates')}?state=merged")
    messages.success(request, _("%(merged)s is a customer of its own again.") % {"merged": done.merged})
    if done.kept:
        names = ", ".join(_label(name) for name in done.kept)
        messages.warning(
            request, _("Changed since the merge and therefore left as they are: %(names)s.") % {"names": names}
        )
    return redirect(f"{reverse('duplicates')}?state=merged")


@allow(*REVIEWERS)
@require_POST
def duplicates_search(request: HttpRequest) -> HttpResponse:
    """Search now, without waiting for the next import."""
    tasks.wake_duplicates(pairs.enqueue().pk)
    messages.success(request, _("The search has started. The queue is renewed when it ends."))
    return redirect("duplicates")


def _candidate(request: HttpRequest, pk: int) -> DuplicateCandidate:
    found = [pairs.candidates(person(request), state).filter(pk=pk).first() for state in State.values]
    known = next((each for each in found if each), None)
    return known or get_object_or_404(DuplicateCandidate.objects.none(), pk=pk)


def _tabs(request: HttpRequest, state: str) -> list[dict[str, Any]]:
    user, here = person(request), reverse("duplicates")
    labels = {State.OPEN: _("To review"), State.DISMISSED: _("Not duplicates"), State.MERGED: _("Merged customers")}
    counts = {each: pairs.candidates(user, each).count() for each in (State.OPEN, State.DISMISSED)}
    counts[State.MERGED] = pairs.merges(user).filter(undone_at=None).count()
    return [
        {"label": label, "href": f"{here}?state={each.value}", "active": each == state, "count": counts[each]}
        for each, label in labels.items()
    ]


def _label(name: str) -> str:
    return str(getattr(Customer._meta.get_field(name.removesuffix("_id")), "verbose_name", name))


def _shown(customer: Customer, name: str) -> str:
    value = getattr(customer, name.removesuffix("_id"))
    return str(day(value)) if name == "since" and value else str(value or "")


def _fields(into: Customer, merged: Customer) -> list[dict[str, Any]]:
    """Each field with both values; where they differ, the suggested winner."""
    winners = pairs.suggested(into, merged)
    return [
        {
            "name": PREFIX + name,
            "label": _label(name),
            "into": _shown(into, name),
            "merged": _shown(merged, name),
            "winner": winners.get(name, ""),
        }
        for name in pairs.FIELDS
    ]


def _figures(into: Customer, merged: Customer) -> list[tuple[str, Any, Any]]:
    one, other = (queries.picture_of(each) or Picture() for each in (into, merged))

    def pair(label: str, show: Any, name: str) -> tuple[str, Any, Any]:
        return label, show(getattr(one, name)), show(getattr(other, name))

    return [
        pair(_("Contract lines"), number, "contract_lines"),
        pair(_("MRR"), brl, "mrr"),
        pair(_("Proposals"), number, "proposals"),
        pair(_("NPS answers"), number, "nps_answers"),
        pair(_("Tickets, 12 months"), number, "tickets_12m"),
        pair(_("Usage events"), number, "usage_events"),
        (_("Contacts"), number(queries.contacts(into).count()), number(queries.contacts(merged).count())),
    ]
