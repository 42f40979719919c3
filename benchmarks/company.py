"""A company of a benchmark's own: an installation in a folder that is gone afterwards."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@contextmanager
def own(name: str, *command: str, **environment: str) -> Iterator[Path]:
    """The home of a demo installation, made by ``manage.py command``; this process is inside it, ready for ``django.setup()``."""
    home = Path(tempfile.mkdtemp(prefix=f"b2shift-{name}-"))
    os.environ.update(
        {
            "B2SHIFT_HOME": str(home),
            "DATABASE_URL": "",
            "B2SHIFT_DEMO": "1",
            "DJANGO_SETTINGS_MODULE": "b2shift.settings",
            **environment,
        }
    )
    os.chdir(ROOT)
    try:
        subprocess.run([sys.executable, "manage.py", *command], check=True, stdout=subprocess.DEVNULL)
        yield home
    finally:
        from b2shift.lib.embedded import server

        server.stop(home / "postgres")
        shutil.rmtree(home, ignore_errors=True)
