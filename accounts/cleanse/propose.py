"""One search for repairs: the distinct values of every field, the rules over them, then the model for what is left.

The row in ``accounts_cleanserun`` is the work; whoever carries it out holds a lease on it. Running it twice proposes nothing twice:
a value has one repair, whatever was decided about it.
"""

import os
import socket
import time
from collections import Counter
from datetime import timedelta
from typing import NamedTuple

import structlog
from django.db import connection
from django.db.models import F, QuerySet
from django.db.models.functions import Now

from accounts.cleanse import ask, decide
from accounts.cleanse.fields import FIELDS, LONGEST, Cleansed
from accounts.cleanse.rules.text import Fix
from accounts.models import CleanseRun, Import, Repair, RuleSwitch, User

LEASE = timedelta(minutes=5)
ATTEMPTS = 3
MOST_VALUES = 30_000  # distinct values of one field that one search looks at, the most frequent first
MOST_OPEN = 5_000  # open repairs of one field; the rest comes when these are decided
AUTOMATIC = 0.95  # a rule that may act by itself does so from this confidence on
log = structlog.get_logger(__name__)


class Value(NamedTuple):
    """One value as it stands in so many rows."""

    text: str
    context: str
    rows: int


class Lost(Exception):
    """Another worker took the search over."""


def queue(user: User | None, cause: Import | None = None) -> CleanseRun:
    """A search that waits for a worker; one that waits already is enough."""
    waiting = CleanseRun.objects.filter(state=CleanseRun.State.QUEUED).first()
    return waiting or CleanseRun.objects.create(cause=cause, started_by=user)


def execute(run_id: int) -> CleanseRun:
    """Carry out a queued search unless somebody else holds it; safe to call twice."""
    owner = f"{socket.gethostname()}:{os.getpid()}:{time.monotonic_ns()}"
    queued = CleanseRun.objects.filter(pk=run_id, state=CleanseRun.State.QUEUED)
    claimed = queued.update(
        state=CleanseRun.State.RUNNING, owner=owner, lease_until=Now() + LEASE, attempts=F("attempts") + 1
    )
    run = CleanseRun.objects.get(pk=run_id)
    if not claimed:
        return run
    try:
        _search(run, owner)
    except Lost:
        log.warning("cleanse_lost", run=run_id)
    except Exception:
        _held(run, owner).update(state=CleanseRun.State.FAILED, finished_at=Now(), lease_until=None)
        raise
    run.refresh_from_db()
    return run


def sweep() -> list[int]:
    """Queue searches again whose worker died (fail them after three times); returns the ids to wake."""
    dead = CleanseRun.objects.filter(state=CleanseRun.State.RUNNING, lease_until__lt=Now())
    dead.filter(attempts__gte=ATTEMPTS).update(state=CleanseRun.State.FAILED, finished_at=Now(), lease_until=None)
    dead.update(state=CleanseRun.State.QUEUED, owner="", lease_until=None)
    waiting = CleanseRun.objects.filter(state=CleanseRun.State.QUEUED, created_at__lt=Now() - timedelta(seconds=30))
    return list(waiting.values_list("pk", flat=True))


def _held(run: CleanseRun, owner: str) -> QuerySet[CleanseRun]:
    return CleanseRun.objects.filter(pk=run.pk, owner=owner, state=CleanseRun.State.RUNNING)


def _search(run: CleanseRun, owner: str) -> None:
    undecided: dict[str, list[Value]] = {}
    automatic = set(RuleSwitch.objects.filter(automatic=True).values_list("rule", flat=True))
    for each in FIELDS:
        if not _held(run, owner).update(lease_until=Now() + LEASE):
            raise Lost
        values = _values(each)
        fixes, undecided[each.field] = _by_rules(each, values)
        run.examined += len(values)
        run.proposed += _keep(run, each, fixes, {(v.context, v.text) for v in values})
        run.settled += _act(each, automatic)
    spent = ask.about(run, undecided, lambda: bool(_held(run, owner).update(lease_until=Now() + LEASE)))
    counts = {name: getattr(run, name) for name in ("examined", "proposed", "settled")}
    if not _held(run, owner).update(
        state=CleanseRun.State.DONE, finished_at=Now(), lease_until=None, asked=spent.asked, tokens=spent.tokens,
        cost_usd=spent.cost, note=spent.note, **counts,
    ):  # fmt: skip
        raise Lost


def _values(each: Cleansed) -> list[Value]:
    value, context, only = (each.sql(part, "t") for part in (each.value, each.context, each.only))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {value}, {context}, count(*) FROM {each.place.table} t WHERE {only} GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT %s",
            [MOST_VALUES],
        )
        return [Value(*row) for row in cursor.fetchall()]


def _by_rules(each: Cleansed, values: list[Value]) -> tuple[dict[Value, Fix], list[Value]]:
    """What the rules make of the values, and the values that no rule knows."""
    counts: Counter[str] = Counter()
    for value in values:
        counts[value.text] += value.rows
    fixes: dict[Value, Fix] = {}
    left: list[Value] = []
    for value in values:
        fix = each.rule(value.text, value.context, counts)
        if fix is None:
            left.append(value)
        elif fix.after != value.text and len(fix.after) <= LONGEST[each.field]:
            fixes[value] = fix
    return fixes, left


def _keep(run: CleanseRun, each: Cleansed, fixes: dict[Value, Fix], seen: set[tuple[str, str]]) -> int:
    """New repairs become rows; open ones follow what is seen now; decided ones stay. Returns how many are new."""
    known = {(row.context, row.before): row for row in Repair.objects.filter(field=each.field)}
    room = MOST_OPEN - sum(row.state == Repair.State.OPEN for row in known.values())
    new: list[Repair] = []
    again: list[int] = []
    for value, fix in fixes.items():
        row = known.get((value.context, value.text))
        if row is None:
            new.append(_row(run, each, value, fix))
        elif row.state == Repair.State.OPEN:
            row.after, row.code, row.rule, row.confidence, row.rows = (
                fix.after,
                fix.code,
                fix.rule,
                fix.confidence,
                value.rows,
            )
            row.origin = Repair.Origin.RULE
        elif row.state == Repair.State.ACCEPTED:
            again.append(row.pk)
    Repair.objects.bulk_create(new[: max(room, 0)], ignore_conflicts=True, batch_size=1000)
    still = [row for key, row in known.items() if row.state == Repair.State.OPEN and key in seen]
    Repair.objects.filter(state=Repair.State.OPEN).bulk_update(
        still, ["after", "code", "rule", "confidence", "rows", "origin"], batch_size=1000
    )
    gone = [row.pk for key, row in known.items() if row.state == Repair.State.OPEN and key not in seen]
    Repair.objects.filter(pk__in=gone, state=Repair.State.OPEN).delete()
    if again:
        decide.write_again(again)
    return len(new[: max(room, 0)])


def _row(run: CleanseRun, each: Cleansed, value: Value, fix: Fix) -> Repair:
    return Repair(
        field=each.field, context=value.context[:80], before=value.text[:200], after=fix.after, code=fix.code, rule=fix.rule,
        confidence=fix.confidence, rows=value.rows, run=run,
    )  # fmt: skip


def _act(each: Cleansed, automatic: set[str]) -> int:
    """Accept the open repairs of rules that an administrator lets act by themselves."""
    rows = Repair.objects.filter(
        field=each.field,
        state=Repair.State.OPEN,
        rule__in=automatic,
        confidence__gte=AUTOMATIC,
        origin=Repair.Origin.RULE,
    )
    ids = list(rows.values_list("pk", flat=True))
    return decide.accept(None, ids).repairs if ids else 0
