"""Repairs on screen: the queue, one repair, decisions, and the trial of a value."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe
from django_tables2 import RequestConfig

from accounts import tasks
from accounts.cleanse import ask, decide, propose, reads
from accounts.cleanse.wording import RULES, words
from accounts.forms.cleanse import DecisionForm, RepairFilter, TryForm
from accounts.models import CleanseRun, Repair, Role
from accounts.permissions import allow, person
from accounts.views.cleanse_tables import TONES, RepairTable, change
from b2shift.lib.htmx import page_or_fragment
from b2shift.templatetags.b2shift import number

ROWS = 25
CUSTOMERS = 50


@require_safe
@allow(*decide.DECIDERS)
def repairs(request: HttpRequest) -> HttpResponse:
    """The queue: groups by field and rule, and the repairs themselves; without parameters the open ones."""
    data = request.GET.copy()
    if not request.GET:
        data["state"] = Repair.State.OPEN
    found = RepairFilter(data, reads.repairs(person(request)), request=request)
    table = RepairTable(found.chosen)
    RequestConfig(request, paginate={"per_page": ROWS}).configure(table)
    context = {
        "filter": found,
        "table": table,
        "clear": f"{request.path}?q=",
    }
    if not request.headers.get("HX-Request"):
        context |= _surroundings(request)
    return page_or_fragment(request, "accounts/repairs.html", "_table.html", context)


def _surroundings(request: HttpRequest) -> dict[str, Any]:
    names = dict(Repair.Field.choices)
    groups = [
        {**each, "name": names[each["field"]], "words": words(each["rule"])} for each in reads.groups(person(request))
    ]
    search = reads.last_search()
    return {
        "groups": groups,
        "open": sum(each["open"] for each in groups),
        "rows": sum(each["rows"] or 0 for each in groups),
        "accepted": sum(each["accepted"] for each in groups),
        "search": search,
        "searching": search is not None and search.state in {CleanseRun.State.QUEUED, CleanseRun.State.RUNNING},
        "model": ask.is_configured(),
        "is_admin": person(request).role == Role.ADMIN,
        "here": request.get_full_path(),
    }


@require_POST
@allow(*decide.DECIDERS)
def decide_repairs(request: HttpRequest) -> HttpResponse:
    """Accept, reject or undo the ticked repairs, or all of a rule."""
    form = DecisionForm(request.POST)
    if form.is_valid():
        data = form.cleaned_data
        state = Repair.State.ACCEPTED if data["action"] == "undo" else Repair.State.OPEN
        ids = data["ids"] or decide.of_rule(data["field"], data["rule"], state)
        outcome = decide.VERBS[data["action"]](person(request), ids)
        messages.success(request, _told(data["action"], outcome))
    else:
        messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
    return redirect(_back(request))


def _told(action: str, outcome: decide.Outcome) -> str:
    if not outcome.repairs:
        return _("Nothing was left to decide.")
    words_for = {
        "accept": ngettext(
            "%(repairs)s repair accepted; rows changed: %(rows)s.",
            "%(repairs)s repairs accepted; rows changed: %(rows)s.", outcome.repairs,
        ),
        "undo": ngettext(
            "%(repairs)s repair undone; rows restored: %(rows)s.",
            "%(repairs)s repairs undone; rows restored: %(rows)s.", outcome.repairs,
        ),
        "reject": ngettext(
            "%(repairs)s repair rejected; it is not proposed again.",
            "%(repairs)s repairs rejected; they are not proposed again.", outcome.repairs,
        ),
    }  # fmt: skip
    return words_for[action] % {"repairs": number(outcome.repairs), "rows": number(outcome.rows)}


def _back(request: HttpRequest) -> str:
    """The page that the form stood on, if it is one of ours."""
    wanted = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) and wanted.startswith(reverse("repairs"))
    return wanted if safe else reverse("repairs")


@require_POST
@allow(*decide.DECIDERS)
def search_repairs(request: HttpRequest) -> HttpResponse:
    """Look for repairs now."""
    tasks.wake_search(propose.queue(person(request)).pk)
    messages.success(request, _("The search has begun. New repairs appear here when it is done."))
    return redirect("repairs")


@require_POST
@allow(Role.ADMIN)
def switch_rule(request: HttpRequest, rule: str) -> HttpResponse:
    """Let a rule act by itself, or stop that."""
    if rule in RULES:
        automatic = request.POST.get("automatic") == "1"
        decide.let_act(person(request), rule, automatic)
        told = (
            _("From the next search on this rule acts by itself where it is certain.")
            if automatic
            else _("This rule only proposes now.")
        )
        messages.success(request, told)
    return redirect(_back(request))


@require_safe
@allow(*decide.DECIDERS)
def repair(request: HttpRequest, pk: int) -> HttpResponse:
    """One repair: what changes, why, whom it touches, what was decided."""
    found = get_object_or_404(reads.repairs(person(request)), pk=pk)
    context = {
        "repair": found, "words": words(found.rule), "tone": TONES[Repair.State(found.state)],
        "change": change(found.before, found.after), "customers": reads.touched(person(request), found, CUSTOMERS), "most": CUSTOMERS,
    }  # fmt: skip
    return render(request, "accounts/repair.html", context)


@require_safe
@allow(*decide.DECIDERS)
def try_value(request: HttpRequest) -> HttpResponse:
    """What the rules make of a value; changes nothing."""
    form = TryForm(request.GET or None)
    context: dict[str, Any] = {"form": form, "asked": form.is_valid()}
    if form.is_valid():
        data = form.cleaned_data
        fix = reads.tried(data["kind"], data["value"], data["context"])
        same = fix is not None and fix.after == data["value"]
        context |= {"fix": fix, "same": same, "words": words(fix.rule) if fix else None}
        context |= {"change": change(data["value"], fix.after) if fix else ""}
    return render(request, "accounts/repair_try.html", context)
