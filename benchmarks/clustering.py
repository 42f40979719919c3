"""Speed, truth and memory of the clustering step on very many rows, beside the plain ``hdbscan`` package.

``python -m benchmarks.clustering [--full] [--json]`` gives ratios of one run on one machine. The package takes minutes on
all rows, so by default it is run on growing samples and its time on all rows comes from a power law fitted to
them (printed as such); ``--full`` really runs it.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # run by its path as well as with -m

from benchmarks.labelled.shapes import Table

ROWS, MORE_ROWS, COLUMNS, BLOBS, NOISE = 238_597, 1_000_000, 16, 12, 0.1
SAMPLES = (3_000, 6_000, 12_000, 24_000)
PARAMETERS = {"min_cluster_share": 0.01, "min_samples": 10, "method": "eom"}


def mixed(rows: int, seed: int) -> Table:
    """Twelve unequal groups (the largest 16 times the smallest), half with the heavy tails of Student's t, in noise."""
    rng = np.random.default_rng(seed)
    share = np.geomspace(16, 1, BLOBS)
    sizes = np.floor((1 - NOISE) * rows * share / share.sum()).astype(int)
    parts = []
    for number, size in enumerate(sizes):
        centre = rng.uniform(-10, 10, COLUMNS)
        turn = np.linalg.qr(rng.normal(size=(COLUMNS, COLUMNS)))[0]
        axes = rng.uniform(0.5, 1.5, COLUMNS)
        draw = rng.standard_t(4, (size, COLUMNS)) / np.sqrt(2) if number % 2 else rng.normal(size=(size, COLUMNS))
        parts.append(centre + (draw * axes) @ turn)
    parts.append(rng.uniform(-14, 14, (rows - sizes.sum(), COLUMNS)))
    truth = np.repeat([*range(BLOBS), -1], [len(part) for part in parts])
    order = rng.permutation(rows)
    return np.vstack(parts)[order], truth[order]


def package(matrix: NDArray[np.float64], truth: NDArray[np.int64]) -> tuple[float, float]:
    """Seconds and agreement with the truth of the plain package, all cores, the same parameters."""
    import hdbscan

    from segments.resampling import adjusted_rand

    started = time.perf_counter()
    labels = hdbscan.HDBSCAN(
        min_cluster_size=max(5, round(PARAMETERS["min_cluster_share"] * len(matrix))),
        min_samples=PARAMETERS["min_samples"],
        core_dist_n_jobs=-1,
    ).fit_predict(matrix)
    return time.perf_counter() - started, adjusted_rand(truth, labels)


def ours(rows: int, seed: int) -> dict[str, float]:
    """One clustering in a process of its own, so that its peak of memory is its own; the table itself is counted."""
    command = [sys.executable, "-m", "benchmarks.clustering", "--rows", str(rows), "--seed", str(seed)]
    return dict(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))


def measure(rows: int, seed: int) -> dict[str, float]:
    """Seconds, agreement and peak memory of our clustering in this process."""
    from segments import clustering
    from segments.resampling import adjusted_rand

    clustering.fit(np.arange(40.0).reshape(20, 2), "hdbscan", PARAMETERS, 0)  # loading libraries is not clustering
    matrix, truth = mixed(rows, seed)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.perf_counter()
    found = clustering.fit(matrix, "hdbscan", PARAMETERS, seed)
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "seconds": seconds,
        "ari": adjusted_rand(truth, found.labels),
        "k": found.k,
        "noise": found.noise_share,
        "table_mb": matrix.nbytes / 2**20,
        "before_mb": before / 1024,
        "peak_mb": peak,
    }


def extrapolated(seed: int) -> dict[str, float]:
    """The package's seconds on all rows by a power law through growing samples, and its best agreement there."""
    seconds, agreements = [], []
    matrix, truth = mixed(ROWS, seed)
    for rows in SAMPLES:
        spent, agreement = package(matrix[:rows], truth[:rows])
        seconds.append(spent)
        agreements.append(agreement)
        print(f"  hdbscan package, {rows:7,} rows   {spent:9.1f} s   ARI {agreement:.3f}", file=sys.stderr, flush=True)
    power, level = np.polyfit(np.log(SAMPLES), np.log(seconds), 1)
    estimate = float(np.exp(level + power * np.log(ROWS)))
    return {"seconds": estimate, "ari": max(agreements), "power": float(power)}


def compared(seed: int, full: bool) -> dict[str, Any]:
    """Both sizes of ours, the package (run, or estimated from samples) and the ratios between them."""
    load = os.getloadavg()[0]
    small, large = ours(ROWS, seed), ours(MORE_ROWS, seed)
    if full:
        reference: dict[str, float] = dict(zip(("seconds", "ari"), package(*mixed(ROWS, seed)), strict=True))
    else:
        reference = extrapolated(seed)
    return {
        "load": load,
        "ours": {str(ROWS): small, str(MORE_ROWS): large},
        "package": {**reference, "really_run": full},
        "faster": reference["seconds"] / small["seconds"],
        "ari_difference": small["ari"] - reference["ari"],
        "more_rows": large["seconds"] / small["seconds"],
        "peak_mb": max(small["peak_mb"], large["peak_mb"]),
    }


def show(figures: dict[str, Any]) -> None:
    """The figures as a table."""
    print(f"{ROWS:,} x {COLUMNS}, {BLOBS} unequal groups, heavy tails, {NOISE:.0%} noise; load {figures['load']:.1f}")
    for rows, found in figures["ours"].items():
        print(
            f"  B2Shift, {int(rows):9,} rows            {found['seconds']:9.1f} s   ARI {found['ari']:.3f}   "
            f"k {found['k']:.0f}, noise {found['noise']:.1%}, peak {found['peak_mb']:,.0f} MB "
            f"(of which the table {found['table_mb']:,.0f}, before the step {found['before_mb']:,.0f})"
        )
    reference = figures["package"]
    how = "really run" if reference["really_run"] else f"extrapolated by rows^{reference['power']:.2f}, not run"
    print(
        f"  hdbscan package, {ROWS:7,} rows      {reference['seconds']:9.1f} s   ARI {reference['ari']:.3f}   ({how})"
    )
    print(f"faster than the package       {figures['faster']:8.0f} x   (wanted: 100 x or more)")
    print(f"ARI less the package's        {figures['ari_difference']:+8.3f}     (wanted: -0.010 or more)")
    print(f"1,000,000 rows / {ROWS:,}    {figures['more_rows']:8.2f} x   (wanted: 2 x or less)")
    print(f"peak memory                   {figures['peak_mb']:8,.0f} MB  (wanted: 1,024 MB or less)")


def main() -> None:
    """Print the table, or one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--full", action="store_true", help="really run the package on all rows (some minutes)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--rows", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.rows:
        print(json.dumps(measure(options.rows, options.seed)))
        return
    figures = compared(options.seed, options.full)
    if options.json:
        print(json.dumps(figures))
    else:
        show(figures)


if __name__ == "__main__":
    main()
