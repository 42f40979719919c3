"""Runs from request to end, on planted groups and the real clustering."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from accounts.models import AuditEntry, Customer, Picture
from b2shift.lib.api import Refused
from segments import runs, tasks
from segments.models import Membership, Run, Score, Segment, SegmentProfile
from tests.segments.conftest import FRESH, LARGE

State = Run.State


def by_customer(run):
    return dict(Membership.objects.filter(run=run).values_list("customer__code", "segment__passport"))


def lose_worker(run):
    """What a kill -9 leaves behind: a row that runs, with a lease that is over."""
    Run.objects.filter(pk=run.pk).update(
        state=State.RUNNING, owner="gone:1:x", lease_until=Now() - timedelta(seconds=1), started_at=Now()
    )


def test_it_finds_the_planted_groups_and_publishes_them(plant, segmented):
    plant()
    run = segmented()
    assert (run.state, run.progress, run.customers, run.noise_share) == (State.PUBLISHED, 100, 135, 0.0)
    groups = {}
    for code, passport in by_customer(run).items():
        groups.setdefault(passport, set()).add(code[0])
    assert sorted(map(sorted, groups.values())) == [["A"], ["B"], ["C"]]
    assert SegmentProfile.objects.filter(run=run, activatable=True, stability__gte=0.75).count() == 3
    assert run.reason["code"] == "chosen"
    assert [line["chosen"] for line in run.leaderboard].count(True) == 1
    assert Score.objects.filter(value__isnull=False).count() == 135


def test_the_same_seed_on_the_same_data_gives_the_same_memberships(plant, segmented):
    plant()
    first, second = segmented(seed=3), segmented(seed=3)
    rows = [
        list(
            Membership.objects.filter(run=run)
            .order_by("customer")
            .values_list("customer", "segment", "confidence", "x")
        )
        for run in (first, second)
    ]
    assert rows[0] == rows[1]
    first.refresh_from_db()
    assert (first.state, second.state) == (State.SUPERSEDED, State.PUBLISHED)


def test_an_inconclusive_run_says_so_and_leaves_the_published_one(plant, segmented):
    plant()
    published = segmented()
    before = by_customer(published)
    # Every customer the same: there is nothing to group by.
    Picture.objects.update(**{field.name: None for field in Picture._meta.fields if field.null})
    Picture.objects.update(contract_lines=1, active_lines=1, cancelled_lines=0, recurring_lines=0, products=1)
    Picture.objects.update(product_lines=1, nps_answers=0, **{f"has_{name}": False for name in ("mrr", "nps", "usage")})
    Picture.objects.update(has_tickets=False)
    Customer.objects.update(since=None, industry="")
    run = segmented()
    published.refresh_from_db()
    assert (run.state, run.reason["code"]) == (State.INCONCLUSIVE, "no_variation")
    assert published.state == State.PUBLISHED
    assert by_customer(published) == before
    assert not run.memberships.exists()
    assert Segment.objects.filter(retired_in=None).count() == 3


def test_a_second_start_is_refused_while_one_waits_or_runs(db):
    first = runs.start(None)
    with pytest.raises(Refused) as waiting:
        runs.start(None)
    Run.objects.filter(pk=first.pk).update(state=State.RUNNING)
    with pytest.raises(Refused) as running:
        runs.start(None)
    assert (waiting.value.code, running.value.code) == ("another_run", "another_run")
    assert Run.objects.count() == 1
    assert AuditEntry.objects.filter(action="run.start").count() == 1


def test_two_runs_never_compute_at_once(plant):
    plant()
    first = runs.start(None)
    Run.objects.filter(pk=first.pk).update(state=State.RUNNING)
    second = Run.objects.create(seed=1, budget_seconds=5)
    with pytest.raises(Refused) as refusal:
        runs.execute(second.pk)
    second.refresh_from_db()
    assert (refusal.value.code, second.state, second.owner) == ("another_run", State.QUEUED, "")
    with pytest.raises(IntegrityError), transaction.atomic():
        Run.objects.filter(pk=second.pk).update(state=State.RUNNING)


def test_a_run_is_executed_once_however_often_the_task_comes(plant, segmented):
    plant()
    run = segmented()
    tasks.run_segmentation(run.pk)
    assert Membership.objects.count() == 135
    run.refresh_from_db()
    assert run.state == State.PUBLISHED


def test_a_dead_workers_run_is_given_back_once_and_then_failed(db):
    run = runs.start(None)
    lose_worker(run)
    assert runs.sweep() == [run.pk]
    run.refresh_from_db()
    assert (run.state, run.owner, run.reason) == (State.QUEUED, "", {"code": "retried"})
    lose_worker(run)
    assert runs.sweep() == []
    run.refresh_from_db()
    assert (run.state, run.error) == (State.FAILED, runs.DIED)
    assert run.finished_at is not None


def test_a_living_workers_run_is_left_alone(db):
    run = runs.start(None)
    Run.objects.filter(pk=run.pk).update(state=State.RUNNING, lease_until=Now() + timedelta(minutes=1))
    assert runs.sweep() == []
    run.refresh_from_db()
    assert run.state == State.RUNNING


def test_a_worker_that_lost_its_lease_publishes_nothing(plant, segmented):
    plant()
    run = runs.start(None, 7, 30)

    def give_up(percent, step):
        Run.objects.filter(pk=run.pk).update(state=State.FAILED, error="given up")

    with pytest.raises(Refused) as refusal:
        runs.execute(run.pk, give_up)
    run.refresh_from_db()
    assert (refusal.value.code, run.state, run.error) == ("lease_lost", State.FAILED, "given up")
    assert not Membership.objects.exists()
    assert not Segment.objects.exists()


def test_a_failure_is_recorded_with_its_message(plant, settings):
    plant()
    settings.LAKE_URL = "/proc/no/such/lake"
    run = runs.start(None)
    with pytest.raises(OSError):
        runs.execute(run.pk)
    run.refresh_from_db()
    assert run.state == State.FAILED
    assert "/proc/no" in run.error
    assert not Membership.objects.exists()


def test_a_waiting_run_is_cancelled_at_once_and_a_finished_one_not(people):
    run = runs.start(people["analyst"])
    assert runs.cancel(run.pk, people["analyst"]).state == State.CANCELLED
    with pytest.raises(Refused) as refusal:
        runs.cancel(run.pk, people["analyst"])
    assert refusal.value.code == "finished"
    assert AuditEntry.objects.filter(action="run.cancel").count() == 1


def test_a_running_run_stops_when_asked_and_publishes_nothing(plant, people, segmented):
    plant()
    run = runs.start(None, 7, 30)

    def ask(percent, step):
        if percent < 5:
            Run.objects.filter(pk=run.pk).update(cancel_requested=True)

    assert runs.execute(run.pk, ask).state == State.CANCELLED
    assert not Membership.objects.exists()


def test_the_command_answers_in_json_and_exports(plant, segmented, tmp_path):
    plant()
    out, target = StringIO(), tmp_path / "members.csv"
    call_command("segment", seed=5, budget=20, export=target, as_json=True, stdout=out)
    answer = json.loads(out.getvalue())
    assert {"run", "algorithm", "seconds", "noise_share", "segments", "leaderboard"} <= set(answer)
    assert sorted(segment["size"] for segment in answer["segments"]) == [40, 45, 50]
    assert all(segment["activatable"] for segment in answer["segments"])
    lines = target.read_text().splitlines()
    assert lines[0] == "customer,passport,confidence"
    assert len(lines) == 136
    assert lines[1].startswith("A0000,S-001,")


def test_the_command_refuses_an_empty_base(db):
    with pytest.raises(CommandError, match="import_data"):
        call_command("segment", stdout=StringIO())
    assert not Run.objects.exists()


def test_too_few_customers_are_an_honest_none(plant, segmented):
    plant(LARGE.__class__(**{**LARGE.__dict__, "size": 20}), FRESH.__class__(**{**FRESH.__dict__, "size": 20}))
    run = segmented()
    assert (run.state, run.reason) == (State.INCONCLUSIVE, {"code": "too_few_rows", "rows": 40, "needed": 50})
