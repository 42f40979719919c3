"""How a delimited file is written, found from its bytes: encoding, separator, line ends, header, decimal signs.

A file that cannot be read whole is refused here, with a message that says what to do; nothing is guessed in silence.
"""

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from accounts.sources.refusals import REASONS

SEPARATORS = (";", ",", "\t", "|")
SAMPLE_BYTES = 1 << 18
BLOCK = 1 << 22
LONGEST_HEADER = 1 << 16
_MAGIC = (
    (b"\x89PNG", "PNG"), (b"\xff\xd8\xff", "JPEG"), (b"GIF8", "GIF"), (b"%PDF", "PDF"),
    (b"PK\x03\x04", "ZIP/Excel"), (b"\x1f\x8b", "gzip"), (b"\xd0\xcf\x11\xe0", "Microsoft Office"),
    (b"PAR1", "Parquet"), (b"SQLite format 3", "SQLite"), (b"\x7fELF", "ELF"),
)  # fmt: skip
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


class BadFile(Exception):
    """A file that is refused: a key of ``REASONS`` and the values of its sentence (what is wrong, what to do)."""

    def __init__(self, key: str, **values: str | int) -> None:
        super().__init__(key)
        self.key = key
        self.values = values
        self.code = REASONS[key].code


@dataclass(frozen=True)
class Dialect:
    """How one file is written. ``sample`` holds the first rows as text, split into fields."""

    encoding: str
    separator: str
    header: tuple[str, ...]
    sample: tuple[tuple[str, ...], ...]
    final_newline: bool


def detect(path: Path) -> Dialect:
    """Read the whole file once (in blocks) and say how it is written, or raise ``BadFile``."""
    size = path.stat().st_size
    if size == 0:
        raise BadFile("empty_file")
    with path.open("rb") as file:
        head = file.read(SAMPLE_BYTES)
    refuse_binary(head)
    encoding = _encoding(path, head)
    text = _decode_part(head, encoding, whole=size <= SAMPLE_BYTES)
    if not text.strip():
        raise BadFile("blank_file")
    separator, header = _header(text)
    rows = _sample_rows(text, separator, complete=size <= SAMPLE_BYTES)
    if len(rows) < 2 and size <= SAMPLE_BYTES:
        raise BadFile("header_only", header=", ".join(header[:6]))
    final_newline = _check_end(path, encoding, separator, len(header))
    return Dialect(encoding, separator, tuple(header), tuple(tuple(row) for row in rows[1:]), final_newline)


