"""How far a partition survives resampling: the clusterwise bootstrap of Hennig (2007), in plain numpy."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

ROWS = 4_000
"""Rows used at most: the Jaccard of a cluster does not sharpen with more."""
LEAST_RESAMPLES = 5


@dataclass(frozen=True)
class Stability:
    """Bootstrap Jaccard of one cluster: mean, 5% and 95% points, and the number of resamples behind them."""

    label: int
    mean: float
    low: float
    high: float
    resamples: int


def jaccards(labels: NDArray[np.int64], k: int, again: NDArray[np.int64]) -> NDArray[np.float64]:
    """Best Jaccard overlap of each cluster 0…k−1 of ``labels`` with any cluster of ``again``; NaN if absent
    here.
    """
    other = int(again.max(initial=-1)) + 1
    table = np.zeros((k + 1, other + 1))
    np.add.at(table, (labels, again), 1.0)  # −1, noise, falls into the last row and column
    sizes, others = table[:k].sum(axis=1), table[:, :other].sum(axis=0)
    overlap = table[:k, :other]
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = overlap / (sizes[:, None] + others[None, :] - overlap)
    best = ratio.max(axis=1, initial=0.0)
    return np.where(sizes > 0, best, np.nan)


def resample(n: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """The distinct rows of one bootstrap draw: repeated rows would look like density to a density
    clustering.
    """
    return np.unique(rng.integers(0, n, n))


def stability(
    matrix: NDArray[np.float64],
    labels: NDArray[np.int64],
    k: int,
    refit: Callable[[NDArray[np.float64], int], NDArray[np.int64]],
    seed: int,
    resamples: int,
    budget: float | None,
) -> list[Stability]:
    """Mean and 90% interval of each cluster's Jaccard over refits of bootstrap rows; ``refit(rows, number)``
    → labels.

    A cluster that never falls into a resample has stability 0: it is too small to be seen twice.
    """
    rng = np.random.default_rng(seed)
    started = time.monotonic()
    seen: list[NDArray[np.float64]] = []
    for number in range(resamples):
        late = budget is not None and time.monotonic() - started > budget
        if late and number >= LEAST_RESAMPLES:
            break
        rows = resample(len(matrix), rng)
        seen.append(jaccards(labels[rows], k, refit(matrix[rows], number)))
    table = np.array(seen).reshape(len(seen), k)
    return [_summary(label, table[:, label]) for label in range(k)]


def _summary(label: int, values: NDArray[np.float64]) -> Stability:
    values = values[~np.isnan(values)]
    if not len(values):
        return Stability(label, 0.0, 0.0, 0.0, 0)
    low, high = np.quantile(values, [0.05, 0.95])
    return Stability(label, float(values.mean()), float(low), float(high), len(values))


def adjusted_rand(one: NDArray[np.int64], two: NDArray[np.int64]) -> float:
    """Agreement of two labellings of the same rows, corrected for chance (Hubert & Arabie 1985); noise is a
    class.
    """
    width = int(two.max(initial=-1)) + 2
    table = np.bincount((one + 1) * width + two + 1, minlength=(int(one.max(initial=-1)) + 2) * width)
    table = table.reshape(-1, width).astype(float)
    together = (table * (table - 1)).sum()
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    first, second = (rows * (rows - 1)).sum(), (columns * (columns - 1)).sum()
    pairs = len(one) * (len(one) - 1.0)
    expected, most = (first * second / pairs if pairs else 0.0), (first + second) / 2
    return 1.0 if most == expected else float((together - expected) / (most - expected))
