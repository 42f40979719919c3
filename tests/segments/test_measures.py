"""The figures of model cards against scikit-learn's and against what must always hold."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

from segments import measures


@st.composite
def judged(draw):
    """Outcomes with both kinds and scores with many ties."""
    n = draw(st.integers(4, 60))
    happened = np.array(draw(st.lists(st.booleans(), min_size=n, max_size=n)))
    happened[0], happened[1] = True, False
    scores = np.array(draw(st.lists(st.integers(0, 9), min_size=n, max_size=n)), dtype=float) / 9
    return happened, scores


@settings(max_examples=60, deadline=None)
@given(judged())
def test_ranking_and_distance_agree_with_scikit_learn(case):
    happened, scores = case
    assert measures.average_precision(happened, scores) == pytest.approx(average_precision_score(happened, scores))
    assert measures.roc_auc(happened, scores) == pytest.approx(roc_auc_score(happened, scores))
    assert measures.brier(happened, scores) == pytest.approx(brier_score_loss(happened, scores))


@settings(max_examples=60, deadline=None)
@given(judged())
def test_a_calibration_table_counts_everybody_once_and_rises_in_its_predictions(case):
    happened, scores = case
    table = measures.calibration(happened, scores)
    assert (sum(each.count for each in table), sum(each.events for each in table)) == (len(scores), happened.sum())
    assert [each.predicted for each in table] == sorted(each.predicted for each in table)
    assert all(each.low <= each.observed <= each.high for each in table)
    assert measures.gains(happened, scores)[-1] == (1.0, 1.0)


def test_without_both_outcomes_there_is_no_ranking():
    nobody = np.zeros(5, dtype=bool)
    scores = np.linspace(0, 1, 5)
    assert all(
        np.isnan(metric(nobody, scores)) for metric in (measures.average_precision, measures.roc_auc, measures.lift)
    )
    assert np.isnan(measures.roc_auc(~nobody, scores))


def test_the_interval_narrows_with_more_customers_and_holds_the_value():
    def interval(n):
        rng = np.random.default_rng(3)
        scores = rng.random(n)
        return measures.bootstrap(rng.random(n) < scores, scores, measures.roc_auc, seed=1)

    few, many = interval(100), interval(3000)
    assert few.low <= few.value <= few.high
    assert many.high - many.low < (few.high - few.low) / 2


def test_lift_of_a_perfect_order_is_one_over_the_share_of_events():
    happened = np.arange(100) < 20
    assert measures.lift(happened, -np.arange(100.0)) == pytest.approx(5.0)


def test_drift_is_nothing_for_the_same_and_much_for_the_moved_or_the_missing():
    rng = np.random.default_rng(0)
    before = rng.normal(size=4000)
    assert measures.stability_index(before, before) == 0
    assert measures.stability_index(before, rng.normal(size=4000)) < 0.05
    assert measures.stability_index(before, rng.normal(1.0, size=4000)) > 0.25
    half_missing = np.where(rng.random(4000) < 0.5, np.nan, before)
    assert measures.stability_index(before, half_missing) > 0.25
