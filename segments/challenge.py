"""Champion and challenger: a new grouping takes the place of the published one unless it is clearly worse. Pure.

Both are looked at on today's customers in today's matrix. A grouping is worth how steadily its segments come back
(nothing for a customer without a segment, so a published run loses worth as customers come that it never saw) plus how
well its segments lie apart. Ties and small losses go to the challenger: it knows today's data.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segments import clustering

MARGIN = 0.1
"""Worth by which a challenger may fall short and still be published."""


@dataclass(frozen=True)
class Worth:
    """``steady`` in [0, 1]: mean stability over all customers; ``apart`` in [−1, 1]: silhouette over the assigned."""

    steady: float
    apart: float

    @property
    def total(self) -> float:
        """One figure to compare by."""
        return self.steady + self.apart


def worth(matrix: NDArray[np.float64], labels: NDArray[np.int64], stability: Mapping[int, float], seed: int) -> Worth:
    """Worth of a grouping of the rows of ``matrix``; −1 in ``labels`` is no segment, a missing stability counts 0."""
    known = np.array([stability.get(label, 0.0) for label in range(int(labels.max(initial=-1)) + 1)] + [0.0])
    rows = clustering.sample_rows(len(matrix), clustering.SILHOUETTE_ROWS, seed)
    with clustering.one_thread():
        apart = clustering.silhouette(matrix[rows], labels[rows])
    return Worth(float(known[labels].mean()) if len(labels) else 0.0, apart or 0.0)


def keeps(champion: Worth, challenger: Worth) -> bool:
    """Whether the published grouping stays."""
    return challenger.total < champion.total - MARGIN
