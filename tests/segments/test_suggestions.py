"""Names that are proposed: by rules, by a model over real HTTP, and never in force before a person saved one."""

import pytest
from django.test import TestCase
from django.urls import reverse

from accounts.models import AuditEntry, ModelCall
from b2shift.lib.api import Refused
from segments import passports, suggestions, tasks
from segments.models import Segment, SegmentEvent, SegmentProfile
from tests.model_peer import Peer, chat

pytestmark = pytest.mark.django_db
TOLD = {
    "name": "Contas fiéis de alto valor",
    "name_en": "Loyal high-value accounts",
    "text": "São clientes de grande porte, com muitos chamados e receita alta.",
    "text_en": "They are large customers with many tickets and high revenue.",
}


@pytest.fixture
def peer(settings):
    made = Peer()
    settings.OPENAI_API_KEY, settings.OPENAI_BASE_URL, settings.OPENAI_TIMEOUT_SECONDS = "test-key", made.url, 2
    made.script = [(200, {}, chat(TOLD))]
    yield made
    made.close()


@pytest.fixture
def offline(settings):
    settings.OPENAI_API_KEY = ""


@pytest.fixture
def segment(company):
    """A segment whose profile says something."""
    difference = {
        "feature": "tickets_12m", "label": "Chamados em 12 meses", "label_en": "Support tickets in 12 months", "effect": 1.2,
        "kind": "effect", "segment_value": 37, "rest_value": 5, "unit": "count",
    }  # fmt: skip
    SegmentProfile.objects.filter(segment=company.segments[0]).update(differentiators=[difference])
    return company.segments[0]


def fresh(segment):
    return Segment.objects.get(pk=segment.pk)


def read(client, segment, query=""):
    client.cookies["django_language"] = "en"
    return client.get(reverse("segment-rename", args=[segment.passport]) + query).content.decode()


def test_rules_propose_a_free_name_and_a_text_in_both_languages(segment, offline, client_of):
    profile = segment.profiles.get()
    first = suggestions.by_rules(profile)
    assert "chamados" in first["name"]
    assert "tickets" in first["name_en"]
    assert "37" in first["text"]
    Segment.objects.filter(passport="S-002").update(name=first["name"])
    assert suggestions.by_rules(profile)["name"] != first["name"]
    text = read(client_of("analyst"), segment, "?use=rules")
    assert "Proposed by rules" in text
    assert "Ask the model" not in text


def test_without_a_model_nothing_is_asked(segment, offline, people, client_of):
    with pytest.raises(Refused):
        suggestions.ask(segment.pk, people["analyst"])
    client_of("analyst").post(reverse("segment-ask-name", args=["S-001"]))
    assert fresh(segment).suggestion == {}
    assert not AuditEntry.objects.filter(action="segment.ask_name").exists()


def test_the_model_proposes_and_a_person_decides(segment, peer, people, client_of):
    client, name = client_of("analyst"), segment.name
    with TestCase.captureOnCommitCallbacks(execute=False):
        client.post(reverse("segment-ask-name", args=["S-001"]))
    assert "The model is thinking" in read(client, segment)
    waits = client.get(reverse("segment-rename", args=["S-001"]), HTTP_HX_REQUEST="true", HTTP_HX_TARGET="name-waits")
    assert b"name-waits" in waits.content
    tasks.suggest_name(segment.pk)
    tasks.suggest_name(segment.pk)  # again: nothing waits any more
    assert ModelCall.objects.filter(purpose="segment-name", outcome="ok").count() == 1
    assert fresh(segment).name == name
    answered = client.get(
        reverse("segment-rename", args=["S-001"]), HTTP_HX_REQUEST="true", HTTP_HX_TARGET="name-waits"
    )
    assert answered["HX-Refresh"] == "true"
    text = read(client, segment, "?use=model")
    assert f'value="{TOLD["name"]}"' in text
    saved = {"name": TOLD["name"], "name_en": TOLD["name_en"], "description": TOLD["text"], "description_en": "Edited."}
    assert client.post(reverse("segment-rename", args=["S-001"]), saved).status_code == 302
    now = fresh(segment)
    assert (now.name, now.description_en, now.named_by, now.suggestion) == (
        TOLD["name"],
        "Edited.",
        people["analyst"],
        {},
    )
    assert SegmentEvent.objects.filter(segment=segment, kind="renamed").count() == 1
    assert list(AuditEntry.objects.order_by("id").values_list("action", flat=True)) == [
        "segment.ask_name",
        "segment.rename",
    ]
    assert "Edited." in client.get(reverse("segment", args=["S-001"])).content.decode()


def test_the_model_sees_figures_of_the_segment_and_no_customer(segment, peer, people):
    suggestions.ask(segment.pk, people["analyst"])
    suggestions.answer(segment.pk)
    sent = peer.requests[0]["messages"][1]["content"]
    assert "37" in sent
    assert "Empresa" not in sent
    assert "S00001" not in sent


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"text": "São 999 clientes de grande porte, com receita alta."}, "unknown_figure"),
        ({"name": "Os 12 melhores"}, "unknown_figure"),
        ({"text_en": "See https://example.com for all of these large customers."}, "markup"),
        ({"name_en": "<b>Best</b>"}, "markup"),
        ({"name": "SERVIÇOS em crescimento"}, "name_taken"),
        ({"text": "curto"}, "invalid"),
        ({"extra": "field"}, "invalid"),
    ],
)
def test_what_may_not_be_shown_is_not(segment, peer, people, client_of, change, reason):
    peer.script = [(200, {}, chat(TOLD | change))]
    suggestions.ask(segment.pk, people["analyst"])
    suggestions.answer(segment.pk)
    now = fresh(segment)
    assert (now.suggestion["state"], now.name) == ("failed", segment.name)
    assert now.suggestion["reason"].startswith(reason)
    assert "The model gave nothing that may be shown" in read(client_of("analyst"), segment)


def test_figures_as_the_facts_give_them_are_allowed(segment):
    known = suggestions.facts(segment.profiles.get())
    told = TOLD | {"text": "Abrem 37 chamados por ano, muito mais que os outros."}
    assert suggestions.unusable(told, known, set()) == ""


def test_a_name_saved_meanwhile_counts_and_a_second_question_waits(segment, peer, people):
    suggestions.ask(segment.pk, people["analyst"])
    with pytest.raises(Refused):
        suggestions.ask(segment.pk, people["manager"] if "manager" in people else people["admin"])
    assert suggestions.waiting() == [segment.pk]
    peer.script = [(200, {}, lambda: chat(TOLD))]
    passports.rename(segment.pk, people["analyst"], "Contas-chave", "Key accounts", "")
    suggestions.answer(segment.pk)
    assert (fresh(segment).name, fresh(segment).suggestion, peer.requests) == ("Contas-chave", {}, [])


def test_a_dead_endpoint_leaves_the_rules_and_says_so(segment, peer, people):
    peer.script = [(400, {}, b"{}")]
    suggestions.ask(segment.pk, people["analyst"])
    suggestions.answer(segment.pk)
    assert fresh(segment).suggestion == {"state": "failed", "reason": "failed: HTTP 400"}


@pytest.mark.parametrize("role", ["sales_rep", "executive", "customer_success"])
def test_who_may_not_name_may_not_ask(segment, peer, client_of, role):
    assert client_of(role).post(reverse("segment-ask-name", args=["S-001"])).status_code == 403
    assert fresh(segment).suggestion == {}
