"""What imports left behind, as pages and API show it. Nothing here writes."""

from typing import NamedTuple

from django.db.models import BigIntegerField, Count, Q, QuerySet, Sum, Value
from django.db.models.functions import Coalesce

from accounts.models import Finding, Import, ImportFile, QuarantinedRow, Role, User
from accounts.sources.findings import Explanation, explain

READERS = (Role.ANALYST, Role.ADMIN)
ACTIVE = (Import.State.QUEUED, Import.State.RUNNING)


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
    """The rows of an import that wait in quarantine, in the order of their files and lines."""
    return QuarantinedRow.objects.filter(file__run=run).select_related("file").order_by("file__name", "line", "pk")
