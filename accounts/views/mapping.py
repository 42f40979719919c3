"""Mapping on screen: what is in a file, what it could become, a preview, and the sources that people made."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import mapping, tasks
from accounts.catalog import datasets
from accounts.forms.mapping import KINDS, MappingForm, posted
from accounts.ingest import history
from accounts.lake.detection import Table
from accounts.models import Import, ImportFile, MappedSource
from accounts.permissions import allow, person
from accounts.sources import BY_NAME, SOURCES
from accounts.sources.declaration import Personal, Source
from accounts.sources.findings import explain
from accounts.sources.mapping import Spec, bases
from b2shift.lib.api import Refused

TRIAL = "mapping-trial"  # the part of the page that shows what an import would do


@allow(*mapping.MAPPERS)
def map_file(request: HttpRequest, pk: int, file: int) -> HttpResponse:
    """Map a file that no source recognised: proposal, preview (nothing is stored), save."""
    run = get_object_or_404(history.imports(person(request)), pk=pk)
    found = get_object_or_404(run.files.select_related("run"), pk=file)
    if mapping.path_of(found) is None:
        raise Http404
    return _page(request, found, None)


@allow(*mapping.MAPPERS)
def edit_source(request: HttpRequest, name: str) -> HttpResponse:
    """Change a mapping, tried on the newest file that it read."""
    mapped = get_object_or_404(mapping.mapped_sources(), name=name)
    return _page(request, mapping.latest_file(mapped), mapped)


def _page(request: HttpRequest, file: ImportFile | None, mapped: MappedSource | None) -> HttpResponse:
    try:
        table = _table(file, mapped)
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("import", file.run_id) if file else redirect("sources")
    form = MappingForm(_spec(request, table, file, mapped))
    if request.method == "POST" and request.POST.get("action") == "save":
        done = _saved(request, form, file, mapped)
        if done is not None:
            return done
    tried = request.method == "POST" and not form.error
    context = _context(table, file, mapped, form) | (_trial(form, file) if tried else {})
    if tried and request.headers.get("HX-Target") == TRIAL:
        return render(request, "accounts/_mapping_trial.html", context)
    return render(request, "accounts/mapping.html", context, status=422 if form.error else 200)


def _table(file: ImportFile | None, mapped: MappedSource | None) -> Table:
    """What is in the file; of a mapping whose file is gone, its columns only."""
    path = mapping.path_of(file) if file else None
    if file and path:
        return mapping.look(path, file.name)
    header = list(mapped.spec.get("header", [])) if mapped else []
    return Table("", "csv", "", "", '"', header, 1, 0, [], [], [], "")


def _spec(request: HttpRequest, table: Table, file: ImportFile | None, mapped: MappedSource | None) -> Spec:
    if mapped is not None:
        start: Spec = {**mapped.spec, "name": mapped.name, "title": mapped.title, "base": mapped.base}
    else:
        start = mapping.propose(table, file.name if file else "", request.GET.get("base", ""))
    return posted(request.POST, start) if request.method == "POST" else start


def _saved(
    request: HttpRequest, form: MappingForm, file: ImportFile | None, mapped: MappedSource | None
) -> HttpResponse | None:
    """Where to go after saving; None when the mapping is refused, with the reason on the form."""
    try:
        if mapped is None:
            _made, run = mapping.save(person(request), form.spec, file)
        else:
            run = mapping.edit(person(request), mapped, form.spec)
    except Refused as refusal:
        form.error = refusal.message
        return None
    messages.success(request, _("The source was saved. Files like this one are recognised from now on."))
    return _after(run)


def _after(run: Import | None) -> HttpResponse:
    if run is None:
        return redirect("sources")
    tasks.wake_import(run.pk)  # the row is committed; a lost wake-up is found by the sweeper
    return redirect("import", run.pk)


def _context(table: Table, file: ImportFile | None, mapped: MappedSource | None, form: MappingForm) -> dict[str, Any]:
    scores = {each.base: each for each in mapping.proposals(table, file.name)} if file and mapped is None else {}
    ranked = sorted(bases(), key=lambda source: -scores[source.name].score if source.name in scores else 0)
    return {
        "table": table, "file": file, "mapped": mapped, "form": form, "bases": ranked, "base": BY_NAME.get(form.spec["base"]),
        "likely": [each.base for each in scores.values() if not each.missing][:4],
        "columns": [(each, KINDS.get(each.kind, each.kind), each.blank / max(1, each.blank + each.filled)) for each in table.columns],
        "references": [each for each in mapping.known_specs() if each.get("reference") and each["name"] != form.spec.get("name")],
    }  # fmt: skip


def _trial(form: MappingForm, file: ImportFile | None) -> dict[str, Any]:
    path = mapping.path_of(file) if file else None
    if file is None or path is None:
        return {"refusal": _("The file that this source was made from is gone: there is nothing to try it on.")}
    try:
        return {"trial": mapping.attempt(path, file.name, form.spec)}
    except Refused as refusal:
        return {"refusal": refusal.message}


@require_safe
@allow(*history.READERS)
def sources(request: HttpRequest) -> HttpResponse:
    """Every source: those that the product declares and those that people made."""
    context = {"declared": SOURCES, "mapped": mapping.mapped_sources(), "titles": {s.name: s.title for s in SOURCES}}
    return render(request, "accounts/sources.html", context)


@require_safe
@allow(*history.READERS)
def source(request: HttpRequest, name: str) -> HttpResponse:
    """One declared source, column by column."""
    if name not in BY_NAME:
        raise Http404
    return render(request, "accounts/source.html", {"source": BY_NAME[name], "columns": _columns(BY_NAME[name])})


def _columns(declared: Source) -> list[dict[str, Any]]:
    """The columns of a declaration, with the words that the catalogue has for them."""
    entry = datasets.of_source(declared)
    return [
        {
            "column": column,
            "kind": datasets.KINDS[field.kind],
            "personal": datasets.PERSONAL[field.personal] if field.personal != Personal.NONE else "",
            "checks": [explain(check.code).title for check in declared.checks if check.column == column.name],
        }
        for column in declared.columns
        if (field := entry.column(column.name))
    ]


@require_POST
@allow(*mapping.MAPPERS)
def switch_source(request: HttpRequest, name: str) -> HttpResponse:
    """Switch a mapping on or off."""
    mapped = get_object_or_404(mapping.mapped_sources(), name=name)
    mapping.switch(person(request), mapped, active=request.POST.get("active") == "1")
    messages.success(
        request,
        _("The source is switched on.") if request.POST.get("active") == "1" else _("The source is switched off."),
    )
    return redirect("sources")


@require_POST
@allow(*mapping.MAPPERS)
def delete_source(request: HttpRequest, name: str) -> HttpResponse:
    """Take a mapping away."""
    mapped = get_object_or_404(mapping.mapped_sources(), name=name)
    try:
        mapping.delete(person(request), mapped)
        messages.success(request, _("The source was deleted. What it loaded stays."))
    except Refused as refusal:
        messages.error(request, refusal.message)
    return redirect("sources")
