"""A run from request to end: start, claim, compute, publish, cancel, sweep. The only writer of ``Run.state``.

The row is the work: one run waits and one runs at a time (database constraints), a worker holds it by owner and lease,
and a lease that runs out gives it to another worker once, then fails it.
"""

from __future__ import annotations

import os
import socket
import time
import uuid
from collections.abc import Callable
from datetime import timedelta

import structlog
from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from accounts.audit import record
from accounts.catalog import gate
from accounts.models import Role, User
from b2shift.lib.api import Refused
from segments import features, snapshots, wording
from segments.models import Run

STARTERS = (Role.ANALYST, Role.ADMIN, Role.MANAGER)
DEFAULT_SEED, DEFAULT_BUDGET = 42, 60
LEAST_BUDGET, LARGEST_BUDGET = 1, 3_600
LEASE = timedelta(minutes=5)
BEAT_SECONDS = 1.0
ACTIVE = (Run.State.QUEUED, Run.State.RUNNING)

log = structlog.get_logger(__name__)
Progress = Callable[[int, str], None]


def start(user: User | None, seed: int = DEFAULT_SEED, budget: int = DEFAULT_BUDGET, *, override: bool = False) -> Run:
    """A waiting run with this seed and a budget in seconds; ``user`` is None for the command line.

    ``override`` publishes its outcome even where the published run is worth more.

    Raises Refused while another run waits or runs, for a seed or budget outside its bounds, and while the data gate is
    closed.
    """
    if not (0 <= seed < 2**31 and LEAST_BUDGET <= budget <= LARGEST_BUDGET):
        raise Refused(
            "out_of_bounds", _("The seed must be a positive whole number and the budget between 1 and 3600 seconds.")
        )
    gate.ensure(gate.SEGMENTATION)
    if Run.objects.filter(state=Run.State.RUNNING).exists():
        raise Refused("another_run", _("Another run is in progress. Wait for it, or cancel it first."))
    try:
        with transaction.atomic():
            run = Run.objects.create(
                seed=seed, budget_seconds=budget, started_by=user, step="features", override=override
            )
            record(user, "run.start", run, f"seed {seed}, {budget} s{', override' if override else ''}")
    except IntegrityError as error:
        raise Refused("another_run", _("Another run is already waiting. Wait for it, or cancel it first.")) from error
    return run


def cancel(run_id: int, user: User) -> Run:
    """Cancel a waiting run at once, or ask a running one to stop at its next step. Refused for a finished run."""
    with transaction.atomic():
        run = Run.objects.select_for_update().get(pk=run_id)
        if run.state not in ACTIVE:
            raise Refused("finished", _("This run has already ended; there is nothing to cancel."))
        run.cancel_requested = True
        if run.state == Run.State.QUEUED:
            run.state, run.reason = Run.State.CANCELLED, {"code": "cancelled"}
            run.finished_at = Now()
        run.save(update_fields=["cancel_requested", "state", "reason", "finished_at"])
        record(user, "run.cancel", run, run.get_state_display())
    run.refresh_from_db()
    return run


def execute(run_id: int, progress: Progress | None = None) -> Run:
    """Claim a waiting run, compute it and publish the outcome; returns the finished row.

    Raises Refused where the run does not wait any more or another one runs; any other failure is recorded on the row
    and raised again. ``progress(percent, text)`` is told every step.
    """
    run = _claim(run_id)
    # Both load numpy, scikit-learn and hdbscan, which a web process that only starts runs must not.
    from segments import pipeline, publication

    reporter = Reporter(run, progress)
    try:
        result = pipeline.compute(
            run.seed,
            float(run.budget_seconds),
            reporter.report,
            reporter.cancelled,
            lambda frame: _snapshot(run, frame),
        )
        publication.publish(run, result)
    except Exception as error:
        _fail(run, error)
        raise
    reporter.finished()
    return Run.objects.get(pk=run.pk)


