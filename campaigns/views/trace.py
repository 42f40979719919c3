"""How a draft came to be: the page of the agents' steps, and asking the agents again."""

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from accounts.permissions import allow, person
from b2shift.lib.api import Refused
from campaigns import authors, lifecycle, plants, traces
from campaigns.models import Draft
from campaigns.views.decisions import visible


@allow(*traces.READERS)
@require_safe
def campaign_trace(request: HttpRequest, pk: int) -> HttpResponse:
    """The agents' work on the version ``draft`` (without: the newest that they worked on)."""
    found = visible(person(request), pk)
    drafts = list(found.drafts.exclude(agent_run=None).order_by("number").values_list("number", flat=True))
    asked = next((number for number in drafts if str(number) == request.GET.get("draft")), None)
    chosen = traces.run_of(found, asked)
    if chosen is None:
        raise Http404
    draft, run = chosen
    context = {"campaign": found, "draft": draft, "drafts": drafts, "trace": traces.trace(run), "run": run}
    return render(request, "campaigns/trace.html", context)


@allow(*lifecycle.WRITERS)
@require_POST
def campaign_write_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Have the agents write other words as the next version; a refusal is said and changes nothing."""
    return _ask(
        request,
        pk,
        authors.write_again,
        _("Version %(number)s by the agents. You asked for it, so somebody else approves."),
    )


@allow(*lifecycle.WRITERS)
@require_POST
def campaign_write_other(request: HttpRequest, pk: int) -> HttpResponse:
    """Have the agents write a second wording, to be tested against the first one; a refusal is said and changes nothing."""
    told = _("Version %(number)s has a second wording by the agents. You asked for it, so somebody else approves.")
    return _ask(request, pk, authors.write_other, told)


def _ask(request: HttpRequest, pk: int, ask: Callable[[int, User], Draft], told: str) -> HttpResponse:
    found = visible(person(request), pk)
    try:
        draft = ask(found.pk, person(request))
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("campaign", pk=pk)
    if lesson := plants.lesson_of(found):
        return redirect("review-lesson", pk=lesson.pk)
    messages.success(request, told % {"number": draft.number})
    return redirect("campaign", pk=pk)
