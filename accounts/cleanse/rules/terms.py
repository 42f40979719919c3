"""Words of a closed vocabulary (industry, status, revenue band …) and of an open one that the data themselves settle."""

from collections.abc import Collection, Mapping

from accounts.cleanse.rules.text import Fix, lost_letters, nearest, readings, tidy
from accounts.reference import squash

OFTEN = 10  # a spelling so many times as frequent as another, and differing in accents or blanks only, is the usual one


def term(value: str, vocabulary: Collection[str]) -> Fix | None:
    """The word of ``vocabulary`` that ``value`` spells differently; None when it is in it already, or in doubt."""
    if value in vocabulary or not squash(value):
        return None
    known: dict[str, str] = {}
    doubled: set[str] = set()
    for each in sorted(vocabulary):
        doubled |= {squash(each)} & known.keys()
        known[squash(each)] = each
    for key in doubled:
        del known[key]
    text = tidy(value)
    if (same := known.get(squash(text))) is not None:
        return Fix("term_spelling", same, 0.99)
    for read in readings(text):
        if (same := known.get(squash(read))) is not None:
            return Fix("term_encoding", same, 0.98)
    pattern = lost_letters(text)
    meant = [word for key, word in known.items() if pattern and pattern.fullmatch(key)]
    if len(meant) == 1:
        return Fix("term_encoding", meant[0], 0.95)
    if any(c.isdigit() for c in text):
        return None  # one digit makes another band or period: no slips there
    slip = nearest(squash(text), known)
    return Fix("term_slip", known[slip], 0.88) if slip else None


def usual(value: str, counts: Mapping[str, int]) -> Fix | None:
    """The far more frequent spelling of the same word among the values that the data hold (``counts``)."""
    alike = [other for other in counts if other != value and squash(other) == squash(value)]
    if not alike or not squash(value):
        return None
    best = max(alike, key=lambda other: (counts[other], other))
    if counts[best] >= OFTEN * max(counts.get(value, 1), 1):
        return Fix("term_usual", best, 0.93)
    return None
