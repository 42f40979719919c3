"""The words of the automatic choice: gates, candidates, leaderboard lines, reasons, outcome."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from segments.clustering import Algorithm, Clustering, Quality
from segments.resampling import Stability


@dataclass(frozen=True)
class Gates:
    """Bounds that no score can buy off; shares are of all rows."""

    largest_share: float = 0.6
    noise_share: float = 0.4
    smallest_size: int = 5
    smallest_share: float = 0.005
    stability: float = 0.5


@dataclass(frozen=True)
class Candidate:
    """An algorithm with its parameters."""

    algorithm: Algorithm
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Entry:
    """One line of the leaderboard: a candidate and its numbers on the scoring sample.

    ``stability`` is None where the candidate was out before it was measured. ``failures`` holds codes:
    one_cluster, largest_share, noise_share, smallest_size, not_shortlisted, stability,
    no_better_than_chance, full_data.
    """

    candidate: Candidate
    k: int
    silhouette: float | None
    dbcv: float | None
    gap: float
    agreement: float
    balance: float
    fidelity: float
    largest_share: float
    smallest_size: int
    noise_share: float
    seconds: float
    stability: float | None = None
    score: float = 0.0
    failures: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reason:
    """Why: a code and the numbers behind it; the caller makes the words.

    Codes: chosen (algorithm, k, score, runner_up, lead, silhouette, stability, agreement) · too_few_rows
    (rows, needed) · no_variation · not_finite · no_stable_segments (candidates, and a count per failure
    code) · cancelled.
    """

    code: str
    numbers: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Choice:
    """The outcome. ``winner``, ``clustering``, ``quality`` are None and ``stabilities`` empty where nothing
    passed.

    ``leaderboard`` is best first; ``complete`` is False where the budget or a cancellation cut the search
    short.
    """

    winner: Entry | None
    clustering: Clustering | None
    quality: Quality | None
    stabilities: tuple[Stability, ...]
    leaderboard: tuple[Entry, ...]
    reason: Reason
    complete: bool
    seconds: float
