"""Files that somebody sends: taken whole and queued as one import, or refused whole with nothing left behind."""

import shutil
import uuid
from collections.abc import Iterable, Sequence
from pathlib import Path

from django.conf import settings
from django.core.files import File
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.audit import record
from accounts.ingest.archive import refusal, unpack
from accounts.ingest.run import start
from accounts.lake import sheets
from accounts.lake.archive import kind_of
from accounts.lake.dialect import SAMPLE_BYTES, BadFile, refuse_binary
from accounts.models import Import, User
from b2shift.lib.api import Refused
from b2shift.lib.names import free, safe_name, shown

TABULAR = {".csv", ".txt", ".tsv"}
BOUNDLESS = 1 << 62
BOOKS = {".xlsx", ".xlsm", ".parquet"}
OFFICE = {".xls", ".xlsb", ".ods"}


def receive(files: Iterable[File], user: User | None, channel: str = Import.Channel.UPLOAD) -> Import:
    """Keep ``files`` (or the content of one ZIP) and queue their import; the caller wakes a worker on commit.

    Uploads, the API and the watch folder all come through here; the limit of sizes holds for what people send.

    Raises ``Refused`` with a message that says what to do; then neither a row nor a file remains.
    """
    given = list(files)
    if not given:
        raise Refused("no_files", _("Choose at least one file."))
    folder = _incoming()
    try:
        kept = _take(
            given, folder, BOUNDLESS if channel == Import.Channel.FOLDER else settings.B2SHIFT_MAX_UPLOAD_BYTES
        )
        with transaction.atomic():
            run = _queue(user, kept, folder, channel)
            folder = folder.rename(run.source_path)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return run


def check(file: File) -> None:
    """Pass one file through the same door and keep nothing of it. Raises ``Refused``."""
    folder = _incoming()
    try:
        _take([file], folder, BOUNDLESS)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _incoming() -> Path:
    folder = Path(settings.B2SHIFT_HOME) / "uploads" / f"incoming-{uuid.uuid4().hex}"
    folder.mkdir(parents=True)
    return folder


def _queue(user: User | None, kept: list[Path], folder: Path, channel: str) -> Import:
    size = sum(path.stat().st_size for path in kept)
    run = start(folder, user, channel=channel)
    run.source_path = str(free(folder.parent, str(run.pk)))  # a database set up anew may meet folders of an older one
    run.save(update_fields=["source_path"])
    record(user, f"import.{channel}", run, f"{len(kept)} files, {size} bytes", files=len(kept), bytes=size)
    return run


def _take(files: Sequence[File], folder: Path, limit: int) -> list[Path]:
    """Write every file, unpack a ZIP or GZ in its place, refuse what no import could read."""
    kept: list[Path] = []
    left = limit
    for file in files:
        path = free(folder, safe_name(file.name or ""))
        left -= _write(file, path, left)
        if path.suffix.lower() in {".zip", ".gz"}:
            kept += _unpacked(path, folder)
        else:
            _refuse_unreadable(path, file.name or "")
            kept.append(path)
    return kept


def _write(file: File, path: Path, left: int) -> int:
    """Stream to disk; the sizes are counted, not believed."""
    written = 0
    with path.open("xb") as out:
        for block in file.chunks():
            written += len(block)
            if written > left:
                size = max(1, settings.B2SHIFT_MAX_UPLOAD_BYTES // (1024 * 1024))
                message = _("Together the files are larger than the limit of %(size)s MB. Send fewer at a time.")
                raise Refused("too_large", message % {"size": size})
            out.write(block)
    return written


def _unpacked(path: Path, folder: Path) -> list[Path]:
    if path.stat().st_size == 0:
        raise _empty(path.name)
    if kind_of(path) not in {"zip", "gz"}:
        message = _("“%(file)s” is called ZIP but is none. Make the ZIP again and send it once more.")
        raise Refused("damaged_archive", message % {"file": shown(path.name)})
    kept = unpack(path, folder, settings.B2SHIFT_MAX_UPLOAD_BYTES)
    path.unlink()
    for each in kept:
        if each.suffix.lower() in TABULAR | BOOKS:  # other files of a ZIP are named and skipped by the import
            _refuse_unreadable(each, each.name)
    return kept


def _refuse_unreadable(path: Path, name: str) -> None:
    with path.open("rb") as file:
        head = file.read(SAMPLE_BYTES)
    if not head.strip():
        raise _empty(name)
    kind = kind_of(path)
    if kind == "parquet":
        return
    if kind == "xlsx" or path.suffix.lower() in {".xlsx", ".xlsm"}:
        _refuse_workbook(path)
        return
    try:
        refuse_binary(head)
    except BadFile as error:
        raise Refused(error.code, _not_text(path, name)) from error


def _refuse_workbook(path: Path) -> None:
    """What the first megabytes of each sheet tell; the reader looks at all of it."""
    try:
        sheets.check(path, quick=True)
    except BadFile as error:
        raise refusal(error) from error


def _not_text(path: Path, name: str) -> str:
    if path.suffix.lower() in OFFICE:
        message = _("“%(file)s” is a workbook of a kind that is not read. Open it, save it as XLSX and send that file.")
    else:
        message = _(
            "“%(file)s” is not a text file with separators, whatever its name says (an image, a document or another binary "
            "file). Remove it, or export the table again as CSV (UTF-8)."
        )
    return message % {"file": shown(name)}


def _empty(name: str) -> Refused:
    message = _("“%(file)s” is empty. Export it again, or send the other files without it.")
    return Refused("empty_file", message % {"file": shown(name)})
