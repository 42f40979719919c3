"""What was known of every customer at the end of a day, and what happened to it afterwards. Reads only.

Nothing dated after the cut-off reaches a feature: every source is filtered in one place, ``_until``. What has no date of
its own (the status of a contract line, the priority of a ticket) is not used at all, because a value of today would tell
the past how it ended. What a source cannot tell for all cut-offs, because it begins too late, is left out and named.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Avg, Count, F, Max, Min, Model, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
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
from segments.features import DAYS_PER_MONTH, DAYS_PER_YEAR, Unit

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Columns = dict[str, Floats]

YEAR, HALF, QUARTER = timedelta(days=365), timedelta(days=182), timedelta(days=91)
HEAD = Coalesce("customer__merged_into", "customer")
"""The customer that a row belongs to: that of a merged customer to the one that stands for it."""


@dataclass(frozen=True)
class Dated:
    """A measure that dated rows alone can tell. ``reach`` is how far back it looks; ``log`` marks a long tail."""

    name: str
    meaning: str | Promise
    unit: Unit
    source: str
    reach: timedelta = timedelta()
    log: bool = False


DATED: tuple[Dated, ...] = (
    Dated("tenure", _("Years as a customer"), "years", "contracts"),
    Dated("lines", _("Contract lines signed"), "count", "contracts", log=True),
    Dated("lines_12m", _("Contract lines signed in 12 months"), "count", "contracts", YEAR, log=True),
    Dated("value", _("Value of all lines signed"), "BRL", "contracts", log=True),
    Dated("value_12m", _("Value signed in 12 months"), "BRL", "contracts", YEAR, log=True),
    Dated("line_value", _("Mean value of a line signed"), "BRL", "contracts", log=True),
    Dated("products", _("Different products signed"), "count", "contracts", log=True),
    Dated("product_lines", _("Different product lines signed"), "count", "contracts", log=True),
    Dated("months_since_contract", _("Months since the last contract"), "months", "contracts", log=True),
    Dated("subscription_share", _("Share of subscription contracts"), "share", "contracts"),
    Dated("credit_share", _("Share of TechFin products"), "share", "contracts"),
    Dated("marketing_share", _("Share of RD Station products"), "share", "contracts"),
    Dated("mrr", _("Monthly recurring revenue"), "BRL", "mrr", log=True),
    Dated("proposals_12m", _("Proposals in 12 months"), "count", "proposals", YEAR, log=True),
    Dated("proposals_value_12m", _("Value proposed in 12 months"), "BRL", "proposals", YEAR, log=True),
    Dated("months_since_proposal", _("Months since the last proposal"), "months", "proposals", YEAR, log=True),
    Dated("discount_share", _("Discount in proposals"), "share", "proposals", YEAR),
    Dated("nps_last", _("Last NPS answer"), "score", "nps", HALF),
    Dated("nps_mean", _("Mean NPS answer"), "score", "nps", HALF),
    Dated("nps_support", _("Mean support score"), "score", "nps_support", HALF),
    Dated("months_since_nps", _("Months since the last NPS answer"), "months", "nps", HALF, log=True),
    Dated("tickets_6m", _("Support tickets in 6 months"), "count", "tickets", HALF, log=True),
    Dated("tickets_recent_share", _("Share of those tickets in the last 3 months"), "share", "tickets", HALF),
    Dated("invoiced_6m", _("Invoiced in 6 months"), "BRL", "invoices", HALF, log=True),
    Dated("overdue", _("Overdue invoices"), "count", "invoices", HALF, log=True),
    Dated("payment_delay", _("Mean delay of payment"), "days", "invoices", HALF),
    Dated("usage_events", _("Product events in 3 months"), "count", "telemetry", QUARTER, log=True),
    Dated("usage_days", _("Days with use in 3 months"), "days", "telemetry", QUARTER),
)
DATED_BY_NAME: dict[str, Dated] = {each.name: each for each in DATED}
BEGINNINGS: dict[str, tuple[type[Model], str, Q]] = {
    "contracts": (ContractLine, "signed_on", Q()),
    "mrr": (FigureHistory, "as_of", Q()),
    "proposals": (Proposal, "uploaded_on", Q()),
    "nps": (NpsAnswer, "answered_on", Q(kind=NpsAnswer.Kind.RELATIONAL)),
    "nps_support": (NpsAnswer, "answered_on", Q(kind=NpsAnswer.Kind.SUPPORT)),
    "tickets": (TicketMonth, "month", Q()),
    "invoices": (Invoice, "issued_on", Q()),
    "telemetry": (UsageDay, "day", Q()),
}
"""The table, the column of dates and the rows behind each source."""
STRAYS = 100
"""One row in so many may be older than the source's beginning: a slip of the year is not a history."""


