"""Vega-Lite specs of the account page: titles and formats; colours and sizes come from the theme."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import NpsAnswer, TicketMonth, UsageDay


def nps_chart(answers: Iterable[NpsAnswer]) -> dict[str, Any]:
    """Scores over time, one mark per answer, kinds told apart by shape and colour."""
    values = [
        {"day": answer.answered_on.isoformat(), "score": answer.score, "kind": str(answer.get_kind_display())}
        for answer in answers
        if answer.answered_on
    ]
    day = {
        "field": "day",
        "type": "temporal",
        "title": _("Date"),
        "axis": {"format": "date", "formatType": "b2", "tickCount": 6},
    }
    score = {"field": "score", "type": "quantitative", "title": _("Score"), "scale": {"domain": [0, 10]}}
    kind = {"field": "kind", "type": "nominal", "title": _("Survey")}
    return {
        "data": {"values": values},
        "mark": {"type": "point", "size": 90, "filled": True},
        "encoding": {
            "x": day,
            "y": score,
            "color": kind,
            "shape": kind,
            "tooltip": [{**day, "format": "date", "formatType": "b2"}, score, kind],
        },
    }


def tickets_chart(months: Iterable[TicketMonth]) -> dict[str, Any]:
    """Tickets opened per month; those of high priority as a part of the bar."""
    values = []
    for month in months:
        values += [
            {"month": month.month.isoformat(), "priority": _("High priority"), "tickets": month.high},
            {"month": month.month.isoformat(), "priority": _("Other"), "tickets": max(month.opened - month.high, 0)},
        ]
    return {
        "data": {"values": values},
        "mark": "bar",
        "encoding": {
            "x": {
                "field": "month",
                "type": "temporal",
                "timeUnit": "yearmonth",
                "title": _("Month"),
                "axis": {"format": "month", "formatType": "b2", "tickCount": 6},
            },
            "y": {"field": "tickets", "type": "quantitative", "title": _("Tickets opened")},
            "color": {"field": "priority", "type": "nominal", "title": _("Priority")},
            "tooltip": [
                {"field": "month", "type": "temporal", "title": _("Month"), "format": "month", "formatType": "b2"},
                {"field": "priority", "title": _("Priority")},
                {"field": "tickets", "type": "quantitative", "title": _("Tickets opened")},
            ],
        },
    }


def usage_chart(days: Iterable[UsageDay]) -> dict[str, Any]:
    """Events per day with use."""
    day = {"field": "day", "type": "temporal", "title": _("Day")}
    events = {"field": "events", "type": "quantitative", "title": _("Events")}
    return {
        "data": {"values": [{"day": entry.day.isoformat(), "events": entry.events} for entry in days]},
        "mark": {"type": "line", "point": True},
        "encoding": {
            "x": {**day, "axis": {"format": "date", "formatType": "b2", "tickCount": 6}},
            "y": events,
            "tooltip": [{**day, "format": "date", "formatType": "b2"}, events],
        },
    }
