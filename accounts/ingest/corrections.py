"""The quarantine of one file as a spreadsheet: out as CSV, mended there, and back."""

import csv
import io
from collections.abc import Iterator
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.audit import record
from accounts.ingest import mending
from accounts.lake.aside import line
from accounts.models import Import, ImportFile, QuarantinedRow, User
from accounts.sources.findings import explain
from b2shift.lib.api import Refused
from b2shift.lib.export import safe_cell

ID = "b2shift_row"
LEAD = 3  # id, line and reason stand before the file's own columns
LARGEST = 32 << 20


def head(file: ImportFile) -> list[str]:
    """The header of the spreadsheet: the row's id, its line and reason, then the file's own columns."""
    return [ID, str(_("Line")), str(_("Reason")), *file.header]


def lines(file: ImportFile) -> Iterator[list[Any]]:
    """The rows of ``file`` that wait, as they stand now."""
    rows = mending.waiting(QuarantinedRow.objects.filter(file=file)).select_related("file").order_by("line", "pk")
    for row in rows.iterator(2000):
        if mending.is_mendable(row):
            yield [row.pk, row.line, str(explain(row.reason).title), *mending.values(row)]


def bring_back(run: Import, upload: UploadedFile, user: User) -> Import:
    """Keep the corrections of a mended spreadsheet and queue their retry; the caller wakes a worker on commit.

    Raises ``Refused`` (nothing is kept then) when it is not such a spreadsheet, names rows that do not wait here, or
    changes nothing.
    """
    header, given = _read(upload)
    with transaction.atomic():
        known = _waiting(run, header, given)
        changed = [row for pk, row in known.items() if _correct(row, given[pk])]
        if not changed:
            raise Refused("unchanged", _("No row differs from what waits here. Mend the file and send it again."))
        QuarantinedRow.objects.bulk_update(changed, ["mended"], batch_size=1000)
        record(user, "quarantine.bring_back", run, f"{len(changed)} rows", rows=len(changed))
        return mending.retry(QuarantinedRow.objects.filter(pk__in=[row.pk for row in changed]), user)


def _read(upload: UploadedFile) -> tuple[list[str], dict[int, list[str]]]:
    if (upload.size or 0) > LARGEST:
        raise Refused("too_large", _("The file is larger than any list of quarantined rows."))
    data = upload.read(LARGEST)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
    found = next((each for each in ";,\t" if text.lstrip('"').startswith((f"{ID}{each}", f'{ID}"{each}'))), None)
    if found is None:
        raise Refused(
            "not_ours", _("This is not a list of quarantined rows: its first column must be %(id)s.") % {"id": ID}
        )
    try:
        header, *rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=found) if row]
    except csv.Error as error:
        raise Refused("not_ours", _("The file cannot be read as CSV. Save it as CSV (UTF-8) once more.")) from error
    return header[LEAD:], {int(row[0]): row[LEAD:] for row in rows if row[0].isdecimal() and len(row[0]) < 18}


def _waiting(run: Import, header: list[str], given: dict[int, list[str]]) -> dict[int, QuarantinedRow]:
    rows = {row.pk: row for row in mending.held(QuarantinedRow.objects.filter(pk__in=given, file__run=run))}
    if set(rows) != set(given):
        raise Refused(
            "not_waiting",
            _("%(count)s rows of the file do not wait in this import (any more). Download the list again.")
            % {"count": len(set(given) - set(rows))},
        )
    for row in rows.values():
        if header != [str(safe_cell(each)) for each in row.file.header] or len(given[row.pk]) != len(header):
            raise Refused("other_columns", _("The columns are not those of the list. Keep them all, in their order."))
    return rows


def _correct(row: QuarantinedRow, cells: list[str]) -> bool:
    """Put the cells into ``mended``; the apostrophes that an export adds are taken off. True when something changed."""
    old = mending.values(row)
    new = [_undone(cell, before) for cell, before in zip(cells, old, strict=True)]
    row.mended = line(new, row.file.delimiter)
    return new != old


def _undone(cell: str, before: str) -> str:
    if cell == safe_cell(before):
        return before
    cell = mending.plain(cell)
    return cell[1:] if cell.startswith("'") and safe_cell(cell[1:]) == cell else cell
