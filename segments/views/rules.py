"""Rule segments: the list, the rule of one, building, changing, archiving, counting, overlap and who uses a segment."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_tables2 import RequestConfig

from accounts.permissions import allow, person
from b2shift.lib.api import Refused
from b2shift.lib.htmx import page_or_fragment, wants_fragment
from segments import tasks
from segments.models import RuleSegment, Segment
from segments.rule_forms import IdentityForm, OverlapForm
from segments.rules import checks, drafting, overlap, tree, uses, verbs, words
from segments.rules.catalogue import pure
from segments.views import rule_builder
from segments.views.segments import latest_profile, section_tabs
from segments.views.tables import OverlapTable

ROWS = 25


@allow()
@require_GET
def rules(request: HttpRequest) -> HttpResponse:
    """The living rule segments, and after them the archived ones."""
    found = list(_rules().order_by("segment__passport"))
    context = {
        "cards": [_card(rule) for rule in found if not rule.segment.retired_in_id],
        "archived": [rule.segment for rule in found if rule.segment.retired_in_id],
        "may_edit": person(request).role in verbs.EDITORS,
        "tabs": section_tabs("rules"),
    }
    return render(request, "segments/rules.html", context)


@allow()
@require_GET
def rule(request: HttpRequest, passport: str) -> HttpResponse:
    """The rule of one segment in words, its versions and state; inside the segment's page as a part of it."""
    found = get_object_or_404(_rules(), segment__passport=passport)
    context = _card(found) | {
        "may_edit": person(request).role in verbs.EDITORS and not found.segment.retired_in_id,
        "may_duplicate": person(request).role in verbs.EDITORS,
        "versions": [
            {"version": version, "sentence": _sentence(version.conditions)}
            for version in found.segment.rule_versions.select_related("author")
        ],
        "profile": latest_profile(found.segment),
        "poll": reverse("rule", args=[passport]) if found.asked_at and not found.segment.retired_in_id else "",
    }
    return page_or_fragment(request, "segments/rule.html", "segments/_rule.html", context)


@allow(*verbs.EDITORS)
def rule_new(request: HttpRequest) -> HttpResponse:
    """Build a new rule; ``?from=`` starts from the rule of another segment."""
    if request.method == "POST":
        return _built(request, None)
    source = _rules().filter(segment__passport=request.GET.get("from", "").replace("\x00", "")).first()
    initial = {}
    if source is not None:
        initial = {
            "name": _("%(name)s (copy)") % {"name": source.segment.name},
            "description": source.segment.description,
        }
    return _builder(request, None, _stored(source), IdentityForm(initial=initial))


@allow(*verbs.EDITORS)
def rule_edit(request: HttpRequest, passport: str) -> HttpResponse:
    """Change a rule; who uses the segment stands on the page before anything is saved."""
    found = get_object_or_404(_rules(), segment__passport=passport, segment__retired_in=None)
    if request.method == "POST":
        return _built(request, found)
    return _builder(request, found, _stored(found), IdentityForm(instance=found.segment))


@allow(*verbs.EDITORS)
def rule_archive(request: HttpRequest, passport: str) -> HttpResponse:
    """Archive a rule segment, after showing who uses it; refused while something living does."""
    found = get_object_or_404(_rules(), segment__passport=passport)
    if request.method == "POST":
        try:
            verbs.archive(found.pk, person(request))
        except Refused as refusal:
            messages.error(request, refusal.message)
        else:
            messages.success(request, _("%(name)s is archived.") % {"name": found.segment.display_name})
            return redirect("rules")
    used = uses.of_segment(found.segment)
    context = {"segment": found.segment, "uses": used, "living": [use for use in used if use.living]}
    return render(request, "segments/rule_archive.html", context)


@allow(*verbs.EDITORS)
@require_POST
def rule_count(request: HttpRequest, passport: str) -> HttpResponse:
    """Have the members counted again now."""
    found = get_object_or_404(_rules(), segment__passport=passport)
    try:
        with transaction.atomic():
            verbs.ask(found.pk, person(request))
            transaction.on_commit(lambda: tasks.wake_rule(found.pk))
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("The members are being counted again."))
    return redirect("segment", passport=passport)


@allow()
@require_GET
def segment_uses(request: HttpRequest, passport: str) -> HttpResponse:
    """Who uses a segment."""
    found = get_object_or_404(Segment, passport=passport)
    context = {"segment": found, "uses": uses.of_segment(found)}
    return page_or_fragment(request, "segments/uses.html", "segments/_uses.html", context)


