"""What other rules would have done with the last 90 days: by hand, by laws that always hold, and on a campaign that went out."""

from datetime import datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import Consent, Role
from b2shift.lib.api import Refused
from campaigns import editions, policies, queries, replays, simulation, tasks
from campaigns.models import Campaign, Interaction, Message, PolicySimulation, PolicyVersion
from campaigns.replays import Contact, Plan
from tests.campaigns import walk

START = datetime(2026, 9, 1, 10)  # noqa: DTZ001 - the recipient's wall clock
PLAN = Plan(1, "RD", "retain", "marketing", 10.0, 50, "Olá")


def rules(messages: int = 1, days: int = 7, ceiling: float = 15) -> list[policies.Rule]:
    return [
        policies.rule(
            "frequency_cap", {"messages": messages, "days": days, "long_messages": max(messages, 3), "long_days": 30}
        ),
        policies.rule("consent", {"purposes": ["marketing"]}),
        policies.rule("discount_ceiling", {"max_percent": ceiling}),
        policies.rule("outcome_pause", {"rejections": 1, "days": 30}),
        policies.rule("quiet_hours", {"start": "20:00", "end": "08:00", "weekends": True}),
        policies.rule("approvers", {"approvals": 1, "approvals_above": 2, "discount_from": 12, "audience_above": 2000}),
    ]


def contact(customer: int = 1, day: float = 0, consent: bool = True, campaign: int = 1) -> Contact:
    return Contact(customer, campaign, "RD", "marketing", START + timedelta(days=day), consent)


def test_a_contact_that_passes_counts_and_one_that_is_refused_does_not():
    found = replays.judge(
        rules(), [contact(day=8), contact(day=0), contact(day=3), contact(customer=2, day=3)], [PLAN], {}
    )
    assert found.contacts == [
        "",
        "",
        "frequency_cap",
        "",
    ]  # the third did not go, so it does not stand in the way of the first


def test_consent_pause_ceiling_and_night():
    given = [contact(consent=False), contact(customer=2, day=2), contact(customer=3, day=0.5)]
    assert replays.judge(rules(), given, [PLAN], {2: [START + timedelta(days=1)]}).contacts == [
        "consent_missing",
        "paused_after_rejections",
        "",
    ]
    judged = replays.judge(rules(ceiling=5), given, [PLAN], {})
    assert judged.campaigns == {1: ("discount_above_ceiling",)}
    assert judged.contacts == ["campaign_blocked"] * 3
    assert replays.judge(rules(), [], [PLAN], {}).approvals == {1: 1}


def test_the_difference_names_customers_and_reasons():
    given = [contact(), contact(day=1), contact(customer=2, day=1, consent=False)]
    found = replays.compare(
        given, replays.judge(rules(), given, [PLAN], {}), replays.judge(rules(ceiling=5), given, [PLAN], {})
    )
    assert (found.gained, found.lost, found.lost_for) == ((), (1,), {"campaign_blocked": 1})
    assert (found.messages_before, found.messages_after, found.units) == (1, 0, {"RD": (1, 0)})


contacts = st.lists(
    st.builds(contact, customer=st.integers(1, 4), day=st.floats(0, 60), consent=st.booleans()), max_size=25
)


@settings(max_examples=60, deadline=None)
@given(contacts, st.integers(1, 3), st.integers(1, 14))
def test_laws(given, messages, days):
    known = rules(messages, days)
    once, again = replays.judge(known, given, [PLAN], {}), replays.judge(known, given, [PLAN], {})
    assert once == again
    same = replays.compare(given, once, again)
    assert (same.gained, same.lost, same.messages_before) == ((), (), same.messages_after)
    passed = [each for each, code in zip(given, once.contacts, strict=True) if not code]
    for one in passed:
        window = [
            each
            for each in passed
            if each.customer == one.customer and one.at - timedelta(days=days) < each.at <= one.at
        ]
        assert len(window) <= messages
        assert one.consent
    looser = replays.judge([rule for rule in known if rule.kind != "frequency_cap"], given, [PLAN], {})
    assert set(replays.compare(given, looser, once).gained) == set()


def in_english(client):
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture
def decided(company, people) -> Campaign:
    """A campaign that went out; some contacts refused its purpose and some were never asked."""
    walk.company_policy({"frequency_cap": None})
    Consent.objects.filter(purpose="marketing", granted=False, contact__ref__endswith="7").delete()
    return walk.sent(company, people, hold_out_share=0.1)


