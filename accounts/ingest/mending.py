"""Rows in quarantine, from refusal to resolution: mended by a person, tried again, or discarded with a reason.

A retry is an import of its own (channel ``mended``): the mended rows of each file become a small file with the same header,
read and checked like any other, and *added* to what is there. What is still wrong stays with its new reason.
"""

import csv
import shutil
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from accounts.audit import record
from accounts.lake.aside import LONGEST, cells, line
from accounts.lake.job import FileReport
from accounts.models import Customer, Import, ImportFile, QuarantinedRow, User
from b2shift.lib.api import Refused

ACTIVE = (Import.State.QUEUED, Import.State.RUNNING)
CONFLICT = "repeated_key"
Resolution = QuarantinedRow.Resolution


def waiting(rows: QuerySet[QuarantinedRow]) -> QuerySet[QuarantinedRow]:
    """Those of ``rows`` that wait for somebody: neither resolved nor being tried right now."""
    return rows.filter(resolved_at=None).exclude(retry__state__in=ACTIVE)


def values(row: QuarantinedRow) -> list[str]:
    """The cells of a row as they stand: mended where a person mended them."""
    file = row.file
    return cells(row.mended or row.raw, file.delimiter, len(file.header))


def is_mendable(row: QuarantinedRow) -> bool:
    """False for rows that are too long to be kept whole and for files read before headers were kept."""
    return bool(row.file.header) and len(row.raw) < LONGEST and row.reason != "long_row"


def mend(row: QuarantinedRow, cells_: list[str], user: User) -> None:
    """Keep a person's correction of one row. Raises ``Refused`` when the row is no longer waiting or cannot be mended."""
    with transaction.atomic():
        if not held(QuarantinedRow.objects.filter(pk=row.pk)):
            raise Refused(
                "not_waiting", _("This row is no longer waiting: it was loaded, discarded or is being tried now.")
            )
        if not is_mendable(row) or len(cells_) != len(row.file.header):
            raise Refused(
                "not_mendable", _("This row is too long to be mended here. Mend it in its file and send that again.")
            )
        text = line([plain(each) for each in cells_], row.file.delimiter)
        QuarantinedRow.objects.filter(pk=row.pk).update(mended="" if text == row.raw else text)
        record(user, "quarantine.mend", row, f"{row.file.name}, line {row.line}")


def plain(cell: str) -> str:
    """What one field of a form may hold: no zero bytes, no line ends (a browser sends none from an input either)."""
    return " ".join(cell.replace("\0", "").splitlines())


def apply_to_all(file: ImportFile, reason: str, column: str, value: str, user: User) -> int:
    """Put one value into ``column`` of every waiting row of ``file`` with this ``reason``; returns how many rows."""
    if column not in file.header:
        raise Refused("unknown_column", _("The file has no such column."))
    place = file.header.index(column)
    with transaction.atomic():
        rows = [row for row in held(file.quarantine.filter(reason=reason)) if is_mendable(row)]
        for row in rows:
            found = values(row)
            found[place] = plain(value)
            row.mended = line(found, file.delimiter)
        QuarantinedRow.objects.bulk_update(rows, ["mended"], batch_size=1000)
        record(user, "quarantine.mend_all", file, f"{file.name}, {reason}, {column}: {len(rows)}"[:300])
    return len(rows)


def held(which: QuerySet[QuarantinedRow]) -> list[QuarantinedRow]:
    """The waiting rows among ``which``, locked until the end of the caller's transaction."""
    rows = waiting(QuarantinedRow.objects.filter(pk__in=which.values("pk"))).select_related("file").order_by("pk")
    found = list(rows.select_for_update(of=("self",)))
    # a retry that began while we waited for the lock is not in the snapshot that chose the rows
    tried = {row.retry_id for row in found if row.retry_id}
    active = set(Import.objects.filter(pk__in=tried, state__in=ACTIVE).values_list("pk", flat=True))
    return [row for row in found if row.retry_id not in active]


def discard(rows: QuerySet[QuarantinedRow], note: str, user: User) -> int:
    """Give rows up for good, with the reason why; returns how many. They stay in the list as discarded."""
    if not note.strip():
        raise Refused("no_note", _("Say why the rows are not needed."))
    with transaction.atomic():
        found = held(rows)
        QuarantinedRow.objects.filter(pk__in=[row.pk for row in found]).update(
            resolution=Resolution.DISCARDED, note=note.strip()[:300], resolved_by=user, resolved_at=Now()
        )
        if found:
            record(user, "quarantine.discard", found[0].file, f"{len(found)} rows: {note}"[:300], rows=len(found))
    return len(found)


def retry(rows: QuerySet[QuarantinedRow], user: User | None) -> Import:
    """Queue an import of these rows as they stand; the caller wakes a worker on commit.

    Raises ``Refused`` when none of them is waiting (a second click finds the first one's retry under way).
    """
    folder: Path | None = None
    try:
        with transaction.atomic():
            found = [row for row in held(rows) if is_mendable(row)]
            if not found:
                raise Refused("nothing_to_retry", _("None of these rows is waiting to be tried again."))
            run = Import.objects.create(channel=Import.Channel.MENDED, started_by=user)
            folder = settings.B2SHIFT_HOME / "uploads" / f"mended-{run.pk}"
            shutil.rmtree(folder, ignore_errors=True)  # a database set up anew may meet folders of an older one
            _write_files(run, found, folder)
            run.source_path = str(folder)
            run.save(update_fields=["source_path"])
            record(user, "quarantine.retry", run, f"{len(found)} rows", rows=len(found))
    except BaseException:
        if folder:
            shutil.rmtree(folder, ignore_errors=True)
        raise
    return run


