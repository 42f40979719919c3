"""Policies: the edition in force in plain words, the next one in preparation, and who may publish it."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import BusinessUnit, Role, User
from accounts.permissions import allow, person
from b2shift.lib.api import Refused
from b2shift.templatetags.b2shift import moment
from campaigns import editions, policies, policy_kinds, policy_words, queries, simulation
from campaigns.forms.policies import FORMS, CompareForm, PrepareForm, PublishForm, RuleForm, UnitRuleForm
from campaigns.models import PolicyRule, PolicyVersion

READERS = (Role.MANAGER, Role.ANALYST, Role.ADMIN)
S = PolicyVersion.State
EVERYBODY = "all"
TONES = {S.PUBLISHED: "good", S.DRAFT: "warn", S.SCHEDULED: "info", S.RETIRED: "neutral", S.WITHDRAWN: "neutral"}


@allow(*READERS)
@require_http_methods(["GET", "HEAD"])
def policy_list(request: HttpRequest) -> HttpResponse:
    """What is in force, what is in preparation, and all editions."""
    return _policies_page(request, PrepareForm())


@allow(*READERS)
@require_GET
def policy(request: HttpRequest, number: int) -> HttpResponse:
    """One edition: its rules, and what it changes against the one before it (in preparation: the one in force)."""
    version = get_object_or_404(PolicyVersion.objects.select_related("created_by", "published_by"), number=number)
    earlier = _earlier(version)
    context = {
        "version": version,
        "tone": TONES[S(version.state)],
        "rules": _rules(version),
        "earlier": earlier,
        "changes": _changes(earlier, version),
        "may_write": person(request).role == Role.ADMIN,
    }
    if version.state == S.DRAFT:
        return render(request, "campaigns/policy_edit.html", {**context, **_preparation(request, version)})
    return render(request, "campaigns/policy.html", context)


@allow(Role.ADMIN)
@require_POST
def policy_prepare(request: HttpRequest) -> HttpResponse:
    """Copy the rules in force, or those of the edition that was chosen, into the next edition."""
    form = PrepareForm(request.POST)
    if not form.is_valid():
        return _policies_page(request, form)
    try:
        copied = form.cleaned_data["copied"]
        version = editions.prepare(person(request), form.cleaned_data["note"], copied.number if copied else None)
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("policies")
    messages.success(
        request,
        _("Edition %(version)s is in preparation with the rules of %(copied)s. Change what should change.")
        % {"version": version, "copied": copied or _("today")},
    )
    return redirect("policy", number=version.number)


@allow(Role.ADMIN)
@require_http_methods(["GET", "HEAD", "POST"])
def policy_rule(request: HttpRequest, number: int, kind: str) -> HttpResponse:
    """Change one rule of the edition in preparation; ``?unit=`` names a business unit for a rule of its own."""
    version = get_object_or_404(PolicyVersion, number=number)
    code = request.GET.get("unit", "").replace("\x00", "")
    unit = get_object_or_404(BusinessUnit, code=code) if code else None
    if kind in policy_kinds.CONDITIONED:
        return redirect("policy-conditions", number=number, kind=kind, unit=unit.pk if unit else EVERYBODY)
    if kind not in FORMS:
        raise Http404
    form = _rule_form(request, version, kind, unit)
    if request.method == "POST" and form.is_valid() and _save_rule(request, version, kind, unit, form):
        return redirect("policy", number=number)
    return render(
        request,
        "campaigns/policy_rule.html",
        {"version": version, "kind": PolicyRule.Kind(kind), "unit": unit, "form": form},
    )


@allow(Role.ADMIN)
@require_GET
def policy_unit_rule(request: HttpRequest, number: int) -> HttpResponse:
    """To the form of a rule of the company or of one business unit."""
    version = get_object_or_404(PolicyVersion, number=number, state=S.DRAFT)
    form = UnitRuleForm(request.GET)
    if not form.is_valid():
        messages.error(request, _("Choose a rule and a business unit."))
        return redirect("policy", number=version.number)
    unit = form.cleaned_data["unit"]
    address = reverse("policy-rule", args=[number, form.cleaned_data["kind"]])
    return redirect(f"{address}?unit={unit.pk}" if unit else address)


@allow(Role.ADMIN)
@require_POST
def policy_remove_rule(request: HttpRequest, number: int, rule: int) -> HttpResponse:
    """Take a business unit's own rule out of the edition in preparation."""
    version = get_object_or_404(PolicyVersion, number=number)
    try:
        editions.remove_rule(version.pk, rule, person(request))
        messages.success(request, _("The rule is removed from the edition in preparation."))
    except Refused as refusal:
        messages.error(request, refusal.message)
    return redirect("policy", number=number)


@allow(Role.ADMIN)
@require_POST
def policy_publish(request: HttpRequest, number: int) -> HttpResponse:
    """Put the edition into force; a second administrator does this."""
    version, form = get_object_or_404(PolicyVersion, number=number), PublishForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
        return redirect("policy", number=number)
    starts = form.cleaned_data["starts"]
    try:
        editions.publish(version.pk, person(request), form.cleaned_data["seen"], starts)
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("policy", number=number)
    words = (
        _("Edition %(version)s takes force on %(moment)s. What is approved under the rules of today ends then.")
        if starts
        else _("Edition %(version)s is in force. Approved campaigns that are not sent yet went back to review.")
    )
    messages.success(request, words % {"version": version, "moment": moment(starts) if starts else ""})
    return redirect("policies")


