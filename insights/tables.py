"""Tables of the insights pages."""

from typing import Any, ClassVar

import django_tables2 as tables
from django.db.models import F, QuerySet
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from b2shift.lib.cells import NUM
from b2shift.templatetags.b2shift import brl, number, percent
from segments.models import Score


class AtRiskTable(tables.Table):
    """Customers above the risk line (``queries.at_risk``), with owner, segment, MRR and last NPS answer."""

    customer = tables.Column(
        verbose_name=_("Customer"),
        order_by=("customer__name", "customer__code"),
        attrs={"td": {"class": "b2-wide-cell"}},
    )
    owner = tables.Column(
        verbose_name=_("Account owner"), accessor="customer__owner", order_by=("customer__owner__name",)
    )
    segment = tables.Column(verbose_name=_("Segment"), order_by=("segment_name",), empty_values=())
    mrr = tables.Column(verbose_name=_("MRR"), accessor="customer__picture__mrr", attrs=NUM, empty_values=())
    nps = tables.Column(verbose_name=_("Last NPS"), accessor="customer__picture__nps_last", attrs=NUM, empty_values=())
    value = tables.Column(verbose_name=_("Risk indicator"), attrs=NUM)

    class Meta:
        attrs: ClassVar = {"class": "table table-vcenter card-table"}
        empty_text = _("No customer is above the risk line.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.caption = _("Customers at risk")

    def render_customer(self, record: Score) -> SafeString:
        """The name over the code, linked to the account page."""
        customer = record.customer
        under = format_html('<div class="text-secondary small">{}</div>', customer.code) if customer.name else ""
        return format_html('<a href="{}">{}</a>{}', reverse("customer", args=[customer.code]), customer, under)

    def render_segment(self, record: Score) -> SafeString | str:
        """The segment of the published run; a dash for a customer without one."""
        passport, name = record.segment, record.segment_name  # type: ignore[attr-defined]
        if not passport:
            return "—"
        if (get_language() or "").startswith("en"):
            name = record.segment_name_en or name  # type: ignore[attr-defined]
        return format_html('<a href="{}">{}</a>', reverse("segment", args=[passport]), name)

    def render_mrr(self, value: Any) -> str:
        """Money, or the dash that says there are no data."""
        return brl(value)

    def render_nps(self, value: Any) -> str:
        """0–10, or the dash that says there are no data."""
        return number(value)

    def render_value(self, value: float) -> str:
        """The indicator as a percentage."""
        return percent(value, 0)

    def order_mrr(self, rows: QuerySet[Score], descending: bool) -> tuple[QuerySet[Score], bool]:
        """Customers without MRR data last."""
        return _nulls_last(rows, "customer__picture__mrr", descending)

    def order_nps(self, rows: QuerySet[Score], descending: bool) -> tuple[QuerySet[Score], bool]:
        """Customers without an answer last."""
        return _nulls_last(rows, "customer__picture__nps_last", descending)


def _nulls_last(rows: QuerySet[Score], column: str, descending: bool) -> tuple[QuerySet[Score], bool]:
    field = F(column)
    return rows.order_by(field.desc(nulls_last=True) if descending else field.asc(nulls_last=True), "pk"), True
