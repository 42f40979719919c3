"""Segments over the API: the same rights as on the pages."""

import pytest
from django.urls import reverse

from accounts.models import AuditEntry
from segments import runs
from segments.models import Run


def test_segments_of_the_published_run(company, client_of):
    body = client_of("executive").get(reverse("api-segments")).json()
    assert [(row["passport"], row["size"], row["activatable"]) for row in body["results"]] == [
        ("S-001", 20, True),
        ("S-002", 18, True),
        ("S-003", 15, True),
    ]
    assert body["results"][0]["figures"]["customers"] == 20


def test_before_the_first_run_there_are_none(people, client_of):
    assert client_of("analyst").get(reverse("api-segments")).json()["results"] == []


def test_one_segment_with_its_history(company, client_of):
    body = client_of("analyst").get(reverse("api-segment", args=["S-002"])).json()
    assert (body["passport"], body["name"], body["events"]) == ("S-002", "Serviços em crescimento", [])
    assert body["paragraph"]
    assert client_of("analyst").get(reverse("api-segment", args=["S-099"])).status_code == 404


def test_members_are_those_that_the_caller_may_see(company, client_of):
    address = reverse("api-segment-members", args=["S-001"])
    everybody = client_of("analyst").get(address).json()
    own = client_of("sales_rep").get(address).json()
    assert everybody["count"] == 20
    assert [row["customer"] for row in own["results"]] == [f"S{number:05}" for number in range(1, 21, 2)]
    assert everybody["results"][0]["risk"] is None


def test_starting_a_run_over_the_api_happens_once_per_key(company, client_of):
    client = client_of("analyst")
    answers = [
        client.post(
            reverse("api-runs"), {"seed": 3, "budget": 9}, "application/json", headers={"Idempotency-Key": "a-1"}
        )
        for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [202, 202]
    run = Run.objects.get(state=Run.State.QUEUED)
    assert [answer.json()["id"] for answer in answers] == [run.pk, run.pk]
    assert (run.seed, run.budget_seconds) == (3, 9)


@pytest.mark.parametrize("role", ["sales_rep", "customer_success", "executive"])
def test_others_may_not_start_a_run(company, client_of, role):
    assert client_of(role).post(reverse("api-runs"), {}, "application/json").status_code == 403
    assert not Run.objects.filter(state=Run.State.QUEUED).exists()
    assert not AuditEntry.objects.filter(action="run.start").exists()


def test_a_second_start_is_a_conflict(company, client_of):
    runs.start(None)
    response = client_of("admin").post(reverse("api-runs"), {}, "application/json")
    assert (response.status_code, response.json()["code"]) == (409, "another_run")
    assert Run.objects.filter(state=Run.State.QUEUED).count() == 1


def test_bounds_are_checked(company, client_of):
    response = client_of("admin").post(reverse("api-runs"), {"budget": 0}, "application/json")
    assert (response.status_code, list(response.json())) == (400, ["budget"])


def test_a_run_with_its_leaderboard(company, client_of):
    body = client_of("executive").get(reverse("api-run", args=[company.run.pk])).json()
    assert (body["state"], body["algorithm"], body["leaderboard"]) == ("published", "kmeans", [])


def test_strangers_get_401(company, client):
    for name, args in [
        ("api-segments", []),
        ("api-segment", ["S-001"]),
        ("api-segment-members", ["S-001"]),
        ("api-runs", []),
    ]:
        assert client.get(reverse(name, args=args)).status_code == 401
