"""How a draft came to be: the page of the agents' steps."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.permissions import allow, person
from campaigns import traces
from campaigns.views.decisions import visible


@allow()
@require_safe
def campaign_trace(request: HttpRequest, pk: int) -> HttpResponse:
    """The agents' work on the version ``draft`` (without: the newest that they worked on)."""
    found = visible(person(request), pk)
    asked = request.GET.get("draft", "")
    drafts = list(found.drafts.exclude(agent_run=None).order_by("number").values_list("number", flat=True))
    chosen = traces.run_of(found, int(asked) if asked.isdecimal() and int(asked) in drafts else None)
    if chosen is None:
        raise Http404
    draft, run = chosen
    context = {"campaign": found, "draft": draft, "drafts": drafts, "trace": traces.trace(run), "run": run}
    return render(request, "campaigns/trace.html", context)
