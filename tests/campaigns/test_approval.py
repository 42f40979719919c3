"""The pages on which people decide: what they show, who may do what, and that a refusal changes nothing."""

import re

import pytest
from django.urls import reverse

from accounts.models import User
from campaigns import lifecycle, prescribe
from campaigns.models import Approval, Campaign, Message, Transition

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaigns(company):
    return prescribe.run().campaigns


@pytest.mark.parametrize("language", ["pt-br", "en"])
def test_pages_show_what_a_decision_needs(client_of, campaigns, language):
    client = client_of("marketing_manager")
    client.cookies["django_language"] = language
    first = campaigns[0]
    page = client.get(reverse("campaign", args=[first.pk])).content.decode()
    assert first.current_draft.subject in page
    assert "R$" in page
    assert 'data-facts="offer.' in page
    assert 'data-fact="offer.benefit"' in page
    notes = set(re.findall(r'<sup class="b2-note"><a href="#(fact-\d+)"', page))
    assert notes
    assert all(f'id="{note}"' in page for note in notes)
    queue = client.get(reverse("approvals")).content.decode()
    assert all(one.title in queue for one in campaigns)
    listed = client.get(reverse("campaigns"), {"status": "in_review"}).content.decode()
    assert all(one.title in listed for one in campaigns)
    assert campaigns[0].title not in client.get(reverse("campaigns"), {"status": "sending"}).content.decode()


def test_preview_speaks_to_the_chosen_recipient(client_of, campaigns, company):
    client = client_of("marketing_manager")
    chosen = company.members(0)[3]
    fragment = client.get(
        reverse("campaign", args=[campaigns[0].pk]), {"as": chosen.code}, headers={"HX-Request": "true"}
    ).content.decode()
    assert "<html" not in fragment
    assert f"→ Pessoa, {chosen.name}" in fragment
    assert "{{" not in fragment


def test_manager_approves_and_the_audience_is_frozen(client_of, campaigns, people):
    first = campaigns[0]
    client_of("marketing_manager").post(reverse("campaign-act", args=[first.pk, "approve"]))
    first.refresh_from_db()
    assert first.status == Campaign.Status.APPROVED
    assert first.messages.count() == 20
    assert first.approvals.get().approver == people["marketing_manager"]


def test_approve_and_send_launches(client_of, campaigns):
    first = campaigns[0]
    client_of("marketing_manager").post(reverse("campaign-act", args=[first.pk, "approve"]), {"send_now": "on"})
    first.refresh_from_db()
    assert first.status in (Campaign.Status.SENDING, Campaign.Status.TRACKING)


def test_editor_cannot_approve_own_words(client_of, campaigns):
    first = campaigns[0]
    client = client_of("marketing_manager")
    draft = first.current_draft
    saved = client.post(
        reverse("campaign-edit", args=[first.pk]), {"subject": draft.subject, "body": draft.body.replace("Olá", "Oi")}
    )
    assert saved.status_code == 302
    first.refresh_from_db()
    assert (first.status, first.current_draft.number) == (Campaign.Status.DRAFT, 2)
    client.post(reverse("campaign-act", args=[first.pk, "submit"]))
    client.post(reverse("campaign-act", args=[first.pk, "approve"]))
    first.refresh_from_db()
    assert first.status == Campaign.Status.IN_REVIEW
    assert not Approval.objects.exists()
    assert not Message.objects.exists()
    client_of("second_manager").post(reverse("campaign-act", args=[first.pk, "approve"]))
    first.refresh_from_db()
    assert first.status == Campaign.Status.APPROVED


def test_unsupported_figure_blocks_and_cannot_be_clicked_away(client_of, campaigns):
    first = campaigns[0]
    draft = first.current_draft
    editor = client_of("marketing_manager")
    editor.post(
        reverse("campaign-edit", args=[first.pk]),
        {"subject": draft.subject, "body": draft.body + "\n\nEconomize R$ 900."},
    )
    editor.post(reverse("campaign-act", args=[first.pk, "submit"]))
    first.refresh_from_db()
    assert first.status == Campaign.Status.DRAFT
    page = editor.get(reverse("campaign", args=[first.pk])).content.decode()
    assert "R$ 900" in page
    assert not first.transitions.filter(
        verb="submit", to_status="in_review", from_status="draft", actor__isnull=False
    ).exists()


