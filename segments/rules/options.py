"""What may be chosen for a field, from the data: value and words."""

from __future__ import annotations

from collections.abc import Callable

from accounts.models import BusinessUnit, ContractLine, Customer
from accounts.queries import account_owners
from segments import wording
from segments.models import Segment

Options = list[tuple[str, str]]
MOST_OPTIONS = 400


def of(source: str) -> Options:
    """The options of a choice field (``Declared.options``), in the order of their words."""
    return SOURCES[source]()[:MOST_OPTIONS] if source else []


def _values(column: str) -> list[str]:
    rows = Customer.objects.exclude(**{column: ""}).order_by(column).values_list(column, flat=True).distinct()
    return list(rows)


def _industries() -> Options:
    return sorted(((code, wording.industry(code)) for code in _values("industry")), key=lambda pair: pair[1])


def _column(name: str) -> Callable[[], Options]:
    return lambda: [(value, value) for value in _values(name)]


def _owners() -> Options:
    return [(str(user.pk), user.name or user.email) for user in account_owners()]


def _units() -> Options:
    return [(unit.code, unit.name) for unit in BusinessUnit.objects.order_by("name")]


def _products() -> Options:
    rows = ContractLine.objects.exclude(product="").order_by("product").values_list("product", flat=True).distinct()
    return [(product, product) for product in rows[:MOST_OPTIONS]]


def _segments() -> Options:
    living = Segment.objects.filter(retired_in=None).order_by("passport")
    return [(segment.passport, f"{segment.display_name} ({segment.passport})") for segment in living]


SOURCES: dict[str, Callable[[], Options]] = {
    "industry": _industries,
    "subindustry": _column("subindustry"),
    "state": _column("state"),
    "revenue_band": _column("revenue_band"),
    "owner": _owners,
    "business_unit": _units,
    "product": _products,
    "segment": _segments,
}
