"""What is learnt from data whose truth is known: calibrated chances, drivers that point the right way, honest refusals."""

import numpy as np
import pytest

from segments import classifier
from segments.periods import Period

LOGS = np.zeros(3, dtype=bool)


def truth(values):
    """The planted chance: the first measure raises it, the second lowers it, the third does nothing."""
    known = np.nan_to_num(values)
    return 1 / (1 + np.exp(2.0 - 1.2 * known[:, 0] + 0.9 * known[:, 1]))


def period(seed, n=1500, missing=0.0, chance=truth):
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(n, 3))
    happened = rng.random(n) < chance(values)
    rule = rng.random(n)
    values[rng.random((n, 3)) < missing] = np.nan
    return Period(values, happened, rule)


def learn(*periods, scored, seed=7, beat_rule=False):
    return classifier.learn(*periods, scored, LOGS, seed, beat_rule=beat_rule)


@pytest.fixture(scope="module")
def fitted():
    scored = period(9).values
    return learn(period(1), period(2), period(3), scored=scored).fitted, scored


def test_chances_are_those_that_were_planted(fitted):
    found, scored = fitted
    assert np.abs(found.probabilities - truth(scored)).mean() < 0.04
    assert found.judgement.calibration_error < 0.05
    assert found.probabilities.mean() == pytest.approx(truth(scored).mean(), abs=0.03)


def test_the_judgement_beats_chance_and_the_mean(fitted):
    found, _scored = fitted
    judged = found.judgement
    assert judged.roc_auc.low > 0.7
    assert judged.average_precision.low > judged.events / judged.count
    assert judged.brier.value < judged.prevalence_brier
    assert judged.lift.value > 2 > judged.rule_lift


def test_drivers_point_where_the_truth_points(fitted):
    found, scored = fitted
    effects = np.zeros((len(scored), 3))
    for row, drivers in enumerate(found.drivers):
        for driver in drivers:
            effects[row, driver.feature] = driver.effect
            assert driver.value == scored[row, driver.feature]
    assert (effects[scored[:, 0] > 1, 0] > 0).all()
    assert (effects[scored[:, 0] < -1, 0] < 0).all()
    assert (effects[scored[:, 1] > 1, 1] < 0).all()
    assert found.importance.argmin() == 2


def test_effects_of_the_linear_model_add_up_to_its_log_odds(fitted):
    found, _scored = fitted
    assert (found.algorithm, found.calibrator) == ("logistic", "sigmoid")
    whole = np.array([sum(driver.effect for driver in drivers) for drivers in found.drivers])
    full = np.array([len(drivers) == 3 for drivers in found.drivers])
    odds = np.log(found.probabilities / (1 - found.probabilities))
    inside = full & (found.probabilities > classifier.RARE) & (found.probabilities < classifier.SURE)
    assert inside.sum() > 100
    assert np.corrcoef(whole[inside], odds[inside])[0, 1] == pytest.approx(1.0, abs=1e-9)


def test_with_many_events_the_curve_may_bend():
    often = [period(seed, 2000, chance=lambda values: 1 - truth(values)) for seed in (1, 2, 3)]
    assert learn(*often, scored=period(9).values).fitted.calibrator == "sigmoid"  # few to whom it did not happen
    half = [period(seed, 2000, chance=lambda values: 1 / (1 + np.exp(-values[:, 0]))) for seed in (1, 2, 3)]
    found = learn(*half, scored=period(9).values).fitted
    assert found.calibrator == "isotonic"
    assert (found.probabilities > 0).all()
    assert (found.probabilities < 1).all()


def test_missing_figures_cost_precision_but_never_a_score():
    scored = np.full((2, 3), np.nan)
    found = learn(period(1, missing=0.4), period(2, missing=0.4), period(3, missing=0.4), scored=scored).fitted
    assert np.isfinite(found.probabilities).all()
    assert found.judgement.calibration_error < 0.06


def test_trees_serve_where_the_truth_is_not_linear():
    def bent(values):
        return np.where(np.abs(values[:, 0]) > 1.2, 0.6, 0.05)

    found = learn(*[period(seed, chance=bent) for seed in (1, 2, 3)], scored=period(9).values).fitted
    assert found.algorithm == "boosting"
    assert found.judgement.calibration_error < 0.06


def test_a_column_without_any_figure_does_no_harm():
    def empty(seed):
        made = period(seed)
        made.values[:, 2] = np.nan
        return made

    assert learn(empty(1), empty(2), empty(3), scored=period(9).values).fitted is not None


def test_the_same_seed_gives_the_same_scores(fitted):
    again = learn(period(1), period(2), period(3), scored=fitted[1]).fitted
    assert (again.probabilities == fitted[0].probabilities).all()
    assert again.drivers == fitted[0].drivers


@pytest.mark.parametrize(
    ("sizes", "figures"),
    [
        ((150, 1500, 1500), {"needed": 100, "period": "training"}),
        ((1500, 60, 1500), {"needed": 30, "period": "calibration"}),
        ((1500, 1500, 60), {"needed": 30, "period": "validation"}),
    ],
)
def test_too_few_events_are_refused_with_the_figures(sizes, figures):
    periods = [period(seed, n) for seed, n in enumerate(sizes)]
    attempt = learn(*periods, scored=period(9).values)
    assert attempt.fitted is None
    assert attempt.refusal.code == "too_few_events"
    short = periods[sizes.index(min(sizes))]
    assert attempt.refusal.figures == figures | {"events": short.events}


def test_an_event_that_happens_to_everybody_cannot_be_learnt():
    everybody = [period(seed, chance=lambda values: np.ones(len(values))) for seed in (1, 2, 3)]
    assert learn(*everybody, scored=period(9).values).refusal.code == "too_few_others"


def test_noise_is_refused():
    noise = [period(seed, chance=lambda values: np.full(len(values), 0.2)) for seed in (1, 2, 3)]
    attempt = learn(*noise, scored=period(9).values)
    assert attempt.fitted is None
    assert attempt.refusal.code in {"no_better_than_chance", "no_better_than_mean"}
    assert attempt.judgement.count == 1500


def test_a_rule_that_ranks_better_keeps_serving():
    def with_rule(seed):
        made = period(seed)
        return Period(made.values, made.happened, made.happened.astype(float))

    periods = [with_rule(seed) for seed in (1, 2, 3)]
    assert learn(*periods, scored=period(9).values, beat_rule=True).refusal.code == "no_better_than_rules"
    assert learn(*periods, scored=period(9).values).fitted is not None
