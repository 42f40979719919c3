"""A segment in one to three rules that a person can apply: a shallow tree, its thresholds rounded, its fidelity measured. Pure.

The tree only explains: it is grown on half of the customers and judged, after rounding, on the other half, so that the fidelity
told is what a reader may expect of the rules and not what the tree remembers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import floor, log10
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
DEPTH = 3
LEAST_MEMBERS = 10
INDUSTRY = "industry:"
"""Columns of this prefix are 0 or 1: a customer of the industry or not."""
MOST_RULES = 3
LEAST_PRECISION = 0.5
"""A leaf in which members are the minority is no rule for the segment."""


@dataclass(frozen=True)
class Condition:
    """One comparison; ``or_unknown`` says that customers of whom the feature is unknown meet it too."""

    feature: str
    way: Literal["above", "at_most", "known", "unknown"]
    threshold: float
    or_unknown: bool


def explain(values: Floats, names: Sequence[str], here: Mask, seed: int) -> dict[str, Any]:
    """``{rules, precision, recall, fidelity}`` for the rows ``here``; empty where no rule holds.

    Each rule is ``{conditions, share, precision}``: its share of the segment and how many of those it finds belong there.
    ``fidelity`` is the balanced share of customers, inside and outside, that the rules together put on the right side.
    """
    if min(int(here.sum()), int((~here).sum())) < LEAST_MEMBERS:
        return {}
    order = np.random.default_rng(seed).permutation(len(here))
    grown, judged = _halves(order, here)
    leaves = [_simplified(path) for path in _grown(values[grown], here[grown], names, seed)]
    told = [(leaf, _meets(leaf, values[judged], names)) for leaf in dict.fromkeys(leaves) if leaf]
    target = here[judged]
    kept = [(leaf, found) for leaf, found in told if found.any() and float(target[found].mean()) >= LEAST_PRECISION]
    kept = sorted(kept, key=lambda pair: -int((pair[1] & target).sum()))[:MOST_RULES]
    if not kept:
        return {}
    inside = np.logical_or.reduce([found for _, found in kept])
    recall, outside = float(inside[target].mean()), float((~inside)[~target].mean())
    return {
        "rules": [_told(leaf, found, target) for leaf, found in kept],
        "precision": round(float(target[inside].mean()), 4),
        "recall": round(recall, 4),
        "fidelity": round((recall + outside) / 2, 4),
    }


def _told(leaf: tuple[Condition, ...], found: Mask, target: Mask) -> dict[str, Any]:
    return {
        "conditions": [
            {"feature": c.feature, "way": c.way, "threshold": c.threshold, "or_unknown": c.or_unknown} for c in leaf
        ],
        "share": round(float(found[target].mean()), 4),
        "precision": round(float(target[found].mean()), 4),
    }


def _halves(order: NDArray[np.int64], here: Mask) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Two halves with the same share of members."""
    inside, outside = order[here[order]], order[~here[order]]
    grown = np.concatenate([inside[::2], outside[::2]])
    judged = np.concatenate([inside[1::2], outside[1::2]])
    return grown, judged


def _grown(values: Floats, here: Mask, names: Sequence[str], seed: int) -> Iterator[list[Condition]]:
    """Paths to the leaves of a balanced tree that speak for the segment."""
    from sklearn.tree import DecisionTreeClassifier

    least = max(5, len(here) // 200)
    model = DecisionTreeClassifier(max_depth=DEPTH, min_samples_leaf=least, class_weight="balanced", random_state=seed)
    model.fit(np.where(np.isfinite(values), values, np.nan), here)
    tree = model.tree_
    inside = list(model.classes_).index(True)
    gaps: Mask = np.isnan(values.sum(axis=0))  # where nothing is missing the tree's way for it means nothing

    def speaks(node: int) -> bool:
        """Whether every leaf below speaks for the segment: then the splits on the way there tell nothing."""
        if tree.children_left[node] == -1:
            return bool(tree.value[node][0][inside] > 0.5 * tree.value[node][0].sum())
        return speaks(tree.children_left[node]) and speaks(tree.children_right[node])

    def walk(node: int, path: list[Condition]) -> Iterator[list[Condition]]:
        if speaks(node):
            yield path
            return
        if tree.children_left[node] == -1:
            return
        name, cut = names[tree.feature[node]], rounded(float(tree.threshold[node]))
        has_gaps = bool(gaps[tree.feature[node]])
        left_unknown = has_gaps and bool(tree.missing_go_to_left[node])
        if not np.isfinite(tree.threshold[node]):  # the split is between known and unknown
            yield from walk(tree.children_left[node], [*path, Condition(name, "known", 0.0, False)])
            yield from walk(tree.children_right[node], [*path, Condition(name, "unknown", 0.0, True)])
            return
        yield from walk(tree.children_left[node], [*path, Condition(name, "at_most", cut, left_unknown)])
        yield from walk(
            tree.children_right[node], [*path, Condition(name, "above", cut, has_gaps and not left_unknown)]
        )

    yield from walk(0, [])


def _simplified(path: Sequence[Condition]) -> tuple[Condition, ...]:
    """The tightest of several conditions of one kind on one feature, in the order of the path."""
    kept: dict[tuple[str, str], Condition] = {}
    for condition in path:
        key = (condition.feature, condition.way)
        other = kept.get(key)
        pick = max if condition.way == "above" else min
        cut = condition.threshold if other is None else pick(condition.threshold, other.threshold)
        unknown = condition.or_unknown and (other is None or other.or_unknown)
        kept[key] = Condition(condition.feature, condition.way, cut, unknown)
    return tuple(kept.values())


def _meets(leaf: Sequence[Condition], values: Floats, names: Sequence[str]) -> Mask:
    found = np.ones(len(values), dtype=bool)
    for condition in leaf:
        column = values[:, list(names).index(condition.feature)]
        found &= meets(column, condition.way, condition.threshold, condition.or_unknown)
    return found


def meets(column: Floats, way: str, threshold: float, or_unknown: bool) -> Mask:
    """Which values of a feature meet a condition."""
    known = np.isfinite(column)
    if way == "known":
        return known
    if way == "unknown":
        return ~known
    with np.errstate(invalid="ignore"):
        inside = column > threshold if way == "above" else column <= threshold
    return (inside & known) | (~known & or_unknown)


def rounded(value: float) -> float:
    """The value with two significant digits; halves between small whole numbers stay what they are."""
    if not np.isfinite(value) or value == 0 or (abs(value) < 100 and float(value * 2).is_integer()):
        return value
    return round(value, 1 - floor(log10(abs(value))))


def columns(values: Mapping[str, Floats]) -> tuple[Floats, list[str]]:
    """A matrix and the names of its columns, those that say nothing about anybody left out."""
    kept = {name: column for name, column in values.items() if np.isfinite(column).any()}
    return (np.column_stack(list(kept.values())) if kept else np.zeros((0, 0))), list(kept)
