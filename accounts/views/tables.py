"""Tables of the account pages."""

from typing import Any, ClassVar

import django_tables2 as tables
from django.db.models import F, QuerySet
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.models import AuditEntry, ContractLine, Customer, User
from b2shift.lib.cells import DENSE, NUM, WIDE, badge, link, tick, tick_all, two_lines
from b2shift.templatetags.b2shift import brl, day, moment, number


def customer_cell(customer: Customer) -> SafeString:
    """The name over the code, linked to the account page; the code alone where there is no name."""
    return two_lines(link(reverse("customer", args=[customer.code]), customer), customer.code if customer.name else "")


class CustomerTable(tables.Table):
    """Customers with their main figures; a dash is a missing figure."""

    chosen = tables.Column(accessor="code", orderable=False, exclude_from_export=True)
    name = tables.Column(verbose_name=_("Customer"), order_by=("name", "code"), empty_values=(), attrs=WIDE)
    industry = tables.Column(verbose_name=_("Industry"), empty_values=(None,))
    city = tables.Column(verbose_name=_("City"), order_by=("state", "city"), empty_values=())
    owner = tables.Column(verbose_name=_("Owner"), order_by=("owner__name",))
    since = tables.Column(verbose_name=_("Customer since"), attrs=NUM)
    mrr = tables.Column(verbose_name=_("MRR"), accessor="picture__mrr", attrs=NUM, empty_values=())
    nps = tables.Column(verbose_name=_("NPS, last"), accessor="picture__nps_last", attrs=NUM, empty_values=())
    tickets = tables.Column(
        verbose_name=_("Tickets, 12 months"), accessor="picture__tickets_12m", attrs=NUM, empty_values=()
    )

    class Meta:
        attrs: ClassVar = DENSE

    def __init__(self, *args: Any, selectable: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, exclude=() if selectable else ("chosen",), **kwargs)
        if selectable:
            self.columns["chosen"].column.verbose_name = tick_all(_("Select all"))
        self.caption = _("Customers")

    def render_chosen(self, record: Customer) -> SafeString:
        """A check box named after what it selects."""
        return tick("codes", record.code, _("Select %(customer)s") % {"customer": record})

    def render_name(self, record: Customer) -> SafeString:
        """The name over the code, linked to the account page."""
        return customer_cell(record)

    def render_city(self, record: Customer) -> str:
        """City and state, as far as they are known."""
        return " / ".join(part for part in (record.city, record.state) if part) or "—"

    def render_since(self, value: Any) -> str:
        """A day."""
        return day(value)

    def render_mrr(self, value: Any) -> str:
        """Money, or the dash that says there are no data."""
        return brl(value)

    def render_nps(self, value: Any) -> str:
        """0–10, or the dash that says there are no data."""
        return number(value)

    render_tickets = render_nps

    def order_since(self, queryset: QuerySet, is_descending: bool) -> tuple[QuerySet, bool]:
        """Unknown days last."""
        return _nulls_last(queryset, "since", is_descending)

    def order_mrr(self, queryset: QuerySet, is_descending: bool) -> tuple[QuerySet, bool]:
        """Customers without MRR data last."""
        return _nulls_last(queryset, "picture__mrr", is_descending)

    def order_nps(self, queryset: QuerySet, is_descending: bool) -> tuple[QuerySet, bool]:
        """Customers without an answer last."""
        return _nulls_last(queryset, "picture__nps_last", is_descending)

    def order_tickets(self, queryset: QuerySet, is_descending: bool) -> tuple[QuerySet, bool]:
        """Customers without ticket data last."""
        return _nulls_last(queryset, "picture__tickets_12m", is_descending)


def _nulls_last(rows: QuerySet, column: str, descending: bool) -> tuple[QuerySet, bool]:
    field = F(column)
    return rows.order_by(field.desc(nulls_last=True) if descending else field.asc(nulls_last=True), "code"), True


class ContractTable(tables.Table):
    """Lines of contracts."""

    product = tables.Column(verbose_name=_("Product"))
    line = tables.Column(verbose_name=_("Product line"))
    modality = tables.Column(verbose_name=_("Modality"))
    business_unit = tables.Column(verbose_name=_("Business unit"))
    status = tables.Column(verbose_name=_("Status"))
    signed_on = tables.Column(verbose_name=_("Signed on"), attrs=NUM)
    value = tables.Column(verbose_name=_("Value"), attrs=NUM)

    def render_signed_on(self, value: Any) -> str:
        """A day."""
        return day(value)

    def render_value(self, value: Any, record: ContractLine) -> str | SafeString:
        """Money; a token price, which says nothing about the value, is called symbolic."""
        return str(_("symbolic")) if record.is_token_price else brl(value)


