"""Rows in quarantine on screen: see why, mend one or many, try again, discard, or do it in a spreadsheet."""

from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_tables2 import RequestConfig

from accounts import tasks
from accounts.forms.imports import CorrectedForm, QuarantineFilter, RowForm, ValueForm
from accounts.ingest import corrections, history, mending
from accounts.models import Import, ImportFile, QuarantinedRow
from accounts.permissions import allow, person
from accounts.sources.findings import explain
from accounts.views.import_tables import QuarantineTable
from b2shift.lib.api import Refused
from b2shift.lib.export import csv_response
from b2shift.lib.htmx import page_or_fragment
from b2shift.lib.uploads import takes_files
from b2shift.templatetags.b2shift import number

ROWS = 20


def _import(request: HttpRequest, pk: int) -> Import:
    return get_object_or_404(history.imports(person(request)), pk=pk)


@require_safe
@allow(*history.READERS)
def quarantine(request: HttpRequest, pk: int) -> HttpResponse:
    """The rows of an import that were set aside, by file, reason and state; waiting ones can be acted on."""
    run = _import(request, pk)
    chosen = QuarantineFilter(request.GET, history.quarantine(run))
    table = QuarantineTable(chosen.chosen(), run=run)
    RequestConfig(request, paginate={"per_page": ROWS}).configure(table)
    file = chosen.file_chosen
    reason = chosen.cleaned_data.get("reason", "")
    waits = mending.waiting(chosen.chosen()).exists()
    context = {
        "run": run, "table": table, "form": chosen, "chosen": file, "totals": history.totals(run), "waits": waits,
        "one_value": ValueForm(None, file) if file and reason and file.header and waits else None,
        "reason": explain(reason).title if reason else "", "upload": CorrectedForm(),
        "query": request.GET.urlencode(),
    }  # fmt: skip
    return page_or_fragment(request, "accounts/import_quarantine.html", "_table.html", context)


