"""The automatic choice of a clustering: every candidate measured, hard gates, one score, an honest "none".

Silhouette alone misleads (0.98 with 99.8% of the rows in one cluster is easily had), so the score joins what borders
look like, how far clusters survive resampling, balance, noise and how simply they can be told apart.
The search is deterministic: the budget is looked at only between candidates, which come cheap before dear, so two runs
with one seed differ only if the budget cut one of them short; ``Choice.complete`` tells.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segments import boundaries, clustering, resampling
from segments.clustering import Algorithm, Clustering, Quality
from segments.resampling import Stability

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]
Progress = Callable[[float, str], None]

LEAST_ROWS = 50
SCORING_ROWS = 5_000
MEASURING_ROWS = 1_500
RESAMPLES = 5
FINALISTS = 6


@dataclass(frozen=True)
class Gates:
    """Bounds that no score can buy off."""

    largest_share: float = 0.6
    noise_share: float = 0.4
    smallest_size: int = 5
    smallest_share: float = 0.005
    stability: float = 0.55


@dataclass(frozen=True)
class Candidate:
    """An algorithm with its parameters."""

    algorithm: Algorithm
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Entry:
    """One line of the leaderboard: a candidate and its numbers on the scoring sample."""

    candidate: Candidate
    k: int
    silhouette: float | None
    dbcv: float | None
    gap: float
    stability: float
    agreement: float
    balance: float
    fidelity: float
    largest_share: float
    smallest_size: int
    noise_share: float
    seconds: float
    score: float = 0.0
    failures: tuple[str, ...] = ()


def grid(n: int, d: int) -> Iterator[Candidate]:
    """Candidates for n rows and d columns, cheap before dear."""
    ks = [k for k in (*range(2, 13), 15, 20, 25) if k * 8 <= n]
    for k in ks:
        yield Candidate("kmeans", {"k": k})
    for share in (0.01, 0.02, 0.04, 0.08):
        for samples in (5, 15):
            yield Candidate("hdbscan", {"min_cluster_share": share, "min_samples": samples, "method": "eom"})
            yield Candidate("hybrid", {"min_cluster_share": share, "min_samples": samples, "method": "eom"})
    yield Candidate("hybrid", {"min_cluster_share": 0.02, "min_samples": 5, "method": "leaf"})
    yield Candidate("hybrid", {"min_cluster_share": 0.04, "min_samples": 5, "method": "leaf"})
    yield Candidate("hybrid", {"min_cluster_share": 0.02, "min_samples": 5, "refine_share": 0.3})
    yield Candidate("hybrid", {"min_cluster_share": 0.05, "min_samples": 5, "refine_share": 0.1})
    for k in ks:
        if n >= 3 * k * d:
            yield Candidate("gmm", {"k": k, "covariance": "full"})
        if d > 4:
            yield Candidate("gmm", {"k": k, "covariance": "diag"})
