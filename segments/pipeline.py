"""The computation of a run: features → one scale → the automatic choice → map. Reads once and writes nothing.

Loads numpy, and through ``clustering`` scikit-learn and hdbscan: workers import this module, web processes never do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segments import clustering, composites, features, preparation, scoring, selection
from segments.clustering import Clustering
from segments.composites import Part
from segments.features import Frame
from segments.preparation import Column, Prepared, Transform
from segments.scoring import Risks
from segments.selection import Choice, Entry

CHOICE_FROM, CHOICE_TO = 0.05, 0.85
"""Part of the progress bar that belongs to the search."""
PLAIN: Mapping[str, Transform] = {"none": "none", "share": "none", "log1p": "log1p", "signed_log": "signed_log"}
COMPARED = [i for i, feature in enumerate(features.FEATURES) if feature.compared]
PARTS = [
    Part(Column(f.name, PLAIN[f.transform]), f.group, f.direction, alone=f.group == "mix")
    for f in (features.FEATURES[i] for i in COMPARED)
]


@dataclass(frozen=True)
class Result:
    """Everything that a run found, before anything is written. ``points`` (n, 2) places every customer on the map."""

    frame: Frame
    prepared: Prepared
    choice: Choice
    risks: Risks
    points: NDArray[np.float64]

    @property
    def clustering(self) -> Clustering:
        """The chosen partition; ValueError for an inconclusive run, which publishes nothing."""
        if self.choice.clustering is None:
            raise ValueError("an inconclusive run has no clusters")
        return self.choice.clustering


def compute(
    seed: int,
    budget: float,
    report: Callable[[float, str], None],
    cancelled: Callable[[], bool],
    save: Callable[[Frame], None],
) -> Result:
    """Segment all customers; ``save`` gets the features first.

    ``budget`` (seconds) bounds the search alone: how long the base takes to read must not decide what is found. The same
    seed on the same customers gives the same result, as long as the budget did not cut the search (``choice.complete``).
    """
    report(0.0, "features")
    frame = features.read()
    save(frame)
    return search(frame, seed, budget, report, cancelled)


def search(
    frame: Frame,
    seed: int,
    budget: float,
    report: Callable[[float, str], None],
    cancelled: Callable[[], bool],
) -> Result:
    """The rest of a run once its features are read, from the base or from the snapshot of an earlier run."""
    report(0.03, "preparation")
    prepared = composites.prepare(frame.values[:, COMPARED], PARTS, frame.industry)
    _load_libraries()
    choice = selection.choose(
        prepared.matrix,
        (),
        seed=seed,
        budget_seconds=budget,
        cancelled=cancelled,
        progress=lambda share, step: report(CHOICE_FROM + (CHOICE_TO - CHOICE_FROM) * share, step),
        views=_feature_sets(prepared),
    )
    report(CHOICE_TO, "publishing")
    points = clustering.project(prepared.matrix, seed) if prepared.matrix.size else np.zeros((len(frame.ids), 2))
    return Result(frame, prepared, choice, scoring.churn_risk(frame), points)


def _feature_sets(prepared: Prepared) -> dict[str, NDArray[np.float64]]:
    """Smaller sets of what customers are compared by, in which groups may show more clearly."""
    sides = {feature.group for feature in features.FEATURES}
    wanted = {
        "no_industry": [not name.startswith("industry_") for name in prepared.names],
        "sides": [name in sides for name in prepared.names],
    }
    chosen = {name: prepared.scaled[:, np.array(mask)] for name, mask in wanted.items() if 2 <= sum(mask) < len(mask)}
    return {
        name: preparation.reduced(columns)[0] if columns.shape[1] > preparation.REDUCE_ABOVE else columns
        for name, columns in chosen.items()
    }


def _load_libraries() -> None:
    """Import scikit-learn and hdbscan now: their seconds are not the first candidate's."""
    tiny = np.arange(40.0).reshape(20, 2)
    clustering.fit(tiny, "kmeans", {"k": 2}, 0)
    clustering.fit(tiny, "hybrid", {"min_cluster_share": 0.3}, 0)
    clustering.dbcv(tiny, np.arange(20) % 2)


def facts(result: Result) -> dict[str, Any]:
    """The fields of ``Run`` that tell what was tried, what won and why; plain JSON values."""
    choice = result.choice
    quality = asdict(choice.quality) if choice.quality else {}
    quality |= {
        "complete": choice.complete,
        "search_seconds": choice.seconds,
        "columns": len(result.prepared.names),
        "components": result.prepared.components,
        "explained": result.prepared.explained,
    }
    return {
        "algorithm": choice.winner.candidate.algorithm if choice.winner else "",
        "parameters": plain(dict(choice.winner.candidate.parameters)) if choice.winner else {},
        "features": list(result.prepared.names),
        "customers": len(result.frame.ids),
        "noise_share": choice.clustering.noise_share if choice.clustering else None,
        "quality": plain(quality),
        "leaderboard": [_line(entry, choice.winner) for entry in choice.leaderboard],
        "reason": plain({"code": choice.reason.code, **choice.reason.numbers}),
    }


def _line(entry: Entry, winner: Entry | None) -> dict[str, Any]:
    told = asdict(entry)
    candidate = told.pop("candidate")
    line: dict[str, Any] = plain({**candidate, **told, "chosen": entry is winner})
    return line


def plain(value: Any) -> Any:
    """The value as JSON can hold it: numpy numbers as Python's, what is not finite as None, floats to 6 digits."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float):
        return round(value, 6) if np.isfinite(value) else None
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [plain(item) for item in value]
    return value
