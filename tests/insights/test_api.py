"""Figures over the API: the pages' numbers, null for what is missing, a rep's own customers only."""

import pytest

from accounts.models import Picture
from insights import kpis


@pytest.mark.parametrize("path", ["/api/v1/figures/", "/api/v1/figures/segments/"])
def test_strangers_are_refused(client, path, db):
    assert client.get(path).status_code in {401, 403}


def test_company_figures_are_the_pages(client_of, scored, people):
    body = client_of("executive").get("/api/v1/figures/").json()
    figures = kpis.company_figures(people["executive"])
    assert body["mrr"] == figures["mrr"]
    assert body["mrr_at_risk"] == figures["mrr_at_risk"]
    assert body["customers"] == 60
    assert body["as_of"] == "2026-09-30"
    assert body["response"]["sent"] == 0
    assert body["response"]["accepted_share"] is None
    assert client_of("sales_rep").get("/api/v1/figures/").json()["customers"] == 30


def test_missing_data_are_null(client_of, company):
    Picture.objects.update(mrr=None, nps_last=None, tickets_12m=None)
    body = client_of("executive").get("/api/v1/figures/").json()
    assert [body[name] for name in ("mrr", "nps", "tickets_per_customer", "risk_share", "mrr_at_risk")] == [None] * 5


def test_segments_of_the_published_run(client_of, scored):
    rows = client_of("executive").get("/api/v1/figures/segments/").json()
    assert [(row["passport"], row["customers"], row["mrr_at_risk"]) for row in rows] == [
        ("S-001", 20, 20_000), ("S-002", 18, 0), ("S-003", 15, 19_995),
    ]  # fmt: skip
    assert rows[0]["name"] == "Indústrias de alto valor"


def test_before_the_first_run_there_are_no_segments(client_of, people):
    assert client_of("executive").get("/api/v1/figures/segments/").json() == []


def test_the_schema_names_every_field(client_of, people):
    schema = client_of("analyst").get("/api/schema/?format=json").json()
    for path, name in (("/api/v1/figures/", "CompanyFigures"), ("/api/v1/figures/segments/", "SegmentFigures")):
        assert path in schema["paths"]
        fields = schema["components"]["schemas"][name]["properties"]
        assert {"mrr", "mrr_at_risk", "risk_share", "nps", "tickets_per_customer", "response"} <= set(fields)
