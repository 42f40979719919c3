"""Pages of segments and runs: what each role reads, sees and may do."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import override

from accounts.models import AuditEntry, Customer, Role
from segments import runs
from segments.models import Run, Score, Segment, SegmentEvent, SegmentProfile

HX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def page(client_of):
    """``page(role, url name, *args)`` → the page's text in English."""

    def read(key, name, *args, query="", **headers):
        client = client_of(key)
        client.cookies["django_language"] = "en"
        response = client.get(reverse(name, args=args) + query, **headers)
        assert response.status_code == 200, response.status_code
        return b"".join(response).decode() if response.streaming else response.content.decode()

    return read


@pytest.fixture
def full(plant, segmented, people):
    """A real run over planted customers, half of them of one rep."""
    plant()
    Customer.objects.filter(code__lt="A0010").update(owner=people[Role.REP])
    return segmented()


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("name", ["segments", "segment-map", "runs"])
def test_everybody_signed_in_reads_the_section(company, page, role, name):
    assert "<h1" in page(role.value, name)


@pytest.mark.parametrize("name", ["segments", "segment-map", "runs", "segment", "run", "customer-segment-panel"])
def test_strangers_are_sent_to_the_login(company, client, name):
    args = {"segment": ["S-001"], "run": [company.run.pk], "customer-segment-panel": ["S00001"]}.get(name, [])
    response = client.get(reverse(name, args=args))
    assert response.status_code == 302
    assert "login" in response["Location"]


def test_before_the_first_run_every_page_says_what_to_do(people, page):
    assert "No segments yet" in page("analyst", "segments")
    assert "No map yet" in page("analyst", "segment-map")
    assert "Start a run" in page("analyst", "runs")
    assert "Start a run" not in page("sales_rep", "runs")


def test_the_list_shows_each_segment_with_its_trust(company, page):
    SegmentProfile.objects.filter(segment=company.segments[2]).update(
        activatable=False, blocked_reason="unstable", stability=0.6
    )
    text = page("executive", "segments")
    for segment in company.segments:
        assert f'href="{reverse("segment", args=[segment.passport])}"' in text
    assert text.count("Stability 93%") == 2
    assert text.count("Stability 60%") == 1


def test_a_name_is_shown_in_the_readers_language(company, client_of):
    Segment.objects.filter(passport="S-001").update(name_en="High-value industry")
    client = client_of("analyst")
    client.cookies["django_language"] = "pt-br"
    assert "Indústrias de alto valor" in client.get(reverse("segments")).content.decode()
    client.cookies["django_language"] = "en"
    text = client.get(reverse("segments")).content.decode()
    assert "High-value industry" in text
    assert "Indústrias de alto valor" not in text


def test_a_segment_page_shows_figures_differences_and_passport(full, page):
    segment = full.memberships.get(customer__code="A0000").segment
    text = page("analyst", "segment", segment.passport)
    assert "What sets it apart" in text
    assert "Monthly recurring revenue" in text
    assert "Manufacturers: 100% of members, 0% of the others" in text
    assert "Found for the first time." in text
    assert "1–25 of 50" in text


def test_a_segment_that_may_not_be_acted_on_says_why(company, page):
    SegmentProfile.objects.filter(segment=company.segments[0]).update(activatable=False, blocked_reason="too_small")
    assert "Too small to act on." in page("analyst", "segment", "S-001")
    assert "Too small to act on." not in page("analyst", "segment", "S-002")


def test_a_rep_sees_only_their_own_customers_among_members(full, page):
    passport = full.memberships.get(customer__code="A0000").segment.passport
    seen = set(re.findall(r">(A\d{4})<", page("sales_rep", "segment", passport)))
    assert seen == {f"A{number:04}" for number in range(10)}
    lines = page("sales_rep", "segment", passport, query="?export=csv").strip().splitlines()
    assert len(lines) == 11
    assert len(page("analyst", "segment", passport, query="?export=csv").strip().splitlines()) == 51


def test_a_rep_sees_only_their_own_customers_on_the_map(full, page):
    text = page("sales_rep", "segment-map")
    assert unescape(text).count('"customer":"Empresa') == 10
    assert unescape(page("analyst", "segment-map")).count('"customer":"Empresa') == 135


