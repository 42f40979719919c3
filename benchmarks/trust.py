"""Identity over time and the gate against noise: ``python -m benchmarks.trust`` prints the rates of one run."""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import django
import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # run by its path as well as with -m
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "b2shift.settings")
django.setup()

from benchmarks.labelled import shapes  # noqa: E402 - after django.setup()
from segments import chance, clustering, passports, preparation, profiles, selection  # noqa: E402
from segments.passports import Matching  # noqa: E402

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]
GROUPS, COLUMNS, ROWS = 6, 5, 900


@dataclass
class Base:
    """Customers by number, with their figures and the group each really belongs to."""

    ids: Labels
    figures: Floats
    truth: Labels


def planted(seed: int) -> Base:
    """Six separable groups."""
    rng = np.random.default_rng(seed)
    centres = shapes.apart(rng, GROUPS, COLUMNS, 9, 8)
    figures, truth = shapes.joined(shapes.gaussians(rng, [ROWS // GROUPS] * GROUPS, centres))
    return Base(np.arange(len(truth)), figures, truth)


def a_month_later(base: Base, seed: int) -> Base:
    """Every figure moves by a quarter of a spread, 2% leave, 3% come, and 1% change their group."""
    rng = np.random.default_rng([seed, 1])
    moved = base.figures + rng.normal(scale=0.25, size=base.figures.shape)
    for row in np.flatnonzero(rng.uniform(size=len(moved)) < 0.01):
        moved[row] = moved[rng.integers(len(moved))]
    stay = rng.uniform(size=len(moved)) > 0.02
    new = rng.choice(len(moved), round(0.03 * len(moved)))
    return Base(
        np.concatenate([base.ids[stay], base.ids.max() + 1 + np.arange(len(new))]),
        np.vstack([moved[stay], moved[new] + rng.normal(scale=0.5, size=(len(new), COLUMNS))]),
        np.concatenate([base.truth[stay], base.truth[new]]),
    )


def clusters(base: Base, seed: int) -> dict[int, set[int]]:
    """The automatic choice as label → customers."""
    matrix = preparation.prepare_table(base.figures, [f"c{i}" for i in range(COLUMNS)]).matrix
    found = selection.labels_or_noise(selection.choose(matrix, (), seed=seed), len(matrix))
    return {label: set(base.ids[found == label].tolist()) for label in range(int(found.max(initial=-1)) + 1)}


def kept(before: dict[int, set[int]], after: dict[int, set[int]]) -> tuple[float, float]:
    """Share of the customers on both sides who keep their passport, and the largest error of a row of the matrix."""
    found = passports.match(after, before)
    old = {customer: pk for pk, members in before.items() for customer in members}
    new = {customer: found.continued.get(label, -1 - label) for label, members in after.items() for customer in members}
    matrix = passports.migration(old, new)
    common = old.keys() & new.keys()
    share = sum(old[customer] == new[customer] for customer in common) / max(len(common), 1)
    return share, max(abs(sum(row.values()) - 1.0) for row in matrix.values())


def events(seed: int) -> dict[str, bool]:
    """Whether each planted event is found by the automatic choice and named as such, and nothing else is."""
    base, rng = planted(seed), np.random.default_rng([seed, 2])
    before = clusters(base, seed)

    def after(figures: Floats, keep: NDArray[np.bool_] | None = None, more: Floats | None = None) -> Matching:
        ids = base.ids if keep is None else base.ids[keep]
        rows = figures if keep is None else figures[keep]
        if more is not None:
            ids, rows = np.concatenate([ids, 10_000 + np.arange(len(more))]), np.vstack([rows, more])
        return passports.match(clusters(Base(ids, rows, ids), seed), before)

    split = base.figures.copy()
    part = np.flatnonzero(base.truth == 0)[: ROWS // GROUPS * 2 // 5]
    far = shapes.apart(rng, 1, COLUMNS, 0, 8)[0]
    far = 3.0 * far / np.linalg.norm(far) * 10
    split[part] += far - base.figures[base.truth == 0].mean(axis=0)
    merged = base.figures.copy()
    merged[base.truth == 1] += base.figures[base.truth == 2].mean(axis=0) - base.figures[base.truth == 1].mean(axis=0)
    parted, joined = after(split), after(merged)
    died = after(base.figures, base.truth != 3)
    born = after(base.figures, None, far + rng.normal(size=(120, COLUMNS)))
    return {
        "split": (len(parted.origin), len(parted.dead)) == (1, 0),
        "merge": (len(joined.merged), len(joined.born)) == (1, 0),
        "death": (len(died.dead), len(died.merged), len(died.born)) == (1, 0, 0),
        "birth": (len(born.born), len(born.origin), len(born.dead)) == (1, 0, 0),
    }


def nothing(rng: np.random.Generator) -> Floats:
    """Rows without any group: even, round, stretched or heavy-tailed, two to eight columns."""
    d = int(rng.integers(2, 9))
    draws = (
        lambda: rng.uniform(size=(300, d)),
        lambda: rng.normal(size=(300, d)),
        lambda: rng.normal(size=(300, d)) @ rng.normal(size=(d, d)),
        lambda: rng.standard_t(4, size=(300, d)),
    )
    return preparation.prepare_table(draws[int(rng.integers(4))](), [f"c{i}" for i in range(d)]).matrix


def gate_rejects(seed: int) -> bool:
    """Whether every cluster that a random method cuts out of nothing is stopped: by chance, stability or size."""
    rng = np.random.default_rng([seed, 3])
    matrix = nothing(rng)
    algorithm, parameters = (
        ("kmeans", {"k": int(rng.integers(2, 9))}),
        ("gmm", {"k": int(rng.integers(2, 9)), "covariance": "full"}),
        ("hybrid", {"min_cluster_share": float(rng.uniform(0.02, 0.1)), "min_samples": 5, "method": "leaf"}),
    )[int(rng.integers(3))]
    found = clustering.fit(matrix, algorithm, parameters, seed)
    steady = {entry.label: entry.mean for entry in clustering.stability(matrix, found, seed, resamples=10)}
    sizes = np.bincount(found.labels[found.labels >= 0], minlength=found.k)
    blocked = [profiles.blocked_reason(int(size), len(matrix), steady.get(i)) for i, size in enumerate(sizes)]
    return all(blocked) or found.k < 2 or not chance.beats(matrix, algorithm, parameters, seed)


def choice_rejects(seed: int) -> bool:
    """Whether the whole automatic choice finds nothing to act on where there is nothing."""
    matrix = nothing(np.random.default_rng([seed, 4]))
    choice = selection.choose(matrix, (), seed=seed)
    return choice.clustering is None or all(entry.mean < profiles.STABLE for entry in choice.stabilities)


def base_figures(seed: int) -> dict[str, Any]:
    """What one planted customer base shows: shares of passports kept, the events named, the matrix's largest error."""
    base = planted(seed)
    before = clusters(base, 1)
    again, error = kept(before, clusters(base, 2))
    drifted, later = kept(before, clusters(a_month_later(base, seed), 1))
    return {"new_seed": again, "month": drifted, "row_error": max(error, later), "events": events(seed)}


def main() -> None:
    """Print the rates."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=100, help="seeds of planted noise clusters")
    parser.add_argument("--choices", type=int, default=20, help="seeds of the whole automatic choice on noise")
    parser.add_argument("--bases", type=int, default=3, help="seeds of planted customer bases")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    figures = {
        "noise_rejected": sum(gate_rejects(seed) for seed in range(options.seeds)),
        "noise_seeds": options.seeds,
        "bases": [base_figures(seed) for seed in range(options.bases)],
        "choice_rejected": sum(choice_rejects(seed) for seed in range(options.choices)),
        "choice_seeds": options.choices,
    }
    if options.json:
        print(json.dumps(figures))
        return
    print(
        f"planted noise clusters rejected by the gate     {figures['noise_rejected']} of {options.seeds} (wanted: 95% or more)"
    )
    for seed, found in enumerate(figures["bases"]):
        named = ", ".join(f"{name} {'named' if seen else 'MISSED'}" for name, seen in found["events"].items())
        print(
            f"base {seed}: passports kept, new seed {found['new_seed']:.1%} (wanted: 99%), after a month of drift "
            f"{found['month']:.1%} (wanted: 95%); {named}; rows of the matrix off by at most {found['row_error']:.0e}"
        )
    print(f"automatic choice finds nothing to act on in noise {figures['choice_rejected']} of {options.choices}")


if __name__ == "__main__":
    main()
