"""A run weighs every live campaign and proposal, keeps who won and why, and re-targets nobody; levers are set by those who may."""

from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest
from django.db import ProgrammingError, connection, transaction
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import AuditEntry, BusinessUnit, Contact, Customer, Role
from b2shift.lib import copying
from b2shift.lib.api import Refused
from campaigns import arbiter, arbitration, audience, contention, contests, levers, lifecycle, repeats, tasks
from campaigns.candidates import Candidates
from campaigns.models import (
    ArbitrationRun,
    Campaign,
    Decision,
    Interaction,
    Lever,
    Message,
    PolicyVersion,
    Standing,
    Strategy,
)
from segments.models import Membership
from tests.campaigns import walk

pytestmark = pytest.mark.django_db
ONE_CONTACT = {"frequency_cap": {"messages": 1, "days": 7, "long_messages": 4, "long_days": 30}}


@pytest.fixture
def contest(company, people):
    """A live campaign and a proposal over the same customers."""
    walk.company_policy(ONE_CONTACT)
    live = walk.approved(walk.twin(company), people, strategy="gestao-expand", hold_out_share=0)
    proposal = walk.drafted(company, people, hold_out_share=0)
    levers.set_lever(live, Decimal(10), "lançamento", people[Role.MANAGER])
    return live, proposal


def weighed() -> ArbitrationRun:
    run = arbiter.ask(None)
    arbiter.run(run.pk)
    run.refresh_from_db()
    assert run.error == ""
    return run


def test_a_run_keeps_one_row_per_customer_and_campaign_and_adds_up(contest, people):
    live, proposal = contest
    before = list(Message.objects.order_by("pk").values())
    run = weighed()
    rows = {each["id"]: each for each in run.campaigns}
    assert set(rows) == {live.pk, proposal.pk}
    for each in rows.values():
        assert each["won"] + each["lost"] + each["spent"] == each["candidates"] > 10
        kept = run.standings.filter(campaign=each["id"])
        assert (kept.count(), kept.filter(won=True).count()) == (each["candidates"], each["won"])
    assert run.pairs == run.standings.count() == sum(each["candidates"] for each in rows.values())
    assert rows[live.pk]["lever"] == 10
    assert rows[live.pk]["levers"] == [1, 1, 10]
    assert rows[proposal.pk]["outranked"] == audience.preview(proposal).excluded["outranked"]
    one = run.standings.filter(campaign=proposal, outranked=True).first()
    assert (one.rival, one.outranked_by, one.rank) == (live.pk, live.pk, 2)
    assert one.priority < Standing.objects.get(run=run, customer=one.customer_id, campaign=live).priority
    assert list(Message.objects.order_by("pk").values()) == before  # a run re-targets nobody


def test_what_a_factor_changed_says_who_moved(contest):
    run = weighed()
    lever = next(each for each in run.result["effects"] if each["factor"] == "lever")
    assert lever["customers"] == lever["units"]["GESTAO"][0] == lever["units"]["GESTAO"][1] > 0
    assert lever["money"] > 0


def test_a_run_is_decided_again_from_its_rows_until_they_are_gone(contest, people, monkeypatch):
    run = weighed()
    decision = Decision.objects.get(kind="arbitration")
    assert repeats.replay(decision).identical
    contenders = arbiter._field(run.policy_version).contest.contenders
    assert arbitration.digest(contention.stored(run.pk, contenders)) == run.digest
    with connection.cursor() as cursor:
        cursor.execute("UPDATE campaigns_standing SET value = value * 2 WHERE customer_id % 2 = 0")
    assert {each["path"] for each in repeats.replay(decision).differences} >= {"output.contest"}
    monkeypatch.setattr(arbiter, "KEPT", 1)
    newer = weighed()
    run.refresh_from_db()
    assert (run.kept, run.standings.count(), newer.kept) == (False, 0, True)
    done = repeats.replay(decision)
    assert (done.lapsed, done.identical, done.differences) == (True, False, [])


def test_a_run_with_a_lever_of_a_campaign_that_wants_nobody_is_decided_again(contest, company, people):
    other = walk.twin(company)
    Membership.objects.filter(run=other.run).delete()
    nobody = walk.drafted(other, people, strategy="rd-cross-sell")
    levers.set_lever(nobody, Decimal(3), "lançamento", people[Role.MANAGER])
    run = weighed()
    assert next(each for each in run.campaigns if each["id"] == nobody.pk)["candidates"] == 0
    done = repeats.replay(Decision.objects.get(kind="arbitration"))
    assert (done.identical, done.differences) == (True, [])


def test_nobody_contends_nothing_breaks(company, people):
    walk.company_policy()
    run = weighed()
    assert (run.state, run.pairs, run.customers, run.campaigns) == ("done", 0, 0, [])
    assert [each["customers"] for each in run.result["effects"]] == [0, 0, 0, 0]