def test_members_filter_sort_and_page_as_a_fragment(full, page):
    passport = full.memberships.get(customer__code="C0000").segment.passport
    text = page("analyst", "segment", passport, query="?q=C0001", **HX)
    assert "<html" not in text
    assert re.findall(r">(C\d{4})<", text) == ["C0001"]
    elsewhere = page("analyst", "segment", passport, query="?state=MG", **HX)
    assert sorted(re.findall(r">(C\d{4})<", elsewhere)) == [f"C{number:04}" for number in range(0, 40, 5)]
    first = re.findall(r">(C\d{4})<", page("analyst", "segment", passport, query="?sort=-risk", **HX))
    risks = dict(Score.objects.values_list("customer__code", "value"))
    assert [risks[code] for code in first] == sorted((risks[code] for code in first), reverse=True)


def test_the_export_carries_the_filters_and_disarms_formulas(full, page):
    Customer.objects.filter(code="A0003").update(name="=HYPERLINK(1)")
    passport = full.memberships.get(customer__code="A0003").segment.passport
    lines = page("analyst", "segment", passport, query="?export=csv&q=A0003").strip().splitlines()
    assert len(lines) == 2
    assert lines[1].startswith("A0003,'=HYPERLINK(1),MANUFATURA,SP,")


def test_an_unknown_passport_is_not_found(company, client_of):
    assert client_of("analyst").get(reverse("segment", args=["S-999"])).status_code == 404


def test_a_segment_without_a_run_shows_its_passport(people, page):
    segment = Segment.objects.create(passport="S-007", name="Vazio")
    assert "No run has described this segment yet." in page("analyst", "segment", segment.passport)


def test_renaming_keeps_the_old_name_in_the_passport(company, client_of, page):
    client = client_of("marketing_manager")
    assert client.get(reverse("segment-rename", args=["S-001"])).status_code == 200
    response = client.post(
        reverse("segment-rename", args=["S-001"]),
        {"name": "Contas-chave", "name_en": "Key accounts", "description": ""},
    )
    assert response["Location"] == reverse("segment", args=["S-001"])
    text = page("analyst", "segment", "S-001")
    assert "Key accounts" in text
    assert "From Indústrias de alto valor to Contas-chave by Marketing Manager." in text


@pytest.mark.parametrize("role", ["sales_rep", "customer_success", "executive"])
def test_others_may_not_rename_start_or_cancel(company, client_of, role):
    client = client_of(role)
    run = Run.objects.create(seed=1, budget_seconds=1)
    for name, args in [("segment-rename", ["S-001"]), ("run-start", []), ("run-cancel", [run.pk])]:
        response = client.post(reverse(name, args=args), {"name": "X", "seed": 1, "budget": 5})
        assert response.status_code == 403
    run.refresh_from_db()
    assert run.state == Run.State.QUEUED
    assert Run.objects.count() == 2
    assert Segment.objects.get(passport="S-001").name == "Indústrias de alto valor"
    assert not SegmentEvent.objects.exists()


def test_a_taken_name_comes_back_with_the_reason(company, client_of):
    client = client_of("analyst")
    client.cookies["django_language"] = "en"
    response = client.post(reverse("segment-rename", args=["S-001"]), {"name": company.segments[1].name})
    assert "Another segment has this name" in response.content.decode()
    assert Segment.objects.get(passport="S-001").name == "Indústrias de alto valor"


def test_starting_a_run_leads_to_its_progress(company, client_of, page, django_capture_on_commit_callbacks):
    client = client_of("analyst")
    with django_capture_on_commit_callbacks() as callbacks:
        response = client.post(reverse("run-start"), {"seed": 5, "budget": 30})
    run = Run.objects.get(state=Run.State.QUEUED)
    assert response["Location"] == reverse("run", args=[run.pk])
    assert (run.seed, run.budget_seconds, run.started_by.role, len(callbacks)) == (5, 30, Role.ANALYST, 1)
    assert "Waiting for a worker" in page("executive", "run", run.pk)
    assert "A new run is in progress" in page("executive", "segments")


