"""What imports left behind, as pages and API show it. Nothing here writes."""

from contextlib import suppress
from typing import Any, NamedTuple

from django.db.models import BigIntegerField, Count, F, Q, QuerySet, Sum, Value
from django.db.models.functions import Coalesce

from accounts.ingest.reader import mapping_spec
from accounts.lake.dialect import BadFile
from accounts.lake.mapped import Sources
from accounts.lake.parsing import rules
from accounts.lake.recognise import Match, Unknown, recognise
from accounts.models import (
    Customer,
    Finding,
    Import,
    ImportFile,
    MappedSource,
    Origin,
    QuarantinedRow,
    Role,
    User,
    WatchedFile,
)
from accounts.sources import BY_NAME, Effect, Source
from accounts.sources.findings import Explanation, explain

READERS = (Role.ANALYST, Role.ADMIN)
SHOWN = 8
ANY_DAY = "2000-01-01"  # the rules are asked for their columns, not run
ACTIVE = (Import.State.QUEUED, Import.State.RUNNING)

REPEATABLE = (Import.State.FAILED, Import.State.CANCELLED)


class Noted(NamedTuple):
    """A finding and its explanation in words."""

    finding: Finding
    words: Explanation


def imports(user: User) -> QuerySet[Import]:
    """The imports that ``user`` may see, with ``file_count``, ``row_count``, ``quarantined_count``, ``refused_count``."""
    if user.role not in READERS:
        return Import.objects.none()
    zero = Value(0, output_field=BigIntegerField())
    return (
        Import.objects.select_related("started_by")
        .order_by("-pk")
        .annotate(
            file_count=Count("files"),
            row_count=Coalesce(Sum("files__rows"), zero),
            quarantined_count=Coalesce(Sum("files__quarantined"), zero),
            changed_count=Coalesce(Sum("files__changed"), zero),
            added_count=Coalesce(Sum(F("files__accepted") - F("files__changed"), output_field=BigIntegerField()), zero),
            unchanged_count=Coalesce(Sum("files__unchanged"), zero),
            removed_count=Coalesce(Sum("files__removed"), zero),
            refused_count=Count("files", filter=Q(files__outcome=ImportFile.Outcome.REFUSED)),
        )
    )


def files(run: Import) -> QuerySet[ImportFile]:
    """The files of an import with their findings, by name."""
    return run.files.prefetch_related("findings").order_by("name")


def noted(file: ImportFile) -> list[Noted]:
    """The findings of a file in words: errors first, then the most frequent."""
    order = {Finding.Severity.ERROR: 0, Finding.Severity.WARNING: 1, Finding.Severity.INFO: 2}
    found = sorted(
        file.findings.all(), key=lambda each: (order[Finding.Severity(each.severity)], -each.count, each.code)
    )
    return [Noted(each, explain(each.code)) for each in found]


def quarantine(run: Import) -> QuerySet[QuarantinedRow]:
    """The rows that an import set aside or tried again, in the order of their files and lines."""
    rows = QuarantinedRow.objects.filter(Q(file__run=run) | Q(retry=run))
    return rows.select_related("file", "retry", "resolved_by").order_by("file__name", "line", "pk")


def totals(run: Import) -> dict[str, int]:
    """What became of all rows set aside: ``total`` (complete), ``kept`` here one by one, and how many of those wait or not."""
    kept = quarantine(run).aggregate(
        kept=Count("pk"),
        waiting=Count("pk", filter=Q(resolved_at=None)),
        mended=Count("pk", filter=Q(resolution=QuarantinedRow.Resolution.MENDED)),
        discarded=Count("pk", filter=Q(resolution=QuarantinedRow.Resolution.DISCARDED)),
    )
    total = kept["kept"]
    if run.channel != Import.Channel.MENDED:
        total = run.files.aggregate(total=Coalesce(Sum("quarantined"), Value(0, output_field=BigIntegerField())))[
            "total"
        ]
    return {"total": total, **kept, "beyond": max(0, total - kept["kept"])}


def faulty(row: QuarantinedRow, cells: list[str]) -> set[int]:
    """Positions of the cells that the reason speaks of; empty where it is the whole row (or an unknown kind of file)."""
    match = None if row.reason in {"ragged_row", "long_row"} else _match_of(row.file)
    if match is None:
        return set()
    positions = match.positions
    places = {positions[name] for name in _columns_of(match.source, positions, row.reason) if name in positions}
    empty = row.reason in {"missing_value", "blank_key"}
    likely = {place for place in places if bool(cells[place].strip()) != empty}
    return likely or places


def _match_of(file: ImportFile) -> Match | None:
    """Which column of the file is which field, as the file was recognised: declared, or mapped by people."""
    header = tuple(file.header)
    if file.source in BY_NAME:
        with suppress(BadFile, Unknown):
            return recognise(header, file.name)
        return None
    made = Sources([mapping_spec(each) for each in MappedSource.objects.filter(name=file.source)])
    return next((each for each in made.matches(header) if each.source.name == file.source), None)


def _columns_of(source: Source, present: dict[str, int], reason: str) -> set[str]:
    if reason == source.orphans and source.customer:
        return {source.customer.name}
    if reason == "repeated_key":
        return set(source.scope)
    checks = rules(source, present, {}, ANY_DAY)
    return {rule.column for rule in checks if rule.code == reason and rule.effect is Effect.QUARANTINE}


def origins(user: User, customer: Customer, sources: tuple[str, ...]) -> QuerySet[Origin]:
    """The files that brought or took rows of a customer, the newest first; for whoever may see the customer."""
    if not Customer.objects.visible_to(user).filter(pk=customer.pk).exists():
        return Origin.objects.none()
    mapped = MappedSource.objects.filter(base__in=sources).values("name")
    rows = Origin.objects.filter(Q(file__source__in=sources) | Q(file__source__in=mapped), customer=customer)
    return rows.select_related("file", "file__run", "file__run__started_by").order_by("-file__run__finished_at", "-pk")


def touched(user: User, file: ImportFile) -> QuerySet[Origin]:
    """The customers of whom a file brought or took rows, those with most rows first."""
    rows = Origin.objects.filter(file=file, customer__in=Customer.objects.visible_to(user))
    return rows.select_related("customer").order_by("-rows", "-removed", "customer__code")


def watched() -> dict[str, Any]:
    """The watch folder: what is arriving or being loaded, and the last that were done or refused."""
    open_ = [WatchedFile.State.SEEN, WatchedFile.State.TAKEN]
    rows = WatchedFile.objects.select_related("run")
    return {
        "arriving": list(rows.filter(state__in=open_)[:SHOWN]),
        "over": list(rows.exclude(state__in=open_)[:SHOWN]),
    }
