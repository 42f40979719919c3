"""Where to look next: Optuna proposes candidates from what the grid has shown, halving away the poor ones cheaply.

The only module that knows Optuna. Bounded by a number of trials, so that the same seed proposes the same candidates;
the clock can only end the search early, and the caller says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast

from segments.clustering import Algorithm
from segments.leaderboard import Candidate

if TYPE_CHECKING:
    from optuna import Trial
    from optuna.distributions import BaseDistribution

RUNGS = (1, 3)
"""Rungs of the successive halving: a third of the rows first, all of them for the better third of the candidates."""
LARGEST_K = 25
WHOLE = "all"
"""Name of the space that is the matrix itself."""

ALGORITHMS: tuple[Algorithm, ...] = ("kmeans", "gmm", "hdbscan", "hybrid")

Evaluate = Callable[[Candidate, int], float]


def explore(
    evaluate: Evaluate,
    known: Sequence[tuple[Candidate, float]],
    *,
    spaces: Sequence[str],
    rows: int,
    seed: int,
    trials: int,
    goes_on: Callable[[int], bool],
) -> list[Candidate]:
    """Candidates that survived every rung, in the order they were tried.

    ``evaluate(candidate, rung)`` scores one on the rows of a rung, higher is better; ``known`` are scored ones of the
    whole matrix, which the sampler learns from at no cost; ``goes_on(number)`` is asked before each trial.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(
        direction="maximize",
        sampler=optuna.samplers.TPESampler(seed=seed, n_startup_trials=0, constant_liar=False),
        pruner=optuna.pruners.SuccessiveHalvingPruner(min_resource=RUNGS[0], reduction_factor=3),
    )
    space = _Space(spaces, rows)
    study.add_trials(list(_learnt(known, space)))
    survivors: list[Candidate] = []
    seen = {_key(candidate) for candidate, _ in known}
    for number in range(trials):
        if not goes_on(number):
            break
        trial = study.ask()
        candidate = space.candidate(trial)
        if _key(candidate) in seen:
            study.tell(trial, state=optuna.trial.TrialState.FAIL)
            continue
        seen.add(_key(candidate))
        value = _climbed(trial, candidate, evaluate)
        if value is None:
            study.tell(trial, state=optuna.trial.TrialState.PRUNED)
        else:
            study.tell(trial, value)
            survivors.append(candidate)
    return survivors


def _climbed(trial: Trial, candidate: Candidate, evaluate: Evaluate) -> float | None:
    """The score on the last rung, or None where the candidate was halved away."""
    value = 0.0
    for rung in RUNGS:
        value = evaluate(candidate, rung)
        trial.report(value, rung)
        if rung != RUNGS[-1] and trial.should_prune():
            return None
    return value


def _key(candidate: Candidate) -> str:
    return f"{candidate.algorithm} {sorted(candidate.parameters.items())}"


class _Space:
    """What may be varied: the space (columns, scale, dimensions), the algorithm, and the algorithm's own parameters."""

    def __init__(self, spaces: Sequence[str], rows: int) -> None:
        self.spaces = [WHOLE, *spaces]
        self.k = max(2, min(LARGEST_K, rows // 8))

    def candidate(self, trial: Trial) -> Candidate:
        """One point of the space."""
        algorithm = cast("Algorithm", trial.suggest_categorical("algorithm", list(ALGORITHMS)))
        parameters: dict[str, Any] = {}
        if algorithm in ("kmeans", "gmm"):
            parameters["k"] = trial.suggest_int("k", 2, self.k)
            if algorithm == "gmm":
                parameters["covariance"] = trial.suggest_categorical("covariance", ["full", "diag", "tied"])
        else:
            share = trial.suggest_float("min_cluster_share", 0.005, 0.15, log=True)
            parameters["min_cluster_share"] = round(share, 4)
            parameters["min_samples"] = trial.suggest_int("min_samples", 2, 30)
            parameters["method"] = trial.suggest_categorical("method", ["eom", "leaf"])
            if algorithm == "hybrid":
                parameters["refine_share"] = trial.suggest_categorical("refine_share", [1.0, 0.3, 0.1])
        space = trial.suggest_categorical("space", self.spaces)
        return Candidate(algorithm, parameters if space == WHOLE else {**parameters, "space": space})

    def distributions(self) -> dict[str, BaseDistribution]:
        """The same space as declarations, for trials that were made elsewhere."""
        from optuna.distributions import CategoricalDistribution as Choice
        from optuna.distributions import FloatDistribution, IntDistribution

        return {
            "algorithm": Choice(list(ALGORITHMS)),
            "k": IntDistribution(2, self.k),
            "covariance": Choice(["full", "diag", "tied"]),
            "min_cluster_share": FloatDistribution(0.005, 0.15, log=True),
            "min_samples": IntDistribution(2, 30),
            "method": Choice(["eom", "leaf"]),
            "refine_share": Choice([1.0, 0.3, 0.1]),
            "space": Choice(self.spaces),
        }


def _learnt(known: Sequence[tuple[Candidate, float]], space: _Space) -> Iterable[Any]:
    """The scored candidates as finished trials."""
    from optuna.trial import create_trial

    declared = space.distributions()
    for candidate, score in known:
        parameters = {"algorithm": candidate.algorithm, "space": WHOLE, **candidate.parameters}
        if candidate.algorithm in ("hdbscan", "hybrid"):
            parameters.setdefault("min_samples", 5)
            parameters.setdefault("method", "eom")
        if candidate.algorithm == "hybrid":
            parameters.setdefault("refine_share", 1.0)
        fitting = {name: value for name, value in parameters.items() if name in declared}
        with suppress(ValueError):  # outside what is searched: nothing to learn from
            yield create_trial(params=fitting, distributions={name: declared[name] for name in fitting}, value=score)
