"""Looking further than the grid: what Optuna proposes, the spaces it may seek in, cells it does without."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.datasets import make_blobs
from sklearn.metrics import adjusted_rand_score

from segments import gaps, preparation, search, selection, spaces, trial
from segments.leaderboard import Candidate

GRID = [(Candidate("kmeans", {"k": k}), 1.0 - abs(k - 4) / 10) for k in range(2, 9)]


def explored(evaluate, seed: int = 1, trials: int = 20, goes_on=lambda number: True) -> list[Candidate]:
    return search.explore(evaluate, GRID, spaces=["leading"], rows=400, seed=seed, trials=trials, goes_on=goes_on)


def by_k(candidate: Candidate, rung: int) -> float:
    return 1.0 - abs(int(candidate.parameters.get("k", 20)) - 4) / 10


def test_one_seed_proposes_the_same_candidates_and_none_twice():
    found = explored(by_k)
    assert found == explored(by_k)
    assert found != explored(by_k, seed=2)
    known = [candidate for candidate, _ in GRID]
    assert len({str(candidate) for candidate in found}) == len(found)
    assert not [candidate for candidate in found if candidate in known]


def test_poor_candidates_cost_one_rung_only():
    climbed: list[tuple[Candidate, int]] = []

    def evaluate(candidate: Candidate, rung: int) -> float:
        climbed.append((candidate, rung))
        return by_k(candidate, rung)

    survivors = explored(evaluate, trials=30)
    first = [candidate for candidate, rung in climbed if rung == search.RUNGS[0]]
    last = [candidate for candidate, rung in climbed if rung == search.RUNGS[-1]]
    assert last == survivors
    assert 0 < len(last) < len(first) <= 30
    assert np.mean([by_k(c, 1) for c in last]) > np.mean([by_k(c, 1) for c in first])


def test_the_search_ends_when_it_is_told_to():
    asked: list[int] = []
    explored(by_k, goes_on=lambda number: bool(asked.append(number)) or number < 3)
    assert asked == [0, 1, 2, 3]


def test_a_candidate_seeks_its_groups_in_the_space_it_names_and_is_judged_in_the_whole():
    rng = np.random.default_rng(3)
    told, truth = make_blobs(180, 2, centers=3, cluster_std=0.3, random_state=2)
    samples = {search.WHOLE: rng.normal(size=(180, 2)), "told": told}
    board = trial.Board.of(samples, 1, selection.ANY_TABLE)
    board.fit(Candidate("kmeans", {"k": 3, "space": "told"}))
    board.fit(Candidate("kmeans", {"k": 3}))
    board.compare()
    assert adjusted_rand_score(truth, board.labels[0]) == 1.0
    assert adjusted_rand_score(truth, board.labels[1]) < 0.1
    assert board.entries[0].silhouette < 0.1 < board.entries[1].silhouette


def test_what_is_explored_is_measured_by_the_grid_and_changes_none_of_it():
    matrix, _ = make_blobs(150, 2, centers=3, cluster_std=0.4, random_state=2)
    board = trial.Board.of({search.WHOLE: matrix}, 1, selection.ANY_TABLE)
    for k in (2, 3, 4):
        board.fit(Candidate("kmeans", {"k": k}))
    board.compare()
    before = list(board.entries)
    score = board.explored(Candidate("gmm", {"k": 3, "covariance": "full"}), search.RUNGS[-1])
    assert board.entries[:-1] == before
    assert (board.pool, board.entries[-1].score, board.entries[-1].k) == (3, score, 3)
    # The same groups as a candidate of the grid: as confirmed as that one, not more.
    assert board.entries[-1].agreement == pytest.approx(before[1].agreement)


def test_spaces_leave_out_what_goes_with_nothing():
    rng = np.random.default_rng(0)
    common = rng.normal(size=(300, 1))
    matrix = np.column_stack([common + 0.3 * rng.normal(size=(300, 3)), rng.normal(size=(300, 3))])
    found = spaces.of(matrix)
    assert np.array_equal(found["related"], matrix[:, :3])
    assert found["leading"].shape[1] < 6
    assert np.allclose(found["even"].std(axis=0), 1.0)
    assert spaces.of(matrix[:, :2]) == {}


def test_cells_that_chance_took_are_estimated_and_not_flagged():
    rng = np.random.default_rng(5)
    whole, _ = make_blobs(300, 6, centers=4, cluster_std=1.0, random_state=4)
    values = np.where(rng.uniform(size=whole.shape) < 0.1, np.nan, whole)
    prepared = preparation.prepare_table(values, list("abcdef"))
    assert prepared.names == tuple("abcdef")
    assert set(prepared.dropped.values()) == {"untold_flag"}
    intact = preparation.prepare_table(whole, list("abcdef"))
    cells = np.isnan(values)
    error = np.abs(prepared.matrix - intact.matrix)[cells].mean()
    assert error < 0.5 * np.abs(intact.matrix[cells]).mean()


def test_an_absence_that_tells_something_keeps_its_flag():
    rng = np.random.default_rng(6)
    values = rng.normal(size=(200, 3))
    values[:, 1] += 6 * (np.arange(200) < 80)
    values[np.arange(200) < 80, 0] = np.nan
    assert "a_missing" in preparation.prepare_table(values, ["a", "b", "c"]).names


@settings(max_examples=25, deadline=None, derandomize=True)
@given(
    table=hnp.arrays(
        np.float64,
        st.tuples(st.integers(1, 40), st.integers(1, 4)),
        elements=st.one_of(st.floats(-9, 9), st.just(float("nan"))),
    )
)
def test_filling_keeps_what_is_known_and_leaves_no_hole(table):
    absent = np.isnan(table)
    found = gaps.filled(table, absent)
    assert np.isfinite(found).all()
    assert np.array_equal(found[~absent], table[~absent])


@pytest.mark.parametrize("lost", [[0, 1, 2], [0]])
def test_a_row_that_shares_nothing_stands_in_the_middle(lost):
    table = np.arange(12.0).reshape(4, 3)
    absent = np.zeros_like(table, dtype=bool)
    absent[2, lost] = True
    found = gaps.filled(table, absent)
    assert (found[2, 0] == 0) == (len(lost) == 3)
