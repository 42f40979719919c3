"""Imports on screen: what was loaded, what was found, what waits in quarantine, and the way to send files."""

from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from django_tables2 import RequestConfig

from accounts import ingest, tasks
from accounts.forms.imports import UploadForm
from accounts.ingest import history
from accounts.models import Import, ImportFile, QuarantinedRow
from accounts.permissions import allow, person
from accounts.sources import SOURCES
from accounts.sources.findings import explain
from accounts.views.import_tables import STATE_TONES, FileTable, ImportTable, QuarantineTable
from b2shift.lib.api import Refused
from b2shift.lib.export import csv_response
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
    context = {"table": table, "form": form, "known": SOURCES, "any": bool(table.paginator.count)}
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
    return {
        "accepted": sum(file.accepted for file in files),
        "refused": [(file, history.noted(file)) for file in refused],
        "skipped": [file for file in files if file.outcome == ImportFile.Outcome.SKIPPED],
        "noted": [(file, found) for file in files if file not in refused and (found := history.noted(file))],
    }


def _chosen(request: HttpRequest, run: Import) -> ImportFile | None:
    """The file of the import that ``?file=`` names; None for all of them."""
    number = request.GET.get("file", "")
    return run.files.filter(pk=int(number)).first() if number.isdecimal() and len(number) < 18 else None


def _rows(run: Import, chosen: ImportFile | None) -> QuerySet[QuarantinedRow]:
    rows = history.quarantine(run)
    return rows.filter(file=chosen) if chosen else rows


@require_safe
@allow(*history.READERS)
def quarantine(request: HttpRequest, pk: int) -> HttpResponse:
    """The rows of an import that were set aside; ``?file=`` narrows to one file."""
    run = get_object_or_404(history.imports(person(request)), pk=pk)
    chosen = _chosen(request, run)
    table = QuarantineTable(_rows(run, chosen))
    RequestConfig(request, paginate={"per_page": ROWS}).configure(table)
    context = {"run": run, "table": table, "chosen": chosen}
    return page_or_fragment(request, "accounts/import_quarantine.html", "_table.html", context)


@require_safe
@allow(*history.READERS)
def quarantine_csv(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    """The same rows as a file, with their whole text."""
    run = get_object_or_404(history.imports(person(request)), pk=pk)
    header = [_("File"), _("Line"), _("Code"), _("Reason"), _("Row")]
    return csv_response(f"quarantine-{run.pk}", header, _cells(_rows(run, _chosen(request, run)).iterator(2000)))


def _cells(rows: Iterator[QuarantinedRow]) -> Iterator[list[Any]]:
    return ([row.file.name, row.line, row.reason, str(explain(row.reason).title), row.raw] for row in rows)
