"""When runs start by themselves."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from accounts.catalog import gate
from accounts.permissions import allow, person
from segments import runs, schedules
from segments.forms import ScheduleForm
from segments.models import Run


@allow(*runs.STARTERS)
def schedule(request: HttpRequest) -> HttpResponse:
    """The plan and the form that changes it, with the last planned runs and the times none could start."""
    form = ScheduleForm(request.POST or None, initial=vars(schedules.current()))
    if request.method == "POST" and form.is_valid():
        schedules.plan(form.plan(), person(request))
        messages.success(request, _("The schedule was saved."))
        return redirect("schedule")
    context = {
        "form": form,
        "gate": gate.blocks(gate.SEGMENTATION),
        "planned": Run.objects.filter(scheduled=True)[:5],
        "refusals": schedules.refusals(),
    }
    return render(request, "segments/schedule.html", context, status=422 if form.is_bound else 200)