@pytest.fixture
def prepared(decided, people) -> PolicyVersion:
    admin = people[Role.ADMIN]
    version = editions.prepare(admin, "Teto menor")
    editions.save_rule(version.pk, "discount_ceiling", None, {"max_percent": 0}, admin)
    editions.save_rule(version.pk, "consent", None, {"purposes": ["credit"], "calls_without_contact": True}, admin)
    return version


@pytest.mark.django_db
def test_the_last_ninety_days_under_the_prepared_edition(decided, prepared, people):
    asked = simulation.ask(prepared.pk, people[Role.ADMIN])
    assert simulation.ask(prepared.pk, people[Role.ADMIN]) == asked
    tasks.simulate_policy(asked.pk)
    tasks.simulate_policy(asked.pk)
    asked.refresh_from_db()
    assert asked.state == "done"
    result = asked.result
    sent = decided.messages.filter(state="sent").count()
    left_out = decided.messages.filter(reason="no_consent", state="suppressed")
    refused = left_out.filter(contact__consents__purpose="marketing", contact__consents__granted=False)
    unasked = {each.customer_id for each in left_out.difference(refused)}
    assert refused.count() > 0
    assert len(unasked) > 0
    assert (result["contacts"], result["messages_before"], result["messages_after"]) == (
        sent + len(unasked),
        sent,
        sent + len(unasked),
    )
    assert (result["against"], result["scheduled"]) == (queries.policy_in_force().number, False)
    assert (result["lost"], set(result["gained"])) == ([], unasked)  # nobody who refused is ever gained
    assert result["gained_for"] == {"consent_missing": len(unasked)}
    assert decided.status == "tracking"
    assert queries.policy_in_force().number != prepared.number


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "parameters", "code"),
    [
        ("benefit_ceiling", {"max_cost": 100}, "benefit_above_ceiling"),
        ("benefit_ceiling", {"max_cost": None, "max_year_percent": 0.5}, "benefit_above_share"),
        ("channels", {"marketing": ["call"], "service": ["call"], "credit": ["call"]}, "channel_closed"),
    ],
)
def test_a_ceiling_of_cost_and_a_closed_channel_block_what_went_out(decided, people, kind, parameters, code):
    version = editions.prepare(people[Role.ADMIN], "Mais rígida")
    editions.save_rule(version.pk, kind, None, parameters, people[Role.ADMIN])
    result = simulation.simulate(version)
    (changed,) = (each for each in result["campaigns"] if each["id"] == decided.pk)
    assert (changed["blocked_before"], changed["blocked_after"]) == ([], [code])
    assert result["messages_after"] == 0
    assert sum(result["lost_for"].values()) == len(result["lost"]) > 0


@pytest.mark.django_db
def test_a_refusal_counts_as_long_as_a_pause_may_last(decided, people):
    message = decided.messages.filter(state="sent").first()
    Interaction.objects.create(
        message=message, customer=message.customer, campaign=decided, kind="reject", origin="human", key="r",
        at=timezone.now() - timedelta(days=300),
    )  # fmt: skip
    version = editions.prepare(people[Role.ADMIN], "Pausa de um ano")
    parameters = {"rejections": 1, "days": 365}
    editions.save_rule(version.pk, "outcome_pause", None, parameters, people[Role.ADMIN])
    result = simulation.simulate(version)
    assert (result["lost"], result["lost_for"]) == ([message.customer_id], {"paused_after_rejections": 1})


@pytest.mark.django_db
def test_approvals_that_the_strategy_asks_for_anyway_are_no_change(company, people):
    walk.company_policy({"approvers": {"approvals": 1, "approvals_above": 1, "audience_above": 2000}})
    credit = walk.drafted(company, people, strategy="techfin-credit")
    plain = walk.drafted(walk.twin(company), people)
    version = editions.prepare(people[Role.ADMIN], "Dois aprovadores")
    two = {"approvals": 2, "approvals_above": 2, "audience_above": 2000}
    editions.save_rule(version.pk, "approvers", None, two, people[Role.ADMIN])
    changed = {each["id"]: each for each in simulation.simulate(version)["campaigns"]}
    assert credit.pk not in changed  # two people before and after
    assert (changed[plain.pk]["approvals_before"], changed[plain.pk]["approvals_after"]) == (1, 2)


