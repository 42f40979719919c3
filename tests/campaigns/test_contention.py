"""A live campaign of a higher priority takes a customer while contacts run out: in the preview, in the freeze, for ever after."""

import json
import threading
from decimal import Decimal

import numpy as np
import pytest
from django.db import connection, connections, transaction
from django.urls import reverse

from accounts.models import Customer, Picture, Role
from campaigns import audience, contention, factors, gate, lifecycle, queries, repeats, strategies, tracking
from campaigns.models import Campaign, Decision, Interaction, Lever, Message
from campaigns.tracking import Visit
from tests.campaigns import walk

pytestmark = pytest.mark.django_db
ONE_CONTACT = {"frequency_cap": {"messages": 1, "days": 7, "long_messages": 4, "long_days": 30}}
TWO_CONTACTS = {"frequency_cap": {"messages": 2, "days": 7, "long_messages": 4, "long_days": 30}}


def lift(campaign: Campaign, people, value: str = "10") -> Lever:
    return Lever.objects.create(campaign=campaign, value=Decimal(value), set_by=people[Role.MANAGER])


@pytest.fixture
def rivals(company, people):
    """A live campaign over the customers of a proposal; both without a hold-out."""
    walk.company_policy(ONE_CONTACT)
    live = walk.approved(walk.twin(company), people, strategy="gestao-expand", hold_out_share=0)
    return live, walk.drafted(company, people, hold_out_share=0)


def outranked(campaign: Campaign) -> int:
    return audience.preview(campaign).excluded.get("outranked", 0)


def test_the_only_live_campaign_loses_nobody_and_costs_one_question(company, people, django_assert_max_num_queries):
    walk.company_policy(ONE_CONTACT)
    campaign = walk.drafted(company, people, hold_out_share=0)
    target, parameters = audience._target(campaign)
    limits = gate.limits_for(campaign)
    with django_assert_max_num_queries(1):
        assert contention.outranked(campaign, target, parameters, limits) is contention.NONE


def test_a_play_is_as_strong_as_its_own_answers_by_people(company, people):
    walk.company_policy({"frequency_cap": None})
    campaign = walk.sent(company, people, strategy="gestao-expand", hold_out_share=0)
    mails = [tracking.find(pk) for pk in campaign.messages.filter(state="sent").values_list("pk", flat=True)]
    tracking.record_answer(mails[0], "accept", "", Visit("POST", "Mozilla/5.0 Firefox/140"))
    tracking.record_answer(mails[0], "accept", "", Visit("POST", "Mozilla/5.0 Firefox/140"))
    tracking.record_answer(mails[1], "decline", "price", Visit("POST", "Mozilla/5.0 Firefox/140"))
    Interaction.objects.create(
        message=mails[2], campaign=campaign, customer=mails[2].customer, kind="accept", origin="machine"
    )
    reads = contention._Reads(np.array([company.members(0)[0].pk], dtype=np.int64))
    assumed = {play: strategies.ASSUMED[play][1] for play in ("expand", "retain")}
    assert reads.acceptance("expand") == factors.acceptance(1, len(mails), assumed["expand"])
    assert reads.acceptance("retain") == factors.acceptance(0, 0, assumed["retain"])


def test_a_proposal_is_outranked_by_a_live_campaign_in_preview_and_freeze_alike(rivals, people):
    live, proposal = rivals
    lift(live, people)
    claimed = set(live.messages.filter(state="queued").values_list("customer_id", flat=True))
    before = audience.preview(proposal)
    assert before.excluded["outranked"] == len(claimed) > 10
    told = {each.customer_id: each for each in audience.verdicts(proposal)}
    audience.freeze(proposal)
    assert audience.preview(proposal) == before
    assert {each.customer_id: each for each in audience.verdicts(proposal)} == told
    lost = proposal.messages.filter(reason="outranked")
    assert set(lost.values_list("customer_id", flat=True)) == claimed
    assert set(lost.values_list("state", "outranked_by")) == {("suppressed", live.pk)}
    assert {each.winner for each in told.values() if each.reason == "outranked"} == {live.pk}


