"""Runs and segments beside each other: who moved, in figures that add up, and what the pages say."""

from html import unescape

import pytest
from django.urls import reverse
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Customer, Picture
from segments import history
from segments.models import Membership, Run, Segment, SegmentProfile
from segments.views import flowcharts
from segments.views.history import matrix
from tests.segments.conftest import FRESH, LARGE, UNHAPPY


@pytest.fixture
def page(client_of):
    def read(name, query="", role="sales_rep"):
        client = client_of(role)
        client.cookies["django_language"] = "en"
        response = client.get(reverse(name) + query)
        assert response.status_code == 200
        return unescape(response.content.decode())

    return read


@pytest.fixture
def two(company):
    """A second run: ten customers of the first segment went to the second, the noise found a segment, one is new."""
    first = company.run
    Run.objects.filter(pk=first.pk).update(state=Run.State.SUPERSEDED)
    second = Run.objects.create(state=Run.State.PUBLISHED, seed=2, budget_seconds=1, customers=60)
    born = Segment.objects.create(passport="S-004", name="Recém-formado", born_in=second)
    places = {m.customer_id: m.segment_id for m in first.memberships.all()}
    for customer in company.members(0)[:10]:
        places[customer.pk] = company.segments[1].pk
    for customer in company.members(3):
        places[customer.pk] = born.pk
    places[Customer.objects.create(code="NEW").pk] = born.pk
    places.pop(company.members(2)[0].pk)
    Membership.objects.bulk_create(
        Membership(run=second, customer_id=pk, segment_id=segment, confidence=1, x=0, y=0)
        for pk, segment in places.items()
    )
    for old in first.profiles.all():
        SegmentProfile.objects.create(
            run=second, segment=old.segment, size=old.size, share=old.share, stability=0.8, figures={"mrr_total": 99.0}
        )
    return first, second


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=30))
def test_shown_shares_add_up_to_exactly_one_hundred(counts):
    shown = history.tenths(counts)
    assert round(sum(shown), 6) == (100 if sum(counts) else 0)
    for n, share in zip(counts, shown, strict=True):
        assert abs(share - 100 * n / max(sum(counts), 1)) < 0.1 + 1e-9


def test_who_moved_between_two_runs(company, two):
    found = history.flows(*two)
    one, other, third = (segment.pk for segment in company.segments)
    born = Segment.objects.get(passport="S-004").pk
    assert found.counts == {(one, one): 10, (one, other): 10, (other, other): 18, (third, third): 14, (None, born): 7}
    assert (found.came, found.left) == (1, 1)
    assert found.stayed == pytest.approx(42 / 52)
    assert found.before == [one, other, third, None]
    assert found.after[0] == other
    rows = matrix(found)
    assert [round(sum(cell["percent"] for cell in row["cells"]), 6) for row in rows] == [100.0] * 4
    assert sum(row["customers"] for row in rows) == 59


def test_ribbons_fill_the_bars_of_both_sides_and_stay_inside(two):
    found = history.flows(*two)
    with override("en"):
        bands, boxes, left, right = flowcharts.ribbons(found)["layer"]
    points, bars = bands["data"]["values"], boxes["data"]["values"]
    assert all(0 <= p["x"] <= 1 and -1e-6 <= p["top"] < p["bottom"] <= 1 + 1e-5 for p in points)
    for side, edge in (("before", min), ("after", max)):
        at = edge(p["x"] for p in points)
        for bar in (bar for bar in bars if bar["side"] == side):
            key = "segment" if side == "before" else "target"
            heights = [p["bottom"] - p["top"] for p in points if p["x"] == at and p[key] == bar["name"]]
            assert sum(heights) == pytest.approx(bar["y2"] - bar["y"], abs=1e-3)
    assert {text["code"] for text in left["data"]["values"]} == {"S-001", "S-002", "S-003", "none"}
    assert "S-004" in {text["code"] for text in right["data"]["values"]}


def test_the_page_of_flows_shows_the_last_two_runs_and_any_two(company, two, page):
    text = page("flows")
    assert f"From run {two[0].pk} (left) to run {two[1].pk} (right)" in text
    assert "50.0%" in text
    assert "Migration matrix" in text
    back = page("flows", f"?before={two[1].pk}&after={two[0].pk}")
    assert f"From run {two[1].pk} (left) to run {two[0].pk} (right)" in back
    assert "Choose two different runs" in page("flows", f"?before={two[0].pk}&after={two[0].pk}")
    assert "Migration matrix" not in page("flows", "?before=999&after=x")


def test_before_a_second_run_the_pages_say_what_will_come(company, page):
    assert "Flows appear with the second published run" in page("flows")
    assert "In both" in page("compare")


def test_without_any_run_nothing_can_be_compared(people, page):
    assert "No segments to compare yet" in page("compare")


def test_one_segment_in_two_runs_side_by_side(company, two, page):
    text = page("compare", f"?a=S-001@{two[0].pk}&b=S-001@{two[1].pk}")
    assert ">10<" in "".join(text.split())
    assert f"Run {two[0].pk}" in text
    assert "Overlap" in text
    assert "50%" in text
    first, second = (SegmentProfile.objects.get(run=run, segment=company.segments[0]) for run in two)
    found = history.overlap(first, second)
    assert (found.both, found.only_first, found.only_second, found.jaccard) == (10, 10, 0, 0.5)
    assert "Select a valid choice" in page("compare", "?a=S-001@999&b=nope")


def test_a_segment_page_shows_its_trend_from_the_second_run_on(company, two, client_of):
    client = client_of("analyst")
    client.cookies["django_language"] = "en"
    text = client.get(reverse("segment", args=["S-001"])).content.decode()
    assert 'data-chart="trend-stability"' in text
    assert [p.run_id for p in history.trend(company.segments[0])] == [run.pk for run in two]


def test_real_runs_flow_and_the_run_page_tells_challenge_map_and_drift(plant, segmented, client_of, page):
    plant(LARGE, FRESH)
    first = segmented(seed=1)
    plant(UNHAPPY)
    Picture.objects.filter(customer__code__startswith="A").update(tickets_12m=900)
    second = segmented(seed=2)
    found = history.flows(first, second)
    assert (found.stayed, found.came, found.left) == (1.0, 40, 0)
    client = client_of("analyst")
    client.cookies["django_language"] = "en"
    text = client.get(reverse("run", args=[second.pk])).content.decode()
    for words in (
        "Against the run that was published then",
        "Where customers stand",
        f"What moved since run {first.pk}",
    ):
        assert words in text
    assert f"?before={first.pk}&amp;after={second.pk}" in text
    assert unescape(text).count('"customer":"Empresa') == 135
    rep = client_of("sales_rep").get(reverse("run", args=[second.pk])).content.decode()
    assert '"customer":"Empresa' not in unescape(rep)
    assert "What moved in the data meanwhile" in page("flows")
