"""What policy asks of a customer: the rule and the statement agree, from the preview to the gate; clauses are edited by two people."""

from datetime import date
from decimal import Decimal

import pytest
from django.core import mail
from django.db import connection
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import AuditEntry, ContractLine, Customer, Picture, Ticket
from b2shift.lib.api import Refused
from campaigns import (
    audience,
    catalogue,
    editions,
    eligibility,
    learning,
    outbox,
    policies,
    policy_kinds,
    policy_words,
    queries,
    repeats,
    screens,
    simulation,
)
from campaigns.candidates import Candidates
from campaigns.forms.catalogue import OfferForm
from campaigns.models import Decision, Message, Offer, PolicyRule
from segments.rules import uses
from segments.rules.catalogue import pure
from segments.rules.tree import Known
from tests.campaigns import walk
from tests.segments.test_rule_meaning import Base, leaves

pytestmark = pytest.mark.django_db
AS_OF = date(2026, 9, 30)


def tree(*leaves_, group="all"):
    return {"version": 1, "root": {"group": group, "of": list(leaves_)}}


def leaf(field, operator, value=None):
    return {"field": field, "is": operator} | ({} if value is None else {"value": value})


def clause(*leaves_, **more):
    return {"conditions": tree(*leaves_), **more} if leaves_ else more


def asks(kind, *clauses):
    return {kind: {"clauses": list(clauses)}}


drawn = st.builds(
    lambda of, undecided, group: {"conditions": tree(*of, group=group), "undecided": undecided},
    st.lists(leaves(), min_size=1, max_size=2), st.sampled_from(["leave_out", "let_pass"]), st.sampled_from(["all", "any", "none"]),
)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(st.sampled_from(policy_kinds.CONDITIONED), st.lists(drawn, min_size=1, max_size=2), min_size=1),
    st.sampled_from([None, 10, 0]),
)
def test_the_rule_and_the_statement_agree_on_every_customer(base, kinds, share):
    rules = [policies.rule(kind, {"clauses": clauses}) for kind, clauses in kinds.items()]
    rules += [policies.rule("benefit_ceiling", {"max_year_percent": share})] if share is not None else []
    fields, benefit = pure(), policies.Benefit(200.0)
    reason, parameters = eligibility.reason_in_sql(
        policies.screens_of(rules, policies.Moment("send", "RD", benefit=benefit), fields), "x.id"
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT x.id, {reason} FROM unnest(%(ids)s::bigint[]) x(id)",  # noqa: S608 - made by the product
            {**parameters, "ids": list(base.known)},
        )
        in_sql = dict(cursor.fetchall())
    for customer, known in base.known.items():
        moment = policies.Moment("send", "RD", benefit=benefit, customer=screens.Facts(known, fields))
        found = [each.code for each in policies.evaluate(rules, moment) if each.rule in (*kinds, "benefit_ceiling")]
        assert in_sql[customer] == next(iter(found), "")


@pytest.fixture
def base(db):
    return Base()


def test_the_finding_names_rule_value_and_what_would_pass():
    rules = [policies.rule("eligibility", {"clauses": [clause(leaf("mrr", "at_least", 500))]})]
    known = Known({"mrr": Decimal(120)}, AS_OF)
    (found,) = policies.evaluate(rules, policies.Moment("send", "RD", customer=screens.Facts(known, pure())))
    assert (found.code, found.rule, found.value, found.allowed) == (
        "ineligible",
        "eligibility",
        {"mrr": "120"},
        "mrr at_least 500",
    )
    assert "120" in found.message % found.params
    assert (
        policies.evaluate(rules, policies.Moment("send", "RD")) == []
    )  # nothing is known of anybody yet: judged later


@pytest.mark.parametrize(
    ("play", "purpose", "expected"),
    [("credit", "credit", 2), ("retain", "credit", 1), ("credit", "marketing", 1), ("retain", "marketing", 0)],
)
def test_a_clause_concerns_its_plays_and_purposes(play, purpose, expected):
    asked = [
        clause(leaf("mrr", "at_least", 1), plays=["credit"]),
        clause(leaf("mrr", "at_least", 1), purposes=["credit"]),
    ]
    rules = [policies.rule("suitability", {"clauses": asked})]
    assert (
        len(policies.screens_of(rules, policies.Moment("send", "RD", play=play, purpose=purpose), pure())) == expected
    )


