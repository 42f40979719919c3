"""A training of the score models from request to end: enqueue, claim, learn, publish, sweep.

The row is the work, as with runs. All models of a training appear in one transaction, together with their scores; a worker
that dies leaves the models and scores of the training before. The same data and seed change nothing the second time.
"""

from __future__ import annotations

import hashlib
import os
import socket
import uuid
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import structlog
from django.db import IntegrityError, transaction
from django.db.models import Max, Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from accounts.audit import record
from accounts.models import Import, User
from b2shift.lib.api import Refused
from segments import dated, questions
from segments.models import Run, Score, ScoreModel, ScoreTraining
from segments.periods import Refusal
from segments.questions import Question

if TYPE_CHECKING:
    from segments.classifier import Attempt
    from segments.dated import Known
    from segments.questions import Examples

DEFAULT_SEED = 42
LEASE = timedelta(minutes=20)
ATTEMPTS = 2
BATCH = 5_000
VERSION = "1"
"""Part of the fingerprint: a change of measures, questions or method trains anew on the same data."""
State = ScoreTraining.State
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Outcome:
    """One question's model or refusal, before anything is written."""

    question: Question
    examples: Examples | None
    attempt: Attempt


def enqueue(user: User | None = None, seed: int = DEFAULT_SEED) -> ScoreTraining:
    """The training that waits, a new one where none does; one is enough for any number of imports."""
    try:
        with transaction.atomic():
            training = ScoreTraining.objects.create(seed=seed, started_by=user)
            record(user, "scores.train", training, f"seed {seed}")
            return training
    except IntegrityError:
        return ScoreTraining.objects.get(state=State.QUEUED)


def due() -> bool:
    """Whether an import or a run was published after the newest training was asked for."""
    since = ScoreTraining.objects.aggregate(at=Max("created_at"))["at"]
    later = Q(finished_at__gt=since) if since else Q(finished_at__isnull=False)
    imported = Import.objects.filter(later, state=Import.State.PUBLISHED).exists()
    return imported or Run.objects.filter(later, state__in=[Run.State.PUBLISHED, Run.State.SUPERSEDED]).exists()


def sweep() -> list[int]:
    """Trainings of dead workers wait again, once; new data get a training. Returns the ids that need a worker."""
    for dead in ScoreTraining.objects.filter(state=State.RUNNING, lease_until__lt=Now()):
        mine = ScoreTraining.objects.filter(pk=dead.pk, state=State.RUNNING, owner=dead.owner)
        if dead.attempts >= ATTEMPTS or ScoreTraining.objects.filter(state=State.QUEUED).exists():
            mine.update(state=State.FAILED, finished_at=Now(), lease_until=None, error="worker_died")
        else:
            mine.update(state=State.QUEUED, owner="", lease_until=None)
        log.warning("scores.lease_over", training=dead.pk)
    if due():
        enqueue()
    if ScoreTraining.objects.filter(state=State.RUNNING).exists():
        return []
    return list(ScoreTraining.objects.filter(state=State.QUEUED).values_list("pk", flat=True))


def execute(training_id: int) -> ScoreTraining:
    """Claim a waiting training, learn and publish. Does nothing where it waits no more or another one runs.

    A failure is recorded on the row and raised again; the models in use stay as they were.
    """
    training = _claim(training_id)
    if training is None:
        return ScoreTraining.objects.get(pk=training_id)
    try:
        outcomes, fingerprint = learn(training.seed)
        publish(training, outcomes, fingerprint)
    except Exception as error:
        ScoreTraining.objects.filter(pk=training.pk, owner=training.owner, state=State.RUNNING).update(
            state=State.FAILED, finished_at=Now(), lease_until=None, error=f"{type(error).__name__}: {error}"[:2000]
        )
        log.error("scores.failed", training=training.pk, error=repr(error))
        raise
    return ScoreTraining.objects.get(pk=training.pk)


def _claim(training_id: int) -> ScoreTraining | None:
    training = ScoreTraining.objects.get(pk=training_id)
    owner = f"{socket.gethostname()[:40]}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
    try:
        with transaction.atomic():
            taken = ScoreTraining.objects.filter(pk=training_id, state=State.QUEUED).update(
                state=State.RUNNING, owner=owner, lease_until=Now() + LEASE, started_at=Now(),
                attempts=training.attempts + 1, error="",
            )  # fmt: skip
    except IntegrityError:
        return None  # another one runs; the sweeper comes back to this one
    return ScoreTraining.objects.get(pk=training_id) if taken else None


def learn(seed: int) -> tuple[list[Outcome], str]:
    """Every question's outcome on the data as they are, and the fingerprint of all that went in. Writes nothing."""
    from segments.classifier import Attempt

    today, seen = dated.today(), hashlib.sha256(f"{VERSION} {seed}".encode())
    found = dated.beginnings()
    read = _reader()
    outcomes = []
    for question in questions.all_questions():
        refusal = questions.too_short(question, today, found.get(question.source)) if today else Refusal("no_data", {})
        seen.update(f"{question.kind} {question.target} {today} {refusal}".encode())
        if today is None or refusal is not None:
            outcomes.append(Outcome(question, None, Attempt(None, refusal)))
            continue
        material = questions.examples(question, read(today), read, found)
        _stamp(seen, material)
        outcomes.append(Outcome(question, material, _attempt(question, material, seed)))
    return outcomes, seen.hexdigest()


