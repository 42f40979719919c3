"""Vega-Lite specs of the model cards: calibration and gains."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from b2shift.templatetags.b2shift import number, percent
from segments.views.charts import Spec

SHARE = {"format": "percent", "formatType": "b2"}
DIAGONAL = [{"predicted": 0.0, "observed": 0.0}, {"predicted": 1.0, "observed": 1.0}]


def calibration(bins: Sequence[Mapping[str, Any]]) -> Spec:
    """Predicted against observed shares with their 95% intervals; on the dashed line they agree."""
    end = max([each["high"] for each in bins] + [each["predicted"] for each in bins], default=1.0)
    end = min(1.0, end * 1.05)
    values = [
        {name: round(each[name], 4) for name in ("predicted", "observed", "low", "high", "count")} for each in bins
    ]
    axis = {**SHARE, "tickCount": 5}
    scale = {"domain": [0, end]}
    x = {"field": "predicted", "type": "quantitative", "title": _("Predicted chance"), "axis": axis, "scale": scale}
    y = {"field": "observed", "type": "quantitative", "title": _("What happened"), "axis": axis, "scale": scale}
    tooltip = [
        {"field": "predicted", "type": "quantitative", "title": _("Predicted chance"), **SHARE},
        {"field": "observed", "type": "quantitative", "title": _("What happened"), **SHARE},
        {"field": "count", "type": "quantitative", "title": _("Customers"), "format": "number", "formatType": "b2"},
    ]
    return {
        "data": {"values": values},
        "layer": [
            {
                "data": {"values": [{**point, "observed": end, "predicted": end} if point["predicted"] else point for point in DIAGONAL]},
                "mark": {"type": "line", "strokeDash": [4, 4], "opacity": 0.6},
                "encoding": {"x": x, "y": y},
            },
            {
                "mark": {"type": "rule"},
                "encoding": {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}},
            },
            {"mark": {"type": "point", "filled": True, "size": 60}, "encoding": {"x": x, "y": y, "tooltip": tooltip}},
        ],
    }  # fmt: skip


def calibration_rows(bins: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The same as a table with counts."""
    return [
        {
            _("Predicted chance"): percent(each["predicted"]),
            _("What happened"): percent(each["observed"]),
            _("95% interval"): f"{percent(each['low'])} – {percent(each['high'])}",
            _("Customers"): number(each["count"], 0),
            _("Events"): number(each["events"], 0),
        }
        for each in bins
    ]


def gains(told: Mapping[str, Any], *, by_points: bool) -> Spec:
    """Which share of the events one finds by asking the customers with the highest scores first."""
    rule = _("Points table") if by_points else _("Most recent contract first")
    lines = [(_("Model"), told.get("model", [])), (rule, told.get("rule", [])), (_("Any order"), [[1.0, 1.0]])]
    values = [
        {"asked": round(asked, 4), "found": round(found, 4), "by": name}
        for name, points in lines
        for asked, found in [[0.0, 0.0], *points]
    ]
    order = [name for name, _points in lines]
    legend = {"orient": "bottom", "columns": 1}
    by = {"field": "by", "type": "nominal", "title": _("Asked in the order of"), "sort": order, "legend": legend}
    return {
        "data": {"values": values},
        "mark": {"type": "line", "point": True},
        "encoding": {
            "x": {"field": "asked", "type": "quantitative", "title": _("Customers asked"), "axis": {**SHARE, "tickCount": 5}},
            "y": {"field": "found", "type": "quantitative", "title": _("Events found"), "axis": {**SHARE, "tickCount": 5}},
            "color": by,
            "strokeDash": by,
            "shape": by,
            "tooltip": [
                {"field": "by", "title": _("Asked in the order of")},
                {"field": "asked", "type": "quantitative", "title": _("Customers asked"), **SHARE},
                {"field": "found", "type": "quantitative", "title": _("Events found"), **SHARE},
            ],
        },
    }  # fmt: skip
