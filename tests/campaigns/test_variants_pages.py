"""Two wordings on the screens and in the API: written, decided, compared."""

import pytest
from django.core import mail
from django.urls import reverse

from accounts.models import Role
from b2shift.lib.api import Refused
from campaigns import (
    cases,
    lifecycle,
    outbox,
    prescribe,
    variants,
    wording_results,
)
from campaigns.drafting import propose
from campaigns.models import Campaign
from campaigns.wording_results import Result
from tests.campaigns import walk
from tests.campaigns.test_variants import OTHER, launched, sent, with_two


@pytest.fixture
def campaign(company, people) -> Campaign:
    walk.company_policy({"frequency_cap": None})
    return prescribe.run().campaigns[0]


@pytest.mark.django_db
@pytest.mark.usefixtures("english")
def test_a_second_wording_is_added_checked_saved_and_removed_without_javascript(campaign, client_of):
    client, address = client_of(Role.ANALYST), reverse("campaign-edit", args=[campaign.pk])
    client.cookies["django_language"] = "en"
    first = campaign.current_draft
    assert "Test a second wording" in client.get(address).content.decode()
    page = client.post(address, {"subject": "Meu assunto", "body": first.body, "wordings": "two"})
    assert page.status_code == 200
    form = page.context["form"]
    assert form.said == [("Meu assunto", first.body)] * 2
    assert "Remove the second wording" in page.content.decode()
    assert campaign.drafts.count() == 1
    typed = {"subject": first.subject, "body": first.body, "other_subject": "Outro assunto", "other_body": first.body}
    bad = {**typed, "other_body": first.body + "\n\nSão 73% de desconto."}
    checked = client.post(reverse("campaign-check", args=[campaign.pk]), bad).content.decode()
    assert "73%" in checked
    assert "Wording B" in checked
    refused = client.post(address, {**typed, "other_body": " "})
    assert refused.status_code == 422
    assert "Outro assunto" in refused.content.decode()
    assert campaign.drafts.count() == 1
    assert client.post(address, typed).status_code == 302
    assert campaign.current_draft.other.subject == "Outro assunto"
    assert "Outro assunto" in client.get(address).content.decode()
    page = client.post(address, {**typed, "wordings": "one"})
    assert "other_body" not in page.content.decode().replace("other_subject,other_body", "")
    assert campaign.drafts.count() == 2
    assert client.post(address, {"subject": first.subject, "body": first.body}).status_code == 302
    assert campaign.current_draft.other is None
    assert campaign.drafts.count() == 3


@pytest.mark.django_db
@pytest.mark.usefixtures("english")
def test_whoever_decides_reads_both_wordings_with_their_facts_and_never_in_a_batch(campaign, people, client_of):
    client = client_of(Role.MANAGER)
    client.cookies["django_language"] = "en"
    first = campaign.current_draft
    batch = reverse("approvals-batch")
    waiting = Campaign.objects.filter(status="in_review")
    before = client.get(batch).content.decode().count("b2-batch-one")
    propose.revise(
        campaign.pk,
        people[Role.ANALYST],
        first.subject,
        first.body,
        ("Outro assunto", first.body.replace("Olá", "Bom dia")),
    )
    lifecycle.move(campaign.pk, "submit", people[Role.ANALYST])
    assert waiting.filter(pk=campaign.pk).exists()
    page = client.get(reverse("campaign", args=[campaign.pk])).content.decode()
    assert "Wording A" in page
    assert "Wording B" in page
    assert "Outro assunto" in page
    assert "This recipient reads it" in page
    one, two = page.split("Wording B", 1)
    assert one.count('class="b2-note"') == two.count('class="b2-note"') > 0
    after = client.get(batch).content.decode()
    assert after.count("b2-batch-one") == max(before - 1, 0)
    assert "Outro assunto" not in after
    data = {"campaign": [campaign.pk], f"seen-{campaign.pk}": lifecycle.digest(Campaign.objects.get(pk=campaign.pk))}
    assert client.post(reverse("approvals-batch-approve"), data).status_code == 422
    assert waiting.filter(pk=campaign.pk).exists()
    assert not campaign.approvals.exists()
    assert not campaign.messages.exists()
    assert "Two wordings" in client.get(reverse("approvals")).content.decode()


