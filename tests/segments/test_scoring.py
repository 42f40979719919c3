"""The churn-risk points: what raises them, what does not, and when nothing is said."""

from datetime import timedelta

import numpy as np
import pytest

from accounts.models import Customer, Picture
from segments import features, scoring, wording
from segments.models import Score
from tests.segments.conftest import AS_OF

CALM = {
    "contract_lines": 10, "active_lines": 10, "cancelled_lines": 0, "mrr": 100, "has_mrr": True, "nps_last": 10, "has_nps": True,
    "last_contract_on": AS_OF - timedelta(days=60),
}  # fmt: skip


@pytest.fixture
def risk(db):
    """``risk(nps_last=2)`` → (value, driver codes) of a calm customer with these figures changed."""

    def of(**changes):
        Customer.objects.all().delete()
        customer = Customer.objects.create(code="T1", since=AS_OF - timedelta(days=4000))
        Picture.objects.create(customer=customer, as_of=AS_OF, **{**CALM, **changes})
        found = scoring.churn_risk(features.read())
        return found.values[0], [driver["code"] for driver in found.drivers[0]]

    return of


def test_a_calm_customer_has_no_risk(risk):
    assert risk() == (0.0, [])


@pytest.mark.parametrize(
    ("changes", "code", "points"),
    [
        ({"nps_last": 6}, "detractor", 0.20),
        ({"nps_last": 8}, "passive", 0.05),
        ({"cancelled_lines": 5}, "many_cancelled", 0.25),
        ({"cancelled_lines": 3}, "some_cancelled", 0.12),
        ({"active_lines": 0}, "no_active_line", 0.30),
        ({"has_usage": True, "usage_active_days": 2}, "little_use", 0.10),
        ({"has_tickets": True, "tickets_12m": 100, "tickets_high_12m": 6}, "urgent_tickets", 0.15),
        ({"has_tickets": True, "tickets_12m": 10, "tickets_90d": 5}, "tickets_surge", 0.10),
        ({"ticket_days_mean": 15.0}, "slow_support", 0.05),
        ({"last_contract_on": AS_OF - timedelta(days=400)}, "no_purchase", 0.12),
    ],
)
def test_each_rule_adds_its_points(risk, changes, code, points):
    value, codes = risk(**changes)
    assert (round(value, 4), codes) == (points, [code])


@pytest.mark.parametrize(
    "changes",
    [
        {"nps_last": 9},
        {"cancelled_lines": 2},
        {"usage_active_days": 3},
        {"tickets_high_12m": 5},
        {"last_contract_on": AS_OF - timedelta(days=300)},
        {"last_contract_on": AS_OF - timedelta(days=400), "purchases_12m": 1},
    ],
)
def test_just_inside_the_bound_nothing_is_added(risk, changes):
    assert risk(**changes) == (0.0, [])


def test_points_add_up_and_the_heaviest_reason_comes_first(risk):
    value, codes = risk(nps_last=1, cancelled_lines=5, active_lines=0)
    assert (value, codes) == (0.75, ["no_active_line", "many_cancelled", "detractor"])


def test_with_fewer_than_two_sources_nothing_is_said(risk):
    value, _codes = risk(has_mrr=False, has_nps=False, nps_last=None, mrr=None, active_lines=0)
    assert np.isnan(value)


def test_saving_twice_keeps_one_row_and_the_newest_value(risk):
    risk(nps_last=2)
    frame = features.read()
    scoring.save(frame, scoring.churn_risk(frame))
    Picture.objects.update(nps_last=10)
    frame = features.read()
    scoring.save(frame, scoring.churn_risk(frame))
    score = Score.objects.get()
    assert (score.value, score.drivers) == (0.0, [])


def test_every_rule_has_words():
    assert {rule.code for rule in scoring.RULES} == set(wording.DRIVERS)
