"""Other spaces in which the groups of a matrix may be sought: fewer dimensions, even weights, related columns only.

A column that goes with no other, and a direction along which nothing happens, are noise to a distance. All spaces are
functions of the matrix alone. Pure: arrays in, arrays out.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from segments import preparation

Floats = NDArray[np.float64]

LEADING = 0.8
"""Share of the variance that the leading components explain."""
RELATED = 0.2
"""Rank correlation from which two columns go together."""
LEAST_COLUMNS = 4


def of(matrix: Floats) -> dict[str, Floats]:
    """Name → matrix (n, fewer or as many columns) of each space that differs from ``matrix`` itself."""
    n, d = matrix.shape
    if d < LEAST_COLUMNS or n < 3:
        return {}
    found = {}
    components, power = preparation.components(matrix)
    leading = int(np.searchsorted(np.cumsum(power) / power.sum(), LEADING)) + 1
    if 2 <= leading < d:
        found["leading"] = components[:, :leading]
    usable = power > 0.01 * power.sum()
    if usable.sum() >= 2:
        found["even"] = components[:, usable] / np.sqrt(power[usable] / n)
    related = _related(matrix)
    if 2 <= related.sum() < d:
        found["related"] = matrix[:, related]
    return {name: np.ascontiguousarray(space) for name, space in found.items()}


def _related(matrix: Floats) -> NDArray[np.bool_]:
    """Which columns go with at least one other, by rank."""
    ranks = matrix.argsort(axis=0).argsort(axis=0).astype(np.float64)
    ranks -= ranks.mean(axis=0)
    ranks /= np.maximum(np.sqrt((ranks**2).sum(axis=0)), 1e-12)
    correlation = np.abs(ranks.T @ ranks)
    np.fill_diagonal(correlation, 0.0)
    return np.asarray(correlation.max(axis=0) >= max(RELATED, 3 / np.sqrt(len(matrix))))
