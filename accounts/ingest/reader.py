"""Starts the memory-capped child process that reads files, listens to its progress, and fetches its answer."""

import json
import os
import select
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext_noop as _

from accounts.ingest import answers, mending
from accounts.ingest.archive import UNPACKED
from accounts.lake.job import Arrived, Job, KnownTable, Result
from accounts.models import Dataset, Import, MappedSource
from b2shift.lib.api import Refused
from b2shift.lib.engine import NoEngine, require_engine
from b2shift.lib.lake import Lake, NoLake

BLOCK = 1 << 16
LISTEN_SECONDS = 0.5
Progress = Callable[[int, str], None]


def lake_url() -> str:
    """Where the lake is. Refuses an address that nothing here can write to, and an engine that cannot run here."""
    url = str(settings.LAKE_URL)
    try:
        Lake(url)
        require_engine(settings.LAKE_ENGINE)
    except (NoLake, NoEngine) as error:
        raise Refused("lake_unusable", str(error)) from error
    return url


def arrived(path: Path) -> list[Arrived]:
    """The files to read: the one named, or all in the folder (not in its sub-folders), whatever their order."""
    if path.is_file():
        return [Arrived(str(path), path.name)]
    if not path.is_dir():
        raise Refused("no_such_path", f"There is no file or directory {path}.")
    found = [
        Arrived(str(each), each.name)
        for each in sorted(path.iterdir())
        if each.is_file() and not each.name.startswith(".")
    ]
    if not found:
        raise Refused("empty_directory", f"The directory {path} holds no files.")
    return found


def prepare(run: Import, work: Path, label: str) -> Job:
    """Everything the child needs to know, the customers' codes as a file; reads the database, changes nothing."""
    known = work / "known_customers.csv"
    with connection.cursor() as cursor, known.open("wb") as out:
        with cursor.copy("COPY (SELECT code FROM accounts_customer) TO STDOUT (FORMAT csv)") as copy:
            for block in copy:
                out.write(block)
        cursor.execute("SELECT current_date")
        today = cursor.fetchone()[0]
    tables = {
        each.source: KnownTable(
            each.files, each.rows, each.inputs, each.latest_on.isoformat() if each.latest_on else None
        )
        for each in Dataset.objects.all()
    }
    return Job(
        work=str(work), lake=lake_url(), engine=settings.LAKE_ENGINE, label=label,
        today=today.isoformat(), memory_mb=settings.IMPORT_MEMORY_MB,
        known_customers=str(known), only=run.only or None, tables=tables, additive=run.channel == Import.Channel.MENDED,
        arrived=_with_memory(run, arrived(Path(run.source_path))),
        date_orders=answers.known(), date_order=run.date_order,
        most_bytes=settings.B2SHIFT_MAX_UPLOAD_BYTES * UNPACKED,
        mapped=[mapping_spec(each) for each in MappedSource.objects.all()],
    )  # fmt: skip


def mapping_spec(mapped: MappedSource) -> dict[str, Any]:
    """A mapping as the child takes it."""
    return {
        **mapped.spec,
        "name": mapped.name,
        "title": mapped.title,
        "base": mapped.base,
        "active": mapped.state == MappedSource.State.ACTIVE,
    }


def _with_memory(run: Import, files: list[Arrived]) -> list[Arrived]:
    """Mended rows are few: what the whole file said about decimal signs and dates, and what a person decided, goes with them."""
    if run.channel != Import.Channel.MENDED:
        return files
    for each in files:
        if file := mending.original(Path(each.path)):
            each.name, each.source, each.ways = file.name, file.source, file.ways
            each.replaces = mending.may_replace(run, file.pk)
    return files


def read(job: Job, progress: Progress) -> Result:
    """Run the child to its end; ``progress`` is told what it said last, at least twice a second, and may raise to stop it.

    Raises ``Refused`` when it died: nothing was published then.
    """
    work = Path(job.work)
    (work / "job.json").write_text(json.dumps(job.to_json()))
    with (work / "errors.txt").open("wb") as errors:
        child = subprocess.Popen(
            [sys.executable, "-m", "accounts.lake.child", str(work / "job.json")],
            cwd=settings.BASE_DIR, stdout=subprocess.PIPE, stderr=errors,
        )  # fmt: skip
        try:
            _listen(child, progress)
            child.wait()
        finally:
            if child.poll() is None:
                child.kill()
                child.wait()
    if child.returncode != 0:
        raise died(child.returncode, (work / "errors.txt").read_text(errors="replace"))
    return Result.from_json(json.loads((work / "result.json").read_text()))


def _listen(child: "subprocess.Popen[bytes]", progress: Progress) -> None:
    """Pass on each line of progress, and the last one again while a large file keeps the child silent."""
    if child.stdout is None:
        return
    said: dict[str, Any] = {"progress": 0, "step": ""}
    rest = b""
    pipe = child.stdout.fileno()
    while True:
        ready, _writable, _failed = select.select([pipe], [], [], LISTEN_SECONDS)
        if ready:
            block = os.read(pipe, BLOCK)
            if not block:
                return
            *lines, rest = (rest + block).split(b"\n")
            said = json.loads(lines[-1]) if lines else said
        progress(int(said["progress"]), str(said["step"]))


_OUT_OF_MEMORY = ("MemoryError", "OutOfMemory", "bad_alloc", "failed to map segment", "Cannot allocate memory")


def died(code: int, errors: str) -> Refused:
    """Why a reader process ended without an answer, in words that say what to do."""
    if code < 0 or any(sign in errors for sign in _OUT_OF_MEMORY):
        return Refused(
            "reader_died",
            _(
                "Reading needed more memory than allowed or was stopped. Load fewer files at once, or raise B2SHIFT_IMPORT_MEMORY_MB."
            ),
        )
    last = errors.strip().splitlines()[-1] if errors.strip() else "no message"
    return Refused("reader_failed", f"The reader stopped unexpectedly: {last[:300]}")
