"""Runs of the arbitration: every live campaign and proposal weighed at every customer, kept as rows for those who ask why.

A run shows; it re-targets nobody. An audience asks for itself at the moment it is counted or frozen (``campaigns.contention``), by
the same arithmetic. A run is a row: asked for by a person or by the clock, carried out by a worker, found again by the sweep.
"""

import time
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import structlog
from django.db import IntegrityError, connection, transaction
from django.db.models import Max
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import User
from b2shift.lib import copying
from b2shift.lib.api import Refused
from campaigns import arbitration, contention, decisions, lifecycle, queries
from campaigns.arbitration import FACTORS, Outcome
from campaigns.candidates import Candidates
from campaigns.contention import Field
from campaigns.models import ArbitrationRun, Campaign, Lever, PolicyVersion, Standing, Transition

if TYPE_CHECKING:
    from numpy.typing import NDArray

log = structlog.get_logger(__name__)
S = ArbitrationRun.State
LEASE = timedelta(minutes=10)
EVERY = timedelta(hours=24)  # figures of customers move even when nobody does anything
PAUSE = 10
RETRY = timedelta(hours=1)  # what failed fails again: the clock does not ask at each sweep
KEPT = 3  # runs whose rows are kept
CONTENDING = (
    *contention.LIVE,
    Campaign.Status.DRAFT,
    Campaign.Status.IN_REVIEW,
    Campaign.Status.PAUSED,
)


def ask(actor: User | None) -> ArbitrationRun:
    """Ask for a run (None: the clock asks); the one that waits already when there is one."""
    if actor is not None and (not actor.is_active or actor.role not in lifecycle.WRITERS):
        raise Refused("not_allowed", _("Your role does not allow this step."))
    try:
        with transaction.atomic():
            made = ArbitrationRun.objects.create(asked_by=actor)
            if actor is not None:
                audit.record(actor, "arbitration.ask", made, _("Arbitration asked for"))
    except IntegrityError:
        return ArbitrationRun.objects.filter(state=S.QUEUED).first() or ask(actor)
    return made


def latest() -> ArbitrationRun | None:
    """The newest run that is done and whose rows are kept."""
    return ArbitrationRun.objects.filter(state=S.DONE, kept=True).first()


def is_due() -> bool:
    """Whether campaigns, levers or the policy changed since the newest run began, or a day went by.

    On a busy day runs follow each other at ``PAUSE`` times their own length, so that they never keep a worker to themselves. After
    a failure the clock waits for ``RETRY``; a person may ask at once.
    """
    last = ArbitrationRun.objects.first()
    if last and last.state == S.FAILED and (last.finished_at or last.created_at) > timezone.now() - RETRY:
        return False
    newest = ArbitrationRun.objects.exclude(state=S.FAILED).first()
    if newest is None:
        return Campaign.objects.filter(status__in=CONTENDING).exists()
    if newest.state == S.QUEUED or (newest.finished_at or newest.created_at) > timezone.now() - PAUSE * timedelta(
        seconds=newest.seconds or 0.0
    ):
        return False
    begun = PolicyVersion.objects.exclude(state=PolicyVersion.State.WITHDRAWN).filter(in_force_from__lte=Now())
    changes = (
        Campaign.objects.aggregate(at=Max("created_at"))["at"],
        Transition.objects.aggregate(at=Max("at"))["at"],
        Lever.objects.aggregate(at=Max("set_at"))["at"],
        begun.aggregate(at=Max("in_force_from"))["at"],
    )
    began = newest.started_at or newest.created_at
    return began < timezone.now() - EVERY or any(at and at > began for at in changes)


def sweep() -> list[int]:
    """Runs that wait for a worker: what is due, and what a dead worker left. Safe to call at any time."""
    ArbitrationRun.objects.filter(state=S.RUNNING, lease_until__lt=Now()).update(
        state=S.FAILED, error="WorkerLost", lease_until=None
    )
    if is_due():
        ask(None)
    return list(ArbitrationRun.objects.filter(state=S.QUEUED).values_list("pk", flat=True))


def run(run_id: int) -> None:
    """Carry out a run that waits; safe to call twice. One runs at a time: the others wait for the sweep."""
    try:
        with transaction.atomic():
            claimed = ArbitrationRun.objects.filter(pk=run_id, state=S.QUEUED).update(
                state=S.RUNNING, started_at=Now(), lease_until=Now() + LEASE
            )
    except IntegrityError:
        return
    if not claimed:
        return
    started = time.perf_counter()
    try:
        with transaction.atomic():
            done = weigh(run_id)
            done["seconds"] = round(time.perf_counter() - started, 2)
            finished = ArbitrationRun.objects.filter(pk=run_id, state=S.RUNNING).update(
                **done, state=S.DONE, kept=True, finished_at=Now(), lease_until=None
            )
            if not finished:  # the sweep gave it up meanwhile: its rows go with it
                raise TimeoutError("the run took longer than its lease")
            _forget()
    except Exception as failure:  # kept with the row, so that a person sees it; the clock asks again in an hour
        log.exception("arbitration.failed", run=run_id)
        ArbitrationRun.objects.filter(pk=run_id, state=S.RUNNING).update(
            state=S.FAILED, error=type(failure).__name__, finished_at=Now(), lease_until=None
        )


