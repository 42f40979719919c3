"""The customer list and the account page."""

import csv
import io
from datetime import date

import pytest
from django.urls import reverse

from accounts import queries
from accounts.models import AuditEntry, ContractLine, Customer, NpsAnswer, Proposal, Role, Ticket, TicketMonth, UsageDay

PANELS = (
    "customer",
    "customer-contracts",
    "customer-satisfaction",
    "customer-support",
    "customer-usage",
    "customer-proposals",
    "customer-contacts",
    "customer-timeline",
)


def codes(response):
    return [row.record.code for row in response.context["table"].paginated_rows]


def texts(response):
    return b"".join(response.streaming_content).decode() if response.streaming else response.content.decode()


@pytest.fixture
def rich(company):
    """The first customer, with something in every panel."""
    customer = company.customers[0]
    ContractLine.objects.create(
        customer=customer, row_hash="a", product="Protheus", status="ATIVO", value=1000, signed_on=date(2024, 1, 5)
    )
    ContractLine.objects.create(
        customer=customer,
        row_hash="b",
        product="Fluig",
        status="ATIVO",
        value=0,
        is_token_price=True,
        signed_on=date(2024, 1, 5),
    )
    Proposal.objects.create(
        customer=customer, number="PR-77", row_hash="a", items=1, total=1234, uploaded_on=date(2024, 3, 5)
    )
    NpsAnswer.objects.create(
        customer=customer, kind="support", row_hash="a", score=9, scores={"Solução": 8}, answered_on=date(2024, 4, 5)
    )
    Ticket.objects.create(customer=customer, number="TK-1", priority="Alta", created_on=date(2024, 2, 5))
    TicketMonth.objects.create(customer=customer, month=date(2024, 2, 1), opened=3, high=1, closed=2)
    UsageDay.objects.create(customer=customer, day=date(2024, 5, 5), events=41, modules=1, denied=0)
    return customer


def test_a_rep_lists_own_customers_only(company, client_of, people):
    response = client_of(Role.REP).get(reverse("customers"), {"q": ""})
    own = set(Customer.objects.filter(owner=people[Role.REP]).values_list("code", flat=True))
    assert len(own) == 30
    assert set(codes(response)) <= own
    assert response.context["table"].paginator.count == 30
    assert "owner" not in response.context["filter"].form.fields


def test_search_ignores_accents_and_capitals_and_order_of_words(company, client_of):
    Customer.objects.filter(code="S00007").update(name="Açaí São José Ltda", cnpj="12345678000195")
    client = client_of(Role.MANAGER)
    for words in ("acai", "JOSE açaí", "s00007", "12.345.678/0001-95", "12345678"):
        assert codes(client.get(reverse("customers"), {"q": words})) == ["S00007"], words
    assert codes(client.get(reverse("customers"), {"q": "acai nobody"})) == []


@pytest.mark.parametrize("sort", ["mrr", "-mrr", "nps", "-nps", "tickets", "-tickets", "since", "-since"])
def test_missing_figures_come_last_in_both_directions(company, client_of, sort):
    customer = company.customers[0]
    Customer.objects.filter(pk=customer.pk).update(since=None)
    type(customer.picture).objects.filter(pk=customer.pk).update(mrr=None, nps_last=None, tickets_12m=None)
    response = client_of(Role.ANALYST).get(reverse("customers"), {"q": "", "sort": sort, "page": 3})
    assert codes(response)[-1] == customer.code


def test_filters_narrow_and_an_unknown_value_shows_nothing(company, client_of):
    client = client_of(Role.ANALYST)
    assert client.get(reverse("customers"), {"industry": "VAREJO"}).context["table"].paginator.count == 15
    assert client.get(reverse("customers"), {"coverage": "none"}).context["table"].paginator.count == 0
    assert client.get(reverse("customers"), {"coverage": "partial"}).context["table"].paginator.count == 60
    response = client.get(reverse("customers"), {"industry": "nope"})
    assert response.context["table"].paginator.count == 0
    assert "industry" in response.context["filter"].errors


def test_the_state_of_a_country_is_no_state_of_affairs(company, client_of):
    page = client_of("analyst").get("/customers/").content.decode()
    assert ">Estado</label>" in page
    assert "Situação" not in page


def test_the_last_filter_is_remembered_until_it_is_cleared(company, client_of):
    client = client_of(Role.ANALYST)
    client.get(reverse("customers"), {"industry": "VAREJO"})
    assert client.get(reverse("customers")).headers["Location"] == f"{reverse('customers')}?industry=VAREJO"
    client.get(client.get(reverse("customers"), {"industry": "VAREJO"}).context["clear"])
    assert client.get(reverse("customers"), follow=True).context["table"].paginator.count == 60


def test_htmx_gets_the_table_alone(company, client_of):
    client = client_of(Role.ANALYST)
    assert "<html" not in texts(client.get(reverse("customers"), {"q": ""}, headers={"HX-Request": "true"}))
    whole = client.get(
        reverse("customers"), {"q": ""}, headers={"HX-Request": "true", "HX-History-Restore-Request": "true"}
    )
    assert "<html" in texts(whole)
    assert "HX-Request" in whole.headers["Vary"]


def test_queries_do_not_grow_with_the_rows(company, client_of, django_assert_num_queries):
    client = client_of(Role.ANALYST)
    for per_page in (5, 60):
        client.get(reverse("customers"), {"q": "", "per_page": per_page})  # the session remembers the filter
        with django_assert_num_queries(9):
            client.get(reverse("customers"), {"q": "", "per_page": per_page})


