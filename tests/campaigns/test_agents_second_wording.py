"""A second wording by the agents, to be tested against the words that a campaign has; over real HTTP."""

import pytest
from django.urls import reverse

from accounts.models import AuditEntry, Role
from campaigns import authors, lifecycle, prescribe, queries, repeats
from campaigns.agents import prompts
from campaigns.drafting import propose
from campaigns.models import Campaign, Decision, Draft
from tests.campaigns import walk
from tests.campaigns.brain import Brain, role_of, says
from tests.model_peer import Peer

pytestmark = pytest.mark.django_db

SECOND = "Podemos conversar com {{ customer.name }} sobre o próximo passo."


@pytest.fixture
def peer(settings):
    made = Peer()
    settings.OPENAI_API_KEY, settings.OPENAI_BASE_URL, settings.OPENAI_TIMEOUT_SECONDS = "test-key", made.url, 2
    made.brain = Brain(writer=says(SECOND))
    yield made
    made.close()


@pytest.fixture
def campaign(company, people, settings, peer) -> Campaign:
    """In review, written from the playbook."""
    settings.OPENAI_API_KEY = ""
    found = prescribe.run(people[Role.ANALYST], "S-001").campaigns[0]
    settings.OPENAI_API_KEY = "test-key"
    return found


def asked(peer: Peer, role: str) -> list[str]:
    """What the model was told in this role, one text per call."""
    return [str(each["messages"][1]["content"]) for each in peer.requests if role_of(each) == role]


def refused(client, campaign: Campaign, code: str) -> None:
    """The agents are asked, which is refused with nothing changed and nothing sent."""
    before = state(campaign)
    told = client.post(reverse("api-campaign-write-other", args=[campaign.pk]), content_type="application/json")
    assert (told.status_code, told.json()["code"]) == (409, code)
    assert state(campaign) == before


def state(campaign: Campaign) -> tuple:
    campaign.refresh_from_db()
    kept = campaign.messages.values("state")
    return (
        campaign.status, list(campaign.drafts.values()), list(kept), AuditEntry.objects.count(), Decision.objects.count()
    )  # fmt: skip


def test_the_agents_write_a_second_wording_beside_the_first_one(campaign, people, peer, client_of):
    first, page, ask = (
        campaign.current_draft,
        reverse("campaign", args=[campaign.pk]),
        reverse("campaign-write-other", args=[campaign.pk]),
    )
    client = client_of(Role.MANAGER)
    assert ask in client.get(page).content.decode()
    told = client.post(ask, follow=True).content.decode()
    assert "segunda redação dos agentes" in told
    campaign.refresh_from_db()
    draft = campaign.current_draft
    assert (draft.number, draft.drafter, draft.other_drafter, draft.edited_by, campaign.status) == (
        2, Draft.Drafter.PLAYBOOK, Draft.Drafter.MODEL, people[Role.MANAGER], Campaign.Status.DRAFT,
    )  # fmt: skip
    assert (draft.subject, draft.body, draft.sentences) == (first.subject, first.body, first.sentences)
    assert SECOND in draft.other.body
    assert "{{ link.unsubscribe }}" in draft.other.body
    assert people[Role.MANAGER].pk in queries.hands_on(campaign)
    assert draft.prompt_version == f"{prompts.VERSION}+{first.prompt_version}"  # the frame is the playbook's in both
    assert all(repeats.replay(each).identical for each in Decision.objects.filter(campaign=campaign))
    (seen,) = asked(peer, "writer")
    assert first.subject in seen
    assert "link." not in seen  # greeting, links and closing lines are no model's business
    assert "the other half gets" in seen
    trace = client.get(reverse("campaign-trace", args=[campaign.pk])).content.decode()
    assert SECOND in trace


def test_it_goes_out_like_any_second_wording(campaign, people, peer):
    authors.write_other(campaign.pk, people[Role.ANALYST])
    lifecycle.move(campaign.pk, "submit", people[Role.ANALYST])
    campaign.refresh_from_db()
    assert campaign.status == Campaign.Status.IN_REVIEW
    assert not [each for each in campaign.current_draft.findings if each["severity"] == "block"]


def test_asking_again_takes_the_place_of_the_second_wording_only(campaign, people, peer, client_of):
    authors.write_other(campaign.pk, people[Role.ANALYST])
    peer.brain.answers["writer"] = says("Quero ouvir de {{ customer.name }} o que vem depois.")
    told = client_of(Role.MANAGER).post(
        reverse("api-campaign-write-other", args=[campaign.pk]), content_type="application/json"
    )
    assert (told.status_code, told.json()["number"], told.json()["drafter"], told.json()["other_drafter"]) == (
        200, 3, "playbook", "model",
    )  # fmt: skip
    drafts = campaign.drafts.order_by("number")
    assert len({each.body for each in drafts}) == 1
    assert "Quero ouvir" in drafts.last().other_body


def test_who_wrote_which_wording_survives_an_edit_of_the_other_one(campaign, people, peer):
    second = authors.write_other(campaign.pk, people[Role.ANALYST])
    edited = propose.revise(
        campaign.pk, people[Role.MANAGER], "Outro assunto", second.body, (second.other_subject, second.other_body)
    )
    assert (edited.drafter, edited.other_drafter) == (Draft.Drafter.PERSON, Draft.Drafter.MODEL)
    edited = propose.revise(
        campaign.pk, people[Role.MANAGER], edited.subject, edited.body, ("Um assunto nosso", second.other_body)
    )
    assert (edited.drafter, edited.other_drafter) == (Draft.Drafter.PERSON, Draft.Drafter.PERSON)


def test_a_wording_that_says_the_same_is_sent_back_to_the_writer(campaign, people, peer):
    first = authors.write_again(campaign.pk, people[Role.ANALYST])
    peer.brain.answers["writer"] = [says(SECOND), says("Quero ouvir de {{ customer.name }} o que vem depois.")]
    second = authors.write_other(campaign.pk, people[Role.ANALYST])
    assert second.body == first.body
    assert "Quero ouvir" in second.other_body
    assert second.agent_run.steps.filter(kind="check", outcome="blocked").count() == 1


def test_refusals_change_nothing(company, campaign, people, peer, settings, client_of):
    manager = client_of(Role.MANAGER)
    peer.brain.answers["writer"] = says("São 50% de desconto.")
    refused(manager, campaign, "not_usable")
    peer.brain.answers["writer"] = says(SECOND)
    first = campaign.current_draft
    propose.revise(campaign.pk, people[Role.ANALYST], first.subject, f"São 50% de desconto.\n\n{first.body}")
    asked_before = len(peer.requests)
    refused(manager, campaign, "blocked")
    assert len(peer.requests) == asked_before  # what is blocked is not shown to a model
    sent = walk.sending(walk.twin(company), people)
    refused(manager, sent, "wrong_status")
    settings.OPENAI_API_KEY = ""
    refused(manager, campaign, "no_model")
    for role in (Role.EXECUTIVE, Role.REP):
        client = client_of(role)
        assert client.post(reverse("campaign-write-other", args=[campaign.pk])).status_code == 403
        assert client.post(reverse("api-campaign-write-other", args=[campaign.pk])).status_code == 403


def test_calls_have_no_second_wording(company, people, peer, client_of):
    walk.company_policy()
    calls = walk.drafted(company, people, channel=Campaign.Channel.CALL)
    refused(client_of(Role.MANAGER), calls, "no_mail")
    page = client_of(Role.MANAGER).get(reverse("campaign", args=[calls.pk])).content.decode()
    assert reverse("campaign-write-other", args=[calls.pk]) not in page
