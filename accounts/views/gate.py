"""The data gate on screen: what stops what, the rules, and an administrator's overrides."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.catalog import gate, rules
from accounts.catalog.datasets import find
from accounts.catalog.queries import READERS
from accounts.forms.catalog import OverrideForm, RuleForm
from accounts.models import GateRule, Role
from accounts.permissions import allow, person
from accounts.views.catalog import section_tabs
from b2shift.lib.api import Refused
from b2shift.templatetags.b2shift import number


@allow(*READERS)
@require_safe
def data_gate(request: HttpRequest) -> HttpResponse:
    """What the data may be used for now, and by which rules."""
    purposes = [
        (gate.SEGMENTATION, _("Segmentation"), _("starting a run: page, API, command and schedule")),
        (gate.ACTIVATION, _("Activation"), _("launching campaigns and sending what is queued")),
    ]
    listed = list(gate.rules())
    broken = {each.rule.pk for each in gate.judge([rule for rule in listed if rule.is_active])}
    context = {
        "tabs": section_tabs("catalog-gate"),
        "purposes": [_purpose(*each) for each in purposes],
        "rules": [{"rule": rule, "words": sentence(rule), "broken": rule.pk in broken} for rule in listed],
        "may_change": person(request).role == Role.ADMIN,
    }
    return render(request, "accounts/gate.html", context)


def _purpose(name: str, label: str, meaning: str) -> dict[str, Any]:
    findings = gate.standing(name)
    return {
        "label": label, "meaning": meaning, "findings": findings,
        "closed": any(each.override is None for each in findings),
    }  # fmt: skip


def sentence(rule: GateRule) -> str:
    """What a rule asks for, in one sentence."""
    entry = find(rule.dataset) if rule.dataset else None
    words = {
        "dataset": entry.title if entry else rule.dataset, "column": rule.column, "limit": number(rule.threshold),
    }  # fmt: skip
    kind = GateRule.Kind(rule.kind)
    if kind == GateRule.Kind.STALE:
        what = _("“%(dataset)s” was delivered") % words if rule.dataset else _("Every source was delivered")
        return what + " " + (_("within %(limit)s days") % words if rule.threshold else _("within its promise"))
    if kind == GateRule.Kind.QUALITY:
        what = _("“%(dataset)s” has") % words if rule.dataset else _("Every source has")
        return what + " " + _("a quality score of at least %(limit)s") % words
    if kind == GateRule.Kind.MISSING:
        return _("At most %(limit)s%% of “%(column)s” in “%(dataset)s” are missing") % words
    if kind == GateRule.Kind.DROP:
        what = _("“%(dataset)s” has") % words if rule.dataset else _("The customer base has")
        return what + " " + _("at most %(limit)s%% fewer rows than after the load before") % words
    return _("Not all of the last %(limit)s imports failed") % words


@allow(Role.ADMIN)
def rule(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Write a new rule, or change one."""
    found = get_object_or_404(GateRule, pk=pk) if pk is not None else None
    names = RuleForm.base_fields
    initial = {name: getattr(found, name) for name in names} if found else {}
    if found:
        initial["threshold"] = f"{found.threshold:g}"  # 180, not 180.0
    form = RuleForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            rules.save(form.terms(), person(request), pk)
        except Refused as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("The rule is in the books. It holds from now on."))
            return redirect("catalog-gate")
    context = {"form": form, "rule": found, "words": sentence(found) if found else ""}
    return render(request, "accounts/gate_rule.html", context, status=422 if form.errors else 200)


@allow(Role.ADMIN)
def override(request: HttpRequest, pk: int) -> HttpResponse:
    """Go on in spite of a rule: reason and days, and what it means."""
    found = get_object_or_404(gate.rules(), pk=pk)
    form = OverrideForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            rules.override(pk, form.cleaned_data["reason"], form.cleaned_data["days"], person(request))
        except Refused as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("The rule stops nothing until the override ends. It is in the audit trail."))
            return redirect("catalog-gate")
    context = {"form": form, "rule": found, "words": sentence(found), "findings": gate.judge([found])}
    return render(request, "accounts/gate_override.html", context, status=422 if form.errors else 200)


@allow(Role.ADMIN)
@require_POST
def end_override(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a rule hold again."""
    try:
        rules.end_override(pk, person(request))
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("The rule holds again."))
    return redirect("catalog-gate")
