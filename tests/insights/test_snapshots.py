"""Kept figures: one value per day, metric and segment; comparisons only where both figures are known."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Picture
from insights import changes, kpis, snapshots, tasks, tiles, trends
from insights.models import FigureSnapshot
from segments.models import Run, SegmentEvent


def days_ago(days: int) -> None:
    """Move today's kept figures into the past."""
    FigureSnapshot.objects.filter(day=timezone.localdate()).update(day=timezone.localdate() - timedelta(days=days))


def test_a_day_is_kept_once_however_often_it_is_taken(scored):
    assert tasks.take_snapshot() == 4 * 6  # company and three segments, six metrics
    kept = set(FigureSnapshot.objects.values_list("segment__passport", "metric", "value"))
    assert (None, "customers", 60) in kept
    assert ("S-003", "mrr_at_risk", 15 * 1333) in kept
    assert snapshots.take() == 24
    assert set(FigureSnapshot.objects.values_list("segment__passport", "metric", "value")) == kept
    assert FigureSnapshot.objects.count() == 24


def test_a_second_run_replaces_the_first(scored):
    snapshots.take()
    Picture.objects.filter(customer=scored.customers[0]).update(mrr=None)
    Run.objects.update(state=Run.State.SUPERSEDED)
    assert snapshots.take() == 6
    assert FigureSnapshot.objects.get(metric="mrr").value == 20 * 4000 + 18 * 2000 + 15 * 1333 + 7000 - 4000
    assert not FigureSnapshot.objects.filter(segment__isnull=False).exists()


def test_a_figure_without_data_is_kept_as_missing(company):
    Picture.objects.update(nps_last=None)
    snapshots.take()
    assert FigureSnapshot.objects.get(metric="nps", segment=None).value is None
    assert trends.history("nps") == []


def test_nothing_is_kept_of_an_empty_company(people):
    assert snapshots.take() == 0
    assert not FigureSnapshot.objects.exists()


def test_the_baseline_is_thirty_days_old_or_the_oldest_there_is(scored):
    assert trends.baseline() is None
    snapshots.take()
    assert trends.baseline() is None  # today is no earlier day
    days_ago(3)
    assert trends.baseline().day == timezone.localdate() - timedelta(days=3)
    for days in (12, 31, 60):
        snapshots.take()
        days_ago(days)
    assert trends.baseline().day == timezone.localdate() - timedelta(days=31)
    assert trends.baseline().value("mrr", "S-001") == 80_000
    assert trends.baseline().value("mrr", "S-999") is None


def test_history_is_in_order_of_days(scored):
    for days in (1, 5, 3):
        snapshots.take()
        days_ago(days)
    today = timezone.localdate()
    assert [row["day"] for row in trends.history("mrr", "S-002")] == [
        (today - timedelta(days=d)).isoformat() for d in (5, 3, 1)
    ]
    assert {row["value"] for row in trends.history("mrr", "S-002")} == {36_000}


def test_changes_need_both_figures(scored):
    snapshots.take()
    days_ago(1)
    earlier = trends.baseline()
    assert trends.change("mrr", None, earlier) is None
    assert trends.change("mrr", 5.0, None) is None
    assert trends.change("unheard_of", 5.0, earlier) is None
    grown = trends.change("mrr", 2 * earlier.value("mrr"), earlier)
    assert grown.share == 1
    assert trends.Change(0, 5).share is None
    assert trends.Change(-10, -5).share == 0.5  # better, though negative


def test_tiles_say_whether_a_change_is_good(scored, people):
    snapshots.take()
    days_ago(30)
    Picture.objects.filter(customer__in=scored.members(2)).update(mrr=2666)  # all at risk
    Picture.objects.filter(customer__in=scored.members(0)).update(nps_last=3)
    figures = kpis.company_figures(people["executive"])
    by_label = {tile.href: tile for tile in tiles.company(figures, trends.baseline())}
    mrr, risk, nps = (
        by_label[href] for href in ("/customers/?sort=-mrr", "/insights/at-risk/", "/customers/?sort=nps")
    )
    assert (mrr.direction, mrr.tone) == (1, "good")
    assert (risk.direction, risk.tone) == (1, "bad")
    assert (nps.direction, nps.tone) == (-1, "bad")
    assert nps.change.startswith("-67")
    assert [tile.change for tile in tiles.company(figures)] == [""] * 5


def test_what_changed_names_segments_that_moved(scored, people):
    snapshots.take()
    days_ago(30)
    Picture.objects.filter(customer__in=scored.members(1)).update(mrr=1000)  # 36,000 → 18,000
    Picture.objects.filter(customer__in=scored.members(2)[:10]).update(nps_last=9)  # −100 → 33
    SegmentEvent.objects.create(segment=scored.segments[0], run=scored.run, kind=SegmentEvent.Kind.SPLIT)
    rows = kpis.segment_figures(people["executive"], scored.run)
    items = changes.since(trends.baseline(), rows)
    # NPS: 133 points of 19,995 weigh more than the 18,000 of MRR that went.
    assert [item.href for item in items] == ["/segments/S-001/", "/segments/S-003/", "/segments/S-002/"]
    assert {item.tone for item in items} == {"info", "bad", "good"}


def test_small_movements_are_not_told(scored, people):
    snapshots.take()
    days_ago(30)
    Picture.objects.filter(customer=scored.members(1)[0]).update(mrr=2100)
    assert changes.since(trends.baseline(), kpis.segment_figures(people["executive"], scored.run)) == []


def test_campaigns_that_went_out_are_told(sent, people):
    FigureSnapshot.objects.create(day=timezone.localdate() - timedelta(days=2), metric="customers", value=60)
    (item,) = changes.since(trends.baseline(), kpis.segment_figures(people["executive"], sent.run))
    assert item.href == "/campaigns/"


@pytest.mark.parametrize("deleted", [True, False])
def test_a_segment_new_since_the_baseline_has_no_change(scored, people, deleted):
    snapshots.take()
    days_ago(30)
    if deleted:
        FigureSnapshot.objects.filter(segment__passport="S-002").delete()
    Picture.objects.filter(customer__in=scored.members(1)).update(mrr=4000)
    items = changes.since(trends.baseline(), kpis.segment_figures(people["executive"], scored.run))
    assert len(items) == (0 if deleted else 1)
