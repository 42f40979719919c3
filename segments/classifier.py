"""From dated examples to a calibrated probability, or to an honest refusal. Pure: arrays in, arrays out.

Three periods that follow each other in time are kept apart: a model is *fitted* on the oldest, *chosen and calibrated* on
the next, and *judged* on the newest, which nothing else has seen. The model that is judged is the one that scores: it is
not fitted again afterwards, so that the card describes exactly what is in use.

The one door to scikit-learn besides ``clustering``: the estimators never leave this module.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segments import measures
from segments.measures import Bin, Interval
from segments.periods import Period, Refusal

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
TRAINING_EVENTS = 100
"""Events, and as many non-events, without which nothing is fitted."""
PERIOD_EVENTS = 30
"""The same for the periods of calibration and of judgement."""
ISOTONIC_EVENTS = 500
"""From here on the calibration curve may take any rising shape; below it has two parameters."""
WORTH_COMPLEXITY = 0.01
"""Average precision by which trees must lead the linear model, whose drivers are exact and which is easier to check."""
LEAST_EFFECT = 0.05
"""Log-odds below which a driver is not worth a word."""
MOST_DRIVERS = 4
RARE, SURE = 0.002, 0.99
"""Probabilities stay between: a few hundred examples cannot show that something never or always happens."""
MOST_ROWS = 60_000
"""Examples that a model is fitted on; more change its figures little and its time much."""
LINEAR, TREES = "logistic", "boosting"


@dataclass(frozen=True)
class Driver:
    """What moved one customer's score: the feature's number, the log-odds it adds or takes, the two values compared."""

    feature: int
    effect: float
    value: float
    typical: float


@dataclass(frozen=True)
class Judgement:
    """How the model did on the newest period."""

    count: int
    events: int
    average_precision: Interval
    roc_auc: Interval
    brier: Interval
    lift: Interval
    rule_average_precision: float
    rule_roc_auc: float
    rule_lift: float
    prevalence_brier: float
    table: list[Bin]
    gains: list[tuple[float, float]]
    rule_gains: list[tuple[float, float]]
    calibration_error: float


@dataclass(frozen=True)
class Fitted:
    """A model that passed. ``importance`` (d,) is the mean size of each feature's effect on the scored customers."""

    algorithm: str
    calibrator: str
    candidates: dict[str, float]
    judgement: Judgement
    probabilities: Floats
    drivers: list[list[Driver]]
    importance: Floats
    drift: list[float]


@dataclass(frozen=True)
class Attempt:
    """The outcome of ``learn``: a model, or a refusal with the judgement where it came that far."""

    fitted: Fitted | None
    refusal: Refusal | None
    judgement: Judgement | None = None


def learn(
    training: Period, calibrating: Period, judging: Period, scored: Floats, logs: Bools, seed: int, *, beat_rule: bool
) -> Attempt:
    """Fit, choose, calibrate and judge; score ``scored`` (m, d) where the model is good enough to be shown.

    ``logs`` (d,) marks the columns with a long tail. ``beat_rule``: refuse a model that ranks no better than the rule
    (where the rule would serve instead). Deterministic for a seed; time is bounded by ``MOST_ROWS``.
    """
    short = enough(training, calibrating, judging)
    if short is not None:
        return Attempt(None, short)
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):  # one thread gives the same bits each time, and is quicker on a few thousand rows
        return _learn(_thinned(training, seed), calibrating, judging, scored, logs, seed, beat_rule)


def _learn(
    training: Period, calibrating: Period, judging: Period, scored: Floats, logs: Bools, seed: int, beat_rule: bool
) -> Attempt:
    candidates = {LINEAR: _linear(training, logs, seed), TREES: _trees(training, seed)}
    precisions = {
        name: measures.average_precision(calibrating.happened, raw(calibrating.values))
        for name, raw in candidates.items()
    }
    chosen = TREES if precisions[TREES] > precisions[LINEAR] + WORTH_COMPLEXITY else LINEAR
    raw = candidates[chosen]
    calibrator, calibrated = _calibrate(raw(calibrating.values), calibrating.happened)
    judgement = judge(judging, calibrated(raw(judging.values)), calibrating.happened.mean(), seed)
    refusal = unworthy(judgement, beat_rule=beat_rule)
    if refusal is not None:
        return Attempt(None, refusal, judgement)
    drivers, importance = _drivers(raw, training.values, scored)
    drift = [measures.stability_index(training.values[:, i], scored[:, i]) for i in range(scored.shape[1])]
    fitted = Fitted(
        chosen, calibrator, precisions, judgement, calibrated(raw(scored)), drivers, importance, drift
    )  # fmt: skip
    return Attempt(fitted, None, judgement)


