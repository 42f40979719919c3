"""Trainings: what becomes a model, what is refused, and that a training is published whole, once, or not at all."""

import json
from datetime import date, timedelta
from io import StringIO

import numpy as np
import pytest
from django.core.management import call_command
from django.db.models.functions import Now

from accounts.models import (
    AuditEntry,
    BusinessUnit,
    ContractLine,
    Customer,
    FigureHistory,
    Import,
    Picture,
    TicketMonth,
)
from b2shift.lib.api import Refused
from segments import queries, questions, tasks, training
from segments.models import Score, ScoreKind, ScoreModel, ScoreTraining

TODAY = date(2026, 9, 30)
PEOPLE = 320
CUTS = [TODAY - questions.WINDOW * k for k in range(7, -1, -1)]


@pytest.fixture
def planted(db, tmp_path, settings):
    """Customers of whom the eager sign new lines half-year after half-year; the others rarely."""
    settings.LAKE_URL = str(tmp_path / "lake")
    BusinessUnit.objects.get_or_create(code="GESTAO", defaults={"name": "TOTVS Gestão"})
    rng = np.random.default_rng(4)
    customers = Customer.objects.bulk_create(
        Customer(code=f"P{n:04}", name=f"Empresa {n}", since=date(2015, 1, 1)) for n in range(PEOPLE)
    )
    Picture.objects.bulk_create(Picture(customer=customer, as_of=TODAY) for customer in customers)
    lines = []
    for number, customer in enumerate(customers):
        eager = number % 2 == 0
        lines.append(line(customer, date(2016, 5, 2), 0))
        lines += [
            line(customer, cut + timedelta(days=int(rng.integers(1, 180))), place)
            for place, cut in enumerate(CUTS[:-1], 1)
            if rng.random() < (0.75 if eager else 0.12)
        ]
    ContractLine.objects.bulk_create(lines)
    return customers


def line(customer, day, place):
    return ContractLine(
        customer=customer, row_hash=f"{place}", product=f"P{place % 3}", line="L", status="ATIVO", value=1000,
        signed_on=day, business_unit_id="GESTAO",
    )  # fmt: skip


@pytest.fixture
def leaving(planted):
    """MRR told by an import each half-year, and tickets: customers with many tickets lose theirs far more often."""
    rng = np.random.default_rng(5)
    history, tickets = [], []
    for number, customer in enumerate(planted):
        noisy = number % 3 == 0
        lost = False
        for cut in CUTS:
            lost = not lost and cut > CUTS[0] and rng.random() < (0.75 if noisy else 0.08)
            history.append(FigureHistory(customer=customer, as_of=cut, mrr=0 if lost else 1000))
        month = CUTS[0].replace(day=1)
        while month < TODAY:
            tickets.append(TicketMonth(customer=customer, month=month, opened=20 if noisy else 1, high=0, closed=0))
            month = (month + timedelta(days=62)).replace(day=1)
    FigureHistory.objects.bulk_create(history)
    TicketMonth.objects.bulk_create(tickets)
    return planted


def train(seed=42):
    return training.execute(training.enqueue(None, seed).pk)


def newest(slug):
    return queries.score_model(slug)


def test_what_repeats_itself_is_learnt_and_what_has_no_dates_is_refused(planted):
    assert train().state == ScoreTraining.State.DONE
    model = newest("expansion")
    assert (model.state, model.customers, model.as_of) == (ScoreModel.State.PUBLISHED, PEOPLE, TODAY)
    assert model.metrics["roc_auc"]["low"] > 0.65
    assert [period["cut"] for period in model.periods] == [day.isoformat() for day in CUTS[2:-1]]
    eager = Score.objects.filter(kind=ScoreKind.EXPANSION, customer__in=planted[::2]).values_list("value", flat=True)
    others = Score.objects.filter(kind=ScoreKind.EXPANSION, customer__in=planted[1::2]).values_list("value", flat=True)
    assert np.mean(eager) == pytest.approx(0.75, abs=0.12)
    assert np.mean(others) == pytest.approx(0.12, abs=0.12)
    churn = newest("churn")
    assert (churn.state, churn.refusal["code"], churn.refusal["begins"]) == (
        ScoreModel.State.REFUSED,
        "no_cancellation_dates",
        "",
    )
    assert not Score.objects.filter(kind=ScoreKind.CHURN).exists()
    assert newest("product-gestao").refusal["code"] == "too_few_events"  # everybody owns it
    assert queries.propensities([planted[0].pk], ScoreKind.EXPANSION).keys() == {planted[0].pk}
    assert queries.propensities([planted[0].pk], ScoreKind.PRODUCT, "GESTAO") == {}


