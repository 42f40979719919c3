"""The consolidated view: how the base stands, by segment and industry, and whether what was done worked."""

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render

from accounts.models import Customer, Role
from accounts.permissions import allow, person
from campaigns.models import Message
from insights import changes, charts, exports, kpis, tiles, trends
from segments.models import Segment
from segments.queries import published_run

READERS = (Role.MANAGER, Role.ANALYST, Role.EXECUTIVE, Role.ADMIN)


@allow(*READERS)
def executive(request: HttpRequest) -> HttpResponse:
    """``/executive/``: KPIs and their change, charts, what changed and the table of segments."""
    user = person(request)
    run = published_run()
    rows = kpis.segment_figures(user, run) if run else []
    figures = kpis.company_figures(user)
    earlier = trends.baseline()
    context = {
        "figures": figures,
        "run": run,
        "rows": rows,
        "tiles": tiles.company(figures, earlier),
        "earlier": earlier,
        "changes": changes.since(earlier, rows) if earlier else [],
        "mrr_chart": charts.mrr_by_segment(rows),
        "risk_chart": charts.risk_by_segment(rows),
        "industry_chart": charts.mrr_by_industry(kpis.industry_figures(user)),
        "nps_chart": charts.nps_trend(kpis.nps_by_month(user)),
        "trend_chart": charts.mrr_trend(trends.history("mrr")),
        "response_chart": charts.response_funnel(figures["response"]),
        "campaign_counts": kpis.campaign_counts(user),
    }
    return render(request, "insights/executive.html", context)


@allow(*READERS)
def segments_csv(request: HttpRequest) -> StreamingHttpResponse:
    """``/executive/segments.csv``: the table of segments as a file; only its header before the first run."""
    run = published_run()
    return exports.segments(kpis.segment_figures(person(request), run) if run else [])


@allow()
def segment_panel(request: HttpRequest, passport: str) -> HttpResponse:
    """``/insights/segment/<passport>/``: response and trend of one segment, shown inside its page."""
    user = person(request)
    segment = get_object_or_404(Segment, passport=passport)
    messages = Message.objects.filter(campaign__segment=segment, customer__in=Customer.every.visible_to(user))
    answered = kpis.response(messages)
    own_only = user.role == Role.REP  # kept figures are of all customers
    context = {
        "segment": segment,
        "response": answered,
        "own_only": own_only,
        "response_chart": charts.response_funnel(answered),
        "trend_chart": None if own_only else charts.mrr_trend(trends.history("mrr", passport), "segment-mrr-trend"),
    }
    part = request.htmx  # type: ignore[attr-defined]
    return render(request, "insights/_segment.html" if part else "insights/segment.html", context)
