"""``manage.py replay``: past decisions made again, bit for bit."""

import json
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db.models import QuerySet

from accounts import chain
from b2shift.lib.command import DataCommand
from campaigns import decisions, repeats
from campaigns.models import Decision

SHOWN = 20


class Command(DataCommand):
    """Exit code 0 when every decision is made again exactly as it was recorded, 1 otherwise."""

    help = "Make a past decision again from its recorded inputs and compare: replay ID, --all, or --sample N."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        which = parser.add_mutually_exclusive_group()
        which.add_argument("id", type=int, nargs="?", help="the number of a decision")
        which.add_argument("--all", action="store_true", help="every decision")
        which.add_argument("--sample", type=int, metavar="N", help="N decisions at random")
        parser.add_argument("--json", action="store_true", help="print one JSON object on standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        """Replay and report."""
        if options["id"] is not None:
            self._one(options["id"], options["json"])
        else:
            self._many(_chosen(options), options["json"])

    def _one(self, number: int, as_json: bool) -> None:
        decision = Decision.objects.filter(pk=number).first()
        if decision is None:
            if chain.row_flaw(decisions.LOG, number) == "altered":  # its link is there, the row is not
                raise CommandError(
                    f"Decision {number} was sealed and is gone: somebody deleted it. Check all with: manage.py verify"
                )
            raise CommandError(f"There is no decision {number}.")
        done = repeats.replay(decision)
        if as_json:
            self.stdout.write(json.dumps(done.report(), ensure_ascii=False))
        else:
            self._tell(done)
        if done.differences:
            raise SystemExit(1)

    def _many(self, chosen: QuerySet[Decision], as_json: bool) -> None:
        count, differing, changed, lapsed = 0, [], 0, 0
        for done in repeats.replay_many(chosen.iterator(repeats.BATCH)):
            count += 1
            changed += bool(done.changed)
            lapsed += done.lapsed
            if done.differences:
                differing.append(done.report())
            if count % 1000 == 0 and self.stderr.isatty():
                self.stderr.write(f"  {count} decisions")
        report = {
            "identical": not differing,
            "decisions": count,
            "identical_count": count - len(differing) - lapsed,
            "lapsed": lapsed,
            "code_changed": changed,
            "differences": differing[:SHOWN],
        }
        if as_json:
            self.stdout.write(json.dumps(report, ensure_ascii=False))
        else:
            same = f"{count} decisions, {report['identical_count']} identical, {lapsed} whose inputs are kept no longer"
            self.stdout.write(f"{same}, {changed} made by other code than today's.")
            for each in differing[:SHOWN]:
                self.stdout.write(f"  {each['decision']} ({each['kind']}): {each['differences'][0]['path']}")
        if differing:
            raise SystemExit(1)

    def _tell(self, done: repeats.Replay) -> None:
        self.stdout.write(f"Decision {done.decision} ({done.kind}): {_verdict(done)}")
        for each in done.differences:
            self.stdout.write(f"  {each['path']}: recorded {each['recorded']!r}, now {each['now']!r}")
        for name, (then, now) in done.changed.items():
            self.stdout.write(f"  campaigns.{name} has changed since: {then} then, {now} now")
        if done.seal == "unsealed":
            self.stdout.write("  The row waits for its seal.")


def _verdict(done: repeats.Replay) -> str:
    if done.lapsed and not done.differences:
        return "its inputs are kept no longer"
    return "identical" if done.identical else "DIFFERENT"


def _chosen(options: dict[str, Any]) -> QuerySet[Decision]:
    if options["sample"] is not None:
        if options["sample"] < 1:
            raise CommandError("--sample takes a number above 0.")
        return Decision.objects.order_by("?")[: options["sample"]]
    if not options["all"]:
        raise CommandError("Say which decision: its number, --all, or --sample N.")
    return Decision.objects.order_by("pk")
