"""What people said when they rejected drafts is heard: by the next prescription, and by whoever edits the playbook."""

import json

import pytest
from django.db.models.functions import Now
from django.urls import reverse

from accounts.models import Role
from campaigns import lifecycle, prescribe, queries, repeats
from campaigns.models import Campaign, Decision, Message, Offer, Playbook
from tests.campaigns import walk

pytestmark = pytest.mark.django_db
PASSPORT = "S-001"


@pytest.fixture
def ready(company, people):
    walk.company_policy()
    return company


def prescribed() -> Campaign | None:
    made = prescribe.run(None, PASSPORT).campaigns
    return made[0] if made else None


def rejected(people, reason: str, comment: str = "") -> Campaign:
    campaign = prescribed()
    return lifecycle.move(campaign.pk, "reject", people[Role.MANAGER], reason_code=reason, comment=comment)


def pair(campaign: Campaign) -> tuple[str, str]:
    return campaign.strategy.code, campaign.offer.code


def last_choice() -> Decision:
    return Decision.objects.filter(kind="choice").order_by("-pk").first()


def test_an_offer_rejected_twice_for_a_segment_is_passed_over_there_and_says_so(ready, people, client_of):
    first = rejected(people, "offer")
    second = rejected(people, "offer")
    assert pair(first) == pair(second)  # once is no pattern
    assert "refused" not in json.loads(Decision.objects.filter(kind="choice").order_by("pk").first().body)["inputs"]
    third = prescribed()
    assert pair(third) != pair(first)
    assert third.expected_effect["rationale"]["passed"] == [[*pair(first), 2]]
    page = client_of(Role.MANAGER).get(reverse("campaign", args=[third.pk])).content.decode()
    assert first.offer.name in page
    assert "2" in page
    body = json.loads(last_choice().body)
    assert body["inputs"]["refused"] == [[*pair(first), 2]]
    assert all(repeats.replay(each).identical for each in Decision.objects.filter(kind="choice"))
    assert not Message.objects.exists()
    other = prescribe.run(None, "S-002").campaigns[0]
    assert "passed" not in other.expected_effect["rationale"]


@pytest.mark.parametrize("reason", ["timing", "words", "audience", "facts"])
def test_other_reasons_do_not_speak_against_the_offer(ready, people, reason):
    first = rejected(people, reason)
    rejected(people, reason)
    assert pair(prescribed()) == pair(first)


def test_new_terms_of_the_offer_make_a_new_start(ready, people):
    first = rejected(people, "offer")
    rejected(people, "offer")
    assert queries.refused_offers(first.segment_id) == [[*pair(first), 2]]
    later = Campaign.objects.get(pk=first.pk).transitions.get(verb="reject").at.replace(year=2100)
    Offer.objects.filter(pk=first.offer_id).update(updated_at=later)
    assert queries.refused_offers(first.segment_id) == []
    assert pair(prescribed()) == pair(first)
    Offer.objects.filter(pk=first.offer_id).update(updated_at=Now())


def test_a_segment_with_nothing_left_is_left_alone_and_recorded(ready, people):
    seen = set()
    while campaign := prescribed():
        seen.add(pair(campaign))
        lifecycle.move(campaign.pk, "reject", people[Role.MANAGER], reason_code="offer")
        assert len(seen) < 12
    assert json.loads(last_choice().body)["output"] is None
    assert {(row[0], row[1]) for row in json.loads(last_choice().body)["inputs"]["refused"]} == seen
    assert repeats.replay(last_choice()).identical


def test_words_that_do_not_fit_are_told_to_who_edits_the_playbook(ready, people, client_of):
    campaign = rejected(people, "words", "Tom frio demais")
    row = Playbook.objects.get(strategy=campaign.strategy, language="pt-br")
    address = reverse("playbook", args=[campaign.strategy.code, "pt-br"])
    assert "Tom frio demais" in client_of(Role.MANAGER).get(address).content.decode()
    assert "Tom frio demais" not in client_of(Role.REP).get(address).content.decode()
    assert [each.campaign_id for each in queries.rejected_words(row)] == [campaign.pk]
    Playbook.objects.filter(pk=row.pk).update(version=row.version + 1)
    assert "Tom frio demais" not in client_of(Role.MANAGER).get(address).content.decode()
