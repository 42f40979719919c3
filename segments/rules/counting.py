"""Members of rule segments: counted again whenever the data, the published run, the rule or the day changed.

Each count that found something new is a run in state "rule" with its members and profile, put in force by one pointer in
one transaction: a killed worker leaves the earlier members, two workers do not interleave, and a campaign keeps the run that it
was drafted from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog
from django.db import transaction
from django.db.models import Max, ProtectedError
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import Customer, Import
from segments import features
from segments.models import Membership, RuleSegment, Run, Score, Segment, SegmentProfile
from segments.rules import checks, meaning, tree, uses
from segments.rules.catalogue import Scope

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BATCH = 5_000
KEPT_RUNS = 24
"""Earlier members that are kept of each segment, besides those that a campaign was made from."""
MOST_PASSES = 5

log = structlog.get_logger(__name__)


@dataclass
class Pool:
    """What all segments of one pass share: the customers' features, read once per state of the data."""

    state: str = ""
    frame: features.Frame | None = None
    matrix: NDArray[np.float64] | None = None

    def read(self, state: str) -> tuple[features.Frame, NDArray[np.float64]]:
        """Features of all customers and what they are compared by."""
        from segments import composites, pipeline

        if self.frame is None or self.matrix is None or self.state != state:
            self.frame = features.read()
            compared = self.frame.values[:, pipeline.COMPARED]
            self.matrix = composites.prepare(compared, pipeline.PARTS, self.frame.industry).matrix
            self.state = state
        return self.frame, self.matrix


def due() -> list[int]:
    """Living rule segments whose members are of an earlier state of things than the present one, or were asked for."""
    rules = RuleSegment.objects.filter(segment__retired_in=None, version__isnull=False).select_related("version")
    shared = _state()
    return [rule.pk for rule in rules.order_by("pk") if rule.asked_at or rule.counted_for != _present(rule, shared)]


def count_due() -> int:
    """Count whatever is due; rules that speak of other rule segments follow these. Returns how many were counted."""
    pool, done = Pool(), 0
    for _pass in range(MOST_PASSES):
        waiting = due()
        if not waiting:
            break
        done += sum(_attempt(pk, pool) for pk in waiting)
    return done


def count(segment_id: int, pool: Pool | None = None) -> Run | None:
    """Bring one segment up to date; a second call changes nothing. None where it is archived or another worker has it."""
    with transaction.atomic():
        rules = RuleSegment.objects.select_for_update(skip_locked=True, of=("self",))
        rule = rules.select_related("segment", "version", "run").filter(pk=segment_id).first()
        if rule is None or rule.version is None or rule.segment.retired_in_id:
            return None
        shared = _state()
        present = _present(rule, shared)
        if rule.counted_for == present and rule.asked_at is None:
            return rule.run
        try:
            root = checks.stored(rule.version.conditions)
        except tree.Invalid as problem:
            log.warning("rule.invalid", segment=segment_id, problem=str(problem))
            _settle(rule, present, error="invalid")
            return rule.run
        scope = meaning.scope_now()
        found = set(meaning.members(root, scope).values_list("pk", flat=True))
        if rule.run is None or _data(rule.counted_for) != _data(present) or found != _members(rule.run, rule.segment):
            rule.run = _record(rule, found, scope, pool or Pool(), shared)
        whole = meaning.counts(root, scope)
        rule.undecided = whole.undecided
        _settle(rule, present)
        _forget(rule)
    return rule.run


def _attempt(segment_id: int, pool: Pool) -> bool:
    """Count one of several: one that fails is noted on its row and does not keep the others from being counted."""
    try:
        return count(segment_id, pool) is not None
    except Exception as error:
        log.error("rule.failed", segment=segment_id, error=repr(error))
        rule = RuleSegment.objects.select_related("version").get(pk=segment_id)
        _settle(rule, _present(rule, _state()), error="failed")
        return False


def _settle(rule: RuleSegment, present: str, error: str = "") -> None:
    RuleSegment.objects.filter(pk=rule.pk).update(
        run=rule.run, undecided=rule.undecided, counted_at=Now(), counted_for=present, asked_at=None, error=error
    )


