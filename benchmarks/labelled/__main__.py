"""``python -m benchmarks.labelled``: the automatic choice, not told how many groups there are, against methods told.

Every set goes through the steps of ``manage.py cluster``. A rival sees each set standardised, and scaled as the
product scales it, and is credited with the better mean of the two. "grid" is the choice without Optuna's proposals.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))  # run by its path as well as with -m

from benchmarks.labelled import rivals, shapes, tables
from benchmarks.labelled.shapes import Table
from segments import clustering, preparation, selection
from segments.resampling import adjusted_rand

GROUPS = ("tuned", "held out", "real")


@dataclass(frozen=True)
class Line:
    """One set: agreement of the automatic choice and of each rival with the truth."""

    group: str
    name: str
    rows: int
    k: int
    found: str
    seconds: float
    ours: float
    alone: float
    plain: dict[str, float]
    prepared: dict[str, float]


def sets(seed: int) -> Iterator[tuple[str, str, Table]]:
    """Group, name and table of every set; shapes are drawn with ``seed``, real tables are what they are."""
    for group, draws in zip(GROUPS, (shapes.TUNED, shapes.HELD_OUT), strict=False):
        for number, (name, draw) in enumerate(draws.items()):
            yield group, name, draw(np.random.default_rng([seed, number]))
    yield from ((GROUPS[2], name, table) for name, table in tables.real().items())


def line(group: str, name: str, table: Table, seed: int, budget: float) -> Line:
    """Cluster one set in all ways."""
    values, classes = table
    truth = classes.astype(np.int64)
    k = len(np.unique(truth[truth >= 0]))
    started = time.perf_counter()
    prepared = preparation.prepare_table(values, [f"c{i}" for i in range(values.shape[1])])
    choice = selection.choose(prepared.matrix, (), seed=seed, budget_seconds=budget, gates=selection.ANY_TABLE)
    seconds = time.perf_counter() - started
    winner = choice.winner
    standard = rivals.standardised(values)
    return Line(
        group,
        name,
        len(values),
        k,
        f"{winner.candidate.algorithm} {winner.k}" if winner else choice.reason.code,
        seconds,
        adjusted_rand(truth, selection.labels_or_noise(choice, len(values))),
        adjusted_rand(truth, grid_alone(choice, prepared.matrix, seed)),
        {name: adjusted_rand(truth, rivals.labels(name, standard, k, seed)) for name in rivals.RIVALS},
        {name: adjusted_rand(truth, rivals.labels(name, prepared.matrix, k, seed)) for name in rivals.RIVALS},
    )


def grid_alone(choice: selection.Choice, matrix: NDArray[np.float64], seed: int) -> NDArray[np.int64]:
    """Labels of the best candidate of the fixed grid: what would have been chosen without Optuna."""
    fixed = list(selection.grid(*matrix[: selection.SCORING_ROWS].shape))
    best = next((e.candidate for e in choice.leaderboard if not e.failures and e.candidate in fixed), None)
    if choice.winner is None or best is None or best == choice.winner.candidate:
        return selection.labels_or_noise(choice, len(matrix))
    return clustering.fit(matrix, best.algorithm, best.parameters, seed).labels


def shown(found: Line) -> str:
    """The line as text."""
    told = "".join(f"{found.plain[name]:9.2f}" for name in rivals.RIVALS)
    return (
        f"{found.group:9}{found.name:27}{found.rows:6}{found.k:4}{found.seconds:7.1f}  "
        f"{found.found:20}{found.ours:6.2f}{found.alone:7.2f} |{told}"
    )


@dataclass(frozen=True)
class Means:
    """Mean agreement of ours, of the grid alone and of each rival in the better of its two scalings."""

    group: str
    sets: int
    ours: float
    alone: float
    rivals: dict[str, float]

    @property
    def best(self) -> str:
        """The rival with the highest mean."""
        return max(self.rivals, key=lambda name: self.rivals[name])


def means(lines: list[Line], group: str) -> Means:
    """Means over the sets of a group, or of all."""
    some = [each for each in lines if group in ("all", each.group)]
    told = {
        name: float(max(np.mean([each.plain[name] for each in some]), np.mean([each.prepared[name] for each in some])))
        for name in rivals.RIVALS
    }
    ours, alone = (float(np.mean([getattr(each, of) for each in some])) for of in ("ours", "alone"))
    return Means(group, len(some), ours, alone, told)


def summary(found: Means) -> str:
    """The means as text."""
    told = "".join(f"{value:9.3f}" for value in found.rivals.values())
    lead = found.ours - found.rivals[found.best]
    return (
        f"mean of {found.group:9} ({found.sets:2} sets){found.ours:48.3f}{found.alone:7.3f} |{told}"
        f"   lead over {found.best}: {lead:+.3f}"
    )


def main() -> None:
    """Print the table, or one JSON object."""
    parser = argparse.ArgumentParser(description="Automatic choice against methods that are told k (mean ARI).")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--budget", type=float, default=60.0, help="seconds a set")
    parser.add_argument("--only", choices=["tuned", "held out", "real"])
    parser.add_argument("--json", action="store_true", help="print one JSON object; the table goes to standard error")
    options = parser.parse_args()
    out = sys.stderr if options.json else sys.stdout
    heads = "".join(f"{name:>9}" for name in rivals.RIVALS)
    print(f"{'':9}{'set':27}{'rows':>6}{'k':>4}{'s':>7}  {'automatic':20}{'ARI':>6}{'grid':>7} |{heads}", file=out)
    lines = []
    for group, name, table in sets(options.seed):
        if options.only in (None, group):
            lines.append(line(group, name, table, options.seed, options.budget))
            print(shown(lines[-1]), file=out, flush=True)
    found = [means(lines, group) for group in ((*GROUPS, "all") if not options.only else (options.only,))]
    if options.json:
        print(json.dumps({"sets": [asdict(each) for each in lines], "means": [asdict(each) for each in found]}))
        return
    for each in found:
        print(summary(each))


if __name__ == "__main__":
    main()
