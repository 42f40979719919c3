"""Cells that are missing from a table of which nothing is declared: estimated where chance took them, flagged where
their absence tells something. Pure: arrays in, arrays out.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

DONORS = 2_000
NEAREST = 10
CHUNK = 500
LEAST_TELLING = 0.25
"""Correlation with any other column from which an absence is taken to tell something."""


def filled(matrix: Floats, absent: Mask, seed: int = 0) -> Floats:
    """``matrix`` (n, d), scaled, with each absent cell as the mean of the nearest rows that have it.

    Rows are compared by the columns that both have; at most 2,000 rows serve, so that the cost stays linear. A row
    that shares nothing with anyone keeps 0, the middle.
    """
    matrix = np.where(absent, 0.0, matrix)
    rng = np.random.default_rng(seed)
    n = len(matrix)
    donors = np.arange(n) if n <= DONORS else np.sort(rng.choice(n, DONORS, replace=False))
    have, theirs = (~absent[donors]).astype(np.float64), matrix[donors]
    result = matrix.copy()
    lacking = np.flatnonzero(absent.any(axis=1))
    for start in range(0, len(lacking), CHUNK):
        rows = lacking[start : start + CHUNK]
        distance = _distances(matrix[rows], (~absent[rows]).astype(np.float64), theirs, have)
        distance[rows[:, None] == donors[None, :]] = np.inf
        for column in np.flatnonzero(absent[rows].any(axis=0)):
            wanted = absent[rows, column]
            result[rows[wanted], column] = _mean(distance[wanted], theirs[:, column], have[:, column])
    return result


def _distances(rows: Floats, have: Floats, others: Floats, they_have: Floats) -> Floats:
    """Mean squared difference over the columns that both sides have; infinite where they share none."""
    both = have @ they_have.T
    squares = (
        (rows**2 * have) @ they_have.T + have @ (others**2 * they_have).T - 2 * (rows * have) @ (others * they_have).T
    )
    return np.where(both > 0, np.maximum(squares, 0.0) / np.maximum(both, 1.0), np.inf)


def _mean(distance: Floats, values: Floats, known: Floats) -> Floats:
    """Mean of ``values`` over the nearest donors that know it; 0 where there is none."""
    distance = np.where(known[None, :] > 0, distance, np.inf)
    count = min(NEAREST, distance.shape[1])
    near = np.argpartition(distance, count - 1, axis=1)[:, :count]
    usable = np.isfinite(np.take_along_axis(distance, near, axis=1))
    total = (values[near] * usable).sum(axis=1)
    return total / np.maximum(usable.sum(axis=1), 1)


def telling(absent: Mask, matrix: Floats) -> bool:
    """Whether one column's absence (n,) goes with any column of ``matrix`` (n, d), other columns' flags included."""
    flag = absent - absent.mean()
    centred = matrix - matrix.mean(axis=0)
    power = np.sqrt((flag**2).sum() * (centred**2).sum(axis=0))
    usable = power > 1e-12
    if not usable.any():
        return False
    correlation = np.abs(flag @ centred[:, usable]) / power[usable]
    return bool(correlation.max() > max(LEAST_TELLING, 4 / np.sqrt(len(flag))))