def _reader() -> Callable[[date], Known]:
    """Each day is read once for all questions."""
    read: dict[date, Known] = {}

    def known(day: date) -> Known:
        if day not in read:
            read[day] = dated.known(day)
        return read[day]

    return known


def _attempt(question: Question, material: Examples, seed: int) -> Attempt:
    import numpy as np

    from segments import classifier

    fitting, calibrating, judging = questions.split(material.periods)
    logs = np.array([dated.DATED_BY_NAME[name].log for name in material.names], dtype=bool)
    return classifier.learn(
        classifier.joined(fitting), calibrating, judging, material.values, logs, seed,
        beat_rule=question.kind == Score.Kind.CHURN,
    )  # fmt: skip


def _stamp(seen: Any, material: Examples) -> None:
    seen.update(repr((material.names, material.cuts)).encode())
    for array in (
        material.rows,
        material.values,
        *[a for p in material.periods for a in (p.values, p.happened, p.rule)],
    ):
        seen.update(array.tobytes())


def publish(training: ScoreTraining, outcomes: list[Outcome], fingerprint: str) -> None:
    """Replace models and scores in one transaction; a refused question loses the scores of its earlier model.

    Raises Refused where the training is no longer this worker's; nothing is written then.
    """
    with transaction.atomic():
        mine = ScoreTraining.objects.select_for_update().filter(pk=training.pk, owner=training.owner)
        if not mine.filter(state=State.RUNNING).exists():
            raise Refused("lease_lost", _("The training was given up because its worker took too long."))
        before = ScoreTraining.objects.filter(state=State.DONE).order_by("-pk").first()
        same = before is not None and before.fingerprint == fingerprint
        for outcome in [] if same else outcomes:
            _replace(training, outcome, fingerprint)
        mine.update(
            state=State.UNCHANGED if same else State.DONE, fingerprint=fingerprint, finished_at=Now(), lease_until=None
        )


def _replace(training: ScoreTraining, outcome: Outcome, fingerprint: str) -> None:
    kind, target = outcome.question.kind, outcome.question.target
    Score.objects.filter(kind=kind, target=target).delete()
    earlier = ScoreModel.objects.filter(kind=kind, target=target)
    earlier.filter(state=ScoreModel.State.PUBLISHED).update(state=ScoreModel.State.SUPERSEDED)
    model = ScoreModel.objects.create(
        training=training, kind=kind, target=target, seed=training.seed, fingerprint=fingerprint,
        window_days=questions.WINDOW.days, **card(outcome),
    )  # fmt: skip
    Score.objects.bulk_create(_scores(model, outcome), batch_size=BATCH)


def card(outcome: Outcome) -> dict[str, Any]:
    """The fields of a model card; plain JSON values."""
    from segments.pipeline import plain

    material, attempt = outcome.examples, outcome.attempt
    told: dict[str, Any] = {"state": ScoreModel.State.PUBLISHED if attempt.fitted else ScoreModel.State.REFUSED}
    if attempt.refusal is not None:
        told["refusal"] = plain({"code": attempt.refusal.code, **attempt.refusal.figures})
    told["as_of"] = dated.today()
    if material is not None:
        told["left_out"] = material.left_out
        told["periods"] = [
            {"cut": day.isoformat(), "until": (day + questions.WINDOW).isoformat(), "count": len(period.happened),
             "events": period.events}
            for day, period in zip(material.cuts, material.periods, strict=True)
        ]  # fmt: skip
    if attempt.judgement is not None:
        judged = asdict(attempt.judgement)
        told["calibration"] = plain(judged.pop("table"))
        told["gains"] = plain({"model": judged.pop("gains"), "rule": judged.pop("rule_gains")})
        told["metrics"] = plain(judged)
    return told | (_learnt(material, attempt) if material else {})


def _learnt(material: Examples, attempt: Attempt) -> dict[str, Any]:
    from segments.classifier import typical
    from segments.pipeline import plain

    fitted = attempt.fitted
    if fitted is None:
        return {"features": [{"name": name} for name in material.names]}
    middle = typical(material.values)
    features = [
        {"name": name, "importance": fitted.importance[i], "drift": fitted.drift[i], "typical": middle[i]}
        for i, name in enumerate(material.names)
    ]
    features.sort(key=lambda each: -each["importance"])
    return {
        "algorithm": fitted.algorithm, "calibrator": fitted.calibrator, "candidates": plain(fitted.candidates),
        "features": plain(features), "customers": len(material.rows),
    }  # fmt: skip


def _scores(model: ScoreModel, outcome: Outcome) -> Iterable[Score]:
    from segments.pipeline import plain

    material, fitted = outcome.examples, outcome.attempt.fitted
    if material is None or fitted is None:
        return
    for pk, value, drivers in zip(material.rows.tolist(), fitted.probabilities.tolist(), fitted.drivers, strict=True):
        told = [
            {"feature": material.names[d.feature], "effect": d.effect, "value": d.value, "typical": d.typical}
            for d in drivers
        ]
        yield Score(
            customer_id=pk, kind=model.kind, target=model.target, model=model, value=round(value, 4), drivers=plain(told)
        )  # fmt: skip
