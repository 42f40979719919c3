"""The audience: counted as it will be, frozen once, hold-outs the same for ever."""

import hashlib

import pytest

from accounts.models import Consent, Contact, Role
from campaigns import audience, lifecycle
from campaigns.models import CallTask, Campaign, Interaction, Message
from tests.campaigns import walk

pytestmark = pytest.mark.django_db


def held(salt: str, code: str) -> float:
    return int(hashlib.sha256(f"{salt}{code}".encode()).hexdigest()[:8], 16) / 2**32


def states(campaign: Campaign) -> dict[str, tuple[str, str, str]]:
    rows = campaign.messages.values_list("customer__code", "state", "reason", "channel")
    return {code: (state, reason, channel) for code, state, reason, channel in rows}


def test_the_preview_is_what_the_freeze_does(company, people):
    walk.company_policy()
    campaign = walk.drafted(company, people, hold_out_share=0.3)
    before = audience.preview(campaign)
    assert not campaign.messages.exists()
    counts = audience.freeze(campaign)
    assert audience.preview(campaign) == before
    assert before.total == 20 == sum(counts.values())
    assert counts["queued"] == before.mails
    assert counts["held_out"] == before.held_out > 0
    assert before.excluded == {"no_consent": before.total - before.mails - before.calls - before.held_out}


def test_each_customer_gets_the_verdict_of_its_contact(company, people):
    walk.company_policy()
    members = company.members(0)
    Contact.objects.filter(customer=members[0]).update(bounced_at="2026-01-01T00:00Z")
    Contact.objects.filter(customer=members[1]).update(erased_at="2026-01-01T00:00Z", email="", name="")
    Consent.objects.filter(contact__customer=members[2], purpose="service").delete()
    campaign = walk.drafted(company, people, hold_out_share=0)
    Consent.objects.filter(contact__customer=members[3], purpose=campaign.strategy.purpose).update(granted=False)
    Consent.objects.filter(contact__customer=members[2], purpose=campaign.strategy.purpose).delete()
    audience.freeze(campaign)
    found = states(campaign)
    assert found[members[0].code] == ("suppressed", "bounced", "call")
    assert found[members[1].code] == ("suppressed", "erased", "email")
    assert found[members[2].code] == ("suppressed", "no_consent", "call")
    assert found[members[3].code] == ("suppressed", "no_consent", "email")
    assert found[members[9].code] == ("suppressed", "no_contact", "call")
    assert found[members[5].code] == ("queued", "", "email")


def test_a_consenting_colleague_is_written_to_instead_of_a_primary_contact_who_did_not_agree(company, people):
    walk.company_policy()
    customer = company.members(0)[0]
    campaign = walk.drafted(company, people, hold_out_share=0)
    Consent.objects.filter(contact__customer=customer).update(granted=False)
    colleague = Contact.objects.create(customer=customer, ref="C-second", name="Bia Reis", email="bia@clientes.example")
    Consent.objects.create(
        contact=colleague, purpose=campaign.strategy.purpose, granted=True, source="test", at="2026-01-01T00:00Z"
    )
    audience.freeze(campaign)
    assert campaign.messages.get(customer=customer).contact == colleague


def test_hold_outs_are_drawn_by_a_hash_that_any_campaign_of_the_unit_shares(company, people):
    walk.company_policy({"frequency_cap": None})
    first = walk.drafted(company, people, hold_out_share=0.3)
    second = walk.drafted(walk.twin(company), people, strategy="gestao-expand", hold_out_share=0.3)
    for campaign in (first, second):
        audience.freeze(campaign)
    chosen = {code for code, found in states(first).items() if found[0] == "held_out"}
    eligible = {code for code, found in states(first).items() if found[0] == "queued" or found[2] == "call"} | chosen
    assert chosen == {code for code in eligible if held(audience.salt(first), code) < 0.3}
    both = set(states(first)) & set(states(second))
    assert {code for code in both if states(second)[code][0] == "held_out"} == chosen


