"""What comes back is kept once, and only people's signs count as people's."""

import uuid

import pytest
from django.core import mail
from django.db import connection
from django.utils import timezone

from accounts.models import AuditEntry, Consent
from campaigns import outbox, tracking
from campaigns.models import CallTask, Interaction, Message
from campaigns.tracking import Visit
from tests.campaigns import walk

pytestmark = pytest.mark.django_db
BROWSER = Visit("GET", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/142.0 Safari/537.36")


def send_back(message: Message, **interval: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE campaigns_message SET dispatched_at = dispatched_at - %s::interval WHERE id = %s",
            [interval["ago"], message.pk],
        )
    message.refresh_from_db()


@pytest.fixture
def message(company, people) -> Message:
    walk.company_policy({"frequency_cap": None})
    campaign = walk.sent(company, people, hold_out_share=0)
    found = campaign.messages.filter(state="sent").order_by("pk").first()
    send_back(found, ago="1 hour")
    return tracking.find(found.pk)


def signs(message: Message) -> list[tuple[str, str]]:
    return sorted(message.interactions.exclude(kind="sent").values_list("kind", "origin"))


def test_repeats_do_not_add(message):
    for _again in range(3):
        tracking.record_open(message, BROWSER)
        tracking.record_click(message, "offer", BROWSER)
        tracking.record_answer(message, "accept", "", BROWSER)
        tracking.record_unsubscribe(message)
    assert signs(message) == [("accept", "human"), ("click", "human"), ("open", "human"), ("unsubscribe", "human")]


@pytest.mark.parametrize(
    ("visit", "origin"),
    [
        (BROWSER, "human"),
        (Visit("HEAD", BROWSER.agent), "machine"),
        (Visit("GET", BROWSER.agent, prefetch=True), "machine"),
        (Visit("GET", ""), "machine"),
        (Visit("GET", "Mozilla/5.0 (compatible; Googlebot/2.1)"), "machine"),
        (Visit("GET", "python-requests/2.31"), "machine"),
        (Visit("GET", "Proofpoint URL Defense"), "machine"),
        (Visit("GET", "Mozilla/5.0 (via ggpht.com GoogleImageProxy)"), "unverified"),
    ],
)
def test_who_it_was(message, visit, origin):
    tracking.record_open(message, visit)
    assert signs(message) == [("open", origin)]


def test_what_comes_within_seconds_is_not_verified(message):
    Message.objects.filter(pk=message.pk).update(dispatched_at=timezone.now())
    fresh = tracking.find(message.pk)
    tracking.record_click(fresh, "accept", BROWSER)
    assert signs(fresh) == [("click", "unverified")]


def test_the_trap_marks_what_follows_it(message):
    tracking.record_click(message, "site", BROWSER)
    tracking.record_click(message, "accept", BROWSER)
    tracking.record_open(message, BROWSER)
    assert signs(message) == [("click", "machine"), ("click", "machine"), ("open", "machine")]


def test_a_machines_open_does_not_hide_a_persons(message):
    tracking.record_open(message, Visit("GET", "curl/8"))
    tracking.record_open(message, BROWSER)
    assert signs(message) == [("open", "human"), ("open", "machine")]


def test_an_acceptance_becomes_a_call_of_the_accounts_rep(message):
    assert tracking.record_answer(message, "accept", "", BROWSER) is True
    task = CallTask.objects.get(customer=message.customer)
    assert (task.reason, task.assigned_to, task.message_id) == ("accepted", message.customer.owner, message.pk)


def test_a_machines_acceptance_teaches_nothing(message):
    assert tracking.record_answer(message, "accept", "", Visit("POST", "bot")) is False
    assert signs(message) == [("accept", "machine")]
    assert not CallTask.objects.filter(customer=message.customer).exists()
    assert tracking.answer_of(message) == ""


def test_a_person_may_change_their_mind_to_yes(message):
    tracking.record_answer(message, "decline", "price", BROWSER)
    assert tracking.answer_of(message) == "decline"
    assert message.interactions.get(kind="reject").reason_code == "price"
    tracking.record_answer(message, "accept", "", BROWSER)
    assert tracking.answer_of(message) == "accept"


def test_a_reason_outside_the_list_is_not_kept(message):
    tracking.record_answer(message, "decline", "<b>", BROWSER)
    assert message.interactions.get(kind="reject").reason_code == ""


def test_unsubscribing_withdraws_the_consent_and_later_mails(message, company, people):
    assert tracking.record_unsubscribe(message) is True
    consent = Consent.objects.get(contact=message.contact, purpose=message.campaign.strategy.purpose)
    assert (consent.granted, consent.source) == (False, "unsubscribe")
    entry = AuditEntry.objects.get(action="consent.withdraw")
    assert (entry.actor, entry.target_id) == (None, str(message.contact_id))
    assert message.contact.email not in str(entry.detail) + entry.summary
    mail.outbox.clear()
    walk.sent(walk.twin(company), people, strategy="gestao-expand", hold_out_share=0)
    assert mail.outbox
    assert message.contact.email not in {to for found in mail.outbox for to in found.to}


def test_one_mail_unsubscribed_and_another_unsubscribed_again_keep_both_signs(message):
    tracking.record_unsubscribe(message)
    assert tracking.record_unsubscribe(message) is False
    assert Interaction.objects.filter(kind="unsubscribe").count() == 1


def test_only_what_went_out_can_be_answered(company, people):
    walk.company_policy({"frequency_cap": None})
    campaign = walk.sending(company, people, hold_out_share=0.3)
    outbox.work(2, "test")
    for found in campaign.messages.all():
        assert (tracking.find(found.pk) is not None) == (found.state == "sent")
    assert tracking.find(uuid.uuid4()) is None


def test_answers_end_after_half_a_year_but_unsubscribing_never(message):
    send_back(message, ago="181 days")
    assert tracking.find(message.pk) is None
    assert tracking.find(message.pk, ever=True) == message
