"""When runs start by themselves: one row of django-celery-beat, edited on a page and never by the start of the product.

The row's clock is São Paulo's, like every other of the schedule. A run that is due while the data gate is closed or another
run is in progress does not start; the audit trail says why.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django_celery_beat.models import CrontabSchedule, PeriodicTask

from accounts.audit import record
from accounts.models import AuditEntry, User
from b2shift.lib.api import Refused
from segments import runs
from segments.models import Run

NAME, TASK = "segment-customers", "segments.scheduled_run"
NEVER, DAILY, WEEKLY = "never", "daily", "weekly"
REFUSED = "run.schedule_refused"


@dataclass(frozen=True)
class Plan:
    """How often, at which full hour (0–23) and, for weekly runs, on which day (0 is Sunday)."""

    rhythm: str
    hour: int
    weekday: int = 1


def current() -> Plan:
    """What is planned now; never, at 3 o'clock, before anybody planned anything."""
    task = PeriodicTask.objects.filter(name=NAME).select_related("crontab").first()
    if task is None or task.crontab is None:
        return Plan(NEVER, 3)
    clock = task.crontab
    daily = clock.day_of_week == "*"
    rhythm = NEVER if not task.enabled else DAILY if daily else WEEKLY
    return Plan(rhythm, int(clock.hour), 1 if daily else int(clock.day_of_week))


def plan(wanted: Plan, actor: User) -> None:
    """Make this the plan; the clock reads it within seconds. Audited; nothing is written where it is the plan already."""
    before = current()
    if wanted == before:
        return
    with transaction.atomic():
        clock, _created = CrontabSchedule.objects.get_or_create(
            minute="0",
            hour=str(wanted.hour),
            day_of_week=str(wanted.weekday) if wanted.rhythm == WEEKLY else "*",
            day_of_month="*",
            month_of_year="*",
            timezone=settings.TIME_ZONE,
        )
        task, _created = PeriodicTask.objects.update_or_create(
            name=NAME, defaults={"task": TASK, "crontab": clock, "enabled": wanted.rhythm != NEVER}
        )
        record(actor, "run.schedule", task, f"{told(before)} → {told(wanted)}", before=told(before), after=told(wanted))


def told(plan_: Plan) -> str:
    """A plan for the audit trail."""
    if plan_.rhythm == NEVER:
        return NEVER
    day = f" on day {plan_.weekday}" if plan_.rhythm == WEEKLY else ""
    return f"{plan_.rhythm} at {plan_.hour:02}:00{day}"


def start() -> Run | None:
    """The run that is due, waiting; None where it may not start now, which is recorded with the reason."""
    try:
        with transaction.atomic():
            run = runs.start(None)
            run.scheduled = True
            run.save(update_fields=["scheduled"])
    except Refused as refusal:
        task = PeriodicTask.objects.filter(name=NAME).first()
        if task is not None:
            record(None, REFUSED, task, str(refusal.message), code=refusal.code)
        return None
    return run


def refusals(count: int = 5) -> list[dict[str, Any]]:
    """The last times that a planned run could not start: ``{at, summary}``, the newest first."""
    found = AuditEntry.objects.filter(action=REFUSED).order_by("-id")[:count]
    return [{"at": entry.at, "summary": entry.summary} for entry in found]