@pytest.mark.django_db
def test_a_simulation_that_is_done_can_be_repeated(decided, prepared, people, client_of):
    client, address = in_english(client_of(Role.ADMIN)), reverse("policy-simulation", args=[prepared.number])
    client.post(address)
    tasks.sweep_simulations()
    page = client.get(address).content.decode()
    assert "Simulate again" in page
    assert "Simulated:" in page
    assert "Simulate again" not in in_english(client_of(Role.ANALYST)).get(address).content.decode()
    client.post(address)
    again = simulation.latest(prepared)
    assert PolicySimulation.objects.filter(version=prepared).count() == 2
    assert simulation.ask(prepared.pk, people[Role.ADMIN]) == again  # it waits: nobody needs a third
    assert tasks.sweep_simulations() == 1
    assert simulation.latest(prepared) == again


@pytest.mark.django_db
def test_the_page_names_the_edition_and_says_when_it_is_no_longer_the_one_before(decided, people, client_of):
    admin, second = people[Role.ADMIN], people["second_admin"]
    base = editions.prepare(admin, "Agendada")
    editions.save_rule(base.pk, "discount_ceiling", None, {"max_percent": 3}, admin)
    editions.publish(base.pk, second, editions.fingerprint(base), timezone.now() + timedelta(days=2))
    version = editions.prepare(admin, "A seguinte")
    asked = simulation.ask(version.pk, admin)
    tasks.simulate_policy(asked.pk)
    asked.refresh_from_db()
    assert (asked.result["against"], asked.result["scheduled"]) == (base.number, True)
    client, address = in_english(client_of(Role.ADMIN)), reverse("policy-simulation", args=[version.number])
    page = client.get(address).content.decode()
    assert f"under edition v{base.number}" in page
    assert "That edition was scheduled then" in page
    assert "The comparison is out of date" not in page
    editions.withdraw(base.pk, admin)
    assert "The comparison is out of date" in client.get(address).content.decode()


@pytest.mark.django_db
def test_a_change_makes_the_simulation_old_and_the_page_says_so(decided, prepared, people, client_of):
    admin = people[Role.ADMIN]
    client, address = client_of(Role.ADMIN), reverse("policy-simulation", args=[prepared.number])
    assert client.post(address).status_code == 302
    assert "hx-trigger" in client.get(address).content.decode()
    assert tasks.sweep_simulations() == 1
    assert tasks.sweep_simulations() == 0
    page = client.get(address).content.decode()
    assert "Clientes perdidos" in page
    assert client.get(reverse("policy-simulation-export", args=[prepared.number])).status_code == 200
    told = client.get(reverse("api-policy-simulation", args=[prepared.number]))
    assert told.status_code in (200, 401)
    editions.save_rule(prepared.pk, "discount_ceiling", None, {"max_percent": 1}, admin)
    assert simulation.latest(prepared) is None
    assert "Ainda não simulada" in client.get(address).content.decode()
    assert client.get(reverse("policy-simulation-export", args=[prepared.number])).status_code == 404


@pytest.mark.django_db
def test_only_administrators_ask_and_only_about_what_is_in_preparation(decided, prepared, people, client_of):
    for actor, version in ((people[Role.MANAGER], prepared), (people[Role.ADMIN], queries.policy_in_force())):
        with pytest.raises(Refused):
            simulation.ask(version.pk, actor)
    client_of(Role.MANAGER).post(reverse("policy-simulation", args=[prepared.number]))
    assert not PolicySimulation.objects.exists()


@pytest.mark.django_db
def test_a_worker_that_died_is_found(decided, prepared, people):
    asked = simulation.ask(prepared.pk, people[Role.ADMIN])
    past = PolicyVersion.objects.get(pk=prepared.pk).created_at - timedelta(hours=1)
    PolicySimulation.objects.filter(pk=asked.pk).update(state="running", lease_until=past)
    before = list(Message.objects.order_by("pk").values_list("pk", "state"))
    assert tasks.sweep_simulations() == 1
    asked.refresh_from_db()
    assert asked.state == "done"
    assert list(Message.objects.order_by("pk").values_list("pk", "state")) == before
