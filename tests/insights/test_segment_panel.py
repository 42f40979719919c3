"""The panel of figures inside a segment's page."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Role
from campaigns import tracking
from campaigns.models import Message
from insights import snapshots
from insights.models import FigureSnapshot
from tests.insights.conftest import BROWSER

HTMX = {"HTTP_HX_REQUEST": "true"}
PATH = "/insights/segment/S-001/"


@pytest.mark.parametrize("role", [role.value for role in Role])
def test_before_the_first_campaign_it_says_so(client_of, company, role):
    html = client_of(role).get(PATH, **HTMX).content.decode()
    assert "No message sent yet" in html
    assert "<html" not in html


def test_without_htmx_it_is_a_page(client_of, company):
    html = client_of("executive").get(PATH).content.decode()
    assert "<html" in html
    assert "Indústrias de alto valor" in html


def test_an_unknown_segment_is_not_found(client_of, company):
    assert client_of("executive").get("/insights/segment/S-999/").status_code == 404


def test_it_counts_the_segments_own_messages(client_of, sent, people):
    went = list(Message.objects.filter(campaign=sent, state="sent").select_related("campaign", "contact"))
    tracking.record_open(went[0], BROWSER)
    tracking.record_answer(went[0], "accept", "", BROWSER)
    response = client_of("executive").get(PATH, **HTMX).context["response"]
    assert (response.sent, response.opened, response.accepted) == (len(went), 1, 1)
    assert client_of("executive").get("/insights/segment/S-002/", **HTMX).context["response"].sent == 0


def test_a_rep_sees_own_messages_and_no_figures_of_everybody(client_of, sent, people):
    for days in (1, 2):
        snapshots.take()
        FigureSnapshot.objects.filter(day=timezone.localdate()).update(day=timezone.localdate() - timedelta(days=days))
    mine, other = (client_of(key).get(PATH, **HTMX).context for key in ("sales_rep", "second_rep"))
    assert mine["response"].sent + other["response"].sent == Message.objects.filter(state="sent").count()
    assert mine["response"].sent
    assert mine["trend_chart"] is None
    chart = client_of("executive").get(PATH, **HTMX).context["trend_chart"]
    assert [row["value"] for row in chart.spec["data"]["values"]] == [80_000, 80_000]


def test_one_kept_day_is_no_trend(client_of, scored):
    snapshots.take()
    assert client_of("executive").get(PATH, **HTMX).context["trend_chart"] is None
