"""What the imports found in a source, sorted by the part of quality that it speaks about."""

from collections import Counter
from dataclasses import dataclass, field

from django.db.models import Max, Sum

from accounts.catalog.datasets import Entry
from accounts.models import Dataset, Finding, ImportFile

# Rules between columns or between sources; everything else that is more than a note is about a value by itself.
BETWEEN = frozenset({
    "updated_before_created", "total_above_full_price", "consent_without_date", "support_nps_orphan_tickets",
    "due_before_issue", "paid_before_issue",
})  # fmt: skip


@dataclass
class Tally:
    """Rows read from the files that make up a source, and how many problems of each sort were found in them."""

    rows: int = 0
    invalid: int = 0
    repeated: int = 0
    inconsistent: int = 0
    by_header: Counter[str] = field(default_factory=Counter)


def files_of(entry: Entry) -> list[int]:
    """The newest reading of each file that the source now consists of."""
    inputs = Dataset.objects.filter(source=entry.name).values_list("inputs", flat=True).first() or {}
    read = ImportFile.objects.filter(source=entry.name, sha256__in=list(inputs), rows__gt=0)
    return [row["newest"] for row in read.order_by().values("sha256").annotate(newest=Max("pk"))]


def tally(entry: Entry) -> Tally:
    """Count the findings of a source; all zero for a table, which no file was read for."""
    if entry.source is None:
        return Tally()
    files = files_of(entry)
    found = Tally(ImportFile.objects.filter(pk__in=files).aggregate(rows=Sum("rows"))["rows"] or 0)
    repeated = {entry.source.duplicates, "repeated_key"}
    between = BETWEEN | {entry.source.orphans}
    for finding in Finding.objects.filter(file__in=files):
        if finding.code in repeated:
            found.repeated += finding.count
        elif finding.code in between:
            found.inconsistent += finding.count
        elif finding.severity != Finding.Severity.INFO:
            found.invalid += finding.count
            found.by_header[finding.column] += finding.count
    return found
