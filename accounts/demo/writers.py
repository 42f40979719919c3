"""Columns to text and text to files, a million rows at a time, in the byte formats of the sources."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

Columns = list[pa.Array]


@dataclass(frozen=True)
class Layout:
    """How one kind of file is written: header names, separator, encoding, line end."""

    header: tuple[str, ...]
    sep: str = ";"
    encoding: str = "utf-8"
    newline: str = "\r\n"

    def header_line(self) -> str:
        """Return the header line with its line end; a name containing the separator is quoted."""
        names = (f'"{n}"' if self.sep in n else n for n in self.header)
        return self.sep.join(names) + self.newline


def coded(vocabulary: Sequence[str], codes: np.ndarray) -> pa.Array:
    """Return the words of ``vocabulary`` for ``codes``; −1 gives an empty field."""
    words = pa.array([*vocabulary, ""], pa.string())
    return words.take(pa.array(np.where(codes < 0, len(vocabulary), codes)))


def whole(values: np.ndarray) -> pa.Array:
    """Return whole numbers as text."""
    return pa.array(values.astype(np.int64)).cast(pa.string())


def days(values: np.ndarray) -> pa.Array:
    """Return days after 1970 as ``YYYY-MM-DD``."""
    return pa.array(values.astype(np.int32), pa.date32()).cast(pa.string())


def decimals(values: np.ndarray, places: int = 5) -> pa.Array:
    """Return numbers with a decimal comma, at most ``places`` decimals, no trailing zeros (``4,5``,
    ``0``).
    """
    text = pa.array(np.round(values, places) + 0.0).cast(pa.string())
    return pc.replace_substring(text, ".", ",")


def floats(values: np.ndarray) -> pa.Array:
    """Return floats as Python writes them: decimal point, ``.0`` on whole numbers, no exponent below 1e16."""
    text = pa.array(values).cast(pa.string())
    text = pc.if_else(pc.match_substring(text, "."), text, pc.binary_join_element_wise(text, ".0", ""))
    odd = np.flatnonzero((np.abs(values) >= 1e9) | ((values != 0) & (np.abs(values) < 1e-3)))
    if len(odd):
        mask = np.zeros(len(values), dtype=bool)
        mask[odd] = True
        text = pc.replace_with_mask(text, pa.array(mask), pa.array([repr(float(v)) for v in values[odd]]))
    return text


def padded(values: np.ndarray, width: int) -> pa.Array:
    """Return whole numbers with leading zeros."""
    return pc.utf8_lpad(whole(values), width, "0")


def blanked(column: pa.Array, empty: np.ndarray) -> pa.Array:
    """Return ``column`` with the fields at ``empty`` made empty."""
    return pc.if_else(pa.array(empty), "", column)


def constant(word: str, rows: int) -> pa.Array:
    """Return a column that repeats ``word``."""
    return pa.repeat(pa.scalar(word), rows)


def joined(parts: Sequence[pa.Array | str], sep: str = "") -> pa.Array:
    """Return the parts joined row by row."""
    return pc.binary_join_element_wise(*parts, sep)


def with_copies(columns: Columns, positions: np.ndarray) -> Columns:
    """Return the columns with the rows at ``positions`` appended once more."""
    rows = pa.array(positions)
    return [pa.concat_arrays([c, c.take(rows)]) for c in columns]


def duplicate_rows(columns: Columns) -> int:
    """Return how many rows repeat an earlier row exactly."""
    rows = joined(columns, "\x1f")
    return len(rows) - pc.count_distinct(rows).as_py()


def _text(columns: Columns, layout: Layout) -> memoryview:
    """Return the rows as UTF-8 text: the data buffer of the joined column already is the file's body."""
    last = joined([columns[-1], layout.newline])
    rows = joined([*columns[:-1], last], layout.sep)
    offsets = np.frombuffer(rows.buffers()[1], dtype=np.int32)[rows.offset : rows.offset + len(rows) + 1]
    return memoryview(rows.buffers()[2])[int(offsets[0]) : int(offsets[-1])]


class TableWriter:
    """One output file, written in as many blocks as the caller likes."""

    def __init__(self, file: BinaryIO, layout: Layout) -> None:
        self._file = file
        self._layout = layout
        self.rows = 0
        file.write(layout.header_line().encode(layout.encoding))

    def write(self, columns: Columns) -> None:
        """Append rows, one array per header name, all of the same length."""
        if len(columns) != len(self._layout.header):
            raise ValueError(f"{len(columns)} columns for {len(self._layout.header)} names")
        if len(columns[0]) == 0:
            return
        text = _text(columns, self._layout)
        if self._layout.encoding in ("utf-8", "utf-8-sig"):
            self._file.write(text)
        else:
            self._file.write(bytes(text).decode("utf-8").encode(self._layout.encoding))
        self.rows += len(columns[0])


def write_table(path: Path, layout: Layout, columns: Columns) -> int:
    """Write one file at once and return its number of rows."""
    with path.open("wb") as file:
        writer = TableWriter(file, layout)
        writer.write(columns)
    return writer.rows
