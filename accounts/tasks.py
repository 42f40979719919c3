"""Background work of accounts: ids only, safe to run twice, found again by the sweeper."""

from celery import shared_task
from kombu.exceptions import OperationalError

from accounts import ingest


@shared_task(name="accounts.run_import")
def run_import(import_id: int) -> None:
    """Carry out a queued import; does nothing when another worker has it or it is done."""
    ingest.execute(import_id)


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
