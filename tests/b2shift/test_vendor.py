"""What we ship to the browser: known files, with licences, nothing from elsewhere, nothing inline."""

import hashlib
import json
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import override_settings

BASE = Path(settings.BASE_DIR)
VENDOR = BASE / "static" / "vendor"
MANIFEST = json.loads((VENDOR / "MANIFEST.json").read_text(encoding="utf-8"))
TEMPLATES = sorted((BASE / "templates").rglob("*.html"))
OURS = [*sorted((BASE / "static" / "css").glob("*.css")), *sorted((BASE / "static" / "js").glob("*.js"))]
# A namespace or a schema's name is never fetched.
NAMES = ("http://www.w3.org/", "https://vega.github.io/schema/")
# Mail has no stylesheet: its look is inline by necessity, and no page shows it without a frame of its own.
PAGES = [path for path in TEMPLATES if "mail" not in path.relative_to(BASE / "templates").parts]


def name(path: Path) -> str:
    return str(path.relative_to(BASE))


def test_every_vendored_file_is_the_one_in_the_manifest():
    listed = {path: digest for package in MANIFEST for path, digest in package["files"].items()}
    present = {
        str(path.relative_to(VENDOR)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.rglob("*")
        if path.is_file() and path.name != "MANIFEST.json"
    }
    assert present == listed


@pytest.mark.parametrize("package", MANIFEST, ids=lambda package: package["name"])
def test_every_package_carries_its_licence(package):
    assert package["licence"] in {"MIT", "BSD-3-Clause"}
    licences = [path for path in package["files"] if path.endswith("LICENSE")]
    assert len(licences) == 1
    assert "copyright" in (VENDOR / licences[0]).read_text(encoding="utf-8").lower()


def test_vendored_files_name_no_source_map():
    assert [name(path) for path in VENDOR.rglob("*.*") if b"sourceMappingURL" in path.read_bytes()] == []


@pytest.mark.parametrize("path", [*PAGES, *OURS], ids=name)
def test_nothing_is_fetched_from_elsewhere(path):
    found = re.findall(r"(?:https?:)?//[a-z0-9-]+\.[a-z][^\s\"'<>)]*", path.read_text(encoding="utf-8"))
    assert [address for address in found if not address.startswith(NAMES)] == []


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_no_inline_style_script_or_handler(path):
    source = re.sub(r"{% comment %}.*?{% endcomment %}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert not re.search(r"<style\b", source)
    assert not re.search(r"\sstyle\s*=", source)
    assert not re.search(r"<[^>]*\son[a-z]+\s*=", source)
    assert not re.search(r"javascript:|hx-on|hx-vals=.js:", source)
    scripts = re.findall(r"<script\b([^>]*)>", source)
    assert [
        attributes for attributes in scripts if "src=" not in attributes and "application/json" not in attributes
    ] == []


def test_every_icon_used_is_in_the_sprite():
    drawn = set(
        re.findall(r'<symbol id="([^"]+)"', (VENDOR / "tabler-icons" / "sprite.svg").read_text(encoding="utf-8"))
    )
    used = {
        (icon, name(path))
        for path in TEMPLATES
        for icon in re.findall(r'{% icon "([^"]+)"', path.read_text(encoding="utf-8"))
    }
    used |= {
        (icon, name(path))
        for path in TEMPLATES
        for icon in re.findall(r'\bicon="([^"]+)"', path.read_text(encoding="utf-8"))
    }
    assert used
    assert sorted((icon, place) for icon, place in used if icon not in drawn) == []


def test_the_manifest_of_hashed_names_can_be_made(tmp_path):
    hashed = {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"}
    with override_settings(STATIC_ROOT=tmp_path, STORAGES={**settings.STORAGES, "staticfiles": hashed}):
        call_command("collectstatic", interactive=False, verbosity=0)
    paths = json.loads((tmp_path / "staticfiles.json").read_text(encoding="utf-8"))["paths"]
    wanted = {
        found for path in TEMPLATES for found in re.findall(r'{% static "([^"]+)"', path.read_text(encoding="utf-8"))
    }
    assert wanted
    assert sorted(wanted - paths.keys()) == []


def contrast(one: str, other: str) -> float:
    """WCAG 2 contrast ratio of two ``#rrggbb`` colours."""

    def luminance(colour: str) -> float:
        parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


TOKENS = {
    token: pair
    for token, *pair in re.findall(
        r"--b2-([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)", (BASE / "static/css/b2shift.css").read_text()
    )
}


@pytest.mark.parametrize("tone", ["good", "warn", "bad", "info", "ai", "neutral"])
@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_words_of_state_are_readable(tone, theme):
    assert contrast(TOKENS[tone][theme], TOKENS[f"{tone}-bg"][theme]) >= 4.5


@pytest.mark.parametrize(
    ("ink", "paper"),
    [("text", "ground"), ("text", "surface"), ("quiet", "ground"), ("quiet", "surface"), ("quiet", "side"), ("quiet", "neutral-bg"),
     ("brand-ink", "surface"), ("brand-ink", "ground"), ("brand-ink", "brand-wash"), ("bad", "surface"), ("good", "surface")],
)  # fmt: skip
@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_words_are_readable_on_their_ground(ink, paper, theme):
    assert contrast(TOKENS[ink][theme], TOKENS[paper][theme]) >= 4.5


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_controls_and_marks_stand_out(theme):
    assert contrast("#ffffff", TOKENS["brand"][theme]) >= 4.5
    assert contrast(TOKENS["line-strong"][theme], TOKENS["raised"][theme]) >= 3
    assert contrast(TOKENS["chart-1"][theme], TOKENS["surface"][theme]) >= 3
