"""Vega-Lite specs of the segment pages, as dicts without colours or sizes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from b2shift.templatetags.b2shift import number, percent
from segments import driftwords, wording
from segments.features import BY_NAME
from segments.models import SegmentProfile

Spec = dict[str, Any]
B2_PERCENT = {"format": "percent", "formatType": "b2"}
LONGEST_LABEL = 200
LONGEST_LEGEND = 420
LINE_LENGTH = 28
MOST_DRIFT, LEAST_DRIFT = 10, 0.01
SHAPES = ["circle", "square", "triangle-up", "cross", "diamond", "triangle-right", "triangle-down"]
"""Seven shapes and eight colours: no two of 56 segments look alike."""
TWO_LINES = {"labelLimit": LONGEST_LABEL, "labelExpr": "split(datum.label, '\\n')"}
"""An axis whose labels break where ``folded`` broke them, so that a phone has room for the bars."""


def folded(text: str) -> str:
    """The text in lines of about 28 characters."""
    return "\n".join(wrap(text, LINE_LENGTH))


def segment_map(points: Sequence[Mapping[str, Any]], profiles: Sequence[SegmentProfile]) -> Spec:
    """One mark per customer, coloured and shaped by segment, linked to the customer's page."""
    names = {profile.segment.passport: str(profile.segment) for profile in profiles}
    nobody = _("Without a segment")
    order = [
        str(profile.segment) for profile in sorted(profiles, key=lambda p: (p.segment.colour, p.segment.passport))
    ] + [nobody]
    values = [
        {
            "x": point["x"],
            "y": point["y"],
            "segment": names.get(point["passport"], nobody),
            "confidence": point["confidence"],
            "customer": point["name"] or point["code"],
            "url": _customer_url(point["code"]),
        }
        for point in points
    ]
    axis = {"labels": False, "ticks": False, "grid": False}
    segment = {"field": "segment", "type": "nominal", "title": _("Segment"), "sort": order}
    return {
        "data": {"values": values},
        "mark": {"type": "point", "opacity": 0.75, "size": 32},
        "encoding": {
            "x": {"field": "x", "type": "quantitative", "title": _("First main direction"), "axis": axis},
            "y": {"field": "y", "type": "quantitative", "title": _("Second main direction"), "axis": axis},
            "color": {**segment, "legend": {"orient": "bottom", "columns": 2, "labelLimit": LONGEST_LEGEND}},
            "shape": {
                **segment,
                "scale": {"range": SHAPES},
                "legend": {"orient": "bottom", "columns": 2, "labelLimit": LONGEST_LEGEND},
            },
            "href": {"field": "url"},
            "tooltip": [
                {"field": "customer", "title": _("Customer")},
                {"field": "segment", "title": _("Segment")},
                {"field": "confidence", "type": "quantitative", "title": _("Confidence"), **B2_PERCENT},
            ],
        },
    }


def _customer_url(code: str) -> str:
    try:
        return reverse("customer", args=[code])
    except NoReverseMatch:
        return ""


def sizes(profiles: Sequence[SegmentProfile]) -> Spec:
    """Customers per segment, told apart by whether they may be acted on."""
    values = [
        {
            "segment": folded(str(profile.segment)),
            "size": profile.size,
            "state": _("Ready to act on") if profile.activatable else _("Only to look at"),
        }
        for profile in profiles
    ]
    return {
        "data": {"values": values},
        "mark": "bar",
        "encoding": {
            "y": {
                "field": "segment",
                "type": "nominal",
                "title": None,
                "sort": None,
                "axis": TWO_LINES,
            },
            "x": {
                "field": "size",
                "type": "quantitative",
                "title": _("Customers"),
                "axis": {"format": "number", "formatType": "b2"},
            },
            "color": {"field": "state", "type": "nominal", "title": None, "legend": {"orient": "bottom"}},
            "tooltip": [
                {"field": "segment", "title": _("Segment")},
                {"field": "size", "type": "quantitative", "title": _("Customers")},
            ],
        },
    }


