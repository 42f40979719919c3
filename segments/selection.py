"""The automatic choice of a clustering: every candidate measured, hard gates, one score, an honest "none".

Silhouette alone misleads (0.98 with 99.8% of the rows in one cluster is easily had), so the score joins what
borders look like, how far clusters survive resampling, balance, noise and how simply they can be told apart.
A fixed grid comes first, then Optuna looks further from what the grid has shown, in other spaces too.
The search is deterministic: it is bounded by its number of candidates, and the budget is looked at only between them,
so two runs with one seed differ only if the budget cut one of them short; ``Choice.complete`` tells.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from segments import chance, clustering, resampling, search, spaces, trial
from segments.clustering import Clustering
from segments.leaderboard import Candidate, Choice, Entry, Gates, Reason

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]
Progress = Callable[[float, str], None]

LEAST_ROWS = 50
SCORING_ROWS = 5_000
TRIALS = 24
"""Candidates that Optuna proposes after the grid."""
FINALISTS = 3
"""Where the best three partitions are no better than chance, a fourth that seems to be is luck."""
SAME = 0.999
"""Adjusted Rand index from which two candidates have found the same partition."""


GRID_SHARE = 0.5
"""Share of the budget that the grid may take."""
RESERVE = 0.35
"""Share of the budget kept from the first two rounds for stability, the null test and the final fit."""
ANY_TABLE = Gates(largest_share=0.97)
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
    worked: float = field(default_factory=time.process_time)
    complete: bool = True

    def spent(self) -> float:
        """Seconds of the budget that are used up.

        The seconds this process computed, so that a busy machine does not change the outcome; but no run may take more
        than twice its budget by the clock.
        """
        return max(time.process_time() - self.worked, 0.5 * self.seconds())

    def seconds(self) -> float:
        """Seconds by the clock since the start."""
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
    views: Mapping[str, Floats] | None = None,
) -> Choice:
    """Find the clustering of ``matrix`` (n, d) that can be trusted, or say that there is none.

    Never raises for any data: a matrix without rows, columns, variation or finite values is a reason, not an
    error. ``progress(share, step)`` is called between candidates, ``cancelled()`` asked there. The budget
    bounds the search; the last fit on all rows may run a little over it. ``views`` are other matrices of the same
    rows (feature sets, scales) in which groups may be sought; all are judged in ``matrix``. Raises ValueError if there
    are names and not one per column.
    """
    watch = Watch(budget_seconds, progress, cancelled)
    matrix = np.asarray(matrix, dtype=np.float64)
    if feature_names and matrix.ndim == 2 and len(feature_names) != matrix.shape[1]:
        raise ValueError(f"{len(feature_names)} names for {matrix.shape[1]} columns")
    refusal = _refusal(matrix)
    if refusal is not None:
        return _none(refusal, (), watch)
    whole = np.ascontiguousarray(matrix)
    try:
        return _search({search.WHOLE: whole, **spaces.of(whole), **(views or {})}, seed, watch, gates or Gates())
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
    return Choice(None, None, None, (), board, reason, watch.complete, watch.seconds())


def in_space(matrices: Mapping[str, Floats], candidate: Candidate) -> Floats:
    """The matrix in which a candidate seeks its groups."""
    return matrices[str(candidate.parameters.get("space", search.WHOLE))]


def _search(matrices: Mapping[str, Floats], seed: int, watch: Watch, gates: Gates) -> Choice:
    taken = clustering.sample_rows(len(matrices[search.WHOLE]), SCORING_ROWS, seed)
    samples = {name: matrix[taken] for name, matrix in matrices.items()}
    board = trial.Board.of(samples, seed, gates)
    _first_round(board, watch)
    _second_round(board, watch)
    _third_round(board, watch)
    for place, i in enumerate(_finalists(board)):
        entry = board.entries[i]
        watch.goes_on(1.0, 0.9 + 0.01 * place, "final")
        failure, result = _final(matrices, samples, entry, seed, gates)
        if result is not None:
            return _chosen(matrices, entry, result, _ranked(board), seed, watch)
        board.entries[i] = replace(entry, failures=(failure,))
    ranked = _ranked(board)
    ranked = [entry if entry.failures else replace(entry, failures=("not_shortlisted",)) for entry in ranked]
    counts: dict[str, int] = {}
    for entry in ranked:
        for code in entry.failures:
            counts[code] = counts.get(code, 0) + 1
    return _none(Reason("no_stable_segments", {"candidates": len(ranked), **counts}), tuple(ranked), watch)


def _ranked(board: trial.Board) -> list[Entry]:
    return sorted(board.entries, key=lambda entry: (bool(entry.failures), -entry.score))


def _finalists(board: trial.Board) -> Iterator[int]:
    """Places of the best candidates, each with a partition of its own: what three settings find is one finalist."""
    passing = [i for i, entry in enumerate(board.entries) if not entry.failures]
    judged: list[Labels] = []
    for i in sorted(passing, key=lambda i: -board.entries[i].score):
        if any(resampling.adjusted_rand(board.labels[i], other) >= SAME for other in judged):
            continue
        judged.append(board.labels[i])
        yield i
        if len(judged) == FINALISTS:
            return


def _first_round(board: trial.Board, watch: Watch) -> None:
    """Fit the whole grid on the sample and measure what is cheap; both count against the budget."""
    candidates = list(grid(*board.samples[search.WHOLE].shape))
    for number, candidate in enumerate(candidates):
        going = watch.goes_on(GRID_SHARE, 0.5 * number / len(candidates), candidate.algorithm)
        if not going and board.entries:
            break
        board.fit(candidate)
    board.compare()


def _second_round(board: trial.Board, watch: Watch) -> None:
    """Let Optuna look further; what survives its halving joins the board."""
    search.explore(
        board.explored,
        [(entry.candidate, entry.score) for entry in board.entries if not entry.failures],
        spaces=sorted(set(board.samples) - {search.WHOLE}),
        rows=len(board.samples[search.WHOLE]),
        seed=board.seed,
        trials=TRIALS,
        goes_on=lambda number: watch.goes_on(1.0 - RESERVE, 0.5 + 0.15 * number / TRIALS, "exploring"),
    )


def _third_round(board: trial.Board, watch: Watch) -> None:
    """Resample the best third of those that passed the first gates; resampling is most of the cost."""
    passing = sorted((i for i, e in enumerate(board.entries) if not e.failures), key=lambda i: -board.entries[i].score)
    shortlist = passing[: max(12, len(passing) // 3)]
    for place, i in enumerate(passing):
        going = place < len(shortlist) and watch.goes_on(0.85, 0.65 + 0.25 * place / len(shortlist), "stability")
        if going or place == 0:
            board.resample(i)
        else:
            board.entries[i] = replace(board.entries[i], failures=("not_shortlisted",))


def _final(
    matrices: Mapping[str, Floats], samples: Mapping[str, Floats], entry: Entry, seed: int, gates: Gates
) -> tuple[str, Clustering | None]:
    """The candidate fitted on everything, if it beats chance and passes the gates there too."""
    candidate, sample = entry.candidate, in_space(samples, entry.candidate)
    few = sample[clustering.sample_rows(len(sample), trial.MEASURING_ROWS, seed)]
    if not chance.beats(few, candidate.algorithm, candidate.parameters, seed):
        return "no_better_than_chance", None
    found = clustering.fit(in_space(matrices, candidate), candidate.algorithm, candidate.parameters, seed)
    return ("full_data", None) if trial.failures(found, gates) else ("", found)


def _chosen(
    matrices: Mapping[str, Floats], entry: Entry, result: Clustering, board: list[Entry], seed: int, watch: Watch
) -> Choice:
    left = max(watch.budget - watch.spent(), 0.0)
    stabilities = clustering.stability(
        in_space(matrices, entry.candidate), result, seed, budget=max(left, 0.05 * watch.budget)
    )
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
        clustering.quality(matrices[search.WHOLE], result, seed),
        tuple(stabilities),
        tuple(board),
        Reason("chosen", numbers),
        watch.complete,
        watch.seconds(),
    )


def labels_or_noise(choice: Choice, rows: int) -> Labels:
    """The chosen labels, or −1 for every row where nothing was chosen."""
    return choice.clustering.labels if choice.clustering else np.full(rows, -1, dtype=np.int64)
