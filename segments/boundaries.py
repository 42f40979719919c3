"""Do a partition's borders lie in valleys, and is no valley left inside a cluster?

Measured on the graph of nearest neighbours, so it holds for clusters of any shape: a cluster's outer cut is
the share of its links that leave it; its inner cut is the cheapest division of it that any other candidate
proposes. A good cluster is easy to cut out and hard to cut through.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Labels = NDArray[np.int64]
LEAST_PIECE = 0.1
"""A piece smaller than this share of a cluster is a fringe, not a division of it."""


def gap(labels: Labels, proposals: list[Labels], links: NDArray[np.intp]) -> float:
    """Mean over the rows of (inner − outer) / (inner + outer) of their cluster, in [−1, 1]; 0 for noise.

    ``links`` (n, m) are the neighbours of each row, ``proposals`` the other candidates' labels.
    """
    k = int(labels.max(initial=-1)) + 1
    if k < 2:
        return -1.0
    start = np.repeat(np.arange(len(labels)), links.shape[1])
    end = links.ravel()
    source, target = labels[start], labels[end]
    real = source >= 0
    outer = _outer(source, target, k)
    within = real & (source == target)
    inner = np.ones(k)
    for proposal in proposals:
        inner = np.minimum(inner, _cheapest(source[within], proposal[start[within]], proposal[end[within]], k))
    value = (inner - outer) / np.maximum(inner + outer, 1e-9)
    sizes = np.bincount(labels[labels >= 0], minlength=k)
    return float(value @ sizes / len(labels))


def leak(labels: Labels, links: NDArray[np.intp]) -> float:
    """Outer cut of the worst-isolated cluster, in [0, 1]; 1 with fewer than two clusters."""
    k = int(labels.max(initial=-1)) + 1
    if k < 2:
        return 1.0
    return float(_outer(np.repeat(labels, links.shape[1]), labels[links.ravel()], k).max())


def _outer(source: Labels, target: Labels, k: int) -> NDArray[np.float64]:
    """Share of each cluster's links that leave it."""
    real = source >= 0
    volume = np.bincount(source[real], minlength=k).astype(float)
    # A link to noise is no link to another cluster, but it is none to its own either: half a crossing.
    leaving = np.bincount(source[real & (target >= 0) & (source != target)], minlength=k)
    fraying = np.bincount(source[real & (target < 0)], minlength=k)
    return (leaving + 0.5 * fraying) / np.maximum(volume, 1.0)


def _cheapest(cluster: Labels, one: Labels, two: Labels, k: int) -> NDArray[np.float64]:
    """Lowest cut share of each cluster over the pieces into which a proposal divides it; 1 where it divides
    nothing.
    """
    width = int(max(one.max(initial=-1), two.max(initial=-1))) + 2
    piece = cluster * width + one + 1
    volume = np.bincount(piece, minlength=k * width).reshape(k, width).astype(float)
    cut = np.bincount(piece[one != two], minlength=k * width).reshape(k, width)
    total = volume.sum(axis=1, keepdims=True)
    smaller = np.minimum(volume, total - volume)
    usable = smaller >= LEAST_PIECE * total
    usable[:, 0] = False  # noise is no piece
    share = np.where(usable, cut / np.maximum(smaller, 1.0), 1.0)
    return np.minimum(share.min(axis=1), 1.0)
