"""Names every template that no test of the last run rendered; exit code 1 when there is one."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = Path(os.environ.get("B2SHIFT_TEST_HOME", ROOT / "var" / "test")) / "rendered"


def main() -> int:
    """Compare the templates on disk with those that the tests left a note of."""
    rendered = {name for note in FOLDER.glob("*.txt") for name in note.read_text().splitlines()}
    templates = {
        path.relative_to(ROOT / "templates").as_posix()
        for path in (ROOT / "templates").rglob("*")
        if path.suffix in {".html", ".txt"}
    }
    missing = sorted(templates - rendered)
    for name in missing:
        print(f"never rendered by a test: templates/{name}")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