@dataclass(frozen=True)
class Known:
    """All customers as they were at the end of ``day``: ``ids`` (n,) in ascending order, ``columns`` each (n,), NaN is
    "no data". Besides the declared measures: ``since``, the lines per business unit as ``unit:CODE``."""

    day: date
    ids: NDArray[np.int64]
    columns: Columns

    def matrix(self, names: list[str]) -> Floats:
        """The columns called ``names``, side by side."""
        import numpy as np

        return np.column_stack([self.columns[name] for name in names]) if names else np.empty((len(self.ids), 0))


def today() -> date | None:
    """The data's own date; None before the first import."""
    found: date | None = Picture.objects.aggregate(day=Max("as_of"))["day"]
    return found


def beginnings() -> dict[str, date | None]:
    """The day from which each source speaks, a few stray rows aside; None for a source without dates."""
    found: dict[str, date | None] = {}
    for source, (model, column, which) in BEGINNINGS.items():
        rows = model._default_manager.filter(which, **{f"{column}__isnull": False})
        place = rows.count() // STRAYS
        found[source] = rows.order_by(column).values_list(column, flat=True)[place : place + 1].first()
    return found


def reaching(first: date, found: Mapping[str, date | None]) -> tuple[list[str], list[dict[str, Any]]]:
    """The measures whose source reaches back far enough from the earliest cut-off, and those left out with the reason."""
    names, left = [], []
    for each in DATED:
        begins = found.get(each.source)
        if begins is not None and begins + each.reach <= first:
            names.append(each.name)
        else:
            needed = (first - each.reach).isoformat()
            left.append({"name": each.name, "begins": begins.isoformat() if begins else None, "needed": needed})
    return names, left


def known(day: date) -> Known:
    """Every standing customer at the end of ``day``, from rows dated by then and from nothing else."""
    import numpy as np

    rows = list(Customer.objects.order_by("pk").values_list("pk", "since"))
    ids = np.array([pk for pk, _since in rows], dtype=np.int64)
    columns = _contracts(ids, day) | _proposals(ids, day) | _answers(ids, day)
    columns |= _tickets(ids, day) | _invoices(ids, day) | _usage(ids, day)
    columns["mrr"] = mrr(ids, day)
    since = np.array([_ordinal(since) for _pk, since in rows], dtype=np.float64)
    since = np.where(since <= day.toordinal(), since, np.nan)
    columns["tenure"] = (day.toordinal() - np.fmin(since, columns["first_signed"])) / DAYS_PER_YEAR
    return Known(day, ids, columns)


def signed_after(ids: NDArray[np.int64], day: date, window: timedelta) -> Columns:
    """Priced lines signed in the window after ``day``: ``lines`` in all and ``unit:CODE`` for each business unit."""
    rows = ContractLine.objects.filter(signed_on__gt=day, signed_on__lte=day + window, is_token_price=False)
    return {"lines": _table(ids, rows, lines=Count("pk"))["lines"], **_by_unit(ids, rows)}


