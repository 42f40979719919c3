"""A mapping tried on a file before it is saved: runs the import's own code in a process of its own, stores nothing."""

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext

from accounts.ingest import reader
from accounts.lake.job import Arrived, FileReport, KnownTable
from accounts.models import Import, MappedSource
from accounts.sources.findings import explain
from accounts.sources.mapping import Spec
from accounts.sources.refusals import REASONS
from b2shift.lib.api import Refused
from b2shift.lib.lake import Lake

PATIENCE_SECONDS = 120
TRIED = "tried"  # the name of a mapping that has none yet


@dataclass(frozen=True)
class Problem:
    """One kind of problem: what it is, how often, and the first lines with it."""

    code: str
    title: str
    column: str
    count: int
    severity: str
    examples: list[dict[str, Any]]


@dataclass(frozen=True)
class Trial:
    """What an import would do. ``reason`` says why nothing can be read; ``cut``: only the head of the file was tried."""

    read: int
    accepted: int
    quarantined: int
    columns: list[str]
    rows: list[list[str]]
    problems: list[Problem]
    reason: str = ""
    cut: bool = False


def try_out(path: Path, name: str, spec: Spec) -> Trial:
    """Try ``spec`` on the file at ``path`` (called ``name``). Raises ``Refused`` when it takes too much memory or time."""
    home = settings.B2SHIFT_HOME / "work"
    home.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="trial-", dir=home) as folder:
        work = Path(folder)
        job = reader.prepare(Import(source_path=str(path)), work, TRIED)
        job.arrived = [Arrived(str(path), name)]
        job.tables, job.mapped = _around(job.lake, job.tables, spec)
        job.lake = str(work / "lake")
        (work / "job.json").write_text(json.dumps(job.to_json()))
        found = _run(work)
    return _told(found, str(job.mapped[-1]["name"]))


def _around(lake: str, tables: dict[str, KnownTable], spec: Spec) -> tuple[dict[str, KnownTable], list[dict[str, Any]]]:
    """The mapping and the one that it looks customers up in; of the lake, nothing but that one's rows."""
    tried = {**spec, "name": spec.get("name") or TRIED, "active": True}
    through = spec.get("through", "")
    found = MappedSource.objects.filter(name=through).first() if through else None
    if found is None:
        return {}, [tried]
    table = tables.get(through, KnownTable())
    shown = KnownTable([Lake(lake).address(each) for each in table.files], table.rows)
    return {through: shown}, [{**reader.mapping_spec(found), "active": False}, tried]


def _run(work: Path) -> dict[str, Any]:
    with (work / "errors.txt").open("wb") as errors:
        try:
            done = subprocess.run(
                [sys.executable, "-m", "accounts.lake.trial", str(work / "job.json")],
                cwd=settings.BASE_DIR, stdout=subprocess.DEVNULL, stderr=errors, timeout=PATIENCE_SECONDS, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired as error:
            raise Refused("too_slow", gettext("Trying the file took too long. Try a smaller part of it.")) from error
    if done.returncode != 0:
        raise reader.died(done.returncode, (work / "errors.txt").read_text(errors="replace"))
    answer: dict[str, Any] = json.loads((work / "trial.json").read_text())
    return answer


def _told(found: dict[str, Any], name: str) -> Trial:
    reports = [FileReport(**each) for each in found["files"]]
    report = next((each for each in reports if each.source == name), reports[0] if reports else FileReport(name=name))
    reason = ""
    if report.outcome not in {"loaded", "unchanged"}:
        reason = (
            gettext(REASONS[report.reason].sentence) % report.values if report.reason else gettext("Nothing was read.")
        )
    columns, rows = _filled(found["columns"], found["rows"])
    return Trial(
        report.rows,
        report.accepted,
        report.quarantined,
        columns,
        rows,
        _problems(report),
        reason,
        found["cut"],
    )


def _filled(columns: list[str], rows: list[list[str]]) -> tuple[list[str], list[list[str]]]:
    """The columns of the first rows that hold anything: a mapping fills few of the many that a source has."""
    kept = [n for n in range(len(columns)) if any(row[n] for row in rows)]
    return [columns[n] for n in kept], [[row[n] for n in kept] for row in rows]


def _problems(report: FileReport) -> list[Problem]:
    """Findings in words; rows set aside for a reason that is no finding of its own are named too."""
    order = {"error": 0, "warning": 1, "info": 2}
    problems = [
        Problem(
            each["code"], str(explain(each["code"]).title), each["column"], each["count"], explain(each["code"]).severity,
            each["examples"],
        )
        for each in report.findings
    ]  # fmt: skip
    return sorted(problems, key=lambda each: (order[each.severity], -each.count, each.code))
