"""Writing the next version of the words: nothing typed is lost, and what facts do not support is seen at once."""

import pytest
from django.urls import reverse

from campaigns import prescribe
from campaigns.models import Campaign

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign(company) -> Campaign:
    return prescribe.run().campaigns[0]


@pytest.mark.parametrize(("language", "label"), [("pt-br", "Assunto"), ("en", "Subject")])
def test_the_editor_shows_the_newest_words(client_of, campaign, language, label):
    client = client_of("marketing_manager")
    client.cookies["django_language"] = language
    page = client.get(reverse("campaign-edit", args=[campaign.pk])).content.decode()
    assert label in page
    assert campaign.current_draft.subject in page
    assert "{{ contact.first_name }}" in page


def test_a_refused_form_keeps_what_was_typed(client_of, campaign):
    before = campaign.drafts.count()
    body = campaign.current_draft.body + "\n\nUma frase nova."
    page = client_of("marketing_manager").post(
        reverse("campaign-edit", args=[campaign.pk]), {"subject": "", "body": body}
    )
    assert page.status_code == 422
    assert "Uma frase nova." in page.content.decode()
    assert campaign.drafts.count() == before


def test_the_live_check_names_an_unsupported_discount_and_saves_nothing(client_of, campaign):
    before = campaign.drafts.count()
    words = {"subject": campaign.current_draft.subject, "body": campaign.current_draft.body}
    client, address = client_of("marketing_manager"), reverse("campaign-check", args=[campaign.pk])
    assert "73%" not in client.post(address, words).content.decode()
    words["body"] += "\n\nSão 73% de desconto."
    assert "73%" in client.post(address, words).content.decode()
    assert campaign.drafts.count() == before


def test_words_without_support_cannot_be_submitted(client_of, campaign):
    client, draft = client_of("marketing_manager"), campaign.current_draft
    saved = client.post(
        reverse("campaign-edit", args=[campaign.pk]),
        {"subject": draft.subject, "body": draft.body + "\n\nSão 73% de desconto."},
    )
    assert saved.status_code == 302
    client.post(reverse("campaign-act", args=[campaign.pk, "submit"]))
    campaign.refresh_from_db()
    assert campaign.status == Campaign.Status.DRAFT
    assert campaign.messages.count() == 0


@pytest.mark.parametrize("role", ["sales_rep", "executive", "customer_success"])
def test_only_writers_reach_the_editor(client_of, campaign, role):
    before = campaign.drafts.count()
    answer = client_of(role).post(reverse("campaign-edit", args=[campaign.pk]), {"subject": "x", "body": "y"})
    assert answer.status_code in (403, 404)
    assert campaign.drafts.count() == before
