"""What is measured of a candidate, and what is found only beside the others. Pure: arrays in, numbers out."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from segments import boundaries, clustering, resampling, search
from segments.clustering import Clustering
from segments.leaderboard import Candidate, Entry, Gates

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]

MEASURING_ROWS = 1_500
DENSITY_ROWS = 700
"""The density index grows with the square of its rows and weighs little in the score."""
LEAST_HALVED = 600
"""Rows from which a third of them tells something about a candidate; with fewer all are used at once."""
RESAMPLES = 5
WEIGHTS: Mapping[str, float] = {
    "agreement": 5.0,
    "gap": 1.0,
    "stability": 1.0,
    "balance": 1.0,
    "noise": -0.3,
    "silhouette": 0.2,
    "dbcv": 0.2,
    "fidelity": 0.1,
}
"""Found on labelled shapes and tables: what different methods agree on is the best guide, silhouette among
the worst.
"""


@dataclass
class Board:
    """Every candidate tried so far on one sample, by the space it seeks its groups in.

    ``labels`` are those of the measuring rows, in the order of ``entries``; ``pool`` of them are the grid's, which the
    others are compared with, so that what is explored later does not change what it is measured by.
    """

    samples: Mapping[str, Floats]
    rows: NDArray[np.intp]
    links: NDArray[np.intp]
    seed: int
    gates: Gates
    entries: list[Entry] = field(default_factory=list)
    labels: list[Labels] = field(default_factory=list)
    pool: int = 0

    @classmethod
    def of(cls, samples: Mapping[str, Floats], seed: int, gates: Gates) -> Board:
        """An empty board for these samples of the same rows."""
        whole = samples[search.WHOLE]
        rows = clustering.sample_rows(len(whole), MEASURING_ROWS, seed)
        return cls(samples, rows, clustering.neighbours(whole[rows]), seed, gates)

    def fit(self, candidate: Candidate) -> None:
        """Fit on the sample; gap, agreement and score wait for ``compare``."""
        started = time.monotonic()
        sample = self._sample(candidate)
        found = clustering.fit(sample, candidate.algorithm, candidate.parameters, self.seed)
        labels = found.labels[self.rows]
        rows = self.samples[search.WHOLE][self.rows]
        seconds = time.monotonic() - started
        self.labels.append(labels)
        self.entries.append(measured(candidate, found, rows, labels, seconds, self.seed, self.gates))

    def compare(self) -> None:
        """Complete the entries of the grid, which is the pool from now on."""
        self.pool = len(self.entries)
        agreements = _agreements(self.labels)
        for i, agreement in enumerate(agreements):
            self._complete(i, agreement)

    def explored(self, candidate: Candidate, rung: int) -> float:
        """The score of a new candidate on a rung; on the last one it joins the board."""
        if rung != search.RUNGS[-1]:
            return self._glimpse(candidate)
        self.fit(candidate)
        own = self.labels[-1]
        near = np.sort([resampling.adjusted_rand(own, other) for other in self.labels[: self.pool]])[::-1]
        # The nearest of the pool stands for the candidate itself, as in the comparison of the pool with itself.
        self._complete(len(self.entries) - 1, _joined(near[1:]))
        entry = self.entries[-1]
        return entry.score - float(bool(entry.failures))

    def _glimpse(self, candidate: Candidate) -> float:
        """A rough score from a third of the measuring rows: how far the pool confirms what is seen there."""
        part = slice(None, None, 3 if len(self.rows) >= LEAST_HALVED else 1)
        rows = self._sample(candidate)[self.rows[part]]
        found = clustering.fit(rows, candidate.algorithm, candidate.parameters, self.seed)
        if found.k < 2:
            return -1.0
        near = np.sort([resampling.adjusted_rand(found.labels, other[part]) for other in self.labels[: self.pool]])
        return _joined(near[::-1][1:]) - 0.1 * found.noise_share

    def _sample(self, candidate: Candidate) -> Floats:
        return self.samples[str(candidate.parameters.get("space", search.WHOLE))]

    def _complete(self, i: int, agreement: float) -> None:
        gap = boundaries.gap(self.labels[i], self.labels[: self.pool], self.links)
        entry = replace(self.entries[i], gap=gap, agreement=agreement)
        self.entries[i] = replace(entry, score=score(entry))

    def resample(self, i: int) -> None:
        """Add what is dear: stability and density index; a candidate that does not come back fails."""
        entry, labels = self.entries[i], self.labels[i]
        rows = self._sample(entry.candidate)[self.rows]
        steady = _steadiness(rows, labels, entry, self.seed)
        step = max(1, len(rows) // DENSITY_ROWS)
        with clustering.one_thread():
            dense = clustering.dbcv(self.samples[search.WHOLE][self.rows][::step], labels[::step])
        entry = replace(entry, stability=steady, dbcv=dense)
        failures = ("stability",) if steady < self.gates.stability else ()
        self.entries[i] = replace(entry, score=score(entry), failures=failures)


def _agreements(labels: list[Labels]) -> list[float]:
    """How far the other candidates confirm each one: its mean adjusted Rand with all, and with the ten nearest."""
    count = len(labels)
    table = np.ones((count, count))
    for i in range(count):
        for j in range(i):
            table[i, j] = table[j, i] = resampling.adjusted_rand(labels[i], labels[j])
    return [_joined(row) for row in np.sort(table, axis=1)[:, ::-1][:, 1:]]


def _joined(near: Floats) -> float:
    """One figure from agreements, the highest first."""
    return float(0.4 * near.mean() + 0.6 * near[:10].mean()) if len(near) else 0.0


def measured(
    candidate: Candidate, found: Clustering, rows: Floats, labels: Labels, seconds: float, seed: int, gates: Gates
) -> Entry:
    """One line with what can be measured of a candidate by itself and cheaply."""
    sizes = np.bincount(found.labels[found.labels >= 0], minlength=1)
    share = sizes / max(int(sizes.sum()), 1)
    balance = float(-(share * np.log(np.maximum(share, 1e-12))).sum() / np.log(max(len(share), 2)))
    failed = failures(found, gates)
    real = "one_cluster" not in failed
    with clustering.one_thread():
        return Entry(
            candidate,
            found.k,
            clustering.silhouette(rows, labels) if real else None,
            None,
            gap=0.0,
            agreement=0.0,
            balance=balance,
            fidelity=clustering.fidelity(rows, labels, seed) if real else 0.0,
            largest_share=float(sizes.max() / len(found.labels)),
            smallest_size=int(sizes.min()),
            noise_share=found.noise_share,
            seconds=seconds,
            failures=failed,
        )


def failures(found: Clustering, gates: Gates) -> tuple[str, ...]:
    """Codes of the gates that a partition does not pass."""
    n = len(found.labels)
    sizes = np.bincount(found.labels[found.labels >= 0], minlength=1)
    checks = {
        "one_cluster": found.k < 2,
        "largest_share": sizes.max() / n > gates.largest_share,
        "noise_share": found.noise_share > gates.noise_share,
        "smallest_size": sizes.min() < max(gates.smallest_size, gates.smallest_share * n),
    }
    return tuple(code for code, failed in checks.items() if failed)


def score(entry: Entry) -> float:
    """Weighted mean of the criteria; an undefined one counts as 0."""
    values = {
        "agreement": entry.agreement,
        "gap": entry.gap,
        "stability": entry.stability or 0.0,
        "balance": entry.balance,
        "noise": entry.noise_share,
        "silhouette": entry.silhouette or 0.0,
        "dbcv": entry.dbcv or 0.0,
        "fidelity": entry.fidelity,
    }
    whole = sum(weight for weight in WEIGHTS.values() if weight > 0)
    return sum(WEIGHTS[name] * value for name, value in values.items()) / whole


def _steadiness(rows: Floats, labels: Labels, entry: Entry, seed: int) -> float:
    """Mean bootstrap Jaccard, clusters weighted by size."""

    def again(part: Floats, number: int) -> Labels:
        return clustering.fit(part, entry.candidate.algorithm, entry.candidate.parameters, seed + number).labels

    found = resampling.stability(rows, labels, entry.k, again, seed, RESAMPLES, None)
    sizes = np.bincount(labels[labels >= 0], minlength=entry.k)
    return float(np.average([s.mean for s in found], weights=sizes)) if sizes.sum() else 0.0
