"""ZIP files that strangers made: looked through before anything is unpacked, counted while it is."""

import stat
import zipfile
from pathlib import Path, PurePosixPath

from django.utils.translation import gettext as _

from accounts.ingest.names import free, safe_name, shown
from b2shift.lib.api import Refused

MOST_ENTRIES = 200
HIGHEST_RATIO = 200  # CSV rarely shrinks below 1/50; a bomb is 1/1000
SMALL = 1 << 20  # bytes; a small file may shrink as it likes
UNPACKED = 8  # times the upload limit
BLOCK = 1 << 20
NESTED = {".zip", ".gz", ".tgz", ".bz2", ".xz", ".zst", ".7z", ".rar", ".tar", ".cab", ".jar"}
ARCHIVE_STARTS = (b"PK\x03\x04", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd")


def is_zip(path: Path) -> bool:
    """True when the bytes are a ZIP's (an Excel workbook is one, too)."""
    with path.open("rb") as file:
        return file.read(4) in {b"PK\x03\x04", b"PK\x05\x06"}  # the second one is an empty ZIP


def unpack(path: Path, folder: Path, limit: int) -> list[Path]:
    """Unpack the files of ``path`` flat into ``folder``; at most ``UNPACKED × limit`` bytes. Raises ``Refused``."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = [entry for entry in archive.infolist() if not _is_clutter(entry)]
            _check(entries, limit * UNPACKED)
            return [_extract(archive, entry, folder) for entry in entries]
    except (zipfile.BadZipFile, EOFError, NotImplementedError, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # the disk, not the file
        raise Refused(
            "damaged_archive", _("The ZIP is damaged or incomplete. Make it again and send it once more.")
        ) from error


def _is_clutter(entry: zipfile.ZipInfo) -> bool:
    name = PurePosixPath(entry.filename)
    return entry.is_dir() or "__MACOSX" in name.parts or name.name in {".DS_Store", "Thumbs.db"}


def _check(entries: list[zipfile.ZipInfo], most: int) -> None:
    if not entries:
        raise Refused("empty_archive", _("The ZIP holds no files. Put the CSV files into it and send it again."))
    if len(entries) > MOST_ENTRIES:
        raise Refused(
            "too_many_files",
            _("The ZIP holds %(count)s files; at most %(most)s are read at once. Split it.")
            % {"count": len(entries), "most": MOST_ENTRIES},
        )
    for entry in entries:
        _check_entry(entry)
    if sum(entry.file_size for entry in entries) > most:
        raise _bomb()


def _check_entry(entry: zipfile.ZipInfo) -> None:
    name = entry.orig_filename.replace("\\", "/")
    file = {"file": shown(entry.orig_filename)}
    if name.startswith("/") or ".." in name.split("/") or ":" in name or stat.S_ISLNK(entry.external_attr >> 16):
        message = _("“%(file)s” in the ZIP points outside of it. Make the ZIP again from plain files.")
        raise Refused("unsafe_path", message % file)
    if entry.flag_bits & 0x1:
        raise Refused("encrypted_archive", _("The ZIP is protected by a password. Send it without one."))
    if Path(name).suffix.lower() in NESTED:
        raise _nested(entry)
    if entry.file_size > SMALL and entry.file_size > HIGHEST_RATIO * max(1, entry.compress_size):
        raise _bomb()


def _extract(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, folder: Path) -> Path:
    """One entry under a name of ours. The announced size is not believed: reading stops where it is passed."""
    target = free(folder, safe_name(entry.filename))
    written = 0
    with archive.open(entry) as source, target.open("xb") as out:
        while block := source.read(BLOCK):
            if not written and block.startswith(ARCHIVE_STARTS) and target.suffix.lower() not in {".xlsx", ".ods"}:
                raise _nested(entry)
            written += len(block)
            if written > entry.file_size:
                raise _bomb()
            out.write(block)
    return target


def _nested(entry: zipfile.ZipInfo) -> Refused:
    message = _("“%(file)s” in the ZIP is an archive itself. Unpack it and put its files into the ZIP directly.")
    return Refused("nested_archive", message % {"file": shown(entry.orig_filename)})


def _bomb() -> Refused:
    return Refused(
        "archive_too_large",
        _("The ZIP would unpack to far more than data of this kind does. Send the files unpacked, a few at a time."),
    )
