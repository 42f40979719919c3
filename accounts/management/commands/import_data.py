"""``manage.py import_data DIR``: load a directory of source files, or one file."""

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from accounts import tasks
from accounts.ingest import import_directory
from accounts.ingest.answers import questions
from accounts.management.recorded import RecordedCommand
from accounts.models import DateOrder, Import, ImportFile
from b2shift.lib.api import Refused


class Command(RecordedCommand):
    """Load files; what cannot be read is refused and changes nothing."""

    help = "Load a directory of source files (or one file). Loading the same files again changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("path", type=Path, metavar="DIR", help="directory with source files, or one file")
        parser.add_argument("--source", help="load files of this source only, for example mrr")
        parser.add_argument(
            "--date-order",
            choices=DateOrder.Order.values,
            default="",
            help="how dates such as 03/04/2025 are meant where a column leaves it open; remembered for the source",
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object on standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        """Load, report, and end with a non-zero code when a file was refused."""
        try:
            run = import_directory(
                options["path"],
                None,
                options["source"],
                self._progress if sys.stderr.isatty() else None,
                options["date_order"],
            )
        except Refused as error:
            raise CommandError(error.message) from error
        tasks.wake_catalog()
        report = summary(run)
        if options["json"]:
            self.stdout.write(json.dumps(report, ensure_ascii=False))
        else:
            self._tell(run, report)
        if run.error or run.state not in {Import.State.PUBLISHED, Import.State.UNCHANGED}:
            hint = "\nAnswer with --date-order dmy, mdy or ymd." if report["questions"] else ""
            raise CommandError(" · ".join(((run.error or "The import did not finish.") + hint).splitlines()))

    def _progress(self, share: int, step: str) -> None:
        self.stderr.write(f"\r{share:3d}%  {step[:60]:<60}", ending="\n" if share == 100 else "", style_func=str)

    def _tell(self, run: Import, report: dict[str, Any]) -> None:
        for each in report["sources"]:
            found = ", ".join(f"{code} {count}" for code, count in each["findings"].items())
            self.stdout.write(
                f"{each['file']} ({each['source']}): {each['rows']} rows, {each['accepted']} accepted, "
                f"{each['unchanged']} unchanged, {each['quarantined']} quarantined" + (f"; {found}" if found else "")
            )
        for each in report["skipped"]:
            self.stdout.write(f"{each['file']}: {each['reason']}")
        self.stdout.write(f"Import {run.pk}: {run.get_state_display()}, {report['customers']} customers")


def summary(run: Import) -> dict[str, Any]:
    """The import as JSON. Per file: rows = accepted + quarantined + unchanged + duplicates (exact repetitions, left out).

    ``money`` says the same of each column of money, exactly (``in`` = the sum of the rest). ``accepted`` = ``added`` + ``changed``;
    ``removed`` counts rows of earlier files that went (``accounts.lake.changes``).
    """
    sources: list[dict[str, Any]] = []
    skipped: list[dict[str, Any]] = []
    for file in run.files.prefetch_related("findings"):
        if file.outcome in {ImportFile.Outcome.SKIPPED, ImportFile.Outcome.REFUSED, ImportFile.Outcome.ASKS}:
            skipped.append(
                {"file": file.name, "reason": file.reason, "refused": file.outcome == ImportFile.Outcome.REFUSED}
            )
            continue
        findings: dict[str, int] = {}
        for found in file.findings.all():
            findings[found.code] = findings.get(found.code, 0) + found.count
        duplicates = file.rows - file.accepted - file.quarantined - file.unchanged
        sources.append({
            "source": file.source, "file": file.name, "outcome": file.outcome, "rows": file.rows, "accepted": file.accepted,
            "quarantined": file.quarantined, "unchanged": file.unchanged, "duplicates": duplicates, "added": file.added,
            "changed": file.changed, "removed": file.removed, "findings": findings, "money": file.money,
        })  # fmt: skip
    return {
        "import": run.pk, "state": run.state, "customers": run.customers, "sources": sources, "skipped": skipped,
        "questions": questions(run),
    }  # fmt: skip
