"""Charts and figures of the catalogue: Vega-Lite specs without colours and sizes, which come from the theme."""

from typing import Any

from django.utils.translation import gettext as _

from accounts.catalog.queries import ShownColumn
from accounts.models import DatasetProfile
from accounts.views.catalog_tables import figure
from b2shift.templatetags.b2shift import moment, number

_COUNT = {"format": "number", "formatType": "b2"}


def distribution(column: ShownColumn) -> dict[str, Any] | None:
    """Bars of the values: steps of a number, months or years of a date, the commonest of a text; None without any."""
    shape = column.now.shape if column.now else {}
    if bins := shape.get("bins"):
        return _bins(bins)
    if months := shape.get("months"):
        return _months(months)
    return _top(shape.get("top") or [])


def _bins(bins: list[dict[str, Any]]) -> dict[str, Any]:
    width = bins[0]["to"] - bins[0]["from"]  # each bar needs a label of its own
    digits = 0 if width >= 1 else 2 if width >= 0.01 else 6
    values = [{"from": number(each["from"], digits), "to": number(each["to"], digits), "n": each["n"]} for each in bins]
    axis = {"labelOverlap": True, "labelAngle": 0}
    start = {"field": "from", "type": "ordinal", "title": _("At least"), "sort": None, "axis": axis}
    count = {"field": "n", "type": "quantitative", "title": _("Rows"), "axis": _COUNT}
    tips = [
        {"field": "from", "title": _("At least")}, {"field": "to", "title": _("Below")},
        {"field": "n", "title": _("Rows"), **_COUNT},
    ]  # fmt: skip
    return {"data": {"values": values}, "mark": "bar", "encoding": {"x": start, "y": count, "tooltip": tips}}


def _months(months: list[dict[str, Any]]) -> dict[str, Any]:
    """Bars: a month without rows leaves a gap, which a line would paint over."""
    years = len(months) > 1 and all(each["from"].endswith("-01-01") for each in months)
    unit = "year" if years else "yearmonth"
    day = {"field": "from", "type": "temporal", "timeUnit": unit, "title": _("Period beginning")}
    count = {"field": "n", "type": "quantitative", "title": _("Rows")}
    tips = [{**day, "format": "date", "formatType": "b2"}, {**count, **_COUNT}]
    return {
        "data": {"values": months},
        "mark": "bar",
        "encoding": {
            "x": {**day, "axis": {"format": "month", "formatType": "b2", "tickCount": 6}},
            "y": {**count, "axis": _COUNT},
            "tooltip": tips,
        },
    }


def _top(top: list[dict[str, Any]]) -> dict[str, Any] | None:
    if not top:
        return None
    words = {"true": _("Yes"), "false": _("No")}
    values = [{"value": words.get(each["value"], each["value"])[:40], "n": each["n"]} for each in top]
    count = {"field": "n", "type": "quantitative", "title": _("Rows")}
    name = {"field": "value", "type": "nominal", "title": _("Value"), "sort": None, "axis": {"labelLimit": 220}}
    return {
        "data": {"values": values},
        "mark": "bar",
        "encoding": {"y": name, "x": {**count, "axis": _COUNT}, "tooltip": [{**name}, {**count, **_COUNT}]},
    }


def history(versions: list[DatasetProfile]) -> dict[str, Any] | None:
    """Rows of each version, in their order: several of one day stand side by side; None for fewer than two."""
    if len(versions) < 2:
        return None
    values = [{"at": moment(each.created_at), "rows": each.rows} for each in reversed(versions)]
    at = {"field": "at", "type": "ordinal", "title": _("Profiled"), "sort": None}
    rows = {"field": "rows", "type": "quantitative", "title": _("Rows")}
    return {
        "data": {"values": values},
        "mark": {"type": "line", "point": True},
        "encoding": {
            "x": {**at, "axis": {"labelOverlap": True, "labelAngle": 0}},
            "y": {**rows, "axis": _COUNT, "scale": {"zero": True}},
            "tooltip": [at, {**rows, **_COUNT}],
        },
    }


def figures(column: ShownColumn) -> list[tuple[str, str]]:
    """The column's figures in words, those that there are."""
    if column.now is None:
        return []
    known = column.now.figures
    if column.now.kind == "text":
        names = [("min", _("Shortest text")), ("mean", _("Mean length")), ("max", _("Longest text"))]
        return [
            (label, number(known[name], None if name != "mean" else 1))
            for name, label in names
            if known.get(name) is not None
        ]
    names = [
        ("min", _("Least")), ("q05", _("5% lie below")), ("q25", _("25% lie below")), ("q50", _("Median")),
        ("mean", _("Mean")), ("q75", _("75% lie below")), ("q95", _("95% lie below")), ("max", _("Largest")),
    ]  # fmt: skip
    return [(label, figure(known[name])) for name, label in names if known.get(name) is not None]
