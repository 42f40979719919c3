"""Which source a file is: decided by its header, never by its name (a name is only a hint in messages)."""

import fnmatch
import re
import unicodedata
from dataclasses import dataclass

from accounts.lake.dialect import BadFile
from accounts.sources import SOURCES, Source


@dataclass(frozen=True)
class Match:
    """A recognised file: its source, the position of each known column, and the headers that nobody knows."""

    source: Source
    positions: dict[str, int]
    unknown: tuple[str, ...]


class Unknown(Exception):
    """A file that is none of ours, named and skipped; the argument is its header."""


def plain(name: str) -> str:
    """A header without case, accents, blanks and punctuation, for comparison."""
    folded = unicodedata.normalize("NFKD", name.casefold())
    return re.sub(r"[^a-z0-9]", "", "".join(c for c in folded if not unicodedata.combining(c)))


_OWN: dict[str, dict[str, set[str]]] = {
    source.name: {column.name: {plain(h) for h in column.headers} for column in source.columns} for source in SOURCES
}
_DECLARED: dict[str, set[str]] = {
    source.name: {plain(h) for column in source.columns for h in (column.header, *column.others)} for source in SOURCES
}


def recognise(header: tuple[str, ...], file_name: str) -> Match:
    """The source whose needed columns are all there and that explains most of the header.

    Raises ``BadFile`` for a file that is nearly one of ours (it names what is missing) and ``Unknown`` for any other.
    """
    names = [plain(name) for name in header]
    candidates = [(_explained(source, names), source) for source in SOURCES if not _missing(source, names)]
    if candidates:
        best = max(candidates, key=lambda pair: (pair[0], len(pair[1].columns)))[1]
        return _match(best, header, names)
    nearest = _nearest(names, file_name)
    if nearest is None:
        raise Unknown(", ".join(header[:6]) + (" …" if len(header) > 6 else ""))
    missing = [nearest.column(name).header for name in _missing(nearest, names)]
    found = ", ".join(header[:12]) + (" …" if len(header) > 12 else "")
    raise BadFile("missing_column", source=nearest.name, columns=", ".join(missing), found=found)


def _missing(source: Source, names: list[str]) -> list[str]:
    known = _OWN[source.name]
    return [column.name for column in source.columns if column.needed and not known[column.name] & set(names)]


def _explained(source: Source, names: list[str]) -> tuple[int, int]:
    """Columns found under their own header, then under any header."""
    declared = len(_DECLARED[source.name] & set(names))
    return declared, sum(bool(headers & set(names)) for headers in _OWN[source.name].values())


def _nearest(names: list[str], file_name: str) -> Source | None:
    for source in SOURCES:
        if fnmatch.fnmatch(file_name.casefold(), source.pattern) and _explained(source, names)[0]:
            return source
    shares = [(_explained(source, names)[0] / len(source.columns), source) for source in SOURCES]
    share, source = max(shares, key=lambda pair: (pair[0], len(pair[1].columns)))
    return source if share >= 0.5 else None


def _match(source: Source, header: tuple[str, ...], names: list[str]) -> Match:
    positions: dict[str, int] = {}
    for column in source.columns:
        for wanted in column.headers:  # the column's own header first
            if plain(wanted) in names and names.index(plain(wanted)) not in positions.values():
                positions[column.name] = names.index(plain(wanted))
                break
    unknown = tuple(name for index, name in enumerate(header) if index not in positions.values() and name)
    return Match(source, positions, unknown)


def named_like_ours(file_name: str) -> bool:
    """True when the name is that of one of the sources: such a file is refused when bad, others are skipped."""
    return any(fnmatch.fnmatch(file_name.casefold(), source.pattern) for source in SOURCES)
