"""Day or month first: what an import asks, and the answer with which it goes on."""

from datetime import date
from typing import Any

from babel import dates
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import ingest, tasks
from accounts.ingest import history
from accounts.ingest.answers import questions
from accounts.models import DateOrder, Import
from accounts.permissions import allow, person
from b2shift.lib.api import Refused
from b2shift.templatetags.b2shift import babel_locale


def asked(run: Import) -> list[dict[str, Any]]:
    """The questions of an import with their choices in words: each order, and the days that the examples would be."""
    return [each | {"choices": _choices(each)} for each in questions(run)]


def _choices(question: dict[str, Any]) -> list[dict[str, Any]]:
    words = dict(DateOrder.Order.choices)
    return [
        {
            "order": order,
            "label": words[order],
            "examples": [(e["value"], _in_words(e["days"][n])) for e in question["examples"] if e["days"][n]],
        }
        for n, order in enumerate(question["orders"])
    ]


def _in_words(day: str) -> str:
    """The month by its name: a day in figures would beg the question."""
    return dates.format_date(date.fromisoformat(day), "long", locale=babel_locale())


@allow(*history.READERS)
@require_POST
def answer_dates(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the answers and go on: an import of the same files is queued and shown."""
    run = get_object_or_404(history.imports(person(request)), pk=pk)
    given = {key.removeprefix("order-"): str(order) for key, order in request.POST.items() if key.startswith("order-")}
    try:
        follower = ingest.answer(run, given, person(request))
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("import", run.pk)
    tasks.wake_import(follower.pk)
    messages.success(request, _("Thank you. The import goes on with your answer, which is kept for this kind of file."))
    return redirect("import", follower.pk)
