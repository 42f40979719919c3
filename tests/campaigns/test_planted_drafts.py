"""Planted drafts measure how attentively people read. They look like any other, and can never reach anybody."""

import json
import random

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from accounts.models import AuditEntry, Role
from b2shift.lib.api import Refused
from campaigns import (
    arbiter,
    audience,
    invariants,
    lifecycle,
    planting,
    plants,
    prescribe,
    queries,
    review_quality,
    seeding,
    tasks,
)
from campaigns.drafting import propose
from campaigns.models import Approval, CallTask, Campaign, Decision, Message, Plant
from tests.campaigns import walk

pytestmark = pytest.mark.django_db
TERMS = seeding.Terms("10", "ERP Protheus", "Renovação com 10%", ("CRM",), ("Outra oferta",))
BODY = """Olá {{ contact.first_name }},

São 16 anos juntos desde 31/12/2010, com 10% na renovação do ERP Protheus até 05/01/2027. Renovação com 10% custa R$ 1.200,00 por mês. Isto é uma frase comum e longa o bastante para comparar.

{{ link.accept }}"""


@pytest.fixture
def planted(company, people) -> Plant:
    walk.company_policy({"frequency_cap": None})
    prescribe.run()
    return planting.plant(people["second_admin"], random.Random(1))


def nothing_happened() -> None:
    assert not Message.objects.exists()
    assert not CallTask.objects.exists()
    assert not Approval.objects.exists()


def outcome(plant: Plant) -> tuple[str, str]:
    plant.refresh_from_db()
    return plant.outcome, plant.verb


def test_every_error_changes_one_sentence_that_can_be_taken_back():
    found = seeding.errors(BODY, "pt-br", TERMS, random.Random(3))
    assert {each.kind for each in found} == set(Plant.Kind.values)
    for each in found:
        changed = BODY.replace(each.original, each.changed)
        assert changed != BODY
        assert changed.replace(each.changed, each.original) == BODY
        assert "{{" not in each.original


def test_a_planted_draft_waits_like_any_other(planted, client_of, people):
    campaign = Campaign.every.get(pk=planted.campaign_id)
    assert campaign.status == "in_review"
    assert planted.changed in campaign.current_draft.body
    assert planted.changed not in planted.source.current_draft.body
    client = client_of(Role.MANAGER)
    address = reverse("campaign", args=[campaign.pk])
    for name in ("approvals", "campaigns", "home"):
        assert address in client.get(reverse(name)).content.decode(), name
    pages = [client.get(reverse("campaign", args=[pk])).content.decode() for pk in (campaign.pk, planted.source_id)]
    assert [len(Campaign.every.get(pk=pk).current_draft.findings) for pk in (campaign.pk, planted.source_id)] in (
        [0, 0],
        [1, 1],
        [2, 2],
    )
    assert not any("plant" in page.lower().replace("planta", "") for page in pages)
    assert client.get(reverse("api-campaign", args=[campaign.pk])).json()["status"] == "in_review"
    assert len(lifecycle.Case(campaign).blocking) == 0


def test_a_lever_on_it_answers_like_any_other_and_weighs_nothing(planted, client_of):
    client, told = client_of(Role.MANAGER), []
    for pk in (planted.campaign_id, planted.source_id):
        address = reverse("arbitration-lever", args=["campaign", pk])
        title = Campaign.every.get(pk=pk).title
        shown = client.get(address)
        set_to = client.post(address, {"value": "4", "note": "lançamento"}, follow=True)
        notice = [str(each) for each in set_to.context["messages"]]
        told.append((shown.status_code, title in shown.content.decode(), set_to.redirect_chain, notice))
    assert told[0] == told[1]
    assert told[0][:2] == (200, True)
    run = arbiter.ask(None)
    arbiter.run(run.pk)
    run.refresh_from_db()
    assert planted.source_id in {each["id"] for each in run.campaigns}
    assert planted.campaign_id not in {each["id"] for each in run.campaigns}
    assert not run.standings.filter(campaign=planted.campaign_id).exists()
    assert not any(row.invariant.startswith("planted") for row in invariants.audit())
    nothing_happened()


def test_it_takes_no_place_and_counts_nowhere(planted, company, people):
    assert planted.campaign_id not in Campaign.objects.values_list("pk", flat=True)
    lifecycle.move(planted.source_id, "reject", people[Role.MANAGER], reason_code="timing")
    made = prescribe.run(None, planted.source.segment.passport)
    assert len(made.campaigns) == 1  # the place of the segment was free
    assert not Decision.objects.filter(campaign=planted.campaign_id).exists()
    assert not any(row.invariant.startswith("planted") for row in invariants.audit())


def test_the_database_refuses_to_send_it(planted, company):
    customer = company.customers[0]
    campaign = Campaign.every.get(pk=planted.campaign_id)
    attempts = [
        lambda: Message.objects.create(campaign=campaign, customer=customer, channel="email", message_id="<x@y>"),
        lambda: CallTask.objects.create(campaign=campaign, customer=customer, reason="x", due_on="2026-12-01"),
        lambda: Campaign.every.filter(pk=campaign.pk).update(status="sending"),
        lambda: Campaign.every.filter(pk=campaign.pk).update(status="approved"),
        lambda: Campaign.every.filter(pk=campaign.pk).update(is_planted=False),
    ]
    for attempt in attempts:
        with pytest.raises(DatabaseError), transaction.atomic():
            attempt()
    with pytest.raises(Refused):
        audience.freeze(campaign)
    nothing_happened()