@pytest.mark.django_db
@pytest.mark.usefixtures("english")
def test_the_versions_compare_both_wordings(campaign, people, client_of):
    client = client_of(Role.MANAGER)
    client.cookies["django_language"] = "en"
    first = campaign.current_draft
    propose.revise(
        campaign.pk, people[Role.ANALYST], first.subject, first.body, ("Outro assunto", first.body + " Até logo.")
    )
    page = client.get(reverse("campaign-versions", args=[campaign.pk])).content.decode()
    assert "Wording A" in page
    assert "<ins>Outro assunto</ins>" in page
    propose.revise(campaign.pk, people[Role.ANALYST], first.subject, first.body)
    assert "<del>Outro assunto</del>" in client.get(reverse("campaign-versions", args=[campaign.pk])).content.decode()


@pytest.mark.django_db
@pytest.mark.usefixtures("english")
def test_a_recipient_s_preview_is_the_mail_that_recipient_gets(company, people, client_of):
    campaign = launched(with_two(company, people), people)
    client = client_of(Role.MANAGER)
    client.cookies["django_language"] = "en"
    shown = {}
    for message in campaign.messages.filter(state="queued", channel="email").select_related("customer"):
        page = client.get(reverse("recipient", args=[campaign.pk, message.customer.code]))
        shown[message.message_id] = page.context["subject"]
        assert f"Wording {variants.drawn(campaign.pk, message.customer.code)}" in page.content.decode()
    while outbox.work(100, "test"):
        pass
    assert shown == {found.extra_headers["Message-ID"]: found.subject for found in mail.outbox}
    assert len(set(shown.values())) > 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("language", "heading", "told"),
    [
        ("en", "Two wordings compared", "No difference can be told yet"),
        ("pt-br", "Comparação entre as duas redações", "Ainda não dá para apontar diferença"),
    ],
)
def test_the_campaign_page_says_what_can_be_told_of_the_wordings(company, people, client_of, language, heading, told):
    campaign = with_two(company, people)
    client = client_of(Role.MANAGER)
    client.cookies["django_language"] = language
    address = reverse("campaign", args=[campaign.pk])
    assert heading not in client.get(address).content.decode()
    sent(campaign, people)
    page = client.get(address).content.decode()
    assert heading in page
    assert told in page


@pytest.mark.django_db
@pytest.mark.usefixtures("english")
def test_the_page_names_who_is_ahead(company, people, client_of, monkeypatch):
    campaign = sent(with_two(company, people), people)
    clear = wording_results.compare(2, Result("A", 1000, 30, 4), Result("B", 1000, 70, 2), 0.03)
    monkeypatch.setattr(wording_results, "of", lambda _campaign: clear)
    client = client_of(Role.MANAGER)
    client.cookies["django_language"] = "en"
    page = client.get(reverse("campaign", args=[campaign.pk])).content.decode()
    assert "Wording B is ahead: 1.5 to 6.6 percentage points more acceptances (99% interval)." in page


@pytest.mark.django_db
def test_a_program_reads_both_wordings_and_approves_what_it_has_seen(company, people, client_of, settings):
    settings.B2SHIFT_STEP_UP = "never"
    campaign = with_two(company, people)
    lifecycle.move(campaign.pk, "submit", people[Role.ANALYST])
    client, address = client_of(Role.MANAGER), reverse("api-campaign", args=[campaign.pk])
    read = client.get(address).json()
    assert read["draft"]["other_subject"] == OTHER[0]
    assert read["draft"]["other_body"] == OTHER[1]
    assert read["digest"] == cases.Case(campaign).digest
    first = campaign.current_draft
    propose.revise(campaign.pk, people[Role.ANALYST], first.subject, first.body, (OTHER[0], OTHER[1] + "\n\nAté logo."))
    lifecycle.move(campaign.pk, "submit", people[Role.ANALYST])
    with pytest.raises(Refused) as refused:
        lifecycle.move(campaign.pk, "approve", people[Role.MANAGER], seen=read["digest"])
    assert refused.value.code == "changed_meanwhile"
    assert not campaign.approvals.exists()
    assert not mail.outbox
