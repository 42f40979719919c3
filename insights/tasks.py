"""Background work of the insights app."""

from celery import shared_task

from insights import snapshots


@shared_task(name="insights.take_snapshot")
def take_snapshot() -> int:
    """Keep the day's figures (safe to run twice)."""
    return snapshots.take()