def sweep() -> list[int]:
    """Give runs of dead workers back once, fail them the second time; returns the waiting runs that need a worker."""
    for run in Run.objects.filter(state=Run.State.RUNNING, lease_until__lt=Now()):
        mine = Run.objects.filter(pk=run.pk, state=Run.State.RUNNING, owner=run.owner, lease_until__lt=Now())
        if run.cancel_requested:
            mine.update(state=Run.State.CANCELLED, finished_at=Now(), lease_until=None, reason={"code": "cancelled"})
        elif run.reason.get("code") == "retried" or not _requeued(mine):
            mine.update(state=Run.State.FAILED, finished_at=Now(), lease_until=None, error=DIED)
        log.warning("run.lease_over", run=run.pk, owner=run.owner)
    if Run.objects.filter(state=Run.State.RUNNING).exists():
        return []
    return list(Run.objects.filter(state=Run.State.QUEUED).values_list("pk", flat=True))


DIED = "worker_died"
"""Stored in ``Run.error``; pages put it into words."""


def _requeued(mine: object) -> bool:
    try:
        with transaction.atomic():
            mine.update(state=Run.State.QUEUED, owner="", lease_until=None, progress=0, reason={"code": "retried"})  # type: ignore[attr-defined]
    except IntegrityError:
        return False  # another run waits already: this one has no place in the queue
    return True


def _claim(run_id: int) -> Run:
    owner = f"{socket.gethostname()[:40]}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
    try:
        with transaction.atomic():
            taken = Run.objects.filter(pk=run_id, state=Run.State.QUEUED).update(
                state=Run.State.RUNNING,
                owner=owner,
                lease_until=Now() + LEASE,
                started_at=Now(),
                progress=0,
                step="features",
                error="",
            )
    except IntegrityError as error:
        raise Refused("another_run", _("Another run is in progress; this one waits for it.")) from error
    if not taken:
        raise Refused("not_waiting", _("This run is not waiting any more."))
    return Run.objects.get(pk=run_id)


def _snapshot(run: Run, frame: features.Frame) -> None:
    Run.objects.filter(pk=run.pk, owner=run.owner).update(snapshot_path=snapshots.save(frame, run.pk)[:500])


def _fail(run: Run, error: Exception) -> None:
    log.error("run.failed", run=run.pk, error=repr(error))
    Run.objects.filter(pk=run.pk, owner=run.owner, state=Run.State.RUNNING).update(
        state=Run.State.FAILED, finished_at=Now(), lease_until=None, error=f"{type(error).__name__}: {error}"[:2000]
    )


class Reporter:
    """Writes progress and renews the lease at most once a second; learns from the same row whether to stop."""

    def __init__(self, run: Run, listener: Progress | None) -> None:
        self._mine = Run.objects.filter(pk=run.pk, owner=run.owner, state=Run.State.RUNNING)
        self._listener = listener
        self._last = 0.0
        self._stop = False
        self._progress, self._step = 0, "features"

    def report(self, share: float, step: str) -> None:
        """Note a share in 0–1 and a step code. Raises Refused where the run is not ours any more."""
        self._progress, self._step = round(100 * min(max(share, 0.0), 1.0)), step[:120]
        if self._listener is not None:
            self._listener(self._progress, str(wording.STEPS.get(step, step)))
        self._beat()

    def cancelled(self) -> bool:
        """Whether somebody asked to stop, as of the last second."""
        self._beat()
        return self._stop

    def finished(self) -> None:
        """Tell the listener, past the throttle, that all is done."""
        if self._listener is not None:
            self._listener(100, str(wording.STEPS["done"]))

    def _beat(self) -> None:
        if time.monotonic() - self._last < BEAT_SECONDS:
            return
        self._last = time.monotonic()
        if not self._mine.update(lease_until=Now() + LEASE, progress=self._progress, step=self._step):
            raise Refused("lease_lost", _("The run was given up because its worker did not report in time."))
        self._stop = self._mine.values_list("cancel_requested", flat=True).first() is not False
