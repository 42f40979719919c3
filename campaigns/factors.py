"""What the factors of a priority are made of: one table of multipliers, one of money at stake, one rule for chances. Pure.

* Propensity (0–1): the share of the play's messages that a person accepted, drawn towards the cautious assumption as if
  ``PRIOR_MESSAGES`` had been sent before; where a model answers the play's question it moves with the customer's own calibrated
  chance, so many times up or down as that stands above or below the mean. (The chance itself is of buying within months, not of
  accepting a mail: taken as it is, plays with a model would beat all others.)
* Context: multipliers, each with its reason; what is not known multiplies by 1.
* Value: BRL a year that the play may change, between ``FLOOR`` and ``CEILING``, so that no giant decides by its size alone.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PRIOR_MESSAGES = 200
MOST_LIFT = 5.0  # at most so many times the play's rate, and at least that part of it
# Which trained question answers for a play; "product" is asked of the campaign's business unit.
QUESTIONS: dict[str, str] = {"expand": "expansion", "cross_sell": "product", "credit": "product"}
SELLING = frozenset({"expand", "cross_sell", "credit"})
KEEPING = frozenset({"retain", "onboard", "win_back"})

RECENT_DAYS = 14
DETRACTOR_AT_MOST = 6  # the last NPS answer
SOURCES_WANTED = 2  # of the five main sources
# Reasons of a context, bits in this order: (code, multiplier when selling, when retaining, otherwise).
CONTEXTS: tuple[tuple[str, float, float, float], ...] = (
    ("tickets", 0.5, 1.2, 1.0),
    ("detractor", 0.6, 1.2, 0.9),
    ("recent", 0.8, 0.8, 0.8),
    ("thin", 0.8, 0.8, 0.8),
    ("overdue", 0.7, 1.0, 0.9),
)
OVERDUE_CREDIT = 0.3
LEAST_FIT = 0.5  # a customer at the very edge of its segment counts half
WEAK_FIT = 0.5  # below this confidence it is told as a reason, in the bit after those of CONTEXTS
FLOOR, CEILING = 100.0, 120_000.0
# Share of a year's revenue that a play may keep or add. For retain the customer's chance of churn stands in its place where known.
STAKES: dict[str, float] = {
    "retain": 0.15,
    "expand": 0.20,
    "onboard": 0.10,
    "cross_sell": 0.15,
    "win_back": 0.25,
    "credit": 0.05,
}


def acceptance(accepted: int, sent: int, assumed: float) -> float:
    """Share of messages accepted, shrunk towards ``assumed``: few messages change it little, many replace it."""
    return (accepted + PRIOR_MESSAGES * assumed) / (sent + PRIOR_MESSAGES)


def propensity(rate: float, chance: "NDArray[np.float64]", mean: float) -> "NDArray[np.float64]":
    """The play's ``rate``, moved by each customer's calibrated chance (NaN: none) against the ``mean`` of all that have one."""
    import numpy as np

    lift = np.clip(chance / mean, 1 / MOST_LIFT, MOST_LIFT) if mean > 0 else np.ones(len(chance))
    return np.clip(rate * np.where(np.isnan(lift), 1.0, lift), 0.0, 1.0)


def context(
    play: str, reasons: "Mapping[str, NDArray[np.bool_]]", fit: "NDArray[np.float64]"
) -> "tuple[NDArray[np.float64], NDArray[np.int16]]":
    """(multiplier, bits of ``CONTEXTS`` that hold) per customer; ``fit`` is the confidence of membership, NaN where unknown."""
    import numpy as np

    total = LEAST_FIT + (1 - LEAST_FIT) * np.clip(np.where(np.isnan(fit), 1.0, fit), 0.0, 1.0)
    bits = np.zeros(len(fit), dtype=np.int16)
    for place, (code, selling, retaining, otherwise) in enumerate(CONTEXTS):
        holds = reasons[code]
        factor = selling if play in SELLING else retaining if play == "retain" else otherwise
        if code == "overdue" and play == "credit":
            factor = OVERDUE_CREDIT
        total = np.where(holds, total * factor, total)
        bits |= holds.astype(np.int16) << place
    bits |= (np.where(np.isnan(fit), 1.0, fit) < WEAK_FIT).astype(np.int16) << len(CONTEXTS)
    return total, bits


def reasons_of(bits: int) -> tuple[str, ...]:
    """The codes of a context's bits."""
    codes = [*(code for code, *_factors in CONTEXTS), "fit"]
    return tuple(code for place, code in enumerate(codes) if bits >> place & 1)


def value(
    play: str, mrr: "NDArray[np.float64]", churn: "NDArray[np.float64]", price: float | None, typical: float
) -> "NDArray[np.float64]":
    """BRL a year at stake: the offer's price where something is sold at one, else a share of a year's revenue.

    ``mrr`` and ``churn`` are NaN where unknown; ``typical`` stands in for an unknown revenue.
    """
    import numpy as np

    if price and play in SELLING:
        return np.full(len(mrr), min(max(price, FLOOR), CEILING))
    year = 12 * np.where(np.isnan(mrr), typical, mrr)
    share = np.full(len(mrr), STAKES[play])
    if play == "retain":
        share = np.where(np.isnan(churn), share, churn)
    return np.clip(year * share, FLOOR, CEILING)
