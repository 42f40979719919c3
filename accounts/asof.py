"""A customer as it was on a day: from dated rows alone, never with what became known later.

What has no date of its own (the status of a contract line, the priority of a ticket) cannot be told for an earlier day: it
is missing, and the reason says why. Nothing here writes.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db.models import Avg, Count, F, Max, Min, Q, QuerySet, Sum
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import (
    ContractLine,
    Customer,
    FigureHistory,
    Invoice,
    NpsAnswer,
    Picture,
    Proposal,
    TicketMonth,
    UsageDay,
)
from accounts.queries import of

_STATUS = _("The files tell the status of a contract line as it is today, not since when.")
_PRIORITY = _("The files tell the priority of a ticket as it is today, not since when.")
_CLOSING = _("Tickets opened then and closed later would be counted.")
_MONTHS = _("Tickets are counted by month.")
_DISCOUNT = _("The mean discount is known for today's files only.")
_MODULES = _("Different modules are counted over the whole period only.")
_CONTACT = _("The files do not tell since when somebody is a contact.")
_NO_IMPORT = _("No import speaks of that day or an earlier one.")
_NOT_IN_SOURCE = _("The source does not know this customer.")
_NONE_THEN = _("There was nothing of this kind in the period.")
_NOT_YET = _("The source has no record of this customer by that day.")
_BEFORE = _("The source begins later than that day.")
REASONS: dict[str, str | Promise] = {
    **dict.fromkeys(("active_lines", "cancelled_lines", "recurring_lines", "contract_value"), _STATUS),
    "tickets_90d": _MONTHS,
    "tickets_high_12m": _PRIORITY,
    "ticket_days_mean": _CLOSING,
    "proposals_discount": _DISCOUNT,
    "usage_modules": _MODULES,
    "has_contact": _CONTACT,
}
LABELS: dict[str, str | Promise] = {
    "mrr": _("MRR"),
    "purchases_value_12m": _("Purchases, 12 months"),
    "contract_value": _("Contract value"),
    "active_lines": _("Active lines"),
    "proposals": _("Proposals"),
    "proposals_discount": _("Mean discount"),
    "nps_last": _("NPS, last answer"),
    "nps_product_mean": _("Product, mean"),
    "nps_support_mean": _("Support, mean"),
    "tickets_12m": _("Tickets, 12 months"),
    "tickets_90d": _("Tickets, 90 days"),
    "tickets_high_12m": _("High priority"),
    "ticket_days_mean": _("Days to close"),
    "overdue_value": _("Overdue"),
    "invoiced_12m": _("Invoiced"),
    "usage_events": _("Usage events"),
    "usage_modules": _("Modules used"),
    "has_contact": _("Contacts"),
}
FIRST = date(1980, 1, 1)  # before any record
FROM_HISTORY = ("mrr", "purchases_12m", "purchases_value_12m")


@dataclass(frozen=True)
class Past:
    """``picture`` is never saved; what is None in it has its reason in ``missing`` (figure → sentence).

    ``signed_value`` is the value of lines signed by then, whatever became of them; ``undated_lines`` have no date and are left out;
    ``tickets_until`` is the last whole month's end that tickets are counted to; ``figures_as_of`` the day that MRR speaks of.
    """

    day: date
    picture: Picture
    missing: dict[str, str | Promise] = field(default_factory=dict)
    signed_value: Any = None
    undated_lines: int = 0
    tickets_until: date | None = None
    figures_as_of: date | None = None
    not_yet_customer: bool = False


def day_of(text: str) -> date | None:
    """An ISO day before today; None for anything else."""
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        return None
    return day if FIRST <= day < timezone.localdate() else None


def past(customer: Customer, day: date) -> Past:
    """The picture of ``customer`` (those merged into it included) at the end of ``day``."""
    picture = Picture(customer=customer, as_of=day)
    for column in Picture._meta.concrete_fields:
        if column.attname not in {"customer_id", "as_of"}:
            setattr(picture, column.attname, None)
    missing: dict[str, str | Promise] = dict(REASONS)
    lines = _contracts(customer, day, picture)
    _proposals(customer, day, picture, missing)
    _answers(customer, day, picture, missing)
    _invoices(customer, day, picture, missing)
    until = _tickets(customer, day, picture, missing)
    _usage(customer, day, picture, missing)
    told = _history(customer, day, picture, missing)
    return Past(
        day, picture, missing, lines["value"], lines["undated"], until, told,
        bool(customer.since and customer.since > day),
    )  # fmt: skip


def _set(picture: Picture, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(picture, name, value)


def _absent(picture: Picture, missing: dict[str, Any], names: Iterable[str], reason: Any, flag: str) -> None:
    """The source says nothing by that day: every figure of it is missing for the same reason."""
    setattr(picture, flag, False)
    missing.update(dict.fromkeys(names, reason))


def _contracts(customer: Customer, day: date, picture: Picture) -> dict[str, Any]:
    rows = of(ContractLine, customer)
    signed = rows.filter(signed_on__lte=day).aggregate(
        contract_lines=Count("pk"),
        products=Count("product", distinct=True),
        product_lines=Count("line", distinct=True, filter=~Q(line="")),
        last_contract_on=Max("signed_on"),
        value=Sum("value", filter=Q(is_token_price=False)),
    )
    value = signed.pop("value")
    _set(picture, signed)
    return {"value": value, "undated": rows.filter(signed_on=None).count()}


def _proposals(customer: Customer, day: date, picture: Picture, missing: dict[str, Any]) -> None:
    rows = of(Proposal, customer)
    found = rows.filter(uploaded_on__lte=day).aggregate(
        proposals=Count("pk"), proposals_value=Sum("total"), last_proposal_on=Max("uploaded_on")
    )
    if found["proposals"]:
        _set(picture, {**found, "has_proposals": True})
    else:
        _absent(picture, missing, found, _why(rows), "has_proposals")


def _answers(customer: Customer, day: date, picture: Picture, missing: dict[str, Any]) -> None:
    rows = of(NpsAnswer, customer)
    given = rows.filter(answered_on__lte=day)
    relational = given.filter(kind=NpsAnswer.Kind.RELATIONAL)
    newest = relational.order_by("-answered_on", "-pk").first()
    picture.nps_answers = relational.count()
    means = given.aggregate(
        nps_mean=Avg("score", filter=Q(kind=NpsAnswer.Kind.RELATIONAL)),
        nps_product_mean=Avg("score", filter=Q(kind=NpsAnswer.Kind.PRODUCT)),
        nps_support_mean=Avg("score", filter=Q(kind=NpsAnswer.Kind.SUPPORT)),
    )
    _set(picture, {**means, "has_nps": newest is not None})
    if newest is not None:
        picture.nps_last, picture.nps_last_on = newest.score, newest.answered_on
    names = ("nps_last", "nps_last_on", *means)
    missing.update({name: _why(rows) for name in names if getattr(picture, name) is None})


def _invoices(customer: Customer, day: date, picture: Picture, missing: dict[str, Any]) -> None:
    """Issued, due and paid carry dates, so that what was open then can be told."""
    rows = of(Invoice, customer).filter(issued_on__lte=day)
    names = ("invoiced_12m", "overdue_invoices", "overdue_value", "payment_delay_days")
    if not rows.exists():
        _absent(picture, missing, names, _why(of(Invoice, customer)), "has_invoices")
        return
    late = rows.filter(Q(paid_on=None) | Q(paid_on__gt=day), due_on__lt=day)
    year = rows.filter(issued_on__gt=_a_year_before(day))
    paid = rows.filter(paid_on__lte=day, due_on__isnull=False).annotate(delay=F("paid_on") - F("due_on"))
    delay = paid.aggregate(mean=Avg("delay"))["mean"]
    picture.invoiced_12m = year.aggregate(value=Sum("value"))["value"]
    picture.overdue_invoices = late.count()
    picture.overdue_value = late.aggregate(value=Sum("value", default=0))["value"]
    picture.payment_delay_days = delay / timedelta(days=1) if delay is not None else None
    picture.has_invoices = True
    missing.update({name: _NONE_THEN for name in names if getattr(picture, name) is None})


def _a_year_before(day: date) -> date:
    return day.replace(year=day.year - 1, day=28 if (day.month, day.day) == (2, 29) else day.day)


def _tickets(customer: Customer, day: date, picture: Picture, missing: dict[str, Any]) -> date | None:
    end = day + timedelta(days=1)
    end = end.replace(day=1)  # months that began before this day are over by ``day``
    start = end.replace(year=end.year - 1)
    rows = of(TicketMonth, customer)
    earliest = TicketMonth.objects.aggregate(month=Min("month"))["month"]
    if earliest is None or earliest >= end or not rows.filter(month__lt=end).exists():
        reason = _BEFORE if earliest is not None and earliest >= end else _why(rows)
        _absent(picture, missing, ("tickets_12m",), reason, "has_tickets")
        return None
    opened = rows.filter(month__gte=start, month__lt=end).aggregate(opened=Sum("opened", default=0))["opened"]
    _set(picture, {"tickets_12m": opened, "has_tickets": True})
    return end - timedelta(days=1)


def _usage(customer: Customer, day: date, picture: Picture, missing: dict[str, Any]) -> None:
    rows = of(UsageDay, customer)
    found = rows.filter(day__lte=day).aggregate(
        usage_events=Sum("events"),
        usage_seconds=Sum("seconds"),
        usage_active_days=Count("day", distinct=True),
        usage_denied=Sum("denied"),
    )
    if found["usage_active_days"]:
        _set(picture, {**found, "has_usage": True})
        return
    earliest = UsageDay.objects.aggregate(day=Min("day"))["day"]
    reason = _BEFORE if earliest is not None and earliest > day else _why(rows)
    _absent(picture, missing, found, reason, "has_usage")


def _history(customer: Customer, day: date, picture: Picture, missing: dict[str, Any]) -> date | None:
    """Figures that only an import tells: each code's last ones by that day, added up."""
    rows = of(FigureHistory, customer)
    newest = list(rows.filter(as_of__lte=day).order_by("customer_id", "-as_of").distinct("customer_id"))
    sums = {name: _total(getattr(row, name) for row in newest) for name in FROM_HISTORY}
    _set(picture, {**sums, "has_mrr": sums["mrr"] is not None, "has_purchases": sums["purchases_12m"] is not None})
    reason = _NOT_IN_SOURCE if newest or not rows.exists() else _NO_IMPORT
    missing.update({name: reason for name, value in sums.items() if value is None})
    return max((row.as_of for row in newest), default=None)


def _total(values: Iterable[Any]) -> Any:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _why(rows: QuerySet[Any]) -> Promise | str:
    return _NOT_YET if rows.exists() else _NOT_IN_SOURCE
