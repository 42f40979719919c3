"""The customer list: filters that are remembered, export, reassignment."""

import csv
from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect
from django.utils.formats import number_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_tables2 import RequestConfig

from accounts import queries
from accounts.forms.customers import CustomerFilter, ReassignForm
from accounts.models import Customer, Role
from accounts.ownership import REASSIGNERS, reassign
from accounts.permissions import allow
from accounts.views.tables import CustomerTable
from b2shift.lib.api import Refused
from b2shift.lib.htmx import page_or_fragment, wants_fragment

REMEMBERED = "customers_filter"
PER_PAGE = 25
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
COLUMNS = (
    "code", "name", "cnpj", "since", "industry", "subindustry", "revenue_band", "city", "state", "owner__name", "picture__contract_value",
    "picture__mrr", "picture__nps_last", "picture__tickets_12m", "picture__usage_events", "picture__purchases_value_12m",
)  # fmt: skip


@allow()
@require_GET
def customers(request: HttpRequest) -> HttpResponse:
    """The customers that this person may see; without parameters, as filtered the last time."""
    remembered = request.session.get(REMEMBERED, "")
    if not request.GET and remembered and not wants_fragment(request):
        return redirect(f"{request.path}?{remembered}")
    if request.session.get(REMEMBERED, "") != request.GET.urlencode():
        request.session[REMEMBERED] = request.GET.urlencode()
    found = CustomerFilter(request.GET, queries.customer_rows(request.user), request=request)
    may_reassign = request.user.role in REASSIGNERS
    table = CustomerTable(found.chosen, selectable=may_reassign)
    RequestConfig(request, paginate={"per_page": PER_PAGE}).configure(table)
    context = {"filter": found, "table": table, "reassign": ReassignForm() if may_reassign else None, "clear": f"{request.path}?q="}
    return page_or_fragment(request, "accounts/customers.html", "_table.html", context)


@allow()
@require_GET
def export(request: HttpRequest) -> HttpResponseBase:
    """The filtered customers as CSV, in the separators of the person's language, streamed."""
    rows = CustomerFilter(request.GET, queries.customer_rows(request.user), request=request).chosen
    response = StreamingHttpResponse(csv_lines(rows.values_list(*COLUMNS)), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="customers.csv"'
    return response


@allow(Role.MANAGER, Role.ADMIN)
@require_POST
def reassign_customers(request: HttpRequest) -> HttpResponse:
    """Give the ticked customers to another sales rep."""
    form, codes = ReassignForm(request.POST), request.POST.getlist("codes")
    if not codes or not form.is_valid():
        messages.error(request, _("Tick at least one customer and choose a sales rep."))
        return redirect("customers")
    try:
        changed = reassign(request.user, [code for code in codes if "\x00" not in code], form.cleaned_data["owner"])
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("customers")
    text = ngettext("%(count)d customer now belongs to %(owner)s.", "%(count)d customers now belong to %(owner)s.", changed)
    messages.success(request, text % {"count": changed, "owner": form.cleaned_data["owner"]})
    return redirect("customers")


class _Line:
    """A file that gives back what is written to it: csv.writer wants a file."""

    def write(self, text: str) -> str:
        return text


def csv_lines(rows: Any) -> Iterator[str]:
    """Head and rows as CSV text with a byte-order mark, so that Excel reads the accents."""
    writer = csv.writer(_Line(), delimiter=";" if get_language() == "pt-br" else ",")
    yield "\ufeff" + writer.writerow([str(title) for title in _titles()])
    for row in rows.iterator(chunk_size=2000):
        yield writer.writerow([csv_cell(value) for value in row])


def csv_cell(value: object) -> str:
    """Text for one cell: empty for no data, localised figures, and an apostrophe before what a sheet would execute."""
    if value is None:
        return ""
    if isinstance(value, str):
        return f"'{value}" if value.lstrip(" ").startswith(FORMULA_STARTS) else value
    return str(number_format(value, use_l10n=True, force_grouping=False)) if not hasattr(value, "isoformat") else str(value)


def _titles() -> list[Any]:
    own = [Customer._meta.get_field(name).verbose_name for name in COLUMNS[:9]]
    return [
        *own, _("account owner"), _("contract value (BRL)"), _("MRR (BRL)"), _("last NPS score"), _("tickets, 12 months"),
        _("usage events"), _("purchases, 12 months (BRL)"),
    ]  # fmt: skip
