"""The clustering arithmetic: what holds for any matrix, and how near it comes to shapes that are known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.datasets import make_blobs, make_moons
from sklearn.metrics import adjusted_rand_score

from segments import boundaries, clustering, landmarks, preparation, resampling

METHODS = [
    ("kmeans", {"k": 3}),
    ("gmm", {"k": 3, "covariance": "full"}),
    ("hdbscan", {"min_cluster_share": 0.05, "min_samples": 5}),
    ("hybrid", {"min_cluster_share": 0.05, "min_samples": 5}),
]
MATRICES = hnp.arrays(
    np.float64,
    st.tuples(st.integers(1, 60), st.integers(1, 4)),
    elements=st.floats(-50, 50, allow_nan=False, width=32),
)
QUICK = settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


def blobs(seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    return make_blobs(400, centers=[[0, 0], [9, 0], [0, 9]], cluster_std=0.8, random_state=seed)


@pytest.mark.parametrize(("algorithm", "parameters"), METHODS)
@QUICK
@given(matrix=MATRICES)
def test_any_finite_matrix_gives_a_well_formed_partition(algorithm, parameters, matrix) -> None:
    found = clustering.fit(matrix, algorithm, parameters, seed=4)
    again = clustering.fit(matrix, algorithm, parameters, seed=4)
    assert found.labels.shape == found.confidence.shape == (len(matrix),)
    assert set(found.labels.tolist()) - {-1} == set(range(found.k))
    assert ((found.confidence >= 0) & (found.confidence <= 1)).all()
    assert found.noise_share == pytest.approx((found.labels == -1).mean())
    sizes = np.bincount(found.labels[found.labels >= 0], minlength=found.k)
    assert (np.diff(sizes) <= 0).all()
    assert np.array_equal(found.labels, again.labels)
    assert np.array_equal(found.confidence, again.confidence)


@pytest.mark.parametrize(("algorithm", "parameters"), METHODS)
def test_the_order_of_the_rows_does_not_matter(algorithm, parameters) -> None:
    matrix, _ = blobs()
    order = np.random.default_rng(0).permutation(len(matrix))
    straight = clustering.fit(matrix, algorithm, parameters, seed=1).labels
    shuffled = clustering.fit(matrix[order], algorithm, parameters, seed=1).labels
    assert adjusted_rand_score(straight[order], shuffled) > 0.99


@pytest.mark.parametrize(("algorithm", "parameters"), METHODS)
def test_separated_blobs_are_found(algorithm, parameters) -> None:
    matrix, truth = blobs()
    found = clustering.fit(matrix, algorithm, parameters, seed=1)
    assert found.k == 3
    assert adjusted_rand_score(truth, found.labels) > 0.95


@pytest.mark.parametrize("algorithm", ["hdbscan", "hybrid"])
def test_bent_shapes_are_found_by_density(algorithm) -> None:
    matrix, truth = make_moons(500, noise=0.05, random_state=1)
    found = clustering.fit(matrix, algorithm, {"min_cluster_share": 0.1, "min_samples": 5}, seed=1)
    assert adjusted_rand_score(truth, found.labels) > 0.98


def test_the_hybrid_assigns_what_density_leaves_out_and_is_less_sure_of_it() -> None:
    matrix, _ = make_blobs(600, centers=[[0, 0], [6, 0]], cluster_std=1.2, random_state=1)
    parameters = {"min_cluster_share": 0.1, "min_samples": 10}
    density = clustering.fit(matrix, "hdbscan", parameters, seed=1)
    hybrid = clustering.fit(matrix, "hybrid", parameters, seed=1)
    noise = density.labels == -1
    assert noise.any()
    assert hybrid.noise_share == 0
    assert hybrid.confidence[noise].max() <= 0.5 < hybrid.confidence[~noise].mean()


def test_many_rows_are_clustered_from_landmarks_with_their_noise() -> None:
    rng = np.random.default_rng(2)
    centres = rng.uniform(-20, 20, (6, 5))
    truth = np.repeat(np.arange(6), 4_500)
    matrix = np.vstack([centres[truth] + rng.normal(size=(27_000, 5)), rng.uniform(-25, 25, (3_000, 5))])
    truth = np.concatenate([truth, np.full(3_000, -1)])
    found = clustering.fit(matrix, "hdbscan", {"min_cluster_share": 0.03, "min_samples": 5}, seed=1)
    assert adjusted_rand_score(truth, found.labels) > 0.97
    assert found.noise_share == pytest.approx(0.1, abs=0.02)
    assert np.array_equal(found.labels, clustering.fit(matrix, "hdbscan", found.parameters, seed=1).labels)


def test_landmarks_without_any_cluster_leave_everything_as_noise() -> None:
    labels, confidence = landmarks.cluster(
        np.zeros((9_000, 2)), lambda rows: np.full(len(rows), -1, dtype=np.int64), seed=1
    )
    assert (labels == -1).all()
    assert (confidence == 0).all()


@pytest.mark.parametrize("matrix", [np.array([[1.0, np.nan]]), np.array([[np.inf]]), np.zeros((0, 2)), np.zeros(3)])
def test_a_matrix_that_is_not_prepared_is_refused(matrix) -> None:
    with pytest.raises(ValueError, match="matrix"):
        clustering.fit(matrix, "kmeans", {"k": 2}, seed=1)


def test_an_unknown_algorithm_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown algorithm"):
        clustering.fit(np.eye(3), "magic", {}, seed=1)  # type: ignore[arg-type]


def test_quality_sees_through_a_silhouette_bought_with_one_giant_cluster() -> None:
    rng = np.random.default_rng(1)
    matrix = np.vstack([rng.normal(size=(500, 2)), rng.normal(60, 0.1, (5, 2))])
    found = clustering.fit(matrix, "kmeans", {"k": 2}, seed=1)
    measured = clustering.quality(matrix, found, seed=1)
    assert measured.silhouette is not None
    assert measured.silhouette > 0.9
    assert measured.largest_share == pytest.approx(500 / 505)
    assert (measured.smallest_size, measured.k, measured.noise_share) == (5, 2, 0)


def test_quality_of_one_cluster_is_undefined_not_zero() -> None:
    matrix, _ = blobs()
    measured = clustering.quality(matrix, clustering.fit(matrix, "kmeans", {"k": 1}, seed=1), seed=1)
    assert measured.silhouette is None
    assert measured.dbcv is None


def test_separated_clusters_are_stable_and_halves_of_a_round_blob_are_not() -> None:
    matrix, _ = blobs()
    good = clustering.stability(matrix, clustering.fit(matrix, "kmeans", {"k": 3}, 1), seed=1, resamples=8)
    round_blob = np.random.default_rng(0).normal(size=(400, 6))
    bad = clustering.stability(round_blob, clustering.fit(round_blob, "kmeans", {"k": 4}, 1), seed=1, resamples=8)
    assert [s.label for s in good] == [0, 1, 2]
    assert min(s.low for s in good) > 0.95
    assert max(s.mean for s in bad) < 0.75
    assert all(s.low <= s.mean <= s.high for s in good + bad)


def test_a_spent_budget_still_makes_five_resamples() -> None:
    matrix, _ = blobs()
    found = clustering.fit(matrix, "kmeans", {"k": 3}, 1)
    assert {s.resamples for s in clustering.stability(matrix, found, 1, resamples=9, budget=0.0)} == {5}


def test_jaccard_by_hand() -> None:
    one = np.array([0, 0, 0, 0, 1, 1, -1])
    two = np.array([0, 0, 0, 1, 1, 1, 1])
    assert resampling.jaccards(one, 2, two).tolist() == [0.75, 0.5]
    assert np.isnan(resampling.jaccards(np.array([0, 0]), 2, np.array([0, 0]))[1])


@QUICK
@given(
    pair=st.integers(1, 30).flatmap(lambda n: st.tuples(*[hnp.arrays(np.int64, n, elements=st.integers(-1, 3))] * 2))
)
def test_the_adjusted_rand_index_agrees_with_the_reference(pair) -> None:
    assert resampling.adjusted_rand(*pair) == pytest.approx(adjusted_rand_score(*pair))


def test_borders_in_valleys_score_above_borders_through_a_cluster() -> None:
    matrix, truth = blobs()
    links = clustering.neighbours(matrix)
    merged = np.minimum(truth, 1)
    split = np.where((truth == 0) & (matrix[:, 0] > matrix[truth == 0, 0].mean()), 3, truth)
    scores = [boundaries.gap(labels, [truth, merged, split], links) for labels in (truth, merged, split)]
    assert scores[0] > max(scores[1:]) + 0.05
    assert boundaries.leak(truth, links) == 0 < boundaries.leak(split, links)


def test_the_map_is_the_same_whichever_way_the_rows_come() -> None:
    matrix, _ = blobs()
    points = clustering.project(matrix, seed=1)
    assert points.shape == (len(matrix), 2)
    assert np.allclose(clustering.project(matrix[::-1], seed=1)[::-1], points)
    assert clustering.project(np.arange(4.0)[:, None], seed=1).shape == (4, 2)


def test_preparation_flags_what_is_missing_and_says_what_it_dropped() -> None:
    nan = np.nan
    values = np.array([[1.0, 5, nan, nan, 2], [2, 5, nan, nan, 9], [nan, 5, nan, 3, 4], [90, 5, nan, 8, nan]])
    columns = [preparation.Column(name) for name in ("mrr", "flat", "void", "nps", "use")]
    prepared = preparation.prepare(values, columns)
    assert prepared.names == ("mrr", "mrr_missing", "nps", "nps_missing", "use", "use_missing")
    assert prepared.dropped == {"flat": "constant", "void": "empty"}
    assert prepared.missing == {"mrr": 0.25, "flat": 0.0, "void": 1.0, "nps": 0.5, "use": 0.25}
    assert np.isfinite(prepared.matrix).all()
    assert prepared.matrix[2, 0] == 0.0


def test_columns_missing_together_share_one_flag() -> None:
    values = np.array([[1.0, 2.0], [np.nan, np.nan], [3.0, 7.0], [4.0, 1.0]])
    prepared = preparation.prepare(values, [preparation.Column("a"), preparation.Column("b")])
    assert prepared.names == ("a", "a_missing", "b")
    assert prepared.dropped == {"b_missing": "repeated_flag"}


def test_one_huge_outlier_does_not_flatten_the_others() -> None:
    column = np.append(np.random.default_rng(1).normal(size=200), 1.2e11)[:, None]
    matrix = preparation.prepare(column, [preparation.Column("x")]).matrix
    assert 0.7 < matrix[:-1].std() < 1.3
    assert 5 < matrix[-1, 0] < 40


def test_many_columns_are_reduced_to_what_explains_them() -> None:
    rng = np.random.default_rng(1)
    values = rng.normal(size=(300, 3)) @ rng.normal(size=(3, 30)) + 0.01 * rng.normal(size=(300, 30))
    prepared = preparation.prepare(values, [preparation.Column(f"c{i}") for i in range(30)])
    assert prepared.components == prepared.matrix.shape[1] == 3
    assert prepared.explained >= 0.95
    assert prepared.scaled.shape == (300, 30)


def test_logarithms_keep_the_sign() -> None:
    values = np.array([[-100.0, -100.0], [0, 0], [100, 100], [3, 3]])
    columns = [preparation.Column("a", "signed_log"), preparation.Column("b", "log1p")]
    matrix = preparation.prepare(values, columns).matrix
    assert (np.diff(matrix[[0, 1, 3, 2]], axis=0) > 0).all()