def mrr(ids: NDArray[np.int64], day: date) -> Floats:
    """MRR as of the newest import by the end of ``day``; NaN where none speaks of the customer."""
    newest = _until(FigureHistory, "as_of", day).order_by("customer_id", "-as_of").distinct("customer_id")
    rows = FigureHistory.objects.filter(pk__in=newest.values("pk"), mrr__isnull=False)
    return _table(ids, rows, mrr=Sum("mrr"))["mrr"]


def owned(ids: NDArray[np.int64]) -> Columns:
    """Lines without a date per business unit (``unit:CODE``): whether they came before or after a day cannot be told."""
    return _by_unit(ids, ContractLine.objects.filter(signed_on=None))


def _until(model: type[Model], column: str, day: date) -> QuerySet[Any]:
    """The rows dated by the end of ``day``: the only way by which features reach a table."""
    rows: QuerySet[Any] = model._default_manager.filter(**{f"{column}__lte": day})
    return rows


def _table(ids: NDArray[np.int64], rows: QuerySet[Any], **aggregates: Any) -> Columns:
    """The aggregates of the rows of each customer, dates as day numbers; NaN for a customer without rows."""
    import numpy as np

    found = {name: np.full(len(ids), np.nan) for name in aggregates}
    columns = {f"of_{name}": aggregate for name, aggregate in aggregates.items()}  # never the name of a field
    grouped = rows.order_by().values(head=HEAD).annotate(**columns).values_list("head", *columns)
    for head, *values in grouped.iterator(chunk_size=5_000):
        place = int(np.searchsorted(ids, head))
        if place < len(ids) and ids[place] == head:
            for name, value in zip(aggregates, values, strict=True):
                found[name][place] = _float(value)
    return found


def _by_unit(ids: NDArray[np.int64], rows: QuerySet[Any]) -> Columns:
    import numpy as np

    found: Columns = {}
    grouped = rows.exclude(business_unit=None).order_by().values(head=HEAD, unit=F("business_unit"))
    for row in grouped.annotate(n=Count("pk")).iterator(chunk_size=5_000):
        column = found.setdefault(f"unit:{row['unit']}", np.zeros(len(ids)))
        place = int(np.searchsorted(ids, row["head"]))
        if place < len(ids) and ids[place] == row["head"]:
            column[place] = row["n"]
    return found


def _contracts(ids: NDArray[np.int64], day: date) -> Columns:
    import numpy as np

    rows = _until(ContractLine, "signed_on", day)
    lately, priced = Q(signed_on__gt=day - YEAR), Q(is_token_price=False)
    found = _table(
        ids, rows, lines=Count("pk"), lines_12m=Count("pk", filter=lately), value=Sum("value", filter=priced),
        value_12m=Sum("value", filter=priced & lately), products=Count("product", distinct=True),
        product_lines=Count("line", distinct=True, filter=~Q(line="")), last=Max("signed_on"), first=Min("signed_on"),
        subscription=Count("pk", filter=Q(modality__contains="ASSINATURA") | Q(modality__contains="INTERA")),
    )  # fmt: skip
    units = _by_unit(ids, rows)
    none = np.zeros(len(ids))
    return {
        **{name: found[name] for name in ("lines", "lines_12m", "value", "value_12m", "products", "product_lines")},
        **units,
        "line_value": found["value"] / found["lines"],
        "first_signed": found["first"],
        "months_since_contract": (day.toordinal() - found["last"]) / DAYS_PER_MONTH,
        "subscription_share": found["subscription"] / found["lines"],
        "credit_share": units.get("unit:TECHFIN", none) / found["lines"],
        "marketing_share": units.get("unit:RD", none) / found["lines"],
    }


