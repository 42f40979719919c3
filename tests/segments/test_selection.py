"""The automatic choice: what it finds, what it refuses, and that it says why."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from sklearn.datasets import make_blobs, make_moons
from sklearn.metrics import adjusted_rand_score

from segments import preparation, selection, tables


def choose(matrix: np.ndarray, **options: object) -> selection.Choice:
    return selection.choose(matrix, (), **{"seed": 1, **options})  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def blobs() -> tuple[np.ndarray, np.ndarray]:
    return make_blobs(160, 3, centers=4, cluster_std=1.0, random_state=3)


@pytest.fixture(scope="module")
def chosen(blobs: tuple[np.ndarray, np.ndarray]) -> selection.Choice:
    return choose(blobs[0])


def test_separated_groups_are_found_without_being_told_how_many(chosen, blobs) -> None:
    assert adjusted_rand_score(blobs[1], chosen.clustering.labels) > 0.95
    assert chosen.reason.code == "chosen"
    assert chosen.reason.numbers["k"] == chosen.clustering.k == len(chosen.stabilities) == 4
    assert chosen.quality.k == 4
    assert min(s.mean for s in chosen.stabilities) > 0.75
    assert chosen.complete


def test_the_leaderboard_holds_every_candidate_best_first(chosen, blobs) -> None:
    whole = len(list(selection.grid(*blobs[0].shape)))
    assert whole < len(chosen.leaderboard) <= whole + selection.TRIALS
    assert chosen.leaderboard[0] == chosen.winner
    assert not chosen.winner.failures
    passed = [entry.score for entry in chosen.leaderboard if not entry.failures]
    assert passed == sorted(passed, reverse=True)
    assert all(entry.failures for entry in chosen.leaderboard if entry.k < 2)


def test_one_seed_gives_one_answer(chosen, blobs) -> None:
    again = choose(blobs[0])
    assert np.array_equal(again.clustering.labels, chosen.clustering.labels)
    assert [e.score for e in again.leaderboard] == [e.score for e in chosen.leaderboard]


def test_bent_groups_are_found() -> None:
    matrix, truth = make_moons(160, noise=0.05, random_state=2)
    found = choose(matrix)
    assert found.clustering is not None
    assert adjusted_rand_score(truth, found.clustering.labels) > 0.95


@pytest.mark.parametrize(
    ("matrix", "code"),
    [
        (np.zeros((0, 3)), "too_few_rows"),
        (np.random.default_rng(1).normal(size=(3, 4)), "too_few_rows"),
        (np.random.default_rng(1).normal(size=(30, 4)), "too_few_rows"),
        (np.ones((200, 3)), "no_variation"),
        (np.zeros((200, 0)), "no_variation"),
        (np.full((200, 2), np.nan), "not_finite"),
    ],
)
def test_what_cannot_be_clustered_is_a_reason_not_an_error(matrix, code) -> None:
    found = choose(matrix)
    assert (found.winner, found.clustering, found.quality, found.stabilities) == (None, None, None, ())
    assert found.reason.code == code


@pytest.mark.parametrize("name", ["uniform", "one_blob"])
def test_noise_has_no_stable_segments(name) -> None:
    rng = np.random.default_rng(5)
    matrix = rng.uniform(size=(120, 4)) if name == "uniform" else rng.normal(size=(120, 4))
    found = choose(matrix)
    assert found.winner is None
    assert found.reason.code == "no_stable_segments"
    assert found.leaderboard
    assert all(entry.failures for entry in found.leaderboard)


def test_columns_that_are_all_missing_have_no_variation() -> None:
    prepared = preparation.prepare(np.full((80, 2), np.nan), [preparation.Column("a"), preparation.Column("b")])
    assert prepared.matrix.shape == (80, 0)
    assert choose(prepared.matrix).reason.code == "no_variation"


def test_a_giant_cluster_is_refused_by_the_gate_and_allowed_for_any_table() -> None:
    matrix, _ = make_blobs([100, 20], 2, centers=[[0, 0], [12, 0]], random_state=1)
    assert selection.Gates().largest_share < 100 / 120 < selection.ANY_TABLE.largest_share
    loose = choose(matrix, gates=selection.ANY_TABLE)
    assert loose.clustering is not None
    assert loose.clustering.k == 2
    strict = choose(matrix, budget_seconds=0.5)
    assert all(entry.failures for entry in strict.leaderboard if entry.largest_share > 0.6)
    assert strict.clustering is None or strict.quality.largest_share <= 0.6


def test_a_cancelled_search_stops_and_says_so(blobs) -> None:
    steps: list[float] = []
    found = choose(blobs[0], progress=lambda share, step: steps.append(share), cancelled=lambda: len(steps) == 3)
    assert found.reason.code == "cancelled"
    assert found.clustering is None
    assert not found.complete
    assert len(steps) == 3
    assert steps == sorted(steps)


def test_a_spent_budget_is_told(blobs) -> None:
    found = choose(blobs[0], budget_seconds=0.0)
    assert not found.complete
    assert 1 <= len(found.leaderboard) < len(list(selection.grid(*blobs[0].shape)))


def test_names_must_match_columns() -> None:
    with pytest.raises(ValueError, match="2 names for 3 columns"):
        selection.choose(np.ones((60, 3)), ["a", "b"], seed=1)


def test_the_command_writes_one_label_per_row(tmp_path: Path, blobs, capsys) -> None:
    source, out = tmp_path / "in.csv", tmp_path / "labels.csv"
    np.savetxt(source, blobs[0], delimiter=",", header="a,b,c", comments="")
    call_command("cluster", str(source), "--out", str(out), "--seed", "2", "--json")
    answer = json.loads(capsys.readouterr().out)
    header, *labels = out.read_text().splitlines()
    assert header == "label"
    assert adjusted_rand_score(blobs[1], [int(label) for label in labels]) > 0.95
    assert answer["clusters"] == 4
    assert answer["noise_share"] < 0.05
    assert answer["seconds"] > 0
    assert answer["algorithm"] in {"kmeans", "gmm", "hdbscan", "hybrid"}


def test_the_command_writes_noise_where_there_is_nothing_to_find(tmp_path: Path, capsys) -> None:
    source, out = tmp_path / "in.csv", tmp_path / "labels.csv"
    source.write_text("a,b\n1,2\n2,3\n9,9\n")
    call_command("cluster", str(source), "--out", str(out), "--json")
    assert out.read_text() == "label\n-1\n-1\n-1\n"
    answer = json.loads(capsys.readouterr().out)
    assert (answer["clusters"], answer["noise_share"], answer["reason"]) == (0, 1.0, "too_few_rows")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b"a,b\n", "no row of numbers"),
        (b"a,b\n1,2\n3,high\n", "line 3, column 'b': 'high' is not a number"),
        (b"a,b\n1,2\n3\n", "line 3: 1 cells, the header has 2"),
        (b"a,b\n1,inf\n", "line 2, column 'b': 'inf' is not a finite number"),
        (b"\x89PNG\r\n\x1a\n\xff\xfe", "not a UTF-8 text file"),
    ],
)
def test_a_file_that_is_no_numeric_table_is_refused_with_its_place(tmp_path: Path, content, message) -> None:
    source, out = tmp_path / "in.csv", tmp_path / "labels.csv"
    source.write_bytes(content)
    with pytest.raises(CommandError, match=message):
        call_command("cluster", str(source), "--out", str(out))
    assert not out.exists()


def test_a_table_may_have_gaps_and_semicolons(tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text("a;b\n1;\n2;NA\n\n3;4.5\n")
    names, values = tables.read(source)
    assert names == ["a", "b"]
    assert np.array_equal(values, [[1, np.nan], [2, np.nan], [3, 4.5]], equal_nan=True)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("cluster", str(tmp_path / "none.csv"), "--out", str(tmp_path / "out.csv"))
