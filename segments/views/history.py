"""Pages that set runs and segments beside each other: who moved between two runs, two segments side by side."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.permissions import allow
from segments import driftwords, history, rulewords, wording
from segments.forms import CompareForm, FlowsForm
from segments.history import Flows
from segments.models import SegmentProfile
from segments.views import charts, flowcharts
from segments.views.segments import section_tabs

# figure → label, unit as in wording.amount
FIGURES: tuple[tuple[str, Any, str], ...] = (
    ("customers", lambda: _("Customers"), "count"),
    ("mrr_total", lambda: _("Monthly revenue"), "BRL"),
    ("mrr_median", lambda: _("Typical revenue"), "BRL"),
    ("contract_value_median", lambda: _("Typical contract value"), "BRL"),
    ("products_median", lambda: _("Typical number of products"), "count"),
    ("tenure_years_median", lambda: _("Typical time as a customer"), "years"),
    ("cancelled_share", lambda: _("Cancelled contract lines"), "share"),
    ("nps_score", lambda: _("NPS"), "rank"),
    ("tickets_per_customer_12m", lambda: _("Tickets per customer"), "count"),
    ("usage_share", lambda: _("With telemetry"), "share"),
    ("usage_events_median", lambda: _("Typical number of events"), "count"),
    ("purchases_value_12m_total", lambda: _("Bought in 12 months"), "BRL"),
    ("discount_mean", lambda: _("Mean discount"), "percent"),
    ("risk_share", lambda: _("At high risk"), "share"),
    ("contact_share", lambda: _("Reachable"), "share"),
)


@allow()
@require_safe
def flows(request: HttpRequest) -> HttpResponse:
    """Who moved between two runs: ribbons, the matrix, and what moved in the data meanwhile."""
    form = FlowsForm(request.GET or None)
    chosen = form.chosen()
    found = history.flows(*chosen) if chosen else None
    context: dict[str, Any] = {"form": form, "flows": found, "tabs": section_tabs("flows")}
    if found:
        moved = found.second.drift.get("features", []) if found.second.drift.get("against") == found.first.pk else []
        context |= {
            "spec": flowcharts.ribbons(found),
            "matrix": matrix(found),
            "flow_rows": flow_rows(found),
            "columns": [flowcharts.code(found, pk) for pk in found.after],
            "against": found.second.drift.get("against") if moved else None,
            "drift": driftwords.sentences(moved),
            "drift_spec": charts.drift(moved),
            "drift_rows": charts.drift_rows(moved),
        }
    return render(request, "segments/flows.html", context)


def matrix(found: Flows) -> list[dict[str, Any]]:
    """One row per segment before: the share of its customers in each segment after; the shares shown add up to 100%."""
    rows = []
    for one in found.before:
        counts = [found.counts.get((one, two), 0) for two in found.after]
        cells = [
            {"percent": share, "count": n, "same": one == two}
            for two, n, share in zip(found.after, counts, history.tenths(counts), strict=True)
        ]
        segment = found.segments[one] if one is not None else None
        rows.append({"segment": segment, "cells": cells, "customers": sum(counts)})
    return rows


def flow_rows(found: Flows) -> list[dict[str, Any]]:
    """The ribbons as a table, the largest first."""
    return [
        {
            _("Before"): flowcharts.full_name(found, one),
            _("After"): flowcharts.full_name(found, two),
            _("Customers"): n,
        }
        for (one, two), n in sorted(found.counts.items(), key=lambda pair: -pair[1])
    ]


@allow()
@require_safe
def compare(request: HttpRequest) -> HttpResponse:
    """Two segments, or one segment in two runs, side by side."""
    form = CompareForm(request.GET or None)
    pair = form.chosen()
    context: dict[str, Any] = {"form": form, "pair": pair, "tabs": section_tabs("compare")}
    if pair:
        context |= {
            "sides": [side(profile) for profile in pair],
            "figures": figures(*pair),
            "overlap": history.overlap(*pair),
        }
    return render(request, "segments/compare.html", context)


def side(profile: SegmentProfile) -> dict[str, Any]:
    """One of the two: what it is and what sets it apart, in words."""
    return {
        "profile": profile,
        "differences": [
            wording.difference(entry) for entry in profile.differentiators if entry.get("kind") == "effect"
        ],
        "rules": rulewords.sentences(profile.rules),
    }


def figures(one: SegmentProfile, two: SegmentProfile) -> list[dict[str, str]]:
    """Every figure of both and how much more or less the second has."""
    return [
        {
            "label": label(),
            "first": wording.amount(one.figures.get(key), unit),
            "second": wording.amount(two.figures.get(key), unit),
            "change": wording.change(one.figures.get(key), two.figures.get(key), unit),
        }
        for key, label, unit in FIGURES
    ]
