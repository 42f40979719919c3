"""What moved between two runs: each feature's distribution then, kept small, against its values now. Pure.

The population stability index (PSI) adds up, over tenths of the earlier distribution and the customers of whom nothing was
known, how far the shares moved: below 0.1 nothing to speak of, from 0.25 on a different population.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
TENTHS = np.linspace(0, 1, 11)[1:-1]
LEAST_SHARE = 1e-4
"""An empty bin counts as this share: a logarithm needs one, and one customer must not decide."""
NOTABLE, LARGE = 0.1, 0.25


def summary(values: Floats) -> dict[str, Any]:
    """A distribution as plain values: share ``known``, ``median``, inner ``edges``, and ``shares`` per bin, unknown last."""
    known = values[np.isfinite(values)]
    edges = sorted(set(np.quantile(known, TENTHS).tolist())) if len(known) else []
    return {
        "known": float(len(known) / len(values)) if len(values) else 0.0,
        "median": float(np.median(known)) if len(known) else None,
        "edges": edges,
        "shares": _shares(values, edges),
    }


def psi(before: Mapping[str, Any], values: Floats) -> float:
    """Index of the values against an earlier summary; 0 where nothing moved."""
    then = np.maximum(np.array(before["shares"]), LEAST_SHARE)
    now = np.maximum(np.array(_shares(values, before["edges"])), LEAST_SHARE)
    return float(((now - then) * np.log(now / then)).sum())


def moved(before: Mapping[str, Mapping[str, Any]], now: Mapping[str, Floats]) -> list[dict[str, Any]]:
    """Features known to both sides, those that moved most first: ``{name, psi, before, after, known_before, known_after}``."""
    found = []
    for name in sorted(before.keys() & now.keys()):
        today = summary(now[name])
        found.append(
            {
                "name": name,
                "psi": psi(before[name], now[name]),
                "before": before[name]["median"],
                "after": today["median"],
                "known_before": before[name]["known"],
                "known_after": today["known"],
            }
        )
    return sorted(found, key=lambda row: (-row["psi"], row["name"]))


def _shares(values: Floats, edges: Sequence[float]) -> list[float]:
    """Share of the values per bin (a value on an edge belongs to the bin below it), then of the unknown ones."""
    known = values[np.isfinite(values)]
    counts = np.bincount(np.searchsorted(np.array(edges), known, side="left"), minlength=len(edges) + 1)
    whole = max(len(values), 1)
    return [*(counts / whole).tolist(), float((len(values) - len(known)) / whole)]
