"""Portuguese is complete: every text of the source has a translation, none is fuzzy, placeholders agree."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent.parent
PO = ROOT / "locale" / "pt_BR" / "LC_MESSAGES" / "django.po"
PLACEHOLDER = re.compile(r"%\(\w+\)[sdif]|%[sdif]|\{\w*\}")


def catalogue() -> list[Message]:
    with PO.open("rb") as file:
        return [message for message in read_po(file, locale="pt_BR") if message.id]


def test_nothing_is_untranslated_or_fuzzy():
    gaps = [
        message.id
        for message in catalogue()
        if message.fuzzy or not all([message.string] if isinstance(message.string, str) else message.string)
    ]
    assert gaps == []


def test_placeholders_survive_translation():
    def marks(text: str) -> set[str]:
        return set(PLACEHOLDER.findall(text))

    broken = []
    for message in catalogue():
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        strings = message.string if isinstance(message.string, tuple) else (message.string,)
        allowed = set.union(*(marks(text) for text in ids))
        if any(marks(text) - allowed for text in strings) or marks(ids[-1]) - marks(strings[-1]):
            broken.append(message.id)
    assert broken == []


@pytest.mark.skipif(shutil.which("xgettext") is None, reason="gettext is not installed on this machine")
def test_the_catalogue_holds_every_text_of_the_source(tmp_path):
    known = {message.id if isinstance(message.id, str) else message.id[0] for message in catalogue()}
    copy = tmp_path / "tree"
    for name in ("b2shift", "accounts", "segments", "campaigns", "insights", "templates"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "locale").mkdir()
    command = [sys.executable, "-m", "django", "makemessages", "--locale", "pt_BR", "--no-location"]
    subprocess.run(command, cwd=copy, check=True, capture_output=True)
    with (copy / "locale" / "pt_BR" / "LC_MESSAGES" / "django.po").open("rb") as file:
        wanted = {
            message.id if isinstance(message.id, str) else message.id[0] for message in read_po(file) if message.id
        }
    assert sorted(wanted - known) == []
