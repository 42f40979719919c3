"""Every address × every role × something that is not theirs. A route that says nothing about roles fails."""

import uuid
from dataclasses import dataclass

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts.models import Customer, Role, User
from accounts.permissions import PUBLIC, allowed_roles, is_api

# Routes that anybody may call, signed in or not. Whoever adds one says here why that is safe.
PUBLIC_ROUTES = {
    "answer": "the recipient's page; the uuid is the key",
    "answer-contest": "the recipient's page; the uuid is the key",
    "unsubscribe": "the recipient's page; the uuid is the key",
    "open": "tracking picture",
    "click": "tracking link; leads to catalogue addresses only",
    "set_language": "writes a cookie",
    "healthz": "says alive or not",
    "api-tokens": "exchanges e-mail and password for a token; limited",
}
ALLAUTH = "allauth."
FOREIGN = "S00002"  # belongs to the second rep


@dataclass(frozen=True)
class Route:
    """One address of the product."""

    name: str
    pattern: str
    view: object
    converters: dict

    @property
    def roles(self):
        return allowed_roles(self.view)

    @property
    def own(self):
        return not self.view.__module__.startswith(ALLAUTH)

    def url(self, given):
        found = {key: given.get(key, UNKNOWN.get(type(conv).__name__, "nope")) for key, conv in self.converters.items()}
        return reverse(self.name, kwargs=found)


UNKNOWN = {
    "IntConverter": 999_999_999,
    "UUIDConverter": uuid.UUID(int=7),
    "StringConverter": "nope",
    "SlugConverter": "nope",
    "PathConverter": "nope",
}


def walk(patterns, prefix="", converters=None):
    for entry in patterns:
        known = {**(converters or {}), **getattr(entry.pattern, "converters", {})}
        if isinstance(entry, URLResolver):
            yield from walk(entry.url_patterns, prefix + str(entry.pattern), known)
        elif isinstance(entry, URLPattern):
            yield Route(entry.name or "", prefix + str(entry.pattern), entry.callback, known)


ROUTES = list(walk(get_resolver().url_patterns))
OWN = [route for route in ROUTES if route.own]
GATED = [route for route in OWN if route.roles != PUBLIC]


def named(routes):
    return [pytest.param(route, id=f"{route.name} {route.pattern}") for route in routes]


def test_the_walk_finds_the_product():
    assert {"home", "customers", "customer", "users", "audit", "search", "api-customers"} <= {
        route.name for route in ROUTES
    }
    assert all(route.name for route in OWN)


@pytest.mark.parametrize("route", named(OWN))
def test_every_route_says_who_may_use_it(route):
    declared = route.roles
    assert declared is not None, f"{route.pattern} declares no roles: use @allow(…), @public or allowed_roles"
    if declared == PUBLIC:
        assert route.name in PUBLIC_ROUTES, f"{route.pattern} is public: give the reason in PUBLIC_ROUTES"
    else:
        assert frozenset(declared) <= frozenset(Role)
        assert declared


def test_no_public_route_is_listed_in_vain():
    assert set(PUBLIC_ROUTES) == {route.name for route in OWN if route.roles == PUBLIC}


@pytest.mark.parametrize("method", ["get", "post", "delete"])
def test_strangers_are_sent_to_the_login_page_or_refused(db, method):
    for route in GATED:
        url = route.url({"code": "S00001"})
        answer = getattr(Client(), method)(url)
        if is_api(route.view):
            assert answer.status_code == 401, f"{method} {url}: {answer.status_code}"
        else:
            assert answer.status_code == 302, f"{method} {url}: {answer.status_code}"
            assert answer.headers["Location"].startswith(reverse("account_login")), url


@pytest.mark.parametrize("role", list(Role))
def test_roles_enter_where_they_are_named_and_nowhere_else(company, client_of, role):
    client = client_of(role)
    for route in GATED:
        url = route.url({"code": "S00001"})
        answer = client.get(url)
        if role in route.roles:
            assert answer.status_code in {200, 302, 400, 404, 405}, f"{role} {url}: {answer.status_code}"
        else:
            assert answer.status_code == 403, f"{role} {url}: {answer.status_code}"
            assert client.post(url).status_code == 403, f"{role} POST {url}"


def test_a_rep_never_gets_the_customer_of_another(company, client_of):
    client = client_of(Role.REP)
    routes = [route for route in GATED if "code" in route.converters]
    assert len(routes) >= 8
    before = list(Customer.objects.order_by("pk").values())
    for route in routes:
        url = route.url({"code": FOREIGN})
        for answer in (client.get(url), client.post(url)):
            assert answer.status_code in {403, 404, 405}, f"{url}: {answer.status_code}"
            assert b"Empresa 02" not in answer.content, url
            assert f"Pessoa {FOREIGN}".encode() not in answer.content, url
        unknown = client.get(route.url({"code": "NOBODY"}))
        assert unknown.status_code == client.get(url).status_code, f"{url} tells foreign customers from unknown ones"
    assert list(Customer.objects.order_by("pk").values()) == before


def test_a_rep_s_lists_never_name_the_customers_of_another(company, client_of, people):
    foreign = Customer.objects.exclude(owner=people[Role.REP]).values_list("code", flat=True)
    own = Customer.objects.filter(owner=people[Role.REP]).values_list("code", flat=True)
    assert len(foreign) == len(own) == 30
    client, seen = client_of(Role.REP), b""
    for route in GATED:
        if route.converters or Role.REP not in route.roles:
            continue
        answer = client.get(route.url({}), {"q": ""})
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        leaked = [code for code in foreign if code.encode() in body]
        assert not leaked, f"{route.pattern} shows {leaked[:3]} to a rep who does not own them"
        seen += body
    assert any(code.encode() in seen for code in own)


def test_a_closed_account_opens_nothing(company, client_of, people):
    client = client_of(Role.ADMIN)
    User.objects.filter(pk=people[Role.ADMIN].pk).update(is_active=False)
    for route in GATED:
        assert client.get(route.url({"code": "S00001"})).status_code in {302, 401}, route.pattern
