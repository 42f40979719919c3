"""Look at a file that nobody declared, in a memory-capped process of its own: kinds, dialect, columns, problems."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.lake.detection import Look
from b2shift.lib.api import Refused

LONGEST_SECONDS = 300


@contextmanager
def inspect(path: Path, name: str = "") -> Iterator[Look]:
    """What is in ``path``. Inside the ``with`` block the tables' files can be read, too; afterwards they are gone.

    Raises ``Refused`` when the file needs more memory or time than allowed; parts that cannot be read are in ``refused``.
    """
    home = settings.B2SHIFT_HOME / "work"
    home.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix="look-", dir=home))
    try:
        yield _run(path, name or path.name, work)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def environment() -> dict[str, str]:
    """What a process that reads files is started with."""
    return {"DJANGO_SETTINGS_MODULE": "b2shift.settings", **os.environ}


def _run(path: Path, name: str, work: Path) -> Look:
    job = {"path": str(path), "name": name, "work": str(work), "memory_mb": settings.IMPORT_MEMORY_MB}
    in_a_child("accounts.lake.detection", job, work)
    return Look.from_json(json.loads((work / "look.json").read_text()))


def in_a_child(module: str, job: dict[str, Any], work: Path, seconds: int = LONGEST_SECONDS) -> None:
    """Run ``python -m module`` on ``job`` in a process of its own, whose answer is in ``work`` afterwards.

    Raises ``Refused`` when it takes more than ``seconds`` or needs more memory than allowed.
    """
    (work / "job.json").write_text(json.dumps(job))
    command = [sys.executable, "-m", module, str(work / "job.json")]
    try:
        ended = subprocess.run(
            command,
            cwd=settings.BASE_DIR,
            env=environment(),
            capture_output=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Refused("reader_slow", _("Looking at the file took too long. Send a smaller part of it.")) from error
    if ended.returncode:
        raise Refused(
            "reader_died",
            _("Looking at the file needed more memory than allowed. Send a smaller part of it, or CSV instead."),
        )
