"""From a file as it came (CSV, workbook, Parquet, ZIP or GZ of these) to the delimited tables in it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from accounts.lake import archive, columnar, sheets
from accounts.lake.bad import BadFile

INTO = " › "  # between the names of a file and of what is inside it
MOST_BYTES = 16 << 30


@dataclass(frozen=True)
class Unfolded:
    """One table. ``kind`` is csv, xlsx or parquet; ``original`` the file that it was made from (``path`` for a CSV)."""

    path: Path
    name: str
    kind: str
    original: Path


@dataclass(frozen=True)
class Failed:
    """What cannot be opened, and why."""

    name: str
    error: BadFile


def unfold(path: Path, name: str, folder: Path, memory_mb: int, most: int = MOST_BYTES) -> Iterator[Unfolded | Failed]:
    """The tables of a file, their names led by ``name``; a ``Failed`` in the place of what cannot be opened.

    ``folder`` (private to this file) takes what is unpacked; ``most`` is the most bytes that an archive may unpack to.
    """
    kind = archive.kind_of(path) if path.stat().st_size else ""
    try:
        if kind == "zip":
            inside = archive.unpack(path, _made(folder / "zip"), most)
            for number, each in enumerate(inside):
                yield from _tables(each, name + INTO + each.name, folder / str(number), memory_mb)
        elif kind == "gz":
            yield from _tables(
                archive.gunzip(path, _made(folder / "gz"), Path(name).name, most), name, folder / "0", memory_mb
            )
        else:
            yield from _tables(path, name, folder, memory_mb)
    except BadFile as error:
        yield Failed(name, error)


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _tables(path: Path, name: str, folder: Path, memory_mb: int) -> Iterator[Unfolded | Failed]:
    kind = archive.kind_of(path) if path.stat().st_size else ""
    try:
        if kind == "xlsx":
            found = 0
            for sheet, table in sheets.tables(path, _made(folder)):
                found += 1
                yield Unfolded(table, name + INTO + sheet, "xlsx", path)
            if not found:
                raise BadFile("blank_workbook")
        elif kind == "parquet":
            yield Unfolded(columnar.table(path, _made(folder), memory_mb), name, "parquet", path)
        elif kind:
            raise BadFile("nested_archive", file=name)
        else:
            yield Unfolded(path, name, "csv", path)
    except BadFile as error:
        yield Failed(name, error)
