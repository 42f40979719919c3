"""The outbox against a real mail server: each recipient is written to once or not at all, and every outcome is recorded."""

import email
from collections.abc import Iterator

import pytest
from aiosmtpd.controller import Controller
from django.core import mail
from django.db import connection
from django.utils import timezone

from accounts.models import Role
from campaigns import lifecycle, outbox
from campaigns.models import Campaign, Draft, Interaction, Message
from tests.campaigns import walk
from tests.installation import free_port

pytestmark = pytest.mark.django_db


class Peer:
    """A mail server that answers as it is told and keeps what it accepted."""

    def __init__(self) -> None:
        self.accepted: list[email.message.Message] = []
        self.rcpt_answer = self.data_answer = ""
        self.hang_up = False

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.rcpt_answer:
            return self.rcpt_answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.hang_up:
            self.accepted.append(email.message_from_bytes(envelope.content))
            server.transport.abort()
            return "421 gone"
        if self.data_answer:
            return self.data_answer
        self.accepted.append(email.message_from_bytes(envelope.content))
        return "250 taken"


@pytest.fixture
def peer(settings) -> Iterator[Peer]:
    found = Peer()
    controller = Controller(found, hostname="127.0.0.1", port=free_port())
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", controller.port, 5
    yield found
    controller.stop()


@pytest.fixture
def campaign(company, people) -> Campaign:
    walk.company_policy({"frequency_cap": None})
    return walk.sending(company, people, hold_out_share=0)


def states(campaign: Campaign) -> dict[str, int]:
    found: dict[str, int] = {}
    for state in (
        campaign.messages.filter(channel="email", contact__isnull=False)
        .exclude(state="suppressed")
        .values_list("state", flat=True)
    ):
        found[state] = found.get(state, 0) + 1
    return found


def test_what_the_server_accepted_is_what_is_recorded(campaign, peer):
    total = states(campaign)["queued"]
    assert outbox.work(100, "test") == total
    assert states(campaign) == {"sent": total}
    ids = [found["Message-ID"] for found in peer.accepted]
    assert sorted(ids) == sorted(campaign.messages.filter(state="sent").values_list("message_id", flat=True))
    assert Interaction.objects.filter(campaign=campaign, kind="sent").count() == total
    campaign.refresh_from_db()
    assert campaign.status == Campaign.Status.TRACKING


