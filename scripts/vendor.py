"""Fetch the front-end packages we ship and copy what the pages need into ``static/vendor``.

Run by hand when a version or the list of icons changes: ``python scripts/vendor.py`` (needs npm). The result is
committed, so neither running nor building B2Shift needs npm. ``--from DIR`` reads an existing ``node_modules``.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

VENDOR = Path(__file__).resolve().parent.parent / "static" / "vendor"

# Package → version, where its files go, and which files (source in the package → name here).
PACKAGES: dict[str, tuple[str, str, dict[str, str]]] = {
    "@tabler/core": (
        "1.6.1",
        "tabler",
        {"dist/css/tabler.min.css": "tabler.min.css"},
    ),
    "@tabler/icons": ("3.51.0", "tabler-icons", {"LICENSE": "LICENSE"}),
    "vega": ("6.4.0", "vega", {"build/vega.min.js": "vega.min.js", "LICENSE": "LICENSE"}),
    "vega-lite": ("6.4.3", "vega-lite", {"build/vega-lite.min.js": "vega-lite.min.js", "LICENSE": "LICENSE"}),
    "vega-embed": (
        "7.3.0",
        "vega-embed",
        {"build/vega-embed.min.js": "vega-embed.min.js", "LICENSE": "LICENSE"},
    ),
    "vega-interpreter": ("2.3.2", "vega-interpreter", {"LICENSE": "LICENSE"}),
}

ICONS = """
activity ad-2 address-book adjustments-horizontal affiliate alert-circle alert-octagon alert-triangle api
archive arrow-back-up arrow-down arrow-left arrow-narrow-right arrow-right arrow-up at award ban bell bolt
book books box brain briefcase building building-community building-factory-2 building-skyscraper
building-store bulb calculator calendar calendar-event calendar-time cash chart-arcs chart-area chart-bar
chart-bubble chart-donut chart-dots chart-dots-3 chart-histogram chart-line chart-pie chart-scatter check
checkbox checklist chevron-down chevron-left chevron-right chevron-up circle circle-check circle-dashed
circle-dot circle-x clipboard clipboard-check clipboard-list clock clock-pause cloud-upload code coin columns
copy credit-card database database-import device-desktop device-floppy device-mobile discount dots
dots-vertical download edit external-link eye eye-off file file-alert file-analytics file-check
file-description file-export file-import file-off file-spreadsheet file-text file-upload filter flag flame
flask folder forms gauge gavel gift git-branch grid-dots grip-vertical hand-stop headset heart heart-handshake
help-circle history home hourglass id inbox info-circle key language layout-dashboard layout-grid lifebuoy
link list list-check list-details loader-2 lock lock-open logout mail mail-check mail-fast mail-off
mail-opened mailbox map-pin math-function menu-2 message message-2 message-chatbot message-report messages
minus mood-empty mood-happy mood-sad mood-smile moon notes package packages password pencil percentage phone
phone-call phone-off photo player-pause player-play player-stop plug plus point presentation-analytics printer
prompt puzzle question-mark receipt refresh report report-analytics report-money robot rocket rotate route rss
ruler scale school search select selector send send-2 server settings shield shield-check shield-half
shield-lock shield-off sitemap sort-ascending sort-descending sparkles speakerphone star stethoscope subtask
sun table tag tags target target-arrow template test-pipe thumb-down thumb-up ticket timeline tool
topology-star-3 trash trending-down trending-up trophy upload urgent user user-check user-circle user-cog
user-exclamation user-minus user-off user-plus user-question user-x users users-group versions wallet wand
webhook world x zoom-in
"""

SOURCE_MAP = re.compile(rb"\s*(//# sourceMappingURL=\S+|/\*# sourceMappingURL=.*?\*/)\s*")
SHAPE = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)


def fetch(folder: Path) -> Path:
    """Install the pinned packages into ``folder`` without running their scripts; returns node_modules."""
    wanted = [f"{name}@{version}" for name, (version, _, _) in PACKAGES.items()]
    subprocess.run(
        ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", str(folder), *wanted],
        check=True,
    )
    return folder / "node_modules"


def sprite(icons: Path) -> bytes:
    """One SVG with a ``<symbol>`` per icon of the list, drawn in the colour of the text around it."""
    symbols = []
    for name in sorted(set(ICONS.split())):
        source = (icons / "icons" / "outline" / f"{name}.svg").read_text(encoding="utf-8")
        found = SHAPE.search(source)
        if not found:
            raise ValueError(f"{name}: not an SVG drawing")
        shape = " ".join(found.group(1).split())
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{shape}</symbol>')
    body = "\n".join(symbols)
    return f'<svg xmlns="http://www.w3.org/2000/svg">\n{body}\n</svg>\n'.encode()


def interpreter(package: Path) -> bytes:
    """The CSP-safe expression interpreter as a classic script that sets ``vegaInterpreter``.

    The package ships an ES module only; its one import comes from vega-util, which the vega bundle exports.
    """
    source = (package / "build" / "vega-interpreter.js").read_text(encoding="utf-8")
    source, imports = re.subn(r"import \{([^}]*)\} from 'vega-util';", r"const {\1} = vega;", source)
    source, exports = re.subn(r"export \{ (\w+) as (\w+) \};", r"window.vegaInterpreter = { \2: \1 };", source)
    if (imports, exports) != (1, 1):
        raise ValueError("vega-interpreter changed its shape: look at build/vega-interpreter.js")
    return SOURCE_MAP.sub(b"\n", f"(function () {{\n{source}\n}})();\n".encode())


def copied(package: Path, files: dict[str, str]) -> dict[str, bytes]:
    """Name here → content, without references to source maps that we do not ship."""
    return {name: SOURCE_MAP.sub(b"\n", (package / path).read_bytes()) for path, name in files.items()}


def main() -> None:
    """Write every file, its licence and ``MANIFEST.json`` (name, version, licence, sha256 per file)."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--from", dest="modules", type=Path, help="an existing node_modules folder")
    given = parser.parse_args().modules
    with tempfile.TemporaryDirectory() as scratch:
        modules = given or fetch(Path(scratch))
        manifest = [vendor(modules, name) for name in PACKAGES]
    (VENDOR / "MANIFEST.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


def vendor(modules: Path, name: str) -> dict[str, object]:
    """Copy one package and return its entry for the manifest; refuses a version other than the pinned one."""
    version, folder, files = PACKAGES[name]
    package = modules / name
    about = json.loads((package / "package.json").read_text(encoding="utf-8"))
    if about["version"] != version:
        raise ValueError(f"{name}: found {about['version']}, pinned {version}")
    contents = copied(package, files)
    if name == "@tabler/core":
        contents["LICENSE"] = TABLER_LICENCE.encode()
    elif name == "@tabler/icons":
        contents["sprite.svg"] = sprite(package)
    elif name == "vega-interpreter":
        contents["vega-interpreter.js"] = interpreter(package)
    shutil.rmtree(VENDOR / folder, ignore_errors=True)
    (VENDOR / folder).mkdir(parents=True)
    for file, content in contents.items():
        (VENDOR / folder / file).write_bytes(content)
    hashes = {f"{folder}/{file}": hashlib.sha256(content).hexdigest() for file, content in sorted(contents.items())}
    return {"name": name, "version": version, "licence": about["license"], "files": hashes}


# The npm package names its licence (MIT) but does not carry the text; this is the text of its repository.
TABLER_LICENCE = """MIT License

Copyright (c) 2018-2026 The Tabler Authors

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""

if __name__ == "__main__":
    main()
