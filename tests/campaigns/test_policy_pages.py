"""Policies: read by planners, prepared by one administrator, put into force by another."""

import json

import pytest
from django.db import Error, transaction
from django.urls import reverse
from django.utils import translation

from accounts.models import AuditEntry
from b2shift.lib.api import Refused
from campaigns import catalogue, editions, policies, policy_words, queries
from campaigns.forms.policies import FORMS
from campaigns.models import Campaign, PolicyRule, PolicyVersion
from campaigns.starting_catalogue import RULES
from tests.campaigns.walk import approved, company_policy

S = PolicyVersion.State
OTHERS = ["sales_rep", "customer_success", "executive"]


@pytest.fixture(autouse=True)
def first_edition(people):
    """Edition 1 in force."""
    catalogue.seed()


@pytest.fixture
def prepared(people) -> PolicyVersion:
    """Edition 2, prepared by ``admin``."""
    return editions.prepare(people["admin"], "Menos descontos")


def state() -> list[tuple]:
    """Everything that a refused request must leave as it was."""
    return [
        *PolicyVersion.objects.values_list(),
        *PolicyRule.objects.order_by("pk").values_list("pk", "parameters"),
        AuditEntry.objects.count(),
    ]


def english(client):
    """The client in English."""
    client.cookies["django_language"] = "en"
    return client


@pytest.mark.parametrize("key", ["marketing_manager", "analyst", "admin"])
def test_planners_read_the_rules_in_plain_words(client_of, prepared, key):
    """Sentences, not parameters; only the administrator sees ways to change them."""
    page = english(client_of(key)).get(reverse("policies")).content.decode()
    assert "At most 1 contact with the same customer in any 7 days, all business units together." in page
    assert "No offer may give a discount of more than 15%." in page
    assert "max_percent" not in page
    edition = client_of(key).get(reverse("policy", args=[2])).content.decode()
    assert (reverse("policy-rule", args=[2, "ladder"]) in edition) == (key == "admin")


@pytest.mark.parametrize("key", OTHERS)
def test_others_are_refused(client_of, prepared, key):
    """403 on every page."""
    client = client_of(key)
    for address in (
        reverse("policies"),
        reverse("policy", args=[1]),
        reverse("policy", args=[2]),
        reverse("api-policies"),
    ):
        assert client.get(address).status_code == 403


@pytest.mark.parametrize("key", ["marketing_manager", "analyst", *OTHERS])
def test_only_administrators_write(client_of, prepared, key):
    """Every way to write answers 403 and changes nothing."""
    client, before = client_of(key), state()
    own = prepared.rules.get(kind="discount_ceiling", business_unit="TECHFIN").pk
    addresses = [
        reverse("policy-prepare"), reverse("policy-rule", args=[2, "ladder"]), reverse("policy-remove-rule", args=[2, own]),
        reverse("policy-publish", args=[2]), reverse("policy-discard", args=[2]), reverse("api-policies"), reverse("api-policy-publish", args=[2]),
    ]  # fmt: skip
    data = {"note": "x", "silence_days": "3", "call_within_days": "3", "seen": editions.fingerprint(prepared)}
    assert [client.post(address, data).status_code for address in addresses] == [403] * len(addresses)
    assert client.delete(reverse("api-policy", args=[2])).status_code == 403
    assert state() == before


def test_two_administrators_change_the_rules(client_of, people):
    """Prepare, change, see the difference, publish by the other; the old edition stays readable."""
    first, second = english(client_of("admin")), english(client_of("second_admin"))
    first.post(reverse("policy-prepare"), {"note": "Menos descontos"})
    assert first.post(reverse("policy-rule", args=[2, "discount_ceiling"]), {"max_percent": "12.5"}).status_code == 302
    seen_by_second = second.get(reverse("policy", args=[2]))
    page = seen_by_second.content.decode()
    assert "<del>No offer may give a discount of more than 15%.</del>" in page
    assert "<ins>No offer may give a discount of more than 12.50%.</ins>" in page
    assert page.count("<del>") == 1
    assert list(seen_by_second.context["publishers"]) == [people["second_admin"]]
    second.post(reverse("policy-publish", args=[2]), {"seen": seen_by_second.context["publish_form"]["seen"].value()})
    assert list(PolicyVersion.objects.order_by("number").values_list("state", flat=True)) == [S.RETIRED, S.PUBLISHED]
    assert policies.discount_ceiling(queries.rules_of(queries.policy_in_force()), "RD") == 12.5
    actions = list(
        AuditEntry.objects.filter(target="policyversion").order_by("pk").values_list("action", "actor__email")
    )
    admin, other = people["admin"].email, people["second_admin"].email
    assert actions == [("policy.prepare", admin), ("policy.change", admin), ("policy.publish", other)]
    assert "more than 15%" in second.get(reverse("policy", args=[1])).content.decode()