def test_what_cannot_be_read_lets_nobody_through():
    rules = [policies.rule("eligibility", {"clauses": [{"conditions": {"version": 7}, "undecided": "let_pass"}]})]
    (screen,) = policies.screens_of(rules, policies.Moment("send", "RD"), pure())
    assert not screen.passes(Known({}, AS_OF))
    assert eligibility.reason_in_sql([screen], "x.id")[0] == "CASE WHEN true THEN 'ineligible' ELSE '' END"
    assert screens.of_value(1, 0).root is None
    with pytest.raises(ValueError, match="needs conditions"):
        policies.rule("eligibility", {"clauses": [{}]})


def owning(customer: Customer, product: str, status: str = "ATIVO") -> None:
    ContractLine.objects.create(customer=customer, row_hash=product + status, product=product, status=status)


def test_each_reason_has_its_place_in_the_audience(company, people):
    members = company.members(0)
    low, owner, former, busy, free = members[0], members[1], members[2], members[3], members[5]
    Picture.objects.filter(customer=low).update(mrr=10)
    owning(owner, "TOTVS Backoffice")
    owning(former, "TOTVS Backoffice", "CANCELADO")
    Ticket.objects.create(customer=busy, number="1", priority="Urgent", status="Open", created_on=AS_OF)
    Ticket.objects.create(customer=free, number="2", priority="Urgent", status="Closed", created_on=AS_OF)
    walk.company_policy(
        asks("eligibility", clause(leaf("mrr", "at_least", 100)))
        | asks("applicability", clause(not_owning=True, plays=["retain"]), clause(not_owning=True, plays=["credit"]))
        | asks("suitability", clause(leaf("tickets_open_high", "at_most", 0), undecided="let_pass"))
    )
    campaign = walk.drafted(company, people, hold_out_share=0)
    counted = audience.preview(campaign)
    expected = {low.pk: "ineligible", owner.pk: "inapplicable", busy.pk: "unsuitable"}
    assert {name: counted.excluded[name] for name in expected.values()} == dict.fromkeys(expected.values(), 1)
    assert set(expected.values()) <= set(audience.REASONS)
    reached = {int(pk) for pk in Candidates().of(campaign)}
    assert reached == {each.customer_id for each in audience.verdicts(campaign) if each.outcome == "mail"}
    audience.freeze(campaign)
    frozen = dict(campaign.messages.values_list("customer_id", "reason"))
    assert {pk: frozen[pk] for pk in expected} == expected
    assert frozen[former.pk] == frozen[free.pk] == ""
    assert repeats.replay(campaign.decisions.get(kind=Decision.Kind.AUDIENCE)).identical


def test_an_offer_that_is_dear_for_one_customer_leaves_out_that_one(company, people):
    walk.company_policy({"benefit_ceiling": {"max_year_percent": 5}})
    Picture.objects.filter(customer=company.members(0)[0]).update(mrr=799.99)  # 480 is above 5% of twelve times that
    Picture.objects.filter(customer=company.members(0)[1]).update(mrr=800)
    campaign = walk.drafted(company, people, hold_out_share=0)
    assert campaign.offer.cost == 480
    assert audience.preview(campaign).excluded["too_costly"] == 1


def test_the_gate_judges_the_customer_again(company, people):
    rules = asks("suitability", clause(leaf("overdue_invoices", "at_most", 0), undecided="let_pass"))
    walk.company_policy({"frequency_cap": None, **rules})
    campaign = walk.sending(company, people, hold_out_share=0)
    waiting = list(campaign.messages.filter(state="queued").order_by("pk"))
    Picture.objects.filter(customer=waiting[0].customer).update(overdue_invoices=2)
    Picture.objects.filter(customer=waiting[1].customer).update(overdue_invoices=0)
    while outbox.work(100, "test"):
        pass
    late, paid = (Message.objects.get(pk=each.pk) for each in waiting[:2])
    assert (late.state, late.reason, late.dispatched_at) == ("suppressed", "unsuitable", None)
    assert (paid.state, paid.reason) == ("sent", "")
    assert len(mail.outbox) == len(waiting) - 1
    for decision in campaign.decisions.filter(kind=Decision.Kind.GATE):
        assert repeats.replay(decision).identical


