"""How good a probability is: precision, ranking, calibration, lift and drift. Pure: arrays in, numbers out.

Every figure that a model card shows comes from here, each with an interval where one makes sense, so that a small period
never looks more certain than it is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Metric = Callable[[NDArray[np.bool_], Floats], float]
Z95 = 1.959964
RESAMPLES = 200
TOP = 0.1
PSI_BINS = 10
LEAST_SHARE = 1e-4
"""Stands for an empty bin in the stability index, whose logarithm would not end."""


@dataclass(frozen=True)
class Interval:
    """A figure and the range that 95% of resamples fall into."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Bin:
    """Customers with similar predictions: how many, what was predicted on average and what happened, with an interval."""

    count: int
    events: int
    predicted: float
    observed: float
    low: float
    high: float


def average_precision(happened: NDArray[np.bool_], scores: Floats) -> float:
    """Area under the precision–recall curve by steps, ties taken together; NaN without any event."""
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(happened[order])
    if not len(hits) or not hits[-1]:
        return float("nan")
    last = np.flatnonzero(np.append(np.diff(scores[order]) != 0, True))
    recall = hits[last] / hits[-1]
    precision = hits[last] / (last + 1)
    return float(np.sum(np.diff(recall, prepend=0.0) * precision))


def roc_auc(happened: NDArray[np.bool_], scores: Floats) -> float:
    """The probability that an event scores above a non-event, ties counted half; NaN without both."""
    events = int(happened.sum())
    if not events or events == len(happened):
        return float("nan")
    _values, place, counts = np.unique(scores, return_inverse=True, return_counts=True)
    rank = (np.cumsum(counts) - (counts - 1) / 2)[place]
    return float((rank[happened].sum() - events * (events + 1) / 2) / (events * (len(happened) - events)))


def brier(happened: NDArray[np.bool_], probabilities: Floats) -> float:
    """Mean squared distance between what was said and what happened."""
    return float(np.mean((probabilities - happened) ** 2)) if len(happened) else float("nan")


def lift(happened: NDArray[np.bool_], scores: Floats, share: float = TOP) -> float:
    """How many times more events the highest ``share`` of scores holds than a random one; NaN without any event."""
    if not happened.any():
        return float("nan")
    best = np.argsort(-scores, kind="stable")[: max(1, round(share * len(scores)))]
    return float(happened[best].mean() / happened.mean())


def gains(happened: NDArray[np.bool_], scores: Floats, steps: int = 10) -> list[tuple[float, float]]:
    """(share of customers contacted, share of events among them), the highest scores first, in ``steps`` steps."""
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(happened[order])
    ends = [round(len(order) * step / steps) for step in range(1, steps + 1)]
    total = max(int(happened.sum()), 1)
    return [(step / steps, float(hits[end - 1] / total) if end else 0.0) for step, end in enumerate(ends, 1)]


def bootstrap(
    happened: NDArray[np.bool_], scores: Floats, metric: Metric, seed: int, resamples: int = RESAMPLES
) -> Interval:
    """The metric and its interval by resampling customers; resamples without both outcomes are left out."""
    rng = np.random.default_rng(seed)
    found = []
    for _again in range(resamples):
        rows = rng.integers(0, len(happened), len(happened))
        value = metric(happened[rows], scores[rows])
        if np.isfinite(value):
            found.append(value)
    low, high = np.quantile(found, [0.025, 0.975]) if found else (np.nan, np.nan)
    return Interval(metric(happened, scores), float(low), float(high))


def wilson(events: int, count: int) -> tuple[float, float]:
    """The interval of a share that holds for few rows and for shares near 0 and 1 too."""
    if not count:
        return 0.0, 1.0
    share, spread = events / count, Z95**2 / count
    middle = (share + spread / 2) / (1 + spread)
    half = Z95 * np.sqrt(share * (1 - share) / count + spread / (4 * count)) / (1 + spread)
    return (float(middle - half) if events else 0.0), (float(middle + half) if events < count else 1.0)


def calibration(happened: NDArray[np.bool_], probabilities: Floats, bins: int = 10) -> list[Bin]:
    """Bins of about equally many customers from the lowest prediction to the highest; equal predictions stay together."""
    if not len(probabilities):
        return []
    edges = np.unique(np.quantile(probabilities, np.linspace(0, 1, bins + 1)[1:-1]))
    place = np.searchsorted(edges, probabilities, side="left")
    found = []
    for number in np.unique(place):
        rows = place == number
        count, events = int(rows.sum()), int(happened[rows].sum())
        low, high = wilson(events, count)
        found.append(Bin(count, events, float(probabilities[rows].mean()), events / count, low, high))
    return found


def calibration_error(table: list[Bin]) -> float:
    """Mean distance between predicted and observed shares, weighted by customers."""
    total = sum(each.count for each in table)
    return sum(each.count * abs(each.predicted - each.observed) for each in table) / total if total else float("nan")


def stability_index(before: Floats, now: Floats) -> float:
    """Population stability index between two samples of a feature; "missing" is a bin of its own."""
    known = before[np.isfinite(before)]
    edges = np.unique(np.quantile(known, np.linspace(0, 1, PSI_BINS + 1)[1:-1])) if len(known) else np.empty(0)
    first, second = _shares(before, edges), _shares(now, edges)
    return float(np.sum((second - first) * np.log(second / first)))


def _shares(values: Floats, edges: Floats) -> Floats:
    known = np.isfinite(values)
    counts = np.bincount(np.searchsorted(edges, values[known], side="left"), minlength=len(edges) + 1)
    counts = np.append(counts, (~known).sum())
    shares: Floats = np.maximum(counts / max(len(values), 1), LEAST_SHARE)
    return shares