class ProposalTable(tables.Table):
    """Past sales proposals."""

    number = tables.Column(verbose_name=_("Number"))
    uploaded_on = tables.Column(verbose_name=_("Date"), attrs=NUM)
    hosting = tables.Column(verbose_name=_("Hosting"))
    items = tables.Column(verbose_name=_("Items"), attrs=NUM)
    full_price = tables.Column(verbose_name=_("Full price"), attrs=NUM)
    discount = tables.Column(verbose_name=_("Discount"), attrs=NUM)
    total = tables.Column(verbose_name=_("Total"), attrs=NUM)

    def render_uploaded_on(self, value: Any) -> str:
        """A day."""
        return day(value)

    def render_total(self, value: Any) -> str:
        """Money."""
        return brl(value)

    render_full_price = render_discount = render_total


class InvoiceTable(tables.Table):
    """Invoices; an open one has no day of payment."""

    number = tables.Column(verbose_name=_("Number"))
    issued_on = tables.Column(verbose_name=_("Issued on"), attrs=NUM)
    due_on = tables.Column(verbose_name=_("Due on"), attrs=NUM)
    paid_on = tables.Column(verbose_name=_("Paid on"), attrs=NUM, empty_values=())
    value = tables.Column(verbose_name=_("Value"), attrs=NUM)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.caption = _("Invoices")

    def render_issued_on(self, value: Any) -> str:
        """A day."""
        return day(value)

    render_due_on = render_issued_on

    def render_paid_on(self, value: Any) -> Any:
        """A day, or the word “open”."""
        return day(value) if value else _("open")

    def render_value(self, value: Any) -> str:
        """Money."""
        return brl(value)


class TicketTable(tables.Table):
    """The most recent tickets."""

    number = tables.Column(verbose_name=_("Number"))
    created_on = tables.Column(verbose_name=_("Opened on"), attrs=NUM)
    group = tables.Column(verbose_name=_("Team"))
    kind = tables.Column(verbose_name=_("Kind"))
    priority = tables.Column(verbose_name=_("Priority"))
    status = tables.Column(verbose_name=_("Status"))

    def render_created_on(self, value: Any) -> str:
        """A day."""
        return day(value)


class UserTable(tables.Table):
    """People who sign in."""

    name = tables.Column(verbose_name=_("Name"))
    email = tables.Column(verbose_name=_("E-mail"))
    role = tables.Column(verbose_name=_("Role"))
    business_unit = tables.Column(verbose_name=_("Business unit"))
    is_active = tables.Column(verbose_name=_("Access"))
    last_login = tables.Column(verbose_name=_("Last sign-in"), attrs=NUM)

    def render_name(self, record: User) -> SafeString:
        """Linked to the person's page."""
        return link(reverse("user", args=[record.pk]), record.name)

    def render_is_active(self, value: bool) -> SafeString:
        """A word, coloured."""
        tone, word = ("good", _("Active")) if value else ("neutral", _("Closed"))
        return badge(tone, word)

    def render_last_login(self, value: Any) -> str:
        """Day and minute."""
        return moment(value)


class AuditTable(tables.Table):
    """Who did what, when."""

    at = tables.Column(verbose_name=_("When"), attrs={"td": {"class": "text-nowrap"}})
    actor = tables.Column(verbose_name=_("Person"), order_by=("actor__name",), empty_values=())
    action = tables.Column(verbose_name=_("Action"))
    target = tables.Column(verbose_name=_("Object"), order_by=("target", "target_id"))
    summary = tables.Column(verbose_name=_("Summary"), orderable=False)

    def render_at(self, value: Any) -> str:
        """Day and minute."""
        return moment(value)

    def render_actor(self, record: AuditEntry) -> str:
        """A name; what nobody did, the product did."""
        return str(record.actor or _("B2Shift"))

    def render_action(self, value: str) -> SafeString:
        """The name as programs know it."""
        return format_html("<code>{}</code>", value)

    def render_target(self, record: AuditEntry) -> str:
        """Kind and number."""
        return f"{record.target} {record.target_id}"
