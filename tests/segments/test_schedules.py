"""Runs by the clock: the plan, its page, and what happens when one is due."""

import pytest
from django.urls import reverse
from django_celery_beat.models import PeriodicTask

from accounts.catalog import rules
from accounts.catalog.rules import Terms
from accounts.models import AuditEntry, GateRule, Import
from segments import schedules, tasks
from segments.models import Run
from segments.schedules import Plan

pytestmark = pytest.mark.django_db


def post(client, **data):
    return client.post(reverse("schedule"), {"rhythm": "daily", "hour": 4, "weekday": 1} | data)


@pytest.mark.parametrize("wanted", [Plan("daily", 4), Plan("weekly", 0, 0), Plan("weekly", 23, 6), Plan("never", 3)])
def test_a_plan_is_read_back_as_it_was_made(people, wanted):
    schedules.plan(wanted, people["analyst"])
    assert schedules.current() == wanted


def test_the_page_writes_one_row_of_the_clock_and_the_audit_trail(people, client_of):
    client = client_of("analyst")
    assert post(client).status_code == 302
    assert post(client, rhythm="weekly", hour=5, weekday=3).status_code == 302
    task = PeriodicTask.objects.get(name=schedules.NAME)
    assert (task.task, task.enabled, task.crontab.hour, task.crontab.day_of_week) == (schedules.TASK, True, "5", "3")
    assert str(task.crontab.timezone) == "America/Sao_Paulo"
    entries = list(AuditEntry.objects.filter(action="run.schedule").order_by("id").values_list("summary", flat=True))
    assert entries == ["never → daily at 04:00", "daily at 04:00 → weekly at 05:00 on day 3"]
    post(client, rhythm="weekly", hour=5, weekday=3)
    assert AuditEntry.objects.filter(action="run.schedule").count() == 2
    post(client, rhythm="never")
    assert not PeriodicTask.objects.get(name=schedules.NAME).enabled


@pytest.mark.parametrize("wrong", [{"hour": 24}, {"rhythm": "hourly"}, {"weekday": 7}, {"hour": "x"}])
def test_what_is_no_plan_changes_nothing(people, client_of, wrong):
    assert post(client_of("analyst"), **wrong).status_code == 422
    assert not PeriodicTask.objects.filter(name=schedules.NAME).exists()


@pytest.mark.parametrize("role", ["sales_rep", "executive", "customer_success"])
def test_who_may_not_start_runs_may_not_plan_them(people, client_of, role):
    assert post(client_of(role)).status_code == 403
    assert not PeriodicTask.objects.filter(name=schedules.NAME).exists()


def test_a_due_run_waits_for_a_worker_and_says_that_the_clock_started_it(plant, client_of):
    plant()
    tasks.scheduled_run()
    run = Run.objects.get()
    assert (run.state, run.scheduled, run.started_by) == (Run.State.QUEUED, True, None)
    client = client_of("analyst")
    client.cookies["django_language"] = "en"
    assert "Schedule" in client.get(reverse("run", args=[run.pk])).content.decode()
    assert f"Run {run.pk}" in client.get(reverse("schedule")).content.decode()


def test_a_due_run_does_not_start_while_the_data_gate_is_closed(people, client_of):
    schedules.plan(Plan("daily", 4), people["analyst"])
    GateRule.objects.all().delete()
    Import.objects.create(state=Import.State.FAILED, source_path="x")
    rules.save(Terms("failed", 1, stops_segmentation=True), people["admin"])
    tasks.scheduled_run()
    assert not Run.objects.exists()
    (refusal,) = schedules.refusals()
    client = client_of("analyst")
    client.cookies["django_language"] = "en"
    text = client.get(reverse("schedule")).content.decode()
    assert "Could not start" in text
    assert refusal["summary"][:20] in text


def test_a_due_run_does_not_start_beside_another(plant):
    plant()
    tasks.scheduled_run()
    tasks.scheduled_run()
    assert Run.objects.count() == 1
