"""File names that strangers chose: what is shown of them, and the names under which files are kept."""

import unicodedata
from pathlib import Path

LONGEST = 120
_FORBIDDEN = '<>:"|?*'


def shown(name: str) -> str:
    """The name as a message shows it: no control or direction characters, no endless length (HTML is escaped later)."""
    return "".join(letter for letter in name if not unicodedata.category(letter).startswith("C"))[:LONGEST] or "?"


def safe_name(name: str) -> str:
    """A file name without folders, control characters and characters that some system forbids; never empty or hidden."""
    base = unicodedata.normalize("NFC", name.replace("\\", "/").rsplit("/", 1)[-1])
    kept = "".join("_" if letter in _FORBIDDEN else letter for letter in shown(base) if letter.isprintable())
    kept = kept.strip(" .") or "file"
    suffix = Path(kept).suffix[:12]
    stem = kept.removesuffix(suffix)
    while len((stem + suffix).encode()) > LONGEST:
        stem = stem[:-1]
    return stem + suffix


def free(folder: Path, name: str) -> Path:
    """``folder / name``, or with “ (2)”, “ (3)” … where that is taken."""
    path, number = folder / name, 1
    while path.exists():
        number += 1
        path = folder / f"{Path(name).stem} ({number}){Path(name).suffix}"
    return path
