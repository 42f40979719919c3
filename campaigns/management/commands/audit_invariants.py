"""``manage.py audit_invariants``: every promise of sending, checked on the live data."""

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandParser

from b2shift.lib.command import DataCommand
from campaigns import invariants


class Command(DataCommand):
    """Exit code 0 when every promise holds, 1 with the broken ones otherwise."""

    help = "Check every promise of sending on the live data."

    def add_arguments(self, parser: CommandParser) -> None:
        """``--json``: one object ``{"ok", "violations": [{"invariant", "count", "examples"}]}`` on standard output."""
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Check and report."""
        shown = self.stderr.isatty()
        violations = invariants.audit((lambda name: self.stderr.write(f"  {name}")) if shown else None)
        if options["json"]:
            self.stdout.write(json.dumps({"ok": not violations, "violations": [asdict(item) for item in violations]}))
        else:
            self._tell(violations)
        if violations:
            raise SystemExit(1)

    def _tell(self, violations: list[invariants.Violation]) -> None:
        for item in violations:
            self.stdout.write(f"BROKEN {item.invariant}: {item.count}, for example {', '.join(item.examples)}")
        if not violations:
            self.stdout.write(f"{len(invariants.names())} promises hold.")
