"""Plays, facts, the playbook and prescription: every combination of play, unit, step and language holds before the checks."""

import json
from datetime import date, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Consent, Contact, Customer
from campaigns import catalogue, checks, evidence, playbooks, policies, prescribe, queries, strategies
from campaigns.drafting import facts as drafting_facts
from campaigns.drafting import playbook, words
from campaigns.models import Campaign, Draft, Offer, PolicyVersion, Strategy
from campaigns.starting_catalogue import OFFERS, STRATEGIES
from segments.models import SegmentProfile

TODAY = date(2026, 11, 24)
PAIRS = [
    (row[0], offer["code"])
    for row in STRATEGIES
    for offer in OFFERS
    if (offer["play"], offer["unit"]) == (row[3], row[4])
]


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["pt-br", "en"])
@pytest.mark.parametrize(("strategy", "offer"), PAIRS)
def test_the_playbook_is_complete_and_supported(strategy, offer, language):
    catalogue.seed()
    play, chosen = Strategy.objects.get(code=strategy), Offer.objects.get(code=offer)
    known = drafting_facts.offer_facts(chosen, language, TODAY)
    known.append(drafting_facts.Known("tenure_min", "anos / years", "7", "count", "x", TODAY, public=True))
    public = drafting_facts.words(known, language)
    texts = playbooks.texts_for(play, language)
    for strongest in [[], *[[name] for name in texts.because]]:
        written = playbook.write(texts, public, language, chosen.step, strongest)
        text = evidence.DraftText(
            written.subject, written.body, tuple((p["text"], tuple(p["facts"])) for p in written.sentences)
        )
        rules = queries.rules_of(PolicyVersion.objects.get())
        limits = queries.word_limits(rules, play.business_unit_id)
        found = evidence.check(
            text, [fact.judged() for fact in known], queries.offer_terms(chosen), limits, language, today=TODAY
        )
        assert found == []
        assert len(written.subject) < 60
        message = evidence.claims.MERGE_FIELD.sub("x", written.body).split("\n\n")[:-2]  # without closing and opt-out
        assert 90 <= len(" ".join(message).split()) <= 160
        assert "[" not in written.body
        for part in written.sentences:
            assert part["text"] in written.body


@pytest.mark.django_db
def test_voices_differ_by_unit_and_language():
    catalogue.seed()
    bodies = {
        playbooks.texts_for(play, language).value for play in Strategy.objects.all() for language in ("pt-br", "en")
    }
    assert len(bodies) == 2 * len(STRATEGIES)
    assert set(words.PT) == set(words.EN) == {row[0] for row in STRATEGIES}


@pytest.mark.django_db
def test_seed_is_complete_and_adds_nothing_the_second_time():
    catalogue.seed()
    before = (Offer.objects.count(), Strategy.objects.count(), PolicyVersion.objects.count())
    Offer.objects.filter(code="gestao-renova").update(name="Meu nome")
    catalogue.seed()
    assert (Offer.objects.count(), Strategy.objects.count(), PolicyVersion.objects.count()) == before
    assert Offer.objects.get(code="gestao-renova").name == "Meu nome"
    assert before[0] >= 12
    rules = queries.rules_of(PolicyVersion.objects.get())
    assert {rule.kind for rule in rules} == set(policies.KINDS)
    for offer in Offer.objects.all():
        assert float(offer.discount_percent) <= policies.discount_ceiling(rules, offer.business_unit_id)
    for play in Strategy.objects.all():
        steps = set(
            Offer.objects.filter(play=play.play, business_unit=play.business_unit).values_list("step", flat=True)
        )
        assert {1, 3} <= steps


RISKY = {
    "risk_mean": 0.8,
    "nps_mean": 3.0,
    "tickets_per_customer_12m": 40.0,
    "mrr_median": 9000.0,
    "tenure_years_median": 9.0,
    "usage_events_median": 100.0,
}
HAPPY = {
    "risk_mean": 0.1,
    "nps_mean": 9.5,
    "usage_events_median": 900.0,
    "mrr_median": 9000.0,
    "tenure_years_median": 9.0,
    "products_median": 8.0,
}
FRESH = {
    "risk_mean": 0.3,
    "nps_mean": 7.0,
    "usage_events_median": 50.0,
    "tenure_years_median": 1.0,
    "products_median": 1.0,
}
GONE = {
    "cancelled_share": 0.8,
    "risk_mean": 0.6,
    "usage_events_median": 10.0,
    "tenure_years_median": 8.0,
    "nps_mean": 6.0,
}
COMPANY = {
    "risk_mean": 0.35, "nps_mean": 7.0, "tickets_per_customer_12m": 10.0, "mrr_median": 3000.0, "tenure_years_median": 7.0, "usage_events_median": 400.0,
    "products_median": 4.0, "cancelled_share": 0.2, "purchases_value_12m_total": 1000.0,
}  # fmt: skip


def _choose(figures):
    catalogue.seed()
    plays, offers = list(Strategy.objects.order_by("code")), list(Offer.objects.order_by("code"))
    rules = queries.rules_of(PolicyVersion.objects.get())
    ceilings = {unit: policies.discount_ceiling(rules, unit) for unit in ("RD", "GESTAO", "TECHFIN")}
    return strategies.choose(figures, COMPANY, plays, offers, ceilings)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("figures", "play"), [(RISKY, "retain"), (HAPPY, "expand"), (FRESH, "onboard"), (GONE, "win_back")]
)
def test_figures_lead_to_the_play_that_fits(figures, play):
    choice = _choose(figures)
    assert choice.strategy.play == play
    assert choice.offer.step == 1
    told = strategies.rationale(choice)
    assert told["signals"][0]["figure"] in figures
    assert told["others"][0][1] <= told["score"]
    assert set(told["missing"]) == {name for name, _d, _w in strategies.SIGNALS[play] if name not in figures}