@allow()
@require_GET
def segment_overlap(request: HttpRequest, passport: str) -> HttpResponse:
    """What a segment shares with others; with ``?other=`` the customers in both or in only one of two."""
    first, user = get_object_or_404(Segment, passport=passport), person(request)
    form = OverlapForm(request.GET, own=first)
    chosen = form.cleaned_data["other"] if form.is_valid() else ""
    context: dict[str, Any] = {"segment": first, "form": form}
    if not chosen:
        context["neighbours"] = overlap.neighbours(first, user)
        return render(request, "segments/overlap.html", context)
    second = Segment.objects.get(passport=chosen)
    part = request.GET.get("part", "both")
    part = part if part in overlap.PARTS else "both"
    table = OverlapTable(overlap.customers(first, second, part, user))
    RequestConfig(request, paginate={"per_page": ROWS}).configure(table)
    if wants_fragment(request):
        return render(request, "_table.html", {"table": table})
    measured = overlap.measured(first, second, user)
    context |= {"other": second, "table": table, "overlap": measured, "tabs": _part_tabs(first, second, part, measured)}
    return render(request, "segments/overlap.html", context)


def _rules() -> Any:
    return RuleSegment.objects.select_related("segment", "version", "run", "author")


def _card(rule: RuleSegment) -> dict[str, Any]:
    profile = rule.segment.profiles.filter(run=rule.run).first() if rule.run else None
    return {
        "rule": rule,
        "segment": rule.segment,
        "profile": profile,
        "sentence": _sentence(rule.version.conditions if rule.version else None),
        "reading": _reading(rule),
        "counting": bool(rule.asked_at) or rule.run_id is None,
    }


def _sentence(conditions: Any) -> str:
    try:
        return words.sentence(checks.stored(conditions))
    except tree.Invalid:
        return _(
            "This rule speaks of something that is no longer known. Change it, so that its members can be counted."
        )


def _reading(rule: RuleSegment) -> words.Line | None:
    try:
        return words.reading(checks.stored(rule.version.conditions if rule.version else None))
    except tree.Invalid:
        return None


def _stored(source: RuleSegment | None) -> drafting.Draft:
    if source is None or source.version is None:
        return drafting.blank()
    try:
        return drafting.shown(checks.stored(source.version.conditions), pure())
    except tree.Invalid:
        return drafting.blank()


def _built(request: HttpRequest, found: RuleSegment | None) -> HttpResponse:
    """Answer a step of the builder, or save."""
    form = IdentityForm(request.POST, instance=Segment.objects.get(pk=found.pk) if found else None)
    draft = rule_builder.draft_of(request)
    if request.POST.get("do") != "save" or wants_fragment(request):
        return _builder(request, found, draft, form, validated=False)
    reading = rule_builder.read(draft, found.segment.passport if found else "")
    if not form.is_valid() or reading.root is None:
        return _builder(request, found, draft, form, strict=True, status=422)
    try:
        segment = _saved(request, found, form, tree.dump(reading.root))
    except Refused as refusal:
        form.add_error(None if refusal.code != "name_taken" else "name", refusal.message)
        return _builder(request, found, draft, form, strict=True, status=409)
    messages.success(request, _("The rule is saved. Its members are being counted."))
    return redirect("rule", passport=segment.passport)


def _saved(request: HttpRequest, found: RuleSegment | None, form: IdentityForm, conditions: Any) -> Segment:
    with transaction.atomic():
        if found is None:
            segment = verbs.define(person(request), form.identity(), conditions)
        else:
            based_on = request.POST.get("based_on", "")
            number = int(based_on) if based_on.isascii() and based_on.isdigit() and len(based_on) < 9 else 0
            segment = verbs.change(found.pk, person(request), form.identity(), conditions, number).segment
        transaction.on_commit(lambda: tasks.wake_rule(segment.pk))
    return segment


def _builder(
    request: HttpRequest,
    found: RuleSegment | None,
    draft: drafting.Draft,
    form: IdentityForm,
    *,
    strict: bool = False,
    validated: bool = True,
    status: int = 200,
) -> HttpResponse:
    reading = rule_builder.read(draft, found.segment.passport if found else "")
    context = rule_builder.context(reading, person(request), strict=strict) | {
        "form": form if validated else IdentityForm(initial=form.data.dict()),  # type: ignore[attr-defined]
        "found": found,
        "uses": uses.of_segment(found.segment) if found else [],
        "based_on": request.POST.get("based_on") or (found.version.number if found and found.version else ""),
    }
    template = "segments/_rule_builder.html" if wants_fragment(request) else "segments/rule_build.html"
    return render(request, template, context, status=status)


def _part_tabs(first: Segment, second: Segment, part: str, measured: overlap.Overlap) -> list[dict[str, Any]]:
    address = reverse("segment-overlap", args=[first.passport])
    counted = zip(overlap.PARTS, (measured.both, measured.only_first, measured.only_second), strict=True)
    labels = {
        "both": _("In both"),
        "first": _("Only in %(name)s") % {"name": first.display_name},
        "second": _("Only in %(name)s") % {"name": second.display_name},
    }
    return [
        {
            "label": labels[code],
            "href": f"{address}?other={second.passport}&part={code}",
            "active": code == part,
            "count": number,
        }
        for code, number in counted
    ]
