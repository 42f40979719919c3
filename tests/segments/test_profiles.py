"""What a cluster is said to be: figures, differences, names and sentences."""

import numpy as np
import pytest
from django.utils.translation import override

from segments import features, profiles, wording
from segments.features import BY_NAME
from segments.scoring import churn_risk
from tests.segments.conftest import LARGE, UNHAPPY

KEYS = {
    "customers", "mrr_total", "mrr_mean", "mrr_median", "mrr_coverage", "contract_value_median", "products_median",
    "active_lines_mean", "cancelled_share", "tenure_years_median", "nps_mean", "nps_score", "nps_answers",
    "tickets_per_customer_12m", "usage_share", "usage_events_median", "purchases_value_12m_total", "discount_mean",
    "contact_share", "risk_mean", "risk_share", "top_industries", "top_states",
}  # fmt: skip


@pytest.fixture
def described(plant):
    """Profiles of the two planted groups, and the frame they were made of."""
    plant(LARGE, UNHAPPY)
    frame = features.read()
    labels = np.array([0 if code.startswith("A") else 1 for code in frame.codes])
    return frame, profiles.describe(frame, frame.values[:, :1] * 0, labels, churn_risk(frame).values)


def test_figures_have_the_agreed_keys_and_are_those_of_the_members(described):
    frame, (large, unhappy) = described
    mine = frame.raw["mrr"][:50]
    assert set(large.figures) == KEYS
    assert (large.size, large.share, large.figures["customers"]) == (50, 50 / 90, 50)
    assert large.figures["mrr_total"] == pytest.approx(mine.sum(), abs=0.01)
    assert large.figures["mrr_median"] == pytest.approx(np.median(mine), abs=0.01)
    assert large.figures["top_industries"] == [{"name": "MANUFATURA", "share": 1.0}]
    assert large.figures["top_states"] == [{"name": "SP", "share": 0.8}, {"name": "MG", "share": 0.2}]
    assert unhappy.figures["nps_score"] == -100.0
    assert unhappy.figures["risk_mean"] > large.figures["risk_mean"]


def test_a_source_that_nobody_has_gives_no_figure(described):
    _, (large, _) = described
    assert large.figures["purchases_value_12m_total"] is None
    assert large.figures["discount_mean"] is None


def test_differences_are_sorted_by_strength_and_told_in_both_languages(described):
    _, (large, _) = described
    effects = [entry for entry in large.differentiators if entry["kind"] == "effect"]
    assert [abs(e["effect"]) for e in effects] == sorted((abs(e["effect"]) for e in effects), reverse=True)
    mrr = next(entry for entry in effects if entry["feature"] == "mrr")
    assert mrr["effect"] > 2
    assert mrr["segment_value"] > mrr["rest_value"]
    assert mrr["label_en"] == "Monthly recurring revenue"
    lift = next(entry for entry in large.differentiators if entry["kind"] == "lift")
    assert (lift["label_en"], lift["segment_value"], lift["rest_value"]) == ("Manufacturers", 1.0, 0.0)


def test_cohens_d_of_a_known_case_and_of_too_few():
    assert profiles.cohens_d(np.arange(10.0) + 3, np.arange(10.0)) == pytest.approx(3 / np.std(np.arange(10), ddof=1))
    assert profiles.cohens_d(np.array([1.0, np.nan, 2, 3, 4]), np.arange(10.0)) is None
    assert profiles.cohens_d(np.ones(5), np.zeros(5)) == profiles.LARGEST_EFFECT


@pytest.mark.parametrize(
    ("size", "everybody", "stability", "reason"),
    [
        (10, 1000, 0.75, ""),
        (9, 1000, 0.99, "too_small"),
        (50, 20_000, 0.99, "too_small"),
        (100, 20_000, 0.75, ""),
        (100, 1000, 0.749, "unstable"),
        (100, 1000, None, "stability_unknown"),
    ],
)
def test_only_a_stable_and_large_enough_segment_may_be_acted_on(size, everybody, stability, reason):
    assert profiles.blocked_reason(size, everybody, stability) == reason
    assert not reason or reason in wording.BLOCKED


def test_typical_customers_are_the_nearest_to_the_centre(plant):
    plant(LARGE)
    frame = features.read()
    matrix = np.arange(50.0)[:, None]
    (found,) = profiles.describe(frame, matrix, np.zeros(50, dtype=np.int64), np.full(50, np.nan))
    assert set(found.typical) == {f"A{number:04}" for number in range(22, 28)}
    assert found.figures["risk_mean"] is None


