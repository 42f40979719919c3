"""The pages and the API of cleansing: who enters, what they show, what a decision does, hostile values."""

import json
from html import unescape

import pytest
from django.urls import reverse

from accounts.cleanse import propose
from accounts.cleanse.wording import RULES
from accounts.models import AuditEntry, CleanseRun, Customer, Repair, RepairedValue, Role, RuleSwitch

pytestmark = pytest.mark.django_db(transaction=True)
MAY = {Role.ANALYST, Role.ADMIN}
HOSTILE = "<script>alert(1)</script>  S/A"


@pytest.fixture
def damaged(company, people):
    """The small company with broken cities, activities and a hostile name, and the search that found them."""
    rows = list(Customer.objects.order_by("code"))
    Customer.objects.filter(pk__in=[row.pk for row in rows[:6]]).update(city="S. J. DOS CAMPOS")
    Customer.objects.filter(pk=rows[0].pk).update(
        cnae="Fabricacao de produtos … base de cafe", name=HOSTILE, city="SÃ£o Paulo"
    )
    propose.execute(propose.queue(people["analyst"]).pk)
    return rows


@pytest.fixture
def analyst(client_of):
    client = client_of("analyst")
    client.cookies["django_language"] = "en"
    return client


def page(client, name, *args, **query) -> str:
    return unescape(client.get(reverse(name, args=args), query).content.decode())


@pytest.mark.parametrize("role", list(Role))
def test_only_analysts_and_administrators_enter(client_of, damaged, role):
    client, expected = client_of(role.value), 200 if role in MAY else 403
    one = Repair.objects.first()
    for address in (
        reverse("repairs"),
        reverse("repair", args=[one.pk]),
        reverse("repair-try"),
        reverse("api-repairs"),
    ):
        assert client.get(address).status_code == expected
    if role not in MAY:
        for name in ("repairs-decide", "repairs-search", "api-repairs-decide"):
            assert client.post(reverse(name), {"action": "accept", "ids": [one.pk]}).status_code == 403
    if role != Role.ADMIN:
        assert client.post(reverse("repair-rule", args=["city_slip"]), {"automatic": "1"}).status_code == 403
    assert set(Repair.objects.values_list("state", flat=True)) == {"open"}
    assert not RuleSwitch.objects.exists()


def test_the_empty_page_teaches(analyst):
    text = page(analyst, "repairs")
    assert "Nothing to repair" in text
    assert "Import files first" in text
    analyst.post(reverse("repairs-search"))
    propose.execute(CleanseRun.objects.get().pk)
    assert "found no value" in page(analyst, "repairs")


