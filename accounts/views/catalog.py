"""The catalogue on screen: datasets, columns, one of each, and what a person says they mean."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django_tables2 import RequestConfig

from accounts import tasks
from accounts.catalog import datasets, descriptions, gate, queries
from accounts.catalog.queries import DESCRIBERS, READERS, Shown
from accounts.forms.catalog import ColumnFilter, DatasetFilter, DescriptionForm
from accounts.permissions import allow, person
from accounts.views import catalog_charts as charts
from accounts.views.catalog_tables import ColumnTable, ColumnVersionTable, DatasetTable, VersionTable, age, parts
from b2shift.lib.api import Refused
from b2shift.lib.htmx import page_or_fragment

ROWS = 40


def section_tabs(active: str) -> list[dict[str, Any]]:
    """The three pages of the section."""
    pages = [
        ("catalog", _("Datasets"), "database"), ("catalog-columns", _("Columns"), "columns"),
        ("catalog-gate", _("Data gate"), "shield-check"),
    ]  # fmt: skip
    return [
        {"label": label, "href": reverse(name), "active": name == active, "icon": icon} for name, label, icon in pages
    ]


@allow(*READERS)
@require_safe
def catalog(request: HttpRequest) -> HttpResponse:
    """Every dataset with quality, freshness and owner."""
    found, form = queries.shown(), DatasetFilter(request.GET)
    table = DatasetTable(form.apply(found))
    RequestConfig(request, paginate={"per_page": ROWS}).configure(table)
    loaded = [each for each in found if each.score is not None]
    context = {
        "table": table, "form": form, "tabs": section_tabs("catalog"), "known": len(found), "loaded": len(loaded),
        "columns": sum(len(each.entry.columns) for each in found),
        "late": sum(each.is_late for each in found),
        "score": sum(each.score or 0 for each in loaded) / len(loaded) if loaded else None,
        "closed": {purpose: gate.blocks(purpose) for purpose in gate.PURPOSES},
    }  # fmt: skip
    return page_or_fragment(request, "accounts/catalog.html", "_table.html", context)


@allow(*READERS)
@require_safe
def columns(request: HttpRequest) -> HttpResponse:
    """Every column of every dataset, to search."""
    form = ColumnFilter(request.GET)
    table = ColumnTable(form.apply(queries.columns(queries.shown())), names_dataset=True)
    RequestConfig(request, paginate={"per_page": ROWS}).configure(table)
    context = {"table": table, "form": form, "tabs": section_tabs("catalog-columns")}
    return page_or_fragment(request, "accounts/catalog_columns.html", "_table.html", context)


@allow(*READERS)
@require_safe
def dataset(request: HttpRequest, name: str) -> HttpResponse:
    """One dataset: score with its parts, lineage, columns, versions."""
    shown = _shown(name)
    found = queries.columns([shown])
    table = ColumnTable(found)
    RequestConfig(request, paginate=False).configure(table)
    everything = datasets.entries()
    may_describe = person(request).role in DESCRIBERS
    context = {
        "shown": shown, "entry": shown.entry, "table": table, "parts": parts(shown), "age": age(shown),
        "drifting": [each for each in found if each.drifts],
        "feeds": [each for each in everything if each.name in shown.entry.feeds],
        "feeding": datasets.made_from(name, everything),
        "uses": [{"label": each.label, "href": href} for each in datasets.uses(shown.entry) if (href := _address(each.url))],
        "features": _address("segment-features", shown.entry.root),
        "files": queries.imports_of(shown.entry),
        "versions": VersionTable(queries.history(name)[:10], prefix="versions-"),
        "history": charts.history(list(queries.history(name)[:20])),
        "form": _form(shown, ""), "note": shown.notes.get(""), "may_describe": may_describe,
        "may_draft": may_describe and descriptions.is_configured() and any(c.note is None for c in found),
        "drafting": any(c.note and c.note.state == c.note.State.ASKED for c in found),
    }  # fmt: skip
    return page_or_fragment(request, "accounts/catalog_dataset.html", "_table.html", context)


@allow(*READERS)
@require_safe
def column(request: HttpRequest, name: str, column: str) -> HttpResponse:
    """One column: what it means, how it is distributed, how it changed."""
    shown = _shown(name)
    found = next((each for each in queries.columns([shown]) if each.field.name == column), None)
    if found is None:
        raise Http404
    context = {
        "shown": shown, "entry": shown.entry, "found": found, "field": found.field,
        "kind": datasets.KINDS[found.field.kind], "personal": datasets.PERSONAL[found.field.personal],
        "of_people": found.field.personal in datasets.OF_PEOPLE,
        "chart": charts.distribution(found), "figures": charts.figures(found),
        "versions": ColumnVersionTable(queries.column_history(name, column)[:10]),
        "form": _form(shown, column), "note": found.note, "may_describe": person(request).role in DESCRIBERS,
    }  # fmt: skip
    return render(request, "accounts/catalog_column.html", context)


@allow(*DESCRIBERS)
@require_POST
def describe(request: HttpRequest, name: str, column: str = "") -> HttpResponse:
    """Keep a person's words for a dataset or a column."""
    form = DescriptionForm(request.POST)
    try:
        if not form.is_valid():
            raise Refused("bad_text", _("A description has at most 300 characters."))
        descriptions.confirm(name, column, form.cleaned_data["text_pt"], form.cleaned_data["text_en"], person(request))
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("The description is confirmed with your name."))
    return redirect("catalog-column", name, column) if column else redirect("catalog-dataset", name)


@allow(*DESCRIBERS)
@require_POST
def draft(request: HttpRequest, name: str) -> HttpResponse:
    """Have the model draft what nobody described yet."""
    try:
        descriptions.ask(name, person(request))
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        tasks.wake_catalog()
        messages.success(request, _("The drafts are being written. Confirm or edit each one when it is there."))
    return redirect("catalog-dataset", name)


def _shown(name: str) -> Shown:
    found = queries.one(name)
    if found is None:
        raise Http404
    return found


def _form(shown: Shown, column: str) -> DescriptionForm:
    note = shown.notes.get(column)
    return DescriptionForm(initial={"text_pt": note.text_pt, "text_en": note.text_en} if note else {})


def _address(name: str, *args: str) -> str | None:
    """The path of a page of any app; None where no app serves it."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return None
