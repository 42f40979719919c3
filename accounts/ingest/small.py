"""A small table that a person sends to be looked at and confirmed, such as offers: read whole, apart from the web process."""

import json
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from accounts.ingest.archive import refusal
from accounts.ingest.inspection import in_a_child
from accounts.lake.bad import BadFile
from b2shift.lib.api import Refused

MOST_BYTES = 5 << 20
MEMORY_MB = 512
LONGEST_SECONDS = 30


@dataclass(frozen=True)
class SmallTable:
    """Column names, and rows as (line of the file, cells)."""

    header: list[str]
    rows: list[tuple[int, list[str]]]


def read(file: UploadedFile, most_rows: int) -> SmallTable:
    """The table in a CSV or XLSX file. Raises ``Refused`` with what is wrong with the file and what to do."""
    if (file.size or 0) > MOST_BYTES:
        raise Refused(
            "too_large", _("The file is larger than %(size)s MB. Send fewer rows.") % {"size": MOST_BYTES >> 20}
        )
    home = settings.B2SHIFT_HOME / "work"
    home.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix="small-", dir=home))
    try:
        with (work / "file").open("wb") as out:
            for block in file.chunks():
                out.write(block)
        return _table(work, most_rows)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _table(work: Path, most_rows: int) -> SmallTable:
    job = {"path": str(work / "file"), "work": str(work), "memory_mb": MEMORY_MB, "most_rows": most_rows}
    in_a_child("accounts.lake.small", job, work, LONGEST_SECONDS)
    answer = json.loads((work / "rows.json").read_text())
    if "refused" in answer:
        raise refusal(BadFile(answer["refused"], **answer["values"]))
    if answer["more"]:
        raise Refused(
            "too_many_rows", _("The file has more than %(most)s rows. Send fewer at a time.") % {"most": most_rows}
        )
    return SmallTable(answer["header"], [(line, cells) for line, cells in answer["rows"]])
