"""What is measured of a customer, declared one by one, and how it is read.

Every figure is relative to the day the picture was taken, never to today, so that a run can be repeated. What a source
does not tell stays NaN: missing is information, never a mean. numpy and pyarrow load inside functions, because web
processes import this module for its words alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from django.db.models import Count, F, Max, Min, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import ContractLine, Customer, UsageDay
from segments import lakemeasures, rowmeasures

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Columns = Mapping[str, NDArray[np.float64]]
    Formula = Callable[[Columns], NDArray[np.float64]]

Transform = Literal["none", "log1p", "signed_log", "share"]
Unit = Literal[
    "BRL", "count", "years", "months", "days", "share", "score", "percent", "rank", "ratio", "change", "hours"
]
DAYS_PER_MONTH, DAYS_PER_YEAR = 30.4375, 365.25


@dataclass(frozen=True)
class Feature:
    """One measure of a customer.

    ``meaning`` is what a person reads, ``source`` the table it comes from, ``unit`` that of ``formula``'s result.
    ``transform`` tames the tail before scaling (a share is left as it is). ``flag`` says that the figure may be
    missing. ``group`` is the side of the customer it describes; features of one side are averaged before customers
    are compared, ``direction`` −1 where a high figure says what a low one of its fellows says. The group "mix" is
    what the customer buys: each of its features counts by itself.
    """

    name: str
    meaning: str | Promise
    group: str
    unit: Unit
    source: str
    transform: Transform
    formula: Formula
    flag: bool = True
    direction: int = 1
    compared: bool = True


def _column(name: str) -> Formula:
    return lambda c: c[name]


def _ratio(part: str, whole: str) -> Formula:
    """Part over whole; 0 / 0 is NaN, "no data"."""
    return lambda c: c[part] / c[whole]


def _scaled(name: str, unit: float) -> Formula:
    return lambda c: c[name] / unit


def _rest(part: str, whole: str) -> Formula:
    """What is left of the whole, as a share of it."""
    return lambda c: 1 - c[part] / c[whole]


def _growth(late: str, early: str) -> Formula:
    """How much more (or less) than before, as a share of before; NaN where there was nothing before."""
    return lambda c: c[late] / c[early] - 1


def _since(day: str, unit: float) -> Formula:
    return lambda c: (c["as_of"] - c[day]) / unit


def _usage_trend(c: Columns) -> NDArray[np.float64]:
    """(late − early) / (late + early) of the telemetry window, less the median: a weekend is nobody's decline."""
    import numpy as np

    change = (c["usage_late"] - c["usage_early"]) / (c["usage_late"] + c["usage_early"])
    return change - (np.nanmedian(change) if np.isfinite(change).any() else 0.0)


SOURCES = ("has_mrr", "has_purchases", "has_proposals", "has_nps", "has_usage", "has_tickets")