def enough(training: Period, calibrating: Period, judging: Period) -> Refusal | None:
    """The refusal where a period has too few events (or too few customers to whom it did not happen)."""
    needed = (("training", training, TRAINING_EVENTS), ("calibration", calibrating, PERIOD_EVENTS),
              ("validation", judging, PERIOD_EVENTS))  # fmt: skip
    for name, period, least in needed:
        if period.events < least:
            return Refusal("too_few_events", {"events": period.events, "needed": least, "period": name})
    for name, period, least in needed:
        others = len(period.happened) - period.events
        if others < least:
            return Refusal("too_few_others", {"events": others, "needed": least, "period": name})
    return None


def judge(period: Period, probabilities: Floats, prevalence: float, seed: int) -> Judgement:
    """Every figure of the model card on a period that the model has not seen."""
    table = measures.calibration(period.happened, probabilities)
    return Judgement(
        count=len(period.happened),
        events=period.events,
        average_precision=measures.bootstrap(period.happened, probabilities, measures.average_precision, seed),
        roc_auc=measures.bootstrap(period.happened, probabilities, measures.roc_auc, seed),
        brier=measures.bootstrap(period.happened, probabilities, measures.brier, seed),
        lift=measures.bootstrap(period.happened, probabilities, measures.lift, seed),
        rule_average_precision=measures.average_precision(period.happened, period.rule),
        rule_roc_auc=measures.roc_auc(period.happened, period.rule),
        rule_lift=measures.lift(period.happened, period.rule),
        prevalence_brier=measures.brier(period.happened, np.full(len(period.happened), float(prevalence))),
        table=table,
        gains=measures.gains(period.happened, probabilities),
        rule_gains=measures.gains(period.happened, period.rule),
        calibration_error=measures.calibration_error(table),
    )


def unworthy(judgement: Judgement, *, beat_rule: bool) -> Refusal | None:
    """Why a judged model must not be shown: it ranks like chance, predicts no better than the mean, or loses to the rule."""
    ranking = judgement.roc_auc
    if ranking.low <= 0.5:
        return Refusal("no_better_than_chance", {"roc_auc": ranking.value, "low": ranking.low, "high": ranking.high})
    if judgement.brier.value >= judgement.prevalence_brier:
        return Refusal(
            "no_better_than_mean", {"brier": judgement.brier.value, "prevalence_brier": judgement.prevalence_brier}
        )
    precision = judgement.average_precision.value
    if beat_rule and precision <= judgement.rule_average_precision:
        return Refusal(
            "no_better_than_rules", {"precision": precision, "rule_precision": judgement.rule_average_precision}
        )
    return None


def _thinned(period: Period, seed: int) -> Period:
    """At most ``MOST_ROWS`` examples, drawn by the seed."""
    if len(period.happened) <= MOST_ROWS:
        return period
    rows = np.sort(np.random.default_rng(seed).choice(len(period.happened), MOST_ROWS, replace=False))
    return Period(period.values[rows], period.happened[rows], period.rule[rows])


