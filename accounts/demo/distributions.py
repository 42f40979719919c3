"""Draws with declared shapes: quantile tables, log-normals, exact totals, weighted categories."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

FloatArray = np.ndarray
IntArray = np.ndarray


def stream(seed: int, name: str) -> np.random.Generator:
    """Return the random stream ``name`` of ``seed``: files do not disturb each other's draws."""
    return np.random.default_rng([seed, *name.encode()])


def normal_scores(values: FloatArray) -> FloatArray:
    """Replace values by the standard normal scores of their ranks (so any marginal can be imposed)."""
    n = len(values)
    ranks = np.empty(n)
    ranks[np.argsort(values, kind="stable")] = np.arange(n)
    return inverse_normal((ranks + 0.5) / max(n, 1))


def inverse_normal(p: FloatArray) -> FloatArray:
    """Return the standard normal quantiles of ``p`` (Acklam's approximation, error below 1.2e-9)."""
    a = (
        -39.69683028665376,
        220.9460984245205,
        -275.9285104469687,
        138.357751867269,
        -30.66479806614716,
        2.506628277459239,
    )
    b = (
        -54.47609879822406,
        161.5858368580409,
        -155.6989798598866,
        66.80131188771972,
        -13.28068155288572,
        1.0,
    )
    c = (
        -0.007784894002430293,
        -0.3223964580411365,
        -2.400758277161838,
        -2.549732539343734,
        4.374664141464968,
        2.938163982698783,
    )
    d = (0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416, 1.0)
    p = np.asarray(p, dtype=float)
    tail = np.minimum(p, 1 - p)
    t = np.sqrt(-2 * np.log(tail))
    outer = np.polyval(c, t) / np.polyval(d, t)
    q = p - 0.5
    inner = np.polyval(a, q * q) * q / np.polyval(b, q * q)
    return np.where(tail < 0.02425, np.where(p < 0.5, outer, -outer), inner)


def log_quantiles(scores: FloatArray, table: Sequence[tuple[float, float]]) -> FloatArray:
    """Map normal scores to positive values through (probability, value) pairs, log-linear between them."""
    edge = 3.9
    knots = [np.clip(inverse_normal(np.array([min(max(p, 1e-9), 1 - 1e-9)]))[0], -edge, edge) for p, _ in table]
    return np.exp(np.interp(scores, knots, [np.log(v) for _, v in table]))


def log_normal(scores: FloatArray, mean: float, deviation: float) -> FloatArray:
    """Map normal scores to a log-normal with the given mean and deviation of the logarithm."""
    return np.exp(mean + deviation * scores)


def scaled_counts(weights: FloatArray, total: int, low: int = 1, high: int | None = None) -> IntArray:
    """Return whole counts proportional to ``weights`` that add up to exactly ``total``, each in [low, high].

    Raises ValueError where no such counts exist.
    """
    n = len(weights)
    top = total if high is None else high
    if n == 0:
        return np.zeros(0, dtype=np.int64)
    if not n * low <= total <= n * top:
        raise ValueError(f"cannot share {total} rows among {n} customers with {low} to {top} each")

    def shared(factor: float) -> IntArray:
        return np.clip(np.floor(weights * factor), low, top).astype(np.int64)

    below, above = 0.0, 1.0
    while shared(above).sum() < total:
        above *= 2
    for _ in range(60):
        middle = (below + above) / 2
        below, above = (middle, above) if shared(middle).sum() <= total else (below, middle)
    counts = shared(below)
    missing = total - int(counts.sum())
    while missing > 0:
        room = np.flatnonzero(counts < top)
        room = room[np.argsort(-weights[room], kind="stable")][:missing]
        counts[room] += 1
        missing -= len(room)
    return counts


def pick(rng: np.random.Generator, shares: Sequence[float] | FloatArray, size: int) -> IntArray:
    """Draw ``size`` category numbers with the given (unnormalised) shares."""
    edges = np.cumsum(np.asarray(shares, dtype=float))
    return np.minimum(np.searchsorted(edges, rng.random(size) * edges[-1], side="right"), len(edges) - 1)


def pick_rows(rng: np.random.Generator, shares: FloatArray, rows: IntArray) -> IntArray:
    """Draw one category per element of ``rows``; row ``r`` of the matrix ``shares`` gives its shares."""
    edges = np.cumsum(shares, axis=1)
    edges = edges / edges[:, -1:]
    draws = rng.random(len(rows))
    result = np.zeros(len(rows), dtype=np.int64)
    for column in range(shares.shape[1] - 1):
        result += draws >= edges[rows, column]
    return result


def zipf(size: int, exponent: float = 1.0) -> FloatArray:
    """Return decreasing weights for ``size`` categories, commonest first."""
    return 1 / np.arange(1, size + 1) ** exponent


def scale(rows: int, customers: int, least: int = 1) -> int:
    """Scale a row count of the full source (10,615 customers) to a base of ``customers``."""
    return max(least, round(rows * customers / 10_615))