def _sources(c: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
    import numpy as np

    return np.sum([c[name] for name in SOURCES], axis=0)


FEATURES: tuple[Feature, ...] = (
    Feature("mrr", _("Monthly recurring revenue"), "value", "BRL", "mrr", "signed_log", _column("mrr")),
    Feature("contract_value", _("Value of all contracts"),
            "value", "BRL", "contracts", "signed_log", _column("contract_value")),
    Feature("line_value", _("Mean value of a contract line"),
            "value", "BRL", "contracts", "signed_log", _ratio("contract_value", "contract_lines")),
    Feature("revenue_band", _("Revenue band of the company"),
            "value", "rank", "contracts", "none", _column("revenue_band")),
    Feature("tenure_years", _("Years as a customer"),
            "tenure", "years", "customers", "none", _since("since", DAYS_PER_YEAR)),
    Feature("months_since_contract", _("Months since the last contract"),
            "tenure", "months", "contracts", "log1p", _since("last_contract_on", DAYS_PER_MONTH), direction=-1),
    Feature("products", _("Different products"), "breadth", "count", "contracts", "log1p", _column("products")),
    Feature("product_lines", _("Different product lines"),
            "breadth", "count", "contracts", "log1p", _column("product_lines")),
    Feature("active_lines", _("Active contract lines"),
            "breadth", "count", "contracts", "log1p", _column("active_lines")),
    Feature("cancelled_share", _("Share of cancelled contract lines"),
            "loyalty", "share", "contracts", "share", _ratio("cancelled_lines", "contract_lines")),
    Feature("recurring_share", _("Share of recurring contract lines"),
            "breadth", "share", "contracts", "share", _ratio("recurring_lines", "contract_lines")),
    Feature("usage_events", _("Product events in the telemetry window"),
            "engagement", "count", "telemetry", "log1p", _column("usage_events")),
    Feature("usage_active_days", _("Days with use in the telemetry window"),
            "engagement", "days", "telemetry", "none", _column("usage_active_days")),
    Feature("usage_modules", _("Modules in use"),
            "engagement", "count", "telemetry", "log1p", _column("usage_modules")),
    Feature("usage_denied_share", _("Share of denied accesses"),
            "engagement", "share", "telemetry", "share", _ratio("usage_denied", "usage_events"), direction=-1),
    Feature("usage_trend", _("Change of use, against the typical customer"),
            "engagement", "ratio", "telemetry", "none", _usage_trend),
    Feature("tickets_12m", _("Support tickets in 12 months"),
            "support", "count", "tickets", "log1p", _column("tickets_12m")),
    Feature("tickets_recent_share", _("Share of tickets in the last 90 days"),
            "support", "share", "tickets", "share", _ratio("tickets_90d", "tickets_12m")),
    Feature("tickets_high_share", _("Share of high-priority tickets"),
            "support", "share", "tickets", "share", _ratio("tickets_high_12m", "tickets_12m")),
    Feature("ticket_days_mean", _("Mean days to close a ticket"),
            "support", "days", "tickets", "log1p", _column("ticket_days_mean")),
    Feature("nps_last", _("Last NPS answer"), "satisfaction", "score", "nps", "none", _column("nps_last")),
    Feature("nps_mean", _("Mean NPS answer"), "satisfaction", "score", "nps", "none", _column("nps_mean")),
    Feature("nps_product_mean", _("Mean product score"),
            "satisfaction", "score", "nps", "none", _column("nps_product_mean")),
    Feature("nps_support_mean", _("Mean support score"),
            "satisfaction", "score", "nps", "none", _column("nps_support_mean")),
    Feature("purchases_12m", _("Purchases in 12 months"),
            "commercial", "count", "purchases", "log1p", _column("purchases_12m")),
    Feature("purchases_value_12m", _("Value bought in 12 months"),
            "commercial", "BRL", "purchases", "signed_log", _column("purchases_value_12m")),
    Feature("proposals", _("Proposals received"), "commercial", "count", "proposals", "log1p", _column("proposals")),
    Feature("proposals_discount", _("Mean discount in proposals"),
            "commercial", "percent", "proposals", "none", _column("proposals_discount")),
    Feature("months_since_proposal", _("Months since the last proposal"),
            "commercial", "months", "proposals", "log1p", _since("last_proposal_on", DAYS_PER_MONTH), direction=-1),
    Feature("subscription_share", _("Share of subscription contracts"),
            "mix", "share", "contracts", "share", _column("subscription")),
    Feature("cloud_share", _("Share of cloud products"), "mix", "share", "contracts", "share", _column("cloud")),
    Feature("people_share", _("Share of human-resources products"),
            "mix", "share", "contracts", "share", _column("people")),
    Feature("credit_share", _("Share of TechFin products"), "mix", "share", "contracts", "share", _column("credit")),
    Feature("marketing_share", _("Share of RD Station products"),
            "mix", "share", "contracts", "share", _column("marketing")),
    Feature("legacy_share", _("Share of legacy products"), "mix", "share", "contracts", "share", _column("legacy")),
    Feature("invoiced_12m", _("Invoiced in 12 months"), "value", "BRL", "invoices", "signed_log", _column("invoiced_12m")),
    Feature("payment_delay", _("Mean days between due date and payment"),
            "loyalty", "days", "invoices", "signed_log", _column("payment_delay_days")),
    Feature("usage_hours", _("Hours of use in the telemetry window"),
            "engagement", "hours", "telemetry", "log1p", _scaled("usage_seconds", 3600)),
    Feature("tickets_open_share", _("Share of tickets of 12 months still open"),
            "support", "share", "tickets", "share", _rest("tickets_closed", "tickets_opened")),
    Feature("tickets_long_share", _("Share of tickets that took more than 30 days"),
            "support", "share", "tickets", "share", _ratio("tickets_long", "tickets_dated")),
    Feature("nps_subscores", _("Mean of all survey sub-scores"),
            "satisfaction", "score", "nps", "none", _column("nps_subscores")),
    Feature("proposal_value", _("Mean value of a proposal"),
            "commercial", "BRL", "proposals", "signed_log", _column("proposal_value")),
    Feature("discount_asked_share", _("Share of proposals with a discount"),
            "commercial", "share", "proposals", "share", _ratio("proposals_discounted", "proposals_known")),
    Feature("win_rate", _("Share of proposals followed by a signed contract within 90 days"),
            "dynamics", "share", "proposals", "share", _ratio("proposals_won", "proposals_ripe"), compared=False),
    Feature("contract_growth", _("Share of the contract value that was signed in 12 months"),
            "dynamics", "share", "contracts", "share", _ratio("signed_12m", "lines_value"), compared=False),
    Feature("invoiced_growth", _("Change of the invoiced value, last six months against the six before"),
            "dynamics", "change", "invoices", "signed_log", _growth("invoiced_late", "invoiced_early"), compared=False),
    Feature("nps_trend", _("Last NPS answer against the earlier ones"),
            "dynamics", "score", "nps", "none", _column("nps_change"), compared=False),
    Feature("line_concentration", _("Share of the largest contract line in the contract value"),
            "concentration", "share", "contracts", "share", _ratio("largest_line", "lines_value"), compared=False),
    Feature("module_concentration", _("Share of the most used module in all use"),
            "concentration", "share", "telemetry", "share", _ratio("module_top_events", "module_events"), compared=False),
    Feature("ticket_spread", _("Share of tickets outside the team that handles most"),
            "concentration", "share", "tickets", "share", _ratio("tickets_other_teams", "tickets_dated"), compared=False),
    Feature("state_economy", _("Change of the state's economy in a year"),
            "context", "change", "indicators", "none", _column("state_change"), compared=False),
    Feature("industry_economy", _("Change of the industry's economy in a year"),
            "context", "change", "indicators", "none", _column("industry_change"), compared=False),
    Feature("sources", _("Sources that cover the customer"), "coverage", "count", "coverage", "none",
            _sources, flag=False),
)  # fmt: skip

MIX: dict[str, Q] = {
    "subscription": Q(modality__icontains="ASSINATURA") | Q(modality__icontains="INTERA"),
    "cloud": Q(brand__istartswith="CLOUD") | Q(line__istartswith="SAAS"),
    "people": Q(brand__istartswith="RH"),
    "credit": Q(business_unit="TECHFIN"),
    "marketing": Q(business_unit="RD"),
    "legacy": Q(brand__icontains="LEGADO") | Q(modality__icontains="LEGADO"),
}
"""Kinds of contract lines whose share tells what a customer buys."""
BY_NAME: dict[str, Feature] = {feature.name: feature for feature in FEATURES}

_NUMBERS = (
    "contract_lines",
    "active_lines",
    "cancelled_lines",
    "recurring_lines",
    "products",
    "product_lines",
    "contract_value",
    "mrr",
    "purchases_12m",
    "purchases_value_12m",
    "proposals",
    "proposals_discount",
    "nps_last",
    "nps_mean",
    "nps_answers",
    "nps_product_mean",
    "nps_support_mean",
    "tickets_12m",
    "tickets_90d",
    "tickets_high_12m",
    "ticket_days_mean",
    "usage_events",
    "usage_active_days",
    "usage_modules",
    "usage_denied",
    "usage_seconds",
    "invoiced_12m",
    "payment_delay_days",
    *SOURCES,
    "has_contact",
)
_DAYS = ("as_of", "last_contract_on", "last_proposal_on")
_WORDS = ("industry", "state")


@dataclass(frozen=True)
class Frame:
    """All customers, one row each, in the order of their codes.

    ``ids`` (n,) primary keys; ``codes``, ``industry``, ``state`` lists of n texts; ``raw`` maps a base column to (n,)
    float64 (days are counted from year 1); ``values`` (n, len(FEATURES)) in the units declared. NaN is "no data".
    """

    ids: NDArray[np.int64]
    codes: list[str]
    industry: list[str]
    state: list[str]
    raw: Columns
    values: NDArray[np.float64]

    def feature(self, name: str) -> NDArray[np.float64]:
        """One column of ``values``."""
        return self.values[:, list(BY_NAME).index(name)]


def read() -> Frame:
    """Every customer's features, by one query per table and one pass over each large one; an empty base gives arrays of length 0."""
    import numpy as np

    names = ("customer_pk", "code", *_WORDS, "since", "revenue_band", *_NUMBERS, *_DAYS, "usage_early", "usage_late")
    rows = list(_customers().values_list(*[_lookup(name) for name in names]))
    table = dict(zip(names, zip(*rows, strict=True), strict=True)) if rows else dict.fromkeys(names, ())
    raw = {name: _floats(table[name]) for name in (*_NUMBERS, "usage_early", "usage_late")}
    raw |= {name: _floats([_ordinal(value) for value in table[name]]) for name in (*_DAYS, "since")}
    raw |= _mix(table["customer_pk"])
    raw |= _rows(table)
    raw["revenue_band"] = _floats([band_rank(text) for text in table["revenue_band"]])
    with np.errstate(invalid="ignore", divide="ignore"):
        columns = [feature.formula(raw) for feature in FEATURES]
    values = np.column_stack(columns) if rows else np.empty((0, len(FEATURES)))
    values[~np.isfinite(values)] = np.nan
    return Frame(
        np.array(table["customer_pk"], dtype=np.int64),
        list(table["code"]),
        list(table["industry"]),
        list(table["state"]),
        raw,
        values,
    )


def _rows(table: Mapping[str, Sequence[Any]]) -> dict[str, NDArray[np.float64]]:
    """What pictures do not hold: from dated rows, and from the lake, where rows of merged customers are added up."""
    days = [day for day in table["as_of"] if day is not None]
    found = rowmeasures.read(table["customer_pk"], table["state"], table["industry"], max(days, default=None))
    heads = dict(Customer.every.exclude(merged_into=None).values_list("code", "merged_into__code"))
    sums: dict[str, dict[str, float]] = {}
    for code, row in lakemeasures.read().items():
        mine = sums.setdefault(heads.get(code, code), {})
        for name, value in row.items():
            mine[name] = mine.get(name, 0.0) + value
    for name in lakemeasures.COLUMNS:
        found[name] = rowmeasures.column(table["code"], {code: row.get(name) for code, row in sums.items()})
    return found


def _customers() -> Any:
    """Customers in code order, with the events of the earlier and the later half of the telemetry window."""
    window = UsageDay.objects.aggregate(first=Min("day"), last=Max("day"))
    stands_for = Coalesce("customer__merged_into", "customer")
    days = UsageDay.objects.annotate(head=stands_for).filter(head=OuterRef("pk")).order_by().values("head")
    middle = window["first"] + (window["last"] - window["first"]) / 2 if window["first"] else date.min
    # The middle day of an odd window belongs to neither half.
    span = (window["last"] - window["first"]).days if window["first"] else 0
    later = Q(day__gt=middle)
    earlier = Q(day__lt=middle) if span % 2 == 0 else Q(day__lte=middle)
    return Customer.objects.order_by("code").annotate(
        customer_pk=F("pk"),
        usage_early=Subquery(days.annotate(n=Sum("events", filter=earlier, default=0)).values("n")),
        usage_late=Subquery(days.annotate(n=Sum("events", filter=later, default=0)).values("n")),
    )


def _mix(customers: Sequence[int]) -> dict[str, NDArray[np.float64]]:
    """Share of each kind in a customer's contract lines; NaN for a customer without lines."""
    counts = {name: Count("pk", filter=kind) for name, kind in MIX.items()}
    stands_for = Coalesce("customer__merged_into", "customer")
    lines = ContractLine.objects.order_by().values(head=stands_for).annotate(whole=Count("pk"), **counts)
    found: dict[int, dict[str, Any]] = {row["head"]: dict(row) for row in lines}
    return {
        name: _floats([found[pk][name] / found[pk]["whole"] if pk in found else None for pk in customers])
        for name in MIX
    }


def _lookup(name: str) -> str:
    return f"picture__{name}" if name in _NUMBERS or name in _DAYS else name


def _floats(values: Any) -> NDArray[np.float64]:
    import numpy as np

    return np.array([np.nan if value is None else float(value) for value in values], dtype=np.float64)


def _ordinal(value: date | None) -> int | None:
    return value.toordinal() if value else None


def band_rank(text: str) -> int | None:
    """The number in "Faixa 03 - De 15 M ate 25 M"; None where no band is told."""
    digits = text.removeprefix("Faixa ")[:2]
    return int(digits) if digits.isdecimal() else None


def transformed(feature: Feature, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The column as its distances are measured; NaN stays NaN."""
    import numpy as np

    if feature.transform in {"log1p", "signed_log"}:
        return np.sign(values) * np.log1p(np.abs(values))
    return values
