"""The product's charts: a title that says what it shows, and a Vega-Lite spec of data and meaning only.

The theme sets colours, fonts and number formats. A spec without values stands for "no data".
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from b2shift.templatetags.b2shift import brl_short, number, percent
from insights.kpis import Response, SegmentFigures
from segments import wording

MONEY = {"format": "brl_short", "formatType": "b2"}
COUNT = {"format": "number", "formatType": "b2"}
SHARE = {"format": "percent", "formatType": "b2"}
MONTH = {"format": "month", "formatType": "b2"}
DAY = {"format": "date", "formatType": "b2"}
LONGEST_LABEL = 160
MOST_BARS = 12

Spec = dict[str, Any]


@dataclass(frozen=True)
class Chart:
    """A figure of a page: ``id`` is unique on it, ``description`` says how to read it."""

    id: str
    title: str
    description: str
    spec: Spec
    height: str = "md"


@dataclass(frozen=True)
class _Axis:
    field: str
    title: str
    format: dict[str, str]


def mrr_by_segment(rows: list[SegmentFigures]) -> Chart:
    """Horizontal bars: monthly recurring revenue per segment."""
    known = [row for row in rows if row.mrr]
    total = sum(row.mrr or 0 for row in known)
    title = _("MRR by segment")
    if known:
        words = {"segment": str(known[0].name), "share": percent((known[0].mrr or 0) / total, 0)}
        title = _("“%(segment)s” brings in %(share)s of the MRR of all segments") % words
    values = [_segment_value(row, mrr=round(row.mrr or 0, 2)) for row in known]
    spec = _bars(values, ("segment", _("Segment")), _Axis("mrr", _("MRR"), MONEY))
    return Chart("mrr-by-segment", title, _("Monthly recurring revenue of the customers in each segment."), spec)


def risk_by_segment(rows: list[SegmentFigures]) -> Chart:
    """Horizontal bars: the MRR of customers above the risk line per segment, largest first."""
    known = sorted((row for row in rows if row.mrr_at_risk), key=lambda row: -(row.mrr_at_risk or 0))
    title = _("MRR at risk by segment")
    if known:
        total = sum(row.mrr_at_risk or 0 for row in known)
        words = {"money": brl_short(total), "segment": str(known[0].name)}
        title = _("%(money)s of MRR is at risk, most of it in “%(segment)s”") % words
    values = [
        _segment_value(row, money=round(row.mrr_at_risk or 0, 2), share=round(row.risk_share or 0, 4)) for row in known
    ]
    share = {"field": "share", "type": "quantitative", "title": _("Customers at risk"), **SHARE}
    spec = _bars(values, ("segment", _("Segment")), _Axis("money", _("MRR at risk"), MONEY), more=[share])
    description = _("MRR of the customers whose churn indicator is above one half.")
    return Chart("risk-by-segment", title, description, spec)


def mrr_by_industry(rows: list[dict[str, Any]]) -> Chart:
    """Horizontal bars: monthly recurring revenue per industry."""
    customers = reverse("customers")
    known = [row for row in rows if row["mrr"]]
    title = _("MRR by industry")
    if known:
        words = {"industry": wording.industry(known[0]["industry"]), "money": brl_short(known[0]["mrr"])}
        title = _("Largest industry: %(industry)s, with %(money)s of MRR") % words
    values = [
        {
            "industry": wording.industry(row["industry"]),
            "mrr": round(row["mrr"], 2),
            "customers": row["customers"],
            "url": f"{customers}?{urlencode({'industry': row['industry']})}",
        }
        for row in known[:MOST_BARS]
    ]
    count = {"field": "customers", "type": "quantitative", "title": _("Customers"), **COUNT}
    spec = _bars(values, ("industry", _("Industry")), _Axis("mrr", _("MRR"), MONEY), more=[count])
    return Chart("mrr-by-industry", title, _("Monthly recurring revenue by industry of the customer."), spec)


def response_funnel(response: Response) -> Chart:
    """Bars from sent to accepted."""
    steps = [
        (_("Sent"), response.sent),
        (_("Opened"), response.opened),
        (_("Clicked"), response.clicked),
        (_("Accepted"), response.accepted),
        (_("Declined"), response.rejected),
    ]
    values = [{"step": name, "messages": count} for name, count in steps] if response.sent else []
    spec = _bars(values, ("step", _("Step")), _Axis("messages", _("Messages"), COUNT))
    title = _("Response to campaigns")
    if response.sent:
        words = {"share": percent(response.accepted_share), "n": number(response.sent)}
        title = _("%(share)s of %(n)s messages sent led to an acceptance") % words
    description = _("Messages by what people did; what machines opened or clicked is left out.")
    return Chart("response", title, description, spec, "sm")


def nps_trend(rows: list[dict[str, Any]]) -> Chart:
    """A line with points: NPS per month."""
    values = [
        {"month": row["month"].isoformat(), "nps": round(row["nps"], 1), "answers": row["answers"]} for row in rows
    ]
    title = _("Relational NPS by month")
    if len(values) > 1:
        words = {"now": number(values[-1]["nps"], 0), "before": number(values[0]["nps"], 0)}
        title = _("Relational NPS: %(now)s in the newest month, %(before)s at the start") % words
    answers = {"field": "answers", "type": "quantitative", "title": _("Answers"), **COUNT}
    spec = _line(values, _Axis("month", _("Month"), MONTH), _Axis("nps", "NPS", COUNT), more=[answers])
    return Chart("nps-by-month", title, _("Share of scores 9–10 minus share of scores 0–6, in points."), spec)


def mrr_trend(values: list[dict[str, Any]], chart_id: str = "mrr-trend") -> Chart | None:
    """A line over kept days (``trends.history``); None below two days, where there is no trend to see."""
    if len(values) < 2:
        return None
    spec = _line(values, _Axis("day", _("Day"), DAY), _Axis("value", _("MRR"), MONEY))
    return Chart(chart_id, _("MRR over time"), _("Monthly recurring revenue as kept each day."), spec, "sm")


def _segment_value(row: SegmentFigures, **measures: float) -> dict[str, Any]:
    return {"segment": str(row.name), **measures, "url": reverse("segment", args=[row.passport])}


def _bars(
    values: list[dict[str, Any]],
    category: tuple[str, str],
    measure: _Axis,
    *,
    more: list[Spec] | None = None,
) -> Spec:
    """Bars in the order of ``values``, each with its figure beside it."""
    field, title = category
    y = {"field": field, "type": "nominal", "title": None, "sort": None, "axis": {"labelLimit": LONGEST_LABEL}}
    # The axis ends beyond the longest bar, so that its label has room.
    room = {"domainMax": 1.4 * max((row[measure.field] for row in values), default=1)}
    x = {
        "field": measure.field, "type": "quantitative", "title": measure.title, "scale": room,
        "axis": {**measure.format, "tickCount": 3},
    }  # fmt: skip
    tooltip = [
        {"field": field, "type": "nominal", "title": title},
        {"field": measure.field, "type": "quantitative", "title": measure.title, **measure.format},
        *(more or []),
    ]
    link = {"href": {"field": "url"}} if values and "url" in values[0] else {}
    label = {"text": {"field": measure.field, "type": "quantitative", **measure.format}}
    return {
        "data": {"values": values[:MOST_BARS]},
        "encoding": {"y": y, "x": x, "tooltip": tooltip, **link},
        "layer": [
            {"mark": {"type": "bar"}},
            {"mark": {"type": "text", "align": "left", "dx": 4}, "encoding": label},
        ],
    }


def _line(values: list[dict[str, Any]], time: _Axis, measure: _Axis, more: list[Spec] | None = None) -> Spec:
    moment = {"field": time.field, "type": "temporal", "title": time.title}
    amount = {"field": measure.field, "type": "quantitative", "title": measure.title}
    return {
        "data": {"values": values},
        "mark": {"type": "line", "point": True},
        "encoding": {
            "x": {**moment, "axis": {**time.format, "tickCount": 6}},
            "y": {**amount, "axis": {**measure.format, "tickCount": 5}, "scale": {"zero": False}},
            "tooltip": [{**moment, **time.format}, {**amount, **measure.format}, *(more or [])],
        },
    }