def test_whoever_approves_it_is_told_at_once_what_was_wrong(planted, client_of, people):
    client, pk = client_of(Role.MANAGER), planted.campaign_id
    page = client.get(reverse("campaign", args=[pk])).content.decode()
    mark = page.split('name="opened" value="')[1].split('"')[0]
    data = {"seen": lifecycle.digest(Campaign.every.get(pk=pk)), "opened": mark, "send_now": "on"}
    answer = client.post(reverse("campaign-act", args=[pk, "approve"]), data)
    lesson = reverse("review-lesson", args=[planted.pk])
    assert answer.url == lesson
    assert outcome(planted) == ("missed", "approve")
    assert planted.decided_by == people[Role.MANAGER]
    assert planted.seconds is not None
    nothing_happened()
    told = client.get(lesson).content.decode()
    assert "<ins>" in told
    assert client_of(Role.ANALYST).get(lesson).status_code == 404
    assert client_of("second_manager").get(lesson).status_code == 404
    assert client_of(Role.ADMIN).get(lesson).status_code == 200
    assert client.get(reverse("campaign", args=[pk])).status_code == 404
    assert AuditEntry.objects.filter(action="plant.missed").count() == 1
    assert not [row for row in invariants.audit() if row.invariant.startswith(("status_", "planted"))]


@pytest.mark.parametrize(
    ("verb", "data"),
    [
        ("reject", {"reason_code": "facts"}),
        ("request_changes", {"comment": "O número está errado"}),
        ("cancel", {}),
    ],
)
def test_whoever_stops_it_is_told_so(planted, client_of, verb, data):
    client = client_of(Role.MANAGER)
    answer = client.post(reverse("campaign-act", args=[planted.campaign_id, verb]), data)
    assert answer.url == reverse("review-lesson", args=[planted.pk])
    assert outcome(planted) == ("withdrawn" if verb == "cancel" else "caught", verb)
    assert client.get(answer.url).status_code == 200
    nothing_happened()
    again = client.post(reverse("campaign-act", args=[planted.campaign_id, "reject"]), {"reason_code": "facts"})
    assert again.status_code == 404
    assert outcome(planted)[1] == verb


def test_an_edit_that_mends_the_error_catches_it_and_another_does_not(planted, people, client_of):
    draft = Campaign.every.get(pk=planted.campaign_id).current_draft
    propose.revise(planted.campaign_id, people[Role.ANALYST], "Outro assunto", draft.body)
    assert outcome(planted)[0] == "open"
    mended = {"subject": "Outro assunto", "body": draft.body.replace(planted.changed, planted.original)}
    answer = client_of(Role.MANAGER).post(reverse("campaign-edit", args=[planted.campaign_id]), mended)
    assert answer.url == reverse("review-lesson", args=[planted.pk])
    assert outcome(planted) == ("caught", "edit")
    assert not Decision.objects.filter(campaign=planted.campaign_id).exists()


def test_an_edit_beside_the_error_does_not_catch_it(planted, people):
    draft = Campaign.every.get(pk=planted.campaign_id).current_draft
    wrong = plants.mistake(planted)
    assert wrong in planted.changed
    assert wrong not in planted.original
    beside = draft.body.replace(planted.changed, f"Veja: {planted.changed}")
    propose.revise(planted.campaign_id, people[Role.MANAGER], draft.subject, beside)
    assert outcome(planted)[0] == "open"


@pytest.mark.parametrize(
    ("original", "changed", "wrong"),
    [
        ("São 8% de desconto até maio.", "São 18% de desconto até maio.", "São 18% de"),
        ("São 8% até maio.", "São 8% até junho.", "até junho."),
        ("O ERP ajuda.", "O CRM ajuda.", "O CRM ajuda."),
        ("O ERP ajuda.", "O ERP ajuda. É o melhor do país.", "ajuda. É o melhor do país."),
        ("Maio chegou.", "Junho chegou.", "Junho chegou."),
        ("A  B\nC", "A  X\nC", "A  X\nC"),
        ("", "Tudo novo", "Tudo novo"),
    ],
)
def test_the_mistake_is_what_differs_with_its_neighbours(original, changed, wrong):
    assert plants.mistake(Plant(original=original, changed=changed)) == wrong


