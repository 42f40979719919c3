"""Segments: the list, the map, one segment with its members, its name, and the panel on the account page."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django_tables2 import RequestConfig

from accounts.models import Customer, User
from accounts.permissions import allow, person
from b2shift.lib.htmx import wants_fragment
from segments import history, queries, rulewords, runs, wording
from segments.forms import MemberFilter
from segments.models import Segment, SegmentEvent, SegmentProfile
from segments.views import charts, export, flowcharts
from segments.views.chances import chances
from segments.views.tables import MembersTable

ROWS = 25
EVENT_LOOKS = {
    SegmentEvent.Kind.BIRTH: ("sparkles", "good"),
    SegmentEvent.Kind.CONTINUED: ("circle-check", "neutral"),
    SegmentEvent.Kind.SPLIT: ("git-branch", "info"),
    SegmentEvent.Kind.MERGE: ("arrow-narrow-right", "info"),
    SegmentEvent.Kind.DEATH: ("circle-x", "bad"),
    SegmentEvent.Kind.RENAMED: ("pencil", "brand"),
    SegmentEvent.Kind.CHANGED: ("adjustments-horizontal", "brand"),
}


def section_tabs(active: str) -> list[dict[str, Any]]:
    """The pages of the section."""
    pages = [
        ("segments", _("Segments"), "chart-bubble"),
        ("rules", _("Rules"), "adjustments-horizontal"),
        ("segment-map", _("Map"), "chart-scatter"),
        ("runs", _("Runs"), "history"),
        ("flows", _("Flows"), "route"),
        ("compare", _("Compare"), "columns"),
        ("features", _("Features"), "ruler"),
        ("scores", _("Scores"), "target-arrow"),
    ]
    return [
        {"label": label, "href": reverse(name), "active": name == active, "icon": icon} for name, label, icon in pages
    ]


@allow()
def segments(request: HttpRequest) -> HttpResponse:
    """All segments of the published run with their figures."""
    run = queries.published_run()
    profiles = list(queries.current_profiles(run)) if run else []
    context = {
        "run": run,
        "profiles": profiles,
        "tabs": section_tabs("segments"),
        "may_start": person(request).role in runs.STARTERS,
        "segmented": sum(profile.size for profile in profiles),
        "ready": sum(profile.activatable for profile in profiles),
        "active": queries.active_run(),
        "sizes": charts.sizes(profiles),
    }
    return render(request, "segments/segments.html", context)


@allow()
def segment_map(request: HttpRequest) -> HttpResponse:
    """Up to 3,000 customers in the plane; a sales rep sees their own."""
    run = queries.published_run()
    profiles = list(queries.current_profiles(run)) if run else []
    points = queries.map_points(run, person(request)) if run else []
    spec = charts.segment_map(points, profiles)
    context = {
        "run": run,
        "spec": spec,
        "rows": charts.map_rows(spec),
        "shown": len(points),
        "tabs": section_tabs("segment-map"),
    }
    return render(request, "segments/map.html", context)


@allow()
def segment(request: HttpRequest, passport: str) -> HttpResponseBase:
    """One segment; sorting, paging and filtering by htmx answer the table alone, ``?export=csv`` the file."""
    found = get_object_or_404(Segment, passport=passport)
    profile = latest_profile(found)
    if profile is None and found.kind == Segment.Kind.RULE:
        return redirect("rule", passport=passport)  # its members are being counted
    if profile is None:
        return render(request, "segments/segment_history.html", {"segment": found, "events": timeline(found)})
    members = queries.members(profile.run, found, person(request))
    filtered = MemberFilter(request.GET, queryset=members)
    if request.GET.get("export") == "csv":
        return export.members_csv(found, filtered.qs)
    table = MembersTable(filtered.qs)
    RequestConfig(request, paginate={"per_page": ROWS}).configure(table)
    if wants_fragment(request):
        return render(request, "_table.html", {"table": table})
    return render(
        request,
        "segments/segment.html",
        segment_context(person(request), profile) | {"table": table, "filter": filtered},
    )


def latest_profile(found: Segment) -> SegmentProfile | None:
    """The profile in the published run, or for a retired segment the last one it had."""
    return found.profiles.select_related("run", "segment").order_by("-run_id").first()


def segment_context(user: User, profile: SegmentProfile) -> dict[str, Any]:
    """Everything of the segment page but the table."""
    spec = charts.differences(profile)
    trend = history.trend(profile.segment)
    return {
        "profile": profile,
        "segment": profile.segment,
        "figures": profile.figures,
        "differences": spec,
        "difference_rows": charts.difference_rows(spec),
        "paragraph": wording.paragraph(profile.figures, profile.share, profile.differentiators),
        "lifts": [
            entry | {"name": wording.own_label(entry)}
            for entry in profile.differentiators
            if entry.get("kind") == "lift"
        ],
        "compare_a": f"{profile.segment.passport}@{trend[-2].run_id if len(trend) > 1 else profile.run_id}",
        "compare_b": f"{profile.segment.passport}@{profile.run_id}",
        "over_runs": flowcharts.trends(trend) if len(trend) > 1 else [],
        "rules": rulewords.sentences(profile.rules),
        "blocked": wording.BLOCKED.get(profile.blocked_reason, profile.blocked_reason),
        "events": timeline(profile.segment),
        "typical": queries.typical(profile, user),
        "borderline": queries.borderline(profile, user),
        "may_rename": user.role in runs.STARTERS,
        "figures_url": other_page("segment-figures", profile.segment.passport),
        "campaigns_url": other_page("campaigns"),
    }


def other_page(name: str, *args: str) -> str:
    """The address of another app's page; empty where that app does not serve it."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


def timeline(found: Segment) -> list[dict[str, Any]]:
    """The passport as items of ``_timeline.html``, the newest first."""
    items = []
    for event in queries.history(found):
        icon, tone = EVENT_LOOKS[SegmentEvent.Kind(event.kind)]
        href = reverse("run", args=[event.run_id]) if event.run_id else ""
        text = wording.event_text(event.kind, event.detail, event.run_id, str(event.actor or ""))
        items.append(
            {
                "at": event.at,
                "title": wording.event_title(event.kind),
                "text": text,
                "icon": icon,
                "tone": tone,
                "href": href,
            }
        )
    return items


@allow()
def customer_segment_panel(request: HttpRequest, code: str) -> HttpResponse:
    """Where a customer belongs, what distinguishes its segment, and the risk indicator with its reasons."""
    customer = get_object_or_404(Customer.objects.visible_to(person(request)), code=code)
    membership = queries.membership_of(customer)
    profile = membership and SegmentProfile.objects.filter(run=membership.run, segment=membership.segment).first()
    score = queries.risk_of(customer)
    context = {
        "customer": customer,
        "membership": membership,
        "profile": profile,
        "score": score,
        "rules": queries.rules_of(customer),
        "drivers": [wording.driver(entry) for entry in score.drivers] if score else [],
        "chances": chances(customer),
        "differences": [
            wording.difference(entry) for entry in profile.differentiators[:4] if entry.get("kind") == "effect"
        ]
        if profile
        else [],
    }
    return render(request, "segments/_panel.html" if wants_fragment(request) else "segments/panel.html", context)