def weigh(run_id: int) -> dict[str, Any]:
    """Read, decide, write the standings and the decision, in the caller's transaction; returns the run's figures."""
    version = queries.policy_in_force()
    clock = [time.perf_counter()]
    found = _field(version)
    clock.append(time.perf_counter())
    outcome = arbitration.arbitrate(found.contest)
    changed = arbitration.effects(found.contest, outcome)
    clock.append(time.perf_counter())
    pairs = _write(run_id, found, outcome)
    rows = _campaigns(found, outcome)
    _remember(run_id, version, found, outcome)
    clock.append(time.perf_counter())
    parts = {name: round(clock[place + 1] - clock[place], 2) for place, name in enumerate(("read", "decide", "write"))}
    return {
        "policy_version": version,
        "campaigns": rows,
        "customers": len(found.contest.customers),
        "pairs": pairs,
        "digest": arbitration.digest(found.contest),
        "result": {"effects": [asdict(each) for each in changed], "seconds": parts},
    }


def _field(version: PolicyVersion | None) -> Field:
    """Everybody whom any campaign could speak to, against all that could."""
    import numpy as np

    related = ("strategy", "offer", "business_unit", "policy_version", "segment", "run")
    campaigns = Campaign.objects.filter(status__in=CONTENDING).select_related(*related).order_by("pk")
    candidates = Candidates()
    entries = [(campaign, candidates.of(campaign)) for campaign in campaigns]
    everybody = [ids for _campaign, ids in entries]
    customers = np.unique(np.concatenate(everybody)) if everybody else np.zeros(0, dtype=np.int64)
    rules = tuple(queries.rules_of(version)) if version else ()
    live = {campaign.pk for campaign, _ids in entries if campaign.status in contention.LIVE}
    return contention.field(entries, customers, contention.windows_of(rules, entries), live)


def _write(run_id: int, found: Field, outcome: Outcome) -> int:
    """One standing per candidate, in the order of the key."""
    import numpy as np

    contest = found.contest
    rows, columns = np.nonzero(contest.candidate)
    numbers = np.array(
        [each.campaign for each in contest.contenders] + [0], dtype=np.int64
    )  # NOBODY is −1: the last one

    def cells(grid: "NDArray[Any]") -> "NDArray[Any]":
        return grid[rows, columns]

    return copying.write(
        Standing._meta.db_table,
        {
            "run_id": (">i8", np.full(len(rows), run_id)), "customer_id": (">i8", contest.customers[rows]),
            "campaign_id": (">i8", numbers[columns]),
            **{name: (">f4", cells(getattr(contest, name))) for name in FACTORS if name != "lever"},
            "lever": (">f4", contest.lever[columns]), "budget": (">i2", cells(contest.budget)),
            "rank": (">i2", cells(outcome.rank)), "won": ("?", cells(outcome.won)),
            "rival": (">i8", numbers[cells(outcome.rival)]), "outranked": ("?", cells(outcome.outranked)),
            "outranked_by": (">i8", numbers[cells(outcome.outranked_by)]), "turning": (">i2", cells(outcome.turning)),
            "decided": (">i2", cells(outcome.decided)), "reasons": (">i2", cells(found.reasons)),
            "modelled": ("?", cells(found.modelled)),
        },
    )  # fmt: skip


def _campaigns(found: Field, outcome: Outcome) -> list[dict[str, Any]]:
    """Per campaign its terms and what became of it: ``won`` + ``lost`` + ``spent`` are its ``candidates``.

    ``spent``: no contact was free at all; ``outranked``: of the lost ones, those that live campaigns alone take.
    """
    rows = []
    contest = found.contest
    for place, (campaign, contender) in enumerate(zip(found.campaigns, contest.contenders, strict=True)):
        here, won = contest.candidate[:, place], outcome.won[:, place]
        spent = here & (contest.budget[:, place] == 0)
        rows.append(
            {
                "id": campaign.pk, "title": campaign.title, "unit": contender.unit, "strategy": campaign.strategy.code,
                "status": campaign.status, "live": contender.live, "spends": contender.spends, "levers": list(found.levers[place]),
                "lever": round(float(contest.lever[place]), 4), "candidates": int(here.sum()), "won": int(won.sum()),
                "lost": int((here & ~won & ~spent).sum()), "spent": int(spent.sum()),
                "outranked": int(outcome.outranked[:, place].sum()),
                "value_won": round(float(contest.value[:, place][won].sum(dtype=float)), 2),
            }
        )  # fmt: skip
    return rows


def _remember(run_id: int, version: PolicyVersion | None, found: Field, outcome: Outcome) -> None:
    """What was weighed, by the hash of all inputs, and what came out of it."""
    contest = found.contest
    inputs = {"run": run_id, "contenders": [asdict(each) for each in contest.contenders]}
    output = contention.in_short(contest, outcome)
    versions = {"edition": version.pk if version else None}
    decisions.record(decisions.Kind.ARBITRATION, inputs, output, subject=f"run {run_id}", versions=versions)


def _forget() -> None:
    """Delete the standings of all but the newest runs; the runs themselves stay."""
    done = ArbitrationRun.objects.filter(state=S.DONE, kept=True).order_by("-pk").values_list("pk", flat=True)
    old = list(done[KEPT:])
    if not old:
        return
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM campaigns_standing WHERE run_id = ANY(%s)", [old])
    ArbitrationRun.objects.filter(pk__in=old).update(kept=False)
