"""Ceilings of cost and channels by purpose, from the draft to the gate: what policy closes is neither proposed, approved nor sent."""

from dataclasses import replace

import pytest
from django.core import mail

from accounts.models import Role
from b2shift.lib.api import Refused
from campaigns import audience, gate, learning, lifecycle, outbox, policy_words, prescribe, repeats
from campaigns.cases import Case
from campaigns.models import Campaign, Decision, Message, Offer
from campaigns.views import preview
from tests.campaigns import walk

pytestmark = pytest.mark.django_db
BOTH = ["email", "call"]


def only_calls(purpose: str) -> dict:
    return {"channels": {"marketing": BOTH, "service": BOTH, "credit": BOTH, purpose: ["call"]}}


def blocking(campaign: Campaign) -> set[str]:
    return {each["code"] for each in Case(Campaign.objects.get(pk=campaign.pk)).blocking}


@pytest.mark.parametrize("rule", [{"max_cost": 100}, {"max_year_percent": 0.5}])
def test_a_dear_offer_is_neither_approved_nor_proposed(company, people, rule):
    walk.company_policy()
    campaign = walk.drafted(company, people)
    lifecycle.move(campaign.pk, "submit", people[Role.ANALYST])
    walk.new_policy({"benefit_ceiling": rule})
    assert blocking(campaign) & {"benefit_above_ceiling", "benefit_above_share"}
    with pytest.raises(Refused):
        lifecycle.move(campaign.pk, "approve", people[Role.MANAGER])
    assert not Message.objects.exists()
    Offer.objects.filter(business_unit="GESTAO").update(cost=90)
    Campaign.objects.filter(pk=campaign.pk).update(status="rejected")
    made = prescribe.run(people[Role.ANALYST]).campaigns
    assert made
    assert {each.offer.business_unit_id for each in made} == {"GESTAO"}


def test_an_offer_without_a_cost_is_asked_for_it(company, people):
    walk.company_policy()
    campaign = walk.drafted(company, people)
    assert blocking(campaign) == set()
    Offer.objects.filter(pk=campaign.offer_id).update(cost=None)
    assert blocking(campaign) == {"benefit_unknown"}


def test_a_closed_channel_blocks_and_the_proposal_takes_the_open_one(company, people, english):
    walk.company_policy(only_calls("marketing"))
    campaign = walk.drafted(company, people)
    assert "channel_closed" in blocking(campaign)
    told = next(each for each in preview.findings(Case(campaign).findings) if each["code"] == "channel_closed")
    assert (
        told["words"]
        == "The channel “E-mail” may not be used for the purpose “Marketing”; open: Call by the sales rep."
    )
    Campaign.objects.filter(pk=campaign.pk).update(status="rejected")
    made = prescribe.run(people[Role.ANALYST]).campaigns
    assert {each.channel for each in made} == {"call"}
    assert not any("channel_closed" in blocking(each) for each in made)


def test_where_calls_are_closed_nobody_is_called_instead_of_written_to(company, people):
    rule = {"marketing": ["email"], "service": BOTH, "credit": BOTH}
    walk.company_policy({"channels": rule})
    counted = audience.preview(walk.drafted(company, people, hold_out_share=0))
    assert counted.calls == 0
    assert counted.excluded["no_contact"] == 2


def test_the_ladder_takes_the_open_channel_and_the_decision_replays(company, people):
    walk.company_policy({"frequency_cap": None})
    campaign = walk.sent(company, people, hold_out_share=0)
    assert learning.next_step(campaign) == "email"
    walk.new_policy(only_calls("marketing"))
    assert learning.next_step(campaign) == "call"
    campaign.messages.update(finished_at="2026-01-01T00:00Z")
    assert learning.follow_up()["calls"] > 0
    step = Decision.objects.get(kind=Decision.Kind.FOLLOW_UP)
    assert repeats.replay(step).identical
    walk.new_policy({"channels": {"marketing": ["email"], "service": BOTH, "credit": BOTH}})
    campaign.step = campaign.strategy.max_steps - 1
    assert learning.next_step(campaign) == ""


def test_the_gate_itself_lets_no_mail_through_a_closed_channel(company, people):
    walk.company_policy()
    campaign = walk.sending(company, people, hold_out_share=0)
    message = outbox.claim(1, "test").get()
    limits = replace(gate.limits_for(campaign), channels=frozenset({"call"}))
    digest = lifecycle.digest(campaign)
    ticket = gate.Ticket(str(message.pk), message.customer_id, "test", message.contact.email, digest, 1)
    assert gate.dispatch(ticket, limits, gate.known_zones([])) == gate.Verdict("queued", "channel_closed")
    assert mail.outbox == []
    assert Message.objects.get(pk=message.pk).dispatched_at is None


@pytest.mark.parametrize("code", ["benefit_above_ceiling", "benefit_above_share", "benefit_unknown", "channel_closed"])
def test_the_new_findings_have_words(code):
    assert policy_words.of_code(code) != code
