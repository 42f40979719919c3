"""ZIP and GZ files that strangers made: looked through before anything is unpacked, counted while it is."""

import gzip
import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import IO

from accounts.lake.bad import BadFile
from b2shift.lib.names import free, safe_name, shown

MOST_ENTRIES = 200
HIGHEST_RATIO = 200  # CSV rarely shrinks below 1/50; a bomb is 1/1000
SMALL = 1 << 20  # bytes; a small file may shrink as it likes
BLOCK = 1 << 20
NESTED = {".zip", ".gz", ".tgz", ".bz2", ".xz", ".zst", ".7z", ".rar", ".tar", ".cab", ".jar"}
ARCHIVE_STARTS = (b"PK\x03\x04", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd")
WORKBOOK = "xl/workbook.xml"


def kind_of(path: Path) -> str:
    """``zip``, ``xlsx``, ``gz`` or ``parquet`` by the bytes of the file, never by its name; else an empty text."""
    with path.open("rb") as file:
        head = file.read(4)
        file.seek(max(0, path.stat().st_size - 4))
        tail = file.read(4)
    if head == tail == b"PAR1":
        return "parquet"
    if head[:2] == b"\x1f\x8b":
        return "gz"
    if head not in {b"PK\x03\x04", b"PK\x05\x06"}:  # the second one is an empty ZIP
        return ""
    try:
        with zipfile.ZipFile(path) as archive:
            return "xlsx" if WORKBOOK in archive.NameToInfo else "zip"
    except (zipfile.BadZipFile, OSError, NotImplementedError, EOFError):
        return "zip"


def unpack(path: Path, folder: Path, most: int) -> list[Path]:
    """Unpack the files of a ZIP flat into ``folder``; at most ``most`` bytes. Raises ``BadFile``, leaving parts behind."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = [entry for entry in archive.infolist() if not _is_clutter(entry)]
            _check(entries, most)
            return [_extract(archive, entry, folder) for entry in entries]
    except (zipfile.BadZipFile, EOFError, NotImplementedError, zlib.error, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # the disk, not the file
        raise BadFile("damaged_archive") from error


def gunzip(path: Path, folder: Path, name: str, most: int) -> Path:
    """Unpack a GZ into ``folder`` under the name that it had before; at most ``most`` bytes. Raises ``BadFile``."""
    inner = name[:-3] if name.lower().endswith(".gz") else name
    target = free(folder, safe_name(inner))
    size = path.stat().st_size
    try:
        with gzip.open(path) as source, target.open("xb") as out:
            _copy(source, out, _most_of(size, most), name)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise BadFile("damaged_archive") from error
    return target


def _most_of(compressed: int, most: int) -> int:
    """How much a file of so many packed bytes may unpack to."""
    return min(most, max(SMALL, HIGHEST_RATIO * compressed))


def _is_clutter(entry: zipfile.ZipInfo) -> bool:
    name = PurePosixPath(entry.filename)
    return entry.is_dir() or "__MACOSX" in name.parts or name.name in {".DS_Store", "Thumbs.db"}


def _check(entries: list[zipfile.ZipInfo], most: int) -> None:
    if not entries:
        raise BadFile("empty_archive")
    if len(entries) > MOST_ENTRIES:
        raise BadFile("too_many_files", count=len(entries), most=MOST_ENTRIES)
    for entry in entries:
        _check_entry(entry)
    if sum(entry.file_size for entry in entries) > most:
        raise BadFile("archive_too_large")


def _check_entry(entry: zipfile.ZipInfo) -> None:
    name = entry.orig_filename.replace("\\", "/")
    if name.startswith("/") or ".." in name.split("/") or ":" in name or stat.S_ISLNK(entry.external_attr >> 16):
        raise BadFile("unsafe_path", file=shown(entry.orig_filename))
    if entry.flag_bits & 0x1:
        raise BadFile("encrypted_archive")
    if Path(name).suffix.lower() in NESTED:
        raise BadFile("nested_archive", file=shown(entry.orig_filename))
    if entry.file_size > _most_of(entry.compress_size, entry.file_size):
        raise BadFile("archive_too_large")


def _extract(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, folder: Path) -> Path:
    """One entry under a name of ours. The announced size is not believed: reading stops where it is passed."""
    target = free(folder, safe_name(entry.filename))
    with archive.open(entry) as source, target.open("xb") as out:
        _copy(source, out, entry.file_size, entry.orig_filename)
    if kind_of(target) == "zip":
        raise BadFile("nested_archive", file=shown(entry.orig_filename))
    return target


def _copy(source: IO[bytes] | gzip.GzipFile, out: IO[bytes], most: int, name: str) -> None:
    written = 0
    while block := source.read(BLOCK):
        if not written and block.startswith(ARCHIVE_STARTS[1:]):
            raise BadFile("nested_archive", file=shown(name))
        written += len(block)
        if written > most:
            raise BadFile("archive_too_large")
        out.write(block)
