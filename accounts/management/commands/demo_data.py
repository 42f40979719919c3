"""``manage.py demo_data``: write the files of a demo company, ready for ``import_data``."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise CommandError(f"--as-of must be a date like 2025-03-28, not {text!r}") from error


class Command(BaseCommand):
    """Write a synthetic company in the exact shape of the source files, defects and groups planted."""

    help = "Write the source files of a demo company (deterministic per seed) into a directory."
    # the files need neither database nor settings checks
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("--customers", type=int, default=1_500, help="customers in the base (default 1500)")
        parser.add_argument("--seed", type=int, default=1, help="same seed and options, same bytes (default 1)")
        parser.add_argument("--out", type=Path, required=True, help="directory to write into")
        parser.add_argument("--telemetry-rows", type=int, help="usage events (default: ~100 per customer with any)")
        parser.add_argument("--as-of", default="2025-03-28", help="day of the snapshot, YYYY-MM-DD")
        parser.add_argument(
            "--full", action="store_true", help="usage events in the real proportion (30.8 M at 10,615)"
        )
        parser.add_argument("--force", action="store_true", help="write into a directory that holds other files")
        parser.add_argument("--json", action="store_true", help="print one JSON object on standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the directory; refuse with one clear line."""
        from accounts.demo.generate import NotOurDirectory, generate  # numpy and pyarrow: only this command

        if options["full"] and options["telemetry_rows"] is not None:
            raise CommandError("give either --full or --telemetry-rows, not both")
        if options["seed"] < 0:
            raise CommandError("--seed must be 0 or more")
        try:
            files = generate(
                options["out"],
                customers=options["customers"],
                seed=options["seed"],
                as_of=_day(options["as_of"]),
                telemetry_rows=options["telemetry_rows"],
                full=options["full"],
                force=options["force"],
                report=self._report if options["verbosity"] > 0 else lambda _: None,
            )
        except (NotOurDirectory, ValueError) as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"cannot write to {options['out']}: {error.strerror or error}") from error
        if options["json"]:
            self.stdout.write(json.dumps({"files": [{"name": f.name, "rows": f.rows} for f in files]}))
        else:
            rows = sum(f.rows for f in files)
            self.stdout.write(f"{len(files)} files, {rows:,} rows in {options['out']}")

    def _report(self, line: str) -> None:
        self.stderr.write(line, style_func=str)
