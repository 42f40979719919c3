"""Rules: what they refuse, what would pass, and that they can only be tightened."""

# ruff: noqa: DTZ001 - rules are judged on the recipient's wall clock

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns import policies
from campaigns.policies import Moment, evaluate, rule

MONDAY_NOON = datetime(2026, 11, 23, 12, 0)
CEILINGS = [rule("discount_ceiling", {"max_percent": 15}), rule("discount_ceiling", {"max_percent": 5}, "TECHFIN")]
QUIET = [rule("quiet_hours", {"start": "20:00", "end": "08:00", "weekends": True})]
CAP = [rule("frequency_cap", {"messages": 1, "days": 7, "long_messages": 3, "long_days": 30})]
APPROVERS = [
    rule(
        "approvers",
        {"approvals": 1, "approvals_above": 2, "discount_from": 12, "audience_above": 2000, "always_plays": ["credit"]},
    )
]


def codes(rules, moment):
    return [finding.code for finding in evaluate(rules, moment)]


@pytest.mark.parametrize(
    ("unit", "discount", "allowed"), [("RD", 15, None), ("RD", 15.01, 15), ("TECHFIN", 5, None), ("TECHFIN", 6, 5)]
)
def test_ceiling_names_value_and_what_would_pass(unit, discount, allowed):
    found = evaluate(CEILINGS, Moment("draft", unit, discount_percent=discount))
    if allowed is None:
        assert found == []
    else:
        assert (found[0].rule, found[0].value, found[0].allowed) == ("discount_ceiling", discount, allowed)
        assert f"{allowed}%" in found[0].message % found[0].params


def test_without_a_ceiling_nothing_may_be_given_away():
    assert codes([], Moment("draft", "RD", discount_percent=0.5)) == ["discount_above_ceiling"]
    assert codes([], Moment("draft", "RD")) == []


@given(general=st.floats(0, 100), own=st.floats(0, 100), discount=st.floats(0, 100))
def test_a_units_rule_can_only_tighten(general, own, discount):
    company = [rule("discount_ceiling", {"max_percent": general})]
    both = [*company, rule("discount_ceiling", {"max_percent": own}, "RD")]
    moment = Moment("draft", "RD", discount_percent=discount)
    if not evaluate(both, moment):
        assert not evaluate(company, moment)
    assert bool(evaluate(both, moment)) == (discount > min(general, own))


@given(st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)))
def test_the_next_open_moment_is_open_and_not_earlier(local):
    opens = policies.next_open(QUIET, "RD", local)
    assert opens >= local
    assert codes(QUIET, Moment("send", "RD", local_time=opens)) == []
    assert opens.weekday() < 5
    assert 8 <= opens.hour < 20
    if opens > local:
        assert codes(QUIET, Moment("send", "RD", local_time=local)) == ["quiet_hours"]
        assert codes(QUIET, Moment("send", "RD", local_time=opens - timedelta(seconds=1))) == ["quiet_hours"]


def test_friday_night_opens_on_monday():
    assert policies.next_open(QUIET, "RD", datetime(2026, 11, 20, 20, 0)) == datetime(2026, 11, 23, 8, 0)


@pytest.mark.parametrize(
    ("days_ago", "expected"), [([8], []), ([6], ["frequency_cap"]), ([8, 15, 29], ["frequency_cap"]), ([8, 15, 31], [])]
)
def test_both_windows_of_the_cap_count(days_ago, expected):
    contacted = tuple(MONDAY_NOON - timedelta(days=days) for days in days_ago)
    assert codes(CAP, Moment("send", "RD", local_time=MONDAY_NOON, contacted_at=contacted)) == expected


COSTS = [rule("benefit_ceiling", {"max_cost": 900}), rule("benefit_ceiling", {"max_year_percent": 5}, "RD")]


@pytest.mark.parametrize(
    ("unit", "cost", "yearly", "expected"),
    [
        ("GESTAO", 900, None, []),
        ("GESTAO", 900.5, None, [("benefit_above_ceiling", 900.5, 900)]),
        ("GESTAO", 100, 1, []),
        ("RD", 500, 10_000, []),
        ("RD", 501, 10_000, [("benefit_above_share", 5.01, 5)]),
        ("RD", 1000, 10_000, [("benefit_above_ceiling", 1000, 900), ("benefit_above_share", 10, 5)]),
        ("RD", 800, None, []),
        ("GESTAO", None, None, [("benefit_unknown", None, None)]),
    ],
)
def test_an_offer_may_cost_so_much_and_no_more(unit, cost, yearly, expected):
    found = evaluate(COSTS, Moment("draft", unit, benefit=policies.Benefit(cost, yearly)))
    assert [(each.code, each.value, each.allowed) for each in found] == expected
    assert {each.rule for each in found} <= {"benefit_ceiling"}
    assert all("%(" not in each.message % each.params for each in found)