def test_calls_contend_and_take_no_contact(company, people):
    walk.company_policy(ONE_CONTACT)
    calls = walk.approved(walk.twin(company), people, strategy="gestao-expand", hold_out_share=0, channel="call")
    levers.set_lever(calls, Decimal(10), "lançamento", people[Role.MANAGER])
    mails = walk.drafted(company, people, hold_out_share=0)
    rows = {each["id"]: each for each in weighed().campaigns}
    assert rows[calls.pk]["candidates"] == rows[calls.pk]["won"] > 10
    assert rows[mails.pk]["candidates"] == rows[mails.pk]["won"] > 10


def test_the_sweep_weighs_once_and_again_only_after_a_change(contest, people):
    live, _proposal = contest
    assert tasks.sweep_arbitrations() == 1
    ArbitrationRun.objects.update(seconds=0)
    assert tasks.sweep_arbitrations() == 0
    lifecycle.move(live.pk, "cancel", people[Role.MANAGER])
    ArbitrationRun.objects.update(seconds=60)
    assert tasks.sweep_arbitrations() == 0  # it took a minute: the next one waits for ten
    ArbitrationRun.objects.update(seconds=0)
    assert tasks.sweep_arbitrations() == 1
    ArbitrationRun.objects.update(seconds=0)
    assert not AuditEntry.objects.filter(action="arbitration.ask").exists()  # nobody asked
    ArbitrationRun.objects.update(started_at=timezone.now() - timedelta(hours=25))
    assert arbiter.is_due()


def test_a_run_waits_once_is_carried_out_once_and_a_dead_worker_is_noticed(contest, people):
    first = arbiter.ask(people[Role.ANALYST])
    assert arbiter.ask(people[Role.MANAGER]) == first
    tasks.arbitrate(first.pk)
    count = Standing.objects.count()
    tasks.arbitrate(first.pk)
    assert Standing.objects.count() == count
    ArbitrationRun.objects.filter(pk=first.pk).update(
        state="running", lease_until=timezone.now() - timedelta(minutes=1)
    )
    tasks.sweep_arbitrations()
    first.refresh_from_db()
    assert (first.state, first.error) == ("failed", "WorkerLost")
    assert arbiter.latest() != first


@pytest.mark.parametrize("role", [Role.REP, Role.SUCCESS, Role.EXECUTIVE])
def test_only_those_who_prepare_campaigns_ask(people, role):
    with pytest.raises(Refused):
        arbiter.ask(people[role])
    assert not ArbitrationRun.objects.exists()


def test_a_failure_is_kept_with_the_run(contest, monkeypatch):
    def broken(*_given):
        raise RuntimeError

    monkeypatch.setattr(arbitration, "arbitrate", broken)
    run = arbiter.ask(None)
    arbiter.run(run.pk)
    run.refresh_from_db()
    assert (run.state, run.error, Standing.objects.count()) == ("failed", "RuntimeError", 0)


def test_after_a_failure_the_clock_waits_for_an_hour_and_a_person_does_not(contest, people, monkeypatch):
    def broken(*_given):
        raise RuntimeError

    with monkeypatch.context() as patched:
        patched.setattr(arbitration, "arbitrate", broken)
        assert tasks.sweep_arbitrations() == 1
        assert tasks.sweep_arbitrations() == 0
    assert list(ArbitrationRun.objects.values_list("state", flat=True)) == ["failed"]
    assert arbiter.ask(people[Role.ANALYST]).state == "queued"
    ArbitrationRun.objects.filter(state="queued").delete()
    ArbitrationRun.objects.update(finished_at=timezone.now() - timedelta(minutes=61))
    assert tasks.sweep_arbitrations() == 1
    assert arbiter.latest() is not None


def test_a_run_that_outlived_its_lease_leaves_no_standings(contest, monkeypatch):
    run, weigh = arbiter.ask(None), arbiter.weigh

    def slow(run_id):
        done = weigh(run_id)
        ArbitrationRun.objects.filter(pk=run_id).update(state="failed", error="WorkerLost", lease_until=None)
        return done

    monkeypatch.setattr(arbiter, "weigh", slow)
    arbiter.run(run.pk)
    run.refresh_from_db()
    assert (run.state, run.kept, Standing.objects.count()) == ("failed", False, 0)
    assert not Decision.objects.filter(kind="arbitration").exists()


def test_an_edition_is_a_change_when_it_begins_not_when_it_is_scheduled(company, people):
    walk.company_policy()
    walk.drafted(company, people)
    weighed()
    hour, editions = timedelta(hours=1), PolicyVersion.objects
    ArbitrationRun.objects.update(seconds=0, started_at=Now() - hour)
    Campaign.objects.update(created_at=Now() - 2 * hour)
    editions.update(published_at=Now() - 2 * hour, in_force_from=Now() - 2 * hour)
    assert not arbiter.is_due()
    editions.create(number=99, state="scheduled", published_at=Now(), in_force_from=Now() + 48 * hour)
    assert not arbiter.is_due()
    editions.filter(number=99).update(in_force_from=Now() - hour / 2)
    assert arbiter.is_due()
    editions.filter(number=99).update(state="withdrawn")
    assert not arbiter.is_due()