def test_message_ids_are_fixed_and_name_the_message(company, people):
    walk.company_policy()
    campaign = walk.drafted(company, people)
    audience.freeze(campaign)
    for message in campaign.messages.all():
        assert message.message_id == f"<{message.pk}@b2shift.example>"


def test_a_second_freeze_changes_nothing(company, people):
    walk.company_policy()
    campaign = walk.drafted(company, people)
    first = audience.freeze(campaign)
    before = list(campaign.messages.order_by("pk").values())
    Consent.objects.all().update(granted=False)
    assert audience.freeze(campaign) == first
    assert list(campaign.messages.order_by("pk").values()) == before


def test_the_fingerprint_holds_from_approval_on_and_moves_with_the_hold_out(company, people):
    walk.company_policy()
    campaign = walk.drafted(company, people)
    before = audience.fingerprint(campaign)
    audience.freeze(campaign)
    assert audience.fingerprint(campaign) == before
    campaign.hold_out_share = 0.2
    assert audience.fingerprint(campaign) != before


def test_a_customer_who_declined_twice_is_left_alone(company, people):
    walk.company_policy({"frequency_cap": None, "outcome_pause": {"rejections": 2, "days": 30}})
    customer = company.members(0)[5]
    for number, strategy in enumerate(("gestao-retain", "gestao-expand")):
        earlier = walk.sent(walk.twin(company), people, strategy=strategy, hold_out_share=0)
        message = earlier.messages.get(customer=customer)
        Interaction.objects.create(
            message=message, customer=customer, campaign=earlier, kind="reject", origin="human", key=f"r{number}"
        )
    campaign = walk.drafted(company, people, strategy="gestao-onboard", hold_out_share=0)
    assert audience.preview(campaign).excluded["outcome_pause"] == 1
    Interaction.objects.create(
        message=message, customer=company.members(0)[6], campaign=earlier, kind="reject", origin="machine", key="m1"
    )
    assert audience.preview(campaign).excluded["outcome_pause"] == 1


def test_a_customer_written_to_in_the_window_is_capped_whatever_the_unit(company, people):
    walk.company_policy({"frequency_cap": {"messages": 1, "days": 7, "long_messages": 3, "long_days": 30}})
    first = walk.sent(company, people, hold_out_share=0)
    reached = first.messages.filter(state="sent").count()
    second = walk.drafted(walk.twin(company), people, strategy="rd-retain", hold_out_share=0)
    assert audience.preview(second).excluded["capped"] == reached > 0


def test_calls_are_made_at_launch_for_customers_without_a_contact(company, people):
    walk.company_policy()
    campaign = walk.approved(company, people, hold_out_share=0)
    assert not CallTask.objects.exists()
    campaign = walk.outbox.launch(campaign.pk, people[Role.MANAGER])
    calls = CallTask.objects.filter(campaign=campaign)
    assert {task.customer.code for task in calls} == {company.members(0)[9].code, company.members(0)[19].code}
    assert all(task.assigned_to == task.customer.owner and task.talking_points for task in calls)


def test_a_campaign_by_telephone_calls_everybody_who_did_not_refuse(company, people):
    walk.company_policy()
    campaign = walk.drafted(company, people, channel="call", hold_out_share=0)
    counted = audience.preview(campaign)
    assert counted.mails == 0
    assert counted.calls + sum(counted.excluded.values()) == 20
    assert set(counted.excluded) <= {"no_consent"}


def test_void_keeps_the_frozen_audience(company, people):
    walk.company_policy()
    campaign = walk.approved(company, people)
    before = set(Message.objects.filter(campaign=campaign).values_list("pk", flat=True))
    lifecycle.move(campaign.pk, "void", None, reason_code="expired")
    lifecycle.move(campaign.pk, "approve", people["second_manager"])
    assert set(Message.objects.filter(campaign=campaign).values_list("pk", flat=True)) == before
