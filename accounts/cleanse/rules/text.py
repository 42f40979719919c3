"""What rules share: a fix, readings of broken encodings, and distances between spellings."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from accounts.reference import squash

PARTICLES = frozenset({"DE", "DO", "DA", "DOS", "DAS", "D", "E", "EM", "DI", "DEL"})


@dataclass(frozen=True)
class Fix:
    """What a rule makes of a value: the text to keep, the rule's code, how sure it is (0–1), the catalogue's code."""

    rule: str
    after: str
    confidence: float
    code: str = ""


def tidy(text: str) -> str:
    """Without blanks around and repeated blanks inside; a no-break space may be a broken letter and stays."""
    return re.sub(r"[ \t\r\n]+", " ", text).strip(" ")


def words(text: str) -> list[str]:
    """The words of ``text``, squashed; an abbreviation keeps its full stop."""
    found = re.findall(r"[^\W_]+\.?", text)
    return [squash(each) + ("." if each.endswith(".") else "") for each in found if squash(each)]


def readings(text: str) -> Iterator[str]:
    """Other readings of text whose bytes were read in the wrong encoding: UTF-8 twice, CP850 and Windows-1252 mixed up."""
    if text.isascii():
        return
    seen = {text}
    for wrote, read in (
        ("utf-8", "cp1252"),
        ("cp850", "cp1252"),
        ("cp1252", "cp850"),
        ("utf-8", "cp850"),
        ("cp437", "cp1252"),
    ):
        try:
            found = _bytes(text, read).decode(wrote)
        except (UnicodeDecodeError, UnicodeEncodeError):
            continue
        if found not in seen and found.isprintable() and not is_damaged(found):
            seen.add(found)
            yield found


def _bytes(text: str, encoding: str) -> bytes:
    """The bytes that were read as ``text``; Windows-1252 leaves five bytes undefined, which come through as controls."""
    if encoding != "cp1252":
        return text.encode(encoding)
    return b"".join(c.encode("latin-1") if "\x80" <= c <= "\x9f" else c.encode("cp1252") for c in text)


def is_damaged(text: str) -> bool:
    """True when letters were lost: question marks, replacement characters, or signs that no name has."""
    return bool(re.search(r"[?\ufffd]|[^\W\d_\x00-\x7f\xc0-\xff]|[^\w\s.,;:/()'’\"&ºª°+%-]", text))


def lost_letters(text: str) -> re.Pattern[str] | None:
    """A pattern for the squashed name behind ``text`` where each run of strange signs stands for up to two letters."""
    if not is_damaged(text) and text.isascii():
        return None
    parts = re.split(r"[^A-Z0-9\s.,;:/()'’\"&+%-]+", text.upper())
    known = [re.sub(r"[^A-Z0-9]", "", part) for part in parts]
    letters = sum(map(len, known))
    if letters < 4 or len(known) < 2 or letters < 2.5 * (len(known) - 1):
        return None
    return re.compile("[A-Z]{0,2}".join(map(re.escape, known)))


def distance(one: str, other: str, most: int) -> int:
    """Edits between two words (a swap of neighbours is one); ``most + 1`` when there are more than ``most``."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        previous, before, row = before, row, [i] + [0] * len(other)
        for j, b in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, previous[j - 2] + 1)
            row[j] = cost
        if min(row) > most:
            return most + 1
    return min(row[-1], most + 1)


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The only word of ``known`` within one slip (two in long words) and with no other within one more; else None."""
    most = 2 if len(word) >= 11 else 1
    if len(word) < 6:
        return None
    letters = set(word)
    close: list[tuple[int, str]] = []
    for each in known:
        if abs(len(each) - len(word)) > most + 1 or len(letters.symmetric_difference(each)) > 2 * (most + 1):
            continue
        found = distance(word, each, most + 1)
        if found <= most + 1:
            close.append((found, each))
    close.sort()
    if not close or close[0][0] > most:
        return None
    return close[0][1] if len(close) == 1 or close[1][0] > close[0][0] + 1 else None


def by_sound(squashed: str) -> str:
    """A key under which spellings of old and new orthography meet (Brasópolis and Brazópolis, Moji and Mogi)."""
    key = squashed
    for old, new in (
        ("PH", "F"),
        ("TH", "T"),
        ("Y", "I"),
        ("Z", "S"),
        ("K", "C"),
        ("W", "V"),
        ("GE", "JE"),
        ("GI", "JI"),
    ):
        key = key.replace(old, new)
    return re.sub(r"([^AEIOU])\1+", r"\1", key)
