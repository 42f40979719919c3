"""Clustering as arithmetic: arrays in, arrays out.

The one module that knows scikit-learn and hdbscan, both imported inside functions so that a web process
never loads them. Every function is deterministic for a given seed: computations run on one thread (parallel
reductions change the last bits of a sum, and with them a border row's label) and clusters are numbered by
size, then by centre.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from segments import landmarks, resampling
from segments.resampling import Stability

Algorithm = Literal["kmeans", "gmm", "hdbscan", "hybrid"]
Floats = NDArray[np.float64]
Labels = NDArray[np.int64]

EXACT_ROWS = 20_000
"""Above this many rows a density clustering is found on landmarks and a model is fitted on a sample."""
SILHOUETTE_ROWS = 4_000
DBCV_ROWS = 1_500
NEIGHBOURS = 10


@dataclass(frozen=True)
class Clustering:
    """One partition of the rows of a matrix.

    ``labels`` (n,) int64, 0 is the largest cluster and −1 is noise; ``confidence`` (n,) in [0, 1], 0 for
    noise; ``centres`` (k, d) means of the members; ``noise_share`` in [0, 1].
    """

    labels: Labels
    confidence: Floats
    centres: Floats
    algorithm: Algorithm
    parameters: Mapping[str, Any] = field(default_factory=dict)
    noise_share: float = 0.0

    @property
    def k(self) -> int:
        """Number of clusters, noise not counted."""
        return len(self.centres)


@dataclass(frozen=True)
class Quality:
    """Measures of a partition. ``silhouette`` and ``dbcv`` lie in [−1, 1] and are None where undefined (k <
    2).
    """

    silhouette: float | None
    dbcv: float | None
    largest_share: float
    smallest_size: int
    noise_share: float
    k: int


def fit(matrix: Floats, algorithm: Algorithm, parameters: Mapping[str, Any], seed: int) -> Clustering:
    """Partition the rows of ``matrix`` (n, d), finite and scaled.

    Parameters by algorithm: ``kmeans`` k; ``gmm`` k, covariance (full, diag, tied, spherical); ``hdbscan``
    min_cluster_size or min_cluster_share (of the rows, so that a choice made on a sample transfers),
    min_samples, method (eom, leaf), epsilon; ``hybrid`` the same plus refine_share (density clusters above
    this share are tried for spherical refinement) and assign_noise. Raises ValueError for a matrix that is
    not finite, two-dimensional and non-empty, and for an unknown algorithm.
    """
    matrix = checked(matrix)
    methods: dict[str, Callable[[Floats, Mapping[str, Any], int], tuple[Labels, Floats]]] = {
        "kmeans": _kmeans,
        "gmm": _gmm,
        "hdbscan": _hdbscan,
        "hybrid": _hybrid,
    }
    if algorithm not in methods:
        raise ValueError(f"unknown algorithm {algorithm!r}")
    with one_thread():
        labels, confidence = methods[algorithm](matrix, parameters, seed)
    return _canonical(matrix, labels, confidence, algorithm, parameters)


def checked(matrix: Floats) -> Floats:
    """The matrix as contiguous float64; ValueError unless it is (n ≥ 1, d ≥ 1) and finite."""
    matrix = np.ascontiguousarray(matrix, dtype=np.float64)
    if matrix.ndim != 2 or 0 in matrix.shape:
        raise ValueError(f"a matrix of at least one row and one column is needed, not shape {matrix.shape}")
    if not np.isfinite(matrix).all():
        raise ValueError("the matrix holds missing or infinite values: prepare it first")
    return matrix


@contextmanager
def one_thread() -> Iterator[None]:
    """Numerical libraries on one thread for the length of the block: identical sums, no fight with other
    workers.
    """
    import warnings

    from sklearn.exceptions import ConvergenceWarning
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1), warnings.catch_warnings():
        # Stopping at an iteration limit, or on repeated rows, still gives a partition; its stability is
        # measured.
        warnings.simplefilter("ignore", ConvergenceWarning)
        yield


def sample_rows(n: int, size: int, seed: int) -> NDArray[np.intp]:
    """At most ``size`` distinct row numbers below n, ascending; all of them where n ≤ size."""
    if n <= size:
        return np.arange(n)
    return np.sort(np.random.default_rng(seed).choice(n, size, replace=False))


def _canonical(
    matrix: Floats, labels: Labels, confidence: Floats, algorithm: Algorithm, parameters: Mapping[str, Any]
) -> Clustering:
    """Number clusters by size, then by centre, so that equal partitions carry equal labels."""
    found, inverse = np.unique(labels, return_inverse=True)
    sizes = np.bincount(inverse)
    sums = np.zeros((len(found), matrix.shape[1]))
    np.add.at(sums, inverse, matrix)
    means = sums / sizes[:, None]
    real = [i for i in range(len(found)) if found[i] >= 0]
    real.sort(key=lambda i: (-sizes[i], tuple(means[i])))
    number = np.full(len(found), -1, dtype=np.int64)
    number[real] = np.arange(len(real))
    result = number[inverse]
    confidence = np.where(result >= 0, np.clip(np.nan_to_num(confidence), 0.0, 1.0), 0.0)
    return Clustering(result, confidence, means[real], algorithm, dict(parameters), float((result < 0).mean()))


def _clamped_k(matrix: Floats, parameters: Mapping[str, Any]) -> int:
    """k, no larger than the number of distinct rows (asking K-Means for more only earns a warning)."""
    k = int(parameters.get("k", 2))
    if k < 1:
        raise ValueError("k must be at least 1")
    few = matrix if len(matrix) <= 4 * k else matrix[sample_rows(len(matrix), 2_000, 0)]
    return min(k, len(np.unique(few, axis=0)))


def _kmeans(matrix: Floats, parameters: Mapping[str, Any], seed: int) -> tuple[Labels, Floats]:
    from sklearn.cluster import KMeans

    k = _clamped_k(matrix, parameters)
    train = matrix[sample_rows(len(matrix), EXACT_ROWS, seed)]
    model = KMeans(k, n_init=int(parameters.get("n_init", 5)), random_state=seed).fit(train)
    labels = np.empty(len(matrix), dtype=np.int64)
    confidence = np.ones(len(matrix))
    for part in landmarks.chunks(len(matrix)):
        distances = model.transform(matrix[part])
        labels[part] = distances.argmin(axis=1)
        if k > 1:
            nearest = np.partition(distances, 1, axis=1)[:, :2]
            # 1 on the centre, 0 half-way to the next one: the margin a person would read off the map.
            confidence[part] = 1.0 - nearest[:, 0] / np.maximum(nearest[:, 1], 1e-12)
    return labels, confidence


def _gmm(matrix: Floats, parameters: Mapping[str, Any], seed: int) -> tuple[Labels, Floats]:
    from sklearn.mixture import GaussianMixture

    k = _clamped_k(matrix, parameters)
    train = matrix[sample_rows(len(matrix), EXACT_ROWS, seed)]
    if len(train) < 2:
        return np.zeros(len(matrix), dtype=np.int64), np.ones(len(matrix))
    spread = float(train.var(axis=0).mean())
    model = GaussianMixture(
        k,
        covariance_type=parameters.get("covariance", "full"),
        n_init=int(parameters.get("n_init", 2)),
        reg_covar=max(1e-3 * spread, 1e-9),
        max_iter=200,
        random_state=seed,
    )
    model.fit(train)
    labels = np.empty(len(matrix), dtype=np.int64)
    confidence = np.empty(len(matrix))
    for part in landmarks.chunks(len(matrix)):
        chance = model.predict_proba(matrix[part])
        labels[part], confidence[part] = chance.argmax(axis=1), chance.max(axis=1)
    return labels, confidence


def _density(matrix: Floats, parameters: Mapping[str, Any], whole: int) -> tuple[Labels, Floats]:
    """Exact HDBSCAN on these rows, which stand for ``whole`` rows (sizes are scaled down to the sample)."""
    import hdbscan

    n = len(matrix)
    if "min_cluster_size" in parameters:
        size = math.ceil(int(parameters["min_cluster_size"]) * n / whole)
    else:
        size = round(float(parameters.get("min_cluster_share", 0.02)) * n)
    size = max(5, size)
    if n <= size:
        return np.full(n, -1, dtype=np.int64), np.zeros(n)
    model = hdbscan.HDBSCAN(
        min_cluster_size=size,
        min_samples=min(int(parameters.get("min_samples", 5)), n - 1),
        cluster_selection_method=parameters.get("method", "eom"),
        cluster_selection_epsilon=float(parameters.get("epsilon", 0.0)),
        core_dist_n_jobs=1,
    ).fit(matrix)
    return model.labels_.astype(np.int64), np.nan_to_num(model.probabilities_)


def _hdbscan(matrix: Floats, parameters: Mapping[str, Any], seed: int) -> tuple[Labels, Floats]:
    if len(matrix) <= EXACT_ROWS:
        return _density(matrix, parameters, len(matrix))
    return landmarks.cluster(matrix, lambda rows: _density(rows, parameters, len(matrix))[0], seed)


def _hybrid(matrix: Floats, parameters: Mapping[str, Any], seed: int) -> tuple[Labels, Floats]:
    def found(rows: Floats) -> tuple[Labels, Floats]:
        labels, confidence = _density(rows, parameters, len(matrix))
        labels = _refined(rows, labels, float(parameters.get("refine_share", 1.0)), seed)
        if parameters.get("assign_noise", True):
            labels, confidence = _assigned(rows, labels, confidence)
        return labels, confidence

    if len(matrix) <= EXACT_ROWS:
        return found(matrix)
    return landmarks.cluster(matrix, lambda rows: found(rows)[0], seed)


def _refined(matrix: Floats, labels: Labels, share: float, seed: int) -> Labels:
    """Split each density cluster larger than ``share`` where a Gaussian mixture explains it better (BIC)."""
    from sklearn.mixture import GaussianMixture

    labels = labels.copy()
    for cluster in range(labels.max() + 1):
        rows = np.flatnonzero(labels == cluster)
        if len(rows) <= share * len(matrix) or len(rows) < 60:
            continue
        inside = matrix[rows]
        kind = "full" if len(rows) > 8 * matrix.shape[1] ** 2 else "diag"
        models = [
            GaussianMixture(
                k,
                covariance_type=kind,
                reg_covar=1e-3 * float(inside.var(axis=0).mean()) + 1e-9,
                random_state=seed,
            ).fit(inside)
            for k in range(1, 7)
        ]
        best = min(models, key=lambda model: model.bic(inside))
        pieces = best.predict(inside)
        labels[rows] = np.where(pieces == 0, cluster, labels.max() + pieces)
    return labels


def _assigned(matrix: Floats, labels: Labels, confidence: Floats) -> tuple[Labels, Floats]:
    """Give each noise row to the cluster of its nearest members, the less surely the further away they
    are.
    """
    from sklearn.neighbors import NearestNeighbors

    noise, core = np.flatnonzero(labels < 0), np.flatnonzero(labels >= 0)
    if not len(noise) or len(core) < 3:
        return labels, confidence
    index = NearestNeighbors(n_neighbors=min(5, len(core))).fit(matrix[core])
    distance, near = index.kneighbors(matrix[noise])
    votes = np.zeros((len(noise), labels.max() + 1))
    np.add.at(votes, (np.arange(len(noise))[:, None], labels[core][near]), 1.0 / (distance + 1e-9))
    usual = float(np.quantile(index.kneighbors()[0][:, -1], 0.95))
    labels, confidence = labels.copy(), confidence.copy()
    labels[noise] = votes.argmax(axis=1)
    confidence[noise] = 0.5 * np.minimum(1.0, usual / np.maximum(distance[:, -1], 1e-12))
    return labels, confidence


def quality(matrix: Floats, clustering: Clustering, seed: int) -> Quality:
    """Measure a partition; silhouette on at most 4,000 rows, DBCV on at most 1,500, drawn with ``seed``."""
    labels = clustering.labels
    sizes = np.bincount(labels[labels >= 0], minlength=1)
    rows = sample_rows(len(labels), SILHOUETTE_ROWS, seed)
    few = sample_rows(len(labels), DBCV_ROWS, seed)
    with one_thread():
        return Quality(
            silhouette=silhouette(matrix[rows], labels[rows]),
            dbcv=dbcv(matrix[few], labels[few]),
            largest_share=float(sizes.max() / len(labels)),
            smallest_size=int(sizes.min()),
            noise_share=clustering.noise_share,
            k=clustering.k,
        )


def silhouette(matrix: Floats, labels: Labels) -> float | None:
    """Mean silhouette of the rows that are not noise; None with fewer than two clusters among them."""
    from sklearn.metrics import silhouette_score

    kept = labels >= 0
    k = len(np.unique(labels[kept]))
    if k < 2 or kept.sum() <= k:
        return None
    return float(silhouette_score(matrix[kept], labels[kept]))


def dbcv(matrix: Floats, labels: Labels) -> float | None:
    """Density-based validity (Moulavi 2014) of the rows; noise counts against it; None where it is
    undefined.
    """
    from hdbscan.validity import validity_index

    found, sizes = np.unique(labels[labels >= 0], return_counts=True)
    labels = np.where(np.isin(labels, found[sizes >= 4]), labels, -1)
    if len(np.unique(labels[labels >= 0])) < 2:
        return None
    # Equal rows have distance zero, which the index divides by: a spread far below any real distance parts
    # them.
    jitter = np.random.default_rng(0).normal(scale=1e-6 * (matrix.std() + 1e-12), size=matrix.shape)
    with np.errstate(all="ignore"):
        value = float(validity_index(matrix + jitter, labels))
    return value if math.isfinite(value) else None


def stability(
    matrix: Floats, clustering: Clustering, seed: int, resamples: int = 20, budget: float | None = None
) -> list[Stability]:
    """Clusterwise stability (Hennig 2007): one entry per cluster, in label order, mean Jaccard with its 90%
    interval.

    Works on at most 4,000 rows. ``budget`` in seconds is looked at between resamples, of which at least five
    are made; the number made is in the answer.
    """

    def again(rows: Floats, number: int) -> Labels:
        return fit(rows, clustering.algorithm, clustering.parameters, seed + number).labels

    rows = sample_rows(len(matrix), resampling.ROWS, seed)
    return resampling.stability(matrix[rows], clustering.labels[rows], clustering.k, again, seed, resamples, budget)


def project(matrix: Floats, seed: int) -> Floats:
    """The two main directions of the rows, (n, 2), for a map; each axis points where its largest loading is
    positive.
    """
    matrix = checked(matrix)
    train = matrix[sample_rows(len(matrix), EXACT_ROWS, seed)]
    middle = train.mean(axis=0)
    with one_thread():
        axes = np.linalg.svd(train - middle, full_matrices=False)[2][:2]
        axes = axes * np.sign(axes[np.arange(len(axes)), np.abs(axes).argmax(axis=1)])[:, None]
        points = (matrix - middle) @ axes.T
    return np.pad(points, ((0, 0), (0, 2 - points.shape[1])))


def fidelity(matrix: Floats, labels: Labels, seed: int, depth: int = 4) -> float:
    """How well a shallow tree repeats the labels on rows it has not seen: balanced accuracy over chance, in
    [0, 1].
    """
    from sklearn.metrics import balanced_accuracy_score
    from sklearn.model_selection import train_test_split
    from sklearn.tree import DecisionTreeClassifier

    kept = labels >= 0
    found, sizes = np.unique(labels[kept], return_counts=True)
    if len(found) < 2 or sizes.min() < 2 or kept.sum() < 4 * len(found):
        return 0.0
    learn, test, known, truth = train_test_split(
        matrix[kept], labels[kept], test_size=0.5, random_state=seed, stratify=labels[kept]
    )
    tree = DecisionTreeClassifier(max_depth=depth, min_samples_leaf=3, class_weight="balanced", random_state=seed)
    score = balanced_accuracy_score(truth, tree.fit(learn, known).predict(test))
    return float(np.clip((score - 1 / len(found)) / (1 - 1 / len(found)), 0.0, 1.0))


def neighbours(matrix: Floats) -> NDArray[np.intp]:
    """Row numbers of the ten nearest other rows of each row, (n, min(10, n − 1))."""
    from sklearn.neighbors import NearestNeighbors

    with one_thread():
        near = NearestNeighbors(n_neighbors=min(NEIGHBOURS, len(matrix) - 1)).fit(matrix)
        return near.kneighbors(return_distance=False)
