"""Global search."""

import pytest
from django.urls import reverse

from accounts import queries
from accounts.models import Contact, Customer, Role

NAUGHTY = [
    "'",
    '"; DROP TABLE accounts_customer;--',
    "%",
    "_",
    "\\",
    "\x00",
    "\x00\x00a",
    "😀",
    "\u202e",
    "<script>alert(1)</script>",
    "{{7*7}}",
    "a" * 9000,
    "((((",
    "\ud7ff",
    "  ",
    "%00",
    "NULL",
    "İ",
    "ﬁ",
]


def found(client, text, **headers):
    response = client.get(reverse("search"), {"q": text}, headers=headers)
    assert response.status_code == 200
    return {
        str(group["label"]): [item["title"] for item in group["items"]] for group in response.context["groups"]
    }, response


@pytest.fixture
def named(company):
    Customer.objects.filter(code="S00001").update(name="Metalúrgica Conceição")
    Customer.objects.filter(code="S00002").update(name="Conceição Transportes")
    return company


def test_customers_and_contacts_are_found_without_accents(named, client_of):
    groups, _response = found(client_of(Role.MANAGER), "conceicao")
    assert list(groups.values()) == [["Conceição Transportes", "Metalúrgica Conceição"]]
    groups, _response = found(client_of(Role.MANAGER), "s00001@clientes.example")
    assert list(groups.values()) == [["Pessoa S00001"]]


def test_a_rep_finds_only_own_customers_and_their_contacts(named, client_of):
    groups, _response = found(client_of(Role.REP), "conceicao")
    assert list(groups.values()) == [["Metalúrgica Conceição"]]
    assert found(client_of(Role.REP), "S00002")[0] == {}
    assert found(client_of("second_rep"), "S00002")[0] != {}


def test_executives_find_no_contacts(named, client_of, people):
    assert queries.find_contacts(people[Role.EXECUTIVE], "Pessoa", 5) == []
    assert len(queries.find_contacts(people[Role.MANAGER], "Pessoa", 5)) == 5


def test_an_exact_code_comes_first(named, client_of, people):
    Customer.objects.filter(code="S00050").update(name="AAA copy of S00007")
    assert [customer.code for customer in queries.find_customers(people[Role.ADMIN], "s00007", 5)] == [
        "S00007",
        "S00050",
    ]


def test_a_typing_slip_still_finds(named, people):
    assert [customer.code for customer in queries.find_customers(people[Role.ADMIN], "metalurgca", 5)] == ["S00001"]


def test_erased_people_are_not_found(named, client_of, people):
    assert len(queries.find_contacts(people[Role.ADMIN], "s00001@clientes", 5)) == 1
    Contact.objects.filter(ref="CS00001").update(erased_at="2026-01-01T00:00Z")
    assert queries.find_contacts(people[Role.ADMIN], "s00001@clientes", 5) == []


def test_pages_are_found_by_name_where_the_role_may_open_them(company, client_of):
    client = client_of(Role.ADMIN)
    client.cookies["django_language"] = "en"
    assert found(client, "audit")[0] == {"Pages": ["Audit"]}
    rep = client_of(Role.REP)
    rep.cookies["django_language"] = "en"
    assert found(rep, "audit")[0] == {}


@pytest.mark.parametrize("text", NAUGHTY)
def test_no_text_breaks_the_search(company, client_of, text):
    client = client_of(Role.MANAGER)
    for headers in ({}, {"HX-Request": "true"}):
        _groups, response = found(client, text, **headers)
        assert b"<script>alert" not in response.content
    assert client.get(reverse("customers"), {"q": text}).status_code == 200
    assert Customer.objects.count() == 60


def test_a_wildcard_is_a_letter_like_any_other(company, people):
    assert queries.find_customers(people[Role.ADMIN], "%", 5) == []
    Customer.objects.filter(code="S00004").update(name="100% Natural")
    assert [customer.code for customer in queries.find_customers(people[Role.ADMIN], "100%", 5)] == ["S00004"]


def test_htmx_gets_suggestions_only(company, client_of):
    _groups, response = found(client_of(Role.MANAGER), "Empresa", **{"HX-Request": "true"})
    assert b"<html" not in response.content
    assert response.content.count(b"b2-suggest-item") == 6
