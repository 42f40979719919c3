"""In which characters a text file is written, found from all of its bytes; damage is refused with its place."""

import codecs
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from accounts.lake.bad import BadFile

BLOCK = 1 << 22
# between letters these bytes are accented letters in code page 850 (old DOS and mainframe exports) and nonsense in 1252
_CP850 = re.compile(
    rb"[A-Za-z][\x81\x82\x83\x84\x87\x88\x90\xa1\xa2\xb5\xb7\xc6\xe4][A-Za-z\x87\xc6\xe4]|\x87[\xc6\xe4]"
)
_CP1252 = re.compile(
    rb"[A-Za-z][\xc0-\xc3\xc7\xc9\xca\xcd\xd3-\xd5\xda\xe0-\xe3\xe7\xe9\xea\xed\xf3-\xf5\xfa][A-Za-z\xe3\xf5]"
)
_UNDEFINED = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")  # bytes without a meaning in 1252
ENOUGH = 2


@dataclass
class Census:
    """What one pass over the bytes found. ``broken`` is the (place, byte) of the first byte that is no UTF-8."""

    beyond: int = 0  # bytes beyond ASCII that read well as UTF-8
    broken: tuple[int, int] | None = None
    quotes: int = 0
    zero: tuple[int, int] | None = None  # how many zero bytes, and the place of the first


def blocks(path: Path) -> Iterator[bytes]:
    """The bytes of a file, a few megabytes at a time."""
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            yield block


def encoding(path: Path, head: bytes) -> tuple[str, int]:
    """The encoding of the file and how many bytes in it are quotation marks; raises ``BadFile`` when it has none."""
    wide = _utf16(head)
    found = census(blocks(path))
    if wide:
        return wide, found.quotes
    if found.zero:
        raise BadFile("zero_bytes", count=found.zero[0], line=_line(path, found.zero[1]))
    if found.broken is None:
        return ("utf-8-sig" if head.startswith(codecs.BOM_UTF8) else "utf-8"), found.quotes
    if found.beyond or head.startswith(codecs.BOM_UTF8):
        raise BadFile("mixed_encoding", byte=f"0x{found.broken[1]:02x}", line=_line(path, found.broken[0]))
    return _single_byte(path), found.quotes


def _utf16(head: bytes) -> str:
    if head.startswith(codecs.BOM_UTF16_LE):
        return "utf-16-le"
    if head.startswith(codecs.BOM_UTF16_BE):
        return "utf-16-be"
    if head.count(0) and looks_utf16(head):
        return "utf-16-be" if head[0] == 0 else "utf-16-le"
    return ""


def looks_utf16(head: bytes) -> bool:
    """True for UTF-16 without a byte-order mark: every second byte of mostly Latin text is zero."""
    even, odd = head[0:2000:2], head[1:2000:2]
    low, high = even.count(0) / max(1, len(even)), odd.count(0) / max(1, len(odd))
    return max(low, high) > 0.7 and min(low, high) < 0.1


def _line(path: Path, place: int) -> int:
    """The number of the line in which the byte at ``place`` stands: only files that are refused are read once more for it."""
    lines = 1
    for block in blocks(path):
        lines += block[:place].count(b"\n")
        place -= len(block)
        if place <= 0:
            break
    return lines


def census(data: Iterable[bytes]) -> Census:
    """One pass over the bytes. Looking whether a byte occurs is several times faster than counting or decoding: that comes first."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    found, start = Census(), 0
    for block in chain(data, (b"",)):
        if b'"' in block:
            found.quotes += block.count(b'"')
        if 0 in block:
            count, place = found.zero or (0, start + block.index(0))
            found.zero = (count + block.count(0), place)
        if found.broken is not None:
            found.beyond += _well_formed(block)
        elif not block or not block.isascii() or decoder.getstate()[0]:
            _decode(decoder, block, found, start)
        start += len(block)
    return found


def _decode(decoder: codecs.IncrementalDecoder, block: bytes, found: Census, start: int) -> None:
    try:
        text = decoder.decode(block, final=not block)
    except UnicodeDecodeError as error:
        data = error.object  # a few bytes of the block before may lead it
        found.broken = (start + len(block) - len(data) + error.start, data[error.start])
        found.beyond += _well_formed(data)
    else:
        found.beyond += len(text.encode()) - len(text) if not text.isascii() else 0


def _well_formed(data: bytes) -> int:
    """Portuguese letters and dashes in UTF-8: they tell damaged UTF-8 from another encoding."""
    return len(re.findall(rb"\xc3[\x80-\xbf]|\xe2\x80[\x93-\xa6]", data))


def _single_byte(path: Path) -> str:
    """``cp850`` where its letters stand inside words and those of ``cp1252`` do not; else ``cp1252``."""
    old = new = 0
    undefined: tuple[int, int] | None = None
    lines = 0
    for block in blocks(path):
        old += len(_CP850.findall(block))
        new += len(_CP1252.findall(block))
        if undefined is None and (found := _UNDEFINED.search(block)):
            undefined = (lines + block[: found.start()].count(b"\n") + 1, block[found.start()])
        lines += block.count(b"\n")
    if old >= ENOUGH and not new:
        return "cp850"
    if undefined:
        raise BadFile("unknown_byte", byte=f"0x{undefined[1]:02x}", line=undefined[0])
    return "cp1252"


def transcode(path: Path, written: str, target: Path) -> None:
    """Write ``path`` as UTF-8 without a byte-order mark, block by block."""
    decoder = codecs.getincrementaldecoder(written)("strict")
    first, lines = True, 0
    with target.open("wb") as out:
        for block in chain(blocks(path), (b"",)):
            try:
                text = decoder.decode(block, final=not block)
            except UnicodeDecodeError as error:
                raise BadFile("wrong_encoding", encoding=written, place=error.start) from error
            if "\0" in text:
                line = lines + text[: text.index("\0")].count("\n") + 1
                raise BadFile("zero_bytes", count=text.count("\0"), line=line)
            lines += text.count("\n")
            out.write((text.removeprefix("\ufeff") if first else text).encode())
            first = False
