"""Records which templates the tests render; ``scripts/test.sh`` fails when one is never rendered."""

import os
from pathlib import Path

import pytest
from django.test.signals import template_rendered

_FOLDER = Path(os.environ["B2SHIFT_TEST_HOME"]) / "rendered"  # of all processes
_names: set[str] = set()


def _note(sender: object, template: object, **_: object) -> None:
    name = getattr(template, "name", None)
    if name:
        _names.add(str(name))


def pytest_configure(config: pytest.Config) -> None:
    """Listen from the start; the process that starts the run clears what an earlier run left."""
    template_rendered.connect(_note)
    if "PYTEST_XDIST_WORKER" not in os.environ:
        for old in _FOLDER.glob("*.txt"):
            old.unlink()


def pytest_sessionfinish() -> None:
    """Leave the names for ``scripts/unrendered_templates.py``."""
    _FOLDER.mkdir(parents=True, exist_ok=True)
    (_FOLDER / f"{os.getpid()}.txt").write_text("\n".join(sorted(_names)))
