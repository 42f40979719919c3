"""One import from claim to end: read in the child process, publish in one transaction, tell what happened.

The row in ``accounts_import`` is the work. Whoever carries it out holds a lease on it and, while reading and publishing, one
advisory lock of the database, so that imports follow one another and each sees the state that the last one left.
"""

import os
import shutil
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as _noop

from accounts import duplicates
from accounts.audit import record
from accounts.cleanse import propose
from accounts.ingest import mending, reader
from accounts.ingest.answers import remember
from accounts.ingest.beat import Heart
from accounts.ingest.publish import publish
from accounts.ingest.report import move_datasets, write_report
from accounts.ingest.tidy import tidy
from accounts.lake.job import Result
from accounts.models import Customer, Import, ImportFile, MappedSource, User
from accounts.sources import BY_NAME
from accounts.sources.refusals import REASONS
from b2shift.lib.api import Refused

LOCK = 4_215_001  # the advisory lock that imports queue for
ATTEMPTS = 3
EVERY_SECONDS = 0.5
Report = Callable[[int, str], None]
log = structlog.get_logger(__name__)


def start(
    path: Path,
    user: User | None,
    only: str | None = None,
    date_order: str = "",
    channel: str = Import.Channel.COMMAND,
) -> Import:
    """A queued import of a file or directory. Refuses a source name that does not exist.

    ``date_order`` (dmy, mdy, ymd) answers for every column of short dates that does not decide its order by itself.
    """
    if only and only not in BY_NAME:
        made = list(MappedSource.objects.filter(state=MappedSource.State.ACTIVE).values_list("name", flat=True))
        if only not in made:
            raise Refused("unknown_source", f"There is no source “{only}”. Known: {', '.join([*BY_NAME, *made])}.")
    return Import.objects.create(
        source_path=str(path), started_by=user, only=only or "", date_order=date_order, channel=channel
    )


def import_directory(
    path: Path,
    user: User | None = None,
    only: str | None = None,
    progress: Report | None = None,
    date_order: str = "",
) -> Import:
    """Load a directory (or one file) now and return the finished import; see ``execute``.

    Raises ``Refused`` when nothing can be read at all; the live data are then exactly as before.
    """
    reader.lake_url()
    reader.arrived(path)
    run = start(path.resolve(), user, only, date_order)
    return execute(run.pk, progress)


def execute(import_id: int, progress: Report | None = None) -> Import:
    """Carry out a queued import unless somebody else holds it; safe to call twice.

    The result is published, unchanged or failed; on failure the live data are untouched and ``error`` says what to do.
    """
    owner = f"{socket.gethostname()}:{os.getpid()}:{time.monotonic_ns()}"
    if not _claim(import_id, owner):
        return Import.objects.get(pk=import_id)
    run = Import.objects.get(pk=import_id)
    pulse = _Pulse(run, owner, progress)
    try:
        with Heart(run.pk, owner), _turn(pulse), _workplace(run) as work:
            _carry_out(run, owner, work, pulse)
    except Cancelled:
        _end_cancelled(run, owner)
    except Refused as error:
        _fail(run, owner, error.message)
    except BaseException:
        _fail(run, owner, _noop("The import was stopped. Nothing was changed; start it again."))
        raise
    return Import.objects.get(pk=import_id)


class Lost(Refused):
    """Another process took the import over; what we read is thrown away."""


class Cancelled(Refused):
    """Somebody asked to stop; what we read is thrown away."""


class _Pulse:
    """Passes progress on, at most twice a second, and keeps the lease alive by it."""

    def __init__(self, run: Import, owner: str, report: Report | None) -> None:
        self.run, self.owner, self.report = run, owner, report
        self.last = 0.0

    def __call__(self, share: int, step: str) -> None:
        """Note ``share`` (per cent) and ``step``; raises ``Lost`` when the lease went to somebody else."""
        if self.report:
            self.report(share, step)
        if time.monotonic() - self.last < EVERY_SECONDS:
            return
        self.last = time.monotonic()
        if not _held(self.run, self.owner).update(progress=share, step=step[:120], lease_until=Now() + _lease()):
            raise _no_longer(self.run, self.owner)


def _held(run: Import, owner: str) -> QuerySet[Import]:
    """The import while it is ours and nobody wants it stopped."""
    return Import.objects.filter(pk=run.pk, state=Import.State.RUNNING, owner=owner, cancel_asked_at=None)


def _no_longer(run: Import, owner: str) -> Refused:
    if Import.objects.filter(pk=run.pk, owner=owner, cancel_asked_at__isnull=False).exists():
        return Cancelled("cancelled", "Somebody asked to stop this import.")
    return Lost("lost", "Another worker took this import over.")


def _lease() -> timedelta:
    return timedelta(seconds=settings.IMPORT_LEASE_SECONDS)


def _claim(import_id: int, owner: str) -> bool:
    queued = Import.objects.filter(pk=import_id, state=Import.State.QUEUED)
    changed = queued.update(
        state=Import.State.RUNNING,
        owner=owner,
        lease_until=Now() + _lease(),
        started_at=Now(),
        attempts=F("attempts") + 1,
    )
    return changed == 1


@contextmanager
def _turn(pulse: _Pulse) -> Iterator[None]:
    """Wait for our turn: one import reads and publishes at a time."""
    with connection.cursor() as cursor:
        while True:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
            if cursor.fetchone()[0]:
                break
            pulse(0, "waiting")
            time.sleep(EVERY_SECONDS)
    try:
        yield
    finally:
        if connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


