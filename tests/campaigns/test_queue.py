"""The queue: filters, drafts approved one after another, and what colleagues say."""

import json
from dataclasses import replace

import pytest
from django.urls import reverse

from accounts.models import Role
from b2shift.lib.api import Refused
from campaigns import lifecycle, policies, repeats
from campaigns.models import Approval, Campaign, CampaignComment, Decision, Message, Offer, Strategy
from campaigns.views import approvals
from tests.campaigns import walk

pytestmark = pytest.mark.django_db


@pytest.fixture
def waiting(company, people) -> list[Campaign]:
    walk.company_policy({"frequency_cap": None})
    found = [walk.drafted(company, people, segment=number) for number in range(3)]
    return [lifecycle.move(each.pk, "submit", people[Role.ANALYST]) for each in found]


def digests(campaigns) -> dict[str, str]:
    return {f"seen-{each.pk}": lifecycle.digest(Campaign.objects.get(pk=each.pk)) for each in campaigns}


def status(campaigns) -> list[str]:
    return list(
        Campaign.objects.filter(pk__in=[each.pk for each in campaigns]).order_by("pk").values_list("status", flat=True)
    )


def test_filters_narrow_the_queue(waiting, client_of, company):
    client = client_of(Role.MANAGER)
    page = client.get(reverse("approvals"), {"segment": "S-002"}).content.decode()
    assert [reverse("campaign", args=[each.pk]) in page for each in waiting] == [False, True, False]
    nothing = client.get(reverse("approvals"), {"drafter": "model"}).content.decode()
    assert not any(reverse("campaign", args=[each.pk]) in nothing for each in waiting)
    assert client.get(reverse("approvals"), {"waiting": "72"}).status_code == 200
    assert client.get(reverse("approvals"), {"page": "99"}).status_code == 200


def shown(client, waiting, **filters: str) -> list[bool]:
    page = client.get(reverse("approvals"), filters).content.decode()
    return [reverse("campaign", args=[each.pk]) in page for each in waiting]


def test_the_queue_is_filtered_by_findings_and_by_approvals_given(company, people, client_of):
    walk.company_policy({"frequency_cap": None, "approvers": {"approvals": 2, "approvals_above": 2}})
    waiting = [walk.drafted(company, people, segment=number) for number in range(2)]
    waiting = [lifecycle.move(each.pk, "submit", people[Role.ANALYST]) for each in waiting]
    lifecycle.move(waiting[0].pk, "approve", people[Role.MANAGER])
    client = client_of(Role.ADMIN)
    assert shown(client, waiting, agreed="some") == [True, False]
    assert shown(client, waiting, agreed="none") == [False, True]
    found = [bool(each.current_draft.findings) for each in waiting]
    assert shown(client, waiting, findings="some") == found
    assert shown(client, waiting, findings="none") == [not each for each in found]


def test_the_filters_of_the_queue_come_back(waiting, client_of):
    client = client_of(Role.MANAGER)
    assert shown(client, waiting, segment="S-002") == [False, True, False]
    again = client.get(reverse("approvals"))
    assert again.status_code == 302
    assert again.url.endswith("?segment=S-002")
    assert shown(client, waiting, q="") == [True, True, True]  # what “Clear” leads to


def test_ordinary_drafts_are_read_whole_and_approved_together_each_for_itself(waiting, client_of, people):
    client = client_of(Role.MANAGER)
    page = client.get(reverse("approvals-batch")).content.decode()
    assert all(seen in page for seen in digests(waiting).values())
    answer = client.post(
        reverse("approvals-batch-approve"), {"campaign": [each.pk for each in waiting[:2]], **digests(waiting)}
    )
    assert answer.status_code == 302
    assert status(waiting) == ["approved", "approved", "in_review"]
    assert set(Approval.objects.values_list("approver", flat=True)) == {people[Role.MANAGER].pk}
    assert len(set(Approval.objects.values_list("digest", flat=True))) == 2


def test_own_drafts_before_it_do_not_hide_an_ordinary_one(waiting, company, people, client_of, monkeypatch):
    """More than a page of the batch looks at were written by the manager who reads it."""
    monkeypatch.setattr(approvals, "BATCH", 1)
    others = waiting.pop()
    for campaign in waiting:
        Campaign.objects.filter(pk=campaign.pk).update(author=people[Role.MANAGER])
    page = client_of(Role.MANAGER).get(reverse("approvals-batch")).content.decode()
    assert [f'name="campaign" value="{each.pk}"' in page for each in [*waiting, others]] == [False, False, True]


def test_the_batch_shows_the_legal_text_that_every_mail_carries(waiting, client_of):
    Offer.objects.update(legal="Condição sujeita à análise.")
    assert client_of(Role.MANAGER).get(reverse("approvals-batch")).content.decode().count("sujeita à análise") == 3


def test_what_changed_after_it_was_read_is_refused_and_the_others_go_on(waiting, client_of):
    data = {"campaign": [each.pk for each in waiting], **digests(waiting)}
    data[f"seen-{waiting[0].pk}"] = "0" * 64
    del data[f"seen-{waiting[1].pk}"]
    answer = client_of(Role.MANAGER).post(reverse("approvals-batch-approve"), data)
    assert answer.status_code == 422
    assert status(waiting) == ["in_review", "in_review", "approved"]
    page = answer.content.decode()
    assert waiting[0].title in page
    assert page.count(" checked>") == 2  # what was refused is still ticked


