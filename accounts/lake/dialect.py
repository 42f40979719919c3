"""How a delimited file is written, found from its bytes: encoding, separator, quotation marks, header, line ends.

A file that cannot be read whole is refused here, with a message that says what to do; nothing is guessed in silence.
"""

import codecs
import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from accounts.lake.bad import BadFile
from accounts.lake.encoding import encoding, looks_utf16, transcode
from accounts.lake.numbers import decimal_sign

__all__ = ["BadFile", "Dialect", "decimal_sign", "detect", "looks_cut", "refuse_binary", "transcode"]

SEPARATORS = (";", ",", "\t", "|")
SAMPLE_BYTES = 1 << 18
LONGEST_HEADER = 1 << 16
MOST_COLUMNS = 1_000
LONGEST_FIELD = 1 << 20
_MAGIC = (
    (b"\x89PNG", "PNG"), (b"\xff\xd8\xff", "JPEG"), (b"GIF8", "GIF"), (b"%PDF", "PDF"),
    (b"PK\x03\x04", "ZIP/Excel"), (b"\x1f\x8b", "gzip"), (b"\xd0\xcf\x11\xe0", "Microsoft Office"),
    (b"PAR1", "Parquet"), (b"SQLite format 3", "SQLite"), (b"\x7fELF", "ELF"),
)  # fmt: skip
_PART_OF_DATE = re.compile(r"\d{4}-(\d{0,2}|\d{2}-\d?)")


@dataclass(frozen=True)
class Dialect:
    """How one file is written. ``sample`` holds the first rows as text, split into fields."""

    encoding: str
    separator: str
    header: tuple[str, ...]
    sample: tuple[tuple[str, ...], ...]
    final_newline: bool
    quote: str = '"'
    header_lines: int = 1  # what DuckDB has to skip: blank lines and the header