def test_who_is_called_is_judged_when_the_calls_are_made(company, people):
    rules = asks("suitability", clause(leaf("overdue_invoices", "at_most", 0), undecided="let_pass"))
    walk.company_policy({"frequency_cap": None, **rules})
    campaign = walk.approved(company, people, hold_out_share=0)
    called = [each.customer_id for each in campaign.messages.filter(channel="call", state="suppressed")]
    assert len(called) == 2
    Picture.objects.filter(customer=called[0]).update(overdue_invoices=1)
    outbox.launch(campaign.pk, people["marketing_manager"])
    assert [each.customer_id for each in campaign.call_tasks.all()] == called[1:]
    left_out = campaign.messages.get(customer=called[0])
    assert (left_out.state, left_out.reason, left_out.channel) == ("suppressed", "unsuitable", "email")


def test_the_last_rung_calls_only_whom_the_rules_of_today_let_through(company, people):
    walk.company_policy({"frequency_cap": None})
    campaign = walk.sent(company, people, hold_out_share=0)
    campaign.messages.update(finished_at="2026-01-01T00:00Z")
    reached = set(campaign.messages.filter(state="sent").values_list("customer_id", flat=True))
    low = min(reached)
    Picture.objects.filter(customer=low).update(mrr=1)
    walk.new_policy(asks("eligibility", clause(leaf("mrr", "at_least", 100))) | {"channels": {"marketing": ["call"]}})
    before = campaign.call_tasks.count()
    learning.follow_up()
    assert set(campaign.call_tasks.filter(reason="silent").values_list("customer_id", flat=True)) == reached - {low}
    assert campaign.call_tasks.count() == before + len(reached) - 1
    decisions = Decision.objects.filter(kind=Decision.Kind.FOLLOW_UP).count()
    learning.follow_up()  # nobody else may be called: nothing is written again
    assert Decision.objects.filter(kind=Decision.Kind.FOLLOW_UP).count() == decisions


def test_an_offer_that_policy_finds_too_dear_is_told_while_it_is_edited(company, english):
    walk.company_policy({"benefit_ceiling": {"max_cost": 100}})
    offer = Offer.objects.get(code="gestao-revisao")
    form = OfferForm(instance=offer)
    assert any("above the ceiling of R$ 100." in warning for warning in form.warnings())
    Offer.objects.filter(pk=offer.pk).update(cost=100)
    assert not any(
        "ceiling of R$" in warning for warning in OfferForm(instance=Offer.objects.get(pk=offer.pk)).warnings()
    )


def test_an_offer_s_own_conditions_are_judged_again_too(company, people):
    walk.company_policy({"frequency_cap": None})
    offer = walk.drafted(company, people).offer
    offer.eligibility = tree(leaf("mrr", "at_least", 100))
    offer.save()
    company.run.campaigns.update(status="cancelled")
    campaign = walk.sending(company, people, hold_out_share=0)
    poor = campaign.messages.filter(state="queued").first()
    Picture.objects.filter(customer=poor.customer).update(mrr=1)
    while outbox.work(100, "test"):
        pass
    poor.refresh_from_db()
    assert (poor.state, poor.reason) == ("suppressed", "not_eligible")


def test_a_gate_s_verdict_of_before_is_made_again(company, people):
    walk.company_policy()
    campaign = walk.sent(company, people, hold_out_share=0)
    decision = campaign.decisions.filter(kind=Decision.Kind.GATE).first()
    decision.body = decision.body.replace(
        ',""],"unit"', '],"unit"'
    )  # as it was recorded when nothing was asked of customers
    assert repeats.replay(decision).differences == []


