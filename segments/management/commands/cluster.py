"""``manage.py cluster``: the automatic choice on any numeric table."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from segments import preparation, selection, tables


class Command(BaseCommand):
    """Write one label per row of a table; −1 is noise, and every row is −1 where no stable segments exist."""

    help = "Cluster a numeric CSV table (header row, no ids) and write one label per row."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """IN.csv, --out, --seed, --budget, --json."""
        parser.add_argument("table", type=Path, metavar="IN.csv")
        parser.add_argument("--out", type=Path, required=True, metavar="LABELS.csv")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--budget", type=float, default=60.0, metavar="SECONDS")
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, choose, write; CommandError with one line for a file that is no numeric table."""
        if options["seed"] < 0 or options["seed"] >= 2**31:
            raise CommandError("--seed must be between 0 and 2147483647")
        if not options["budget"] > 0:
            raise CommandError("--budget must be a positive number of seconds")
        started = time.monotonic()
        try:
            names, values = tables.read(options["table"])
            choice = self._choose(names, values, options["seed"], options["budget"])
            found = choice.clustering
            tables.write_labels(options["out"], selection.labels_or_noise(choice, len(values)))
        except tables.TableError as error:
            raise CommandError(str(error)) from error
        answer = {
            "algorithm": found.algorithm if found else None,
            "clusters": found.k if found else 0,
            "noise_share": found.noise_share if found else 1.0,
            "seconds": round(time.monotonic() - started, 3),
            "rows": len(values),
            "reason": choice.reason.code,
            "complete": choice.complete,
        }
        self.stdout.write(json.dumps(answer) if options["as_json"] else self._sentence(answer, options["out"]))

    def _choose(self, names: list[str], values: Any, seed: int, budget: float) -> selection.Choice:
        prepared = preparation.prepare_table(values, names)
        return selection.choose(
            prepared.matrix,
            (),
            seed=seed,
            budget_seconds=budget,
            progress=self._progress if sys.stderr.isatty() else None,
            gates=selection.ANY_TABLE,
        )

    def _progress(self, share: float, step: str) -> None:
        self.stderr.write(f"\r{share:4.0%} {step:<12}", ending="")

    @staticmethod
    def _sentence(answer: dict[str, Any], out: Path) -> str:
        if answer["algorithm"] is None:
            return f"No stable segments ({answer['reason']}): every row of {out} is -1."
        return (
            f"{answer['clusters']} clusters by {answer['algorithm']}, {answer['noise_share']:.1%} noise, "
            f"{answer['seconds']:.1f} s: {out}"
        )
