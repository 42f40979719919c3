"""The automatic choice of a clustering: every candidate measured, hard gates, one score, an honest "none".

Silhouette alone misleads (0.98 with 99.8% of the rows in one cluster is easily had), so the score joins what
borders look like, how far clusters survive resampling, balance, noise and how simply they can be told apart.
The search is deterministic: the budget is looked at only between candidates, which come cheap before dear,
so two runs with one seed differ only if the budget cut one of them short; ``Choice.complete`` tells.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from segments import boundaries, chance, clustering, resampling
from segments.clustering import Clustering
from segments.leaderboard import Candidate, Choice, Entry, Gates, Reason

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]
Progress = Callable[[float, str], None]

LEAST_ROWS = 50
SCORING_ROWS = 5_000
MEASURING_ROWS = 1_500
DENSITY_ROWS = 700
"""The density index grows with the square of its rows and weighs little in the score."""
RESAMPLES = 5
FINALISTS = 3
"""Where the best three are no better than chance, a fourth that seems to be is luck."""


RESERVE = 0.35
"""Share of the budget kept from the first round for stability, the null test and the final fit."""
WEIGHTS: Mapping[str, float] = {
    "agreement": 5.0,
    "gap": 1.0,
    "stability": 1.0,
    "balance": 0.5,
    "noise": -0.3,
    "silhouette": 0.2,
    "dbcv": 0.2,
    "fidelity": 0.1,
}
"""Found on labelled shapes and tables: what different methods agree on is the best guide, silhouette among
the worst.
"""


ANY_TABLE = Gates(largest_share=0.9)
"""For tables of which nothing is known: one group may be far larger than the rest."""


class Stopped(Exception):
    """The caller asked to stop."""


@dataclass
class Watch:
    """Budget, progress and cancellation, looked at between candidates."""

    budget: float
    progress: Progress | None
    cancelled: Callable[[], bool] | None
    started: float = field(default_factory=time.monotonic)
    complete: bool = True

    def spent(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.started

    def goes_on(self, share: float, done: float, step: str) -> bool:
        """Report progress; False once ``share`` of the budget is spent. Raises Stopped on cancellation."""
        if self.cancelled is not None and self.cancelled():
            raise Stopped
        if self.progress is not None:
            self.progress(min(done, 1.0), step)
        if self.spent() > share * self.budget:
            self.complete = False
            return False
        return True


def grid(n: int, d: int) -> Iterator[Candidate]:
    """Candidates for n rows and d columns, cheap before dear; a search cut short has seen the whole range of k."""
    ks = [k for k in (8, 5, 10, 3, 6, 12, 4, 7, 9, 2, 11, 15, 20, 25) if k * 8 <= n]
    for k in ks:
        yield Candidate("kmeans", {"k": k})
    for share in (0.01, 0.02, 0.04, 0.08):
        for samples in (5, 15):
            density = {"min_cluster_share": share, "min_samples": samples, "method": "eom"}
            yield Candidate("hdbscan", density)
            yield Candidate("hybrid", density)
    for share, extra in (
        (0.02, {"method": "leaf"}),
        (0.04, {"method": "leaf"}),
        (0.02, {"refine_share": 0.3}),
        (0.05, {"refine_share": 0.1}),
    ):
        yield Candidate("hybrid", {"min_cluster_share": share, "min_samples": 5, **extra})
    for k in ks:
        if n >= 3 * k * d:
            yield Candidate("gmm", {"k": k, "covariance": "full"})
        if d > 4:
            yield Candidate("gmm", {"k": k, "covariance": "diag"})


def choose(
    matrix: Floats,
    feature_names: Sequence[str],
    *,
    seed: int,
    budget_seconds: float = 60.0,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    gates: Gates | None = None,
) -> Choice:
    """Find the clustering of ``matrix`` (n, d) that can be trusted, or say that there is none.

    Never raises for any data: a matrix without rows, columns, variation or finite values is a reason, not an
    error. ``progress(share, step)`` is called between candidates, ``cancelled()`` asked there. The budget
    bounds the search; the last fit on all rows may run a little over it. Raises ValueError if there are
    names and not one per column.
    """
    watch = Watch(budget_seconds, progress, cancelled)
    matrix = np.asarray(matrix, dtype=np.float64)
    if feature_names and matrix.ndim == 2 and len(feature_names) != matrix.shape[1]:
        raise ValueError(f"{len(feature_names)} names for {matrix.shape[1]} columns")
    refusal = _refusal(matrix)
    if refusal is not None:
        return _none(refusal, (), watch)
    try:
        return _search(np.ascontiguousarray(matrix), seed, watch, gates or Gates())
    except Stopped:
        watch.complete = False
        return _none(Reason("cancelled"), (), watch)


def _refusal(matrix: Floats) -> Reason | None:
    if matrix.ndim != 2 or matrix.shape[0] < LEAST_ROWS:
        return Reason("too_few_rows", {"rows": int(matrix.shape[0]) if matrix.ndim else 0, "needed": LEAST_ROWS})
    if not np.isfinite(matrix).all():
        return Reason("not_finite")
    if matrix.shape[1] == 0 or float(np.ptp(matrix, axis=0).max()) < 1e-9:
        return Reason("no_variation")
    return None


def _none(reason: Reason, board: tuple[Entry, ...], watch: Watch) -> Choice:
    return Choice(None, None, None, (), board, reason, watch.complete, watch.spent())


def _search(matrix: Floats, seed: int, watch: Watch, gates: Gates) -> Choice:
    sample = matrix[clustering.sample_rows(len(matrix), SCORING_ROWS, seed)]
    entries, labels = _first_round(sample, seed, watch, gates)
    entries = _second_round(sample, entries, labels, seed, watch, gates)
    board = sorted(entries, key=lambda e: (bool(e.failures), -e.score))
    for place, entry in enumerate([e for e in board if not e.failures][:FINALISTS]):
        watch.goes_on(1.0, 0.9 + 0.01 * place, "final")
        failure, result = _final(matrix, sample, entry, seed, gates)
        if result is not None:
            return _chosen(matrix, entry, result, board, seed, watch)
        board[board.index(entry)] = replace(entry, failures=(failure,))
    board = [entry if entry.failures else replace(entry, failures=("not_shortlisted",)) for entry in board]
    counts: dict[str, int] = {}
    for entry in board:
        for code in entry.failures:
            counts[code] = counts.get(code, 0) + 1
    return _none(Reason("no_stable_segments", {"candidates": len(board), **counts}), tuple(board), watch)


def _first_round(sample: Floats, seed: int, watch: Watch, gates: Gates) -> tuple[list[Entry], list[Labels]]:
    """Fit every candidate on the sample and measure what is cheap; both count against the budget."""
    candidates = list(grid(*sample.shape))
    rows = clustering.sample_rows(len(sample), MEASURING_ROWS, seed)
    entries: list[Entry] = []
    labels: list[Labels] = []
    for number, candidate in enumerate(candidates):
        if not watch.goes_on(1.0 - RESERVE, 0.6 * number / len(candidates), candidate.algorithm) and entries:
            break
        started = time.monotonic()
        found = clustering.fit(sample, candidate.algorithm, candidate.parameters, seed)
        labels.append(found.labels[rows])
        entries.append(_entry(candidate, found, sample[rows], labels[-1], time.monotonic() - started, seed, gates))
    links = clustering.neighbours(sample[rows])
    agreements = _agreements(labels)
    return [
        replace(entry, gap=boundaries.gap(own, labels, links), agreement=agreement)
        for entry, own, agreement in zip(entries, labels, agreements, strict=True)
    ], labels


def _agreements(labels: list[Labels]) -> list[float]:
    """How far the other candidates confirm each one: its mean adjusted Rand with all, and with the ten
    nearest.
    """
    count = len(labels)
    table = np.ones((count, count))
    for i in range(count):
        for j in range(i):
            table[i, j] = table[j, i] = resampling.adjusted_rand(labels[i], labels[j])
    ordered = np.sort(table, axis=1)[:, ::-1][:, 1:]
    if not ordered.size:
        return [0.0] * count
    return [float(0.4 * row.mean() + 0.6 * row[:10].mean()) for row in ordered]


def _entry(
    candidate: Candidate, found: Clustering, rows: Floats, labels: Labels, seconds: float, seed: int, gates: Gates
) -> Entry:
    """One line with what can be measured of a candidate by itself; gap and agreement need the others."""
    sizes = np.bincount(found.labels[found.labels >= 0], minlength=1)
    share = sizes / max(int(sizes.sum()), 1)
    balance = float(-(share * np.log(np.maximum(share, 1e-12))).sum() / np.log(max(len(share), 2)))
    failures = _failures(found, gates)
    measured = "one_cluster" not in failures
    few = slice(None, None, max(1, len(rows) // DENSITY_ROWS))
    with clustering.one_thread():
        return Entry(
            candidate,
            found.k,
            clustering.silhouette(rows, labels) if measured else None,
            clustering.dbcv(rows[few], labels[few]) if not failures else None,
            gap=0.0,
            agreement=0.0,
            balance=balance,
            fidelity=clustering.fidelity(rows, labels, seed) if measured else 0.0,
            largest_share=float(sizes.max() / len(found.labels)),
            smallest_size=int(sizes.min()),
            noise_share=found.noise_share,
            seconds=seconds,
            failures=failures,
        )


def _failures(found: Clustering, gates: Gates) -> tuple[str, ...]:
    n = len(found.labels)
    sizes = np.bincount(found.labels[found.labels >= 0], minlength=1)
    checks = {
        "one_cluster": found.k < 2,
        "largest_share": sizes.max() / n > gates.largest_share,
        "noise_share": found.noise_share > gates.noise_share,
        "smallest_size": sizes.min() < max(gates.smallest_size, gates.smallest_share * n),
    }
    return tuple(code for code, failed in checks.items() if failed)


def _score(entry: Entry) -> float:
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


def _second_round(
    sample: Floats, entries: list[Entry], labels: list[Labels], seed: int, watch: Watch, gates: Gates
) -> list[Entry]:
    """Resample the best third of those that passed the first gates; resampling is most of the cost."""
    rows = sample[clustering.sample_rows(len(sample), MEASURING_ROWS, seed)]
    entries = [replace(entry, score=_score(entry)) for entry in entries]
    passing = sorted((i for i, e in enumerate(entries) if not e.failures), key=lambda i: -entries[i].score)
    shortlist = passing[: max(12, len(passing) // 3)]
    for place, i in enumerate(passing):
        going = place < len(shortlist) and watch.goes_on(0.85, 0.6 + 0.3 * place / len(shortlist), "stability")
        if not going and place > 0:
            entries[i] = replace(entries[i], failures=("not_shortlisted",))
            continue
        entry = replace(entries[i], stability=_steadiness(rows, labels[i], entries[i], seed))
        low = (entry.stability or 0.0) < gates.stability
        entries[i] = replace(entry, score=_score(entry), failures=("stability",) if low else ())
    return entries


def _steadiness(rows: Floats, labels: Labels, entry: Entry, seed: int) -> float:
    """Mean bootstrap Jaccard, clusters weighted by size."""

    def again(part: Floats, number: int) -> Labels:
        return clustering.fit(part, entry.candidate.algorithm, entry.candidate.parameters, seed + number).labels

    found = resampling.stability(rows, labels, entry.k, again, seed, RESAMPLES, None)
    sizes = np.bincount(labels[labels >= 0], minlength=entry.k)
    return float(np.average([s.mean for s in found], weights=sizes)) if sizes.sum() else 0.0


def _final(matrix: Floats, sample: Floats, entry: Entry, seed: int, gates: Gates) -> tuple[str, Clustering | None]:
    """The candidate fitted on everything, if it beats chance and passes the gates there too."""
    if not chance.beats(
        sample[clustering.sample_rows(len(sample), MEASURING_ROWS, seed)],
        entry.candidate.algorithm,
        entry.candidate.parameters,
        seed,
    ):
        return "no_better_than_chance", None
    found = clustering.fit(matrix, entry.candidate.algorithm, entry.candidate.parameters, seed)
    return ("full_data", None) if _failures(found, gates) else ("", found)


def _chosen(matrix: Floats, entry: Entry, result: Clustering, board: list[Entry], seed: int, watch: Watch) -> Choice:
    left = max(watch.budget - watch.spent(), 0.0)
    stabilities = clustering.stability(matrix, result, seed, budget=max(left, 0.05 * watch.budget))
    others = [e for e in board if e is not entry and not e.failures]
    runner_up = max(others, key=lambda e: e.score, default=None)
    numbers = {
        "algorithm": entry.candidate.algorithm,
        "k": result.k,
        "score": entry.score,
        "silhouette": entry.silhouette,
        "stability": entry.stability,
        "agreement": entry.agreement,
        "candidates": len(board),
        "runner_up": runner_up.candidate.algorithm if runner_up else None,
        "lead": entry.score - runner_up.score if runner_up else None,
    }
    return Choice(
        entry,
        result,
        clustering.quality(matrix, result, seed),
        tuple(stabilities),
        tuple(board),
        Reason("chosen", numbers),
        watch.complete,
        watch.spent(),
    )


def labels_or_noise(choice: Choice, rows: int) -> Labels:
    """The chosen labels, or −1 for every row where nothing was chosen."""
    return choice.clustering.labels if choice.clustering else np.full(rows, -1, dtype=np.int64)