def test_the_simulation_counts_whom_the_conditions_win_and_lose(company, people):
    walk.company_policy({"frequency_cap": None, **asks("suitability", clause(leaf("nps_last", "at_least", 9)))})
    Picture.objects.filter(customer__in=company.members(0)[:3]).update(nps_last=2)
    campaign = walk.sent(company, people, hold_out_share=0)
    reached = set(campaign.messages.filter(state="sent").values_list("customer_id", flat=True))
    Picture.objects.filter(customer__in=company.members(0)[5:7]).update(mrr=1)
    version = editions.prepare(people["admin"], "Outra pergunta")
    asked = [clause(leaf("mrr", "at_least", 100))]
    editions.save_rule(version.pk, "suitability", None, {"clauses": asked}, people["admin"])
    result = simulation.simulate(version)
    assert set(result["lost"]) == {each.pk for each in company.members(0)[5:7]} & reached
    assert set(result["gained"]) == {each.pk for each in company.members(0)[:3]}
    assert result["lost_for"] == {"unsuitable": len(result["lost"])}
    assert result["gained_for"] == {"unsuitable": 3}


@pytest.fixture
def prepared(people):
    catalogue.seed()
    version = editions.prepare(people["admin"], "Condições")
    PolicyRule.objects.filter(version=version, kind__in=policy_kinds.CONDITIONED).delete()
    return version


def build(number=2, kind="eligibility", unit="all", place=0):
    return reverse("policy-clause", args=[number, kind, unit, place])


def test_one_group_of_conditions_too_many_is_refused_in_words(prepared, people):
    asked = [clause(leaf("mrr", "at_least", number)) for number in range(policy_kinds.MOST_CLAUSES)]
    editions.save_rule(prepared.pk, "eligibility", None, {"clauses": asked}, people["admin"])
    seen = editions.clauses_seen(editions.clauses_of(prepared.pk, "eligibility", None))
    with pytest.raises(Refused) as refused:
        editions.save_clause(prepared.pk, "eligibility", None, len(asked), asked[0], people["admin"], seen)
    assert refused.value.code == "too_many_clauses"
    assert len(editions.clauses_of(prepared.pk, "eligibility", None)) == policy_kinds.MOST_CLAUSES


def test_an_administrator_builds_changes_and_removes_clauses(company, prepared, client_of):
    client = client_of("admin")
    client.cookies["django_language"] = "en"
    listed = reverse("policy-conditions", args=[2, "eligibility", "all"])
    to_rule = client.get(reverse("policy-rule", args=[2, "eligibility"]))
    assert to_rule.headers["Location"] == listed
    assert "Nothing is asked of customers yet" in client.get(listed).content.decode()
    page = client.get(build())
    typed = {
        "node": ["0"],
        "field-0": "mrr",
        "is-0": "at_least",
        "value-0": "3000",
        "undecided": "leave_out",
        "plays": ["credit"],
    }
    typed["seen"] = page.context["seen"]
    part = client.post(build(), {**typed, "do": "show"}, headers={"HX-Request": "true"})
    assert "<html" not in part.content.decode()
    assert part.context["counts"].members == len(company.members(0))
    wrong = client.post(build(), {**typed, "value-0": "abc", "do": "save"})
    assert (wrong.status_code, editions.clauses_of(prepared.pk, "eligibility", None)) == (422, [])
    assert client.post(build(), {**typed, "do": "save"}).status_code == 302
    (kept,) = editions.clauses_of(prepared.pk, "eligibility", None)
    assert (kept["plays"], kept["conditions"]) == (["credit"], tree(leaf("mrr", "at_least", 3000)))
    assert (
        "Campaigns with the intention Credit: Customers of whom this is true: Monthly recurring revenue"
        in client.get(listed).content.decode()
    )
    assert client.post(build(), {**typed, "do": "save"}).status_code == 409  # what was read is no longer so
    seen = client.get(build()).context["seen"]
    only_flag = {"not_owning": "on", "undecided": "let_pass", "seen": seen, "do": "save"}
    assert client.post(build(place=1), only_flag).status_code == 302
    assert [each["conditions"] is None for each in editions.clauses_of(prepared.pk, "eligibility", None)] == [
        False,
        True,
    ]
    assert client.get(build(place=1)).status_code == 200
    assert client.get(build(place=3)).status_code == 404
    assert "Changed rule" in client.get(reverse("policy", args=[2])).content.decode()
    for _round in range(2):
        seen = editions.clauses_seen(editions.clauses_of(prepared.pk, "eligibility", None))
        client.post(reverse("policy-clause-remove", args=[2, "eligibility", "all", 0]), {"seen": seen})
    assert not prepared.rules.filter(kind="eligibility").exists()