def _linear(training: Period, logs: Bools, seed: int) -> Callable[[Floats], Floats]:
    """Logistic regression on standardised columns, each with a column that says "missing"; returns log-odds."""
    from sklearn.linear_model import LogisticRegression

    def tamed(values: Floats) -> Floats:
        return np.where(logs, np.sign(values) * np.log1p(np.abs(values)), values)

    middle = typical(tamed(training.values), always=True)
    filled = tamed(training.values)
    filled = np.where(np.isfinite(filled), filled, middle)
    centre, spread = filled.mean(axis=0), filled.std(axis=0)
    spread = np.where(spread > 0, spread, 1.0)

    def design(values: Floats) -> Floats:
        known = np.isfinite(values)
        columns: Floats = np.hstack([(np.where(known, tamed(values), middle) - centre) / spread, ~known])
        return columns

    model = LogisticRegression(C=0.3, max_iter=1000, random_state=seed)
    model.fit(design(training.values), training.happened)
    return lambda values: np.asarray(model.decision_function(design(values)), dtype=np.float64)


def _trees(training: Period, seed: int) -> Callable[[Floats], Floats]:
    """Small boosted trees, to which "missing" is a value like any other; returns log-odds."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    model = HistGradientBoostingClassifier(
        learning_rate=0.06, max_iter=120, max_leaf_nodes=12, min_samples_leaf=40, l2_regularization=1.0,
        early_stopping=False, random_state=seed,
    )  # fmt: skip
    varies = np.array([len(np.unique(column[np.isfinite(column)])) > 1 for column in training.values.T], dtype=bool)
    if not varies.any():
        return lambda values: np.zeros(len(values))
    model.fit(training.values[:, varies], training.happened)
    return lambda values: np.asarray(model.decision_function(values[:, varies]), dtype=np.float64)


def _calibrate(odds: Floats, happened: Bools) -> tuple[str, Callable[[Floats], Floats]]:
    """The curve from log-odds to probabilities, learnt on a later period than the model; never 0 and never 1."""
    from sklearn.isotonic import IsotonicRegression
    from sklearn.linear_model import LogisticRegression

    if min(int(happened.sum()), int((~happened).sum())) >= ISOTONIC_EVENTS:
        curve = IsotonicRegression(out_of_bounds="clip").fit(odds, happened.astype(float))
        return "isotonic", lambda other: np.clip(curve.predict(other), RARE, SURE)
    line = LogisticRegression(C=1e6, max_iter=1000).fit(odds[:, None], happened)
    return "sigmoid", lambda other: np.clip(line.predict_proba(other[:, None])[:, 1], RARE, SURE)


def typical(values: Floats, *, always: bool = False) -> Floats:
    """Per column the median of what is known, or NaN where most rows have nothing (with ``always`` only if all have)."""
    known = np.isfinite(values)
    middle = np.full(values.shape[1], 0.0 if always else np.nan)
    for i in range(values.shape[1]):
        if known[:, i].any() and (always or known[:, i].mean() >= 0.5):
            middle[i] = np.median(values[known[:, i], i])
    return middle


def _drivers(raw: Callable[[Floats], Floats], before: Floats, scored: Floats) -> tuple[list[list[Driver]], Floats]:
    """Drivers by occlusion: how the log-odds change when one feature is set to what is typical, the others kept.

    For the linear model this is exactly the SHAP value against the typical customer (the contributions and the typical
    customer's log-odds add up to the score). For trees it leaves out what features do only together, so that the effects
    need not add up; it asks the model itself and assumes nothing about it.
    """
    middle = typical(before)
    whole = raw(scored)
    effects = np.zeros_like(scored)
    for i in range(scored.shape[1]):
        changed = scored.copy()
        changed[:, i] = middle[i]
        effects[:, i] = whole - raw(changed)
    order = np.argsort(-np.abs(effects), axis=1, kind="stable")[:, :MOST_DRIVERS]
    found = [
        [
            Driver(int(i), float(effects[row, i]), float(scored[row, i]), float(middle[i]))
            for i in order[row]
            if abs(effects[row, i]) >= LEAST_EFFECT
        ]
        for row in range(len(scored))
    ]
    importance = np.abs(effects).mean(axis=0) if len(scored) else np.zeros(scored.shape[1])
    return found, importance


def joined(periods: Sequence[Period]) -> Period:
    """Several periods as one."""
    return Period(
        np.vstack([each.values for each in periods]),
        np.concatenate([each.happened for each in periods]),
        np.concatenate([each.rule for each in periods]),
    )
