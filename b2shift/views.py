"""Pages of the project itself: the living style guide."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import django_tables2 as tables
from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Role
from accounts.permissions import allow
from b2shift.templatetags.b2shift import brl

ROWS = [
    {"customer": name, "city": city, "mrr": mrr, "tickets": tickets}
    for name, city, mrr, tickets in [
        ("Metalúrgica Horizonte Ltda.", "Joinville", 18420.5, 3),
        ("Cooperativa Vale Verde", "Rio Verde", 9310, 0),
        ("Distribuidora São Bento S.A.", "Recife", 42100.9, 12),
        ("Hospital Santa Clara", "Campinas", None, 1),
        ("Rede de Lojas Aurora", "Belo Horizonte", 27840, 7),
    ]
] * 3


class ExampleTable(tables.Table):
    """Customers of nobody: shows sorting, figures, gaps and pages."""

    customer = tables.Column(verbose_name=gettext_lazy("Customer"))
    city = tables.Column(verbose_name=gettext_lazy("City"))
    mrr = tables.Column(
        verbose_name=gettext_lazy("Monthly revenue"),
        attrs={"td": {"class": "num"}, "th": {"class": "num"}},
        empty_values=(),
    )
    tickets = tables.Column(
        verbose_name=gettext_lazy("Open tickets"), attrs={"td": {"class": "num"}, "th": {"class": "num"}}
    )

    def render_mrr(self, value: float | None) -> str:
        """Money, or the dash of a missing value."""
        return brl(value)


class ExampleFilters(forms.Form):
    """The usual filters: words, a choice, a switch."""

    q = forms.CharField(label=gettext_lazy("Search by name or tax number"), required=False)
    unit = forms.ChoiceField(
        label=gettext_lazy("Business unit"), required=False, choices=[("", gettext_lazy("All")), ("fin", "Techfin")]
    )
    mine = forms.BooleanField(label=gettext_lazy("Only my customers"), required=False)


class ExampleForm(forms.Form):
    """One field of each kind; sent empty, so that errors show."""

    name = forms.CharField(label=gettext_lazy("Name"), help_text=gettext_lazy("As customers will read it."))
    email = forms.EmailField(label=gettext_lazy("E-mail"))
    reason = forms.CharField(label=gettext_lazy("Reason"), widget=forms.Textarea(attrs={"rows": 3}), required=False)
    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=Role.choices)
    channel = forms.MultipleChoiceField(
        label=gettext_lazy("Channels"),
        choices=[("email", gettext_lazy("E-mail")), ("call", gettext_lazy("Call"))],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    consent = forms.BooleanField(label=gettext_lazy("The customer agreed to this use"), required=False)


def example_charts() -> dict[str, dict[str, Any]]:
    """Vega-Lite specs as pages write them: titles and formats, no colours and no sizes."""
    money = {"format": "brl_short", "formatType": "b2"}
    months = [
        {"month": f"2026-0{month}-01", "unit": unit, "mrr": start + step * month}
        for unit, start, step in [("Techfin", 310_000, 21_000), (_("Management"), 520_000, 9_000)]
        for month in range(1, 7)
    ]
    segments = [
        {"segment": _("Growing users"), "mrr": 812_000},
        {"segment": _("Quiet contracts"), "mrr": 455_000},
        {"segment": _("At risk"), "mrr": 301_500},
        {"segment": _("Newcomers"), "mrr": 96_000},
    ]
    points = [
        {"usage": (place * 37) % 100, "nps": (place * 17) % 10 + (place % 3), "segment": segments[place % 3]["segment"]}
        for place in range(60)
    ]
    return {
        "line": {
            "data": {"values": months},
            "mark": "line",
            "encoding": {
                "x": {
                    "field": "month",
                    "type": "temporal",
                    "title": _("Month"),
                    "axis": {"format": "month", "formatType": "b2", "tickCount": 6},
                },
                "y": {"field": "mrr", "type": "quantitative", "title": _("Monthly revenue"), "axis": money},
                "color": {"field": "unit", "type": "nominal", "title": _("Business unit")},
                "tooltip": [
                    {"field": "unit", "title": _("Business unit")},
                    {"field": "mrr", "type": "quantitative", "title": _("Monthly revenue"), **money},
                ],
            },
        },
        "bar": {
            "data": {"values": segments},
            "mark": "bar",
            "encoding": {
                "y": {
                    "field": "segment",
                    "type": "nominal",
                    "title": _("Segment"),
                    "axis": {"title": None},
                    "sort": "-x",
                },
                "x": {"field": "mrr", "type": "quantitative", "title": _("Monthly revenue"), "axis": money},
            },
        },
        "points": {
            "data": {"values": points},
            "mark": "point",
            "encoding": {
                "x": {"field": "usage", "type": "quantitative", "title": _("Usage in 30 days")},
                "y": {"field": "nps", "type": "quantitative", "title": "NPS"},
                "color": {"field": "segment", "type": "nominal", "title": _("Segment")},
            },
        },
        "nothing": {"data": {"values": []}, "mark": "bar", "encoding": {}},
    }


def example_events() -> list[dict[str, Any]]:
    """Three moments for the timeline, the newest first."""
    now = timezone.now()
    return [
        {
            "at": now - timedelta(hours=2),
            "title": _("Offer accepted"),
            "text": _("Answered from the e-mail."),
            "icon": "circle-check",
            "tone": "good",
        },
        {
            "at": now - timedelta(days=3),
            "title": _("E-mail opened"),
            "icon": "mail-opened",
            "tone": "info",
            "href": "#tables",
        },
        {
            "at": now - timedelta(days=12),
            "title": _("Draft written"),
            "text": _("By the playbook."),
            "icon": "sparkles",
            "tone": "ai",
        },
    ]


def example_context(request: HttpRequest) -> dict[str, Any]:
    """Everything the style guide shows, in the language of the request."""
    table = ExampleTable(ROWS)
    tables.RequestConfig(request, paginate={"per_page": 5}).configure(table)
    return {
        "figures": {
            "customers": 10_615,
            "mrr": 1_234_567.89,
            "acceptance": 0.1834,
            "moment": timezone.now() - timedelta(days=3),
        },
        "table": table,
        "page": Paginator(range(42), 10).get_page(2),
        "filters": ExampleFilters(request.GET or None),
        "form": ExampleForm({"name": "", "email": "maria@"}),
        "charts": example_charts(),
        "events": example_events(),
        "tabs": [
            {"label": _("Overview"), "href": "#overview", "active": True, "icon": "layout-dashboard"},
            {"label": _("Customers"), "href": "#tables", "active": False, "count": 10_615},
            {"label": _("History"), "href": "#history", "active": False},
        ],
        "badges": [
            ("good", _("Approved"), "check"),
            ("warn", _("Waiting for approval"), "clock"),
            ("bad", _("Rejected"), "x"),
            ("info", _("Sending"), "send"),
            ("brand", _("Segment"), "chart-bubble"),
            ("ai", _("AI draft"), "sparkles"),
            ("neutral", _("Draft"), "pencil"),
        ],
        "groups": [
            {
                "label": _("Customers"),
                "items": [{"href": "#tables", "title": "Acme S.A.", "text": "Curitiba", "icon": "building-skyscraper"}],
            }
        ],
    }


@allow(Role.ADMIN)
def styleguide(request: HttpRequest) -> HttpResponse:
    """Every component of the product on one page; an htmx request gets the table alone."""
    return render(request, "_table.html" if request.htmx else "b2shift/styleguide.html", example_context(request))  # type: ignore[attr-defined]