def test_the_same_form_sent_twice_starts_one_run(company, client_of):
    client = client_of("analyst")
    answers = [client.post(reverse("run-start"), {"seed": 5, "budget": 30, "idempotency_key": "k1"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert answers[0]["Location"] == answers[1]["Location"]
    assert Run.objects.filter(state=Run.State.QUEUED).count() == 1


def test_a_second_start_is_refused_in_words(company, client_of):
    client = client_of("analyst")
    client.cookies["django_language"] = "en"
    runs.start(None)
    response = client.post(reverse("run-start"), {"seed": 5, "budget": 30}, follow=True)
    assert "Another run is already waiting" in response.content.decode()
    assert Run.objects.filter(state=Run.State.QUEUED).count() == 1


def test_a_budget_out_of_bounds_is_marked_in_the_form(company, client_of):
    response = client_of("analyst").post(reverse("run-start"), {"seed": -1, "budget": 0})
    assert response.status_code == 422
    assert response.content.decode().count("b2-error") == 2
    assert Run.objects.count() == 1


def test_progress_is_polled_until_the_run_ends(company, page, client_of):
    run = runs.start(None)
    Run.objects.filter(pk=run.pk).update(
        state=Run.State.RUNNING, progress=42, step="stability", lease_until=Now() + timedelta(minutes=1)
    )
    aim = {**HX, "HTTP_HX_TARGET": "run-progress"}
    text = page("analyst", "run", run.pk, **aim)
    assert "Checking which groups come back on other samples" in text
    assert 'value="42"' in text
    assert "every 2s" in text
    Run.objects.filter(pk=run.pk).update(state=Run.State.FAILED, error=runs.DIED)
    assert client_of("analyst").get(reverse("run", args=[run.pk]), **aim)["HX-Refresh"] == "true"
    assert "The worker stopped twice" in page("analyst", "run", run.pk)


def test_a_run_page_shows_every_candidate_and_the_reason(full, page):
    text = page("executive", "run", full.pk)
    assert f"was chosen from {len(full.leaderboard)} candidates" in text
    assert text.count("K-Means") >= 4
    assert len(re.findall(r"</svg>Chosen</span>", text)) == 1
    board = page("executive", "run", full.pk, query="?sort=k", **HX)
    assert "<html" not in board
    groups = [line["k"] for line in full.leaderboard]
    assert len(re.findall(r"<tr ", board)) == len(groups)


def test_cancelling_from_the_page(company, client_of):
    client = client_of("admin")
    run = runs.start(None)
    assert client.post(reverse("run-cancel", args=[run.pk]))["Location"] == reverse("run", args=[run.pk])
    run.refresh_from_db()
    assert run.state == Run.State.CANCELLED
    assert client.get(reverse("run-cancel", args=[run.pk])).status_code == 405
    assert AuditEntry.objects.filter(action="run.cancel").count() == 1


def test_the_panel_tells_segment_risk_and_reasons(full, page):
    Score.objects.filter(customer__code="C0001").update(
        value=0.62,
        drivers=[{"code": "detractor", "points": 20, "value": 2}, {"code": "no_active_line", "points": 30, "value": 0}],
    )
    text = page("analyst", "customer-segment-panel", "C0001", **HX)
    assert "<html" not in text
    assert full.memberships.get(customer__code="C0001").segment.name_en in text
    assert "62%" in text
    assert "Detractor in the last NPS answer (2)" in text
    assert "not a trained model" in text
    assert "<html" in page("analyst", "customer-segment-panel", "C0001")


def test_the_panel_is_honest_about_noise_and_unknown_risk(company, page):
    text = page("analyst", "customer-segment-panel", company.members(3)[0].code, **HX)
    assert "unlike any segment" in text
    assert "Too little is known" in text


def test_the_panel_of_a_foreign_customer_is_not_found(company, client_of):
    foreign = Customer.objects.filter(owner__email__startswith="second_rep").first()
    own = Customer.objects.filter(owner__email__startswith="sales_rep").first()
    client = client_of("sales_rep")
    assert client.get(reverse("customer-segment-panel", args=[foreign.code]), **HX).status_code == 404
    assert client.get(reverse("customer-segment-panel", args=[own.code]), **HX).status_code == 200


def test_pages_read_in_both_languages(full, client_of):
    for language in ("pt-br", "en"):
        client = client_of("analyst")
        client.cookies["django_language"] = language
        with override(language):
            passport = full.memberships.get(customer__code="A0000").segment.passport
            for name, args in [
                ("segments", []),
                ("segment", [passport]),
                ("runs", []),
                ("run", [full.pk]),
                ("segment-map", []),
            ]:
                assert client.get(reverse(name, args=args)).status_code == 200
