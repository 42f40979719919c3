"""Background work of accounts: ids only, safe to run twice, found again by the sweeper."""

from celery import shared_task
from kombu.exceptions import OperationalError

from accounts import duplicates, ingest
from accounts.catalog import descriptions, profiles
from accounts.cleanse import propose
from accounts.models import CleanseRun


@shared_task(name="accounts.run_import")
def run_import(import_id: int) -> None:
    """Carry out a queued import; does nothing when another worker has it or it is done. Rows that waited for it follow."""
    ingest.execute(import_id)
    for search in CleanseRun.objects.filter(cause=import_id, state=CleanseRun.State.QUEUED).values_list(
        "pk", flat=True
    ):
        wake_search(search)
    wake_catalog()
    if waited := ingest.retry_by_themselves():
        wake_import(waited.pk)


@shared_task(name="accounts.run_search")
def run_search(run_id: int) -> None:
    """Carry out a queued search for repairs; does nothing when another worker has it or it is done."""
    propose.execute(run_id)


def wake_search(run_id: int) -> None:
    """Ask a worker to start a search for repairs now; the sweeper finds it otherwise."""
    try:
        run_search.delay(run_id)
    except (OperationalError, OSError):
        return


@shared_task(name="accounts.sweep_searches")
def sweep_searches() -> int:
    """Every minute: searches for repairs whose worker died or was never woken. Returns how many were woken."""
    waiting = propose.sweep()
    for run_id in waiting:
        wake_search(run_id)
    return len(waiting)


def wake_import(import_id: int) -> None:
    """Ask a worker to start an import now. A broker that is away only delays it: the sweeper finds the row."""
    try:
        run_import.delay(import_id)
    except (OperationalError, OSError):
        return


@shared_task(name="accounts.sweep_imports")
def sweep_imports() -> int:
    """Every minute: imports whose worker died, and imports that nobody was woken for. Returns how many were woken."""
    waiting = ingest.sweep()
    for import_id in waiting:
        wake_import(import_id)
    return len(waiting)


@shared_task(name="accounts.refresh_catalog")
def refresh_catalog() -> int:
    """Profile every new version of a dataset and draft what was asked for; returns how much was done. Safe to run twice."""
    return len(profiles.refresh()) + descriptions.draft()


def wake_catalog() -> None:
    """Ask a worker to look at the catalogue now; without one the schedule does within ten minutes."""
    try:
        refresh_catalog.delay()
    except (OperationalError, OSError):
        return


@shared_task(name="accounts.watch_folder")
def watch_folder() -> int | None:
    """Every minute: take the files of the watch folder that have stopped growing. Returns the id of their import."""
    run = ingest.watch()
    if run:
        wake_import(run.pk)
    return run.pk if run else None


@shared_task(name="accounts.find_duplicates")
def find_duplicates(scan_id: int) -> None:
    """Carry out a queued search for duplicate customers; does nothing when another worker has it or it is done."""
    duplicates.execute(scan_id)


@shared_task(name="accounts.sweep_duplicates")
def sweep_duplicates() -> int:
    """Every minute: searches that wait since an import, and those whose worker died. Returns how many were woken."""
    waiting = duplicates.sweep()
    for scan_id in waiting:
        wake_duplicates(scan_id)
    return len(waiting)


def wake_duplicates(scan_id: int) -> None:
    """Ask a worker to search now. A broker that is away only delays it: the sweeper finds the row."""
    try:
        find_duplicates.delay(scan_id)
    except (OperationalError, OSError):
        return
