"""Churn risk by a table of points that anybody can read: an indicator by rules, not a trained model.

Each rule adds points for what is known; what is not known adds nothing. A customer of whom fewer than two sources tell
anything gets no value. The highest sum (100) is reached long before all rules apply.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models.functions import Now

from segments.features import DAYS_PER_YEAR, SOURCES, Frame
from segments.models import Score

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

LEAST_SOURCES = 2
FULL = 100.0
BATCH = 5_000


@dataclass(frozen=True)
class Rule:
    """One reason: ``points`` where ``holds`` is true; ``measure`` is the figure shown beside it."""

    code: str
    points: int
    measure: Callable[[Frame], Floats]
    holds: Callable[[Floats], NDArray[np.bool_]]


def _feature(name: str) -> Callable[[Frame], Floats]:
    return lambda frame: frame.feature(name)


def _raw(name: str) -> Callable[[Frame], Floats]:
    return lambda frame: frame.raw[name]


def _years_without_purchase(frame: Frame) -> Floats:
    """Years since the last contract; NaN for those who bought in the last 12 months or signed nothing yet."""
    import numpy as np

    quiet = ~(frame.raw["purchases_12m"] > 0)
    return np.where(quiet, (frame.raw["as_of"] - frame.raw["last_contract_on"]) / DAYS_PER_YEAR, np.nan)


def _promised_but_idle(frame: Frame) -> Floats:
    """Active lines of customers with contracts; NaN without any contract."""
    import numpy as np

    return np.where(frame.raw["contract_lines"] > 0, frame.raw["active_lines"], np.nan)


# NaN compares false: what is not known adds nothing.
RULES: tuple[Rule, ...] = (
    Rule("no_active_line", 30, _promised_but_idle, lambda v: v == 0),
    Rule("many_cancelled", 25, _feature("cancelled_share"), lambda v: v >= 0.5),
    Rule("some_cancelled", 12, _feature("cancelled_share"), lambda v: (v >= 0.25) & (v < 0.5)),
    Rule("detractor", 20, _raw("nps_last"), lambda v: v <= 6),
    Rule("passive", 5, _raw("nps_last"), lambda v: (v > 6) & (v <= 8)),
    Rule("use_collapsing", 25, _feature("usage_trend"), lambda v: v <= -0.3),
    Rule("use_falling", 12, _feature("usage_trend"), lambda v: (v <= -0.12) & (v > -0.3)),
    Rule("little_use", 10, _raw("usage_active_days"), lambda v: v <= 2),
    Rule("urgent_tickets", 15, _raw("tickets_high_12m"), lambda v: v >= 6),
    Rule("tickets_surge", 10, _feature("tickets_recent_share"), lambda v: v >= 0.5),
    Rule("slow_support", 5, _raw("ticket_days_mean"), lambda v: v >= 15),
    Rule("no_purchase", 12, _years_without_purchase, lambda v: v >= 1),
    Rule("new_customer", 8, _feature("tenure_years"), lambda v: v < 1),
)


@dataclass(frozen=True)
class Risks:
    """``values`` (n,) in 0–1, NaN where too little is known; ``drivers`` per customer, the heaviest first."""

    values: Floats
    drivers: list[list[dict[str, Any]]]


def churn_risk(frame: Frame) -> Risks:
    """The indicator of every customer of the frame."""
    import numpy as np

    measures = [rule.measure(frame) for rule in RULES]
    with np.errstate(invalid="ignore"):
        held = np.column_stack([rule.holds(values) for rule, values in zip(RULES, measures, strict=True)])
    points = np.array([rule.points for rule in RULES])
    values = np.minimum(held @ points / FULL, 1.0)
    covered = (frame.raw["contract_lines"] > 0).astype(int) + sum(frame.raw[name] == 1 for name in SOURCES)
    values = np.where(covered >= LEAST_SOURCES, values, np.nan)
    order = np.argsort(-points, kind="stable")
    drivers = [
        [
            {"code": RULES[i].code, "points": RULES[i].points, "value": round(float(measures[i][row]), 3)}
            for i in order
            if held[row, i]
        ]
        for row in range(len(values))
    ]
    return Risks(values, drivers)


def save(frame: Frame, risks: Risks) -> None:
    """Write one row per customer, replacing what an earlier run said."""
    import numpy as np

    known = np.isfinite(risks.values)
    scores = [
        Score(
            customer_id=int(pk),
            value=round(float(value), 4) if ok else None,
            drivers=drivers if ok else [],
            computed_at=Now(),
        )
        for pk, value, ok, drivers in zip(frame.ids, risks.values, known, risks.drivers, strict=True)
    ]
    Score.objects.bulk_create(
        scores,
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["customer", "kind", "target"],
        update_fields=["value", "drivers", "computed_at"],
    )