def test_a_mail_can_be_answered_and_left_by_its_headers(campaign, peer, settings):
    outbox.work(100, "test")
    found = peer.accepted[0]
    message = Message.objects.get(message_id=found["Message-ID"])
    assert found["List-Unsubscribe"].strip() == f"<{settings.B2SHIFT_URL}/u/{message.pk}/>"
    assert found["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    text, html = (part.get_payload(decode=True).decode() for part in found.get_payload())
    for body in (text, html):
        assert f"/c/{message.pk}/accept/" in body
        assert f"/u/{message.pk}/" in body
    assert f"/o/{message.pk}.gif" in html
    assert message.contact.first_name in text


def test_a_second_run_sends_nothing(campaign, peer):
    outbox.work(100, "test")
    before = len(peer.accepted)
    assert outbox.work(100, "test") == 0
    assert outbox.sweep() == {"released": 0, "uncertain": 0, "finished": 0}
    assert len(peer.accepted) == before


def test_a_temporary_refusal_waits_and_is_tried_again(campaign, peer):
    peer.rcpt_answer = "451 try later"
    outbox.work(1, "test")
    message = campaign.messages.get(attempts=1)
    assert message.state == "queued"
    assert message.dispatched_at is None
    assert message.not_before > timezone.now()
    peer.rcpt_answer = ""
    Message.objects.filter(pk=message.pk).update(not_before=timezone.now())
    while outbox.work(100, "test"):
        pass
    message.refresh_from_db()
    assert (message.state, message.attempts) == ("sent", 2)


def test_a_temporary_refusal_is_not_tried_for_ever(campaign, peer):
    peer.data_answer = "452 full"
    message = campaign.messages.filter(state="queued").first()
    Message.objects.filter(pk=message.pk).update(attempts=outbox.MOST_ATTEMPTS - 1, not_before="2020-01-01T00:00Z")
    outbox.work(1, "test")
    message.refresh_from_db()
    assert (message.state, message.reason) == ("failed", "refused")


def test_an_unknown_mailbox_fails_bounces_and_is_never_written_to_again(campaign, peer):
    peer.rcpt_answer = "550 no such user"
    outbox.work(1, "test")
    message = campaign.messages.get(state="failed")
    assert message.reason == "bounced"
    assert message.contact.bounced_at is not None
    assert list(message.interactions.values_list("kind", "origin")) == [("bounce", "machine")]
    assert peer.accepted == []


def test_a_connection_lost_after_the_mail_was_given_is_uncertain_and_never_repeated(campaign, peer):
    peer.hang_up = True
    outbox.work(1, "test")
    message = campaign.messages.get(state="uncertain")
    assert message.reason == "connection_lost"
    peer.hang_up = False
    while outbox.work(100, "test"):
        pass
    ids = [found["Message-ID"] for found in peer.accepted]
    assert ids.count(message.message_id) == 1
    assert campaign.messages.get(pk=message.pk).state == "uncertain"


def test_no_server_leaves_everything_waiting_and_nothing_dispatching(campaign, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    total = states(campaign)["queued"]
    outbox.work(100, "test")
    assert states(campaign) == {"queued": total}
    assert not campaign.messages.filter(owner="test").exists()
    assert campaign.messages.filter(state="queued", attempts=1, not_before__gt=timezone.now()).count() == total


def test_a_server_that_stays_away_pauses_the_campaign(campaign, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    for _attempt in range(outbox.MOST_ATTEMPTS):
        Message.objects.filter(state="queued").update(not_before="2020-01-01T00:00Z")
        outbox.work(100, "test")
    campaign.refresh_from_db()
    assert campaign.status == Campaign.Status.PAUSED
    assert campaign.transitions.first().reason_code == "mail_server"


def test_errors_in_a_row_pause_the_campaign_and_stop_the_batch(campaign, peer):
    peer.data_answer = "554 looks like spam"
    outbox.work(100, "test")
    campaign.refresh_from_db()
    assert campaign.status == Campaign.Status.PAUSED
    assert campaign.transitions.first().reason_code == "errors"
    assert states(campaign)["failed"] == outbox.ERRORS_BEFORE_PAUSE
    assert not campaign.messages.exclude(owner="").exists()


def test_a_dead_senders_rows_are_released_or_uncertain(campaign):
    claimed = list(outbox.claim(3, "dead"))
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE campaigns_message SET state='dispatching', dispatched_at=now(), lease_until=now() - interval '1 s' WHERE id = %s",
            [claimed[0].pk],
        )
        cursor.execute(
            "UPDATE campaigns_message SET lease_until=now() - interval '1 s' WHERE owner = 'dead' AND state = 'queued'"
        )
    assert outbox.sweep()["uncertain"] == 1
    claimed[0].refresh_from_db()
    assert (claimed[0].state, claimed[0].reason) == ("uncertain", "worker_lost")
    assert not campaign.messages.filter(owner="dead").exists()
    while outbox.work(100, "test"):
        pass
    assert claimed[0].contact.email not in {to for sent in mail.outbox for to in sent.to}
    assert len(mail.outbox) == campaign.messages.filter(state="sent").count()


def test_a_live_senders_rows_are_left_alone(campaign):
    claimed = list(outbox.claim(3, "alive"))
    assert outbox.sweep()["released"] == 0
    assert not outbox.claim(100, "other").filter(pk__in=[message.pk for message in claimed]).exists()


def test_the_rate_of_a_minute_is_kept(campaign, settings):
    settings.OUTBOX_RATE_PER_MINUTE = 4
    assert outbox.work(100, "test") == 4
    assert outbox.work(100, "test") == 0
    assert len(mail.outbox) == 4


def test_a_mail_that_cannot_be_written_is_left_out_with_its_reason(company, people):
    walk.company_policy({"frequency_cap": None})
    campaign = walk.approved(company, people, hold_out_share=0)
    message = campaign.messages.filter(state="queued").first()
    outbox.launch(campaign.pk, people[Role.MANAGER])
    bad = Draft(campaign=campaign, number=1, subject="{{ customer.cnpj }}", body=walk.BODY)
    batch = outbox._Batch(
        "test",
        outbox.Line(),
        ["America/Sao_Paulo"],
        {campaign.pk: outbox._Sheet(bad, outbox.gate.limits_for(campaign), "", 1)},
    )
    claimed = outbox.claim(100, "test").get(pk=message.pk)
    outbox._carry(claimed, batch)
    message.refresh_from_db()
    assert (message.state, message.reason) == ("suppressed", "unrenderable")
    assert mail.outbox == []


def test_a_customers_name_cannot_write_headers_or_markup(company, people):
    walk.company_policy({"frequency_cap": None})
    victim = company.members(0)[0]
    victim.name = 'X\r\nBcc: all@x.example <script>alert("1")</script>'
    victim.save()
    walk.sent(company, people, hold_out_share=0)
    found = next(sent for sent in mail.outbox if sent.to == [f"{victim.code.lower()}@clientes.example"])
    assert "\n" not in found.subject
    assert "Bcc" not in found.message()
    assert found.recipients() == found.to
    html = found.alternatives[0].content
    assert "<script" not in html
    assert "&lt;script&gt;" in html


def test_launch_is_refused_to_those_who_may_not_and_nothing_is_written(company, people):
    walk.company_policy()
    campaign = walk.approved(company, people)
    with pytest.raises(outbox.Refused):
        outbox.launch(campaign.pk, people[Role.REP])
    campaign.refresh_from_db()
    assert campaign.status == Campaign.Status.APPROVED
    assert not campaign.call_tasks.exists()


def test_cancelling_takes_the_rest_out_of_the_queue(campaign, people):
    outbox.work(3, "test")
    lifecycle.move(campaign.pk, "cancel", people[Role.MANAGER])
    while outbox.work(100, "test"):
        pass
    assert len(mail.outbox) == 3
    assert set(states(campaign)) == {"sent", "cancelled"}