@pytest.mark.parametrize("worker", ["preparer", "editor", "remover"])
def test_nobody_publishes_what_they_worked_on(client_of, people, prepared, worker):
    """Not who prepared it, not who changed one rule, not who removed one."""
    key = "admin" if worker == "preparer" else "second_admin"
    if worker == "editor":
        editions.save_rule(prepared.pk, "ladder", None, {"silence_days": 3}, people[key])
    if worker == "remover":
        editions.remove_rule(
            prepared.pk, prepared.rules.get(kind="discount_ceiling", business_unit="TECHFIN").pk, people[key]
        )
    before = state()
    answer = english(client_of(key)).post(
        reverse("policy-publish", args=[2]), {"seen": editions.fingerprint(prepared)}, follow=True
    )
    assert "Another administrator must publish this edition" in answer.content.decode()
    assert 'name="seen"' not in answer.content.decode()
    assert state() == before


def test_the_preparer_stays_barred_after_somebody_else_s_change(people, prepared):
    """The database knows the last hand only; the audit trail knows all."""
    editions.save_rule(prepared.pk, "ladder", None, {"silence_days": 3}, people["second_admin"])
    with pytest.raises(Refused, match=r"Another administrator|Outr[oa] administrador"):
        editions.publish(prepared.pk, people["admin"], editions.fingerprint(prepared))
    assert queries.policy_in_force().number == 1


def test_when_everybody_worked_on_it_the_page_says_so(client_of, people, prepared):
    """Nobody is left to publish."""
    editions.save_rule(prepared.pk, "ladder", None, {"silence_days": 3}, people["second_admin"])
    assert (
        "every administrator worked on it"
        in english(client_of("admin")).get(reverse("policy", args=[2])).content.decode()
    )


def test_what_was_not_read_is_not_published(client_of, people, prepared):
    """A change after the page was opened refuses the publication."""
    stale = editions.fingerprint(prepared)
    editions.save_rule(prepared.pk, "ladder", None, {"silence_days": 3}, people["admin"])
    before = state()
    answer = english(client_of("second_admin")).post(reverse("policy-publish", args=[2]), {"seen": stale}, follow=True)
    assert "changed after you opened it" in answer.content.decode()
    assert state() == before


def test_one_edition_at_a_time_is_prepared(client_of, prepared):
    """A second preparation is refused."""
    before = state()
    answer = english(client_of("second_admin")).post(reverse("policy-prepare"), {"note": "Outra"}, follow=True)
    assert "already in preparation" in answer.content.decode()
    assert state() == before


def test_preparing_needs_a_reason(client_of):
    """The form comes back on the page of policies."""
    before = state()
    answer = client_of("admin").post(reverse("policy-prepare"), {"note": ""})
    assert list(answer.context["form"].errors) == ["note"]
    assert state() == before


def test_rules_of_a_published_edition_never_change(client_of, people, prepared):
    """Not by the page, not by a verb, not by the database itself."""
    editions.publish(prepared.pk, people["second_admin"], editions.fingerprint(prepared))
    before = state()
    client = english(client_of("admin"))
    answer = client.post(reverse("policy-rule", args=[2, "ladder"]), {"silence_days": "3", "call_within_days": "3"})
    assert "not in preparation" in answer.content.decode()
    client.post(reverse("policy-discard", args=[2]))
    client.post(
        reverse(
            "policy-remove-rule",
            args=[2, PolicyRule.objects.filter(version=prepared, business_unit="TECHFIN").get().pk],
        )
    )
    with pytest.raises(Error, match="never change"), transaction.atomic():
        PolicyRule.objects.filter(version=prepared, kind="ladder").update(parameters={"silence_days": 1})
    assert state() == before


def test_discarding_leaves_what_is_in_force(client_of, prepared):
    """The edition goes, its trace stays."""
    client_of("admin").post(reverse("policy-discard", args=[2]))
    assert list(PolicyVersion.objects.values_list("number", "state")) == [(1, S.PUBLISHED)]
    assert AuditEntry.objects.filter(action="policy.discard", target_id=str(prepared.pk)).exists()


