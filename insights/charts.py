"""Vega-Lite specs of the product's charts: data and meaning only; the theme sets colours, fonts and number formats."""

from typing import Any

from django.utils.translation import gettext as _

from insights.kpis import Response, SegmentFigures

MONEY = {"format": "brl_short", "formatType": "b2"}
COUNT = {"format": "number", "formatType": "b2"}
MONTH = {"format": "month", "formatType": "b2"}

Spec = dict[str, Any]


def mrr_by_segment(rows: list[SegmentFigures]) -> Spec:
    """Horizontal bars: monthly recurring revenue per segment."""
    values = [{"segment": str(row.name), "mrr": round(row.mrr, 2)} for row in rows if row.mrr]
    return _bars(values, "segment", _("Segment"), "mrr", _("MRR"), MONEY)


def risk_by_segment(rows: list[SegmentFigures]) -> Spec:
    """Horizontal bars: share of customers above the risk line per segment."""
    values = [
        {"segment": str(row.name), "share": round(row.risk_share, 4)} for row in rows if row.risk_share is not None
    ]
    return _bars(
        values, "segment", _("Segment"), "share", _("Customers at risk"), {"format": "percent", "formatType": "b2"}
    )


def mrr_by_industry(rows: list[dict[str, Any]]) -> Spec:
    """Horizontal bars: monthly recurring revenue per industry."""
    values = [{"industry": row["industry"].capitalize(), "mrr": round(row["mrr"], 2)} for row in rows if row["mrr"]]
    return _bars(values, "industry", _("Industry"), "mrr", _("MRR"), MONEY)


def response_funnel(response: Response) -> Spec:
    """Bars from sent to accepted."""
    steps = [
        (_("Sent"), response.sent),
        (_("Opened"), response.opened),
        (_("Clicked"), response.clicked),
        (_("Accepted"), response.accepted),
        (_("Declined"), response.rejected),
    ]
    values = [{"step": name, "messages": count} for name, count in steps] if response.sent else []
    spec = _bars(values, "step", _("Step"), "messages", _("Messages"), COUNT)
    return {**spec, "encoding": {**spec["encoding"], "y": {**spec["encoding"]["y"], "sort": None}}} if values else spec


def nps_trend(rows: list[dict[str, Any]]) -> Spec:
    """A line with points: NPS per month."""
    values = [
        {"month": row["month"].isoformat(), "nps": round(row["nps"], 1), "answers": row["answers"]} for row in rows
    ]
    return {
        "data": {"values": values},
        "mark": {"type": "line", "point": True},
        "encoding": {
            "x": {"field": "month", "type": "temporal", "title": _("Month"), "axis": MONTH},
            "y": {"field": "nps", "type": "quantitative", "title": "NPS", "axis": COUNT},
            "tooltip": [
                {"field": "month", "type": "temporal", "title": _("Month"), **MONTH},
                {"field": "nps", "type": "quantitative", "title": "NPS", **COUNT},
                {"field": "answers", "type": "quantitative", "title": _("Answers"), **COUNT},
            ],
        },
    }


def trend(values: list[dict[str, Any]], title: str, axis: dict[str, str]) -> Spec:
    """A line over days: ``values`` are ``{"day": ISO date, "value": number}``."""
    return {
        "data": {"values": values},
        "mark": {"type": "line", "point": True},
        "encoding": {
            "x": {
                "field": "day",
                "type": "temporal",
                "title": _("Day"),
                "axis": {"format": "date", "formatType": "b2"},
            },
            "y": {"field": "value", "type": "quantitative", "title": title, "axis": axis},
            "tooltip": [
                {"field": "day", "type": "temporal", "title": _("Day"), "format": "date", "formatType": "b2"},
                {"field": "value", "type": "quantitative", "title": title, **axis},
            ],
        },
    }


def _bars(
    values: list[dict[str, Any]], label: str, label_title: str, measure: str, title: str, axis: dict[str, str]
) -> Spec:
    y = {"field": label, "type": "nominal", "title": None, "sort": "-x", "axis": {"labelLimit": 220}}
    x = {"field": measure, "type": "quantitative", "title": title, "axis": {**axis, "tickCount": 4}}
    tooltip = [
        {"field": label, "type": "nominal", "title": label_title},
        {"field": measure, "type": "quantitative", "title": title, **axis},
    ]
    return {
        "data": {"values": values},
        "encoding": {"y": y, "x": x, "tooltip": tooltip},
        "layer": [
            {"mark": {"type": "bar"}},
            {
                "mark": {"type": "text", "align": "left", "dx": 4},
                "encoding": {"text": {"field": measure, "type": "quantitative", **axis}},
            },
        ],
    }