@require_safe
@allow(*history.READERS)
def quarantine_csv(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    """The same rows as a file, with their whole text, to look at."""
    run = _import(request, pk)
    rows = QuarantineFilter(request.GET, history.quarantine(run)).chosen()
    header = [_("File"), _("Line"), _("Code"), _("Reason"), _("Row")]
    return csv_response(f"quarantine-{run.pk}", header, _cells(rows.iterator(2000)))


def _cells(rows: Iterator[QuarantinedRow]) -> Iterator[list[Any]]:
    return ([row.file.name, row.line, row.reason, str(explain(row.reason).title), row.raw] for row in rows)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(*history.READERS)
def quarantine_row(request: HttpRequest, pk: int, row_id: int) -> HttpResponse:
    """One row as a form; a POST keeps the correction, and tries the row again at once when asked to."""
    run = _import(request, pk)
    row = get_object_or_404(history.quarantine(run), pk=row_id)
    cells = mending.values(row)
    form = RowForm(request.POST or None, row, cells, history.faulty(row, cells))
    if request.method == "POST" and form.is_valid() and (done := _mend(request, run, row, form)):
        return done
    waits = mending.waiting(QuarantinedRow.objects.filter(pk=row.pk)).exists()
    context = {
        "run": run, "row": row, "form": form, "words": explain(row.reason), "mendable": waits and mending.is_mendable(row),
        "waits": waits,
    }  # fmt: skip
    response = page_or_fragment(request, "accounts/quarantined_row.html", "accounts/quarantined_row.html", context)
    response.status_code = 422 if form.errors else 200
    return response


def _mend(request: HttpRequest, run: Import, row: QuarantinedRow, form: RowForm) -> HttpResponse | None:
    try:
        mending.mend(row, form.cells(), person(request))
        if request.POST.get("action") != "retry":
            messages.success(request, _("The correction is kept. Try the row again when you have mended the others."))
            return redirect("import-quarantine", run.pk)
        return _begun(mending.retry(QuarantinedRow.objects.filter(pk=row.pk), person(request)))
    except Refused as refusal:
        form.add_error(None, refusal.message)
        return None


def _begun(run: Import) -> HttpResponse:
    tasks.wake_import(run.pk)  # the row is committed; a lost wake-up is found by the sweeper
    return redirect("import", run.pk)


@require_POST
@allow(*history.READERS)
def quarantine_act(request: HttpRequest, pk: int) -> HttpResponse:
    """Do one thing with the ticked rows, or with all rows of the filter: try again, discard, or put one value into a column."""
    run = _import(request, pk)
    chosen = QuarantineFilter(request.GET, history.quarantine(run))
    try:
        return _act(request, run, chosen)
    except Refused as refusal:
        messages.error(request, refusal.message)
    return _back(request, run)


def _back(request: HttpRequest, run: Import) -> HttpResponse:
    response = redirect("import-quarantine", run.pk)
    if request.GET:
        response["Location"] += f"?{request.GET.urlencode()}"
    return response


def _act(request: HttpRequest, run: Import, chosen: QuarantineFilter) -> HttpResponse:
    action, user = request.POST.get("action", ""), person(request)
    if action == "value":
        return _one_value(request, run, chosen)
    rows = _ticked(request, chosen.chosen())
    if action == "retry":
        return _begun(mending.retry(rows, user))
    if action != "discard":
        raise Refused("unknown_action", _("Choose what to do with the rows."))
    count = mending.discard(rows, request.POST.get("note", ""), user)
    text = ngettext("%(count)s row was discarded.", "%(count)s rows were discarded.", count)
    messages.success(request, text % {"count": number(count)})
    return _back(request, run)


def _ticked(request: HttpRequest, rows: QuerySet[QuarantinedRow]) -> QuerySet[QuarantinedRow]:
    """The ticked ones among ``rows``, or all of them when the person chose “all of this list”."""
    if request.POST.get("which") == "all":
        return rows
    ids = [int(each) for each in request.POST.getlist("rows") if each.isdecimal() and len(each) < 18]
    if not ids:
        raise Refused("none_ticked", _("Tick at least one row, or choose all rows of the list."))
    return rows.filter(pk__in=ids)


def _one_value(request: HttpRequest, run: Import, chosen: QuarantineFilter) -> HttpResponse:
    file, reason = chosen.file_chosen, chosen.cleaned_data.get("reason", "")
    form = ValueForm(request.POST, file) if file and reason else None
    if file is None or form is None or not form.is_valid():
        raise Refused("no_column", _("Choose one file, one reason and a column first."))
    given = form.cleaned_data
    count = mending.apply_to_all(file, reason, given["column"], given["value"], person(request))
    text = ngettext("The value was put into %(count)s row.", "The value was put into %(count)s rows.", count)
    messages.success(request, text % {"count": number(count)} + " " + _("Try them again to load them."))
    return _back(request, run)


@require_safe
@allow(*history.READERS)
def quarantine_list(request: HttpRequest, pk: int, file_id: int) -> StreamingHttpResponse:
    """The waiting rows of one file as a spreadsheet to mend and send back."""
    file = get_object_or_404(ImportFile, run=_import(request, pk), pk=file_id)
    return csv_response(f"quarantine-{pk}-{file.pk}", corrections.head(file), corrections.lines(file))


@takes_files
@require_POST
@allow(*history.READERS)
def quarantine_corrected(request: HttpRequest, pk: int) -> HttpResponse:
    """The mended spreadsheet comes back: its corrections are kept and tried at once."""
    run, form = _import(request, pk), CorrectedForm(request.POST, request.FILES)
    if not form.is_valid():
        messages.error(request, _("Choose the mended list first."))
        return redirect("import-quarantine", run.pk)
    try:
        return _begun(corrections.bring_back(run, form.cleaned_data["file"], person(request)))
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("import-quarantine", run.pk)
