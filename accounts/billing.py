"""What pages read about a customer's invoices and about the economy around it. Nothing here writes."""

from datetime import date
from typing import NamedTuple

from django.db.models import F, Q, QuerySet

from accounts.models import Customer, Indicator, Invoice
from accounts.queries import of

SHOWN_MONTHS = 13  # this month and the same one a year ago


class Series(NamedTuple):
    """One series of the economy: its newest value and what it was a year before, where that is known."""

    code: str
    unit: str
    scope: str  # a state, a market segment, or empty for the whole country
    month: date
    value: float
    year_ago: float | None
    values: list[tuple[date, float]]

    @property
    def change(self) -> float | None:
        """The change over the year: a difference for a percentage, a share for anything else."""
        if self.year_ago is None or (not self.is_percent and not self.year_ago):
            return None
        return self.value - self.year_ago if self.is_percent else self.value / self.year_ago - 1

    @property
    def is_percent(self) -> bool:
        """True for a series that is a percentage itself."""
        return self.unit.startswith("percent")


def invoices(customer: Customer, until: date | None = None) -> QuerySet[Invoice]:
    """Invoices, the newest first; with ``until`` those issued by that day."""
    rows = of(Invoice, customer)
    rows = rows.filter(issued_on__lte=until) if until else rows
    return rows.order_by(F("issued_on").desc(nulls_last=True), "-number")


def overdue(customer: Customer, as_of: date | None) -> list[tuple[Invoice, int]]:
    """Open invoices whose day has passed on ``as_of`` and by how many days, the oldest first."""
    if as_of is None:
        return []
    open_then = Q(paid_on=None) | Q(paid_on__gt=as_of)
    rows = of(Invoice, customer).filter(open_then, due_on__lt=as_of, issued_on__lte=as_of).order_by("due_on", "number")
    return [(each, (as_of - each.due_on).days) for each in rows if each.due_on]


def context(customer: Customer) -> list[Series]:
    """The series that concern a customer: of its state, of its market segment, of the whole country."""
    here = Q(state="", industry="") | Q(state=customer.state, industry="") | Q(state="", industry=customer.industry)
    here |= Q(state=customer.state, industry=customer.industry)
    found: dict[tuple[str, str, str], list[Indicator]] = {}
    for each in Indicator.objects.filter(here).order_by("-month"):
        rows = found.setdefault((each.code, each.state, each.industry), [])
        if len(rows) < SHOWN_MONTHS:
            rows.append(each)
    return sorted((_series(rows) for rows in found.values()), key=lambda s: (not s.scope, s.scope, s.code))


def _series(rows: list[Indicator]) -> Series:
    newest = rows[0]
    wanted = newest.month.replace(year=newest.month.year - 1)
    before = next((each.value for each in rows if each.month == wanted), None)
    scope = " · ".join(filter(None, (newest.state, newest.industry)))
    values = [(each.month, each.value) for each in rows[::-1]]
    return Series(newest.code, newest.unit, scope, newest.month, newest.value, before, values)
