"""Workbooks (XLSX): how large their sheets are, found by streaming their XML first; then each sheet as a CSV file of ours.

A reader of sheets makes room for every cell between the first and the last one, so two cells in opposite corners would
kill it. Nothing is handed to it before the corners are known. Formulas come as the values that were saved with them.
"""

import csv
import datetime as dt
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.parsers import expat

from accounts.lake.archive import HIGHEST_RATIO, SMALL
from accounts.lake.bad import BadFile
from accounts.lake.dialect import MOST_COLUMNS

MOST_CELLS = 20_000_000  # of the smallest rectangle around all cells: about 700 MB while it is read
MOST_SHEETS = 100
LARGEST_PART = 4 << 30  # bytes of XML in one part
BLOCK = 1 << 18
QUICK = 1 << 21
_CELL = re.compile(r"([A-Z]{1,4})(\d{1,8})")
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml", re.IGNORECASE)


class _Bounds:
    """The corner of a sheet, from its cells as they stream by; refuses as soon as it lies too far out."""

    def __init__(self) -> None:
        self.row = self.column = self.last_row = self.last_column = 0
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._element
        self.parser.StartDoctypeDeclHandler = self._doctype

    def _doctype(self, *_: Any) -> None:
        raise BadFile("damaged_workbook")

    def _element(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rsplit(":", 1)[-1]
        if name == "row":
            self.row = int(attributes["r"]) if attributes.get("r", "").isdecimal() else self.row + 1
            self.column = 0
        elif name == "c":
            found = _CELL.fullmatch(attributes.get("r", ""))
            self.column = _number(found[1]) if found else self.column + 1
            self.row = int(found[2]) if found else self.row
            self._reach(self.row, self.column)
        elif name == "dimension" and (found := _CELL.fullmatch(attributes.get("ref", "").rsplit(":", 1)[-1])):
            self._reach(int(found[2]), _number(found[1]))

    def _reach(self, row: int, column: int) -> None:
        self.last_row, self.last_column = max(self.last_row, row), max(self.last_column, column)
        if self.last_column > MOST_COLUMNS or self.last_row * self.last_column > MOST_CELLS:
            raise BadFile(
                "sheet_too_large", rows=self.last_row, columns=self.last_column, most=MOST_COLUMNS, cells=MOST_CELLS
            )


def _number(letters: str) -> int:
    """The number of a column: A is 1, XFD is 16,384."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def check(path: Path, *, quick: bool = False) -> None:
    """Stream every part of the workbook and raise ``BadFile`` when it is damaged, a bomb, or far too large to read.

    ``quick`` looks at the first megabytes of each sheet only (enough for whoever must answer at once).
    """
    try:
        with zipfile.ZipFile(path) as book:
            sheets = [entry for entry in book.infolist() if _SHEET.fullmatch(entry.filename)]
            if not sheets:
                raise BadFile("damaged_workbook")
            if len(sheets) > MOST_SHEETS:
                raise BadFile("too_many_sheets", count=len(sheets), most=MOST_SHEETS)
            for entry in book.infolist():
                _check_part(entry)
            for entry in sheets:
                _stream(book, entry, quick)
            if not quick:
                _check_others(book, set(sheets))
    except (zipfile.BadZipFile, expat.ExpatError, EOFError, NotImplementedError, ValueError) as error:
        raise BadFile("damaged_workbook") from error
    except OSError as error:
        if error.errno is not None:
            raise  # the disk, not the file
        raise BadFile("damaged_workbook") from error


def _check_part(entry: zipfile.ZipInfo) -> None:
    if entry.flag_bits & 0x1:
        raise BadFile("encrypted_archive")
    if entry.file_size > LARGEST_PART or (
        entry.file_size > SMALL and entry.file_size > HIGHEST_RATIO * max(1, entry.compress_size)
    ):
        raise BadFile("archive_too_large")


def _stream(book: zipfile.ZipFile, entry: zipfile.ZipInfo, quick: bool) -> None:
    bounds, seen = _Bounds(), 0
    with book.open(entry) as part:
        while block := part.read(BLOCK):
            seen += len(block)
            if seen > entry.file_size:
                raise BadFile("archive_too_large")
            bounds.parser.Parse(block, False)
            if quick and seen >= QUICK:
                return
    bounds.parser.Parse(b"", True)


def _check_others(book: zipfile.ZipFile, done: set[zipfile.ZipInfo]) -> None:
    """The announced sizes of the other parts are not believed either."""
    for entry in book.infolist():
        if entry in done or not entry.filename.lower().endswith((".xml", ".rels")):
            continue
        seen = 0
        with book.open(entry) as part:
            while block := part.read(BLOCK):
                seen += len(block)
                if seen > entry.file_size:
                    raise BadFile("archive_too_large")


def tables(path: Path, folder: Path) -> Iterator[tuple[str, Path]]:
    """Each sheet of a workbook that holds something: its name and a CSV file (comma, decimal point, ISO dates)."""
    import python_calamine as calamine  # native code: only in the process that reads files

    check(path)
    try:
        book = calamine.CalamineWorkbook.from_path(str(path))
    except calamine.CalamineError as error:
        raise BadFile("damaged_workbook") from error
    with book:
        for number, meta in enumerate(book.sheets_metadata):
            if meta.typ != calamine.SheetTypeEnum.WorkSheet:
                continue
            target = folder / f"{path.name}.{number}.csv"
            try:
                filled = _write(book.get_sheet_by_index(number), target)
            except calamine.CalamineError as error:
                raise BadFile("damaged_workbook") from error
            if filled:
                yield meta.name, target


def _write(sheet: Any, target: Path) -> bool:
    """Write the rows that are not blank; False when there are none."""
    filled = False
    with target.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        for row in sheet.iter_rows():
            cells = [cell(value) for value in row]
            if any(cells):
                writer.writerow(cells)
                filled = True
    return filled


def cell(value: Any) -> str:
    """A typed value as text that can be read in one way only.

    ``1.234`` becomes ``1.2340``: three decimals after a point could be thousands elsewhere.
    """
    match value:
        case bool():
            return "TRUE" if value else "FALSE"
        case float():
            return _float(value)
        case dt.datetime():
            return value.date().isoformat() if value.time() == dt.time() else value.isoformat(" ", "seconds")
        case None:
            return ""
        case _:
            return str(value).replace("\0", "")


def _float(value: float) -> str:
    if value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    text = repr(value)
    return text + "0" if re.fullmatch(r"-?\d+\.\d{3}", text) else text
