"""Whether a partition shows more than the same method finds where there is nothing to find."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segments import boundaries, clustering
from segments.clustering import Algorithm

Floats = NDArray[np.float64]

NULL_MARGIN = 0.05
ISOLATED = 0.4
"""A cut through an even spread is the cheaper the more rows there are: a real one must be far below it, at any size."""


def beats(rows: Floats, algorithm: Algorithm, parameters: Mapping[str, Any], seed: int) -> bool:
    """Whether the separation exceeds what the same method finds in data of the same spread without any group.

    Two nulls, one Gaussian and one even spread over the box of the main axes, three draws each: K-Means cuts
    an even square into four very stable quarters, which only this comparison gives away.
    """
    rng = np.random.default_rng(seed)
    real = _evidence(rows, algorithm, parameters, seed)
    nulls = [_evidence(null, algorithm, parameters, seed) for _ in range(3) for null in _nulls(rows, rng)]
    apart = real.silhouette > max(null.silhouette for null in nulls) + NULL_MARGIN
    # Rings and moons have a low silhouette. What speaks for them may do so alone only where it is strong in
    # itself.
    dense = real.dbcv > max(0.2, max(null.dbcv for null in nulls) + 0.1)
    leaks = [null.leak for null in nulls]
    far_below = real.leak < ISOLATED * float(np.median(leaks)) and real.leak < 0.8 * min(leaks)
    isolated = real.leak < 0.03 and (real.leak < min(leaks) - 0.02 or far_below)
    return apart or dense or isolated


@dataclass(frozen=True)
class _Evidence:
    silhouette: float
    dbcv: float
    leak: float


def _evidence(rows: Floats, algorithm: Algorithm, parameters: Mapping[str, Any], seed: int) -> _Evidence:
    labels = clustering.fit(rows, algorithm, parameters, seed).labels
    density = clustering.dbcv(rows, labels)
    return _Evidence(
        clustering.silhouette(rows, labels) or 0.0,
        -1.0 if density is None else density,
        boundaries.leak(labels, clustering.neighbours(rows)),
    )


def _nulls(rows: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
    centred = rows - rows.mean(axis=0)
    axes = np.linalg.svd(centred, full_matrices=False)[2]
    turned = centred @ axes.T
    gaussian = rng.normal(size=turned.shape) * turned.std(axis=0)
    even = rng.uniform(turned.min(axis=0), turned.max(axis=0), turned.shape)
    return gaussian @ axes, even @ axes
