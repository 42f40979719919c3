"""The page of the arbitration, levers, why a customer was won or lost, and the same over the API."""

from decimal import Decimal

import pytest
from django.urls import reverse
from rest_framework.test import APIClient

from accounts.models import Role
from campaigns import arbiter, levers, standings
from campaigns.models import ArbitrationRun, Lever, Strategy
from tests.campaigns import walk

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]
ONE_CONTACT = {"frequency_cap": {"messages": 1, "days": 7, "long_messages": 4, "long_days": 30}}


@pytest.fixture
def contest(company, people):
    """A live campaign of TechFin that takes the customers of a proposal of Gestão."""
    walk.company_policy(ONE_CONTACT)
    live = walk.approved(walk.twin(company), people, strategy="techfin-credit", hold_out_share=0)
    proposal = walk.drafted(company, people, hold_out_share=0)
    levers.set_lever(live, Decimal(10), "launch", people[Role.MANAGER])
    run = arbiter.ask(people[Role.ANALYST])
    arbiter.run(run.pk)
    return live, proposal


@pytest.fixture
def client_of(client_of):
    """Clients that read English."""

    def make(key):
        client = client_of(key)
        client.cookies["django_language"] = "en"
        return client

    return make


def read(client, name, *args, status=200, **headers):
    answer = client.get(reverse(name, args=args), headers={"Accept-Language": "en", **headers})
    assert answer.status_code == status
    return answer.content.decode()


def contested(company, live):
    """A customer of both campaigns."""
    taken = set(live.messages.filter(state="queued").values_list("customer_id", flat=True))
    return next(each for each in company.members(0) if each.pk in taken)


def test_the_page_shows_who_won_what_each_factor_changed_and_the_history(contest, client_of):
    live, proposal = contest
    html = read(client_of(Role.MANAGER), "arbitration")
    for text in (
        live.title,
        proposal.title,
        "1 contact in 7 days, 4 contacts in 30 days",
        "What each factor changed",
        "Weigh now",
    ):
        assert text in html
    assert "TechFin: " in html
    assert "launch" in html
    assert "Change the lever of" in html
    assert "Change the lever of" not in read(client_of(Role.EXECUTIVE), "arbitration")


def test_before_the_first_weighing_the_page_says_what_will_come(company, people, client_of):
    walk.company_policy()
    assert "Nothing was weighed yet" in read(client_of(Role.ANALYST), "arbitration")


def test_weighing_is_asked_for_and_watched(contest, client_of):
    client = client_of(Role.ANALYST)
    before = ArbitrationRun.objects.count()
    assert client.post(reverse("arbitration")).status_code == 302
    assert ArbitrationRun.objects.count() == before + 1
    ArbitrationRun.objects.filter(pk=ArbitrationRun.objects.first().pk).update(state="queued")
    html = read(client, "arbitration", **{"HX-Request": "true"})
    assert "Weighing all campaigns" in html
    assert "<html" not in html
    ArbitrationRun.objects.filter(state="queued").update(state="failed", error="RuntimeError")
    assert "The last weighing failed" in read(client, "arbitration")


def test_an_executive_reads_and_asks_for_nothing(contest, client_of):
    before = ArbitrationRun.objects.count()
    client_of(Role.EXECUTIVE).post(reverse("arbitration"))
    assert ArbitrationRun.objects.count() == before


def test_a_manager_sets_a_lever_and_everybody_reads_why(contest, client_of, people):
    client, page = client_of(Role.MANAGER), reverse("arbitration-lever", args=["unit", "GESTAO"])
    assert "it weighs 1" in read(client, "arbitration-lever", "unit", "GESTAO")
    assert client.post(page, {"value": "2.5", "note": "quarter's aim"}).status_code == 302
    assert Lever.objects.get(business_unit="GESTAO").value == Decimal("2.5")
    again = client.post(page, {"value": "2.5", "note": "quarter's aim"}, follow=True)
    assert Lever.pgh_event_model.objects.filter(business_unit="GESTAO").count() == 1
    assert again.status_code == 200
    html = read(client_of(Role.ANALYST), "arbitration-lever", "unit", "GESTAO")
    assert "quarter&#x27;s aim" in html
    assert "Save" not in html


