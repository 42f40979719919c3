"""The first page of each role: its work first, figures of visible customers only, a bounded number of queries."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Customer, Picture, Role
from campaigns import lifecycle, tracking
from campaigns.models import CallTask, Message
from insights import queries, snapshots
from insights.models import FigureSnapshot
from segments.models import Score
from tests.insights.conftest import BROWSER

ROLES = [role.value for role in Role]
WORK = {
    "marketing_manager": ["Waiting for your approval", "Latest answers", "Campaigns under way", "Most MRR at risk"],
    "sales_rep": ["Calls to make", "Your largest accounts", "Most MRR at risk", "Latest answers"],
    "customer_success": ["Unhappy customers", "Calls to make", "Most MRR at risk", "Latest answers"],
    "analyst": ["State of the data", "Segmentation in force", "Campaigns under way", "Latest answers"],
    "executive": ["Most MRR at risk", "Latest answers", "Campaigns under way", "Campaigns by status"],
    "admin": ["Waiting for your approval", "Administration", "State of the data", "Segmentation in force"],
}


def titles(html: str) -> list[str]:
    return [part.split("<", 1)[0].split(">", 1)[1] for part in html.split('<h2 class="card-title"')[1:]]


@pytest.mark.parametrize("role", ROLES)
def test_each_role_finds_its_work(client_of, scored, role):
    page = client_of(role).get("/")
    assert page.status_code == 200
    assert titles(page.content.decode()) == WORK[role]
    assert page.context["tiles"][0].value == ("30" if role == "sales_rep" else "60")


@pytest.mark.parametrize("role", ROLES)
def test_an_empty_company_says_what_comes_next(client_of, role):
    html = client_of(role).get("/").content.decode()
    assert ("You have no accounts yet" in html) == (role == "sales_rep")
    assert ("Import data" in html) == (role in {"admin", "analyst"})
    assert "b2-kpis" not in html


def test_a_rep_without_accounts_sees_nobody_elses(client_of, scored, people):
    Customer.objects.update(owner=people["second_rep"])
    html = client_of("sales_rep").get("/").content.decode()
    assert "You have no accounts yet" in html
    assert "Empresa" not in html


def test_two_reps_see_no_account_of_each_other(client_of, scored, people):
    own = {
        key: set(Customer.objects.filter(owner=people[key]).values_list("name", flat=True))
        for key in ("sales_rep", "second_rep")
    }
    pages = {key: client_of(key).get("/").content.decode() for key in own}
    assert any(name in pages["sales_rep"] for name in own["sales_rep"])
    assert not [name for name in own["second_rep"] if name in pages["sales_rep"]]
    assert not [name for name in own["sales_rep"] if name in pages["second_rep"]]


@pytest.mark.parametrize("role", ROLES)
def test_the_number_of_queries_does_not_grow_with_the_rows(
    client_of, scored, sent, people, role, django_assert_max_num_queries
):
    client = client_of(role)
    for message in Message.objects.filter(campaign=sent, state="sent").select_related("campaign", "contact"):
        tracking.record_answer(message, "accept", "", BROWSER)
    snapshots.take()
    client.get("/")
    with django_assert_max_num_queries(24):
        client.get("/")


def test_names_cannot_break_out_of_the_page(client_of, scored):
    worst = "<script>alert(1)</script>" + "A" * 120
    Customer.objects.filter(pk__in=[customer.pk for customer in scored.members(2)]).update(name=worst)
    Picture.objects.filter(customer__in=scored.members(2)).update(mrr=9_000_000)
    html = client_of("customer_success").get("/").content.decode()
    assert "&lt;script&gt;alert(1)" in html
    assert "<script>alert(1)" not in html


def test_missing_figures_are_dashes_and_never_zero(client_of, company):
    Picture.objects.update(mrr=None, nps_last=None)
    html = client_of("executive").get("/").content.decode()
    tiles = html.split('<div class="b2-kpis">')[1].split("b2-grid")[0]
    assert tiles.count('class="b2-none"') >= 4  # MRR, MRR at risk, NPS, accepted offers
    assert "R$0" not in tiles


def test_a_change_since_the_kept_day_shows_to_all_but_reps(client_of, scored):
    snapshots.take()
    FigureSnapshot.objects.update(day=timezone.localdate() - timedelta(days=30))
    FigureSnapshot.objects.filter(metric="mrr", segment=None).update(value=100_000)
    assert "+43.0%" in client_of("executive").get("/").content.decode()
    assert "b2-trend" not in client_of("sales_rep").get("/").content.decode()


def test_approvals_wait_for_others_than_the_author(proposed, people):
    campaign = proposed(0, people["second_manager"])
    assert list(queries.waiting_for_approval(people["marketing_manager"])) == [campaign]
    assert list(queries.waiting_for_approval(people["second_manager"])) == []
    lifecycle.move(campaign.pk, "approve", people["marketing_manager"])
    assert list(queries.waiting_for_approval(people["marketing_manager"])) == []
    assert list(queries.waiting_for_approval(people["admin"])) == (
        [] if lifecycle.approvals_needed(campaign) == 1 else [campaign]
    )


def test_a_campaign_of_the_agents_waits_for_every_manager(client_of, proposed, people):
    campaign = proposed(0)
    for key in ("marketing_manager", "second_manager", "admin"):
        assert list(queries.waiting_for_approval(people[key])) == [campaign]
    html = client_of("marketing_manager").get("/").content.decode()
    assert html.index(f"/campaigns/{campaign.pk}/") < html.index("b2-kpis")


def test_calls_are_a_reps_own(sent, people):
    for message in Message.objects.filter(campaign=sent, state="sent").select_related("campaign", "contact")[:6]:
        tracking.record_answer(message, "accept", "", BROWSER)
    own = list(queries.open_tasks(people["sales_rep"]))
    assert own
    assert {task.assigned_to for task in own} == {people["sales_rep"]}
    assert len(own) + len(queries.open_tasks(people["second_rep"])) == CallTask.objects.filter(state="open").count()


def test_answers_of_people_show_newest_first(client_of, sent, people):
    first, second = Message.objects.filter(
        campaign=sent, state="sent", customer__owner=people["sales_rep"]
    ).select_related("campaign", "contact")[:2]
    tracking.record_answer(first, "decline", "price", BROWSER)
    tracking.record_answer(second, "accept", "", BROWSER)
    shown = queries.latest_answers(people["sales_rep"])
    assert [answer.customer_id for answer in shown] == [second.customer_id, first.customer_id]
    assert not queries.latest_answers(people["second_rep"])
    html = client_of("sales_rep").get("/").content.decode()
    assert html.index("Accepted") < html.index("Declined")


def test_the_largest_accounts_come_first_and_unknown_ones_last(scored, people):
    Picture.objects.filter(customer=scored.customers[0]).update(mrr=None)
    Picture.objects.filter(customer=scored.customers[4]).update(mrr=99_000)
    accounts = list(queries.largest_accounts(people["sales_rep"]))
    assert accounts[0] == scored.customers[4]
    assert accounts[-1] == scored.customers[0]
    assert accounts[0].risk == 0.8


def test_unhappy_customers_are_those_with_six_or_less(scored, people):
    assert len(queries.unhappy(people["customer_success"])) == 22
    assert {customer.picture.nps_last for customer in queries.unhappy(people["customer_success"])[:7]} == {3}


def test_customers_exactly_on_the_line_are_not_at_risk(scored, people):
    assert queries.at_risk(people["executive"]).count() == Score.objects.filter(value__gt=0.5).count() == 20


def test_the_risk_page_sorts_pages_and_answers_htmx(client_of, scored):
    client = client_of("executive")
    page = client.get("/insights/at-risk/")
    assert "20 of 53 customers" in page.content.decode()
    part = client.get("/insights/at-risk/?sort=-nps", HTTP_HX_REQUEST="true").content.decode()
    assert "<html" not in part
    assert part.index("Empresa 01") < part.index("Empresa 40")


def test_the_risk_page_is_a_reps_own(client_of, scored, people):
    own = client_of("sales_rep").get("/insights/at-risk/").content.decode()
    assert "S00001" in own
    assert "S00002" not in own
