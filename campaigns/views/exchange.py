"""The catalogue as files: export as filtered, and import with a look before anything changes."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import Role
from accounts.permissions import allow, person
from b2shift.lib.api import Refused
from b2shift.lib.export import csv_response, xlsx_response
from b2shift.lib.uploads import takes_files
from campaigns import exchange
from campaigns.forms.catalogue import OfferFilter, StrategyFilter
from campaigns.models import CatalogueFile, Offer, Playbook, Strategy
from campaigns.views.catalogue import READERS

Kind = CatalogueFile.Kind
WRITERS = (Role.MANAGER, Role.ADMIN)  # what each kind asks for is checked by the verb, and here before a page is shown
SHOWN = 200
TONES = {"add": "good", "change": "info", "same": "neutral", "refuse": "bad"}
VERBS = {
    "add": pgettext_lazy("row", "New"),
    "change": pgettext_lazy("row", "Changed"),
    "same": pgettext_lazy("row", "Unchanged"),
    "refuse": pgettext_lazy("row", "Refused"),
}


class FileForm(forms.Form):
    """One file."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,.xlsx,.xlsm,.json"}),
        help_text=gettext_lazy(
            "CSV or XLSX with a header of column names; playbooks as JSON too. An export is such a file."
        ),
    )


@allow(*READERS)
@require_GET
def catalogue_export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The rows that the list shows, as CSV, XLSX (``?format=xlsx``) or, for playbooks, JSON."""
    shown, wanted = _rows(request, _kind(kind)), request.GET.get("format", "csv")
    name = f"b2shift-{kind}"
    if wanted == "json" and kind == Kind.PLAYBOOKS:
        answer = JsonResponse(
            exchange.as_json(shown), safe=False, json_dumps_params={"ensure_ascii": False, "indent": 1}
        )
        answer["Content-Disposition"] = f'attachment; filename="{name}.json"'
        return answer
    make = xlsx_response if wanted == "xlsx" else csv_response
    return make(name, exchange.COLUMNS[kind], exchange.rows_of(kind, shown))


@takes_files
@allow(*WRITERS)
@require_http_methods(["GET", "HEAD", "POST"])
def catalogue_import(request: HttpRequest, kind: str) -> HttpResponse:
    """Send a file to be looked at."""
    _ensure_writer(request, _kind(kind))
    form = FileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            sent = exchange.receive(kind, form.cleaned_data["file"], person(request))
        except Refused as refusal:
            form.add_error("file", refusal.message)
        else:
            return redirect("catalogue-file", pk=sent.pk)
    context = {
        "form": form,
        "label": Kind(kind).label,
        "kind": kind,
        "columns": exchange.COLUMNS[kind],
        "keys": exchange.KEYS[kind],
        "earlier": CatalogueFile.objects.filter(kind=kind).select_related("sent_by", "applied_by")[:10],
    }
    return render(request, "campaigns/catalogue_import.html", context, status=422 if form.errors else 200)


@allow(*WRITERS)
@require_GET
def catalogue_file(request: HttpRequest, pk: int) -> HttpResponse:
    """What a file would do, row by row, or what it did."""
    sent = get_object_or_404(CatalogueFile.objects.select_related("sent_by", "applied_by"), pk=pk)
    _ensure_writer(request, sent.kind)
    context: dict[str, Any] = {"sent": sent, "back": reverse("catalogue-import", args=[sent.kind])}
    if sent.applied_at is None:
        found = exchange.plan(sent)
        listed = [*found.of("refuse"), *found.of("add"), *found.of("change"), *found.of("same")]
        context |= {
            "plan": found,
            "rows": [_told(change) for change in listed[:SHOWN]],
            "more": max(0, len(listed) - SHOWN),
        }
    counts = found.counts if sent.applied_at is None else sent.outcome
    context["counts"] = [(VERBS[verb], TONES[verb], counts.get(verb, 0)) for verb in VERBS]
    return render(request, "campaigns/catalogue_file.html", context)


@allow(*WRITERS)
@require_POST
def catalogue_apply(request: HttpRequest, pk: int) -> HttpResponse:
    """Put the file into force as it was shown."""
    sent = get_object_or_404(CatalogueFile, pk=pk)
    _ensure_writer(request, sent.kind)
    try:
        counts = exchange.apply(pk, request.POST.get("seen", ""), person(request))
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        said = _("Imported: %(add)s new, %(change)s changed, %(same)s unchanged.") % counts
        messages.success(request, said)
    return redirect("catalogue-file", pk=pk)


def _rows(request: HttpRequest, kind: str) -> Any:
    if kind == Kind.OFFERS:
        return OfferFilter(request.GET, Offer.objects.order_by("business_unit", "play", "step", "code")).qs
    found = StrategyFilter(request.GET, Strategy.objects.order_by("business_unit", "play", "code")).qs
    if kind == Kind.STRATEGIES:
        return found
    return (
        Playbook.objects.filter(strategy__in=found).select_related("strategy").order_by("strategy__code", "-language")
    )


def _kind(kind: str) -> str:
    if kind not in Kind.values:
        raise Http404
    return kind


def _ensure_writer(request: HttpRequest, kind: str) -> None:
    if person(request).role not in exchange.WRITERS[kind]:
        raise PermissionDenied


def _told(change: Any) -> dict[str, Any]:
    return {"change": change, "verb": VERBS[change.verb], "tone": TONES[change.verb]}
