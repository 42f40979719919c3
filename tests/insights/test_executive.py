"""The executive view: charts with readable titles, the table of segments, what changed; empty and hostile data."""

import json
import re
from html import unescape

import pytest
from django.utils import translation

from accounts.models import Customer, NpsAnswer, Picture
from campaigns import tracking
from campaigns.models import Message
from insights import charts, kpis
from tests.insights.conftest import BROWSER


def specs(html: str) -> dict[str, dict]:
    found = re.findall(r'<figure[^>]*data-chart="([a-z-]+)"(?:(?!</figure>).)*?data-spec="(.*?)"', html, re.S)
    return {name: json.loads(unescape(text)) for name, text in found}


@pytest.mark.parametrize("role", ["marketing_manager", "analyst", "executive", "admin"])
def test_readers_see_the_segments(client_of, scored, role):
    html = client_of(role).get("/executive/").content.decode()
    for segment in scored.segments:
        assert segment.name in html
    assert "No comparison yet" in html


@pytest.mark.parametrize("role", ["sales_rep", "customer_success"])
@pytest.mark.parametrize("path", ["/executive/", "/executive/segments.csv"])
def test_others_are_refused(client_of, scored, role, path):
    assert client_of(role).get(path).status_code == 403


def test_charts_carry_the_figures_of_the_table(client_of, scored):
    html = client_of("executive").get("/executive/").content.decode()
    values = {
        name: [row.get("mrr", row.get("money")) for row in spec["data"]["values"]] for name, spec in specs(html).items()
    }
    assert values == {
        "mrr-by-segment": [80_000, 36_000, 19_995],
        "risk-by-segment": [20_000, 19_995],
        "mrr-by-industry": [80_000, 36_000, 19_995, 7_000],
    }
    assert "R$40K of MRR is at risk, most of it in “Indústrias de alto valor”" in html


def test_industries_are_written_for_people(company, people):
    Customer.objects.filter(industry="MANUFATURA").update(industry="CONSTRUCAO E PROJETOS")
    with translation.override("en"):
        chart = charts.mrr_by_industry(kpis.industry_figures(people["executive"]))
    first = chart.spec["data"]["values"][0]
    assert first["industry"] == "Construction companies"
    assert first["url"] == "/customers/?industry=CONSTRUCAO+E+PROJETOS"
    assert "CONSTRUCAO" not in chart.title


def test_an_empty_company_has_no_charts(client_of, people):
    html = client_of("executive").get("/executive/").content.decode()
    assert "Nothing to show yet" in html
    assert specs(html) == {}


def test_without_a_run_the_page_says_what_to_do(client_of, company):
    company.run.state = "superseded"
    company.run.save()
    html = client_of("executive").get("/executive/").content.decode()
    assert "Go to segmentations" in html
    assert set(specs(html)) == {"mrr-by-industry"}


def test_figures_without_data_leave_charts_undrawn(client_of, company):
    Picture.objects.update(mrr=None)
    html = client_of("executive").get("/executive/").content.decode()
    assert specs(html) == {}
    assert "There is no data for this chart yet." in html


def test_names_cannot_break_out_of_a_chart(client_of, scored):
    scored.segments[0].name = "</script><script>alert(1)</script>"
    scored.segments[0].name_en = ""
    scored.segments[0].save()
    html = client_of("executive").get("/executive/").content.decode()
    assert "<script>alert(1)" not in html
    assert specs(html)["mrr-by-segment"]["data"]["values"][0]["segment"] == scored.segments[0].name


def test_names_follow_the_language(client_of, scored):
    scored.segments[0].name_en = "High-value manufacturers"
    scored.segments[0].save()
    client = client_of("executive")
    assert "High-value manufacturers" in client.get("/executive/").content.decode()
    client.cookies["django_language"] = "pt-br"
    assert "High-value manufacturers" not in client.get("/executive/").content.decode()


def test_the_response_chart_counts_what_people_did(client_of, sent):
    message = Message.objects.filter(campaign=sent, state="sent").select_related("campaign", "contact").first()
    tracking.record_answer(message, "accept", "", BROWSER)
    html = client_of("executive").get("/executive/").content.decode()
    rows = specs(html)["response"]["data"]["values"]
    went = Message.objects.filter(campaign=sent, state="sent").count()
    assert [row["messages"] for row in rows] == [went, 0, 0, 1, 0]


def test_nps_is_drawn_by_month(client_of, company):
    for month, score in (("2026-01", 9), ("2026-02", 3)):
        NpsAnswer.objects.create(
            customer=company.customers[0], kind="relational", answered_on=f"{month}-10", score=score, row_hash=month
        )
    html = client_of("executive").get("/executive/").content.decode()
    assert [row["nps"] for row in specs(html)["nps-by-month"]["data"]["values"]] == [100, -100]
    assert "Relational NPS: -100 in the newest month, 100 at the start" in html


def test_the_number_of_queries_is_bounded(client_of, scored, sent, django_assert_max_num_queries):
    client = client_of("executive")
    client.get("/executive/")
    with django_assert_max_num_queries(24):
        client.get("/executive/")


def test_charts_use_no_inline_style_or_script(client_of, scored):
    html = client_of("executive").get("/executive/").content.decode()
    assert not re.search(r"\sstyle=|\son[a-z]+=", html)
    assert not re.search(r"<script(?![^>]*src=)", html)
