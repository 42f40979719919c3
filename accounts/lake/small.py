"""``python -m accounts.lake.small JOB.json``: the rows of one small table that a person sends, in a memory-capped process.

The readers are those of the import: the same encodings, separators and workbooks, and the same reasons for refusing a file.
"""

import csv
import json
import resource
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from accounts.lake import sheets
from accounts.lake.archive import kind_of
from accounts.lake.bad import BadFile
from accounts.lake.dialect import LONGEST_FIELD, detect, refuse_header

Row = tuple[int, list[str]]


def main() -> int:
    """Read the file of the job; the answer goes to ``<work>/rows.json``: header and (line, cells), or why it is refused."""
    job = json.loads(Path(sys.argv[1]).read_text())
    limit = int(job["memory_mb"]) * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    try:
        answer = read(Path(job["path"]), int(job["most_rows"]))
    except BadFile as error:
        answer = {"refused": error.key, "values": error.values}
    partial = Path(job["work"]) / "rows.part"
    partial.write_text(json.dumps(answer))
    partial.rename(Path(job["work"]) / "rows.json")
    return 0


def read(path: Path, most: int) -> dict[str, Any]:
    """``{"header", "rows", "more"}``; ``more``: there are rows beyond ``most``, which are not read. Raises ``BadFile``."""
    rows = _of_workbook(path) if kind_of(path) == "xlsx" else _of_text(path)
    header: list[str] = []
    kept: list[Row] = []
    for line, cells in rows:
        if not any(cells):
            continue
        if not header:
            header = [cell.strip() for cell in cells]
            while header and not header[-1]:
                header.pop()
            refuse_header(header)
        elif len(kept) == most:
            return {"header": header, "rows": kept, "more": True}
        else:
            kept.append((line, cells))
    if not kept:
        raise BadFile("header_only", header=", ".join(header[:6])) if header else BadFile("blank_file")
    return {"header": header, "rows": kept, "more": False}


def _of_text(path: Path) -> Iterator[Row]:
    dialect = detect(path)
    csv.field_size_limit(LONGEST_FIELD)
    with path.open(encoding=dialect.encoding, newline="") as file:
        reader = csv.reader(file, delimiter=dialect.separator, quotechar=dialect.quote)
        before = 0
        for cells in reader:
            yield before + 1, [cell.removeprefix("\ufeff") for cell in cells] if before == 0 else cells
            before = reader.line_num


def _of_workbook(path: Path) -> Iterator[Row]:
    """The first sheet that holds something, by the numbers of its own rows."""
    import python_calamine as calamine  # native code: only in the process that reads files

    sheets.check(path)
    try:
        with calamine.CalamineWorkbook.from_path(str(path)) as book:
            for number, meta in enumerate(book.sheets_metadata):
                if meta.typ != calamine.SheetTypeEnum.WorkSheet:
                    continue
                sheet = book.get_sheet_by_index(number)
                if sheet.start is None:
                    continue
                for offset, row in enumerate(sheet.iter_rows()):
                    yield sheet.start[0] + offset + 1, [sheets.cell(value) for value in row]
                return
    except calamine.CalamineError as error:
        raise BadFile("damaged_workbook") from error


if __name__ == "__main__":
    sys.exit(main())
