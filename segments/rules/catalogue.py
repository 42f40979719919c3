"""The closed list of what a rule may speak of: each field with its words and its meaning in SQL.

An expression is null exactly where nothing is known of the customer. Windows of days end at the date of the data, those of
campaigns at today. A customer that others were merged into has their events too. Apps above add fields with ``declare``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import (
    BooleanField,
    Case,
    CharField,
    Count,
    Exists,
    F,
    FloatField,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, Lower, NullIf
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Consent, Contact, ContractLine, Customer, NpsAnswer, Proposal, Purpose, Ticket, UsageDay
from segments.models import Membership, Score
from segments.rules.tree import Field, Kind

CLOSED = ("closed", "solved", "fechado", "resolvido")
URGENT = "^(high|urgent|alta|urgente|critical)$"
ENDED = ("CANCELADO", "TROCADO")
KEPT_TICKETS = 20
"""The newest tickets that the base keeps of a customer: a count of more cannot be told."""


@dataclass(frozen=True)
class Scope:
    """The state of things that a rule is read against: dates, and the runs that say who is in a segment now.

    ``runs`` maps the passport of a rule segment to the run of its members; ``clustered`` are the passports found by clustering.
    """

    as_of: date
    today: date
    published: int | None
    runs: Mapping[str, int | None]
    clustered: frozenset[str]


Reading = Callable[[Scope], Any]
Matching = Callable[[Scope, tuple[str, ...]], Any]
Counting = Callable[[Scope, int], Any]


@dataclass(frozen=True)
class Declared:
    """A field in full. ``value`` reads a figure, a date, a text or a yes; ``match`` answers a choice of many; ``count`` an event.

    ``unit`` is BRL, percent, days or empty. ``section`` groups the fields in the list.
    """

    field: Field
    section: str
    label: str | Promise
    unit: str = ""
    value: Reading | None = None
    match: Matching | None = None
    count: Counting | None = None
    options: str = ""


SECTIONS: dict[str, str | Promise] = {
    "customer": _("Customer"),
    "figures": _("Figures"),
    "contact": _("Contacts and consent"),
    "events": _("Events"),
    "segments": _("Segments and scores"),
}
FIELDS: dict[str, Declared] = {}


def declare(*fields: Declared) -> None:
    """Add fields, once, while the product starts."""
    for each in fields:
        FIELDS[each.field.key] = each


def pure() -> dict[str, Field]:
    """The fields as the pure modules know them."""
    return {key: each.field for key, each in FIELDS.items()}


def family() -> QuerySet[Customer, Any]:
    """The customer of the outermost query and whoever was merged into it, for ``customer__in`` of a subquery."""
    rows: QuerySet[Customer] = (
        Customer.every.annotate(head=Coalesce("merged_into", "pk")).filter(head=OuterRef(OuterRef("pk"))).order_by()
    )
    return rows.values("pk")


def counted(rows: QuerySet[Any], known: Q | None) -> Any:
    """How many rows there are, 0 for none; null where ``known`` does not hold."""
    number = rows.order_by().annotate(whole=Value(1)).values("whole").annotate(n=Count("pk")).values("n")
    total = Coalesce(Subquery(number, output_field=IntegerField()), 0)
    return total if known is None else Case(When(known, then=total), output_field=IntegerField())


def window(column: str, end: date, days: int) -> dict[str, date]:
    """The filter for the last ``days`` days up to ``end``."""
    return {f"{column}__gt": end - timedelta(days=days), f"{column}__lte": end}


def _column(name: str) -> Reading:
    return lambda scope: F(name)


def _written(name: str) -> Reading:
    """A text column in which an empty text means that nothing is known."""
    return lambda scope: NullIf(F(name), Value(""))


def _contracts(name: str) -> Reading:
    """A count of contract lines: unknown for a customer of whom no line is on record."""
    return lambda scope: Case(
        When(picture__contract_lines__gt=0, then=F(f"picture__{name}")), output_field=IntegerField()
    )


def _cancelled_share(scope: Scope) -> Any:
    return Cast(F("picture__cancelled_lines"), FloatField()) / NullIf(
        Cast(F("picture__contract_lines"), FloatField()), Value(0.0)
    )


def _events(model: Any, column: str, known: Q, **more: Any) -> Counting:
    return lambda scope, days: counted(
        model.objects.filter(customer__in=family(), **more, **window(column, scope.as_of, days)), known
    )


def _has_row(rows: Callable[[], QuerySet[Any]]) -> Reading:
    return lambda scope: Exists(rows())


def _people(**more: Any) -> QuerySet[Contact]:
    return Contact.objects.filter(customer__in=family(), erased_at=None, **more)


def _consented(purpose: str) -> Reading:
    def rows() -> QuerySet[Consent]:
        return Consent.objects.filter(
            contact__customer__in=family(), contact__erased_at=None, purpose=purpose, granted=True
        )

    return _has_row(rows)


def _units(scope: Scope, wanted: tuple[str, ...]) -> Any:
    mine = Exists(ContractLine.objects.filter(customer__in=family(), business_unit__in=wanted))
    return Case(When(picture__contract_lines__gt=0, then=mine), output_field=BooleanField())


def _products(scope: Scope, wanted: tuple[str, ...]) -> Any:
    """A line of the product that is neither cancelled nor replaced; unknown for a customer without any line on record."""
    lines = ContractLine.objects.filter(customer__in=family(), product__in=wanted)
    mine = Exists(lines.exclude(status__in=ENDED))
    return Case(When(picture__contract_lines__gt=0, then=mine), output_field=BooleanField())


def _open_tickets(**more: Any) -> Reading:
    """Of the newest tickets of a customer, those that are still open."""

    def read(scope: Scope) -> Any:
        rows = Ticket.objects.annotate(state=Lower("status")).filter(customer__in=family(), **more)
        return counted(rows.exclude(state__in=CLOSED), Q(picture__has_tickets=True))

    return read


def _in_segments(scope: Scope, wanted: tuple[str, ...]) -> Any:
    """In one of the segments; unknown for who came after the published run (rule segments know everybody)."""
    found = Q()
    for passport in wanted:
        run = scope.published if passport in scope.clustered else scope.runs.get(passport)
        found |= Q(_in_segment(run, passport, everybody=passport not in scope.clustered))
    return found


def _in_segment(run: int | None, passport: str, *, everybody: bool) -> Any:
    if run is None:
        return Cast(Value(None), BooleanField())
    rows = Membership.objects.filter(run=run, customer=OuterRef("pk"))
    mine = Exists(rows.filter(segment__passport=passport))
    return mine if everybody else Case(When(Exists(rows), then=mine), output_field=BooleanField())


SCORES = (
    ("churn_risk", Score.Kind.CHURN_RISK, "", _("Churn risk (indicator by rules)")),
    ("churn", Score.Kind.CHURN, "", _("Churn (trained model)")),
    ("expansion", Score.Kind.EXPANSION, "", _("Expansion (trained model)")),
    ("product_rd", Score.Kind.PRODUCT, "RD", _("Purchase from RD Station (trained model)")),
    ("product_gestao", Score.Kind.PRODUCT, "GESTAO", _("Purchase from TOTVS Gestão (trained model)")),
    ("product_techfin", Score.Kind.PRODUCT, "TECHFIN", _("Purchase from TechFin (trained model)")),
)


def _score(kind: str, target: str) -> Reading:
    return lambda scope: Subquery(
        Score.objects.filter(customer=OuterRef("pk"), kind=kind, target=target).order_by().values("value")[:1],
        output_field=FloatField(),
    )


def _figure(name: str, kind: Kind, label: str | Promise, unit: str = "", value: Reading | None = None) -> Declared:
    return Declared(Field(name, kind), "figures", label, unit, value or _column(f"picture__{name}"))


def _event(name: str, label: str | Promise, count: Counting, most: int = 10_000) -> Declared:
    return Declared(Field(name, "event", nullable=False, most=most), "events", label, count=count)


def _words(name: str, label: str | Promise, value: Reading | None = None) -> Declared:
    return Declared(Field(name, "text"), "customer", label, value=value or _written(name))


def _choice(name: str, label: str | Promise, value: Reading | None = None, options: str = "") -> Declared:
    return Declared(Field(name, "choice"), "customer", label, value=value or _written(name), options=options or name)


declare(
    _choice("industry", _("Industry")),
    _choice("subindustry", _("Sub-industry")),
    _choice("state", _("Federal state")),
    _choice("revenue_band", _("Revenue band")),
    _choice("owner", _("Account owner"), lambda scope: Cast(F("owner_id"), CharField())),
    Declared(
        Field("business_unit", "choice", nullable=False),
        "customer",
        _("Business unit of a contract"),
        match=_units,
        options="business_unit",
    ),
    Declared(
        Field("product", "choice", nullable=False), "customer", _("Product in use"), match=_products, options="product"
    ),
    Declared(Field("since", "date"), "customer", _("Customer since"), value=_column("since")),
    _words("name", _("Name")),
    _words("code", _("Code")),
    _words("city", _("City")),
    _words("cnae", _("Activity (CNAE)")),
    _figure("mrr", "money", _("Monthly recurring revenue"), "BRL"),
    _figure("contract_value", "money", _("Value of all contracts"), "BRL"),
    _figure("contract_lines", "number", _("Contract lines"), "", _contracts("contract_lines")),
    _figure("active_lines", "number", _("Active contract lines"), "", _contracts("active_lines")),
    _figure("cancelled_lines", "number", _("Cancelled contract lines"), "", _contracts("cancelled_lines")),
    _figure("cancelled_share", "share", _("Share of cancelled contract lines"), "percent", _cancelled_share),
    _figure("products", "number", _("Different products"), "", _contracts("products")),
    _figure("product_lines", "number", _("Different product lines"), "", _contracts("product_lines")),
    _figure("last_contract_on", "date", _("Last contract signed")),
    _figure("purchases_12m", "number", _("Purchases in 12 months")),
    _figure("purchases_value_12m", "money", _("Value bought in 12 months"), "BRL"),
    _figure("proposals", "number", _("Proposals received")),
    _figure("proposals_discount", "number", _("Mean discount in proposals"), "percent_points"),
    _figure("last_proposal_on", "date", _("Last proposal")),
    _figure("nps_last", "number", _("Last NPS answer")),
    _figure("nps_last_on", "date", _("Day of the last NPS answer")),
    _figure("nps_mean", "number", _("Mean NPS answer")),
    _figure("nps_product_mean", "number", _("Mean product score")),
    _figure("nps_support_mean", "number", _("Mean support score")),
    _figure("tickets_12m", "number", _("Support tickets in 12 months")),
    _figure("tickets_90d", "number", _("Support tickets in 90 days")),
    _figure("tickets_high_12m", "number", _("High-priority tickets in 12 months")),
    _figure("tickets_open", "number", _("Open support tickets"), "", _open_tickets()),
    _figure("tickets_open_high", "number", _("Open high-priority tickets"), "", _open_tickets(priority__iregex=URGENT)),
    _figure("ticket_days_mean", "number", _("Mean days to close a ticket"), "days"),
    _figure("usage_events", "number", _("Product events in the telemetry window")),
    _figure("usage_active_days", "number", _("Days with use in the telemetry window"), "days"),
    _figure("usage_modules", "number", _("Modules in use")),
    _figure("usage_denied", "number", _("Denied accesses")),
    _figure("invoiced_12m", "money", _("Invoiced in 12 months"), "BRL"),
    _figure("overdue_invoices", "number", _("Overdue invoices")),
    _figure("overdue_value", "money", _("Overdue amount"), "BRL"),
    _figure("payment_delay_days", "number", _("Mean payment delay"), "days"),
    Declared(
        Field("has_email", "yes_no", nullable=False),
        "contact",
        _("Has a contact with a working e-mail address"),
        value=_has_row(lambda: _people(bounced_at=None).exclude(email="")),
    ),
    *(
        Declared(
            Field(f"consent_{purpose.value}", "yes_no", nullable=False), "contact", label, value=_consented(purpose)
        )
        for purpose, label in (
            (Purpose.MARKETING, _("Has a contact who agreed to marketing")),
            (Purpose.SERVICE, _("Has a contact who agreed to service messages")),
            (Purpose.CREDIT, _("Has a contact who agreed to credit offers")),
        )
    ),
    _event("tickets", _("Support tickets opened"), _events(Ticket, "created_on", Q(picture__has_tickets=True)), KEPT_TICKETS),
    _event("signed", _("Contract lines signed"), _events(ContractLine, "signed_on", Q(picture__contract_lines__gt=0))),
    _event("offered", _("Sales proposals"), _events(Proposal, "uploaded_on", Q(picture__has_proposals=True))),
    _event("answered", _("NPS answers given"),
           _events(NpsAnswer, "answered_on", Q(picture__has_nps=True), kind=NpsAnswer.Kind.RELATIONAL)),
    _event("used", _("Days with product use"), _events(UsageDay, "day", Q(picture__has_usage=True))),
    Declared(
        Field("segment", "choice", nullable=False), "segments", _("Segment"), match=_in_segments, options="segment"
    ),
    *(
        Declared(Field(f"score_{name}", "share"), "segments", label, "percent", _score(kind, target))
        for name, kind, target, label in SCORES
    ),
)  # fmt: skip
