"""Quiet hours: the statement and the arithmetic agree in every zone and through every change of clocks."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns import gate, policies

ZONES = (
    "America/Sao_Paulo",
    "America/Manaus",
    "America/Noronha",
    "Europe/Lisbon",
    "America/New_York",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
)
minutes = st.times(min_value=time(0, 0), max_value=time(23, 59)).map(lambda at: at.replace(second=0, microsecond=0))
moments = st.integers(1_420_070_400, 1_893_456_000).map(
    lambda second: datetime.fromtimestamp(second, UTC)
)  # 2015 to 2030


def limits(start: time, end: time, weekends: bool) -> gate.Limits:
    rule = policies.rule(
        "quiet_hours", {"start": start.isoformat("minutes"), "end": end.isoformat("minutes"), "weekends": weekends}
    )
    return gate.limits_of((rule,), "RD", "marketing")


def quiet_in_database(moment: datetime, zone: str, rules: gate.Limits) -> bool:
    query = f"SELECT {gate.QUIET.format(local='here.at')} FROM (SELECT %(moment)s::timestamptz AT TIME ZONE %(zone)s AS at) here"  # noqa: S608 - no value in it
    with connection.cursor() as cursor:
        cursor.execute(query, {**rules.parameters(), "moment": moment, "zone": zone})
        return cursor.fetchone()[0]


def quiet_on_the_wall(moment: datetime, zone: str, rules: gate.Limits) -> bool:
    local = moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    return any(policies.is_quiet(hours, local) for hours in rules.quiet)


@pytest.mark.django_db
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moment=moments, zone=st.sampled_from(ZONES), start=minutes, end=minutes, weekends=st.booleans())
def test_the_statement_and_the_rule_agree(db, moment, zone, start, end, weekends):
    rules = limits(start, end, weekends)
    assert quiet_in_database(moment, zone, rules) == quiet_on_the_wall(moment, zone, rules)


@settings(max_examples=300, deadline=None)
@given(moment=moments, zone=st.sampled_from(ZONES), start=minutes, end=minutes, weekends=st.booleans())
def test_a_mail_moved_by_quiet_hours_goes_out_at_an_allowed_moment_that_is_not_in_the_past(
    moment, zone, start, end, weekends
):
    rules = limits(start, end, weekends)
    later = gate.allowed_from(moment, zone, rules)
    assert later >= moment
    assert not quiet_on_the_wall(later, zone, rules)
    assert gate.allowed_from(later, zone, rules) == later
    assert later - moment < timedelta(days=4)
    if not quiet_on_the_wall(moment, zone, rules):
        assert later == moment


@pytest.mark.parametrize(
    ("moment", "zone", "expected"),
    [
        ("2026-11-24T15:00+00:00", "America/Sao_Paulo", "2026-11-24T15:00+00:00"),  # Tuesday noon
        ("2026-11-24T23:30+00:00", "America/Sao_Paulo", "2026-11-25T11:00+00:00"),  # 20:30 → 08:00
        ("2026-11-27T23:30+00:00", "America/Sao_Paulo", "2026-11-30T11:00+00:00"),  # Friday night → Monday
        ("2026-11-24T03:00+00:00", "Asia/Kolkata", "2026-11-24T03:00+00:00"),  # 08:30 there
    ],
)
def test_nights_and_weekends_by_the_recipients_clock(moment, zone, expected):
    rules = limits(time(20), time(8), weekends=True)
    assert gate.allowed_from(datetime.fromisoformat(moment), zone, rules) == datetime.fromisoformat(expected)


def test_a_units_own_rule_joins_the_companys():
    rules = (
        policies.rule("frequency_cap", {"messages": 2, "days": 30, "long_messages": 4, "long_days": 90}),
        policies.rule("frequency_cap", {"messages": 1, "days": 7, "long_messages": 2, "long_days": 30}, "RD"),
        policies.rule("frequency_cap", {"messages": 1, "days": 1, "long_messages": 1, "long_days": 1}, "TECHFIN"),
    )
    assert set(gate.limits_of(rules, "RD", "marketing").windows) == {(30, 2), (90, 4), (7, 1)}


@pytest.mark.parametrize(("purposes", "expected"), [(["marketing"], True), (["credit"], False)])
def test_consent_is_required_for_the_purposes_of_the_rule(purposes, expected):
    rules = (policies.rule("consent", {"purposes": purposes}),)
    assert gate.limits_of(rules, "RD", "marketing").consent_required is expected


def test_without_a_rule_consent_is_required():
    assert gate.limits_of((), "RD", "service").consent_required is True


@pytest.mark.django_db
def test_zones_that_the_server_does_not_know_are_left_out():
    assert gate.known_zones(["Asia/Kolkata", "Mars/Olympus"]) == ["America/Sao_Paulo", "Asia/Kolkata"]
