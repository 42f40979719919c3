"""``manage.py prescribe``: drafts for the segments that can be acted on."""

import json
from typing import Any

from django.core.management.base import CommandError, CommandParser

from accounts.management.recorded import RecordedCommand
from b2shift.lib.api import Refused
from campaigns import decisions, prescribe


class Command(RecordedCommand):
    """Write one draft per actionable segment without a living campaign and put it up for review."""

    help = "Draft a campaign for every segment that can be activated (a second run adds nothing)."
    logs = decisions.LOGS

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("--segment", metavar="PASSPORT", help="this segment only")
        parser.add_argument("--language", choices=["pt-br", "en"], default="pt-br", help="language of the words")
        parser.add_argument("--json", action="store_true", help="print one JSON object on standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        """Prescribe as the product itself (no author); one clear line where nothing can be drafted."""
        try:
            outcome = prescribe.run(None, options["segment"], options["language"], self._progress)
        except Refused as refusal:
            raise CommandError(refusal.message) from refusal
        report = prescribe.report(outcome)
        if options["json"]:
            self.stdout.write(json.dumps(report, ensure_ascii=False))
            return
        for row in report["campaigns"]:
            self.stdout.write(
                f"{row['segment']}  #{row['id']}  {row['strategy']} / {row['offer']}  {row['status']}  {len(row['findings'])} findings"
            )
        for row in report["skipped"]:
            self.stdout.write(f"{row['segment']}  left alone: {row['reason']}")

    def _progress(self, number: int, total: int, passport: str) -> None:
        self.stderr.write(f"[{number}/{total}] {passport}")
