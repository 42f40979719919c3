"""The questions that score models answer, each with examples from dated rows: what was known then, what happened next.

A question that the data cannot answer honestly is refused here, before anything is fitted, with the dates that are missing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from accounts.models import BusinessUnit
from segments import dated
from segments.dated import Known
from segments.models import ScoreKind
from segments.periods import Period, Refusal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

WINDOW = timedelta(days=182)
PERIODS = 5
"""Windows that follow each other without overlap: three to fit on, one to calibrate, the newest to judge."""
LEAST_PERIODS = 3
DROP = 0.5
"""A customer counts as lost when its MRR falls to this share or less of what it was."""
POINTS: tuple[tuple[str, float, Callable[[Any], Any]], ...] = (
    ("nps_last", 20, lambda v: v <= 6),
    ("nps_last", 5, lambda v: (v > 6) & (v <= 8)),
    ("tickets_recent_share", 10, lambda v: v >= 0.7),
    ("months_since_contract", 12, lambda v: v >= 12),
    ("tenure", 8, lambda v: v < 1),
)
"""The rules of the points table that dated rows can tell for an earlier day (tickets: seven in ten of half a year)."""


@dataclass(frozen=True)
class Question:
    """``eligible`` (n,) are the customers to whom it can be put on a day, ``happened`` (n,) what the window brought."""

    kind: ScoreKind
    target: str
    source: str
    eligible: Callable[[Known], Bools]
    happened: Callable[[Known], Bools]
    rule: Callable[[Known], Floats]


@dataclass(frozen=True)
class Examples:
    """The examples of one question. ``periods`` are from the oldest to the newest, ``rows`` the customers to score."""

    cuts: list[date]
    periods: list[Period]
    rows: NDArray[np.int64]
    names: list[str]
    left_out: list[dict[str, Any]]
    values: Floats


def all_questions() -> list[Question]:
    """Churn, expansion and one purchase per business unit that has ever sold something with a date."""
    units = BusinessUnit.objects.order_by("code").values_list("code", flat=True)
    return [
        Question(ScoreKind.CHURN, "", "mrr", _pays, _lost, points),
        Question(ScoreKind.EXPANSION, "", "contracts", _has_lines, _signed, _recency),
        *[_purchase(unit) for unit in units],
    ]


def cut_offs(today: date, begins: date | None) -> list[date]:
    """The cut-offs from the oldest to the newest whose whole past and future the source can tell; at most ``PERIODS``."""
    days = [today - WINDOW * number for number in range(PERIODS, 0, -1)]
    return [day for day in days if begins is not None and begins <= day]


def too_short(question: Question, today: date, begins: date | None) -> Refusal | None:
    """The refusal where the source of events does not reach back over the periods that are needed."""
    if len(cut_offs(today, begins)) >= LEAST_PERIODS:
        return None
    code = "no_cancellation_dates" if question.kind == ScoreKind.CHURN else "history_too_short"
    needed = today - WINDOW * LEAST_PERIODS
    return Refusal(
        code, {"begins": begins.isoformat() if begins else "", "needed_from": needed.isoformat(), "events": 0, "needed": 100}
    )  # fmt: skip


def examples(question: Question, now: Known, read: Callable[[date], Known], found: dict[str, date | None]) -> Examples:
    """What the question's customers looked like at each cut-off and what happened in the window after it."""
    import numpy as np

    cuts = cut_offs(now.day, found.get(question.source))
    names, left_out = dated.reaching(cuts[0], found)
    periods = []
    for day in cuts:
        then = read(day)
        rows = question.eligible(then)
        periods.append(Period(then.matrix(names)[rows], question.happened(then)[rows], question.rule(then)[rows]))
    scored = np.flatnonzero(question.eligible(now))
    return Examples(cuts, periods, now.ids[scored], names, left_out, now.matrix(names)[scored])


def points(then: Known) -> Floats:
    """The part of the points table that could have been told on that day."""
    import numpy as np

    with np.errstate(invalid="ignore"):
        held = [worth * holds(then.columns[name]) for name, worth, holds in POINTS]
    total: Floats = np.sum(held, axis=0, dtype=np.float64)
    return total


def _recency(then: Known) -> Floats:
    """Who signed last signs first."""
    import numpy as np

    months = then.columns["months_since_contract"]
    return np.where(np.isfinite(months), -months, -1e6)


def _pays(then: Known) -> Bools:
    return _above(then.columns["mrr"], 0.0)


def _lost(then: Known) -> Bools:
    """MRR that fell by half or more, or of which nothing is told any more."""
    import numpy as np

    after = np.nan_to_num(dated.mrr(then.ids, then.day + WINDOW), nan=0.0)
    with np.errstate(invalid="ignore"):
        lost: Bools = after <= DROP * then.columns["mrr"]
    return lost


def _has_lines(then: Known) -> Bools:
    return _above(then.columns["lines"], 0.0)


def _signed(then: Known) -> Bools:
    return _above(dated.signed_after(then.ids, then.day, WINDOW)["lines"], 0.0)


def _purchase(unit: str) -> Question:
    """Customers of other business units that own nothing of this one, lines without a date included."""
    column = f"unit:{unit}"

    def eligible(then: Known) -> Bools:
        import numpy as np

        nothing = np.zeros(len(then.ids))
        owned = then.columns.get(column, nothing) + dated.owned(then.ids).get(column, nothing)
        return _has_lines(then) & (owned == 0)

    def happened(then: Known) -> Bools:
        import numpy as np

        return _above(dated.signed_after(then.ids, then.day, WINDOW).get(column, np.zeros(len(then.ids))), 0.0)

    return Question(ScoreKind.PRODUCT, unit, "contracts", eligible, happened, _recency)


def _above(values: Floats, least: float) -> Bools:
    import numpy as np

    with np.errstate(invalid="ignore"):
        found: Bools = values > least
    return found


def split(periods: Sequence[Period]) -> tuple[list[Period], Period, Period]:
    """(to fit on, to calibrate, to judge), from the oldest to the newest."""
    return list(periods[:-2]), periods[-2], periods[-1]