def test_who_has_the_higher_priority_is_not_outranked_and_takes_nobody_back(rivals, people):
    live, proposal = rivals
    lift(proposal, people)
    before = list(live.messages.order_by("pk").values())
    assert outranked(proposal) == 0
    lifecycle.move(proposal.pk, "submit", people[Role.ANALYST])
    lifecycle.move(proposal.pk, "approve", people[Role.MANAGER])
    assert proposal.messages.filter(state="queued").count() > 10
    assert list(live.messages.order_by("pk").values()) == before  # frozen is frozen


def test_a_frozen_audience_stays_whatever_lever_is_set_later(rivals, people):
    live, proposal = rivals
    lift(proposal, people)
    audience.freeze(proposal)
    before = list(proposal.messages.order_by("pk").values())
    Lever.objects.all().delete()
    lift(live, people)
    assert outranked(proposal) == 0
    audience.freeze(proposal)
    assert list(proposal.messages.order_by("pk").values()) == before


@pytest.mark.parametrize("policy", [TWO_CONTACTS, {"frequency_cap": None}])
def test_while_contacts_are_free_nobody_is_outranked(company, people, policy):
    walk.company_policy(policy)
    live = walk.approved(walk.twin(company), people, strategy="gestao-expand", hold_out_share=0)
    lift(live, people)
    assert outranked(walk.drafted(company, people, hold_out_share=0)) == 0


@pytest.mark.parametrize("verb", ["pause", "cancel"])
def test_a_paused_or_cancelled_campaign_claims_nobody(company, people, verb):
    walk.company_policy(ONE_CONTACT)
    live = walk.sending(walk.twin(company), people, strategy="gestao-expand", hold_out_share=0)
    lift(live, people)
    proposal = walk.drafted(company, people, hold_out_share=0)
    assert outranked(proposal) > 0
    lifecycle.move(live.pk, verb, people[Role.MANAGER])
    assert outranked(proposal) == 0


def test_what_went_out_is_a_cap_and_no_rank(company, people):
    walk.company_policy(ONE_CONTACT)
    live = walk.sent(walk.twin(company), people, strategy="gestao-expand", hold_out_share=0)
    lift(live, people)
    counted = audience.preview(walk.drafted(company, people, hold_out_share=0))
    assert counted.excluded["capped"] > 10
    assert "outranked" not in counted.excluded


def test_hold_outs_are_drawn_after_the_outranked_are_gone(rivals, people):
    live, proposal = rivals
    lift(live, people)
    Campaign.objects.filter(pk=proposal.pk).update(hold_out_share=0.4)
    proposal.refresh_from_db()
    audience.freeze(proposal)
    taken = live.messages.filter(state="queued").values("customer_id")
    assert not proposal.messages.filter(customer__in=taken, state="held_out").exists()


def test_the_record_of_the_freeze_decides_again(rivals, people):
    live, proposal = rivals
    lift(live, people)
    audience.freeze(proposal)
    decision = Decision.objects.get(kind="audience", campaign=proposal)
    done = repeats.replay(decision)
    assert (done.identical, done.differences) == (True, [])
    decision.body = (
        decision.body.replace(f"[{live.pk},", f"[{live.pk + 1},").replace("10.0]", "0.1]").replace(",10]", ",0.1]")
    )
    assert any(each["path"].startswith("output") for each in repeats.replay(decision).differences)


def test_the_budget_is_what_the_gate_counts(company, people):
    walk.company_policy(TWO_CONTACTS)
    for strategy in ("gestao-expand", "gestao-onboard"):
        walk.sent(walk.twin(company), people, strategy=strategy, hold_out_share=0)
    campaign = walk.drafted(company, people)
    customers = np.array(sorted(Customer.objects.values_list("pk", flat=True)), dtype=np.int64)
    limits = gate.limits_for(campaign)
    found = contention.field([(campaign, customers)], customers, {campaign.business_unit_id: limits.windows}, set())
    capped_now = gate.CAPPED.format(customer="t.id")
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT t.id FROM accounts_customer t WHERE {capped_now}", limits.parameters())  # noqa: S608
        capped = {row[0] for row in cursor.fetchall()}
    assert capped == set(customers[found.contest.budget[:, 0] == 0].tolist())
    assert len(capped) > 10


