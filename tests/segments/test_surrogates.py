"""Short rules for a segment: found where they are planted, honest where there are none, in both languages."""

import numpy as np
import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from segments import rulewords, surrogates

N = 1_000


@pytest.fixture
def planted():
    """High revenue and few modules; revenue unknown of a tenth of the customers."""
    rng = np.random.default_rng(1)
    mrr = rng.lognormal(7, 1, N)
    mrr[rng.random(N) < 0.1] = np.nan
    modules = rng.integers(0, 6, N).astype(float)
    other = rng.normal(size=N)
    with np.errstate(invalid="ignore"):
        here = (mrr > 2100) & (modules < 2)
    return np.column_stack([mrr, modules, other]), ["mrr", "usage_modules", "nps_mean"], here


def test_a_planted_rule_is_found_with_its_fidelity(planted):
    values, names, here = planted
    found = surrogates.explain(values, names, here, seed=1)
    assert found["fidelity"] > 0.95
    conditions = {c["feature"]: c for c in found["rules"][0]["conditions"]}
    assert conditions["mrr"]["way"] == "above"
    assert conditions["mrr"]["threshold"] == pytest.approx(2100, rel=0.1)
    assert (conditions["usage_modules"]["way"], conditions["usage_modules"]["threshold"]) == ("at_most", 1.5)
    with override("en"):
        (text, *_) = [rule["text"] for rule in rulewords.sentences(found)]
        assert "onthly recurring revenue above R$" in text
        assert "modules in use below 2" in text
    assert set(rulewords.both_languages(found)) == {"pt-br", "en"}


def test_told_shares_are_those_of_the_rule_as_it_is_told(planted):
    """The first rule, applied to everybody as a reader would, finds about what it says."""
    values, names, here = planted
    rule = surrogates.explain(values, names, here, seed=1)["rules"][0]
    inside = np.ones(N, dtype=bool)
    for c in rule["conditions"]:
        column = values[:, names.index(c["feature"])]
        inside &= surrogates.meets(column, c["way"], c["threshold"], c["or_unknown"])
    assert here[inside].mean() == pytest.approx(rule["precision"], abs=0.1)
    assert inside[here].mean() == pytest.approx(rule["share"], abs=0.1)


def test_where_absence_tells_the_segment_the_rule_says_so():
    rng = np.random.default_rng(2)
    here = rng.random(N) < 0.3
    usage = np.where(here, np.nan, rng.normal(size=N))
    found = surrogates.explain(usage[:, None], ["usage_events"], here, seed=1)
    assert found["fidelity"] == 1.0
    with override("en"):
        assert rulewords.sentences(found)[0]["text"] == "Product events in the telemetry window unknown"


def test_noise_has_no_short_rule():
    rng = np.random.default_rng(3)
    found = surrogates.explain(rng.normal(size=(N, 3)), ["a", "b", "c"], rng.random(N) < 0.1, seed=1)
    assert not found or found["fidelity"] < 0.6


@pytest.mark.parametrize("members", [0, 5, 20])
def test_too_few_on_either_side_have_none(members):
    here = np.arange(20) < members
    assert surrogates.explain(np.arange(20.0)[:, None], ["mrr"], here, seed=1) == {}


def test_columns_of_which_nothing_is_known_are_left_out():
    matrix, names = surrogates.columns({"a": np.full(3, np.nan), "b": np.arange(3.0)})
    assert (matrix.shape, names) == ((3, 1), ["b"])


@given(value=st.floats(-1e12, 1e12))
def test_rounding_keeps_two_digits_and_small_halves(value):
    found = surrogates.rounded(value)
    assert found == pytest.approx(value, rel=0.06)
    assert surrogates.rounded(found) == found
    assert surrogates.rounded(17.5) == 17.5


@given(threshold=st.floats(-100, 100), or_unknown=st.booleans())
def test_every_known_value_meets_exactly_one_side(threshold, or_unknown):
    column = np.array([-np.inf, -1, threshold, 100, np.nan])
    above = surrogates.meets(column, "above", threshold, or_unknown)
    at_most = surrogates.meets(column, "at_most", threshold, not or_unknown)
    assert (above ^ at_most)[1:].all()
    assert (surrogates.meets(column, "known", 0, False) ^ surrogates.meets(column, "unknown", 0, True)).all()


def test_an_industry_is_told_by_its_name_and_no_gap_is_told_where_there_is_none():
    rng = np.random.default_rng(4)
    here = rng.random(N) < 0.3
    columns = {"industry:VAREJO": here.astype(float), "mrr": rng.normal(size=N)}
    found = surrogates.explain(*surrogates.columns(columns), here, seed=1)
    assert [c["or_unknown"] for rule in found["rules"] for c in rule["conditions"]] == [False]
    with override("en"):
        assert rulewords.sentences(found)[0]["text"] == "Industry: Retailers"
    other = surrogates.explain(*surrogates.columns(columns), ~here, seed=1)
    with override("en"):
        assert rulewords.sentences(other)[0]["text"] == "Industry other than Retailers"
    assert rulewords.INDUSTRY == surrogates.INDUSTRY


def test_splits_that_tell_nothing_are_not_told():
    """Among retailers the tree still splits by revenue, but both halves belong to the segment."""
    rng = np.random.default_rng(5)
    retail = rng.random(N) < 0.4
    mrr = rng.normal(size=N)
    here = retail & (rng.random(N) < np.where(mrr > 0, 0.98, 0.8))
    found = surrogates.explain(np.column_stack([retail.astype(float), mrr]), ["industry:VAREJO", "mrr"], here, seed=1)
    assert [[c["feature"] for c in rule["conditions"]] for rule in found["rules"]] == [["industry:VAREJO"]]
