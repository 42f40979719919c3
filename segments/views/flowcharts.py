"""Specs of what changes over runs: ribbons between two runs, lines over all of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.utils.translation import gettext as _

from b2shift.templatetags.b2shift import brl_short, number, percent
from segments.history import Flows
from segments.models import SegmentProfile
from segments.views.charts import B2_PERCENT, Spec

LEFT, RIGHT, WIDE = 0.14, 0.86, 0.02
"""Where the bars of both runs stand and how wide they are, in shares of the drawing: codes fit beside them on a phone."""
GAP = 0.25
"""Part of the height that is left empty between the bars of a side."""
STEPS = 16
TALL_BAR, SHORTEST = 22, 220


def ribbons(flows: Flows) -> Spec:
    """A bar per segment on both sides, its height its customers, and a ribbon per group of customers that moved."""
    whole = sum(flows.counts.values())
    if not whole:
        return {"data": {"values": []}, "mark": "area"}
    names = {pk: full_name(flows, pk) for pk in [*flows.before, *flows.after]}
    scale = {"domain": [0, 1], "nice": False}
    bands = {
        "data": {"values": list(_ribbons(flows, whole, names))},
        "mark": {"type": "area", "fillOpacity": 0.55, "line": False, "strokeWidth": 0, "orient": "vertical"},
        "encoding": {
            "x": {"field": "x", "type": "quantitative", "axis": None, "scale": scale},
            "y": {"field": "top", "type": "quantitative", "axis": None, "scale": {**scale, "reverse": True}, "stack": None},
            "y2": {"field": "bottom"},
            "detail": {"field": "flow"},
            "color": {
                "field": "segment", "type": "nominal", "title": _("Segment before"),
                "sort": [names[pk] for pk in flows.before],
                "legend": None,  # the bars carry their codes
            },
            "tooltip": [
                {"field": "segment", "title": _("Before")},
                {"field": "target", "title": _("After")},
                {"field": "customers", "title": _("Customers"), "type": "quantitative"},
                {"field": "share", "title": _("Share of the segment before"), "type": "quantitative", **B2_PERCENT},
            ],
        },
    }  # fmt: skip
    bars = list(_bars(flows, whole))
    place = {"field": "y", "type": "quantitative", "axis": None, "scale": {**scale, "reverse": True}}
    boxes = {
        "data": {"values": bars},
        "mark": {"type": "rect"},
        "encoding": {
            "x": {"field": "x", "type": "quantitative", "axis": None, "scale": scale}, "x2": {"field": "x2"},
            "y": place, "y2": {"field": "y2"},
            "tooltip": [
                {"field": "name", "title": _("Segment")},
                {"field": "customers", "title": _("Customers"), "type": "quantitative"},
            ],
        },
    }  # fmt: skip
    texts = [
        {
            "data": {"values": [bar for bar in bars if bar["side"] == side]},
            "mark": {"type": "text", "align": align, "baseline": "middle", "dx": shift},
            "encoding": {
                "x": {"field": edge, "type": "quantitative", "axis": None, "scale": scale},
                "y": {**place, "field": "middle"},
                "text": {"field": "code"},
            },
        }
        for side, align, edge, shift in (("before", "right", "x", -5), ("after", "left", "x2", 5))
    ]
    tall = TALL_BAR * max(len(flows.before), len(flows.after)) + SHORTEST
    return {"data": {"values": [{}]}, "height": tall, "layer": [bands, boxes, *texts]}


def _starts(sizes: Sequence[int], whole: int) -> list[float]:
    """Where each bar of a side begins; gaps are equal and the last bar ends at 1 (a lone one stands in the middle)."""
    gap = GAP / max(len(sizes) - 1, 1)
    found, at = [], 0.0 if len(sizes) > 1 else GAP / 2
    for size in sizes:
        found.append(at)
        at += (1 - GAP) * size / whole + gap
    return found


def _sizes(flows: Flows, side: int) -> list[int]:
    order = flows.after if side else flows.before
    return [sum(n for pair, n in flows.counts.items() if pair[side] == pk) for pk in order]


def _ribbons(flows: Flows, whole: int, names: dict[int | None, str]) -> Iterator[dict[str, Any]]:
    left = dict(zip(flows.before, _starts(_sizes(flows, 0), whole), strict=True))
    right = dict(zip(flows.after, _starts(_sizes(flows, 1), whole), strict=True))
    sizes = dict(zip(flows.before, _sizes(flows, 0), strict=True))
    for one in flows.before:
        for two in flows.after:
            n = flows.counts.get((one, two), 0)
            if not n:
                continue
            high = (1 - GAP) * n / whole
            for step in range(STEPS + 1):
                t = step / STEPS
                bend = t * t * (3 - 2 * t)
                top = left[one] + (right[two] - left[one]) * bend
                yield {
                    "x": round(LEFT + WIDE + (RIGHT - LEFT - 2 * WIDE) * t, 4), "top": round(top, 5),
                    "bottom": round(top + high, 5), "flow": f"{one}-{two}", "segment": names[one],
                    "target": names[two], "customers": n, "share": n / sizes[one],
                }  # fmt: skip
            left[one] += high
            right[two] += high


def _bars(flows: Flows, whole: int) -> Iterator[dict[str, Any]]:
    for side, order, at in (("before", flows.before, LEFT), ("after", flows.after, RIGHT - WIDE)):
        sizes = _sizes(flows, int(side == "after"))
        for pk, size, start in zip(order, sizes, _starts(sizes, whole), strict=True):
            high = (1 - GAP) * size / whole
            yield {
                "side": side, "x": at, "x2": at + WIDE, "y": start, "y2": start + high, "middle": start + high / 2,
                "code": code(flows, pk), "name": full_name(flows, pk), "customers": size,
            }  # fmt: skip


def code(flows: Flows, pk: int | None) -> str:
    """The passport, or a word for customers without a segment: short enough to stand beside a bar."""
    return flows.segments[pk].passport if pk is not None else _("none")


def full_name(flows: Flows, pk: int | None) -> str:
    """Passport and name of a segment, or the words for none."""
    return f"{flows.segments[pk].passport} · {flows.segments[pk]}" if pk is not None else _("Without a segment")


def trends(profiles: Sequence[SegmentProfile]) -> list[dict[str, Any]]:
    """One small chart per figure over the runs: ``{id, title, spec, rows}``; a run without the figure leaves a gap."""
    measures = (
        ("size", _("Customers"), {"format": "number", "formatType": "b2"}, lambda p: p.size, lambda v: number(v)),
        ("mrr", _("Monthly revenue"), {"format": "brl_short", "formatType": "b2"},
         lambda p: p.figures.get("mrr_total"), brl_short),
        ("nps", _("NPS"), {"format": "number", "formatType": "b2"},
         lambda p: p.figures.get("nps_score"), lambda v: number(v, 0)),
        ("stability", _("Stability"), B2_PERCENT, lambda p: p.stability, lambda v: percent(v, 0)),
    )  # fmt: skip
    return [
        {
            "id": f"trend-{name}",
            "title": title,
            "spec": _line([(p, read(p)) for p in profiles], title, form),
            "rows": [{_("Run"): str(p.run_id), title: told(read(p))} for p in profiles],
        }
        for name, title, form, read, told in measures
    ]


def _line(points: Sequence[tuple[SegmentProfile, Any]], title: str, form: dict[str, str]) -> Spec:
    values = [{"run": str(p.run_id), "value": value} for p, value in points if value is not None]
    return {
        "data": {"values": values},
        "mark": {"type": "line", "point": {"size": 60}},
        "encoding": {
            "x": {"field": "run", "type": "ordinal", "title": _("Run"), "sort": None, "axis": {"labelAngle": 0}},
            "y": {"field": "value", "type": "quantitative", "title": None, "axis": form, "scale": {"zero": True}},
            "tooltip": [
                {"field": "run", "title": _("Run")},
                {"field": "value", "type": "quantitative", "title": title, **form},
            ],
        },
    }
