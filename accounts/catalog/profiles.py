"""Profiles of what was loaded: one per version of a dataset, made by a task after each import, never inside a web request.

The version is the work: a dataset whose present version has no profile is due. Whoever finds it profiles it in the memory-capped
child and stores the outcome in one transaction; a second worker, or a second call, finds nothing to do.
"""

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import structlog
from django.conf import settings
from django.db import connection, transaction

from accounts.catalog import quality
from accounts.catalog.datasets import BASE, Entry, entries
from accounts.catalog.findings import Tally, tally
from accounts.models import ColumnProfile, Dataset, DatasetProfile, Import

LOCK = 4_215_002  # one worker profiles at a time
LARGE_TABLE = 2_000_000  # rows of a table of the base from which on a sample is read
_SQL_TYPES = {"text": "VARCHAR", "number": "DOUBLE", "date": "DATE", "flag": "BOOLEAN"}
log = structlog.get_logger(__name__)


def refresh() -> list[str]:
    """Profile every dataset whose present version has no profile; returns their names. Safe to call at any time."""
    with _alone() as alone:
        if not alone:
            return []
        due = pending()
        if not due:
            return []
        with _workplace() as work:
            tables = [_job(entry, work) for entry, _version in due]
            answers = _profile(work, tables)
        return [entry.name for entry, version in due if _store(entry, version, answers.get(entry.name, {}))]


def pending() -> list[tuple[Entry, str]]:
    """Datasets whose present version waits for its profile, with that version."""
    known = set(DatasetProfile.objects.values_list("dataset", "version"))
    present = versions()
    return [
        (entry, present[entry.name])
        for entry in entries()
        if entry.name in present and (entry.name, present[entry.name]) not in known
    ]


def versions() -> dict[str, str]:
    """Dataset → a mark of what it holds now: a source's files in the lake, a table's last published import."""
    present = {each.source: _digest(each.files) for each in Dataset.objects.all() if each.files}
    last = Import.objects.filter(state=Import.State.PUBLISHED).order_by("-pk").values_list("pk", flat=True).first()
    if last is not None:
        present |= {entry.name: f"import-{last}" for entry in entries() if entry.layer == BASE}
    return present


def _digest(files: list[str]) -> str:
    return hashlib.sha256("\n".join(files).encode()).hexdigest()


@contextmanager
def _alone() -> Iterator[bool]:
    """True for one caller at a time; the others have nothing to do."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        mine = bool(cursor.fetchone()[0])
    try:
        yield mine
    finally:
        if mine and connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


@contextmanager
def _workplace() -> Iterator[Path]:
    home = settings.B2SHIFT_HOME / "work"
    home.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix="profile-", dir=home))
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _job(entry: Entry, work: Path) -> dict[str, Any]:
    """What the child is told about one dataset; a table of the base is written out for it."""
    job: dict[str, Any] = {
        "name": entry.name, "columns": [each.name for each in entry.columns], "key": list(entry.key),
        "masked": entry.masked,
    }  # fmt: skip
    if entry.table is None:
        root = Path(str(settings.LAKE_URL).removeprefix("file://"))
        files: list[str] = Dataset.objects.values_list("files", flat=True).get(source=entry.name)
        return job | {"parquet": [str(root / each) for each in files]}
    path = work / f"{entry.name}.csv"
    _write_out(entry, path)
    return job | {"csv": str(path), "types": {each.name: _SQL_TYPES[each.kind] for each in entry.columns}}


def _write_out(entry: Entry, path: Path) -> None:
    table = entry.table
    if table is None:
        return
    names = ", ".join(f'"{each.name}"' for each in entry.columns)
    with connection.cursor() as cursor, path.open("wb") as out:
        cursor.execute("SELECT reltuples::bigint FROM pg_class WHERE relname = %s", [table.counted])
        about = cursor.fetchone()[0]
        source = f"({table.sql}) whole"
        if about > LARGE_TABLE:
            share = 100 * LARGE_TABLE / about
            sampled = table.sql.replace(f"{table.counted} p", f"{table.counted} p TABLESAMPLE SYSTEM ({share:.4f})")
            source = f"({sampled}) part"
        query = f"COPY (SELECT {names} FROM {source}) TO STDOUT (FORMAT csv, HEADER true)"  # noqa: S608 - our declarations
        with cursor.copy(query) as copy:
            for block in copy:
                out.write(block)


def _profile(work: Path, tables: list[dict[str, Any]]) -> dict[str, Any]:
    """Run the child over ``tables``; a child that died leaves an empty answer, and the next call tries again."""
    job = work / "job.json"
    job.write_text(json.dumps({"work": str(work), "memory_mb": settings.IMPORT_MEMORY_MB, "tables": tables}))
    done = subprocess.run(
        [sys.executable, "-m", "accounts.lake.profiling", str(job)],
        cwd=settings.BASE_DIR, capture_output=True, text=True, check=False,
    )  # fmt: skip
    answer = work / "result.json"
    if done.returncode != 0 or not answer.exists():
        log.warning("profile_failed", code=done.returncode, error=(done.stderr.strip().splitlines() or [""])[-1][:300])
        return {}
    found: dict[str, Any] = json.loads(answer.read_text())
    return found


def _store(entry: Entry, version: str, answer: dict[str, Any]) -> bool:
    """Keep one profile; False where there is none to keep or somebody kept it before."""
    if "rows" not in answer:
        log.warning("profile_failed", dataset=entry.name, error=answer.get("error", "no answer"))
        return False
    found = tally(entry)
    with transaction.atomic():
        profile, made = DatasetProfile.objects.get_or_create(
            dataset=entry.name, version=version, defaults=_measured(entry, answer, found)
        )
        if made:
            ColumnProfile.objects.bulk_create(_columns(entry, profile, answer, found))
    return made


def _measured(entry: Entry, answer: dict[str, Any], found: Tally) -> dict[str, Any]:
    rows, keys = answer["rows"], answer["distinct_keys"]
    filled = [
        (field.needed, 1 - column["missing"] / rows)
        for field in entry.columns
        if rows and (column := answer["columns"].get(field.name))
    ]
    unique = quality.share_without(found.rows, found.repeated) if found.rows else None
    if entry.layer == BASE and keys is not None and rows:
        unique = keys / rows
    run = Dataset.objects.filter(source=entry.name).values_list("updated_by_id", flat=True).first()
    if entry.layer == BASE:
        run = Import.objects.filter(state=Import.State.PUBLISHED).order_by("-pk").values_list("pk", flat=True).first()
    return {
        "run_id": run, "rows": rows, "sampled": answer["sampled"], "seconds": answer["seconds"],
        "completeness": quality.completeness(filled), "uniqueness": unique,
        "validity": quality.share_without(found.rows, found.invalid) if found.rows else None,
        "consistency": quality.share_without(found.rows, found.inconsistent) if found.rows else None,
    }  # fmt: skip


def _columns(entry: Entry, profile: DatasetProfile, answer: dict[str, Any], found: Tally) -> Iterator[ColumnProfile]:
    for field in entry.columns:
        column = answer["columns"].get(field.name)
        if column is None:
            continue
        yield ColumnProfile(
            profile=profile, name=field.name, kind=column["kind"], missing=column["missing"], distinct=column["distinct"],
            invalid=found.by_header.get(field.header, 0) if found.rows else None,
            figures=column["figures"], shape=column["shape"], examples=column["examples"],
        )  # fmt: skip
