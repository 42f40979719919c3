"""A customer learns what was decided by computer, may contest it, and hears from no automated campaign before a person answers."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry, Role
from b2shift.lib.api import Refused
from campaigns import audience, contests, explanation
from campaigns.models import CallTask, Contest, Message
from tests.campaigns import walk

pytestmark = pytest.mark.django_db
WORDS = "Por que não recebemos esta oferta?"


@pytest.fixture
def sent(company, people):
    cache.clear()
    walk.company_policy({"frequency_cap": None})
    return walk.sent(company, people, hold_out_share=0.2)


def opened(company, people, number=0) -> Contest:
    return contests.raise_for(company.customers[number], people[Role.SUCCESS], "campaign", WORDS)


def test_an_open_contest_keeps_the_customer_out_of_the_audience(company, people):
    walk.company_policy()
    campaign = walk.drafted(company, people, hold_out_share=0)
    before = audience.preview(campaign)
    contest = opened(company, people)
    after = audience.preview(campaign)
    assert after.excluded.get("contested") == 1
    assert after.total == before.total
    assert after.mails == before.mails - 1
    contests.answer(contest.pk, people[Role.MANAGER], "revised", "Vamos tirar vocês das campanhas.", stays_out=True)
    assert audience.preview(campaign).excluded.get("objected") == 1
    contests.readmit(contest.pk, people[Role.MANAGER])
    assert audience.preview(campaign) == before


def test_the_gate_stops_a_mail_that_was_queued_before(company, people):
    walk.company_policy()
    campaign = walk.sending(company, people, hold_out_share=0)
    message = campaign.messages.filter(state="queued").order_by("pk").first()
    contests.raise_for(message.customer, people[Role.MANAGER], "all", WORDS)
    while walk.outbox.work(100, "test"):
        pass
    message.refresh_from_db()
    assert (message.state, message.reason, message.dispatched_at) == ("suppressed", "contested", None)
    assert campaign.messages.filter(state="sent").count() > 5
    assert not CallTask.objects.filter(customer=message.customer).exists()


def test_a_contest_has_a_person_and_a_day_and_is_audited(company, people):
    first, second = opened(company, people), opened(company, people, 1)
    assert {first.assigned_to, second.assigned_to} == {people[Role.MANAGER], people["second_manager"]}
    assert first.due_on == timezone.localdate() + timedelta(days=15)
    assert AuditEntry.objects.filter(action="contest.open").count() == 2


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (lambda c, p: contests.raise_for(c.customers[0], p[Role.SUCCESS], "campaign", WORDS), "already_open"),
        (lambda c, p: contests.raise_for(c.customers[1], p[Role.EXECUTIVE], "campaign", WORDS), "not_allowed"),
        (lambda c, p: contests.raise_for(c.customers[1], p[Role.SUCCESS], "weather", WORDS), "unknown_subject"),
        (lambda c, p: contests.raise_for(c.customers[1], p[Role.SUCCESS], "campaign", "  oi  "), "words_missing"),
        (
            lambda c, p: contests.answer(Contest.objects.get().pk, p[Role.SUCCESS], "kept", WORDS, stays_out=False),
            "not_allowed",
        ),
        (
            lambda c, p: contests.answer(Contest.objects.get().pk, p[Role.MANAGER], "kept", "não", stays_out=False),
            "reason_missing",
        ),
        (
            lambda c, p: contests.answer(Contest.objects.get().pk, p[Role.MANAGER], "open", WORDS, stays_out=False),
            "unknown_answer",
        ),
        (lambda c, p: contests.readmit(Contest.objects.get().pk, p[Role.MANAGER]), "not_out"),
    ],
)
def test_a_refusal_changes_nothing(company, people, act, code):
    opened(company, people)
    before = list(Contest.objects.values()), AuditEntry.objects.count()
    with pytest.raises(Refused) as refused:
        act(company, people)
    assert refused.value.code == code
    assert (list(Contest.objects.values()), AuditEntry.objects.count()) == before


def test_an_answer_is_final(company, people):
    contest = opened(company, people)
    contests.answer(contest.pk, people[Role.MANAGER], "kept", "Olhamos os dados de contrato.", stays_out=False)
    with pytest.raises(Refused) as refused:
        contests.answer(contest.pk, people["second_manager"], "revised", "Outra opinião sobre o caso.", stays_out=True)
    assert refused.value.code == "already_answered"
    contest.refresh_from_db()
    assert (contest.state, contest.stays_out, contest.answered_by) == ("kept", False, people[Role.MANAGER])


def test_the_explanation_tells_each_fate_in_words(company, people, sent, client_of):
    for state, words in (
        ("sent", "Um e-mail foi enviado"),
        ("held_out", "Por sorteio"),
        ("suppressed", "Sem consentimento"),
    ):
        rows = sent.messages.filter(state=state)
        message = (rows.filter(reason="no_consent") if state == "suppressed" else rows).first()
        page = (
            client_of(Role.MANAGER).get(reverse("customer-explanation", args=[message.customer.code])).content.decode()
        )
        assert words in page, state
        assert sent.title in page
        assert str(people[Role.MANAGER]) in page
        assert "Indústrias de alto valor" in page
        assert message.reason == "" or message.reason not in page


def test_the_printed_version_and_a_customer_without_decisions(company, client_of):
    noise = company.members(3)[0]
    for name in ("customer-explanation", "customer-explanation-print"):
        page = client_of(Role.ANALYST).get(reverse(name, args=[noise.code])).content.decode()
        assert "não participou de nenhuma campanha" in page
        assert "art. 20" in page
    assert explanation.explain(noise).kept_out == ""


def test_the_account_page_leads_to_the_explanation(company, client_of):
    assert (
        reverse("customer-explanation", args=["S00001"])
        in client_of(Role.REP).get(reverse("customer", args=["S00001"])).content.decode()
    )


def test_staff_contests_and_a_manager_answers_on_pages(company, people, sent, client_of):
    customer = sent.messages.filter(state="sent").first().customer
    address = reverse("customer-contest", args=[customer.code])
    success = client_of(Role.SUCCESS)
    assert "Contestar" in success.get(address).content.decode()
    assert success.post(address, {"about": "campaign", "words": "oi"}).status_code == 200
    assert not Contest.objects.exists()
    assert success.post(address, {"about": "campaign", "campaign": sent.pk, "words": WORDS}).status_code == 302
    contest = Contest.objects.get()
    assert (contest.campaign, contest.origin, contest.raised_by) == (sent, "staff", people[Role.SUCCESS])
    assert "já" in success.post(address, {"about": "all", "words": WORDS}).content.decode()
    manager = client_of(Role.MANAGER)
    assert customer.name in manager.get(reverse("contests")).content.decode()
    page = reverse("contest", args=[contest.pk])
    assert WORDS in manager.get(page).content.decode()
    assert manager.post(page, {"state": "revised", "answer": "", "stays_out": "on"}).status_code == 200
    assert (
        manager.post(page, {"state": "revised", "answer": "Vocês saem das campanhas.", "stays_out": "on"}).status_code
        == 302
    )
    assert "Vocês saem das campanhas." in manager.get(page).content.decode()
    assert (
        "Vocês saem das campanhas."
        in success.get(reverse("customer-explanation", args=[customer.code])).content.decode()
    )
    assert customer.name in manager.get(reverse("contests"), {"show": "closed", "q": customer.code}).content.decode()
    assert manager.post(reverse("contest-readmit", args=[contest.pk])).status_code == 302
    contest.refresh_from_db()
    assert not contest.stays_out


def test_a_recipient_asks_once_and_a_look_changes_nothing(sent):
    message: Message = sent.messages.filter(state="sent").first()
    address, stranger = reverse("answer-contest", args=[message.pk]), Client()
    assert address in stranger.get(reverse("answer", args=[message.pk])).content.decode()
    assert "Pedir" in stranger.get(address).content.decode()
    assert "Diga em uma frase" in stranger.post(address, {"words": "?"}).content.decode()
    assert not Contest.objects.exists()
    for _again in range(2):
        assert stranger.post(address, {"words": WORDS}).status_code == 302
    contest = Contest.objects.get()
    assert (contest.origin, contest.customer, contest.campaign, contest.raised_by) == (
        "recipient",
        message.customer,
        sent,
        None,
    )
    assert WORDS not in stranger.get(address).content.decode()


def test_a_rep_explains_only_their_own(company, client_of):
    for name in ("customer-explanation", "customer-explanation-print", "customer-contest"):
        assert client_of(Role.REP).get(reverse(name, args=["S00002"])).status_code == 404