def refuse_binary(head: bytes) -> None:
    """Raise ``BadFile`` when the first bytes of a file are those of an image, a document or another binary file."""
    for magic, name in _MAGIC:
        if head.startswith(magic):
            raise BadFile("known_format", format=name)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return
    nulls = head.count(0)
    if nulls and not _looks_utf16(head):
        raise BadFile("zero_bytes", count=nulls)
    control = sum(head.count(bytes([byte])) for byte in range(1, 32) if byte not in (9, 10, 12, 13, 26))
    if control > max(8, len(head) // 100):
        raise BadFile("control_characters")


def _looks_utf16(head: bytes) -> bool:
    """True for UTF-16 without a byte-order mark: every second byte of mostly Latin text is zero."""
    even, odd = head[0:2000:2], head[1:2000:2]
    low, high = even.count(0) / max(1, len(even)), odd.count(0) / max(1, len(odd))
    return max(low, high) > 0.7 and min(low, high) < 0.1


def _encoding(path: Path, head: bytes) -> str:
    if head.startswith(codecs.BOM_UTF16_LE):
        return "utf-16-le"
    if head.startswith(codecs.BOM_UTF16_BE):
        return "utf-16-be"
    if head.count(0) and _looks_utf16(head):
        return "utf-16-be" if head[0] == 0 else "utf-16-le"
    sequences, broken = _utf8_census(_blocks(path))
    if broken is None:
        return "utf-8-sig" if head.startswith(codecs.BOM_UTF8) else "utf-8"
    if sequences or head.startswith(codecs.BOM_UTF8):
        raise BadFile("mixed_encoding", byte=f"0x{broken[1]:02x}", line=broken[0])
    _refuse_undefined(path)
    return "cp1252"


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            yield block


def _utf8_census(blocks: Iterable[bytes]) -> tuple[int, tuple[int, int] | None]:
    """Bytes beyond ASCII that read well as UTF-8, and (line, byte) of the first byte that does not."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    lines = beyond = 0
    broken: tuple[int, int] | None = None
    for block in (*blocks, b""):
        if broken is not None:
            beyond += _well_formed(block)
            continue
        try:
            text = decoder.decode(block, final=not block)
        except UnicodeDecodeError as error:
            data = error.object
            broken = (lines + data[: error.start].count(b"\n") + 1, data[error.start])
            beyond += _well_formed(data)
        else:
            lines += block.count(b"\n")
            beyond += max(0, len(block) - len(text)) if not text.isascii() else 0
    return beyond, broken


def _well_formed(data: bytes) -> int:
    """Portuguese letters and dashes in UTF-8: they tell damaged UTF-8 from another encoding."""
    return len(re.findall(rb"\xc3[\x80-\xbf]|\xe2\x80[\x93-\xa6]", data))


def _refuse_undefined(path: Path) -> None:
    """cp1252 leaves five bytes without meaning; a text that holds one is in yet another encoding."""
    line = 1
    for block in _blocks(path):
        found = re.search(rb"[\x81\x8d\x8f\x90\x9d]", block)
        if found:
            line += block[: found.start()].count(b"\n")
            raise BadFile("unknown_byte", byte=f"0x{block[found.start()]:02x}", line=line)
        line += block.count(b"\n")


def _decode_part(data: bytes, encoding: str, *, whole: bool) -> str:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    try:
        text = decoder.decode(data, final=whole)
    except UnicodeDecodeError as error:
        raise BadFile("wrong_encoding", encoding=encoding, place=error.start) from error
    return text.removeprefix("\ufeff")


def _header(text: str) -> tuple[str, list[str]]:
    """The separator that gives the most header fields and keeps the following rows of one width."""
    best: tuple[tuple[bool, int], str, list[str]] | None = None
    for separator in SEPARATORS:
        rows = _sample_rows(text[:LONGEST_HEADER], separator, complete=False) or _sample_rows(
            text, separator, complete=True
        )
        width = len(rows[0]) if rows else 0
        same = sum(len(row) == width for row in rows[1:]) >= len(rows[1:]) * 0.5
        rank = (same, width)
        if width > 1 and (best is None or rank > best[0]):
            best = (rank, separator, rows[0])
    if best is None:
        first = text.splitlines()[0][:80]
        raise BadFile("no_columns", line=first)
    header = [name.strip() for name in best[2]]
    twice = sorted({name for name in header if name and header.count(name) > 1})
    if twice:
        raise BadFile("repeated_header", columns=", ".join(twice))
    return best[1], header


def _sample_rows(text: str, separator: str, *, complete: bool) -> list[list[str]]:
    """Rows of the sample; the last one is left out unless the sample is the complete file."""
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator) if row]
    except csv.Error:
        return []
    return rows if complete or len(rows) < 3 else rows[:-1]


def _check_end(path: Path, encoding: str, separator: str, width: int) -> bool:
    """Refuse a file that stops in the middle of a row; True when it ends with a line end."""
    size = path.stat().st_size
    with path.open("rb") as file:
        start = max(0, size - LONGEST_HEADER)
        file.seek(start - start % 2)
        tail = file.read().decode("utf-8" if encoding == "utf-8-sig" else encoding, errors="replace")
    if tail.endswith(("\n", "\r")):
        _check_quotes(tail, separator, whole=start == 0)
        return True
    last = re.split(r"[\r\n]+", tail)[-1]
    fields = next(csv.reader([last], delimiter=separator), [])
    if last.count('"') % 2 or len(fields) < width:
        raise BadFile("truncated_row", line=last[-60:], found=len(fields), wanted=width)
    return False


def _check_quotes(tail: str, separator: str, *, whole: bool) -> None:
    """A quote that is opened and never closed swallows the rest of the file."""
    quotes = [line for line in tail.splitlines() if line.count('"') % 2]
    if whole and len(quotes) % 2 and re.search(rf'(^|{re.escape(separator)})"', quotes[-1]):
        raise BadFile("open_quote", line=quotes[-1][:60])


def looks_cut(value: str, *, is_date: bool) -> bool:
    """True when the last value of a file without a final line end is only part of a date."""
    return is_date and bool(value) and not _DATE.match(value) and value[:1].isdigit() and "-" in value


def decimal_sign(values: Iterable[str], declared: str) -> str:
    """``,`` or ``.``: what the values of a column use, the declared sign where they do not tell."""
    comma = dot = 0
    for value in values:
        text = value.strip().lstrip("-+")
        if re.fullmatch(r"\d+,\d{1,2}|\d+,\d{4,}|0+,\d+|[\d.]+,\d*", text):
            comma += 1
        elif re.fullmatch(r"\d+\.\d{1,2}|\d+\.\d{4,}|0+\.\d+|[\d,]+\.\d*(e[+-]?\d+)?", text, re.IGNORECASE):
            dot += not re.fullmatch(r"\d{1,3}(\.\d{3})+", text)
    if comma == dot:
        return declared
    return "," if comma > dot else "."


def transcode(path: Path, encoding: str, target: Path) -> None:
    """Write ``path`` as UTF-8 without a byte-order mark, block by block."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    with target.open("wb") as out:
        first = True
        for block in _blocks(path):
            text = decoder.decode(block)
            out.write((text.removeprefix("\ufeff") if first else text).encode())
            first = False
        out.write(decoder.decode(b"", final=True).encode())
