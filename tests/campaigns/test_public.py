"""The recipient's pages: a GET never changes an answer or a consent, and an unknown address is a friendly 404."""

import uuid

import pytest
from django.core.cache import cache
from django.test import Client

from accounts.models import Consent
from campaigns import public
from campaigns.models import Interaction, Message
from tests.campaigns import walk

pytestmark = pytest.mark.django_db
AGENT = "Mozilla/5.0 (Windows NT 10.0) Chrome/142.0"


@pytest.fixture(autouse=True)
def _no_old_counts():
    cache.clear()


@pytest.fixture
def message(company, people) -> Message:
    walk.company_policy({"frequency_cap": None})
    campaign = walk.sent(company, people, hold_out_share=0)
    return campaign.messages.filter(state="sent").order_by("pk").first()


@pytest.fixture
def recipient() -> Client:
    return Client(headers={"user-agent": AGENT})


def answers(message: Message) -> list[str]:
    return list(
        message.interactions.filter(kind__in=["accept", "reject", "unsubscribe"]).values_list("kind", flat=True)
    )


def granted(message: Message) -> bool:
    return Consent.objects.get(contact=message.contact, purpose=message.campaign.strategy.purpose).granted


def test_the_offer_is_shown_in_its_own_words(recipient, message):
    page = recipient.get(f"/r/{message.pk}/?answer=accept").content.decode()
    assert message.campaign.offer.name in page
    assert message.campaign.offer.benefit in page
    assert answers(message) == []


@pytest.mark.parametrize("method", ["get", "head"])
@pytest.mark.parametrize(
    "path",
    [
        "/r/{}/",
        "/r/{}/?answer=accept",
        "/r/{}/?answer=decline",
        "/u/{}/",
        "/c/{}/accept/",
        "/c/{}/unsubscribe/",
        "/o/{}.gif",
    ],
)
def test_reading_changes_no_answer_and_no_consent(recipient, message, path, method):
    response = getattr(recipient, method)(path.format(message.pk), follow=True)
    assert response.status_code == 200
    assert answers(message) == []
    assert granted(message)


@pytest.mark.parametrize(("answer", "kind"), [("accept", "accept"), ("decline", "reject")])
def test_a_post_answers_once(recipient, message, answer, kind):
    for _again in range(2):
        response = recipient.post(f"/r/{message.pk}/", {"answer": answer, "reason": "timing"})
        assert response["Location"] == f"/r/{message.pk}/"
    assert answers(message) == [kind]
    assert recipient.get(f"/r/{message.pk}/").status_code == 200


def test_an_answer_needs_the_page_of_the_form(message):
    strict = Client(enforce_csrf_checks=True, headers={"user-agent": AGENT})
    assert strict.post(f"/r/{message.pk}/", {"answer": "accept"}).status_code == 403
    assert answers(message) == []


def test_one_click_unsubscribe_needs_nothing_but_the_address(message):
    strict = Client(enforce_csrf_checks=True)
    response = strict.post(f"/u/{message.pk}/", {"List-Unsubscribe": "One-Click"})
    assert response.status_code == 200
    assert not granted(message)
    assert answers(message) == ["unsubscribe"]


def test_an_unknown_answer_changes_nothing(recipient, message):
    assert recipient.post(f"/r/{message.pk}/", {"answer": "drop table"}).status_code == 200
    assert answers(message) == []


@pytest.mark.parametrize("path", ["/r/{}/", "/u/{}/", "/c/{}/accept/"])
def test_an_unknown_message_is_a_friendly_404(recipient, path):
    response = recipient.get(path.format(uuid.uuid4()))
    assert response.status_code == 404
    assert b"<h1" in response.content
    assert not Interaction.objects.exists()


def test_a_queued_message_cannot_be_answered(recipient, company, people):
    walk.company_policy()
    found = walk.approved(company, people).messages.filter(state="queued").first()
    assert recipient.post(f"/r/{found.pk}/", {"answer": "accept"}).status_code == 404
    assert recipient.post(f"/u/{found.pk}/").status_code == 404
    assert granted(found)


def test_clicks_go_to_our_own_pages_only(recipient, message):
    assert recipient.get(f"/c/{message.pk}/accept/")["Location"] == f"/r/{message.pk}/?answer=accept"
    assert recipient.get(f"/c/{message.pk}/evil/?next=https://evil.example").status_code == 404
    assert list(message.interactions.filter(kind="click").values_list("reason_code", flat=True)) == ["accept"]


def test_the_image_tells_nothing_about_ids(recipient, message):
    known, unknown = recipient.get(f"/o/{message.pk}.gif"), recipient.get(f"/o/{uuid.uuid4()}.gif")
    assert (known.status_code, known.content, known["Content-Type"]) == (
        unknown.status_code,
        unknown.content,
        unknown["Content-Type"],
    )
    assert "no-store" in known["Cache-Control"]
    assert message.interactions.filter(kind="open").count() == 1


@pytest.mark.parametrize(
    ("language", "words"), [("pt-br", "Parar de receber"), ("en", "Stop receiving these e-mails?")]
)
def test_pages_speak_the_recipients_language(recipient, message, language, words):
    message.contact.language = language
    message.contact.save()
    page = recipient.get(f"/u/{message.pk}/").content.decode()
    assert f'lang="{"en" if language == "en" else "pt-BR"}"' in page
    assert (words in page) or language == "pt-br"


def test_one_address_cannot_hammer(recipient, message):
    codes = [recipient.get(f"/o/{message.pk}.gif").status_code for _ in range(public.PER_MINUTE + 3)]
    assert codes[0] == 200
    assert 429 in codes  # the minute may have turned once in between
    assert recipient.get(f"/o/{message.pk}.gif", REMOTE_ADDR="10.0.0.9").status_code == 200


def test_an_ended_offer_says_so_and_still_takes_an_answer(recipient, message):
    message.campaign.offer.valid_until = "2026-01-01"
    message.campaign.offer.save()
    assert "b2-alert-warn" in recipient.get(f"/r/{message.pk}/").content.decode()
    recipient.post(f"/r/{message.pk}/", {"answer": "accept"})
    assert answers(message) == ["accept"]
    assert "b2-answer" not in recipient.get(f"/r/{message.pk}/").content.decode()
