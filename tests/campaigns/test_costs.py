"""What the expected acceptances may cost: by hand, and never below nothing."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns import costs
from campaigns.costs import Costs, Range
from campaigns.models import Offer

EFFECT = {"accepts_low": 2, "accepts": 5, "accepts_high": 10, "mrr_concerned": 4_000.0}


@pytest.mark.parametrize(
    ("terms", "found"),
    [
        ({"cost": Decimal(30), "discount_percent": Decimal(0)}, Costs(Range(60, 300), None)),
        ({"discount_percent": Decimal(10), "price": Decimal(200)}, Costs(None, Range(40, 200))),
        ({"discount_percent": Decimal(10)}, Costs(None, Range(160, 800), monthly=True)),
        ({"discount_percent": Decimal(0)}, Costs(None, None)),
    ],
)
def test_costs_by_hand(terms, found):
    assert costs.expected(Offer(**terms), EFFECT) == found


def test_without_an_offer_or_an_expectation_nothing_is_claimed():
    assert costs.expected(None, EFFECT) == Costs(None, None)
    assert costs.expected(Offer(cost=Decimal(5)), {}) == Costs(None, None)
    nobody = {**EFFECT, "accepts": 0, "mrr_concerned": None}
    assert costs.expected(Offer(discount_percent=Decimal(10)), nobody).discount is None


@given(st.integers(0, 10_000), st.integers(0, 10_000), st.decimals(0, 100, places=2), st.decimals(0, 10_000, places=2))
def test_the_high_end_is_never_below_the_low_one(few, more, percent, cost):
    effect = {"accepts_low": few, "accepts": few, "accepts_high": few + more, "mrr_concerned": 100.0 * few}
    found = costs.expected(Offer(discount_percent=percent, cost=cost), effect)
    for each in filter(None, (found.offer, found.discount)):
        assert 0 <= each.low <= each.high
