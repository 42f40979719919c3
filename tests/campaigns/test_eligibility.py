"""Who may receive an offer: built as rules are, kept as terms are, and obeyed by the audience."""

import pytest
from django.urls import reverse

from accounts.models import Role
from campaigns import audience, catalogue, lifecycle, terms
from campaigns.models import Campaign, Message, Offer
from segments.rules import uses
from tests.campaigns.walk import approved, company_policy, drafted


def of(field, operator, value):
    leaf = {"field": field, "is": operator} | ({} if value is None else {"value": value})
    return {"version": 1, "root": {"group": "all", "of": [leaf]}}


@pytest.fixture
def ready(company, people):
    company_policy()
    return company


def conditioned(campaign, conditions):
    Offer.objects.filter(pk=campaign.offer_id).update(eligibility=conditions)
    return Campaign.objects.get(pk=campaign.pk)


def test_the_audience_leaves_out_who_is_not_eligible(ready, people):
    """Counted as the preview says, frozen as it was counted, and none of them is called instead."""
    free = audience.preview(drafted(ready, people))
    campaign = conditioned(Campaign.objects.get(), of("owner", "any_of", [str(people[Role.REP].pk)]))
    found = audience.preview(campaign)
    others = [customer.pk for customer in ready.members(0) if customer.owner_id != people[Role.REP].pk]
    assert (found.total, found.excluded["not_eligible"]) == (free.total, len(others))
    audience.freeze(campaign)
    left_out = Message.objects.filter(campaign=campaign, reason="not_eligible")
    assert sorted(left_out.values_list("customer_id", flat=True)) == sorted(others)
    assert set(left_out.values_list("state", flat=True)) == {"suppressed"}
    assert audience.preview(campaign) == found


@pytest.mark.parametrize(
    "conditions", [of("purchases_12m", "at_least", 1), {"version": 7}], ids=["no data", "unreadable"]
)
def test_who_cannot_be_decided_is_not_eligible(ready, people, conditions):
    campaign = conditioned(drafted(ready, people), conditions)
    found = audience.preview(campaign)
    assert found.excluded == {"not_eligible": found.total}


def test_conditions_are_part_of_what_an_approval_binds(ready, people):
    campaign = approved(ready, people)
    before = lifecycle.digest(campaign)
    offer = campaign.offer
    offer.eligibility = of("mrr", "at_least", 1)
    terms.save_offer(offer, people["admin"])
    campaign.refresh_from_db()
    assert campaign.status == Campaign.Status.IN_REVIEW
    assert lifecycle.digest(Campaign.objects.get(pk=campaign.pk)) != before


def test_an_administrator_builds_saves_and_clears_them(ready, client_of):
    """With a count on the real base; a wrong condition saves nothing; the offer's page says it in words."""
    client = client_of("admin")
    client.cookies["django_language"] = "en"
    address = reverse("offer-eligibility", args=["gestao-revisao"])
    seen = terms.fingerprint(Offer.objects.get(code="gestao-revisao"))
    page = client.get(address)
    assert page.status_code == 200
    typed = {"node": ["0"], "field-0": "mrr", "is-0": "at_least", "value-0": "3000", "seen": seen}
    shown = client.post(address, {**typed, "do": "show"}, headers={"HX-Request": "true"})
    assert "<html" not in shown.content.decode()
    assert shown.context["counts"].members == len(ready.members(0))
    wrong = client.post(address, {**typed, "value-0": "abc", "do": "save"})
    assert wrong.status_code == 422
    assert Offer.objects.get(code="gestao-revisao").eligibility is None
    assert client.post(address, {**typed, "do": "save"}).status_code == 302
    assert Offer.objects.get(code="gestao-revisao").eligibility == of("mrr", "at_least", 3000)
    assert "at least R$" in client.get(reverse("offer", args=["gestao-revisao"])).content.decode()
    stale = client.post(address, {**typed, "do": "clear"})
    assert stale.status_code == 409
    assert Offer.objects.get(code="gestao-revisao").eligibility is not None
    now = terms.fingerprint(Offer.objects.get(code="gestao-revisao"))
    client.post(address, {"do": "clear", "seen": now})
    assert Offer.objects.get(code="gestao-revisao").eligibility is None


def test_a_segment_says_which_offers_depend_on_it(ready):
    catalogue.seed()
    segment = ready.segments[1]
    Offer.objects.filter(code="gestao-revisao").update(eligibility=of("segment", "any_of", [segment.passport]))
    assert ("Revisão de processos", True) in [(use.name, use.living) for use in uses.of_segment(segment)]
    assert "Revisão de processos" not in [use.name for use in uses.of_segment(ready.segments[0])]
