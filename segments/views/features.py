"""What segmentation measures: every feature with its meaning, unit, source, coverage and movement, and the drift in words."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from django_tables2 import RequestConfig

from accounts.permissions import allow
from b2shift.lib.htmx import wants_fragment
from segments import describing, driftwords, features, queries, wording
from segments.models import Run
from segments.views import charts
from segments.views.feature_tables import FeaturesTable
from segments.views.segments import section_tabs


@allow()
@require_safe
def feature_list(request: HttpRequest) -> HttpResponse:
    """All declared features as one sortable table, with what the newest finished run knew of them."""
    run = queries.latest_measured()
    table = FeaturesTable(rows(run))
    RequestConfig(request, paginate=False).configure(table)
    if wants_fragment(request):
        return render(request, "_table.html", {"table": table})
    moved = run.drift.get("features", []) if run else []
    context = {
        "table": table,
        "run": run,
        "count": len(features.FEATURES),
        "compared": sum(feature.compared for feature in features.FEATURES),
        "against": run.drift.get("against") if run else None,
        "drift": driftwords.sentences(moved),
        "spec": charts.drift(moved),
        "drift_rows": charts.drift_rows(moved),
        "tabs": section_tabs("features"),
    }
    return render(request, "segments/features.html", context)


def rows(run: Run | None) -> list[dict[str, Any]]:
    """One row per feature, in the order of declaration."""
    spread = run.distributions if run else {}
    index = {each["name"]: each["psi"] for each in run.drift.get("features", [])} if run else {}
    return [
        {
            "name": feature.name,
            "meaning": str(feature.meaning),
            "side": str(describing.SIDES[feature.group]),
            "unit": str(describing.UNITS[feature.unit]),
            "source": str(describing.SOURCES[feature.source]),
            "transform": str(describing.TRANSFORMS[feature.transform]),
            "coverage": spread.get(feature.name, {}).get("known"),
            "typical": wording.amount(spread.get(feature.name, {}).get("median"), feature.unit),
            "psi": index.get(feature.name),
            "compared": feature.compared,
        }
        for feature in features.FEATURES
    ]
