"""Compile ``locale/*/LC_MESSAGES/*.po`` to ``.mo`` without gettext, so that a fresh machine needs Python only."""

import sys
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Compile every catalogue that is newer than its compiled form."""
    for source in sorted((ROOT / "locale").glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        with source.open("rb") as file:
            catalogue = read_po(file, locale=source.parent.parent.name, domain=source.stem)
        with target.open("wb") as file:
            write_mo(file, catalogue)
    return 0


if __name__ == "__main__":
    sys.exit(main())