def _state() -> str:
    """The state of the data that all rules share: the last import that changed something, and the published run."""
    imported = Import.objects.filter(state=Import.State.PUBLISHED).aggregate(last=Max("pk"))["last"]
    published = Run.objects.filter(state=Run.State.PUBLISHED).values_list("pk", flat=True).first()
    return f"import {imported or 0}, run {published or 0}"


def _present(rule: RuleSegment, shared: str) -> str:
    """What the members of a rule should be counted for: data, rule, the segments it speaks of; after the bar the day."""
    conditions = rule.version.conditions if rule.version else None
    others = RuleSegment.objects.filter(segment__passport__in=uses.references(conditions)).exclude(pk=rule.pk)
    runs = ",".join(str(pk) for pk in others.order_by("pk").values_list("run_id", flat=True))
    return f"{shared}, version {rule.version_id}, others {runs}|{timezone.localdate()}"[:200]


def _data(state: str) -> str:
    return state.rpartition("|")[0]


def _members(run: Run, segment: Segment) -> set[int]:
    return set(Membership.objects.filter(run=run, segment=segment).values_list("customer_id", flat=True))


def _record(rule: RuleSegment, found: set[int], scope: Scope, pool: Pool, shared: str) -> Run:
    """A run with the members and the profile; inside the caller's transaction."""
    everybody = Customer.objects.count()
    run = Run.every.create(
        state=Run.State.RULE, seed=0, budget_seconds=0, started_by=rule.author, algorithm="rule",
        parameters={"version": rule.version.number if rule.version else None, "as_of": scope.as_of.isoformat()},
        customers=everybody, started_at=Now(), finished_at=Now(), progress=100, step="done", reason={"code": "rule"},
    )  # fmt: skip
    points = _points(scope.published, found)
    Membership.objects.bulk_create(
        (
            Membership(run=run, customer_id=pk, segment=rule.segment, confidence=1.0, x=points[pk][0], y=points[pk][1])
            for pk in sorted(found)
        ),
        batch_size=BATCH,
    )
    _describe(rule.segment, run, found, everybody, pool, shared)
    return Run.every.get(pk=run.pk)


def _points(published: int | None, found: set[int]) -> dict[int, tuple[float, float]]:
    """Where the published map has the customers; the middle for those it does not have."""
    points = dict.fromkeys(found, (0.0, 0.0))
    rows = Membership.objects.filter(run=published, customer__in=found) if published else Membership.objects.none()
    points |= {pk: (x, y) for pk, x, y in rows.values_list("customer_id", "x", "y")}
    return points


def _describe(segment: Segment, run: Run, found: set[int], everybody: int, pool: Pool, shared: str) -> None:
    # Both load numpy, which a web process must not.
    import numpy as np

    from segments import pipeline, profiles

    frame, matrix = pool.read(shared)
    labels = np.where(np.isin(frame.ids, sorted(found)), 0, -1) if found else np.full(len(frame.ids), -1)
    known = dict(Score.objects.filter(kind=Score.Kind.CHURN_RISK).values_list("customer_id", "value"))
    risk = np.array([np.nan if (value := known.get(pk)) is None else value for pk in frame.ids.tolist()], dtype=float)
    described = profiles.describe(frame, matrix, labels.astype(np.int64), risk)
    reason = profiles.blocked_reason(len(found), everybody, 1.0)  # a rule comes back on any sample: only size counts
    SegmentProfile.objects.create(
        run=run, segment=segment, size=len(found), share=len(found) / everybody if everybody else 0.0,
        activatable=not reason, blocked_reason=reason,
        figures=pipeline.plain(described[0].figures) if described else {"customers": 0},
        differentiators=pipeline.plain(described[0].differentiators) if described else [],
        typical=described[0].typical if described else [],
    )  # fmt: skip


def _forget(rule: RuleSegment) -> None:
    """Delete the members of long ago that nothing was made from."""
    old = Run.every.filter(state=Run.State.RULE, profiles__segment=rule.segment).order_by("-pk")[KEPT_RUNS:]
    for run in old:
        try:
            with transaction.atomic():
                run.delete()
        except ProtectedError:
            continue  # a campaign was drafted from it