def test_factors_come_from_the_customers_own_figures(company, people):
    walk.company_policy(ONE_CONTACT)
    sell, keep = walk.drafted(company, people, strategy="rd-cross-sell"), walk.drafted(company, people, segment=1)
    Picture.objects.filter(customer=company.customers[0]).update(
        nps_last=3, tickets_high_12m=2, tickets_90d=1, mrr=None
    )
    Lever.objects.create(business_unit_id="RD", value=2, set_by=people[Role.MANAGER])
    customers = np.array(sorted(each.pk for each in company.members(0)), dtype=np.int64)
    windows = {"RD": ((7, 1),), "GESTAO": ((7, 1),)}
    found = contention.field([(sell, customers), (keep, customers)], customers, windows, set())
    first = customers.tolist().index(company.customers[0].pk)
    context = found.contest.context[:, 0]
    assert context[first] == pytest.approx(0.5 * 0.6 * 0.95)  # tickets, detractor, confidence 0.9
    assert found.reasons[first, 0] == 0b11
    assert found.contest.context[first, 1] == pytest.approx(
        1.2 * 1.2
    )  # keeping: both speak for it; no membership there: fit unknown
    assert (found.contest.propensity[:, 1] == np.float32(0.05)).all()
    assert not found.modelled.any()
    assert found.contest.lever.tolist() == [2.0, 1.0]
    assert found.contest.value[first, 1] > 0  # no revenue known: the typical one stands in
    assert queries.policy_in_force().rules.filter(kind="frequency_cap").exists()
    assert Message.objects.count() == 0


def test_the_audience_page_names_the_campaign_that_comes_first(rivals, people, client_of):
    live, proposal = rivals
    lift(live, people)
    client = client_of(Role.MANAGER)
    client.cookies["django_language"] = "en"
    html = client.get(reverse("recipients", args=[proposal.pk])).content.decode()
    assert f"“{live.title}” has a higher priority and comes first" in html
    audience.freeze(proposal)
    assert (
        f"“{live.title}” has a higher priority"
        in client.get(reverse("recipients", args=[proposal.pk])).content.decode()
    )
    assert (
        live.title in b"".join(client.get(reverse("recipients-export", args=[proposal.pk])).streaming_content).decode()
    )


def test_an_outranked_recipient_of_a_follow_up_stays_due_for_the_next_wave(company, people):
    walk.company_policy(TWO_CONTACTS | {"outcome_pause": None})
    parent = walk.sent(company, people, hold_out_share=0)
    for message in parent.messages.filter(state="sent"):
        Interaction.objects.create(
            message=message,
            customer=message.customer,
            campaign=parent,
            kind="reject",
            origin="human",
            key=f"{message.pk}",
        )
    live = walk.approved(walk.twin(company), people, strategy="gestao-expand", hold_out_share=0)
    lift(live, people)
    second = walk.drafted(company, people, parent=parent, hold_out_share=0)
    due = audience.due_for_follow_up(parent, 7)
    taken = audience.preview(second).excluded["outranked"]
    assert taken > 10
    audience.freeze(second)
    assert not second.messages.filter(reason="outranked").exists()
    assert len(audience.due_for_follow_up(parent, 7)) == len(due) - second.messages.count() >= taken
    decision = Decision.objects.get(kind="audience", campaign=second)
    assert ["later", "outranked"] in json.loads(decision.body)["output"]["outcomes"]
    assert repeats.replay(decision).identical


@pytest.mark.django_db(transaction=True)
def test_of_two_audiences_frozen_at_once_the_second_waits_and_sees_the_claims_of_the_first(company, people):
    walk.company_policy(ONE_CONTACT)
    first, second = (walk.drafted(walk.twin(company), people, hold_out_share=0) for _number in range(2))

    def freeze() -> None:
        try:
            audience.freeze(second)
        finally:
            connections["default"].close()

    thread = threading.Thread(target=freeze)
    with transaction.atomic(), connection.cursor() as cursor:
        audience.freeze(first)
        Campaign.objects.filter(pk=first.pk).update(status="approved")
        thread.start()
        for _try in range(200):
            cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
            if cursor.fetchone()[0]:
                break
            thread.join(0.05)
        assert thread.is_alive()
    thread.join(30)
    claimed = set(first.messages.filter(state="queued").values_list("customer_id", flat=True))
    assert set(second.messages.filter(outranked_by=first).values_list("customer_id", flat=True)) == claimed
    assert len(claimed) > 10