def test_who_leaves_is_learnt_where_mrr_has_a_history(leaving):
    train()
    model = newest("churn")
    assert (model.state, model.refusal) == (ScoreModel.State.PUBLISHED, {})
    assert model.metrics["average_precision"]["value"] > model.metrics["rule_average_precision"]
    assert model.features[0]["name"] in {"tickets_6m", "tickets_recent_share"}
    paying = [customer for customer in leaving if FigureHistory.objects.get(customer=customer, as_of=TODAY).mrr]
    assert set(Score.objects.filter(kind=ScoreKind.CHURN).values_list("customer_id", flat=True)) == {
        c.pk for c in paying
    }
    noisy = Score.objects.filter(kind=ScoreKind.CHURN, customer__in=leaving[::3]).order_by("-value").first()
    calm = Score.objects.filter(kind=ScoreKind.CHURN, customer__in=leaving[1::3]).order_by("value").first()
    assert noisy.value > 0.5 > 0.2 > calm.value
    assert {d["feature"]: d["effect"] > 0 for d in noisy.drivers}["tickets_6m"]


def test_the_second_training_on_the_same_data_changes_nothing(planted):
    train()
    before = (list(ScoreModel.objects.values()), list(Score.objects.order_by("pk").values()))
    assert train().state == ScoreTraining.State.UNCHANGED
    assert (list(ScoreModel.objects.values()), list(Score.objects.order_by("pk").values())) == before


def test_executing_a_finished_training_again_does_nothing(planted):
    done = train()
    count = ScoreModel.objects.count()
    tasks.train_scores(done.pk)
    assert (ScoreModel.objects.count(), ScoreTraining.objects.get().finished_at) == (count, done.finished_at)


def test_a_model_whose_data_went_away_is_withdrawn_with_its_scores(planted):
    train()
    ContractLine.objects.filter(signed_on__gt=CUTS[-2]).delete()
    train()
    assert newest("expansion").refusal == {"code": "too_few_events", "events": 0, "needed": 30, "period": "validation"}
    assert not Score.objects.exists()
    states = ScoreModel.objects.filter(kind="expansion").order_by("pk").values_list("state", flat=True)
    assert list(states) == [ScoreModel.State.SUPERSEDED, ScoreModel.State.REFUSED]


def test_a_worker_that_lost_its_training_publishes_nothing(planted):
    train()
    before = list(Score.objects.order_by("pk").values())
    Picture.objects.update(as_of=TODAY - timedelta(days=1))
    second = training._claim(training.enqueue().pk)
    ScoreTraining.objects.filter(pk=second.pk).update(owner="another", lease_until=Now())
    outcomes, fingerprint = training.learn(second.seed)
    with pytest.raises(Refused):
        training.publish(second, outcomes, fingerprint)
    assert list(Score.objects.order_by("pk").values()) == before
    assert newest("expansion").training_id != second.pk


def test_the_training_of_a_dead_worker_waits_again_once_then_fails(db):
    asked = training.enqueue()
    for state in (ScoreTraining.State.QUEUED, ScoreTraining.State.FAILED):
        training._claim(asked.pk)
        ScoreTraining.objects.update(lease_until=Now() - timedelta(minutes=1))
        assert training.sweep() == ([asked.pk] if state == ScoreTraining.State.QUEUED else [])
        assert ScoreTraining.objects.get().state == state


def test_new_data_ask_for_a_training_by_themselves_and_only_once(db):
    assert training.sweep() == []
    Import.objects.create(state=Import.State.PUBLISHED, source_path="x", finished_at=Now())
    waiting = training.sweep()
    assert waiting == training.sweep() == [ScoreTraining.objects.get().pk]
    tasks.train_scores(waiting[0])
    assert {model.refusal["code"] for model in ScoreModel.objects.all()} == {"no_data"}
    assert training.sweep() == []


def test_one_training_waits_for_any_number_of_requests(db, people):
    assert training.enqueue(people["analyst"]).pk == training.enqueue(people["admin"]).pk
    assert AuditEntry.objects.filter(action="scores.train").count() == 1


def test_two_trainings_do_not_run_at_once(db):
    first = training._claim(training.enqueue().pk)
    second = training.enqueue()
    assert training.execute(second.pk).state == ScoreTraining.State.QUEUED
    assert training.sweep() == []
    assert ScoreTraining.objects.get(pk=first.pk).state == ScoreTraining.State.RUNNING


def test_a_failure_is_recorded_and_leaves_what_is_in_use(planted):
    train()
    before = list(Score.objects.order_by("pk").values())
    Picture.objects.update(as_of=date(1, 1, 2))  # nothing lies half a year before it
    asked = training.enqueue()
    with pytest.raises(OverflowError):
        training.execute(asked.pk)
    failed = ScoreTraining.objects.get(pk=asked.pk)
    assert (failed.state, failed.error.split(":")[0]) == (ScoreTraining.State.FAILED, "OverflowError")
    assert list(Score.objects.order_by("pk").values()) == before


def test_the_command_tells_each_question(planted):
    out = StringIO()
    call_command("score", "--json", stdout=out)
    answer = json.loads(out.getvalue())
    assert answer["state"] == "done"
    told = {model["question"]: model for model in answer["models"]}
    assert told["expansion"]["state"] == "published"
    assert told["churn"]["message"].startswith(
        "The files do not tell when a contract line was cancelled (0 of 100 events needed)"
    )
    out = StringIO()
    call_command("score", stdout=out)
    assert "expansion: In use. Checked on 320 customers" in out.getvalue()
