"""Asking the agents for other words of a campaign that is there, and what its pages say about their work; over real HTTP."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from accounts.models import AuditEntry, Role
from b2shift.lib.api import Refused
from campaigns import (
    authors,
    evidence,
    queries,
    repeats,
    traces,
)
from campaigns.agents import compose
from campaigns.drafting import propose
from campaigns.models import Campaign, Decision, Message
from tests.campaigns import walk
from tests.campaigns.brain import Brain, says
from tests.campaigns.test_agents import drafted, whole
from tests.model_peer import tools as calls

pytestmark = pytest.mark.django_db


def test_the_agents_may_be_asked_again_for_a_campaign_that_the_playbook_wrote(
    company, people, configured, settings, client_of
):
    settings.OPENAI_API_KEY = ""
    found = drafted(people[Role.ANALYST])
    page = reverse("campaign", args=[found.pk])
    ask = reverse("campaign-write-again", args=[found.pk])
    assert ask not in client_of(Role.MANAGER).get(page).content.decode()
    settings.OPENAI_API_KEY = "test-key"
    configured.brain = Brain(writer=says("Podemos conversar com {{ customer.name }} sobre o próximo passo."))
    manager = client_of(Role.MANAGER)
    assert ask in manager.get(page).content.decode()
    assert manager.post(ask).status_code == 302
    found.refresh_from_db()
    draft = found.current_draft
    assert (draft.number, draft.drafter, draft.edited_by, found.status) == (
        2,
        "model",
        people[Role.MANAGER],
        Campaign.Status.DRAFT,
    )
    assert (found.strategy_id, found.offer_id) == (draft.campaign.strategy_id, draft.campaign.offer_id)
    assert "strategist" not in configured.brain.seen
    assert "Podemos conversar" in draft.body
    assert people[Role.MANAGER].pk in queries.hands_on(found)
    assert AuditEntry.objects.filter(action="campaign.revise", actor=people[Role.MANAGER]).count() == 1
    assert all(repeats.replay(decision).identical for decision in Decision.objects.filter(campaign=found))
    refused(manager, found, "unchanged")
    configured.brain.answers["writer"] = says("Quero conversar com {{ customer.name }} sobre o que vem depois.")
    told = client_of("second_manager").post(
        reverse("api-campaign-write-again", args=[found.pk]), content_type="application/json"
    )
    assert (told.status_code, told.json()["number"], told.json()["drafter"]) == (200, 3, "model")
    assert told.json()["lesson"] is None


def refused(client, campaign, code):
    before = (campaign.status, list(campaign.drafts.values()), AuditEntry.objects.count(), Decision.objects.count())
    told = client.post(reverse("api-campaign-write-again", args=[campaign.pk]), content_type="application/json")
    assert (told.status_code, told.json()["code"]) == (409, code)
    campaign.refresh_from_db()
    assert (
        campaign.status,
        list(campaign.drafts.values()),
        AuditEntry.objects.count(),
        Decision.objects.count(),
    ) == before
    assert not Message.objects.filter(state="sent", campaign=campaign, created_at__gt=timezone.now()).exists()


def test_asking_again_is_refused_with_nothing_changed(company, people, configured, settings, client_of):
    walk.company_policy()
    found = drafted(people[Role.ANALYST])
    manager = client_of(Role.MANAGER)
    configured.brain = whole((500, {"Retry-After": "0"}, b"{}"))()
    refused(manager, found, "not_usable")
    configured.brain = Brain(writer=says("São 50% de desconto."))
    refused(manager, found, "not_usable")
    sent = walk.sending(walk.twin(company), people)
    refused(manager, sent, "wrong_status")
    settings.OPENAI_API_KEY = ""
    refused(manager, found, "no_model")
    assert client_of(Role.EXECUTIVE).post(reverse("campaign-write-again", args=[found.pk])).status_code == 403
    assert client_of(Role.REP).post(reverse("api-campaign-write-again", args=[found.pk])).status_code == 403
    settings.OPENAI_API_KEY = "test-key"
    page = manager.post(reverse("campaign-write-again", args=[sent.pk]), follow=True).content.decode()
    assert "o texto permanece como foi aprovado" in page


def test_the_page_forgets_the_fallback_once_the_agents_wrote(company, people, configured, client_of):
    configured.brain = whole((500, {"Retry-After": "0"}, b"{}"))()
    found = drafted(people[Role.ANALYST])
    page = reverse("campaign", args=[found.pk])
    client = client_of(Role.MANAGER)
    assert "HTTP 500" in client.get(page).content.decode()
    configured.brain = Brain(writer=says("Podemos conversar com {{ customer.name }}."))
    client.post(reverse("campaign-write-again", args=[found.pk]))
    assert "HTTP 500" not in client.get(page).content.decode()


def test_the_page_forgets_the_fallback_once_a_person_wrote(company, people, configured, client_of):
    configured.brain = whole((500, {"Retry-After": "0"}, b"{}"))()
    found, client = drafted(people[Role.ANALYST]), client_of(Role.MANAGER)
    page, told = reverse("campaign", args=[found.pk]), "o playbook escreveu este texto"
    assert told in client.get(page).content.decode()
    propose.revise(found.pk, people[Role.ANALYST], "Outro assunto", found.current_draft.body)
    assert told not in client.get(page).content.decode()


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("steps: no answer within 3 calls", "Limite de chamadas atingido"),
        ("tokens: 9 tokens are used up", "Limite de tokens atingido"),
        ("seconds: no time left for the agents in this prescription", "Limite de tempo atingido"),
        ("money: 1 cents are used up", "Limite de custo atingido"),
        ("failed: HTTP 500", "Falha no serviço do modelo: HTTP 500"),
        (
            "blocked: unsupported_percent, discount_ceiling",
            "Bloqueado pelas verificações: Nada sustenta o percentual “…”: retire-o ou use um percentual dos fatos. discount_ceiling",
        ),
        ("from another time", "from another time"),
        ("", ""),
    ],
)
def test_why_the_playbook_wrote_is_said_in_the_reader_s_language(reason, told):
    with translation.override("pt-br"):
        assert traces.reason_in_words(reason) == told


def test_whatever_the_checks_find_is_said_in_words():
    for code in evidence.MESSAGES:
        assert "%(" not in traces.reason_in_words(f"blocked: {code}")
        assert code == "empty" or code not in traces.reason_in_words(f"blocked: {code}")


def test_a_trace_says_told_to_the_model_of_readings_only(company, people, configured, client_of):
    unknown = calls(("segment_profile", {"account": "account-1"}))
    configured.brain = Brain(read=[], analyst=[unknown, (500, {"Retry-After": "0"}, b"{}")])
    found = drafted(people[Role.ANALYST])
    page = client_of(Role.MANAGER).get(reverse("campaign-trace", args=[found.pk])).content.decode()
    lines = re.findall(r"<li>(.*?)</li>", page)
    failed = [line for line in lines if "HTTP 500" in line]
    assert (len(failed) >= 2, set(failed)) == (True, {"HTTP 500"})
    assert len([line for line in lines if line.startswith("Dito ao modelo")]) == 1


def test_what_the_checks_found_stands_on_the_pages_in_their_words(company, people, configured, client_of):
    configured.brain = Brain(writer=says("Ligue até amanhã e pague R$ 9,90."))
    found = drafted(people[Role.ANALYST])
    assert "unsupported_money" in found.expected_effect["fallback_reason"]
    for name in ("campaign", "campaign-trace"):
        page = client_of(Role.MANAGER).get(reverse(name, args=[found.pk])).content.decode()
        assert "Nada sustenta o valor" in page
        assert "unsupported_" not in page


def test_a_limit_is_said_once_and_in_the_reader_s_language(company, people, configured, settings, client_of):
    settings.AGENT_TOKENS = 1_500
    found = drafted(people[Role.ANALYST])
    for name in ("campaign", "campaign-trace"):
        page = client_of(Role.MANAGER).get(reverse(name, args=[found.pk])).content.decode()
        assert "Limite de tokens atingido" in page
        assert "used up" not in page


def test_an_edit_in_the_meantime_is_not_written_over(company, people, configured, monkeypatch):
    found = drafted(people[Role.ANALYST])
    body = found.current_draft.body

    real = compose._Work.composed

    def composed(self):
        made = real(self)
        propose.revise(found.pk, people[Role.MANAGER], "Outro assunto", body)
        return made

    monkeypatch.setattr(compose._Work, "composed", composed)
    with pytest.raises(Refused) as caught:
        authors.write_again(found.pk, people[Role.ANALYST])
    assert caught.value.code == "changed"
    found.refresh_from_db()
    assert (found.current_draft.number, found.current_draft.subject) == (2, "Outro assunto")