def entry(feature, effect):
    return {"feature": feature, "effect": effect, "kind": "effect"}


def test_a_name_says_the_two_strongest_subjects_and_the_industry():
    found = wording.names(
        [entry("usage_events", 2), entry("usage_modules", 1.9), entry("mrr", 1.5)], "MANUFATURA", set()
    )
    assert found["en"] == "Manufacturers with intense use and high revenue"


def test_no_segment_is_named_after_the_economy_around_it():
    found = wording.names([entry("industry_economy", 3), entry("mrr", 1.5)], "LOGISTICA", set())
    assert found["en"] == "Logistics companies with high revenue"


def test_names_within_a_run_are_distinct():
    differences = [entry("mrr", 2), entry("tickets_12m", -1)]
    taken = set()
    for _ in range(4):
        name = wording.names(differences, "", taken)["pt-br"]
        assert name not in taken
        taken.add(name)
    assert len(taken) == 4


def test_without_clear_differences_the_name_admits_it():
    assert wording.names([entry("mrr", 0.1)], "", set())["en"] == "Customers in general"
    assert wording.names([entry("mrr", 0.2)], "", set())["en"] == "Customers with high revenue"
    assert wording.names([entry("mrr", 0.4), entry("nps_last", 0.2)], "", set())["en"] == "Customers with high revenue"


def test_every_feature_and_source_has_words_for_a_name():
    assert set(BY_NAME) | set(features.SOURCES) == set(wording.TRAITS)
    assert set(wording.PRESENCE) == set(features.SOURCES)


def test_the_paragraph_tells_size_industries_and_differences(described):
    _, (large, _) = described
    with override("en"):
        text = wording.paragraph(large.figures, large.share, large.differentiators)
    assert text.startswith("50 customers, 56% of the base. Most common industries: Manufacturers (100%).")
    assert "What sets them apart: " in text
    assert "(others: " in text


def test_reasons_are_sentences_for_every_code():
    told = [
        {"code": "too_few_rows", "rows": 40, "needed": 50}, {"code": "no_variation"}, {"code": "not_finite"}, {"code": "cancelled"},
        {"code": "no_stable_segments", "candidates": 3, "noise_share": 2, "stability": 1},
        {"code": "chosen", "algorithm": "kmeans", "k": 3, "candidates": 9, "stability": 0.9, "agreement": 0.8, "runner_up": "gmm", "lead": 0.1},
    ]  # fmt: skip
    with override("en"):
        texts = [wording.reason(entry) for entry in told]
    assert all(text.endswith(".") for text in texts)
    assert "40" in texts[0]
    assert "(2)" in texts[4]
    assert texts[5].startswith("K-Means with 3 groups")
    assert wording.reason({}) == ""


def test_intervals_hold_the_effect_and_are_narrower_for_more_customers():
    rng = np.random.default_rng(1)
    few = profiles.bootstrapped(rng.normal(1, 1, 40), rng.normal(0, 1, 60), np.random.default_rng(2))
    many = profiles.bootstrapped(rng.normal(1, 1, 4_000), rng.normal(0, 1, 6_000), np.random.default_rng(2))
    width = {size: np.ptp(np.quantile(found, [0.05, 0.95])) for size, found in (("few", few), ("many", many))}
    assert np.quantile(few, 0.05) < 1 < np.quantile(few, 0.95)
    assert np.quantile(many, 0.05) < 1 < np.quantile(many, 0.95)
    assert width["many"] < width["few"] / 5


def test_large_sides_drawn_by_their_moments_give_the_interval_of_real_draws(monkeypatch):
    rng = np.random.default_rng(3)
    inside, rest = rng.lognormal(0.3, 1, 1_500), rng.lognormal(0, 1, 1_500)
    by_moments = np.quantile(profiles.bootstrapped(inside, rest, np.random.default_rng(2)), [0.05, 0.95])
    monkeypatch.setattr(profiles, "MOST_DRAWN", 2_000)
    drawn = np.quantile(profiles.bootstrapped(inside, rest, np.random.default_rng(2)), [0.05, 0.95])
    assert by_moments == pytest.approx(drawn, abs=0.04)


def test_shown_differences_carry_their_interval_and_profiles_their_rules(described):
    _, (large, _) = described
    for told in large.differentiators:
        if told["kind"] == "effect":
            assert (
                told["low"] - 1e-9 <= told["effect"] <= told["high"] + 1e-9
                or abs(told["effect"]) == profiles.LARGEST_EFFECT
            )
    assert large.rules["fidelity"] > 0.9
