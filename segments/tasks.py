"""Background work of the segments app: ids only, safe to run twice."""

import structlog
from celery import shared_task
from django.db import DatabaseError
from kombu.exceptions import KombuError

from b2shift.lib.api import Refused
from segments import runs, schedules, suggestions, training
from segments.rules import counting

log = structlog.get_logger(__name__)


@shared_task(name="segments.run_segmentation")
def run_segmentation(run_id: int) -> None:
    """Compute one waiting run; nothing happens where it does not wait any more or another one runs."""
    try:
        runs.execute(run_id)
    except Refused as refusal:
        log.info("run.not_executed", run=run_id, code=refusal.code)


@shared_task(name="segments.count_rules")
def count_rules() -> int:
    """Every minute: rule segments whose members are older than the data, the published run, the rule or the day."""
    return counting.count_due()


@shared_task(name="segments.count_rule")
def count_rule(segment_id: int) -> None:
    """Bring the members of one rule segment up to date; nothing happens where they are or another worker has it."""
    counting.count(segment_id)


def wake_rule(segment_id: int) -> None:
    """Tell a worker; where the broker is away the sweeper finds the segment within a minute."""
    try:
        count_rule.delay(segment_id)
    except (KombuError, DatabaseError, OSError) as error:
        log.warning("rule.wake_up_lost", segment=segment_id, error=repr(error))


@shared_task(name="segments.sweep_runs")
def sweep_runs() -> None:
    """Find runs whose worker died or whose wake-up was lost, and questions about names that nobody has answered."""
    for run_id in runs.sweep():
        wake(run_id)
    for segment_id in suggestions.waiting():
        wake_naming(segment_id)


@shared_task(name="segments.suggest_name")
def suggest_name(segment_id: int) -> None:
    """Ask the model for a name; nothing happens where its answer is there already."""
    suggestions.answer(segment_id)


def wake_naming(segment_id: int) -> None:
    """Tell a worker of a question; where the broker is away the sweeper finds it within a minute."""
    try:
        suggest_name.delay(segment_id)
    except (KombuError, DatabaseError, OSError) as error:
        log.warning("naming.wake_up_lost", segment=segment_id, error=repr(error))


@shared_task(name="segments.scheduled_run")
def scheduled_run() -> None:
    """Start the run that is due; where it may not start, the audit trail says why."""
    run = schedules.start()
    if run is not None:
        wake(run.pk)


def wake(run_id: int) -> None:
    """Tell a worker; where the broker is away the sweeper finds the run within a minute."""
    try:
        run_segmentation.delay(run_id)
    except (KombuError, DatabaseError, OSError) as error:
        log.warning("run.wake_up_lost", run=run_id, error=repr(error))


@shared_task(name="segments.train_scores")
def train_scores(training_id: int) -> None:
    """Carry out one waiting training; nothing happens where it does not wait any more or another one runs."""
    try:
        training.execute(training_id)
    except Refused as refusal:
        log.info("scores.not_trained", training=training_id, code=refusal.code)


@shared_task(name="segments.sweep_scores")
def sweep_scores() -> None:
    """Ask for a training where data or segments are newer than the last one, and find those whose worker died."""
    for training_id in training.sweep():
        wake_scores(training_id)


def wake_scores(training_id: int) -> None:
    """Tell a worker; where the broker is away the sweeper finds the training within a minute."""
    try:
        train_scores.delay(training_id)
    except (KombuError, DatabaseError, OSError) as error:
        log.warning("scores.wake_up_lost", training=training_id, error=repr(error))