def test_the_queue_shows_groups_differences_and_filters(analyst, damaged):
    text = page(analyst, "repairs")
    for words in (
        "City: shortened",
        "Activity: broken characters",
        "<del>",
        "<ins>",
        "No language model is configured",
        "São José dos Campos",
    ):
        assert words in text
    assert 'placeholder="Search before or after"' in text
    narrowed = analyst.get(reverse("repairs"), {"field": "cnae"}, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in narrowed
    assert "São José" not in narrowed
    assert "base de caf" in narrowed
    for query in (
        {"q": "campos"},
        {"state": "accepted"},
        {"rule": "nope"},
        {"sort": "-confidence"},
        {"q": "\x00"},
        {"origin": "model"},
    ):
        assert analyst.get(reverse("repairs"), query).status_code == 200


def test_hostile_values_are_shown_and_harmless(analyst, damaged):
    one = Repair.objects.get(field="name")
    for address in (
        reverse("repairs"),
        reverse("repair", args=[one.pk]),
        reverse("repair-try") + "?kind=name&value=<script>alert(1)</script>++x",
    ):
        assert "<script>alert" not in analyst.get(address).content.decode()


def test_one_repair_is_accepted_shown_at_the_customer_and_undone(analyst, damaged, people):
    one = Repair.objects.get(field="city", before="S. J. DOS CAMPOS")
    assert "Empresa 02" in page(analyst, "repair", one.pk)
    answer = analyst.post(
        reverse("repairs-decide"),
        {"action": "accept", "ids": [one.pk], "next": reverse("repair", args=[one.pk])},
        follow=True,
    )
    assert "1 repair accepted; rows changed: 5." in unescape(answer.content.decode())
    assert answer.redirect_chain[-1][0] == reverse("repair", args=[one.pk])
    assert Customer.objects.get(code="S00002").city == "São José dos Campos"
    overview = page(analyst, "customer", "S00002")
    assert "by Analyst; the source says: S. J. DOS CAMPOS" in overview
    assert "Customers that it changed" in page(analyst, "repair", one.pk)
    analyst.post(reverse("repairs-decide"), {"action": "undo", "ids": [one.pk]})
    assert Customer.objects.get(code="S00002").city == "S. J. DOS CAMPOS"
    assert "the source says" not in page(analyst, "customer", "S00002")
    assert set(AuditEntry.objects.filter(target="repair").values_list("action", flat=True)) == {
        "repair.accepted",
        "repair.undone",
    }


def test_a_rule_is_accepted_and_undone_as_a_whole_and_a_double_click_counts_once(analyst, damaged):
    form = {"action": "accept", "field": "city", "rule": "city_abbreviation", "idempotency_key": "k"}
    for _ in range(2):
        analyst.post(reverse("repairs-decide"), form)
    assert AuditEntry.objects.filter(action="repair.accepted").count() == 1
    assert RepairedValue.objects.count() == 5
    analyst.post(reverse("repairs-decide"), {"action": "undo", "field": "city", "rule": "city_abbreviation"})
    assert not RepairedValue.objects.exists()


def test_what_cannot_be_decided_says_so_and_changes_nothing(analyst, damaged):
    before = list(Repair.objects.order_by("pk").values())
    for form, says in (
        ({"action": "accept"}, "Tick at least one repair."),
        ({"action": "burn", "ids": ["1"]}, "burn"),
        ({"action": "accept", "ids": ["9" * 30]}, "9" * 30),
        ({"action": "undo", "ids": [before[0]["id"]]}, "Nothing was left to decide."),
    ):
        answer = analyst.post(reverse("repairs-decide"), {**form, "next": "https://elsewhere.example/"}, follow=True)
        assert says in unescape(answer.content.decode())
        assert answer.redirect_chain[-1][0] == reverse("repairs")
    assert list(Repair.objects.order_by("pk").values()) == before


def test_an_administrator_lets_a_rule_act(client_of, damaged):
    admin = client_of("admin")
    admin.post(reverse("repair-rule", args=["city_abbreviation"]), {"automatic": "1"})
    assert RuleSwitch.objects.get().automatic
    admin.post(reverse("repair-rule", args=["unknown"]), {"automatic": "1"})
    assert RuleSwitch.objects.count() == 1
    admin.cookies["django_language"] = "en"
    assert "Only propose" in page(admin, "repairs")


@pytest.mark.parametrize(
    ("kind", "value", "context", "says"),
    [
        ("city", "S. J. DOS CAMPOS", "sp", "3549904"), ("cnpj", "90651123000185", "", "The value is right"),
        ("cnpj", "1", "", "No rule knows this value"), ("email_domain", "a@gmial.com", "", "well-known domain"),
        ("date", "1 de março de 2024", "", "Date in words"), ("amount", "R$ 1,2 mi", "", "Amount with a unit"),
        ("country", "eua", "", "Country by name"), ("state", "bahia", "", "State by name"), ("term", "Serviços", "", "Spelling of a term"),
        ("cnae", "hoteis", "", "5510801"), ("name", "A  B", "", "Name: doubled blanks"),
    ],
)  # fmt: skip
def test_any_value_can_be_tried(analyst, kind, value, context, says):
    assert says in page(analyst, "repair-try", kind=kind, value=value, context=context)
    assert not Repair.objects.exists()


def test_every_rule_that_was_seen_has_words():
    assert all(title and reason for title, reason in RULES.values())


def test_the_api_lists_and_decides(analyst, damaged):
    found = analyst.get(reverse("api-repairs"), {"field": "city"}).json()["results"]
    one = next(each for each in found if each["before"] == "S. J. DOS CAMPOS")
    assert (one["after"], one["code"], one["rows"], one["state"]) == ("São José dos Campos", "3549904", 5, "open")

    def decide(**body):
        return analyst.post(reverse("api-repairs-decide"), json.dumps(body), content_type="application/json")

    assert decide(action="accept", ids=[one["id"]]).json() == {"repairs": 1, "rows": 5}
    assert decide(action="accept", ids=[one["id"]]).json() == {"repairs": 0, "rows": 0}
    assert decide(action="undo", field="city", rule="city_abbreviation").json() == {"repairs": 1, "rows": 5}
    for bad in (
        {"action": "accept"},
        {"action": "burn", "ids": [1]},
        {"action": "accept", "ids": ["x"]},
        {"action": "accept", "rule": "x"},
    ):
        assert decide(**bad).status_code == 400