def _proposals(ids: NDArray[np.int64], day: date) -> Columns:
    import numpy as np

    lately = Q(uploaded_on__gt=day - YEAR)
    found = _table(
        ids, _until(Proposal, "uploaded_on", day), count=Count("pk", filter=lately), total=Sum("total", filter=lately),
        last=Max("uploaded_on"), asked=Sum("discount"), full=Sum("full_price", filter=Q(full_price__gt=0)),
    )  # fmt: skip
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.clip(found["asked"] / found["full"], 0, 1)
    quiet = np.where(np.isfinite(found["last"]), 0.0, np.nan)
    return {
        "proposals_12m": found["count"],
        "proposals_value_12m": np.where(np.isfinite(found["total"]), found["total"], quiet),
        "months_since_proposal": (day.toordinal() - found["last"]) / DAYS_PER_MONTH,
        "discount_share": share,
    }


def _answers(ids: NDArray[np.int64], day: date) -> Columns:
    import numpy as np

    rows = _until(NpsAnswer, "answered_on", day)
    relational = rows.filter(kind=NpsAnswer.Kind.RELATIONAL)
    score, answered = np.full(len(ids), np.nan), np.full(len(ids), np.nan)
    given = relational.annotate(head=HEAD).order_by("answered_on", "pk").values_list("head", "score", "answered_on")
    for head, value, on in given.iterator(chunk_size=5_000):  # the newest of a customer comes last and stays
        place = int(np.searchsorted(ids, head))
        if place < len(ids) and ids[place] == head:
            score[place], answered[place] = value, on.toordinal()
    return {
        "nps_last": score,
        "months_since_nps": (day.toordinal() - answered) / DAYS_PER_MONTH,
        "nps_mean": _table(ids, relational, mean=Avg("score"))["mean"],
        "nps_support": _table(ids, rows.filter(kind=NpsAnswer.Kind.SUPPORT), mean=Avg("score"))["mean"],
    }


def _tickets(ids: NDArray[np.int64], day: date) -> Columns:
    """Tickets are counted by month: only months that are over by ``day`` count."""
    import numpy as np

    end = (day + timedelta(days=1)).replace(day=1)
    rows = _until(TicketMonth, "month", end - timedelta(days=1))
    found = _table(
        ids, rows, half=Sum("opened", filter=Q(month__gte=_months_before(end, 6)), default=0),
        quarter=Sum("opened", filter=Q(month__gte=_months_before(end, 3)), default=0),
    )  # fmt: skip
    with np.errstate(invalid="ignore", divide="ignore"):
        share = found["quarter"] / found["half"]
    return {"tickets_6m": found["half"], "tickets_recent_share": share}


def _invoices(ids: NDArray[np.int64], day: date) -> Columns:
    """What was open then is told by the date of payment, not by the state of today."""
    rows = _until(Invoice, "issued_on", day)
    late = (Q(paid_on=None) | Q(paid_on__gt=day)) & Q(due_on__lt=day)
    found = _table(
        ids, rows, value=Sum("value", filter=Q(issued_on__gt=day - HALF), default=0), overdue=Count("pk", filter=late)
    )  # fmt: skip
    paid = rows.filter(paid_on__lte=day, due_on__isnull=False).annotate(delay=F("paid_on") - F("due_on"))
    return {
        "invoiced_6m": found["value"],
        "overdue": found["overdue"],
        "payment_delay": _table(ids, paid, delay=Avg("delay"))["delay"],
    }


def _usage(ids: NDArray[np.int64], day: date) -> Columns:
    lately = Q(day__gt=day - QUARTER)
    found = _table(
        ids, _until(UsageDay, "day", day), events=Sum("events", filter=lately, default=0),
        days=Count("day", distinct=True, filter=lately),
    )  # fmt: skip
    return {"usage_events": found["events"], "usage_days": found["days"]}


def _months_before(first: date, months: int) -> date:
    month = first.year * 12 + first.month - 1 - months
    return date(month // 12, month % 12 + 1, 1)


def _ordinal(value: date | None) -> float:
    return float(value.toordinal()) if value else float("nan")


def _float(value: Any) -> float:
    if isinstance(value, date):
        return float(value.toordinal())
    if isinstance(value, timedelta):
        return value / timedelta(days=1)
    return float("nan") if value is None else float(value)