def detect(path: Path) -> Dialect:
    """Read the whole file once (in blocks) and say how it is written, or raise ``BadFile``."""
    size = path.stat().st_size
    if size == 0:
        raise BadFile("empty_file")
    with path.open("rb") as file:
        head = file.read(SAMPLE_BYTES)
    refuse_binary(head)
    written, quotes = encoding(path, head)
    whole = size <= SAMPLE_BYTES
    text = _decode_part(head, written, whole=whole)
    if not text.strip():
        raise BadFile("blank_file")
    if not whole and not re.search(r"[\r\n]", text.strip()):
        raise BadFile("endless_line", size=len(head) // 1024)
    quote = _quote(text)
    separator, header = _header(text, quote)
    rows = _sample_rows(text, separator, quote, complete=whole)
    if len(rows) < 2 and whole:
        raise BadFile("header_only", header=", ".join(header[:6]))
    if quote == '"' and quotes % 2:
        _refuse_open_quote(path, written, separator)
    final_newline = _check_end(path, written, separator, quote, len(header))
    lines = _header_lines(text)
    return Dialect(
        written, separator, tuple(header), tuple(tuple(row) for row in rows[1:]), final_newline, quote, lines
    )


def refuse_binary(head: bytes) -> None:
    """Raise ``BadFile`` when the first bytes of a file are those of an image, a document or another binary file."""
    for magic, name in _MAGIC:
        if head.startswith(magic):
            raise BadFile("known_format", format=name)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return
    nulls = head.count(0)
    if nulls and not looks_utf16(head):
        raise BadFile("zero_bytes", count=nulls, line=head[: head.index(0)].count(b"\n") + 1)
    control = sum(head.count(bytes([byte])) for byte in range(1, 32) if byte not in (9, 10, 12, 13, 26))
    if control > max(8, len(head) // 100):
        raise BadFile("control_characters")


def _decode_part(data: bytes, written: str, *, whole: bool) -> str:
    decoder = codecs.getincrementaldecoder(written)("strict")
    try:
        text = decoder.decode(data, final=whole)
    except UnicodeDecodeError as error:
        raise BadFile("wrong_encoding", encoding=written, place=error.start) from error
    return text.removeprefix("\ufeff")


def _quote(text: str) -> str:
    """The quotation mark: double, unless every name of the first line stands between single ones."""
    line = text.lstrip("\r\n").splitlines()[0]
    names = re.split(r"[;,\t|]", line)
    single = len(names) > 1 and all(len(name) > 1 and name[0] == name[-1] == "'" for name in names)
    return "'" if single else '"'


def _reader(text: str, separator: str, quote: str) -> Iterator[list[str]]:
    csv.field_size_limit(LONGEST_FIELD)
    return csv.reader(io.StringIO(text, newline=""), delimiter=separator, quotechar=quote)


def _header(text: str, quote: str) -> tuple[str, list[str]]:
    """The separator that gives the most header fields and keeps the following rows of one width."""
    best: tuple[tuple[bool, int], str, list[str]] | None = None
    start = text[:LONGEST_HEADER] if re.search(r"[\r\n].*[\r\n]", text[:LONGEST_HEADER].strip("\r\n")) else text
    for separator in SEPARATORS:
        rows = _sample_rows(start, separator, quote, complete=False) or _sample_rows(
            text, separator, quote, complete=True
        )
        width = len(rows[0]) if rows else 0
        same = sum(len(row) == width for row in rows[1:]) >= len(rows[1:]) * 0.5
        rank = (same, width)
        if width > 1 and (best is None or rank > best[0]):
            best = (rank, separator, rows[0])
    if best is None:
        raise BadFile("no_columns", line=text.strip().splitlines()[0][:80])
    header = [name.strip() for name in best[2]]
    refuse_header(header)
    return best[1], header


def refuse_header(header: list[str]) -> None:
    """Raise ``BadFile`` for more columns than a table of ours can have, and for names that occur twice."""
    if len(header) > MOST_COLUMNS:
        raise BadFile("too_many_columns", count=len(header), most=MOST_COLUMNS)
    twice = sorted({name for name in header if name and header.count(name) > 1})
    if twice:
        raise BadFile("repeated_header", columns=(", ".join(twice[:6]) + (" …" if len(twice) > 6 else ""))[:400])


def _sample_rows(text: str, separator: str, quote: str, *, complete: bool) -> list[list[str]]:
    """Rows of the sample; the last one is left out unless the sample is the complete file."""
    try:
        rows = [row for row in _reader(text, separator, quote) if row]
    except csv.Error:
        return []
    return rows if complete or len(rows) < 3 else rows[:-1]


def _header_lines(text: str) -> int:
    """Blank lines before the header, and the header (one line for DuckDB, even with line breaks in its names)."""
    lines = re.split(r"\r\n|\r|\n", text[:LONGEST_HEADER])
    return 1 + next((number for number, line in enumerate(lines) if line), 0)


def _refuse_open_quote(path: Path, written: str, separator: str) -> None:
    """A quotation mark that is opened and never closed swallows the rest of the file; an odd number of them may be one."""
    csv.field_size_limit(LONGEST_FIELD)
    with path.open(encoding=written, newline="") as file:
        reader = csv.reader(file, delimiter=separator, strict=True)
        line = 0
        try:
            for _ in reader:
                line = reader.line_num
        except csv.Error as error:
            if "unexpected end" in str(error) or "field larger" in str(error):
                raise BadFile("open_quote", line=line + 1) from error


def _check_end(path: Path, written: str, separator: str, quote: str, width: int) -> bool:
    """Refuse a file that stops in the middle of a row; True when it ends with a line end."""
    size = path.stat().st_size
    with path.open("rb") as file:
        start = max(0, size - LONGEST_HEADER)
        file.seek(start - start % 2)
        tail = file.read().decode("utf-8" if written == "utf-8-sig" else written, errors="replace")
    if tail.endswith(("\n", "\r")):
        return True
    last = re.split(r"[\r\n]+", tail)[-1]
    if last.count(quote) % 2:  # the end of a text with line breaks: the marks of the whole file are even
        return False
    fields = next(csv.reader([last], delimiter=separator, quotechar=quote), [])
    if len(fields) < width:
        raise BadFile("truncated_row", line=last[-60:], found=len(fields), wanted=width)
    return False


def looks_cut(value: str, *, is_date: bool) -> bool:
    """True when the last value of a file without a final line end is only part of a date."""
    return is_date and bool(_PART_OF_DATE.fullmatch(value))
