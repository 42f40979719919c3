"""Examples of one stretch of time, and the reason why there are too few: what reading and learning hand to each other. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Period:
    """Examples of one period: ``values`` (n, d) with NaN for "no data", ``happened`` (n,), ``rule`` (n,) the score of
    the simple rule that a model has to beat."""

    values: NDArray[np.float64]
    happened: NDArray[np.bool_]
    rule: NDArray[np.float64]

    @property
    def events(self) -> int:
        """How often it happened."""
        return int(self.happened.sum())


@dataclass(frozen=True)
class Refusal:
    """Why there is no model: a code that ``score_words`` knows, and its figures."""

    code: str
    figures: dict[str, float | int | str]
