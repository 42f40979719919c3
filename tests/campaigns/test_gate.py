"""The gate judges in the statement that acts: whatever changed a moment ago counts, and a refusal sends nothing."""

import threading
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection, connections
from django.utils import timezone

from accounts.models import Consent, Contact, Role
from campaigns import gate, lifecycle, outbox
from campaigns.models import Approval, Campaign, Draft, Interaction, Message
from tests.campaigns import walk

pytestmark = pytest.mark.django_db

ONE_A_WEEK = {"messages": 1, "days": 7, "long_messages": 1, "long_days": 7}


@pytest.fixture
def campaign(company, people) -> Campaign:
    walk.company_policy({"frequency_cap": None})
    return walk.sending(company, people, hold_out_share=0)


def work_out() -> None:
    while outbox.work(100, "test"):
        pass


def judged(message: Message) -> tuple[str, str]:
    work_out()
    message.refresh_from_db()
    return message.state, message.reason


def one(campaign: Campaign) -> Message:
    return campaign.messages.filter(state="queued").order_by("pk").first()


def test_what_nothing_stands_against_goes_out(campaign):
    message = one(campaign)
    assert judged(message) == ("sent", "")
    assert message.contact.email in {to for sent in mail.outbox for to in sent.to}


def withdraw(message: Message) -> None:
    Consent.objects.filter(contact=message.contact, purpose=message.campaign.strategy.purpose).update(granted=False)


def forget_consent(message: Message) -> None:
    Consent.objects.filter(contact=message.contact).delete()


def erase(message: Message) -> None:
    Contact.objects.filter(pk=message.contact_id).update(erased_at=timezone.now())


def bounce(message: Message) -> None:
    Contact.objects.filter(pk=message.contact_id).update(bounced_at=timezone.now())


@pytest.mark.parametrize(
    ("change", "reason"),
    [(withdraw, "no_consent"), (forget_consent, "no_consent"), (erase, "erased"), (bounce, "bounced")],
)
def test_what_changed_after_approval_suppresses_with_its_reason(campaign, change, reason):
    message = one(campaign)
    change(message)
    assert judged(message) == ("suppressed", reason)
    assert message.dispatched_at is None
    assert message.contact.email not in {to for sent in mail.outbox for to in sent.to}
    assert campaign.messages.filter(state="sent").count() == len(mail.outbox) > 0


def test_two_rejections_elsewhere_suppress(company, people, campaign):
    walk.new_policy({})
    message = one(campaign)
    other = campaign.messages.exclude(pk=message.pk).first()
    for number in range(2):
        Interaction.objects.create(
            message=other, customer=message.customer, campaign=campaign, kind="reject", origin="human", key=f"r{number}"
        )
    lifecycle.move(campaign.pk, "void", None, reason_code="policy_changed")
    lifecycle.move(campaign.pk, "approve", people["second_manager"])
    outbox.launch(campaign.pk, people[Role.MANAGER])
    assert judged(message) == ("suppressed", "outcome_pause")


def test_the_cap_counts_all_units(company, people):
    walk.company_policy({"frequency_cap": None})
    first = walk.sending(company, people, hold_out_share=0)
    walk.new_policy({"frequency_cap": ONE_A_WEEK})
    walk.lift("rd-retain", people)
    second = walk.sending(walk.twin(company), people, strategy="rd-retain", hold_out_share=0)
    work_out()  # the first campaign's edition is no longer in force: it goes back to review, the second one goes out
    first.refresh_from_db()
    assert first.status == Campaign.Status.IN_REVIEW
    lifecycle.move(first.pk, "approve", people["second_manager"])
    outbox.launch(first.pk, people[Role.MANAGER])
    reached = set(second.messages.filter(state="sent").values_list("customer", flat=True))
    work_out()
    again = first.messages.filter(customer__in=reached, channel="email")
    assert reached
    assert set(again.values_list("state", "reason")) == {("suppressed", "capped")}


def expire(campaign: Campaign, people: dict) -> None:
    Approval.objects.filter(campaign=campaign).update(expires_at=timezone.now() - timedelta(seconds=1))


def void(campaign: Campaign, people: dict) -> None:
    Approval.objects.filter(campaign=campaign).update(voided_at=timezone.now(), void_reason="test")


def edit(campaign: Campaign, people: dict) -> None:
    Draft.objects.create(
        campaign=campaign, number=2, drafter="person", edited_by=people[Role.ANALYST], subject="Outro", body=walk.BODY
    )


def dearer(campaign: Campaign, people: dict) -> None:
    campaign.offer.benefit = "Outro benefício"
    campaign.offer.save()


def new_policy(campaign: Campaign, people: dict) -> None:
    walk.new_policy({})