def test_what_an_offer_gives_is_its_cost_and_its_discount():
    assert policies.given(100, 1000, 10) == 200
    assert policies.given(None, 1000, 10) == 100
    assert policies.given(80, None, 10) == 80
    assert policies.given(None, 1000, 0) is policies.given(None, None, 10) is None
    assert codes([], Moment("draft", "RD", benefit=policies.Benefit(10**9))) == []


CHANNELS = [rule("channels", {"credit": ["call"]}), rule("channels", {"marketing": ["call"]}, "RD")]


@pytest.mark.parametrize(
    ("unit", "purpose", "channel", "closed"),
    [
        ("GESTAO", "credit", "email", True),
        ("GESTAO", "credit", "call", False),
        ("GESTAO", "marketing", "email", False),
        ("RD", "marketing", "email", True),
        ("RD", "service", "email", False),
        ("RD", "marketing", None, False),
    ],
)
def test_a_purpose_has_its_channels(unit, purpose, channel, closed):
    found = evaluate(CHANNELS, Moment("approval", unit, purpose=purpose, channel=channel))
    assert [each.code for each in found] == ["channel_closed"] * closed
    if closed:
        assert (found[0].rule, found[0].value, found[0].allowed) == ("channels", "email", ["call"])


@given(
    st.lists(st.sampled_from(["email", "call"]), min_size=1), st.lists(st.sampled_from(["email", "call"]), min_size=1)
)
def test_a_units_channels_can_only_tighten(general, own):
    company = [rule("channels", {"marketing": general})]
    assert policies.open_channels([*company, rule("channels", {"marketing": own}, "RD")], "RD", "marketing") == {
        *general
    } & {*own}


def test_consent_binds_its_purpose_only():
    rules = [rule("consent", {"purposes": ["marketing"]})]
    assert codes(rules, Moment("send", "RD", purpose="marketing", consent=False)) == ["consent_missing"]
    assert codes(rules, Moment("send", "RD", purpose="service", consent=False)) == []
    assert codes(rules, Moment("send", "RD", purpose="marketing", consent=True)) == []


def test_pause_counts_recent_refusals():
    rules = [rule("outcome_pause", {"rejections": 2, "days": 30})]
    recent = (MONDAY_NOON - timedelta(days=3), MONDAY_NOON - timedelta(days=20))
    assert codes(rules, Moment("send", "RD", local_time=MONDAY_NOON, rejected_at=recent)) == ["paused_after_rejections"]
    assert codes(rules, Moment("send", "RD", local_time=MONDAY_NOON, rejected_at=recent[:1])) == []


@pytest.mark.parametrize(
    ("changes", "needed"),
    [
        ({}, 1),
        ({"discount_percent": 12}, 2),
        ({"audience": 2001}, 2),
        ({"audience": None}, 2),
        ({"play": "credit"}, 2),
        ({"discount_percent": 11.9}, 1),
    ],
)
def test_two_people_above_the_limits(changes, needed):
    assert (
        policies.approvals_needed(
            APPROVERS, Moment("approval", "RD", **{"play": "retain", "audience": 2000, **changes})
        )
        == needed
    )


def test_missing_approvals_block_a_send_and_only_inform_before():
    moment = {"unit": "RD", "play": "retain", "audience": 10, "approvals": 0}
    assert evaluate(APPROVERS, Moment("send", **moment))[0].severity == "block"
    assert evaluate(APPROVERS, Moment("approval", **moment))[0].severity == "info"


@pytest.mark.parametrize(
    "text",
    [
        "Garantia de resultado",
        "GARANTIA DE RESULTADO!",
        "garántia   de\nresultado",
        "garan\u200btia de resultado",
        "gаrantia de resultado",
    ],
)
def test_forbidden_claims_are_found_in_disguise(text):
    rules = [rule("forbidden_claims", {"pt": ["garantia de resultado"]})]
    assert codes(rules, Moment("draft", "RD", text=text)) == ["forbidden_claim"]
    assert codes(rules, Moment("draft", "RD", text="sem garantia de prazo, com resultado")) == []


@pytest.mark.parametrize(
    ("kind", "parameters"),
    [
        ("discount_ceiling", {"max_percent": 101}),
        ("discount_ceiling", {"max_percent": 10, "surprise": 1}),
        ("frequency_cap", {"messages": 3, "days": 30, "long_messages": 1, "long_days": 7}),
        ("approvers", {"approvals": 2, "approvals_above": 1}),
        ("quiet_hours", {"start": "25:00", "end": "08:00"}),
        ("hold_out", {"share": 0.9}),
        ("no_such_kind", {}),
    ],
)
def test_wrong_parameters_are_refused(kind, parameters):
    with pytest.raises(ValueError):
        rule(kind, parameters)
