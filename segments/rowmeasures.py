"""Base columns that need rows rather than pictures: growth, concentration, discounts, win rate, trends, the economy around.

One grouped query per table, whatever the number of customers; rows of merged customers count for the one that stands for
them. A customer of whom a table says nothing gets NaN.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Avg, Count, F, Max, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from accounts.models import ContractLine, Indicator, Invoice, NpsAnswer, Proposal, TicketMonth

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

WON_DAYS = 90
"""A proposal counts as won when a contract line was signed within so many days after it."""
YEAR, HALF = timedelta(days=365), timedelta(days=182)
GONE = ("CANCELADO", "TROCADO")
OPEN_WINDOW_MONTHS = 12

COLUMNS = (
    "proposal_value", "proposals_discounted", "proposals_known", "proposals_ripe", "proposals_won",
    "lines_value", "largest_line", "signed_12m", "invoiced_late", "invoiced_early",
    "tickets_opened", "tickets_closed", "nps_change", "nps_subscores", "state_change", "industry_change",
)  # fmt: skip
"""Names of what ``read`` returns."""


def read(
    customers: Sequence[int], states: Sequence[str], industries: Sequence[str], as_of: date | None
) -> dict[str, Floats]:
    """One (n,) column per name of ``COLUMNS``, in the order of ``customers`` (primary keys); windows end at ``as_of``."""
    if as_of is None:
        as_of = date.min + YEAR  # no picture, no window: everything dated lies after it
    by_customer = _merged(
        _proposals(), _wins(as_of), _lines(as_of), _invoices(as_of), _tickets(as_of), _survey_change(), _subscores()
    )
    found = {name: column(customers, {pk: row.get(name) for pk, row in by_customer.items()}) for name in COLUMNS[:-2]}
    by_state, by_industry = economy(as_of)
    found["state_change"] = column(states, by_state)
    found["industry_change"] = column(industries, by_industry)
    return found


def column(keys: Iterable[Any], values: Mapping[Any, Any]) -> Floats:
    """The value of each key as float64; NaN where there is none."""
    import numpy as np

    found = (values.get(key) for key in keys)
    return np.array([np.nan if value is None else float(value) for value in found], dtype=np.float64)


Rows = dict[int, dict[str, Any]]


def _merged(*parts: Rows) -> Rows:
    whole: Rows = {}
    for part in parts:
        for pk, row in part.items():
            whole.setdefault(pk, {}).update(row)
    return whole


def _of(rows: QuerySet[Any], **aggregates: Any) -> Rows:
    found = rows.order_by().values(head=Coalesce("customer__merged_into", "customer")).annotate(**aggregates)
    return {row.pop("head"): row for row in map(dict, found)}


def _proposals() -> Rows:
    priced = Q(full_price__gt=0)
    return _of(
        Proposal.objects.all(),
        proposal_value=Avg("total"),
        proposals_known=Count("pk", filter=priced),
        proposals_discounted=Count("pk", filter=priced & Q(discount__gt=0)),
    )


def _wins(as_of: date) -> Rows:
    """Proposals old enough to be judged, and those after which a contract line was signed within ``WON_DAYS``."""
    import numpy as np

    head = Coalesce("customer__merged_into", "customer")
    signed: dict[int, list[int]] = {}
    lines = ContractLine.objects.exclude(signed_on=None).order_by("signed_on").annotate(head=head)
    for pk, day in lines.values_list("head", "signed_on").iterator(chunk_size=10_000):
        signed.setdefault(pk, []).append(_ordinal(day))
    found: Rows = {}
    ripe = Proposal.objects.filter(uploaded_on__lte=as_of - timedelta(days=WON_DAYS)).annotate(head=head)
    offers: dict[int, list[int]] = {}
    for pk, day in ripe.values_list("head", "uploaded_on").iterator(chunk_size=10_000):
        offers.setdefault(pk, []).append(_ordinal(day))
    for pk, days in offers.items():
        after = np.array(signed.get(pk, []), dtype=np.int64)
        first, last = np.searchsorted(after, days, "left"), np.searchsorted(after, np.array(days) + WON_DAYS, "right")
        found[pk] = {"proposals_ripe": len(days), "proposals_won": int((last > first).sum())}
    return found


def _ordinal(day: date | None) -> int:
    return day.toordinal() if day else 0  # the query leaves out rows without a day


def _lines(as_of: date) -> Rows:
    in_force = ContractLine.objects.exclude(status__in=GONE).filter(is_token_price=False, value__gt=0)
    return _of(
        in_force,
        lines_value=Sum("value"),
        largest_line=Max("value"),
        signed_12m=Sum("value", filter=Q(signed_on__gt=as_of - YEAR), default=0),
    )


def _invoices(as_of: date) -> Rows:
    return _of(
        Invoice.objects.filter(issued_on__gt=as_of - 2 * HALF, issued_on__lte=as_of),
        invoiced_late=Sum("value", filter=Q(issued_on__gt=as_of - HALF), default=0),
        invoiced_early=Sum("value", filter=Q(issued_on__lte=as_of - HALF), default=0),
    )


def _tickets(as_of: date) -> Rows:
    months = TicketMonth.objects.filter(month__gt=as_of - YEAR)
    return _of(months, tickets_opened=Sum("opened"), tickets_closed=Sum("closed"))


def _survey_change() -> Rows:
    """The last relational answer less the mean of the earlier ones, for customers that answered twice or more."""
    head = Coalesce("customer__merged_into", "customer")
    answers = NpsAnswer.objects.filter(kind=NpsAnswer.Kind.RELATIONAL).annotate(head=head)
    given: dict[int, list[int]] = {}
    in_order = answers.order_by(F("answered_on").asc(nulls_first=True), "pk")
    for pk, score in in_order.values_list("head", "score").iterator(chunk_size=10_000):
        given.setdefault(pk, []).append(score)
    return {
        pk: {"nps_change": scores[-1] - sum(scores[:-1]) / (len(scores) - 1)}
        for pk, scores in given.items()
        if len(scores) > 1
    }


def _subscores() -> Rows:
    """Mean of every sub-score that a customer ever gave, in all surveys."""
    head = Coalesce("customer__merged_into", "customer")
    sums: dict[int, tuple[float, int]] = {}
    rows = NpsAnswer.objects.exclude(scores={}).annotate(head=head).values_list("head", "scores")
    for pk, scores in rows.iterator(chunk_size=10_000):
        given = [value for value in scores.values() if isinstance(value, int | float)]
        total, count = sums.get(pk, (0.0, 0))
        sums[pk] = (total + sum(given), count + len(given))
    return {pk: {"nps_subscores": total / count} for pk, (total, count) in sums.items() if count}


def economy(as_of: date) -> tuple[dict[str, float], dict[str, float]]:
    """Change over a year of the series of each state and of each market segment, as a share, as known by ``as_of``.

    Where a place has several series the mean of their changes counts; series that can be below zero have no share.
    """
    series: dict[tuple[str, str, str], dict[date, float]] = {}
    here = Indicator.objects.filter(month__lte=as_of).exclude(state="", industry="")
    for code, state, industry, month, value in here.values_list("code", "state", "industry", "month", "value"):
        series.setdefault((code, state, industry), {})[month] = value
    states: dict[str, list[float]] = {}
    industries: dict[str, list[float]] = {}
    for (_code, state, industry), values in series.items():
        newest = max(values)
        before = values.get(newest.replace(year=newest.year - 1))
        if before is not None and before > 0 and not (state and industry):
            (states if state else industries).setdefault(state or industry, []).append(values[newest] / before - 1)
    return _means(states), _means(industries)


def _means(found: Mapping[str, Sequence[float]]) -> dict[str, float]:
    return {key: sum(values) / len(values) for key, values in found.items()}
