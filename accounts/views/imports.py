"""Imports on screen: what was loaded, what was found, what it changed, and the way to send files."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django_tables2 import RequestConfig

from accounts import ingest, mapping, tasks
from accounts.forms.imports import UploadForm
from accounts.ingest import history
from accounts.models import Import, ImportFile
from accounts.permissions import allow, person
from accounts.sources import SOURCES
from accounts.views.answers import asked
from accounts.views.import_tables import OUTCOME_TONES, STATE_TONES, FileTable, ImportTable, TouchedTable
from b2shift.lib.api import Refused
from b2shift.lib.htmx import page_or_fragment
from b2shift.lib.uploads import takes_files

ROWS = 20


@takes_files
@allow(*history.READERS)
def imports(request: HttpRequest) -> HttpResponse:
    """The list of imports, the upload form, and which files the product knows."""
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    if request.method == "POST" and (run := _receive(request, form)):
        messages.success(request, _("The files arrived. Their import has begun."))
        return redirect("import", run.pk)
    table = ImportTable(history.imports(person(request)))
    RequestConfig(request, paginate={"per_page": ROWS}).configure(table)
    context = {
        "table": table, "form": form, "known": SOURCES, "any": bool(table.paginator.count), "watched": history.watched(),
        "inbox": settings.WATCH_FOLDER,
    }  # fmt: skip
    response = page_or_fragment(request, "accounts/imports.html", "_table.html", context)
    response.status_code = 422 if form.errors else 200
    return response


def _receive(request: HttpRequest, form: UploadForm) -> Import | None:
    """The queued import; None when the files are refused, with the reason on the form."""
    if not form.is_valid():
        return None
    try:
        run = ingest.receive(form.cleaned_data["files"], person(request))
    except Refused as refusal:
        form.add_error(None, refusal.message)
        return None
    tasks.wake_import(run.pk)  # the row is committed; a lost wake-up is found by the sweeper
    return run


@require_safe
@allow(*history.READERS)
def import_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One import; while it waits or runs, its progress box asks this address every two seconds."""
    run = get_object_or_404(history.imports(person(request)), pk=pk)
    active = run.state in history.ACTIVE
    if request.headers.get("HX-Target") == "import-progress":
        if active:
            return render(request, "accounts/_import_progress.html", _progress(run))
        return HttpResponse(headers={"HX-Refresh": "true"})
    files = list(history.files(run))
    table = FileTable(files)
    RequestConfig(request, paginate=False).configure(table)
    context = _progress(run) | _outcome(run, files) | {"table": table, "active": active}
    return page_or_fragment(request, "accounts/import.html", "_table.html", context)


def _progress(run: Import) -> dict[str, Any]:
    steps = {
        "": _("Waiting for a free worker"), "waiting": _("Waiting for another import to finish"),
        "outputs": _("Preparing the figures"), "publish": _("Publishing"),
    }  # fmt: skip
    step = steps.get(run.step, run.step) if run.state == Import.State.RUNNING else steps[""]
    return {"run": run, "step": step, "tone": STATE_TONES[Import.State(run.state)]}


def _outcome(run: Import, files: list[ImportFile]) -> dict[str, Any]:
    """What the page says beneath the progress: totals, refused files, findings in words."""
    refused = [file for file in files if file.outcome == ImportFile.Outcome.REFUSED]
    apart = {ImportFile.Outcome.REFUSED, ImportFile.Outcome.ASKS}  # said above the findings
    return {
        "again": run.again.first(),
        "may_again": run.state in history.REPEATABLE and run.channel != Import.Channel.MENDED,
        "asked": asked(run),
        "follower": run.followed_by.first(),
        "refused": [(file, history.noted(file)) for file in refused],
        "skipped": [file for file in files if file.outcome == ImportFile.Outcome.SKIPPED],
        "mappable": [file for file in files if mapping.mappable(file)],
        "noted": [(file, found) for file in files if file.outcome not in apart and (found := history.noted(file))],
    }


@require_POST
@allow(*history.READERS)
def cancel_import(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop a waiting or running import."""
    run = get_object_or_404(history.imports(person(request)), pk=pk)
    try:
        ingest.cancel(run.pk, person(request))
        messages.success(request, _("The import is being stopped. The customer base stays as it was."))
    except Refused as refusal:
        messages.error(request, refusal.message)
    return redirect("import", run.pk)


@require_POST
@allow(*history.READERS)
def import_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Start a failed or cancelled import once more, with the same files."""
    run = get_object_or_404(history.imports(person(request)), pk=pk)
    try:
        fresh = ingest.again(run.pk, person(request))
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("import", run.pk)
    tasks.wake_import(fresh.pk)
    return redirect("import", fresh.pk)


@require_safe
@allow(*history.READERS)
def import_file(request: HttpRequest, pk: int, file_id: int) -> HttpResponse:
    """One file of an import: where it came from, and the customers of whom it changed something."""
    run = get_object_or_404(history.imports(person(request)), pk=pk)
    file = get_object_or_404(run.files.select_related("mends"), pk=file_id)
    table = TouchedTable(history.touched(person(request), file))
    RequestConfig(request, paginate={"per_page": ROWS}).configure(table)
    tone = OUTCOME_TONES[ImportFile.Outcome(file.outcome)]
    context = {"run": run, "file": file, "table": table, "found": history.noted(file), "tone": tone}
    return page_or_fragment(request, "accounts/import_file.html", "_table.html", context)