def test_the_export_holds_what_the_person_sees_and_no_formula(company, client_of, people):
    Customer.objects.filter(code="S00001").update(name='=HYPERLINK("http://x.example")')
    response = client_of(Role.REP).get(reverse("customers-export"), {"industry": "MANUFATURA"})
    lines = list(csv.reader(io.StringIO(texts(response).lstrip("\ufeff")), delimiter=";"))
    own = Customer.objects.filter(owner=people[Role.REP], industry="MANUFATURA")
    assert {line[0] for line in lines[1:]} == set(own.values_list("code", flat=True))
    assert next(line for line in lines if line[0] == "S00001")[1] == '\'=HYPERLINK("http://x.example")'
    assert next(line for line in lines if line[0] == "S00003")[11] == "4000,00"


@pytest.mark.parametrize("role", [Role.MANAGER, Role.ADMIN])
def test_ticked_customers_change_hands_with_a_trace(company, client_of, people, role):
    taken = ["S00001", "S00003"]
    client_of(role).post(reverse("customers-reassign"), {"codes": taken, "owner": people["second_rep"].pk})
    assert set(Customer.objects.filter(code__in=taken).values_list("owner", flat=True)) == {people["second_rep"].pk}
    entries = AuditEntry.objects.filter(action="customer.reassign")
    assert entries.count() == 2
    assert {entry.actor for entry in entries} == {people[role]}


@pytest.mark.parametrize("role", [Role.REP, Role.SUCCESS, Role.ANALYST, Role.EXECUTIVE])
def test_others_cannot_reassign(company, client_of, people, role):
    response = client_of(role).post(
        reverse("customers-reassign"), {"codes": ["S00001"], "owner": people["second_rep"].pk}
    )
    assert response.status_code == 403
    assert Customer.objects.get(code="S00001").owner == people[Role.REP]
    assert not AuditEntry.objects.exists()


def test_customers_go_to_active_sales_reps_only(company, client_of, people):
    for owner in (people[Role.ANALYST].pk, 999_999, ""):
        client_of(Role.ADMIN).post(reverse("customers-reassign"), {"codes": ["S00001"], "owner": owner})
    client_of(Role.ADMIN).post(reverse("customers-reassign"), {"owner": people["second_rep"].pk})
    assert Customer.objects.get(code="S00001").owner == people[Role.REP]
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("name", PANELS)
def test_each_panel_is_a_page_and_a_fragment(rich, client_of, name):
    client, url = client_of(Role.MANAGER), reverse(name, args=[rich.code])
    page, fragment = client.get(url), client.get(url, headers={"HX-Request": "true"})
    assert page.status_code == fragment.status_code == 200
    assert "<html" in texts(page)
    assert "<html" not in texts(fragment)
    assert 'aria-current="page"' in texts(fragment)


@pytest.mark.parametrize("name", PANELS)
def test_each_panel_copes_with_a_customer_of_whom_nothing_is_known(company, client_of, name):
    Customer.objects.create(code="EMPTY1")
    assert client_of(Role.ADMIN).get(reverse(name, args=["EMPTY1"])).status_code == 200


@pytest.mark.parametrize("name", PANELS)
def test_a_foreign_customer_is_as_unknown_as_one_that_does_not_exist(company, client_of, name):
    client = client_of(Role.REP)
    foreign, unknown = (client.get(reverse(name, args=[code])) for code in ("S00002", "NOBODY"))
    assert foreign.status_code == unknown.status_code == 404
    assert client.get(reverse(name, args=["S00001"])).status_code == 200


def test_executives_see_no_contacts(company, client_of):
    client = client_of(Role.EXECUTIVE)
    assert client.get(reverse("customer-contacts", args=["S00001"])).status_code == 403
    assert reverse("customer-contacts", args=["S00001"]) not in texts(client.get(reverse("customer", args=["S00001"])))


def test_missing_figures_are_no_data_and_never_zero(company, client_of):
    customer = company.customers[0]
    type(customer.picture).objects.filter(pk=customer.pk).update(
        mrr=None, nps_last=None, tickets_12m=None, usage_events=None, contract_value=None
    )
    page = texts(client_of(Role.MANAGER).get(reverse("customer", args=[customer.code])))
    assert page.count('class="b2-kpi-value"><abbr class="b2-none"') == 6


def test_panels_of_other_apps_load_by_address(company, client_of):
    page = texts(client_of(Role.MANAGER).get(reverse("customer", args=["S00001"])))
    assert f'hx-get="{reverse("customer-segment-panel", args=["S00001"])}"' in page
    assert f'hx-get="{reverse("customer-campaign-panel", args=["S00001"])}"' in page


def test_the_timeline_is_newest_first_and_joins_lines_of_one_day(rich, client_of):
    assert [(row["what"], row["label"]) for row in queries.timeline(rich)] == [
        ("nps", "support"),
        ("proposal", "PR-77"),
        ("ticket", "TK-1"),
        ("contract", "2"),
    ]
    Ticket.objects.bulk_create(Ticket(customer=rich, number=f"T{n}", created_on=date(2025, 1, 1)) for n in range(30))
    response = client_of(Role.MANAGER).get(reverse("customer-timeline", args=[rich.code]), {"page": 2})
    assert response.context["page"].paginator.count == 34
    assert len(response.context["items"]) == 14


def test_token_prices_are_left_out_of_the_value(rich):
    assert queries.contract_status(rich) == [{"status": "ATIVO", "lines": 2, "total": 1000}]


def test_coverage_tells_known_sources_from_unknown_ones(rich):
    found = {entry.source: entry for entry in queries.coverage(rich, queries.picture_of(rich))}
    assert (found["mrr"].covered, found["proposals"].covered) == (True, False)
    assert found["usage"].newest == date(2024, 5, 5)
