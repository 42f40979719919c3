"""Calls: a rep sees their own, closes them once, and what was said becomes a human sign on the account page."""

import pytest

from accounts.models import AuditEntry, Role
from b2shift.lib.api import Refused
from campaigns import calls
from campaigns.models import CallTask
from tests.campaigns import walk

pytestmark = pytest.mark.django_db


@pytest.fixture
def task(company, people) -> CallTask:
    """The call to S00010, who has no contact; S00020 has one too. Both belong to the second rep."""
    walk.company_policy()
    campaign = walk.sending(company, people, hold_out_share=0)
    return CallTask.objects.select_related("customer", "message").get(campaign=campaign, customer=company.members(0)[9])


def owner_key(task: CallTask, people: dict) -> tuple[str, str]:
    mine = "second_rep" if task.customer.owner == people["second_rep"] else Role.REP.value
    return mine, Role.REP.value if mine == "second_rep" else "second_rep"


def test_each_role_sees_what_it_may(client_of, people, task):
    mine, other = owner_key(task, people)
    for key, seen in [(mine, True), (other, False), (Role.MANAGER, True), (Role.SUCCESS, True), (Role.ADMIN, True)]:
        client = client_of(key)
        assert (task.customer.name in client.get("/tasks/").content.decode()) is seen
        assert client.get(f"/tasks/{task.pk}/").status_code == (200 if seen else 404)
    assert client_of(Role.EXECUTIVE).get("/tasks/").status_code == 403


def test_a_rep_cannot_close_anothers_call(client_of, people, task):
    other = owner_key(task, people)[1]
    assert client_of(other).post(f"/tasks/{task.pk}/", {"outcome": "interested"}).status_code == 404
    task.refresh_from_db()
    assert task.state == "open"
    assert not task.message.interactions.exists()


@pytest.mark.parametrize(
    ("outcome", "signs"),
    [
        ("interested", {"call_done", "accept"}),
        ("not_interested", {"call_done", "reject"}),
        ("not_now", {"call_done"}),
        ("no_answer", {"call_done"}),
    ],
)
def test_what_was_said_becomes_a_human_sign(client_of, people, task, outcome, signs):
    response = client_of(owner_key(task, people)[0]).post(
        f"/tasks/{task.pk}/", {"outcome": outcome, "note": "Falei com a Ana."}
    )
    assert response["Location"] == "/tasks/"
    task.refresh_from_db()
    assert (task.state, task.outcome, task.note) == ("done", outcome, "Falei com a Ana.")
    assert set(task.message.interactions.values_list("kind", "origin")) == {(kind, "human") for kind in signs}
    assert AuditEntry.objects.filter(action="call.close", target_id=str(task.pk)).count() == 1


def test_a_call_closes_once(client_of, people, task):
    calls.close(task, people["second_rep"], "not_now", "")
    with pytest.raises(Refused) as refusal:
        calls.close(task, people["second_rep"], "interested", "")
    assert refusal.value.code == "already_closed"
    page = client_of(Role.MANAGER).post(f"/tasks/{task.pk}/", {"outcome": "interested"})
    assert page.status_code == 200
    task.refresh_from_db()
    assert task.outcome == "not_now"
    assert set(task.message.interactions.values_list("kind", flat=True)) == {"call_done"}


def test_dismissing_needs_a_reason_and_leaves_no_sign(client_of, task):
    client = client_of(Role.MANAGER)
    assert client.post(f"/tasks/{task.pk}/", {"outcome": "dismiss", "note": "  "}).status_code == 200
    task.refresh_from_db()
    assert task.state == "open"
    client.post(f"/tasks/{task.pk}/", {"outcome": "dismiss", "note": "Empresa encerrada"})
    task.refresh_from_db()
    assert (task.state, task.note) == ("dismissed", "Empresa encerrada")
    assert not task.message.interactions.exists()


def test_lists_search_and_tabs(client_of, task):
    client = client_of(Role.MANAGER)
    other = CallTask.objects.exclude(pk=task.pk).select_related("customer").first()
    page = client.get("/tasks/", {"q": task.customer.code}).content.decode()
    assert task.customer.name in page
    assert other.customer.name not in page
    fragment = client.get("/tasks/", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in fragment
    calls.close(task, task.customer.owner, "not_now", "")
    closed = client.get("/tasks/?show=closed").content.decode()
    assert task.customer.name in closed
    assert other.customer.name not in closed


def test_the_page_says_what_to_say_in_the_offers_words(client_of, task):
    page = client_of(Role.MANAGER).get(f"/tasks/{task.pk}/").content.decode()
    assert task.campaign.offer.benefit in page


def test_the_account_panel_shows_calls_campaigns_and_answers(client_of, people, task):
    mine, other = owner_key(task, people)
    address = f"/campaigns/panel/{task.customer.code}/"
    panel = client_of(mine).get(address, headers={"HX-Request": "true"}).content.decode()
    assert f"/tasks/{task.pk}/" in panel
    assert task.campaign.title in panel
    assert "<html" not in panel
    assert "<html" in client_of(mine).get(address).content.decode()
    assert client_of(other).get(address).status_code == 404
    executive = client_of(Role.EXECUTIVE).get(address).content.decode()
    assert f"/tasks/{task.pk}/" not in executive
    calls.close(task, people[mine], "interested", "")
    after = client_of(mine).get(address).content.decode()
    assert f"/tasks/{task.pk}/" not in after
    assert "b2-timeline-item" in after