def differences(profile: SegmentProfile) -> Spec:
    """Diverging bars: right of zero the segment has more than everybody else, left of it less; a line is the 90% interval."""
    values = [_difference(entry) for entry in profile.differentiators if entry.get("kind", "effect") == "effect"]
    measure = {"field": "label", "type": "nominal", "title": None, "sort": None, "axis": TWO_LINES}
    title = _("Difference in standard deviations")
    bars = {
        "mark": "bar",
        "encoding": {
            "y": measure,
            "x": {"field": "effect", "type": "quantitative", "title": title},
            "color": {
                "field": "side",
                "type": "nominal",
                "title": None,
                "sort": [_("More than others"), _("Less than others")],
                "legend": {"orient": "bottom"},
            },
            "tooltip": [
                {"field": "label", "title": _("Measure")},
                {"field": "here", "title": _("This segment")},
                {"field": "rest", "title": _("Other customers")},
                {"field": "interval", "title": _("90% interval of the difference")},
            ],
        },
    }
    lines = {
        "mark": {"type": "rule", "strokeWidth": 2},
        "encoding": {
            "y": measure,
            "x": {"field": "low", "type": "quantitative", "title": title},
            "x2": {"field": "high"},
        },
    }
    return {"data": {"values": values}, "layer": [bars, lines]}


def _difference(entry: Mapping[str, Any]) -> dict[str, Any]:
    low, high = entry.get("low", entry["effect"]), entry.get("high", entry["effect"])
    return {
        "label": folded(wording.own_label(entry)),
        "effect": entry["effect"],
        "low": low,
        "high": high,
        "interval": f"{number(low, 2)} … {number(high, 2)}",
        "here": wording.amount(entry["segment_value"], entry["unit"]),
        "rest": wording.amount(entry["rest_value"], entry["unit"]),
        "side": _("More than others") if entry["effect"] > 0 else _("Less than others"),
    }


def difference_rows(spec: Spec) -> list[dict[str, Any]]:
    """The bars as a table that says the figures in words."""
    return [
        {
            _("Measure"): row["label"].replace("\n", " "),
            _("This segment"): row["here"],
            _("Other customers"): row["rest"],
            _("Difference in standard deviations"): number(row["effect"], 2),
            _("90% interval of the difference"): row["interval"],
        }
        for row in spec["data"]["values"]
    ]


def map_rows(spec: Spec) -> list[dict[str, Any]]:
    """The map as a table: how many customers of each segment are drawn and where their middle is."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for point in spec["data"]["values"]:
        groups.setdefault(point["segment"], []).append(point)
    return [
        {
            _("Segment"): name,
            _("Customers drawn"): len(points),
            _("Middle, first direction"): round(sum(p["x"] for p in points) / len(points), 2),
            _("Middle, second direction"): round(sum(p["y"] for p in points) / len(points), 2),
        }
        for name, points in sorted(groups.items())
    ]


def drift(moved: Sequence[Mapping[str, Any]]) -> Spec:
    """Bars of the index per feature, the furthest first, against the lines from which a movement counts."""
    values = [
        {
            "feature": folded(str(BY_NAME[row["name"]].meaning)),
            "psi": row["psi"],
            "state": driftwords.level_words(row["psi"]),
        }
        for row in moved[:MOST_DRIFT]
        if row["name"] in BY_NAME and row["psi"] >= LEAST_DRIFT
    ]
    order = [driftwords.level_words(value) for value in (0.0, driftwords.NOTABLE, driftwords.LARGE)]
    state = {"field": "state", "type": "nominal", "title": None, "sort": order, "legend": {"orient": "bottom"}}
    bars = {
        "mark": "bar",
        "encoding": {
            "y": {"field": "feature", "type": "nominal", "title": None, "sort": None, "axis": TWO_LINES},
            "x": {"field": "psi", "type": "quantitative", "title": _("Drift (PSI)")},
            "color": state,
            "tooltip": [
                {"field": "feature", "title": _("Feature")},
                {"field": "psi", "type": "quantitative", "title": _("Drift (PSI)"), "format": ".2f"},
                {"field": "state", "title": _("State")},
            ],
        },
    }
    limits = [{"limit": driftwords.NOTABLE}, {"limit": driftwords.LARGE}]
    rules = {
        "data": {"values": limits},
        "mark": {"type": "rule", "strokeDash": [4, 4]},
        "encoding": {"x": {"field": "limit", "type": "quantitative"}},
    }
    if not values:
        return {"data": {"values": []}, "mark": "bar"}
    return {"data": {"values": values}, "height": 40 * len(values) + 60, "layer": [bars, rules]}


def drift_rows(moved: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Every feature's movement as a table."""
    return [
        {
            _("Feature"): str(BY_NAME[row["name"]].meaning),
            _("Drift (PSI)"): number(row["psi"], 2),
            _("Median then"): wording.amount(row["before"], BY_NAME[row["name"]].unit),
            _("Median now"): wording.amount(row["after"], BY_NAME[row["name"]].unit),
            _("Known then"): percent(row["known_before"], 0),
            _("Known now"): percent(row["known_after"], 0),
        }
        for row in moved
        if row["name"] in BY_NAME
    ]