def test_live_check_judges_without_saving(client_of, campaigns):
    first = campaigns[0]
    before = first.drafts.count()
    answer = client_of("analyst").post(
        reverse("campaign-check", args=[first.pk]), {"subject": "Oi", "body": "90% de desconto {{ link.unsubscribe }}"}
    )
    assert "90%" in answer.content.decode()
    assert first.drafts.count() == before


def test_versions_show_what_went_and_what_came(client_of, campaigns):
    first = campaigns[0]
    client = client_of("marketing_manager")
    draft = first.current_draft
    client.post(
        reverse("campaign-edit", args=[first.pk]), {"subject": draft.subject, "body": draft.body.replace("Olá", "Oi")}
    )
    page = client.get(reverse("campaign-versions", args=[first.pk])).content.decode()
    assert "<del>Olá,</del>" in page
    assert "<ins>Oi,</ins>" in page


def test_reject_needs_a_reason(client_of, campaigns):
    first = campaigns[0]
    client = client_of("marketing_manager")
    client.post(reverse("campaign-act", args=[first.pk, "reject"]))
    first.refresh_from_db()
    assert first.status == Campaign.Status.IN_REVIEW
    client.post(reverse("campaign-act", args=[first.pk, "reject"]), {"reason_code": "timing"})
    first.refresh_from_db()
    assert first.status == Campaign.Status.REJECTED
    assert Transition.objects.get(campaign=first, verb="reject").reason_code == "timing"


def test_author_from_the_page_cannot_approve(client_of, company, people):
    client = client_of("marketing_manager")
    client.post(reverse("campaigns-prescribe"), {"segment": "S-001"})
    only = Campaign.objects.get()
    assert only.author == people["marketing_manager"]
    refusals = {choice.verb: choice.refusal for choice in lifecycle.verbs_for(only, people["marketing_manager"])}
    assert refusals["approve"]
    assert lifecycle.verbs_for(only, people["sales_rep"]) == []
    assert "R$" in client.get(reverse("campaign", args=[only.pk])).content.decode()


def test_rep_sees_only_campaigns_of_own_customers(client_of, campaigns):
    assert client_of("sales_rep").get(reverse("campaign", args=[campaigns[0].pk])).status_code == 404
    lifecycle.move(campaigns[0].pk, "approve", _other(campaigns))
    assert client_of("sales_rep").get(reverse("campaign", args=[campaigns[0].pk])).status_code == 200


def _other(campaigns):

    return User.objects.get(email="second_manager@people.example")


def test_api_approves_once_per_key(client_of, campaigns):
    client = client_of("marketing_manager")
    first = campaigns[0]
    address = reverse("api-campaign-approve", args=[first.pk])
    answers = [
        client.post(address, {}, content_type="application/json", headers={"Idempotency-Key": "k1"}) for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert Transition.objects.filter(campaign=first, verb="approve").count() == 1
    refused = client.post(address, {}, content_type="application/json", headers={"Idempotency-Key": "k2"})
    assert (refused.status_code, refused.json()["code"]) == (409, "wrong_status")
    assert client.get(reverse("api-campaign", args=[first.pk])).json()["audience"]["total"] == 20
    assert client.get(reverse("api-campaigns"), {"status": "approved"}).json()["count"] == 1
    assert client_of("sales_rep").post(address, {}, content_type="application/json").status_code == 403


def test_api_lists_offers_and_policies(client_of, campaigns):
    client = client_of("analyst")
    assert client.get(reverse("api-offers")).json()["count"] >= 20
    kinds = {rule["kind"] for rule in client.get(reverse("api-policies")).json()["results"][0]["rules"]}
    assert {"discount_ceiling", "frequency_cap", "approvers"} <= kinds