def _write_files(run: Import, rows_: Iterable[QuarantinedRow], folder: Path) -> None:
    """One CSV per file of origin, named by its id, with the header and separator of old."""
    folder.mkdir(parents=True)
    by_file: dict[ImportFile, list[QuarantinedRow]] = {}
    for row in rows_:
        by_file.setdefault(row.file, []).append(row)
    for file, rows in by_file.items():
        with (folder / f"{file.pk}.csv").open("w", newline="", encoding="utf-8") as out:
            writer = csv.writer(out, delimiter=file.delimiter, lineterminator="\r\n")
            writer.writerow(file.header)
            for number, row in enumerate(rows):
                writer.writerow(values(row))
                row.retry, row.retry_line = run, number + 2
        QuarantinedRow.objects.bulk_update(rows, ["retry", "retry_line"], batch_size=1000)


def may_replace(run: Import, file_id: int) -> list[int]:
    """Lines of a mended file whose person saw that the key holds another row, and tried again all the same."""
    rows = QuarantinedRow.objects.filter(retry=run, file_id=file_id, reason=CONFLICT, resolved_at=None)
    return [line_ for line_ in rows.values_list("retry_line", flat=True) if line_ is not None]


def settle(run: Import, file: ImportFile, report: FileReport, path: Path) -> None:
    """After a retry: loaded rows are resolved, the others wait on with their new reason. Part of the publication."""
    mends = original(path)
    if mends is None or report.outcome == ImportFile.Outcome.REFUSED:
        return
    file.mends = mends
    file.save(update_fields=["mends"])
    bad = {each["line"]: each for each in report.quarantine}
    rows = list(QuarantinedRow.objects.filter(retry=run, file=mends, resolved_at=None))
    for row in rows:
        found = bad.get(row.retry_line)
        if found:
            row.reason, row.waits_for = found["reason"], (found.get("waits") or "")[:40]
    QuarantinedRow.objects.bulk_update(rows, ["reason", "waits_for"], batch_size=1000)
    loaded = [row.pk for row in rows if row.retry_line not in bad]
    QuarantinedRow.objects.filter(pk__in=loaded).update(
        resolution=Resolution.MENDED, resolved_by=run.started_by, resolved_at=Now()
    )


def original(path: Path) -> ImportFile | None:
    """The file whose rows a file of a retry holds: it is named by its id."""
    return ImportFile.objects.filter(pk=int(path.stem)).first() if path.stem.isdecimal() else None


def carry_over(file: ImportFile, rows: list[QuarantinedRow]) -> None:
    """The same bytes were read before and are read again: what people did with a line then holds for it now.

    Older rows that still waited give way to the new ones, with the correction that somebody may have begun. A line that was
    discarded stays discarded; one that was mended is tried again by itself (``retry_by_themselves``).
    """
    older = QuarantinedRow.objects.filter(file__sha256=file.sha256, file__source=file.source).exclude(file=file)
    if not file.sha256 or not file.rows or file.outcome != ImportFile.Outcome.LOADED or not older.exists():
        return
    known = {row.line: row for row in older.exclude(resolution=Resolution.SUPERSEDED).order_by("pk")}
    for row in rows:
        if before := known.get(row.line):
            row.mended = before.mended
            if before.resolution == Resolution.DISCARDED:
                row.resolution, row.note, row.resolved_by = before.resolution, before.note, before.resolved_by
                row.resolved_at = before.resolved_at
    QuarantinedRow.objects.bulk_update(
        rows, ["mended", "resolution", "note", "resolved_by", "resolved_at"], batch_size=1000
    )
    older.filter(resolved_at=None).update(resolution=Resolution.SUPERSEDED, resolved_at=Now())


def retry_by_themselves() -> Import | None:
    """Queue the waiting rows whose customer has arrived, and mended lines that were read once more with their file.

    A row is tried by itself once; what is still wrong then is for a person. Returns the queued import, if there are any.
    """
    arrived = Exists(Customer.objects.filter(code=OuterRef("waits_for")))
    mended = Exists(
        QuarantinedRow.objects.filter(
            file__sha256=OuterRef("file__sha256"), line=OuterRef("line"), resolution=Resolution.MENDED,
            mended=OuterRef("mended"),
        ).exclude(file=OuterRef("file"))
    )  # fmt: skip
    ready = QuarantinedRow.objects.filter(resolved_at=None, retry=None).exclude(file__header=[])
    ready = ready.filter((~Q(waits_for="") & Q(arrived)) | (~Q(mended="") & Q(mended)))
    try:
        return retry(ready, None) if ready.exists() else None
    except Refused:
        return None  # somebody else took them in the meantime
