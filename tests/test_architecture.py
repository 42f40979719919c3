"""The shape of the house, checked by running it."""

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
APPS = ("b2shift", "accounts", "segments", "campaigns", "insights")
HEAVY = ("sklearn", "hdbscan", "duckdb", "pyarrow", "numpy", "pandas", "scipy", "openai", "optuna")


def sources() -> list[Path]:
    """Every Python file of the product."""
    return [path for app in APPS for path in (ROOT / app).rglob("*.py") if "migrations" not in path.parts]


def test_web_processes_load_no_heavy_library():
    code = (
        "import os, sys, json; os.environ['DJANGO_SETTINGS_MODULE'] = 'b2shift.settings'\n"
        "import django; django.setup(); import b2shift.urls\n"
        f"print(json.dumps([name for name in {HEAVY!r} if name in sys.modules]))"
    )
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert json.loads(loaded.stdout.splitlines()[-1]) == []


def test_one_door_to_the_language_model():
    users = [path for path in sources() if re.search(r"^\s*(from|import) openai\b", path.read_text(), re.M)]
    assert [path.relative_to(ROOT).as_posix() for path in users] == ["b2shift/lib/llm.py"]


def test_nobody_connects_django_signals():
    assert [
        path for path in sources() if "django.db.models.signals" in path.read_text() or "@receiver" in path.read_text()
    ] == []


def test_campaign_status_is_written_by_lifecycle_alone():
    writers = [path for path in sources() if "campaigns" in path.parts and _writes_status(ast.parse(path.read_text()))]
    assert [path.relative_to(ROOT).as_posix() for path in writers] == ["campaigns/lifecycle.py"]


def _writes_status(tree: ast.Module) -> bool:
    """Whether the code assigns ``….status`` or calls ``….update(status=…)``."""
    for node in ast.walk(tree):
        updates = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "update"
        if updates and any(keyword.arg == "status" for keyword in node.keywords):
            return True
        targets = node.targets if isinstance(node, ast.Assign) else []
        if any(isinstance(target, ast.Attribute) and target.attr == "status" for target in targets):
            return True
    return False


@pytest.mark.parametrize("name", ["utils.py", "helpers.py", "services.py", "common.py", "misc.py"])
def test_modules_are_named_after_what_they_hold(name):
    assert [path for path in sources() if path.name == name] == []


def test_templates_are_escaped_and_free_of_inline_code():
    offenders = []
    for path in (ROOT / "templates").rglob("*.html"):
        text = path.read_text()
        if "templates/mail" in path.as_posix():
            continue  # mail readers understand inline styles only; the page that shows them has its own policy
        if re.search(r"\son[a-z]+=|\sstyle=|<style|\|\s*safe\b|autoescape off|<script(?![^>]*\bsrc=)", text):
            offenders.append(path.relative_to(ROOT).as_posix())
    assert offenders == []
