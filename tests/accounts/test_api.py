"""The API of accounts, and the schema of the whole API."""

import re

import pytest
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from knox.models import AuthToken

from accounts.models import AuditEntry, IdempotencyKey, Role
from accounts.people import deactivate
from tests.conftest import PASSWORD

TOKENS = "/api/v1/tokens/"


@pytest.fixture(autouse=True)
def fresh_limits(db):
    cache.clear()


def ask(email, password=PASSWORD, **more):
    return Client().post(TOKENS, {"email": email, "password": password, **more}, content_type="application/json")


@pytest.fixture
def api(people):
    def get(role, url, **query):
        token = ask(people[role].email).json()["token"]
        return Client().get(url, query, headers={"Authorization": f"Token {token}"})

    return get


def test_the_list_holds_visible_customers_with_filters_and_pages(company, api):
    everything = api(Role.ANALYST, "/api/v1/customers/").json()
    assert (everything["count"], len(everything["results"])) == (60, 50)
    assert everything["results"][0] == {
        "code": "S00001",
        "name": "Empresa 01 Ltda",
        "cnpj": "",
        "since": "2010-03-01",
        "city": "São Paulo",
        "state": "SP",
        "country": "105",
        "cnae": "",
        "industry": "MANUFATURA",
        "subindustry": "",
        "revenue_band": "Faixa 03 - De 15 M ate 25 M",
        "owner": "sales_rep@people.example",
        "mrr": "4000.00",
        "cnpj_root": "",
        "establishment": None,
        "group": None,
    }
    assert api(Role.REP, "/api/v1/customers/").json()["count"] == 30
    assert api(Role.ANALYST, "/api/v1/customers/", industry="VAREJO").json()["count"] == 15
    assert api(Role.ANALYST, "/api/v1/customers/", industry="nope").status_code == 400
    assert api(Role.ANALYST, "/api/v1/customers/", q="empresa 07").json()["count"] == 1


def test_the_detail_has_the_picture_with_nulls_for_no_data(company, api):
    body = api(Role.MANAGER, "/api/v1/customers/S00001/").json()
    assert body["picture"]["mrr"] == "4000.00"
    assert body["picture"]["proposals"] is None


def test_foreign_and_unknown_customers_are_alike(company, api):
    foreign, unknown = api(Role.REP, "/api/v1/customers/S00002/"), api(Role.REP, "/api/v1/customers/NOBODY/")
    assert (foreign.status_code, foreign.content) == (unknown.status_code, unknown.content)
    assert foreign.status_code == 404


def test_nobody_gets_nothing(company, client):
    for url in ("/api/v1/customers/", "/api/v1/customers/S00001/"):
        assert client.get(url).status_code == 401
        assert client.get(url, headers={"Authorization": "Token nonsense"}).status_code == 401


def test_a_token_works_until_it_is_given_back(people):
    answer = ask(people[Role.ANALYST].email)
    assert answer.status_code == 201
    assert answer.headers["Cache-Control"] == "no-store"
    headers = {"Authorization": f"Token {answer.json()['token']}"}
    assert Client().get("/api/v1/customers/", headers=headers).status_code == 200
    assert Client().delete(TOKENS, headers=headers).status_code == 204
    assert Client().get("/api/v1/customers/", headers=headers).status_code == 401
    assert Client().delete(TOKENS).status_code == 401
    assert [entry.action for entry in AuditEntry.objects.order_by("pk")] == ["token.create", "token.delete"]


def test_wrong_credentials_are_refused_alike(people):
    deactivate(people[Role.ADMIN], people[Role.SUCCESS].pk)
    answers = [ask(people[Role.ANALYST].email, "wrong"), ask("nobody@people.example"), ask(people[Role.SUCCESS].email)]
    assert [answer.status_code for answer in answers] == [401, 401, 401]
    assert len({answer.content for answer in answers}) == 1
    assert ask("no address").status_code == 400
    assert not AuthToken.objects.exists()


def test_guessing_is_slowed_down_even_for_the_right_password(people):
    for _attempt in range(5):
        assert ask(people[Role.ANALYST].email, "wrong").status_code == 401
    assert ask(people[Role.ANALYST].email).status_code == 429
    assert not AuthToken.objects.exists()


def test_the_second_factor_is_asked_for_where_it_is_set(people):
    secret = generate_totp_secret()
    TOTP.activate(people[Role.ADMIN], secret)
    email = people[Role.ADMIN].email
    assert ask(email).status_code == 401
    assert ask(email, code="000000x").status_code == 401
    assert not AuthToken.objects.exists()
    code = format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))
    assert ask(email, code=code).status_code == 201


def test_a_token_is_not_kept_by_the_idempotency_store(people, client_of):
    answer = client_of(Role.ANALYST).post(
        TOKENS,
        {"email": people[Role.ANALYST].email, "password": PASSWORD},
        content_type="application/json",
        headers={"Idempotency-Key": "k1"},
    )
    assert answer.status_code == 201
    assert answer.json()["token"] not in str(list(IdempotencyKey.objects.values()))


def test_the_schema_of_the_whole_api_is_valid(tmp_path):
    target = tmp_path / "schema.yaml"
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(target))
    paths = re.findall(r"^  (/api/v1/\S+):$", target.read_text(), re.M)
    assert {"/api/v1/customers/", "/api/v1/customers/{code}/", "/api/v1/tokens/"} <= set(paths)


@pytest.mark.parametrize("role", list(Role))
def test_schema_and_its_pages_open(client_of, role):
    for name in ("api-schema", "api-docs"):
        assert client_of(role).get(reverse(name)).status_code == 200
