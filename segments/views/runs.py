"""Runs: the list, start, progress, the leaderboard with the reason for the choice, cancel."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_tables2 import RequestConfig

from accounts.catalog import gate
from accounts.models import User
from accounts.permissions import allow, person
from b2shift.lib.api import Refused
from b2shift.lib.htmx import wants_fragment
from segments import driftwords, queries, tasks, wording
from segments import runs as verbs
from segments.forms import StartForm
from segments.models import Run
from segments.views import charts
from segments.views.segments import section_tabs
from segments.views.tables import LeaderboardTable, RunsTable

ROWS = 20


@allow()
def runs(request: HttpRequest) -> HttpResponse:
    """All runs, and for those who may the form that starts one."""
    table = RunsTable(Run.objects.select_related("started_by").annotate(groups=Count("profiles")))
    RequestConfig(request, paginate={"per_page": ROWS}).configure(table)
    if wants_fragment(request):
        return render(request, "_table.html", {"table": table})
    return render(request, "segments/runs.html", runs_context(request, StartForm()) | {"table": table})


def runs_context(request: HttpRequest, form: StartForm) -> dict[str, Any]:
    """What the page of runs shows beside its table."""
    active = queries.active_run()
    return {
        "form": form,
        "active": active,
        "may_start": person(request).role in verbs.STARTERS,
        "tabs": section_tabs("runs"),
        "gate": gate.blocks(gate.SEGMENTATION),
        **progress(active),
    }


def progress(run: Run | None) -> dict[str, Any]:
    """The step of a run in words."""
    return {"step": wording.STEPS.get(run.step, run.step) if run else ""}


@require_POST
@allow(*verbs.STARTERS)
def run_start(request: HttpRequest) -> HttpResponse:
    """Queue a run and go to its page; a refusal says why and changes nothing."""
    form = StartForm(request.POST)
    if not form.is_valid():
        return render(
            request,
            "segments/runs.html",
            runs_context(request, form) | {"table": RunsTable(Run.objects.none())},
            status=422,
        )
    try:
        with transaction.atomic():
            run = verbs.start(person(request), **form.cleaned_data)
            transaction.on_commit(lambda: tasks.wake(run.pk))
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("runs")
    messages.success(request, _("Run %(run)s is waiting for a worker.") % {"run": run.pk})
    return redirect("run", run_id=run.pk)


@allow()
def run(request: HttpRequest, run_id: int) -> HttpResponse:
    """One run; the progress box polls this address, the leaderboard sorts by it."""
    found = get_object_or_404(Run.objects.select_related("started_by"), pk=run_id)
    active = found.state in verbs.ACTIVE
    if wants_fragment(request) and request.headers.get("HX-Target") == "run-progress":
        if active:
            return render(request, "segments/_run_progress.html", {"run": found, **progress(found)})
        return HttpResponse(headers={"HX-Refresh": "true"})
    table = LeaderboardTable(leaderboard(found))
    RequestConfig(request, paginate={"per_page": ROWS}).configure(table)
    if wants_fragment(request):
        return render(request, "_table.html", {"table": table})
    context = {
        "run": found,
        "active": active,
        "table": table,
        "profiles": queries.current_profiles(found),
        "reason": wording.reason(found.reason),
        "method": wording.ALGORITHMS.get(found.algorithm, found.algorithm),
        "error": wording.run_error(found.error) if found.error else "",
        **outcome(found, person(request)),
        "may_override": found.state == Run.State.KEPT and person(request).role in verbs.STARTERS,
        "may_cancel": active and person(request).role in verbs.STARTERS,
        **progress(found),
    }
    return render(request, "segments/run.html", context)


def outcome(found: Run, user: User) -> dict[str, Any]:
    """What a finished run shows beside its segments: the challenge, the map of visible customers, the drift."""
    profiles = list(queries.current_profiles(found))
    points = queries.map_points(found, user) if profiles else []
    spec = charts.segment_map(points, profiles)
    moved = found.drift.get("features", [])
    kept = found.reason if found.reason.get("code") == "champion_kept" else {}
    return {
        "compared": found.quality.get("compared") or kept,
        "shown": len(points),
        "map_spec": spec,
        "map_rows": charts.map_rows(spec),
        "against": found.drift.get("against"),
        "has_flows": bool(profiles),
        "drift": driftwords.sentences(moved),
        "spec": charts.drift(moved),
        "drift_rows": charts.drift_rows(moved),
    }


def leaderboard(found: Run) -> list[dict[str, Any]]:
    """Lines of the leaderboard with their rank and with the gates they failed in words."""
    return [
        {
            "rank": rank,
            **line,
            "method": wording.ALGORITHMS.get(line["algorithm"], line["algorithm"]),
            "recipe": wording.recipe(line["parameters"]),
            "why": [str(wording.FAILURES.get(code, code)) for code in line["failures"]],
        }
        for rank, line in enumerate(found.leaderboard, 1)
    ]


@require_POST
@allow(*verbs.STARTERS)
def run_cancel(request: HttpRequest, run_id: int) -> HttpResponse:
    """Cancel a run that waits or runs."""
    found = get_object_or_404(Run, pk=run_id)
    try:
        cancelled = verbs.cancel(found.pk, person(request))
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        done = cancelled.state == Run.State.CANCELLED
        messages.success(request, _("The run was cancelled.") if done else _("The run will stop at its next step."))
    return redirect("run", run_id=run_id)