@pytest.mark.parametrize("ticked", [[], ["999999"], ["x"], ["9" * 30], ["-1"]])
def test_nonsense_approves_nothing(waiting, client_of, ticked):
    assert client_of(Role.MANAGER).post(reverse("approvals-batch-approve"), {"campaign": ticked}).status_code == 422
    assert not Approval.objects.exists()


def test_two_approvers_or_a_finding_are_not_ordinary(company, people, client_of):
    walk.company_policy({"frequency_cap": None, "approvers": {"approvals": 2, "approvals_above": 2}})
    campaign = walk.drafted(company, people)
    lifecycle.move(campaign.pk, "submit", people[Role.ANALYST])
    page = client_of(Role.MANAGER).get(reverse("approvals-batch")).content.decode()
    assert f'value="{campaign.pk}"' not in page


def test_a_strategy_that_is_always_reviewed_is_never_approved_with_others(waiting, client_of):
    always = waiting[0]
    Strategy.objects.filter(pk=always.strategy_id).update(review="always")
    client = client_of(Role.MANAGER)
    page = client.get(reverse("approvals-batch")).content.decode()
    assert not any(f'value="{each.pk}"' in page for each in waiting)  # they share the strategy
    answer = client.post(reverse("approvals-batch-approve"), {"campaign": [always.pk], **digests(waiting)})
    assert answer.status_code == 422
    assert status(waiting) == ["in_review"] * 3
    assert not Approval.objects.exists()
    assert not Message.objects.exists()
    alone = {"seen": lifecycle.digest(Campaign.objects.get(pk=always.pk))}
    assert client.post(reverse("campaign-act", args=[always.pk, "approve"]), alone).status_code == 302
    assert status(waiting) == ["approved", "in_review", "in_review"]


def test_credit_needs_two_people_even_where_an_edition_forgets_it(company, people):
    one = {"approvals": 1, "approvals_above": 1, "discount_from": 100, "audience_above": 99_999, "always_plays": []}
    walk.company_policy({"frequency_cap": None, "approvers": one})
    campaign = walk.drafted(company, people, strategy="techfin-credit")
    lifecycle.move(campaign.pk, "submit", people[Role.ANALYST])
    assert lifecycle.move(campaign.pk, "approve", people[Role.MANAGER]).status == "in_review"
    assert lifecycle.approvals_needed(Campaign.objects.get(pk=campaign.pk)) == 2
    with pytest.raises(Refused):
        lifecycle.move(campaign.pk, "approve", people[Role.MANAGER])
    assert lifecycle.move(campaign.pk, "approve", people["second_manager"]).status == "approved"
    approval = [json.loads(each.body) for each in Decision.objects.filter(kind="approval").order_by("pk")]
    assert [each["output"]["needed"] for each in approval] == [2, 2]
    assert all(repeats.replay(each).identical for each in Decision.objects.filter(kind="approval"))


@pytest.mark.parametrize(
    ("code", "review", "least"),
    [
        ("gestao-retain", "policy", 0),
        ("gestao-retain", "always", 1),
        ("techfin-cross-sell", "always", 1),
        ("techfin-credit", "always", 2),
    ],
)
def test_policy_may_ask_for_more_people_than_the_strategy_never_for_fewer(db, code, review, least):
    walk.company_policy()
    strategy = Strategy.objects.get(code=code)
    strategy.review = review
    assert strategy.least_approvals == least
    asked = policies.Moment(stage="approval", unit="X", audience=1, least_approvals=3)
    assert policies.approvals_needed([], asked) == 3
    assert policies.approvals_needed([], replace(asked, least_approvals=least)) == 2


def test_an_approval_is_of_what_was_read(waiting, client_of):
    campaign = waiting[0]
    address = reverse("campaign-act", args=[campaign.pk, "approve"])
    answer = client_of(Role.MANAGER).post(address, {"seen": "0" * 64})
    assert answer.status_code == 422
    assert status([campaign]) == ["in_review"]
    assert not Approval.objects.exists()


def test_a_comment_is_no_edit_and_stays(waiting, client_of, people):
    campaign = waiting[0]
    address = reverse("campaign-comment", args=[campaign.pk])
    client_of(Role.MANAGER).post(address, {"text": "Boa, só confirmar o prazo <b>"})
    page = client_of(Role.ANALYST).get(reverse("campaign", args=[campaign.pk])).content.decode()
    assert "Boa, só confirmar o prazo &lt;b&gt;" in page
    assert lifecycle.move(campaign.pk, "approve", people[Role.MANAGER]).status == "approved"


@pytest.mark.parametrize(("who", "text"), [(Role.MANAGER, "   "), (Role.MANAGER, "x" * 2001), (Role.REP, "Oi")])
def test_an_empty_or_endless_comment_is_refused(waiting, client_of, people, who, text):
    lifecycle.move(waiting[0].pk, "approve", people[Role.MANAGER])  # so that a rep sees it, too
    client_of(who).post(reverse("campaign-comment", args=[waiting[0].pk]), {"text": text})
    assert not CampaignComment.objects.exists()