@pytest.mark.parametrize("key", ["marketing_manager", "analyst", "executive", "sales_rep"])
def test_nobody_else_writes_them(company, prepared, client_of, key):
    client, entries = client_of(key), AuditEntry.objects.count()
    addresses = [
        build(),
        reverse("policy-conditions", args=[2, "eligibility", "all"]),
        reverse("policy-clause-remove", args=[2, "eligibility", "all", 0]),
    ]
    assert [client.post(address, {"do": "save"}).status_code for address in addresses] == [403] * 3
    assert not prepared.rules.filter(kind="eligibility").exists()
    assert AuditEntry.objects.count() == entries


def test_a_published_edition_and_an_unreadable_condition_are_refused(company, prepared, people, client_of):
    with pytest.raises(Refused):
        editions.save_rule(
            prepared.pk, "eligibility", None, asks("x", clause(leaf("nothing", "at_least", 1)))["x"], people["admin"]
        )
    assert not prepared.rules.filter(kind="eligibility").exists()
    published = queries.policy_in_force()
    assert client_of("admin").get(build(number=published.number)).status_code == 404
    with pytest.raises(Refused):
        editions.save_clause(
            published.pk,
            "eligibility",
            None,
            0,
            clause(leaf("mrr", "at_least", 1)),
            people["admin"],
            editions.clauses_seen([]),
        )
    assert client_of("admin").get(build(kind="ladder")).status_code == 404


def test_conditions_on_figures_cost_no_query_of_their_own(db, django_assert_num_queries):
    def asked(*leaves_):
        rules = [policies.rule("eligibility", {"clauses": [clause(*leaves_)]})]
        return policies.screens_of(rules, policies.Moment("send", "RD"), pure())

    with django_assert_num_queries(0):
        eligibility.reason_in_sql(asked(leaf("mrr", "at_least", 1), leaf("since", "until", "2020-01-01")), "x.id")
    with django_assert_num_queries(4):
        eligibility.reason_in_sql(asked(leaf("since", "longer_ago", 365)), "x.id")


def test_a_segment_says_which_policies_ask_about_it(company, prepared, people):
    segment, other = company.segments[:2]
    asked = {"field": "segment", "is": "none_of", "value": [segment.passport]}
    editions.save_rule(prepared.pk, "eligibility", None, {"clauses": [{"conditions": tree(asked)}]}, people["admin"])
    assert [(use.state, use.living) for use in uses.of_segment(segment)] == [("v2", True)]
    assert uses.of_segment(other) == []
    editions.discard(prepared.pk, people["admin"])
    assert uses.of_segment(segment) == []


@pytest.mark.parametrize("language", ["pt-br", "en"])
def test_words_tell_any_two_clauses_apart(company, language):
    usual = clause(leaf("mrr", "at_least", 100), plays=["credit"], purposes=["credit"])
    others = [
        {**usual, "plays": ["retain"]}, {**usual, "purposes": []}, {**usual, "plays": []}, {**usual, "not_owning": True},
        {**usual, "undecided": "let_pass"}, {**usual, "conditions": tree(leaf("mrr", "at_least", 101))}, {"not_owning": True},
        {**usual, "conditions": {"version": 7}},
    ]  # fmt: skip
    from django.utils import translation

    with translation.override(language):
        said = [policy_words.clause_in_words(policy_kinds.Clause.model_validate(each)) for each in [usual, *others]]
    assert len(set(said)) == len(said)
