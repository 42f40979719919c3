"""The rows behind "MRR at risk": customers above the risk line."""

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django_tables2 import RequestConfig

from accounts.permissions import allow, person
from insights import exports, kpis, queries
from insights.tables import AtRiskTable


@allow()
def at_risk(request: HttpRequest) -> HttpResponse:
    """``/insights/at-risk/``: customers above the risk line that the person may see, most MRR first."""
    user = person(request)
    table = AtRiskTable(queries.at_risk(user))
    RequestConfig(request, paginate={"per_page": 25}).configure(table)
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "_table.html", {"table": table})
    return render(request, "insights/at_risk.html", {"table": table, "figures": kpis.company_figures(user)})


@allow()
def at_risk_csv(request: HttpRequest) -> StreamingHttpResponse:
    """``/insights/at-risk.csv``: the same customers as a file."""
    return exports.at_risk(queries.at_risk(person(request)))
