"""Real tables with known classes that scikit-learn ships; none is fetched."""

from __future__ import annotations

import numpy as np
from sklearn import datasets

from benchmarks.labelled.shapes import Table


def real() -> dict[str, Table]:
    """Name → values and classes."""
    digits = datasets.load_digits(return_X_y=True)
    few = np.isin(digits[1], (0, 3, 4, 6, 7))
    return {
        "iris": datasets.load_iris(return_X_y=True),
        "wine": datasets.load_wine(return_X_y=True),
        "breast cancer": datasets.load_breast_cancer(return_X_y=True),
        "digits": digits,
        "digits 0 3 4 6 7": (digits[0][few], digits[1][few]),
    }
