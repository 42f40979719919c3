"""Numeric tables as CSV: read with errors that name line and column, labels written in order."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ABSENT = {"", "na", "nan", "null", "none"}


class TableError(ValueError):
    """The file is not a numeric table; the message says where and why."""


def read(path: Path) -> tuple[list[str], NDArray[np.float64]]:
    """Column names and values (n, d) of a comma- or semicolon-separated table with a header row.

    Empty cells and NA are missing (NaN). Raises TableError for a file that cannot be read, is empty, has a
    ragged row or a cell that is not a finite number.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            head = file.readline()
            if not head.strip():
                raise TableError(f"{path}: the file is empty; a header row and rows of numbers are needed")
            file.seek(0)
            # A lone comma column is as likely as a semicolon one; the more frequent separator of the header
            # decides.
            rows = csv.reader(file, delimiter=";" if head.count(";") > head.count(",") else ",", strict=True)
            names = [name.strip() for name in next(rows)]
            values = [_numbers(path, names, row, rows.line_num) for row in _filled(rows, len(names))]
    except OSError as error:
        raise TableError(f"{path}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise TableError(f"{path}: not a UTF-8 text file (byte {error.start})") from error
    except csv.Error as error:
        raise TableError(f"{path}: not a CSV file ({error})") from error
    if not values:
        raise TableError(f"{path}: there is a header but no row of numbers")
    return names, np.array(values, dtype=np.float64).reshape(len(values), len(names))


def _filled(rows: Iterable[list[str]], width: int) -> Iterator[list[str]]:
    """Rows without blank lines, which are an empty cell only in a table of one column."""
    return (row if row else [""] for row in rows if row or width == 1)


def _numbers(path: Path, names: list[str], row: list[str], line: int) -> list[float]:
    if len(row) != len(names):
        raise TableError(f"{path}, line {line}: {len(row)} cells, the header has {len(names)}")
    return [_number(path, name, cell.strip(), line) for name, cell in zip(names, row, strict=True)]


def _number(path: Path, name: str, cell: str, line: int) -> float:
    if cell.lower() in ABSENT:
        return float("nan")
    try:
        value = float(cell)
    except ValueError:
        raise TableError(f"{path}, line {line}, column {name!r}: {cell[:40]!r} is not a number") from None
    if not np.isfinite(value) or "_" in cell:
        raise TableError(f"{path}, line {line}, column {name!r}: {cell[:40]!r} is not a finite number")
    return value


def write_labels(path: Path, labels: NDArray[np.int64]) -> None:
    """One label per row under the header ``label``. Raises TableError where the file cannot be written."""
    try:
        path.write_text("label\n" + "".join(f"{label}\n" for label in labels.tolist()), encoding="utf-8")
    except OSError as error:
        raise TableError(f"{path}: cannot be written ({error.strerror})") from error
