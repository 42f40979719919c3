"""Where the data gate is closed no run starts: not from the page, not by API, not by command; and nothing else changes."""

import json
from html import unescape
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.catalog import rules
from accounts.catalog.rules import Terms
from accounts.models import AuditEntry, GateRule, Import
from segments import runs
from segments.models import Membership, Run

pytestmark = pytest.mark.django_db


@pytest.fixture
def closed(people):
    """A rule that the data break: the last import failed."""
    GateRule.objects.all().delete()
    Import.objects.create(state=Import.State.FAILED, source_path="x")
    return rules.save(Terms("failed", 1, stops_segmentation=True), people["admin"])


def test_no_run_starts_by_any_door(closed, company, client_of):
    before = (list(Run.objects.values()), Membership.objects.count(), AuditEntry.objects.count())
    client = client_of("analyst")
    client.cookies["django_language"] = "en"
    page = unescape(client.get("/segments/runs/").content.decode())
    assert "No run can start: the data gate is closed" in page
    assert "The last import failed." in page
    answer = client.post("/segments/runs/start/", {"seed": 1, "budget": 5}, follow=True)
    assert "The data gate is closed. The last import failed. Open the imports" in unescape(answer.content.decode())
    api = client.post("/api/v1/runs/", json.dumps({"seed": 1, "budget": 5}), content_type="application/json")
    assert (api.status_code, api.json()["code"]) == (409, "data_gate")
    with pytest.raises(CommandError, match="The data gate is closed"):
        call_command("segment", "--seed=1", "--budget=5", "--json", stdout=StringIO())
    assert (list(Run.objects.values()), Membership.objects.count(), AuditEntry.objects.count()) == before


def test_an_override_or_another_purpose_opens_it(closed, company, people):
    rules.override(closed.pk, "The files come on Monday", 1, people["admin"])
    assert runs.start(people["analyst"], 1, 5).state == Run.State.QUEUED
    Run.objects.filter(state=Run.State.QUEUED).delete()
    rules.end_override(closed.pk, people["admin"])
    rules.save(Terms("failed", 1, stops_activation=True), people["admin"], closed.pk)
    assert runs.start(people["analyst"], 1, 5).state == Run.State.QUEUED