def test_a_unit_s_own_rule_is_added_and_removed(client_of, prepared):
    """It starts from the company's rule; the company's rule itself cannot be removed."""
    client = english(client_of("admin"))
    answer = client.get(reverse("policy-unit-rule", args=[2]), {"kind": "ladder", "unit": "RD"}, follow=True)
    assert answer.context["form"]["silence_days"].value() == 7
    client.post(
        reverse("policy-rule", args=[2, "ladder"]) + "?unit=RD", {"silence_days": "10", "call_within_days": "5"}
    )
    own = prepared.rules.get(kind="ladder", business_unit="RD")
    assert own.parameters == {"silence_days": 10, "call_within_days": 5}
    assert "New rule" in client.get(reverse("policy", args=[2])).content.decode()
    client.post(reverse("policy-remove-rule", args=[2, own.pk]))
    assert not prepared.rules.filter(business_unit="RD").exists()
    before = state()
    client.post(reverse("policy-remove-rule", args=[2, prepared.rules.get(kind="ladder").pk]))
    assert state() == before


@pytest.mark.parametrize(
    ("kind", "typed", "wrong"),
    [
        ("discount_ceiling", {"max_percent": "101"}, "max_percent"),
        ("benefit_ceiling", {"max_cost": "", "max_year_percent": ""}, "max_cost"),
        ("channels", {"marketing": "email", "service": "email"}, "credit"),
        ("frequency_cap", {"messages": "3", "days": "7", "long_messages": "2", "long_days": "30"}, "long_messages"),
        ("frequency_cap", {"messages": "1", "days": "40", "long_messages": "2", "long_days": "30"}, "long_days"),
        ("quiet_hours", {"start": "20:00", "end": "20:00"}, "end"),
        ("consent", {}, "purposes"),
        ("forbidden_claims", {"pt": "x"}, "pt"),
        (
            "approvers",
            {
                "approvals": "3",
                "approvals_above": "2",
                "discount_from": "12",
                "audience_above": "10",
                "valid_hours": "72",
            },
            "approvals_above",
        ),
        ("ladder", {"silence_days": "0", "call_within_days": "5"}, "silence_days"),
        ("outcome_pause", {"rejections": "2", "days": "days"}, "days"),
        ("hold_out", {"share": "50"}, "share"),
    ],
)
def test_a_wrong_value_is_named_and_what_was_typed_stays(client_of, prepared, kind, typed, wrong):
    """Nothing is saved."""
    before = state()
    answer = client_of("admin").post(reverse("policy-rule", args=[2, kind]), typed)
    assert list(answer.context["form"].errors) == [wrong]
    page = answer.content.decode()
    assert all(value in page for value in typed.values())
    assert state() == before


@pytest.mark.parametrize("kind", list(FORMS))
def test_every_form_gives_back_what_it_shows(kind):
    """A form that is sent as it is shown stores the same rule."""
    stored = next(parameters for found, unit, parameters in RULES if found == kind and unit is None)
    shown = FORMS[kind](initial=FORMS[kind].initial_of(stored))
    with translation.override("en"):
        sent = FORMS[kind]({name: shown[name].value() for name in shown.fields})
        assert sent.is_valid(), sent.errors
    assert policies.rule(kind, sent.parameters()) == policies.rule(kind, stored)


@pytest.mark.parametrize("language", ["pt-br", "en"])
@pytest.mark.parametrize("kind", list(FORMS))
def test_words_say_every_parameter(kind, language):
    """Changing any one parameter changes the sentences, so that the difference between editions hides nothing."""
    stored = next(parameters for found, unit, parameters in RULES if found == kind and unit is None)
    other = {
        "max_percent": 14.25, "max_cost": 1500, "max_year_percent": 12.5, "marketing": ["call"], "service": ["call"], "credit": ["call"], "messages": 2, "days": 8, "long_messages": 4, "long_days": 31, "start": "21:00", "end": "07:30", "weekends": False,
        "purposes": ["marketing"], "calls_without_contact": False, "pt": ["grátis"], "en": ["free"], "approvals": 2, "approvals_above": 3,
        "discount_from": 11, "audience_above": 10, "always_plays": [], "valid_hours": 1, "silence_days": 8, "call_within_days": 1,
        "rejections": 1, "share": 0.125,
    }  # fmt: skip
    with translation.override(language):
        said = policy_words.sentences(policies.rule(kind, stored))
        for name in stored:
            changed = policy_words.sentences(policies.rule(kind, {**stored, name: other[name]}))
            assert changed != said, name