@contextmanager
def _workplace(run: Import) -> Iterator[Path]:
    home = settings.B2SHIFT_HOME / "work"
    home.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f"import-{run.pk}-", dir=home))
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _carry_out(run: Import, owner: str, work: Path, pulse: _Pulse) -> None:
    job = reader.prepare(run, work, f"{run.pk}-{work.name[-8:]}")
    result = reader.read(job, pulse)
    pulse(70, "publish")
    with transaction.atomic():
        if result.changed:
            publish(result.outputs, result.as_of)
            duplicates.enqueue(run)
        write_report(run, result)
        remember(result, run.started_by)
        move_datasets(run, result)
        _finish(run, owner, result, job.label)
    if pulse.report:
        pulse.report(100, "done")


def _finish(run: Import, owner: str, result: Result, label: str) -> None:
    """The last statement of the publication: it takes everything back when the lease is no longer ours."""
    state, error = _outcome(result)
    held, customers = _held(run, owner), Customer.objects.count()
    if not held.update(
        state=state,
        error=error,
        progress=100,
        step="",
        finished_at=Now(),
        customers=customers,
        lease_until=None,
        label=label,
    ):
        raise _no_longer(run, owner)
    if state == Import.State.PUBLISHED:
        propose.queue(run.started_by, run)
    record(run.started_by, f"import.{state}", run, f"{state}: {', '.join(result.changed) or 'no change'}"[:300])


def _outcome(result: Result) -> tuple[str, str]:
    left = {ImportFile.Outcome.REFUSED, ImportFile.Outcome.ASKS}
    refused = [
        f"{each.name}: {REASONS[each.reason].sentence % each.values}" for each in result.files if each.outcome in left
    ]
    read = [each for each in result.files if each.outcome in {ImportFile.Outcome.LOADED, ImportFile.Outcome.UNCHANGED}]
    if not read and any(each.outcome == ImportFile.Outcome.ASKS for each in result.files):
        return Import.State.ASKS, "\n".join(refused)
    if not read and refused:
        return Import.State.FAILED, "\n".join(refused)
    if not read:
        return Import.State.FAILED, _noop("No file was recognised. Nothing was changed.")
    return (Import.State.PUBLISHED if result.changed else Import.State.UNCHANGED), "\n".join(refused)


def _end_cancelled(run: Import, owner: str) -> None:
    held = Import.objects.filter(pk=run.pk, state=Import.State.RUNNING, owner=owner)
    held.update(state=Import.State.CANCELLED, finished_at=Now(), lease_until=None, step="")


def _fail(run: Import, owner: str, message: str) -> None:
    if not connection.is_usable():
        connection.close()
    log.warning("import_failed", import_id=run.pk, error=message)
    held = Import.objects.filter(pk=run.pk, state=Import.State.RUNNING, owner=owner)
    held.update(state=Import.State.FAILED, error=message, finished_at=Now(), lease_until=None, step="")


def cancel(import_id: int, user: User) -> Import:
    """Stop an import that waits or runs: a waiting one at once, a running one within a second or so. Nothing is changed.

    Raises ``Refused`` when it is over already.
    """
    with transaction.atomic():
        run = Import.objects.select_for_update().get(pk=import_id)
        if run.state not in {Import.State.QUEUED, Import.State.RUNNING}:
            raise Refused("import_over", _("The import is over already."))
        if run.state == Import.State.QUEUED:
            run.state, run.finished_at = Import.State.CANCELLED, Now()
        if run.cancel_asked_at is None:
            run.cancel_asked_at, run.cancelled_by = Now(), user
            record(user, "import.cancel", run, str(run))
        run.save(update_fields=["state", "finished_at", "cancel_asked_at", "cancelled_by"])
    return Import.objects.get(pk=import_id)


def again(import_id: int, user: User) -> Import:
    """Queue a failed or cancelled import once more, as an import of its own; the caller wakes a worker on commit.

    Raises ``Refused`` when it did not fail, is being repeated already, or its files are gone.
    """
    with transaction.atomic():
        run = Import.objects.select_for_update().get(pk=import_id)
        if run.state not in {Import.State.FAILED, Import.State.CANCELLED} or run.channel == Import.Channel.MENDED:
            raise Refused("not_failed", _("Only an import that failed or was cancelled can be started again."))
        if run.again.filter(state__in=[Import.State.QUEUED, Import.State.RUNNING]).exists():
            raise Refused("under_way", _("This import has been started again already."))
        if not Path(run.source_path).exists():
            raise Refused("files_gone", _("The files are no longer there. Send them once more."))
        fresh = Import.objects.create(
            source_path=run.source_path,
            started_by=user,
            only=run.only,
            date_order=run.date_order,
            channel=run.channel,
            again_of=run,
        )
        record(user, "import.again", fresh, f"{run} again")
    return fresh


def sweep() -> list[int]:
    """Find imports whose worker died: queue them again, or fail them after three attempts. Returns the ids to wake."""
    dead = Import.objects.filter(state=Import.State.RUNNING, lease_until__lt=Now())
    dead.filter(cancel_asked_at__isnull=False).update(
        state=Import.State.CANCELLED, finished_at=Now(), lease_until=None, step=""
    )
    dead.filter(attempts__gte=ATTEMPTS).update(
        state=Import.State.FAILED, finished_at=Now(), lease_until=None, step="",
        error=_noop("The import was started three times and its worker died each time. Nothing was changed. Load fewer files at once."),
    )  # fmt: skip
    dead.update(state=Import.State.QUEUED, owner="", lease_until=None, step="")
    tidy()
    mending.retry_by_themselves()
    waiting = Import.objects.filter(state=Import.State.QUEUED, created_at__lt=Now() - timedelta(seconds=30))
    return list(waiting.values_list("pk", flat=True))