@allow(Role.ADMIN)
@require_POST
def policy_withdraw(request: HttpRequest, number: int) -> HttpResponse:
    """Give up a scheduled edition before it begins."""
    version = get_object_or_404(PolicyVersion, number=number)
    try:
        editions.withdraw(version.pk, person(request))
        messages.success(request, _("The scheduled edition is withdrawn. The rules in force stay as they are."))
    except Refused as refusal:
        messages.error(request, refusal.message)
    return redirect("policies")


@allow(*READERS)
@require_GET
def policy_compare(request: HttpRequest) -> HttpResponse:
    """What any two editions say differently; without a choice the newest one against the one before it."""
    numbers = list(PolicyVersion.objects.values_list("number", flat=True)[:2]) or [0]
    form = CompareForm(request.GET if "a" in request.GET else {"a": numbers[-1], "b": numbers[0]})
    context: dict[str, Any] = {"form": form}
    if form.is_valid():
        before, after = form.cleaned_data["a"], form.cleaned_data["b"]
        context |= {"before": before, "after": after, "changes": _changes(before, after)}
    return render(request, "campaigns/policy_compare.html", context)


@allow(Role.ADMIN)
@require_POST
def policy_discard(request: HttpRequest, number: int) -> HttpResponse:
    """Give up the edition in preparation."""
    version = get_object_or_404(PolicyVersion, number=number)
    try:
        editions.discard(version.pk, person(request))
        messages.success(request, _("The edition in preparation is discarded. The rules in force stay as they are."))
    except Refused as refusal:
        messages.error(request, refusal.message)
    return redirect("policies")


def _policies_page(request: HttpRequest, form: PrepareForm) -> HttpResponse:
    known = list(PolicyVersion.objects.select_related("created_by", "published_by"))
    current = queries.policy_in_force()
    coming = [version for version in known if version.state == S.SCHEDULED and version != current]
    prepared = next((version for version in known if version.state == S.DRAFT), None)
    context = {"current": current, "prepared": prepared, "form": form, "may_write": person(request).role == Role.ADMIN}
    past = [_edition(version, current) for version in known]
    return render(
        request,
        "campaigns/policies.html",
        {**context, "rules": _rules(current) if current else [], "editions": past, "scheduled": coming},
    )


def _edition(version: PolicyVersion, current: PolicyVersion | None) -> dict[str, Any]:
    """One line of the history; an edition whose moment has come counts, whether that was written down yet or not."""
    state = S.PUBLISHED if version == current else S.RETIRED if version.state == S.PUBLISHED else S(version.state)
    return {"version": version, "tone": TONES[state], "label": state.label}


def _earlier(version: PolicyVersion) -> PolicyVersion | None:
    """What an edition is compared with on its page: in preparation what will be in force, else the one before it."""
    if version.state == S.DRAFT:
        return queries.policy_to_come()
    gone = (S.DRAFT, S.WITHDRAWN)
    return PolicyVersion.objects.filter(number__lt=version.number).exclude(state__in=gone).first()


def _preparation(request: HttpRequest, version: PolicyVersion) -> dict[str, Any]:
    """Who worked on an edition, who may publish it, and the forms of this person."""
    user, hands = person(request), editions.hands(version)
    return {
        "may_write": user.role == Role.ADMIN,
        "mine": user.pk in hands,
        "workers": User.objects.filter(pk__in=hands).order_by("name"),
        "publishers": editions.who_may_publish(version),
        "publish_form": PublishForm(initial={"seen": editions.fingerprint(version)}),
        "unit_form": UnitRuleForm(),
        "simulation": simulation.latest(version),
    }


def _rules(version: PolicyVersion) -> list[dict[str, Any]]:
    """Kinds in their fixed order, each with the company's rule first: label, unit, sentences, the row's key."""
    order = list(PolicyRule.Kind.values)
    rows = sorted(
        version.rules.select_related("business_unit"),
        key=lambda row: (order.index(row.kind), row.business_unit_id or ""),
    )
    return [
        {
            "id": row.pk, "kind": row.kind, "label": row.get_kind_display(), "unit": row.business_unit, "sentences": _said(row),
            "removable": row.business_unit_id is not None or row.kind in policy_kinds.OPTIONAL,
        }
        for row in rows
    ]  # fmt: skip


def _said(row: PolicyRule) -> list[str]:
    return policy_words.sentences(policies.rule(row.kind, row.parameters, row.business_unit_id))


def _changes(earlier: PolicyVersion | None, version: PolicyVersion) -> list[policy_words.Change]:
    return policy_words.changes(queries.rules_of(earlier) if earlier else [], queries.rules_of(version))


def _rule_form(request: HttpRequest, version: PolicyVersion, kind: str, unit: BusinessUnit | None) -> RuleForm:
    """Filled with what was typed, else with the unit's rule, else with the company's rule as a start."""
    own = (
        version.rules.filter(kind=kind, business_unit=unit).first()
        or version.rules.filter(kind=kind, business_unit=None).first()
    )
    typed = request.POST if request.method == "POST" else None
    return FORMS[kind](typed, initial=FORMS[kind].initial_of(own.parameters if own else {}))


def _save_rule(
    request: HttpRequest, version: PolicyVersion, kind: str, unit: BusinessUnit | None, form: RuleForm
) -> bool:
    try:
        editions.save_rule(version.pk, kind, unit.pk if unit else None, form.parameters(), person(request))
    except Refused as refusal:
        form.add_error(None, refusal.message)
        return False
    messages.success(request, _("Saved. The rule counts once this edition is in force."))
    return True
