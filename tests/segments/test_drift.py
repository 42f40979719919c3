"""What moved between two runs: the index by hand, its laws, its words and its page."""

import json

import numpy as np
import pytest
from django.urls import reverse
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Picture
from segments import drift, driftwords
from segments.models import Run

figures = st.lists(st.one_of(st.floats(-1e6, 1e6), st.just(float("nan"))), min_size=1, max_size=60).map(np.array)


@given(values=figures)
def test_what_did_not_move_has_no_drift_also_after_a_stay_in_the_database(values):
    before = json.loads(json.dumps(drift.summary(values)))
    assert drift.psi(before, values) == 0.0
    assert sum(before["shares"]) == pytest.approx(1)


@given(before=figures, after=figures)
def test_drift_is_never_negative_and_ignores_the_order_of_customers(before, after):
    found = drift.psi(drift.summary(before), after)
    assert found >= 0.0
    assert drift.psi(drift.summary(before), after[::-1]) == pytest.approx(found)


def test_the_index_by_hand():
    before = {"edges": [1.0], "shares": [0.5, 0.5, 0.0]}
    found = drift.psi(before, np.array([1.0, 2, 2, 2]))
    assert found == pytest.approx((0.25 - 0.5) * np.log(0.5) + (0.75 - 0.5) * np.log(1.5))


def test_customers_of_whom_nothing_is_known_any_more_are_drift():
    values = np.arange(100.0)
    gone = np.where(np.arange(100) < 50, values, np.nan)
    (row,) = drift.moved({"mrr": drift.summary(values)}, {"mrr": gone})
    assert row["psi"] > drift.LARGE
    assert (row["known_before"], row["known_after"]) == (1.0, 0.5)
    with override("en"):
        assert driftwords.sentence(row) == (
            "Monthly recurring revenue: known of 100% of the customers then, of 50% now."
        )


@pytest.mark.parametrize(("psi", "level"), [(0.0, "good"), (0.099, "good"), (0.1, "warn"), (0.25, "bad")])
def test_levels_are_those_of_the_measure(psi, level):
    assert driftwords.level(psi) == level
    assert (driftwords.NOTABLE, driftwords.LARGE) == (drift.NOTABLE, drift.LARGE)


def row(name, before, after):
    return {"name": name, "psi": 0.3, "before": before, "after": after, "known_before": 1.0, "known_after": 1.0}


def test_a_movement_in_words():
    with override("en"):
        assert driftwords.sentence(row("tickets_12m", 10, 20)).endswith("the median went from 10 to 20.")
        assert "spread differently" in driftwords.sentence(row("tickets_12m", 10, 10))
        assert driftwords.sentences([row("a_feature_of_long_ago", 1, 2)]) == []


def test_the_page_of_features_tells_coverage_and_what_moved(plant, segmented, client_of):
    client = client_of("executive")
    client.cookies["django_language"] = "en"
    assert "Coverage and drift appear with the first run." in client.get(reverse("features")).content.decode()
    plant()
    first = segmented(seed=1)
    assert first.drift == {"against": None, "features": []}
    assert "There is no earlier published run" in client.get(reverse("features")).content.decode()
    Picture.objects.filter(customer__code__lt="C").update(tickets_12m=900)
    second = segmented(seed=2)
    assert (second.state, second.drift["against"]) == (Run.State.PUBLISHED, first.pk)
    moved = {each["name"]: each["psi"] for each in second.drift["features"]}
    assert moved["tickets_12m"] > drift.LARGE
    assert moved["mrr"] == 0.0
    text = client.get(reverse("features")).content.decode()
    assert f"What moved since run {first.pk}" in text
    assert "Support tickets in 12 months: the median went from" in text
    fragment = client.get(reverse("features") + "?sort=-psi", HTTP_HX_REQUEST="true").content.decode()
    assert "<html" not in fragment
    assert fragment.index("tickets_12m") < fragment.index("<code>mrr</code>")
