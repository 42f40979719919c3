"""Who comes first: by hand, by laws that always hold, and the same answer in whatever order the numbers come."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns import arbitration, factors
from campaigns.arbitration import NOBODY, Contender, Contest

FEW = settings(max_examples=60, deadline=None)


def contest(cells, contenders=None, levers=None, budget=1) -> Contest:
    """``cells``: per customer a list of (propensity, context, value) or None for no candidate."""
    columns = len(cells[0])
    grid = np.array([[cell or (0, 0, 0) for cell in row] for row in cells], dtype=np.float32)
    budgets = np.array(budget, dtype=np.int16)
    return Contest(
        contenders=contenders or tuple(Contender(number + 1, f"U{number % 3}", 100 + number) for number in range(columns)),
        customers=np.arange(1, len(cells) + 1), candidate=np.array([[cell is not None for cell in row] for row in cells]),
        propensity=grid[..., 0], context=grid[..., 1], value=grid[..., 2],
        lever=np.array(levers or [1.0] * columns, dtype=np.float32),
        budget=np.broadcast_to(budgets, (len(cells), columns)) if budgets.ndim < 2 else budgets,
    )  # fmt: skip


def test_the_product_decides_and_says_by_what():
    one = contest([[(0.31, 0.8, 12_000), (0.3, 1.0, 6_000), None]])
    found = arbitration.arbitrate(one)
    assert found.priority[0].round(0).tolist() == [2976, 1800, 0]
    assert found.rank[0].tolist() == [1, 2, 0]
    assert found.won[0].tolist() == [True, False, False]
    assert found.rival[0].tolist() == [1, 0, NOBODY]
    assert found.turning[0].tolist() == [
        4,
        4,
        0,
    ]  # without the value the second one, 0.3 × 1.0, comes before 0.31 × 0.8
    assert [arbitration.FACTORS[place] for place in found.decided[0][:2]] == ["value", "value"]


def test_of_equals_the_older_campaign_comes_first_then_the_smaller_number():
    same = [[(0.5, 1, 100)] * 3]
    ages = (Contender(9, "A", 50), Contender(7, "B", 50), Contender(3, "C", 60))
    assert arbitration.arbitrate(contest(same, ages)).rank[0].tolist() == [2, 1, 3]


def test_calls_take_no_contact_and_proposals_none_from_live_campaigns():
    three = [[(0.9, 1, 100), (0.8, 1, 100), (0.7, 1, 100)]]
    call_first = (Contender(1, "A", 1, spends=False), Contender(2, "B", 2), Contender(3, "C", 3))
    assert arbitration.arbitrate(contest(three, call_first)).won[0].tolist() == [True, True, False]
    proposal_first = (Contender(1, "A", 1, live=False), Contender(2, "B", 2), Contender(3, "C", 3, live=False))
    found = arbitration.arbitrate(contest(three, proposal_first))
    assert found.won[0].tolist() == [True, False, False]  # were all of them agreed
    assert found.outranked[0].tolist() == [False, False, True]  # as things stand
    assert found.outranked_by[0].tolist() == [NOBODY, NOBODY, 1]


def test_no_budget_no_winner_and_nobody_to_blame():
    found = arbitration.arbitrate(contest([[(0.9, 1, 100), (0.8, 1, 100)]], budget=0))
    assert not found.won.any()
    assert not found.outranked.any()
    assert (found.rival == NOBODY).all()


def test_a_stricter_cap_of_one_unit_binds_that_unit_alone():
    caps = np.array([[2, 1, 2]], dtype=np.int16)
    found = arbitration.arbitrate(contest([[(0.9, 1, 100), (0.8, 1, 100), (0.7, 1, 100)]], budget=caps))
    assert found.won[0].tolist() == [True, False, True]


def test_effects_count_customers_money_and_units():
    many = contest([[(0.31, 0.8, 12_000), (0.3, 1.0, 6_000)], [(0.1, 1, 500), None]])
    by_factor = {each.factor: each for each in arbitration.effects(many, arbitration.arbitrate(many))}
    assert (by_factor["value"].customers, by_factor["value"].money) == (1, 12_000)
    assert by_factor["value"].units == {"U0": (1, 0, 12_000), "U1": (0, 1, -6_000)}
    assert (by_factor["lever"].customers, by_factor["lever"].money) == (0, 0)


@pytest.mark.parametrize("broken", [float("nan"), float("inf"), -1.0])
def test_what_cannot_be_ranked_is_refused(broken):
    with pytest.raises(ValueError, match="value must be finite"):
        contest([[(0.5, 1, broken)]])
    with pytest.raises(ValueError, match="shape"):
        replace(contest([[(0.5, 1, 1)]]), budget=np.zeros((2, 1), dtype=np.int16))


def test_levers_multiply_within_their_bounds():
    assert arbitration.lever() == 1.0
    assert arbitration.lever(2.0, 0.5, 3.0) == 3.0
    assert (arbitration.lever(10.0, 10.0), arbitration.lever(0.1, 0.1)) == (10.0, 0.1)


cell = st.none() | st.tuples(
    st.floats(0, 1, width=32), st.sampled_from([0.5, 0.8, 1.0, 1.2]), st.sampled_from([100.0, 1000.0, 5e4])
)


@st.composite
def contests(draw):
    columns = draw(st.integers(1, 5))
    rows = draw(st.lists(st.lists(cell, min_size=columns, max_size=columns), min_size=1, max_size=5))
    flags = st.tuples(st.integers(0, 3), st.booleans(), st.booleans())
    made = draw(st.lists(flags, min_size=columns, max_size=columns))
    contenders = tuple(
        Contender(number + 1, f"U{number % 3}", age, spends, live) for number, (age, spends, live) in enumerate(made)
    )
    levers = draw(st.lists(st.floats(0.125, 10, width=32), min_size=columns, max_size=columns))
    free = st.lists(st.integers(0, 4), min_size=columns, max_size=columns)
    budget = draw(st.lists(free, min_size=len(rows), max_size=len(rows)))
    return contest(rows, contenders, levers, np.array(budget, dtype=np.int16))


@FEW
@given(contests())
def test_no_budget_is_exceeded_and_no_audience(one):
    found = arbitration.arbitrate(one)
    spends = np.array([each.spends for each in one.contenders])
    assert not (found.won & ~one.candidate).any()
    spent = (found.won & spends).sum(axis=1)
    assert (spent <= one.budget.max(axis=1)).all()
    for row, column in zip(*np.nonzero(found.won), strict=True):
        above = found.won[row] & spends & (found.rank[row] < found.rank[row, column])
        assert above.sum() < one.budget[row, column]
    for row, column in zip(
        *np.nonzero(one.candidate & ~found.won), strict=True
    ):  # nobody loses a contact that was free
        above = found.won[row] & spends & (found.rank[row] < found.rank[row, column])
        assert above.sum() >= one.budget[row, column]
    assert (np.sort(np.where(one.candidate, found.rank, 0).max(axis=1)) == np.sort(one.candidate.sum(axis=1))).all()


@FEW
@given(contests(), st.data())
def test_a_higher_lever_never_loses_anybody(one, data):
    column = data.draw(st.integers(0, len(one.contenders) - 1))
    raised = one.lever.copy()
    raised[column] *= np.float32(data.draw(st.sampled_from([1.5, 4.0])))
    before, after = arbitration.arbitrate(one), arbitration.arbitrate(replace(one, lever=raised))
    assert not (before.won[:, column] & ~after.won[:, column]).any()
    assert not (after.outranked[:, column] & ~before.outranked[:, column]).any()


@FEW
@given(contests(), st.data())
def test_the_order_of_rows_and_columns_does_not_matter(one, data):
    rows = data.draw(st.permutations(range(len(one.customers))))
    columns = data.draw(st.permutations(range(len(one.contenders))))
    grid = np.ix_(rows, columns)
    shuffled = Contest(
        tuple(one.contenders[place] for place in columns), one.customers[list(rows)], one.candidate[grid], one.propensity[grid],
        one.context[grid], one.value[grid], one.lever[list(columns)], one.budget[grid],
    )  # fmt: skip
    found, again = arbitration.arbitrate(one), arbitration.arbitrate(shuffled)
    for name in ("priority", "rank", "won", "outranked", "turning", "decided"):
        assert (getattr(found, name)[grid] == getattr(again, name)).all(), name
    place_of = {place: new for new, place in enumerate(columns)} | {NOBODY: NOBODY}
    assert [[place_of[each] for each in row] for row in found.rival[grid].tolist()] == again.rival.tolist()


@FEW
@given(contests())
def test_the_same_contest_decides_the_same_and_blocks_change_nothing(one):
    found, again = arbitration.arbitrate(one), arbitration.arbitrate(one)
    assert arbitration.outcome_digest(one, found) == arbitration.outcome_digest(one, again)
    whole, arbitration.BLOCK = arbitration.BLOCK, 2
    try:
        pieces = arbitration.arbitrate(one)
    finally:
        arbitration.BLOCK = whole
    assert arbitration.outcome_digest(one, found) == arbitration.outcome_digest(one, pieces)
    other = np.where(
        one.candidate, one.value, np.float32(7)
    )  # what stands beside the candidates is not part of the contest
    assert arbitration.digest(one) == arbitration.digest(replace(one, value=other))


@FEW
@given(contests())
def test_a_lever_counts_for_the_digest_where_somebody_is_a_candidate(one):
    wanted = one.candidate.any(axis=0)
    elsewhere = replace(one, lever=np.where(wanted, one.lever, np.float32(3)))
    assert arbitration.digest(one) == arbitration.digest(elsewhere)
    other = replace(one, lever=np.where(wanted, one.lever + np.float32(1), one.lever))
    assert (arbitration.digest(one) == arbitration.digest(other)) == (not wanted.any())


def test_the_digest_of_a_contest_in_which_all_have_candidates_stays_what_it_was():
    one = contest([[(0.31, 0.8, 12_000), (0.3, 1.0, 6_000)]], levers=[2.0, 0.5])
    assert arbitration.digest(one) == "d285ba8ed22b3c77e004bcf1db5e3e6c610764503c3ba977cf10b46e5477cf8a"


@FEW
@given(contests())
def test_a_turning_factor_really_turns(one):
    found = arbitration.arbitrate(one)
    for place, name in enumerate(arbitration.FACTORS):
        neutral = arbitration.arbitrate(replace(one, **{name: np.ones_like(getattr(one, name))})).won
        assert ((found.turning >> place & 1).astype(bool) == (neutral != found.won)).all()
    assert (found.decided[~one.candidate] == NOBODY).all()


def test_chances_shrink_towards_the_assumption():
    assert factors.acceptance(0, 0, 0.05) == pytest.approx(0.05)
    assert factors.acceptance(20, 200, 0.05) == pytest.approx(0.075)


def test_a_calibrated_chance_moves_the_plays_rate_within_bounds():
    chances = factors.propensity(0.05, np.array([0.4, np.nan, 0.1, 0.0, 1.0]), 0.1)
    assert chances.tolist() == pytest.approx([0.2, 0.05, 0.05, 0.01, 0.25])
    assert factors.propensity(0.5, np.array([0.9]), 0.1).tolist() == [1.0]
    assert factors.propensity(0.05, np.array([np.nan]), 0.0).tolist() == [0.05]


def test_context_multiplies_by_play_and_unknown_by_one():
    holds = {code: np.array([code == "detractor", False]) for code, *_rest in factors.CONTEXTS}
    fit = np.array([1.0, np.nan])
    assert factors.context("expand", holds, fit)[0].tolist() == pytest.approx([0.6, 1.0])
    retained, bits = factors.context("retain", holds, np.array([0.0, 0.5]))
    assert retained.tolist() == pytest.approx([0.6, 0.75])
    assert factors.reasons_of(int(bits[0])) == ("detractor", "fit")
    assert factors.reasons_of(int(bits[1])) == ()
    overdue = {code: np.array([code == "overdue"]) for code, *_rest in factors.CONTEXTS}
    assert factors.context("credit", overdue, np.array([1.0]))[0].tolist() == pytest.approx([0.3])


def test_value_is_bounded_and_price_or_revenue():
    revenue, churn = np.array([1_000.0, np.nan, 1e7, 0.0]), np.array([0.5, np.nan, np.nan, np.nan])
    assert factors.value("retain", revenue, churn, None, 2_000.0).tolist() == pytest.approx(
        [6_000, 3_600, 120_000, 100]
    )
    assert factors.value("cross_sell", revenue, churn, 990.0, 2_000.0).tolist() == [990.0] * 4
    assert factors.value("retain", revenue, churn, 990.0, 2_000.0)[0] == pytest.approx(6_000)