@pytest.mark.parametrize(("value", "note"), [("11", "because"), ("0", "because"), ("x", "because"), ("2", "")])
def test_a_lever_out_of_bounds_or_without_a_reason_is_not_set(contest, client_of, value, note):
    answer = client_of(Role.ADMIN).post(
        reverse("arbitration-lever", args=["strategy", "gestao-retain"]), {"value": value, "note": note}
    )
    assert answer.status_code == 200
    assert not Lever.objects.filter(strategy__isnull=False).exists()


@pytest.mark.parametrize("value", ["0.1", "10"])
def test_the_bounds_themselves_are_levers(contest, client_of, value):
    page = reverse("arbitration-lever", args=["strategy", "gestao-retain"])
    assert client_of(Role.MANAGER).post(page, {"value": value, "note": "because"}).status_code == 302
    assert Lever.objects.get(strategy__code="gestao-retain").value == Decimal(value)


def test_a_decimal_comma_is_read(contest, client_of):
    client, page = client_of(Role.MANAGER), reverse("arbitration-lever", args=["unit", "GESTAO"])
    client.cookies["django_language"] = "pt-br"
    assert client.post(page, {"value": "0,1", "note": "porque sim"}).status_code == 302
    assert Lever.objects.get(business_unit="GESTAO").value == Decimal("0.1")


def test_a_lever_of_a_strategy_that_was_switched_off_still_has_its_line(contest, client_of, people):
    strategy = Strategy.objects.get(code="gestao-retain")
    Strategy.objects.filter(pk=strategy.pk).update(is_active=False, name_en="Keep them")
    address = reverse("arbitration-lever", args=["strategy", strategy.code])
    assert address not in read(client_of(Role.MANAGER), "arbitration")
    levers.set_lever(strategy, Decimal(4), "still out there", people[Role.MANAGER])
    html = read(client_of(Role.MANAGER), "arbitration")
    assert address in html
    assert "still out there" in html


def test_the_page_of_a_lever_names_the_strategy_in_the_readers_language(contest, client_of):
    Strategy.objects.filter(code="gestao-retain").update(name="Reter clientes", name_en="Keep customers")
    html = read(client_of(Role.MANAGER), "arbitration-lever", "strategy", "gestao-retain")
    assert "Lever of Keep customers" in html
    assert "Reter clientes" not in html


def test_an_analyst_sets_no_lever(contest, client_of):
    page = reverse("arbitration-lever", args=["unit", "GESTAO"])
    answer = client_of(Role.ANALYST).post(page, {"value": "2", "note": "because"}, follow=True)
    assert "Only marketing managers and administrators" in answer.content.decode()
    assert not Lever.objects.filter(business_unit="GESTAO").exists()


@pytest.mark.parametrize(
    ("kind", "key"), [("unit", "NONE"), ("campaign", "x"), ("campaign", "999999"), ("planet", "RD")]
)
def test_there_is_no_lever_for_what_does_not_exist(contest, client_of, kind, key):
    client, page = client_of(Role.MANAGER), reverse("arbitration-lever", args=[kind, key])
    before = Lever.objects.count()
    assert client.get(page).status_code == 404
    assert client.post(page, {"value": "2", "note": "because"}).status_code == 404
    assert Lever.objects.count() == before


def test_a_losing_unit_reads_who_won_by_which_numbers_and_what_the_budget_is(contest, company, client_of):
    live, _proposal = contest
    customer = contested(company, live)
    html = read(client_of(Role.MANAGER), "customer-arbitration", customer.code)
    assert f"“{live.title}” of TechFin came first: propensity 0.03 × context " in html
    assert "× lever 10 = " in html
    assert "This campaign: propensity 0.05 ×" in html
    assert "What decided was the lever: were it the same for all campaigns, this one would have won." in html
    assert "What decided was the lever: were it the same for all campaigns, this one would have lost." in html
    assert "The budget is 1 contact in 7 days, 4 contacts in 30 days, all business units together; 1 is free." in html
    panel = read(client_of(Role.MANAGER), "customer-campaign-panel", customer.code, **{"HX-Request": "true"})
    assert "Who comes first" in panel
    assert f"“{live.title}” of TechFin came first" in panel


