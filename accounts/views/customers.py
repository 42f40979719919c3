"""The customer list: filters that are remembered, export, reassignment."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST
from django_tables2 import RequestConfig

from accounts import queries
from accounts.forms.customers import CustomerFilter, GroupForm, ReassignForm
from accounts.groups import assign
from accounts.models import Role
from accounts.ownership import REASSIGNERS, reassign
from accounts.permissions import allow, person
from accounts.views.tables import CustomerTable
from b2shift.lib import remembered
from b2shift.lib.api import Refused
from b2shift.lib.export import csv_response
from b2shift.lib.htmx import page_or_fragment

REMEMBERED = "customers_filter"
PER_PAGE = 25
COLUMNS = (
    "code",
    "name",
    "cnpj",
    "since",
    "industry",
    "subindustry",
    "revenue_band",
    "city",
    "state",
    "owner__name",
    "picture__contract_value",
    "picture__mrr",
    "picture__nps_last",
    "picture__tickets_12m",
    "picture__usage_events",
    "picture__purchases_value_12m",
)


@allow()
@require_GET
def customers(request: HttpRequest) -> HttpResponse:
    """The customers that this person may see; without parameters, as filtered the last time."""
    if (again := remembered.filters(request, REMEMBERED)) is not None:
        return again
    found = CustomerFilter(request.GET, queries.customer_rows(person(request)), request=request)
    may_reassign = person(request).role in REASSIGNERS
    table = CustomerTable(found.chosen, selectable=may_reassign)
    RequestConfig(request, paginate={"per_page": PER_PAGE}).configure(table)
    context = {
        "filter": found,
        "table": table,
        "reassign": ReassignForm() if may_reassign else None,
        "clear": remembered.cleared(request),
    }
    return page_or_fragment(request, "accounts/customers.html", "_table.html", context)


@allow()
@require_GET
def export(request: HttpRequest) -> HttpResponseBase:
    """The filtered customers as CSV, in the separators of the person's language, streamed."""
    rows = CustomerFilter(request.GET, queries.customer_rows(person(request)), request=request).chosen
    return csv_response("customers", _titles(), rows.values_list(*COLUMNS).iterator(chunk_size=2000))


@allow(Role.MANAGER, Role.ADMIN)
@require_POST
def reassign_customers(request: HttpRequest) -> HttpResponse:
    """Give the ticked customers to another sales rep."""
    form, codes = ReassignForm(request.POST), request.POST.getlist("codes")
    if not codes or not form.is_valid():
        messages.error(request, _("Tick at least one customer and choose a sales rep."))
        return redirect("customers")
    try:
        changed = reassign(person(request), [code for code in codes if "\x00" not in code], form.cleaned_data["owner"])
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("customers")
    text = ngettext(
        "%(count)d customer now belongs to %(owner)s.", "%(count)d customers now belong to %(owner)s.", changed
    )
    messages.success(request, text % {"count": changed, "owner": form.cleaned_data["owner"]})
    return redirect("customers")


@allow(Role.ANALYST, Role.MANAGER, Role.ADMIN)
@require_POST
def group_customer(request: HttpRequest, code: str) -> HttpResponse:
    """Put the customer's company into a group, or out of it."""
    customer = get_object_or_404(queries.customer_rows(person(request)), code=code.replace("\x00", ""))
    form = GroupForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("A group's name has at most 120 characters."))
        return redirect("customer", code=customer.code)
    try:
        group = assign(person(request), customer.code, form.cleaned_data["group"])
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("customer", code=customer.code)
    told = (
        _("The company belongs to the group “%(group)s”.") % {"group": group} if group else _("In no group any more.")
    )
    messages.success(request, told)
    return redirect("customer", code=customer.code)


def _titles() -> list[Any]:
    return [
        _("code"),
        _("name"),
        "CNPJ",
        _("customer since"),
        _("industry"),
        _("sub-industry"),
        _("revenue band"),
        _("city"),
        _("state"),
        _("account owner"),
        _("contract value (BRL)"),
        _("MRR (BRL)"),
        _("last NPS score"),
        _("tickets, 12 months"),
        _("usage events"),
        _("purchases, 12 months (BRL)"),
    ]
