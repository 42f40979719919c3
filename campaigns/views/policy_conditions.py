"""What a policy asks of customers: eligibility, applicability, suitability; clauses built with the controls of rule segments."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import BusinessUnit, Role
from accounts.permissions import allow, person
from b2shift.lib.api import Refused
from b2shift.lib.htmx import wants_fragment
from campaigns import editions, policy_kinds, policy_words
from campaigns.forms.policies import ClauseForm
from campaigns.models import PolicyRule, PolicyVersion
from campaigns.views.policies import EVERYBODY
from segments.rules import checks, drafting, tree
from segments.rules.catalogue import pure
from segments.views import rule_builder

NEW: dict[str, Any] = {"plays": [], "purposes": [], "not_owning": False, "undecided": "leave_out"}


@allow(Role.ADMIN)
@require_GET
def conditions(request: HttpRequest, number: int, kind: str, unit: str) -> HttpResponse:
    """The clauses of one rule of the edition in preparation, in words."""
    context = _rule(number, kind, unit)
    said = [policy_words.clause_in_words(policy_kinds.Clause.model_validate(each)) for each in context["clauses"]]
    return render(request, "campaigns/policy_conditions.html", {**context, "said": said, "next": len(said)})


@allow(Role.ADMIN)
@require_http_methods(["GET", "HEAD", "POST"])
def clause(request: HttpRequest, number: int, kind: str, unit: str, place: int) -> HttpResponse:
    """One clause; the place after the last one makes a new one. ``do=save`` keeps it, anything else is a step of the builder."""
    context = _rule(number, kind, unit)
    clauses = context["clauses"]
    if place > len(clauses):
        raise Http404
    stored = clauses[place] if place < len(clauses) else NEW
    if request.method != "POST":
        return _page(request, context | {"form": ClauseForm(initial=stored)}, _stored(stored))
    draft, form = rule_builder.draft_of(request), ClauseForm(request.POST)
    if request.POST.get("do") != "save" or wants_fragment(request):
        return _page(request, context | {"form": ClauseForm(initial=_typed(request))}, draft)
    root = rule_builder.read(draft).root
    spare = not draft["of"] and bool(request.POST.get("not_owning"))
    if not form.is_valid() or (root is None and not spare):
        return _page(request, context | {"form": form}, draft, strict=True, status=422)
    kept = {**form.cleaned_data, "conditions": tree.dump(root) if root else None}
    return _saved(request, context | {"form": form}, place, kept, draft)


@allow(Role.ADMIN)
@require_POST
def clause_remove(request: HttpRequest, number: int, kind: str, unit: str, place: int) -> HttpResponse:
    """Take one clause out of the rule."""
    context = _rule(number, kind, unit)
    code = context["unit"].pk if context["unit"] else None
    try:
        editions.remove_clause(context["version"].pk, kind, code, place, person(request), request.POST.get("seen", ""))
        messages.success(request, _("The conditions are removed from the edition in preparation."))
    except Refused as refusal:
        messages.error(request, refusal.message)
    return redirect("policy-conditions", number=number, kind=kind, unit=unit)


def _rule(number: int, kind: str, unit: str) -> dict[str, Any]:
    """What the pages of one rule share: edition, kind, unit, its clauses and their fingerprint."""
    version = get_object_or_404(PolicyVersion, number=number, state=PolicyVersion.State.DRAFT)
    if kind not in policy_kinds.CONDITIONED:
        raise Http404
    found = None if unit == EVERYBODY else get_object_or_404(BusinessUnit, code=unit.replace("\x00", ""))
    clauses = editions.clauses_of(version.pk, kind, found.pk if found else None)
    return {
        "version": version,
        "kind": PolicyRule.Kind(kind),
        "unit": found,
        "address": unit,
        "clauses": clauses,
        "seen": editions.clauses_seen(clauses),
    }


def _saved(
    request: HttpRequest, context: dict[str, Any], place: int, kept: dict[str, Any], draft: drafting.Draft
) -> HttpResponse:
    version, kind, unit = context["version"], str(context["kind"]), context["unit"]
    code, seen = unit.pk if unit else None, request.POST.get("seen", "")
    try:
        editions.save_clause(version.pk, kind, code, place, kept, person(request), seen)
    except Refused as refusal:
        messages.error(request, refusal.message)
        return _page(request, context, draft, status=409)
    messages.success(request, _("Saved. The rule counts once this edition is in force."))
    return redirect("policy-conditions", number=version.number, kind=kind, unit=context["address"])


def _page(
    request: HttpRequest, context: dict[str, Any], draft: drafting.Draft, *, strict: bool = False, status: int = 200
) -> HttpResponse:
    told = rule_builder.context(rule_builder.read(draft), person(request), strict=strict)
    told["seen"] = request.POST.get("seen") or context["seen"]
    page = "segments/_rule_builder.html" if wants_fragment(request) else "campaigns/policy_clause.html"
    return render(request, page, {**context, **told}, status=status)


def _stored(stored: dict[str, Any]) -> drafting.Draft:
    if not stored.get("conditions"):
        return {"group": "all", "of": []} if stored.get("not_owning") else drafting.blank()
    try:
        return drafting.shown(checks.stored(stored["conditions"]), pure())
    except tree.Invalid:
        return drafting.blank()


def _typed(request: HttpRequest) -> dict[str, Any]:
    """What the form beside the builder holds, while conditions are built step by step."""
    return {
        "plays": request.POST.getlist("plays"),
        "purposes": request.POST.getlist("purposes"),
        "not_owning": bool(request.POST.get("not_owning")),
        "undecided": request.POST.get("undecided", "leave_out"),
    }