def test_the_company_adds_and_removes_a_rule_that_it_may_do_without(client_of, prepared):
    """An edition of before the kind existed has no such rule: it is added for everybody, and may go again."""
    client = english(client_of("admin"))
    client.post(reverse("policy-remove-rule", args=[2, prepared.rules.get(kind="channels").pk]))
    assert not prepared.rules.filter(kind="channels").exists()
    answer = client.get(reverse("policy-unit-rule", args=[2]), {"kind": "channels", "unit": ""}, follow=True)
    assert answer.redirect_chain == [(reverse("policy-rule", args=[2, "channels"]), 302)]
    client.post(
        reverse("policy-rule", args=[2, "channels"]),
        {"marketing": ["email", "call"], "service": "email", "credit": "call"},
    )
    assert prepared.rules.get(kind="channels", business_unit=None).parameters["credit"] == ["call"]
    page = client.get(reverse("policy", args=[2])).content.decode()
    assert "For the purpose “Credit”: only by a call, made by a person." in page


def test_publishing_takes_approved_campaigns_back(company, people):
    """Their approval rests on the old rules."""
    company_policy()
    campaign = approved(company, people)
    assert campaign.status == Campaign.Status.APPROVED
    version = editions.prepare(people["admin"], "Novas regras")
    editions.save_rule(version.pk, "discount_ceiling", None, {"max_percent": 14}, people["admin"])
    editions.publish(version.pk, people["second_admin"], editions.fingerprint(version))
    campaign.refresh_from_db()
    assert campaign.status == Campaign.Status.IN_REVIEW


def send(client, method: str, route: str, args: list, data: dict):
    """A JSON request."""
    return getattr(client, method)(reverse(route, args=args), json.dumps(data), content_type="application/json")


def test_api_does_what_the_pages_do(client_of):
    """Prepare, change, refuse, publish by the second administrator."""
    first, second = client_of("admin"), client_of("second_admin")
    assert send(first, "post", "api-policies", [], {"note": "Por API"}).status_code == 201
    assert send(first, "post", "api-policies", [], {"note": "Outra"}).json()["code"] == "already_prepared"
    assert send(first, "post", "api-policies", [], {"note": ""}).status_code == 400
    bad = send(first, "put", "api-policy-rule", [2, "ladder"], {"parameters": {"silence_days": 0}})
    assert (bad.status_code, bad.json()["code"]) == (409, "bad_parameters")
    assert send(first, "put", "api-policy-rule", [2, "ladder"], {"parameters": {"silence_days": 9}}).status_code == 200
    assert first.get(reverse("api-policy-rule", args=[2, "ladder"])).json()["parameters"] == {
        "silence_days": 9,
        "call_within_days": 5,
    }
    kept = list(PolicyRule.objects.order_by("pk").values())
    for nonsense in ({}, {"parameter": {"silence_days": 3}}, {"parameters": 5}, {"parameters": [1]}):
        assert send(first, "put", "api-policy-rule", [2, "ladder"], nonsense).status_code == 400
    nul = reverse("api-policy-rule", args=[2, "ladder"]) + "?unit=X%00"
    assert first.put(nul, json.dumps({"parameters": {"silence_days": 3}}), "application/json").status_code == 404
    assert first.get(reverse("policy-rule", args=[2, "ladder"]) + "?unit=X%00").status_code == 404
    assert list(PolicyRule.objects.order_by("pk").values()) == kept
    own = reverse("api-policy-rule", args=[2, "ladder"]) + "?unit=RD"
    answer = first.put(own, json.dumps({"parameters": {"silence_days": 3}}), "application/json").json()
    assert (answer["business_unit"], answer["parameters"]["silence_days"]) == ("RD", 3)
    assert first.get(reverse("api-policy-rule", args=[2, "ladder"])).json()["parameters"]["silence_days"] == 9
    seen = second.get(reverse("api-policy", args=[2])).json()["fingerprint"]
    assert send(first, "post", "api-policy-publish", [2], {"seen": seen}).json()["code"] == "second_admin"
    assert send(second, "post", "api-policy-publish", [2], {"seen": seen}).json()["state"] == "published"
    assert first.delete(reverse("api-policy", args=[2])).status_code == 409
    assert [row["number"] for row in client_of("analyst").get(reverse("api-policies")).json()["results"]] == [2, 1]
