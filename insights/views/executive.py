"""The consolidated view: how the base stands, by segment and industry, and whether what was done worked."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from accounts.models import Customer, Role
from accounts.permissions import allow, person
from b2shift.lib.export import csv_response
from campaigns.models import Message
from insights import charts, kpis
from insights.models import FigureSnapshot
from segments.models import Segment
from segments.queries import published_run

READERS = (Role.MANAGER, Role.ANALYST, Role.EXECUTIVE, Role.ADMIN)


@allow(*READERS)
def executive(request: HttpRequest) -> HttpResponse:
    """``/executive/``: KPIs, charts and the table of segments."""
    user = person(request)
    run = published_run()
    rows = kpis.segment_figures(user, run) if run else []
    figures = kpis.company_figures(user)
    context = {
        "figures": figures,
        "run": run,
        "rows": rows,
        "mrr_chart": charts.mrr_by_segment(rows),
        "risk_chart": charts.risk_by_segment(rows),
        "industry_chart": charts.mrr_by_industry(kpis.industry_figures(user)),
        "nps_chart": charts.nps_trend(kpis.nps_by_month(user)),
        "response_chart": charts.response_funnel(figures["response"]),
        "campaign_counts": kpis.campaign_counts(user),
    }
    return render(request, "insights/executive.html", context)


@allow(*READERS)
def segments_csv(request: HttpRequest) -> StreamingHttpResponse:
    """``/executive/segments.csv``: the table of segments as a file."""
    user = person(request)
    run = published_run()
    if run is None:
        raise Http404
    header = [
        _("Segment"), _("Name"), _("Customers"), _("MRR"), "NPS", _("Tickets per customer"), _("Customers at risk"),
        _("Sent"), _("Accepted"), _("Declined"),
    ]  # fmt: skip
    rows = (
        (row.passport, str(row.name), row.customers, row.mrr, row.nps, row.tickets, row.risk_share,
         row.response.sent, row.response.accepted, row.response.rejected)
        for row in kpis.segment_figures(user, run)
    )  # fmt: skip
    return csv_response("b2shift-segments", header, rows)


@allow()
def segment_panel(request: HttpRequest, passport: str) -> HttpResponse:
    """``/insights/segment/<passport>/``: response and trend of one segment, shown inside its page."""
    user = person(request)
    segment = get_object_or_404(Segment, passport=passport)
    messages = Message.objects.filter(campaign__segment=segment, customer__in=Customer.objects.visible_to(user))
    answered = kpis.response(messages)
    context = {
        "segment": segment,
        "response": answered,
        "response_chart": charts.response_funnel(answered),
        "trend_chart": charts.trend(_history(segment), _("MRR"), charts.MONEY) if user.role != Role.REP else None,
    }
    return render(request, "insights/_segment.html", context)


def _history(segment: Segment) -> list[dict[str, Any]]:
    days = FigureSnapshot.objects.filter(segment=segment, metric="mrr", value__isnull=False).order_by("day")
    return [{"day": row.day.isoformat(), "value": round(row.value or 0, 2)} for row in days]
