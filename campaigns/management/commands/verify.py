"""``manage.py verify``: the chain over decisions and audit entries, checked row by row; anchors to keep elsewhere."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from accounts import chain
from b2shift.lib.command import DataCommand
from campaigns import decisions

LOGS = decisions.LOGS
SHOWN = 100


class Command(DataCommand):
    """Exit code 0 when every row is as it was sealed and every anchor stands, 1 with the rows that are not otherwise."""

    help = "Check that no decision and no audit entry was altered, deleted or slipped in."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument(
            "--export", type=Path, metavar="FILE", help="write the newest links, to be kept outside the database"
        )
        parser.add_argument(
            "--against", type=Path, metavar="FILE", help="links that were exported before must still stand"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object on standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        """Seal what waits, check all, report."""
        kept = _read(options["against"]) if options["against"] else []
        decisions.seal()
        flaws = [str(flaw) for log in LOGS for flaw in chain.flaws(log)]
        by_name = {log.name: log for log in LOGS}
        fallen = [each for each in kept if not chain.holds(by_name[each["log"]], each)]
        flaws += [f"{each['log']}: the anchor at {each['position']} does not stand" for each in fallen]
        anchors = [chain.anchor(log) for log in LOGS]
        if options["export"]:
            options["export"].write_text(json.dumps(anchors, indent=1) + "\n")
        if options["json"]:
            self.stdout.write(
                json.dumps({"ok": not flaws, "flaws": flaws[:SHOWN], "count": len(flaws), "anchors": anchors})
            )
        else:
            for flaw in flaws[:SHOWN]:
                self.stdout.write(f"BROKEN {flaw}")
            if not flaws:
                self.stdout.write(
                    ", ".join(f"{each['position']} rows of {each['log']}" for each in anchors)
                    + " are as they were written."
                )
        if flaws:
            raise SystemExit(1)


def _read(path: Path) -> list[dict[str, Any]]:
    try:
        kept = json.loads(path.read_text())
        known = {log.name for log in LOGS}
        if not isinstance(kept, list) or not all(
            each["log"] in known and {"position", "hash"} <= set(each) for each in kept
        ):
            raise ValueError
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CommandError(f"{path} is no file of anchors; write one with --export FILE.") from error
    return kept
