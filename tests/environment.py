"""Set before Django reads its settings: tests keep everything in a home of their own and never reach a model or a mail server."""

import os
from pathlib import Path

_ALL = os.environ.setdefault("B2SHIFT_TEST_HOME", str(Path(__file__).resolve().parent.parent / "var" / "test"))
# A process of its own is a company of its own: what one sweeps up, another may be working with.
_HOME = Path(_ALL) / os.environ.get("PYTEST_XDIST_WORKER", "")

for name in ("DATABASE_URL", "OPENAI_API_KEY", "EMAIL_URL", "CELERY_BROKER_URL", "B2SHIFT_URL", "SECRET_KEY"):
    os.environ[name] = ""
(_HOME / "static").mkdir(parents=True, exist_ok=True)
os.environ["B2SHIFT_HOME"] = str(_HOME)
os.environ["B2SHIFT_DEMO"] = "1"
os.environ["DEBUG"] = "0"
os.environ["CELERY_BROKER_URL"] = "memory://"
