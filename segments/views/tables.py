"""Tables of the segment pages."""

from __future__ import annotations

from typing import Any, ClassVar

import django_tables2 as tables
from django.db.models import F, QuerySet
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from b2shift.lib.cells import NUM
from b2shift.templatetags.b2shift import brl, number, percent
from segments import wording
from segments.models import Membership, Run


def _last(members: QuerySet[Membership], field: str, descending: bool) -> tuple[QuerySet[Membership], bool]:
    """Sorted with what is unknown at the end in both directions."""
    by = F(field).desc(nulls_last=True) if descending else F(field).asc(nulls_last=True)
    return members.order_by(by, "customer__code"), True


class MembersTable(tables.Table):
    """Customers of one segment; rows are memberships annotated with ``risk``."""

    customer = tables.TemplateColumn(
        template_name="segments/_customer_link.html",
        verbose_name=gettext_lazy("Customer"),
        order_by=("customer__name", "customer__code"),
    )
    industry = tables.Column(accessor="customer__industry", verbose_name=gettext_lazy("Industry"))
    state = tables.Column(accessor="customer__state", verbose_name=gettext_lazy("Federal state"))
    mrr = tables.Column(
        accessor="customer__picture__mrr", verbose_name=gettext_lazy("Monthly revenue"), attrs=NUM, empty_values=()
    )
    nps = tables.Column(
        accessor="customer__picture__nps_last", verbose_name=gettext_lazy("Last NPS"), attrs=NUM, empty_values=()
    )
    risk = tables.Column(verbose_name=gettext_lazy("Risk indicator"), attrs=NUM, empty_values=())
    confidence = tables.Column(verbose_name=gettext_lazy("Confidence"), attrs=NUM)

    class Meta:
        order_by = "-mrr"
        empty_text = gettext_lazy("No customers that you may see match. Clear or widen the filters.")

    def render_industry(self, value: str) -> str:
        """The industry in words."""
        return wording.industry(value)

    def render_mrr(self, value: Any) -> str:
        """Money, or a dash."""
        return brl(value)

    def render_nps(self, value: Any) -> str:
        """0–10, or a dash."""
        return number(value)

    def render_risk(self, value: float | None) -> str:
        """A percentage, or a dash where too little is known."""
        return percent(value, 0)

    def render_confidence(self, value: float) -> str:
        """A percentage."""
        return percent(value, 0)

    def order_mrr(self, members: QuerySet[Membership], is_descending: bool) -> tuple[QuerySet[Membership], bool]:
        """Unknown revenue last."""
        return _last(members, "customer__picture__mrr", is_descending)

    def order_nps(self, members: QuerySet[Membership], is_descending: bool) -> tuple[QuerySet[Membership], bool]:
        """No answer last."""
        return _last(members, "customer__picture__nps_last", is_descending)

    def order_risk(self, members: QuerySet[Membership], is_descending: bool) -> tuple[QuerySet[Membership], bool]:
        """Unknown risk last."""
        return _last(members, "risk", is_descending)


class OverlapTable(tables.Table):
    """Customers in both of two segments or in only one of them."""

    customer = tables.TemplateColumn(
        template_name="segments/_overlap_customer.html",
        verbose_name=gettext_lazy("Customer"),
        order_by=("name", "code"),
    )
    industry = tables.Column(verbose_name=gettext_lazy("Industry"))
    state = tables.Column(verbose_name=gettext_lazy("Federal state"))
    mrr = tables.Column(
        accessor="picture__mrr", verbose_name=gettext_lazy("Monthly revenue"), attrs=NUM, empty_values=()
    )

    class Meta:
        empty_text = gettext_lazy("No customer that you may see is here.")

    def render_industry(self, value: str) -> str:
        """The industry in words."""
        return wording.industry(value)

    def render_mrr(self, value: Any) -> str:
        """Money, or a dash."""
        return brl(value)


