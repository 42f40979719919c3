"""``manage.py segment``: features → automatic choice → published run."""

from __future__ import annotations

import csv
import json
import sys
import time
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import override

from accounts.management.recorded import RecordedCommand
from accounts.models import Customer
from b2shift.lib.api import Refused
from b2shift.lib.export import safe_cell
from segments import queries, runs, wording
from segments.models import Membership, Run


class Command(RecordedCommand):
    """Segment all customers and publish the outcome; where nothing can be trusted the published run stays."""

    help = "Find segments among all customers, name them and publish the run."

    def add_arguments(self, parser: CommandParser) -> None:
        """--seed, --budget, --export, --override, --json."""
        parser.add_argument("--seed", type=int, default=runs.DEFAULT_SEED)
        parser.add_argument("--budget", type=int, default=runs.DEFAULT_BUDGET, metavar="SECONDS")
        parser.add_argument("--export", type=Path, metavar="FILE.csv", help="write customer,passport,confidence")
        parser.add_argument(
            "--override", action="store_true", help="publish even where the published run is worth more"
        )
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run, export, report; CommandError with one line where there is nothing to segment or a run is in progress."""
        if not Customer.objects.exists():
            raise CommandError("There are no customers yet: run import_data first.")
        if options["export"] and not options["export"].parent.is_dir():
            raise CommandError(f"The folder of {options['export']} does not exist.")
        started = time.monotonic()
        with override("en"):
            run = self._run(options)
            if options["export"] and (published := in_force(run)):
                export(published, options["export"])
            answer = told(run, time.monotonic() - started)
            self.stdout.write(json.dumps(answer, ensure_ascii=False) if options["as_json"] else sentences(run, answer))

    def _run(self, options: dict[str, Any]) -> Run:
        runs.sweep()  # a run whose worker died must not block this one
        progress = self._progress if sys.stderr.isatty() else None
        try:
            return runs.execute(
                runs.start(None, options["seed"], options["budget"], override=options["override"]).pk, progress
            )
        except Refused as refusal:
            raise CommandError(str(refusal.message)) from refusal
        finally:
            if progress:
                self.stderr.write("")

    def _progress(self, percent: int, step: str) -> None:
        self.stderr.write(f"\r{percent:3d}% {step:<60}", ending="")


def in_force(run: Run) -> Run | None:
    """The run whose segments answer: this one, or the published one that it did not replace; None if inconclusive."""
    if run.state == Run.State.KEPT:
        return queries.published_run()
    return run if run.state == Run.State.PUBLISHED else None


def export(run: Run, path: Path) -> None:
    """Write ``customer,passport,confidence``, one line per customer by code; an empty passport is "no segment"."""
    rows = (
        Membership.objects.filter(run=run)
        .order_by("customer__code")
        .values_list("customer__code", "segment__passport", "confidence")
    )
    with path.open("w", newline="", encoding="utf-8") as target:
        writer = csv.writer(target)
        writer.writerow(["customer", "passport", "confidence"])
        for code, passport, confidence in rows.iterator(chunk_size=5_000):
            writer.writerow([safe_cell(code), passport or "", confidence])


def told(run: Run, seconds: float) -> dict[str, Any]:
    """The answer of ``--json``; ``algorithm`` is None and ``segments`` empty where the run was inconclusive.

    Where the published run was kept, ``segments`` are those in force and ``published_run`` names it.
    """
    published = in_force(run)
    profiles = queries.current_profiles(published or run)
    return {
        "run": run.pk,
        "published_run": published.pk if published else None,
        "state": run.state,
        "algorithm": run.algorithm or None,
        "seconds": round(seconds, 3),
        "customers": run.customers,
        "noise_share": run.noise_share,
        "complete": run.quality.get("complete"),
        "segments": [
            {
                "passport": p.segment.passport,
                "name": p.segment.name,
                "size": p.size,
                "stability": p.stability,
                "activatable": p.activatable,
                "blocked_reason": p.blocked_reason,
            }
            for p in profiles
        ],
        "reason": run.reason,
        "leaderboard": run.leaderboard,
    }


def sentences(run: Run, answer: dict[str, Any]) -> str:
    """The outcome for a person at a terminal."""
    lines = [f"Run {run.pk}: {run.get_state_display()} after {answer['seconds']:.1f} s. {wording.reason(run.reason)}"]
    lines += [
        f"  {s['passport']}  {s['size']:>6}  {s['name']}" + ("" if s["activatable"] else f"  ({s['blocked_reason']})")
        for s in answer["segments"]
    ]
    return "\n".join(lines)