@pytest.mark.django_db
def test_nothing_known_leads_to_a_cautious_choice():
    choice = _choose({})
    assert choice.score == 0.5
    assert not choice.signals


@given(st.dictionaries(st.sampled_from(sorted(COMPANY)), st.floats(0, 1e6)))
def test_scores_stay_between_zero_and_one(figures):
    for play in strategies.SIGNALS:
        signals, _missing = strategies._signals(play, figures, COMPANY)
        assert 0 <= strategies._score(play, signals) <= 1


def test_expected_effect_is_an_assumption_until_there_are_results():
    assumed = strategies.expected_effect("retain", 100, 50.0, 199, 60)
    assert (assumed["basis"], assumed["rate"]) == ("assumption", 0.05)
    measured = strategies.expected_effect("retain", 100, 50.0, 200, 60)
    assert (measured["basis"], measured["rate"]) == ("history", 0.3)
    assert measured["rate_low"] < 0.3 < measured["rate_high"]
    assert measured["accepts"] == 30
    assert strategies.expected_effect("retain", 100, None, 0, 0)["mrr_concerned"] is None


@pytest.mark.parametrize(
    ("since", "today", "years"),
    [
        (date(2016, 11, 27), date(2026, 11, 26), 9),  # 3651 days: ten times 365 and one, and yet no ten years
        (date(2016, 11, 26), date(2026, 11, 26), 10),
        (date(2024, 2, 29), date(2025, 2, 28), 0),
        (date(2024, 2, 29), date(2025, 3, 1), 1),
        (date(2026, 11, 27), date(2026, 11, 26), 0),
        (date(2030, 1, 1), date(2026, 11, 26), 0),
    ],
)
def test_years_are_full_calendar_years(since, today, years):
    assert drafting_facts.full_years(since, today) == years


def later(day, years):
    """The same day of another year; the first of March for a 29 February that there is not."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


@given(st.dates(date(1980, 1, 1), date(2060, 12, 31)), st.integers(0, 20_000))
def test_at_least_so_many_years_is_true_and_not_too_few(since, days):
    today = since + timedelta(days)
    years = drafting_facts.full_years(since, today)
    assert later(since, years) <= today < later(since, years + 1)


@pytest.mark.django_db
def test_a_mail_says_no_year_that_somebody_has_not_been_there(company):
    today = timezone.localdate()
    since = later(today, -8) + timedelta(1)
    Customer.objects.update(since=since)
    profile = SegmentProfile.objects.select_related("run", "segment").get(segment=company.segments[0])
    assert ((today - since).days // 365, drafting_facts.tenure_min(profile)) == (8, 7)


@pytest.mark.django_db
def test_prescribe_twice_adds_nothing(company):
    first = prescribe.run()
    assert {campaign.segment.passport for campaign in first.campaigns} == {"S-001", "S-002", "S-003"}
    assert all(campaign.status == Campaign.Status.IN_REVIEW and campaign.author is None for campaign in first.campaigns)
    again = prescribe.run()
    assert again.campaigns == []
    assert {reason for _passport, reason in again.skipped} == {"living"}
    assert Campaign.objects.count() == Draft.objects.count() == 3


@pytest.mark.django_db
def test_prescribe_command_answers_with_one_object(company):
    out = StringIO()
    call_command("prescribe", "--json", stdout=out, stderr=StringIO())
    told = json.loads(out.getvalue())
    assert told["drafter"] == "playbook"
    assert {row["segment"] for row in told["campaigns"]} == {"S-001", "S-002", "S-003"}
    assert all(row["status"] == "in_review" and row["findings"] == [] for row in told["campaigns"])
    with pytest.raises(CommandError):
        call_command("prescribe", "--segment", "S-999", stdout=StringIO(), stderr=StringIO())


@pytest.mark.django_db
def test_a_segment_without_consent_becomes_calls(company):
    members = [customer.pk for customer in company.members(0)]
    Consent.objects.filter(contact__customer__in=members).delete()
    Contact.objects.filter(customer__in=members).update(email="")
    found = prescribe.run(None, "S-001").campaigns[0]
    assert found.channel == Campaign.Channel.CALL
    assert found.status == Campaign.Status.IN_REVIEW


@pytest.mark.django_db
def test_internal_figures_never_support_a_mail(company):
    found = prescribe.run(None, "S-001").campaigns[0]
    draft = found.current_draft
    risk = draft.facts.get(key="segment.risk_mean")
    assert risk.value == "20"
    text = evidence.DraftText(draft.subject, draft.body + "\n\nO risco do seu grupo é de 20%.")
    rules = queries.rules_of(found.policy_version)
    judged = checks.judge(found, text, queries.fact_values(draft.facts.all()), rules)
    assert [finding["code"] for finding in checks.blocking(judged)] == ["unsupported_percent"]


@pytest.mark.django_db
def test_the_next_rung_is_a_better_offer_for_review(company, people):
    parent = prescribe.run(None, "S-001").campaigns[0]
    follow = prescribe.follow_up(parent)
    assert (follow.parent, follow.step, follow.offer.step) == (parent, 2, 2)
    assert follow.offer.discount_percent >= parent.offer.discount_percent
    assert words.AGAIN["pt-br"] in follow.current_draft.body
    assert follow.current_draft.drafter == Draft.Drafter.PLAYBOOK