def test_a_rep_reads_of_campaigns_that_they_may_see_and_others_have_no_name(contest, company, client_of, people):
    live, proposal = contest
    customer = contested(company, live)
    key = Role.REP if customer.owner_id == people[Role.REP].pk else "second_rep"
    html = read(client_of(key), "customer-arbitration", customer.code)
    assert live.title in html  # its mail waits for a customer of theirs
    assert proposal.title not in html
    _run, lines = standings.at_customer(customer, people[Role.EXECUTIVE])
    assert [each.outcome for each in lines] == ["won", "lost"]
    other = "second_rep" if key == Role.REP else Role.REP
    read(client_of(other), "customer-arbitration", customer.code, status=404)


def test_a_customer_whom_nobody_wants(contest, company, client_of):
    assert "No campaign wants this customer now" in read(
        client_of(Role.ANALYST), "customer-arbitration", company.members(3)[0].code
    )


def test_calls_spent_budgets_and_seconds_are_told(company, people, client_of):
    walk.company_policy({"frequency_cap": {"messages": 2, "days": 7, "long_messages": 4, "long_days": 30}})
    walk.approved(walk.twin(company), people, strategy="rd-cross-sell", channel="call", hold_out_share=0)
    for strategy in ("gestao-expand", "gestao-onboard"):
        walk.approved(walk.twin(company), people, strategy=strategy, hold_out_share=0)
    walk.company_policy({"frequency_cap": {"messages": 1, "days": 7, "long_messages": 1, "long_days": 30}})
    arbiter.run(arbiter.ask(None).pk)
    html = read(client_of(Role.MANAGER), "customer-arbitration", company.members(0)[0].code)
    assert "A call by the sales rep takes no contact of the budget." in html
    ArbitrationRun.objects.get().standings.update(budget=0, won=False, rival=0)
    assert "No contact is free for this customer now" in read(
        client_of(Role.MANAGER), "customer-arbitration", company.members(0)[0].code
    )


def test_where_no_contact_is_free_no_factor_is_blamed(contest, company, client_of):
    live, proposal = contest
    customer, undecided = contested(company, live), "No single factor decided this"
    rows = ArbitrationRun.objects.get().standings.filter(customer=customer)
    rows.update(decided=-1)
    assert read(client_of(Role.MANAGER), "customer-arbitration", customer.code).count(undecided) == 2
    rows.filter(campaign=proposal).update(
        budget=0
    )  # a stricter cap of its unit: the other one's winning changes nothing
    html = read(client_of(Role.MANAGER), "customer-arbitration", customer.code)
    assert undecided not in html
    assert "No contact is free for this customer now" in html


def test_a_code_with_a_nul_is_no_customer_and_no_error(contest, people):
    client = APIClient()
    client.force_authenticate(people[Role.ANALYST])
    assert client.get(reverse("api-customer-arbitration", args=["\x00nobody"])).status_code == 404


def test_programs_read_the_same(contest, company, people):
    live, proposal = contest
    client = APIClient()
    client.force_authenticate(people[Role.ANALYST])
    run = client.get(reverse("api-arbitration")).json()
    assert {each["id"] for each in run["campaigns"]} == {live.pk, proposal.pk}
    assert [each["factor"] for each in run["result"]["effects"]] == ["propensity", "context", "value", "lever"]
    told = client.get(reverse("api-customer-arbitration", args=[contested(company, live).code])).json()
    assert [(each["campaign"], each["outcome"], each["winner"]) for each in told["standings"]] == [
        (live.pk, "won", None),
        (proposal.pk, "lost", live.pk),
    ]
    assert told["standings"][1]["decided"] == "lever"
    assert told["standings"][0]["factors"]["lever"] == 10
    assert client.get(reverse("api-levers")).json()["results"][0]["value"] == "10.00"
    client.force_authenticate(people[Role.REP])
    assert client.get(reverse("api-levers")).status_code == 403
    assert client.get(reverse("api-arbitration")).status_code == 403


def test_before_the_first_weighing_programs_get_404_and_an_empty_list(company, people):
    client = APIClient()
    client.force_authenticate(people[Role.ADMIN])
    assert client.get(reverse("api-arbitration")).status_code == 404
    assert client.get(reverse("api-customer-arbitration", args=[company.customers[0].code])).json() == {
        "run": None,
        "at": None,
        "standings": [],
    }