class RunsTable(tables.Table):
    """All runs, the newest first."""

    id = tables.TemplateColumn(template_name="segments/_run_link.html", verbose_name=gettext_lazy("Run"))
    state = tables.TemplateColumn(template_name="segments/_run_state.html", verbose_name=gettext_lazy("State"))
    algorithm = tables.Column(verbose_name=gettext_lazy("Method"))
    segments = tables.Column(verbose_name=gettext_lazy("Segments"), accessor="groups", attrs=NUM)
    customers = tables.Column(verbose_name=gettext_lazy("Customers"), attrs=NUM)
    noise_share = tables.Column(verbose_name=gettext_lazy("Without a segment"), attrs=NUM)
    started_by = tables.Column(verbose_name=gettext_lazy("Started by"), empty_values=())
    created_at = tables.TemplateColumn(
        "{% include '_timeago.html' with at=record.created_at only %}", verbose_name=gettext_lazy("Started")
    )

    class Meta:
        model = Run
        fields = ("id", "state", "algorithm", "segments", "customers", "noise_share", "started_by", "created_at")
        empty_text = gettext_lazy("No run yet. Start the first one above.")

    def render_algorithm(self, value: str) -> str:
        """The method by its name."""
        return str(wording.ALGORITHMS.get(value, value))

    def render_started_by(self, record: Run) -> str:
        """A person, the schedule or the command line."""
        if record.started_by:
            return str(record.started_by)
        return str(gettext_lazy("Schedule") if record.scheduled else gettext_lazy("Command line"))

    def render_customers(self, value: int) -> str:
        """A number."""
        return number(value)

    def render_noise_share(self, value: float) -> str:
        """A percentage."""
        return percent(value)


class LeaderboardTable(tables.Table):
    """Every candidate of a run with its numbers; rows are lines of ``Run.leaderboard`` with ``rank`` added."""

    rank = tables.Column(verbose_name="#", attrs=NUM)
    algorithm = tables.TemplateColumn(template_name="segments/_candidate.html", verbose_name=gettext_lazy("Method"))
    failures = tables.TemplateColumn(
        template_name="segments/_failures.html", verbose_name=gettext_lazy("Outcome"), orderable=False
    )
    k = tables.Column(verbose_name=gettext_lazy("Groups"), attrs=NUM)
    score = tables.Column(verbose_name=gettext_lazy("Score"), attrs=NUM)
    stability = tables.Column(verbose_name=gettext_lazy("Stability"), attrs=NUM, empty_values=())
    agreement = tables.Column(verbose_name=gettext_lazy("Agreement"), attrs=NUM)
    silhouette = tables.Column(verbose_name=gettext_lazy("Silhouette"), attrs=NUM, empty_values=())
    dbcv = tables.Column(verbose_name="DBCV", attrs=NUM, empty_values=())
    gap = tables.Column(verbose_name=gettext_lazy("Borders"), attrs=NUM, empty_values=())
    balance = tables.Column(verbose_name=gettext_lazy("Balance"), attrs=NUM, empty_values=())
    fidelity = tables.Column(verbose_name=gettext_lazy("Simplicity"), attrs=NUM, empty_values=())
    largest_share = tables.Column(verbose_name=gettext_lazy("Largest group"), attrs=NUM)
    smallest_size = tables.Column(verbose_name=gettext_lazy("Smallest group"), attrs=NUM)
    noise_share = tables.Column(verbose_name=gettext_lazy("Noise"), attrs=NUM)
    seconds = tables.Column(verbose_name=gettext_lazy("Seconds"), attrs=NUM)

    class Meta:
        row_attrs: ClassVar = {"class": lambda record: "table-active" if record.get("chosen") else ""}
        empty_text = gettext_lazy("No candidate was tried.")

    def _two_digits(self, value: float | None) -> SafeString | str:
        return number(value, 2)

    render_score = render_stability = render_agreement = render_silhouette = render_dbcv = _two_digits
    render_gap = render_balance = render_fidelity = render_seconds = _two_digits

    def render_largest_share(self, value: float) -> str:
        """A percentage."""
        return percent(value, 0)

    render_noise_share = render_largest_share
