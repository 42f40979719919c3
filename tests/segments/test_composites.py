"""What customers are compared by: sides count once, missing stands in the middle, common industries are marked."""

import numpy as np
import pytest

from segments import composites
from segments.composites import Part
from segments.preparation import Column

NAN = float("nan")
RNG = np.random.default_rng(4)


def test_correlated_columns_of_a_side_count_once():
    base = RNG.normal(size=200)
    values = np.column_stack([base, base * 10 + 3, RNG.normal(size=200)])
    parts = [Part(Column("a"), "use"), Part(Column("b"), "use"), Part(Column("c"), "value")]
    found = composites.prepare(values, parts, [""] * 200)
    assert found.names == ("use", "value")
    assert found.matrix.std(axis=0) == pytest.approx([1.0, 1.0])
    assert np.corrcoef(found.matrix[:, 0], base)[0, 1] == pytest.approx(1.0, abs=0.01)


def test_a_column_against_its_side_is_turned():
    base = RNG.normal(size=200)
    parts = [Part(Column("a"), "use"), Part(Column("b"), "use", direction=-1)]
    found = composites.prepare(np.column_stack([base, -base]), parts, [""] * 200)
    assert np.corrcoef(found.matrix[:, 0], base)[0, 1] == pytest.approx(1.0, abs=0.01)


def test_a_customer_known_by_half_a_side_keeps_that_half_and_one_unknown_stands_in_the_middle():
    values = np.column_stack([np.linspace(-1, 1, 100), np.linspace(-1, 1, 100)])
    values[99, 0] = NAN
    values[0] = NAN
    found = composites.prepare(values, [Part(Column("a"), "use"), Part(Column("b"), "use")], [""] * 100)
    assert found.matrix[99, 0] > 1.5
    assert found.matrix[0, 0] == 0.0


def test_parts_that_count_alone_keep_their_own_column():
    values = RNG.normal(size=(80, 2))
    parts = [Part(Column("cloud"), "mix", alone=True), Part(Column("credit"), "mix", alone=True)]
    assert composites.prepare(values, parts, [""] * 80).names == ("cloud", "credit")


def test_common_industries_are_marked_and_rare_or_unknown_ones_not():
    industries = ["VAREJO"] * 60 + ["SAUDE"] * 39 + [""] * 100 + ["TOTVS"]
    found = composites.prepare(RNG.normal(size=(200, 1)), [Part(Column("a"), "value")], industries)
    assert found.names == ("value", "industry_SAUDE", "industry_VAREJO")
    retail = found.matrix[:, 2]
    assert retail[0] - retail[-1] == pytest.approx(composites.INDUSTRY_WEIGHT)
    assert retail.mean() == pytest.approx(0.0, abs=1e-12)


def test_nothing_that_varies_gives_no_column():
    found = composites.prepare(
        np.ones((60, 2)), [Part(Column("a"), "use"), Part(Column("b"), "value")], ["VAREJO"] * 60
    )
    assert found.matrix.shape == (60, 0)
    assert found.dropped == {"a": "constant", "b": "constant"}
