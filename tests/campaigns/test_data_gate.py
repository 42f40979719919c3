"""Where the data gate is closed nothing goes out: no launch, no claim; what waits is sent when it opens."""

from html import unescape

import pytest
from django.core import mail

from accounts.catalog import rules
from accounts.catalog.rules import Terms
from accounts.models import GateRule, Import
from b2shift.lib.api import Refused
from campaigns import outbox
from campaigns.models import Approval, Campaign, Message, Transition
from tests.campaigns import walk

pytestmark = pytest.mark.django_db


@pytest.fixture
def close(people):
    """Calling it closes the gate; the rule comes back."""
    GateRule.objects.all().delete()

    def shut() -> GateRule:
        Import.objects.create(state=Import.State.FAILED, source_path="x")
        return rules.save(Terms("failed", 1, stops_activation=True), people["admin"])

    return shut


@pytest.fixture
def policy(company):
    walk.company_policy({"frequency_cap": None})


def state():
    return [
        list(model.objects.order_by("pk").values()) for model in (Campaign, Message, Approval, Transition)
    ] + [len(mail.outbox)]  # fmt: skip


def test_nothing_is_launched(company, people, policy, close, client_of):
    campaign = walk.approved(company, people, hold_out_share=0)
    close()
    before = state()
    with pytest.raises(Refused) as refused:
        outbox.launch(campaign.pk, people["marketing_manager"])
    assert refused.value.code == "data_gate"
    client = client_of("marketing_manager")
    client.cookies["django_language"] = "en"
    answer = client.post(f"/campaigns/{campaign.pk}/do/launch/", follow=True)
    page = unescape(answer.content.decode())
    assert page.count("The last import failed.") >= 2  # the message and the banner
    assert "Nothing is sent: the data gate is closed" in unescape(client.get("/approvals/").content.decode())
    assert "Nothing is sent: the data gate is closed" in unescape(client.get("/campaigns/").content.decode())
    assert "Open the data gate" not in unescape(client_of("sales_rep").get("/campaigns/").content.decode())
    assert state() == before


def test_approving_and_sending_at_once_is_refused_as_a_whole(company, people, policy, close, client_of):
    from campaigns import lifecycle

    campaign = walk.drafted(company, people, hold_out_share=0)
    lifecycle.move(campaign.pk, "submit", people["analyst"])
    close()
    before = state()
    client_of("marketing_manager").post(f"/campaigns/{campaign.pk}/do/approve/", {"send_now": "on"})
    assert state() == before
    client_of("marketing_manager").post(f"/campaigns/{campaign.pk}/do/approve/")
    assert Approval.objects.count() == 1  # approving the words is no activation


def test_a_campaign_on_its_way_stops_claiming_and_goes_on_afterwards(company, people, policy, close, client_of):
    campaign = walk.sending(company, people, hold_out_share=0)
    waiting = Message.objects.filter(state="queued", channel="email").count()
    assert waiting > 5
    assert outbox.work(5, "test") == 5
    rule = close()
    before = state()
    assert outbox.work(100, "test") == 0
    outbox.sweep()
    assert state() == before
    page = unescape(client_of("marketing_manager").get(f"/campaigns/{campaign.pk}/").content.decode())
    assert "b2-alert-bad" in page
    rules.override(rule.pk, "The list was checked by hand", 1, people["admin"])
    assert outbox.work(100, "test") == waiting - 5
    assert len(mail.outbox) == before[-1] + waiting - 5
