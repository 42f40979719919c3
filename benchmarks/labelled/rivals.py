"""Single methods that are told the true number of groups (HDBSCAN, which takes none, with its defaults)."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import hdbscan
import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import AgglomerativeClustering, KMeans, SpectralClustering
from sklearn.impute import SimpleImputer
from sklearn.mixture import GaussianMixture
from sklearn.preprocessing import StandardScaler

Floats = NDArray[np.float64]
Fit = Callable[[Floats, int, int], NDArray[np.int64]]

RIVALS: dict[str, Fit] = {
    "K-Means": lambda x, k, seed: KMeans(k, n_init=10, random_state=seed).fit_predict(x),
    "mixture": lambda x, k, seed: GaussianMixture(k, n_init=5, reg_covar=1e-4, random_state=seed).fit_predict(x),
    "Ward": lambda x, k, seed: AgglomerativeClustering(k).fit_predict(x),
    "spectral": lambda x, k, seed: SpectralClustering(
        k, affinity="nearest_neighbors", assign_labels="cluster_qr", random_state=seed
    ).fit_predict(x),
    "HDBSCAN": lambda x, k, seed: hdbscan.HDBSCAN().fit_predict(x),
}


def standardised(values: Floats) -> Floats:
    """What a careful user does first: the median for what is missing, then mean 0 and spread 1."""
    return StandardScaler().fit_transform(SimpleImputer(strategy="median").fit_transform(values))


def labels(name: str, matrix: Floats, k: int, seed: int) -> NDArray[np.int64]:
    """Labels of a rival; its warnings (a graph in pieces, no convergence) are no news here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return np.asarray(RIVALS[name](matrix, k, seed), dtype=np.int64)
