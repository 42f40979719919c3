"""What the expected acceptances of a campaign may cost the company. Pure arithmetic over an offer's terms and the expected effect."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from campaigns.models import Offer


@dataclass(frozen=True)
class Range:
    """An amount in R$, at the low and the high end of the expected acceptances."""

    low: float
    high: float


@dataclass(frozen=True)
class Costs:
    """``offer``: what the company spends, once; ``discount``: what it forgoes, each month where ``monthly``. None: not on record."""

    offer: Range | None
    discount: Range | None
    monthly: bool = False


def expected(offer: Offer | None, effect: Mapping[str, Any]) -> Costs:
    """The costs of an offer for the acceptances that ``strategies.expected_effect`` expects.

    A discount is of the offer's price; of an offer without a price it is of the monthly revenue of those who accept.
    """
    if offer is None or "accepts_low" not in effect:
        return Costs(None, None)
    few, many = int(effect["accepts_low"]), int(effect["accepts_high"])
    spent = None if offer.cost is None else _times(float(offer.cost), few, many)
    percent = float(offer.discount_percent)
    if not percent:
        return Costs(spent, None)
    if offer.price is not None:
        return Costs(spent, _times(float(offer.price) * percent / 100, few, many))
    middle, concerned = effect.get("accepts"), effect.get("mrr_concerned")
    if not middle or concerned is None:
        return Costs(spent, None)
    return Costs(spent, _times(float(concerned) / float(middle) * percent / 100, few, many), monthly=True)


def _times(amount: float, few: int, many: int) -> Range:
    return Range(round(amount * few, 2), round(amount * many, 2))
