"""Imports over the API: the same files, the same refusals, as JSON with a code."""

import pytest
from django.core.management import call_command

from accounts import tasks
from accounts.models import Import, Role
from tests.accounts.uploads import BAD_ZIPS, MASTER, MRR, PNG, Nothing, sent

pytestmark = pytest.mark.django_db(transaction=True)

URL = "/api/v1/imports/"


@pytest.fixture
def analyst(client_of):
    client = client_of("analyst")
    client.cookies["django_language"] = "en"
    return client


@pytest.mark.parametrize("role", list(Role))
def test_roles(client_of, role):
    client, expected = client_of(role.value), 200 if role in {Role.ANALYST, Role.ADMIN} else 403
    assert client.get(URL).status_code == expected
    if expected == 403:
        with Nothing():
            assert client.post(URL, {"files": [sent("a.csv")]}).status_code == 403


def test_strangers_get_401(client):
    with Nothing():
        assert client.post(URL, {"files": [sent("a.csv")]}).status_code == 401


def test_files_are_taken_and_followed(analyst):
    answer = analyst.post(URL, {"files": [sent("clientes.csv"), sent("mrr.csv", MRR)]})
    assert answer.status_code == 202
    assert answer.json()["state"] == "queued"
    assert answer.json()["started_by"] == "analyst@people.example"
    tasks.run_import(answer.json()["id"])
    found = analyst.get(f"{URL}{answer.json()['id']}/").json()
    assert (found["state"], found["customers"], found["files"], found["rows"], found["quarantined"]) == (
        "published",
        3,
        2,
        6,
        1,
    )
    mrr = next(each for each in found["outcomes"] if each["source"] == "mrr")
    orphan = next(each for each in mrr["findings"] if each["code"] == "orphan_customer")
    assert orphan["count"] == 1
    assert orphan["explanation"].startswith("Unknown customer.")
    assert analyst.get(URL).json()["results"][0]["id"] == found["id"]


def test_the_same_key_starts_one_import(analyst):
    answers = [
        analyst.post(URL, {"files": [sent("clientes.csv")]}, headers={"Idempotency-Key": "k1"}) for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[0].json() == answers[1].json()
    assert Import.objects.count() == 1


@pytest.mark.parametrize(
    ("name", "content", "status", "code"),
    [
        pytest.param("clientes_desde.csv", PNG, 415, "binary_file", id="image"),
        ("clientes_desde.csv", b"", 422, "empty_file"),
        pytest.param("data.zip", BAD_ZIPS["bomb"][0], 413, "archive_too_large", id="bomb"),
        pytest.param("data.zip", BAD_ZIPS["traversal"][0], 422, "unsafe_path", id="traversal"),
    ],
)
def test_refusals_have_a_code_and_leave_nothing(analyst, name, content, status, code):
    with Nothing():
        answer = analyst.post(URL, {"files": [sent(name, content)]})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["detail"]


def test_no_files_and_too_much(analyst, settings):
    with Nothing():
        assert analyst.post(URL, {"other": "x"}).json()["code"] == "no_files"
    settings.B2SHIFT_MAX_UPLOAD_BYTES = 2000
    with Nothing():
        answer = analyst.post(URL, {"files": [sent("a.csv", MASTER * 100)]})
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_the_schema_describes_the_upload(tmp_path):
    target = tmp_path / "schema.yml"
    call_command("spectacular", file=str(target))
    schema = target.read_text()
    assert "/api/v1/imports/{id}/" in schema
    assert "multipart/form-data" in schema
    assert "Idempotency-Key" in schema