@pytest.mark.parametrize("change", [expire, void, edit, dearer, new_policy])
def test_without_an_agreement_to_this_state_nothing_is_sent_and_the_campaign_goes_back(campaign, people, change):
    queued = campaign.messages.filter(state="queued").count()
    change(campaign, people)
    work_out()
    campaign.refresh_from_db()
    assert campaign.status == Campaign.Status.IN_REVIEW
    assert mail.outbox == []
    assert campaign.messages.filter(state="queued", owner="", lease_until=None).count() == queued > 0
    assert not campaign.approvals.filter(voided_at=None, expires_at__gt=timezone.now()).exists()


def test_a_paused_campaign_sends_nothing_and_keeps_its_queue(campaign, people):
    claimed = list(outbox.claim(5, "somebody"))
    lifecycle.move(campaign.pk, "pause", people[Role.MANAGER])
    limits = gate.limits_for(campaign)
    ticket = gate.Ticket(
        str(claimed[0].pk), claimed[0].customer_id, "somebody", claimed[0].contact.email, lifecycle.digest(campaign), 1
    )
    verdict = gate.dispatch(ticket, limits, ["America/Sao_Paulo"])
    assert (verdict.state, verdict.reason) == ("queued", "not_sending")
    work_out()
    assert mail.outbox == []


def test_a_claim_that_somebody_else_holds_is_not_judged(campaign):
    claimed = outbox.claim(1, "somebody").get()
    ticket = gate.Ticket(str(claimed.pk), claimed.customer_id, "another", claimed.contact.email, "", 1)
    assert gate.dispatch(ticket, gate.limits_for(campaign), []) == gate.Verdict("")
    claimed.refresh_from_db()
    assert (claimed.state, claimed.owner) == ("queued", "somebody")


def test_an_address_that_changed_after_rendering_is_not_written_to_with_the_old_mail(campaign):
    claimed = outbox.claim(1, "somebody").get()
    ticket = gate.Ticket(
        str(claimed.pk), claimed.customer_id, "somebody", "old@x.example", lifecycle.digest(campaign), 1
    )
    assert gate.dispatch(ticket, gate.limits_for(campaign), []).reason == "contact_changed"
    claimed.refresh_from_db()
    assert (claimed.state, claimed.owner) == ("queued", "")


def test_quiet_hours_move_the_mail_and_keep_it_waiting(company, people):
    now = timezone.now().astimezone(timezone.get_current_timezone())
    start, end = (now - timedelta(hours=1)).strftime("%H:%M"), (now + timedelta(hours=1)).strftime("%H:%M")
    walk.company_policy({"frequency_cap": None, "quiet_hours": {"start": start, "end": end, "weekends": False}})
    campaign = walk.sending(company, people, hold_out_share=0)
    elsewhere = one(campaign)
    Contact.objects.filter(pk=elsewhere.contact_id).update(time_zone="Asia/Kolkata")
    work_out()
    campaign.refresh_from_db()
    assert campaign.status == Campaign.Status.SENDING
    assert [sent.to for sent in mail.outbox] == [[elsewhere.contact.email]]
    waiting = campaign.messages.filter(state="queued")
    assert waiting.exists()
    for message in waiting:
        assert timedelta(minutes=58) < message.not_before - timezone.now() < timedelta(minutes=62)


def test_a_zone_that_nobody_knows_is_read_as_the_companys(company, people):
    walk.company_policy({"frequency_cap": None})
    campaign = walk.sending(company, people, hold_out_share=0)
    message = one(campaign)
    Contact.objects.filter(pk=message.contact_id).update(time_zone="Mars/Olympus")
    assert judged(message) == ("sent", "")


@pytest.mark.django_db(transaction=True)
def test_of_two_senders_for_one_customer_the_second_counts_the_first(company, people):
    walk.company_policy({"frequency_cap": ONE_A_WEEK})
    walk.lift("rd-retain", people)  # the later one comes first, so that both have the customer in their audience
    both = [
        walk.sending(walk.twin(company), people, strategy=code, hold_out_share=0)
        for code in ("gestao-retain", "rd-retain")
    ]
    customer = one(both[0]).customer_id
    tickets = []
    claimed = {message.pk: message for message in outbox.claim(100, "sender")}
    for campaign in both:
        message = campaign.messages.get(customer=customer)
        assert message.pk in claimed
        address, digest = message.contact.email, lifecycle.digest(campaign)
        needed = lifecycle.approvals_needed(campaign)
        tickets.append((gate.Ticket(str(message.pk), customer, "sender", address, digest, needed), campaign))
    start, verdicts = threading.Barrier(2), []

    def judge(ticket: gate.Ticket, campaign: Campaign) -> None:
        try:
            limits = gate.limits_for(campaign)
            start.wait(10)
            verdicts.append(gate.dispatch(ticket, limits, []))
        finally:
            connections["default"].close()

    threads = [threading.Thread(target=judge, args=pair) for pair in tickets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted((verdict.state, verdict.reason) for verdict in verdicts) == [
        ("dispatching", ""),
        ("suppressed", "capped"),
    ]
    assert connection.connection is not None
