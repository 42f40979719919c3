"""Density clusters of very many rows at linear cost.

A density clustering is found on a few bootstrap samples; clusters that recur in most of them are kept; every
row is then given to the likeliest kept cluster, each described by a few Gaussians, or to an even background
(noise).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]

SAMPLES = 5
SAMPLE_ROWS = 4_000
CHUNK = 2_000
"""Rows at a time: what they need stays in the cache of one core."""
RECURRING = 0.6
"""Share of the samples in which a cluster must be seen again to count as one."""
AGREE = 0.5
"""Jaccard overlap, on shared probe rows, from which clusters of two samples are the same cluster."""


@dataclass(frozen=True)
class Gaussian:
    """One weighted Gaussian piece of a cluster; ``root`` is the inverse Cholesky factor of its covariance."""

    cluster: int
    weight: float
    mean: Floats
    root: Floats

    @property
    def level(self) -> float:
        """Log of weight × density at the mean."""
        return float(np.log(self.weight) + np.log(np.diag(self.root)).sum() - 0.5 * len(self.mean) * np.log(2 * np.pi))


def _log_densities(rows: Floats, pieces: list[Gaussian]) -> Floats:
    """Log of weight × density of every piece at each row, (n, pieces); one matrix product for all of them."""
    roots = np.concatenate([piece.root.T for piece in pieces], axis=1)
    z = rows @ roots
    z -= np.concatenate([piece.root @ piece.mean for piece in pieces])
    z = z.reshape(len(rows), len(pieces), rows.shape[1])
    return np.array([piece.level for piece in pieces]) - 0.5 * np.einsum("npd,npd->np", z, z)


def chunks(n: int) -> Iterator[slice]:
    """Consecutive slices that cover n rows, so that memory does not grow with n."""
    for start in range(0, n, CHUNK):
        yield slice(start, min(n, start + CHUNK))


def cluster(matrix: Floats, density: Callable[[Floats], Labels], seed: int) -> tuple[Labels, Floats]:
    """Labels (−1 noise) and confidence of every row; ``density`` clusters one sample of ``SAMPLE_ROWS`` rows."""
    rng = np.random.default_rng(seed)
    draws = [np.sort(rng.choice(len(matrix), SAMPLE_ROWS, replace=False)) for _ in range(SAMPLES)]
    samples = [matrix[draw] for draw in draws]
    labelled = [density(sample) for sample in samples]
    background = _background(matrix[draws[0]])
    models = [_describe(s, lab, background, rng) for s, lab in zip(samples, labelled, strict=True) if lab.max() >= 0]
    if len(models) < RECURRING * SAMPLES:
        return np.full(len(matrix), -1, dtype=np.int64), np.zeros(len(matrix))
    pieces = _recurring(models, samples[0], background)
    if not pieces:
        return np.full(len(matrix), -1, dtype=np.int64), np.zeros(len(matrix))
    return assign(matrix, pieces, background)


def _background(sample: Floats) -> float:
    """Log density of an even spread over the bulk of the rows (1% tails cut: one outlier must not dilute
    it).
    """
    low, high = np.quantile(sample, [0.01, 0.99], axis=0)
    return float(-np.log(np.maximum(high - low, 1e-6)).sum() + np.log(0.05))


def _describe(sample: Floats, labels: Labels, background: float, rng: np.random.Generator) -> list[Gaussian]:
    """Gaussians of each cluster, re-estimated twice on all rows they win: cores found by density are too
    narrow.
    """
    pieces = [
        piece for number in range(labels.max() + 1) for piece in _pieces(sample[labels == number], number, len(sample))
    ]
    for _ in range(3):
        part = _winner(sample, pieces, background)[0]
        pieces = [
            _gaussian(sample[part == i], piece.cluster, len(sample))
            if (part == i).sum() > 2 * sample.shape[1]
            else piece
            for i, piece in enumerate(pieces)
        ]
    return pieces


def _pieces(rows: Floats, number: int, whole: int) -> list[Gaussian]:
    """One Gaussian for a round cluster; several, from halving along the main axis, for a bent one."""
    pieces: list[Gaussian] = []
    queue = [rows]
    while queue:
        rows = queue.pop()
        centred = rows - rows.mean(axis=0)
        along = centred @ np.linalg.svd(centred, full_matrices=False)[2][0]
        spread = along.std() + 1e-12
        kurtosis = float(((along / spread) ** 4).mean())
        # A bent, hollow or two-humped body has thin ends along its main axis (a Gaussian has 3, an even
        # spread 1.8).
        if kurtosis < 2.3 and len(rows) > 40 * rows.shape[1] and len(pieces) + len(queue) < 12:
            queue += [rows[along < np.median(along)], rows[along >= np.median(along)]]
        else:
            pieces.append(_gaussian(rows, number, whole))
    return pieces


def _gaussian(rows: Floats, number: int, whole: int) -> Gaussian:
    d = rows.shape[1]
    covariance = np.cov(rows, rowvar=False).reshape(d, d) if len(rows) > 1 else np.eye(d)
    shrink = d / (d + len(rows))
    covariance = (1 - shrink) * covariance + shrink * np.diag(np.diag(covariance))
    covariance += np.eye(d) * (1e-6 + 1e-4 * float(np.trace(covariance)) / d)
    root = np.linalg.inv(np.linalg.cholesky(covariance))
    return Gaussian(number, max(len(rows), 1) / whole, rows.mean(axis=0), root)


def _winner(rows: Floats, pieces: list[Gaussian], background: float) -> tuple[NDArray[np.intp], Floats]:
    """Best piece of each row (len(pieces) is the background) and the posterior of every piece, background
    last.
    """
    logs = np.column_stack([_log_densities(rows, pieces), np.full(len(rows), background)])
    best = logs.argmax(axis=1)
    chance = np.exp(logs - logs.max(axis=1, keepdims=True))
    return best, chance / chance.sum(axis=1, keepdims=True)


def assign(matrix: Floats, pieces: list[Gaussian], background: float) -> tuple[Labels, Floats]:
    """Likeliest cluster of each row and its posterior, chunk by chunk; −1 where the background is
    likelier.
    """
    owner = np.array([p.cluster for p in pieces] + [-1])
    numbers = np.unique(owner)  # −1 first
    member = (owner[:, None] == numbers[None, :]).astype(float)
    labels = np.empty(len(matrix), dtype=np.int64)
    confidence = np.empty(len(matrix))
    for part in chunks(len(matrix)):
        chance = _winner(matrix[part], pieces, background)[1] @ member
        labels[part], confidence[part] = numbers[chance.argmax(axis=1)], chance.max(axis=1)
    return labels, confidence


def _recurring(models: list[list[Gaussian]], probe: Floats, background: float) -> list[Gaussian]:
    """Clusters of the model that agrees best with the others, less those that recur in too few of them."""
    views = [assign(probe, model, background)[0] for model in models]
    best: tuple[float, list[Gaussian]] = (-1.0, [])
    for i, view in enumerate(views):
        seen = np.zeros(view.max() + 1)
        strength = 0.0
        for j, other in enumerate(views):
            if i != j:
                overlaps = _overlaps(view, other)
                seen += overlaps >= AGREE
                strength += float(overlaps @ np.bincount(view[view >= 0], minlength=len(seen)))
        kept = set(np.flatnonzero(seen + 1 >= RECURRING * len(models)).tolist())
        if strength > best[0]:
            best = (strength, [piece for piece in models[i] if piece.cluster in kept])
    return best[1]


def _overlaps(view: Labels, other: Labels) -> Floats:
    """Best Jaccard of each cluster of ``view`` with one of ``other``."""
    a, b = int(view.max()) + 1, int(other.max()) + 1
    table = np.zeros((a + 1, b + 1))
    np.add.at(table, (view, other), 1.0)
    inner = table[:a, :b]
    union = table[:a].sum(axis=1)[:, None] + table[:, :b].sum(axis=0)[None, :] - inner
    return (inner / np.maximum(union, 1.0)).max(axis=1, initial=0.0)