@pytest.mark.django_db(transaction=True)  # as in the product: what is not in a transaction is committed piece by piece
@pytest.mark.parametrize("verb", ["write-again", "write-other"])
@pytest.mark.parametrize("door", ["", "api-"])
def test_asking_the_agents_withdraws_it_and_tells(planted, people, client_of, settings, door, verb):
    address = reverse(f"{door}campaign-{verb}", args=[planted.campaign_id])
    lesson = reverse("review-lesson", args=[planted.pk])
    client = client_of(Role.ANALYST)
    client.post(address)  # without a model as with any draft: refused, and nothing is given away
    assert outcome(planted)[0] == "open"
    settings.OPENAI_API_KEY = "test-key"
    answer = client.post(address)
    if door:
        assert (answer.status_code, answer.json()["lesson"], answer.json()["number"]) == (200, lesson, 1)
    else:
        assert answer.url == lesson
        assert "by the agents" not in client.get(lesson, headers={"accept-language": "en"}).content.decode()
    assert outcome(planted) == ("withdrawn", "cancel")
    assert Campaign.every.get(pk=planted.campaign_id).status == "cancelled"
    assert client.get(lesson).status_code == 200
    assert review_quality.of(people[Role.ANALYST]).caught.total == 0
    assert client.post(address).status_code == 404
    assert not [row for row in invariants.audit() if row.invariant.startswith(("status_", "planted"))]
    nothing_happened()


def test_who_planted_it_cannot_decide_about_it(planted, people):
    with pytest.raises(Refused):
        lifecycle.move(planted.campaign_id, "approve", people["second_admin"])
    assert outcome(planted)[0] == "open"


def test_the_batch_teaches_too(planted, people, client_of):
    pk = planted.campaign_id
    data = {"campaign": [pk], f"seen-{pk}": lifecycle.digest(Campaign.every.get(pk=pk))}
    answer = client_of(Role.MANAGER).post(reverse("approvals-batch-approve"), data)
    assert answer.url == reverse("review-lesson", args=[planted.pk])
    assert outcome(planted)[0] == "missed"
    nothing_happened()


def test_the_api_tells_it_too(planted, client_of):
    client = client_of(Role.MANAGER)
    answer = client.post(
        reverse("api-campaign-approve", args=[planted.campaign_id]), {"comment": ""}, content_type="application/json"
    )
    assert answer.status_code == 200
    assert answer.json()["lesson"] == reverse("review-lesson", args=[planted.pk])
    nothing_happened()
    told = client.get(reverse("api-review-quality")).json()
    assert told["own"]["planted"] == {"hits": 0, "total": 1, "share": None, "low": None, "high": None}
    assert told["people"] == []
    assert client_of(Role.ANALYST).get(reverse("api-review-quality")).status_code == 403


def test_only_an_administrator_plants_and_only_where_a_draft_lends_itself(company, people, client_of):
    walk.company_policy()
    assert client_of(Role.MANAGER).post(reverse("review-plant")).status_code == 403
    client = client_of(Role.ADMIN)
    assert client.post(reverse("review-plant")).status_code == 302  # nothing to copy yet
    assert not Plant.objects.exists()
    prescribe.run()
    client.post(reverse("review-plant"))
    assert Plant.objects.get().planted_by == people[Role.ADMIN]


def test_the_clock_plants_only_at_a_rate_that_was_set(company, people, settings):
    class Always(random.Random):
        def random(self) -> float:
            return 0.0

    walk.company_policy()
    prescribe.run()
    assert tasks.plant_draft() is False  # off
    settings.PLANTED_DRAFTS_PER_WEEK = 1
    assert planting.by_the_clock(Always(1)) is not None
    assert planting.by_the_clock(Always(1)) is None  # the rate of the week is reached
    assert Plant.objects.get().planted_by is None


def test_the_page_teaches_when_empty_and_tells_no_share_of_few(people, client_of, english):
    for role in (Role.MANAGER, Role.ADMIN):
        page = client_of(role).get(reverse("review-quality"), headers={"accept-language": "en"})
        assert page.status_code == 200
    assert review_quality.Share(4, 4).interval is None
    low, share, high = review_quality.Share(4, 5).interval
    assert 0.3 < low < share < high < 1.0


def test_figures_of_people_and_reasons_of_rejections(planted, people, client_of):
    lifecycle.move(planted.campaign_id, "reject", people[Role.MANAGER], reason_code="facts", seconds=40)
    others = list(Campaign.objects.filter(status="in_review"))
    lifecycle.move(others[0].pk, "approve", people[Role.MANAGER])
    lifecycle.move(others[1].pk, "reject", people[Role.MANAGER], reason_code="offer")
    own = review_quality.of(people[Role.MANAGER])
    assert (own.caught.hits, own.caught.total, own.seconds, own.unedited.hits, own.unedited.total) == (1, 1, 40, 1, 1)
    assert review_quality.of(people["second_manager"]).caught.total == 0
    assert [(row["reason"], row["count"]) for row in review_quality.reasons()] == [("offer", 1)]
    admin = client_of(Role.ADMIN).get(reverse("review-quality")).content.decode()
    manager = client_of(Role.MANAGER).get(reverse("review-quality")).content.decode()
    assert people["second_manager"].name not in manager
    assert f"<td>{people[Role.MANAGER]}</td>" in admin
    assert f"<td>{people[Role.MANAGER]}</td>" not in manager
    assert queries.hands_on(Campaign.every.get(pk=planted.campaign_id)) == {people["second_admin"].pk}
    assert json.dumps(own.report())