def test_a_lever_is_set_with_its_reason_its_trace_and_its_history(people, company):
    walk.company_policy()
    unit, manager = BusinessUnit.objects.get(pk="TECHFIN"), people[Role.MANAGER]
    made = levers.set_lever(unit, Decimal("1.5"), "meta do trimestre", manager)
    assert (made.value, made.set_by, made.note) == (Decimal("1.5"), manager, "meta do trimestre")
    assert levers.set_lever(unit, Decimal("1.50"), "de novo", manager) is None
    levers.set_lever(unit, Decimal(1), "fim do trimestre", people[Role.ADMIN])
    history = Lever.pgh_event_model.objects.order_by("pgh_id").values_list("value", "note")
    assert list(history) == [(Decimal("1.50"), "meta do trimestre"), (Decimal("1.00"), "fim do trimestre")]
    assert list(
        AuditEntry.objects.filter(action="lever.set").order_by("pk").values_list("detail__after", flat=True)
    ) == ["1.50", "1.00"]


@pytest.mark.parametrize(
    ("role", "value", "note", "code"),
    [
        (Role.ANALYST, "2", "porque sim", "not_allowed"),
        (Role.REP, "2", "porque sim", "not_allowed"),
        (Role.MANAGER, "0.05", "porque sim", "lever_range"),
        (Role.MANAGER, "11", "porque sim", "lever_range"),
        (Role.MANAGER, "NaN", "porque sim", "lever_range"),
        (Role.MANAGER, "2", " ", "comment_missing"),
    ],
)
def test_a_lever_is_refused_and_nothing_changes(people, company, role, value, note, code):
    walk.company_policy()
    strategy = Strategy.objects.get(code="gestao-retain")
    with pytest.raises(Refused) as refusal:
        levers.set_lever(strategy, Decimal(value), note, people[role])
    assert refusal.value.code == code
    assert not Lever.objects.exists()
    assert not AuditEntry.objects.filter(action="lever.set").exists()


def test_columns_travel_unchanged_and_nulls_are_refused(db):
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE sheet (a bigint, b real, c smallint, d boolean)")
    kinds = {"a": ">i8", "b": ">f4", "c": ">i2", "d": "?"}
    given = {
        "a": np.arange(3) * 10**12,
        "b": np.array([0.1, 2.5, -1], "f4"),
        "c": np.array([-7, 0, 9]),
        "d": np.array([True, False, True]),
    }
    assert copying.write("sheet", {name: (kinds[name], values) for name, values in given.items()}) == 3
    back = copying.read("SELECT a, b, c, d FROM sheet WHERE a >= %(least)s", {"least": 0}, kinds)
    assert all((back[name] == given[name]).all() for name in given)
    assert len(copying.read("SELECT a FROM sheet WHERE false", None, {"a": ">i8"})["a"]) == 0
    with pytest.raises(ValueError):
        copying.read("SELECT a FROM sheet UNION ALL SELECT NULL", None, {"a": ">i8"})
    assert copying.read("SELECT c FROM sheet WHERE c < %(most)s", {"most": 0}, {"a": ">i8"})["a"].tolist() == [
        -7
    ]  # widened
    with pytest.raises(ProgrammingError), transaction.atomic():
        copying.read("SELECT a FROM sheet", None, {"a": ">i2"})


def test_sets_find_whom_the_audience_finds(company, people):
    walk.company_policy({"frequency_cap": None, "outcome_pause": {"rejections": 1, "days": 30}})
    earlier = walk.sent(walk.twin(company), people, strategy="gestao-expand", hold_out_share=0)
    members = company.members(0)
    message = earlier.messages.filter(state="sent").first()
    Interaction.objects.create(
        message=message, customer=message.customer, campaign=earlier, kind="reject", origin="human", key="r"
    )
    Contact.objects.filter(customer=members[3]).update(bounced_at=timezone.now())
    contests.raise_for(members[5], people[Role.MANAGER], "all", "Não quero ser tratado por máquinas")
    Customer.every.filter(pk=members[6].pk).update(merged_into=members[9])  # whose contact it lends
    for strategy, channel in (("gestao-retain", "email"), ("rd-cross-sell", "email"), ("gestao-onboard", "call")):
        campaign = walk.drafted(walk.twin(company), people, strategy=strategy, channel=channel, hold_out_share=0.2)
        wanted = "call" if channel == "call" else "mail"
        expected = {each.customer_id for each in audience.verdicts(campaign) if each.outcome == wanted}
        assert set(Candidates().of(campaign).tolist()) == expected
        assert len(expected) > 5
        audience.freeze(campaign)
        assert set(Candidates().of(campaign).tolist()) == expected
