"""Day or month first: decided by the column, asked where it cannot, answered once, remembered."""

import datetime as dt
import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts import ingest, tasks
from accounts.models import AuditEntry, Customer, DateOrder, Import, Role
from accounts.sources import SOURCES
from b2shift.lib.api import Refused
from tests.accounts import files
from tests.accounts.test_imports_page import text

pytestmark = pytest.mark.django_db(transaction=True)
OPEN = "CLIENTE;CLIENTE_DESDE\nT00001;03/04/2015\nT00002;05/06/2019\n"
KEY = "clientes_desde.since"


@pytest.fixture(autouse=True)
def lake(tmp_path, settings):
    settings.LAKE_URL = str(tmp_path / "lake")


@pytest.fixture
def asking(tmp_path):
    return ingest.import_directory(files.write(tmp_path / "in", {"clientes_desde.csv": OPEN, "mrr.csv": files.MRR}))


@pytest.fixture
def analyst(client_of):
    client = client_of("analyst")
    client.cookies["django_language"] = "en"
    return client


def since():
    return dict(Customer.objects.values_list("code", "since"))


def test_what_the_column_leaves_open_is_asked_and_nothing_is_loaded(asking):
    file = asking.files.get(source="clientes_desde")
    assert (file.outcome, file.rows, since()) == ("asks", 0, {})
    question = file.questions[0]
    assert (question["column"], question["header"], question["count"], question["orders"]) == (
        "since", "CLIENTE_DESDE", 2, ["dmy", "mdy"],
    )  # fmt: skip
    assert question["examples"][0] == {"value": "03/04/2015", "days": ["2015-04-03", "2015-03-04"]}
    assert "clientes_desde.csv: Day or month first?" in asking.error


def test_an_import_that_could_only_ask_waits_for_an_answer(tmp_path):
    run = ingest.import_directory(files.write(tmp_path / "in", {"c.csv": OPEN}))
    assert run.state == Import.State.ASKS


def test_one_value_that_decides_is_enough(tmp_path):
    ingest.import_directory(files.write(tmp_path / "in", {"c.csv": OPEN + "T00003;25/12/2020\n"}))
    assert since()["T00001"] == dt.date(2015, 4, 3)
    ingest.import_directory(files.write(tmp_path / "us", {"c.csv": OPEN + "T00003;12/25/2020\n"}))
    assert since()["T00001"] == dt.date(2015, 3, 4)
    assert DateOrder.objects.count() == 0


@pytest.mark.parametrize(("order", "day"), [("dmy", dt.date(2015, 4, 3)), ("mdy", dt.date(2015, 3, 4))])
def test_the_answer_carries_the_import_on_and_is_remembered(asking, people, tmp_path, order, day):
    follower = ingest.answer(asking, {KEY: order}, people["analyst"])
    assert ingest.answer(asking, {KEY: order}, people["analyst"]) == follower
    assert (follower.state, follower.follows, Import.objects.count()) == ("queued", asking, 2)
    tasks.run_import(follower.pk)
    assert since()["T00001"] == day
    kept = DateOrder.objects.get()
    assert (kept.source, kept.column, kept.order, kept.answered_by) == (
        "clientes_desde",
        "since",
        order,
        people["analyst"],
    )
    assert AuditEntry.objects.filter(action="import.answer", actor=people["analyst"]).count() == 1
    later = ingest.import_directory(files.write(tmp_path / "later", {"c.csv": OPEN.replace("T00001", "T00009")}))
    assert (later.state, since()["T00009"]) == ("published", day)


def test_what_a_file_proves_beats_what_was_answered(asking, people, tmp_path):
    tasks.run_import(ingest.answer(asking, {KEY: "dmy"}, people["analyst"]).pk)
    run = ingest.import_directory(files.write(tmp_path / "us", {"c.csv": OPEN + "T00003;12/25/2020\n"}))
    assert since()["T00001"] == dt.date(2015, 3, 4)
    assert run.files.get().findings.filter(code="date_order_differs").exists()
    assert DateOrder.objects.get().order == "dmy"


def test_answers_that_were_not_offered_change_nothing(asking, people, tmp_path):
    for given in ({}, {KEY: "ymd"}, {KEY: "x" * 99}, {"mrr.since": "dmy"}):
        with pytest.raises(Refused):
            ingest.answer(asking, given, people["analyst"])
    other = ingest.import_directory(files.write(tmp_path / "other", {"c.csv": files.MASTER}))
    with pytest.raises(Refused):
        ingest.answer(other, {KEY: "dmy"}, people["analyst"])
    assert (
        DateOrder.objects.count(),
        Import.objects.count(),
        AuditEntry.objects.filter(action="import.answer").count(),
    ) == (0, 2, 0)


def test_declared_formats_never_ask(tmp_path):
    source, column = next((source, column) for source in SOURCES for column in source.columns if column.formats)
    header = ";".join(each.header for each in source.columns)
    row = ";".join(
        "03/04/2025 01:00:00 PM" if each is column else "T00001" if each is source.customer else ""
        for each in source.columns
    )
    run = ingest.import_directory(files.write(tmp_path / "in", {"p.csv": f"{header}\n{row}\n"}))
    assert "asks" not in set(run.files.values_list("outcome", flat=True))


def test_the_page_asks_and_takes_the_answer(asking, analyst):
    page = text(analyst.get(f"/data/{asking.pk}/"))
    assert all(words in page for words in ("Day or month first?", "CLIENTE_DESDE", "April 3, 2015", "March 4, 2015"))
    assert analyst.get(f"/data/{asking.pk}/answer/").status_code == 405
    missing = analyst.post(f"/data/{asking.pk}/answer/", {}, follow=True)
    assert "what comes first" in text(missing)
    assert Import.objects.count() == 1
    answer = analyst.post(f"/data/{asking.pk}/answer/", {f"order-{KEY}": "dmy"})
    follower = Import.objects.exclude(pk=asking.pk).get()
    assert answer.headers["Location"] == f"/data/{follower.pk}/"
    assert "the import went on" in text(analyst.get(f"/data/{asking.pk}/"))
    del analyst.cookies["django_language"]
    assert "Dia ou mês primeiro?" in text(analyst.get(f"/data/{asking.pk}/"))


def test_an_answer_given_elsewhere_is_shown(asking, analyst):
    DateOrder.objects.create(source="clientes_desde", column="since", order="mdy")
    assert "Answered meanwhile: <strong>Month, day, year</strong>" in text(analyst.get(f"/data/{asking.pk}/"))
    analyst.post(f"/data/{asking.pk}/answer/", {})
    tasks.run_import(Import.objects.exclude(pk=asking.pk).get().pk)
    assert since()["T00001"] == dt.date(2015, 3, 4)


@pytest.mark.parametrize("role", [Role.EXECUTIVE, Role.MANAGER, Role.REP])
def test_only_readers_of_imports_may_answer(asking, client_of, role):
    assert client_of(role.value).post(f"/data/{asking.pk}/answer/", {f"order-{KEY}": "dmy"}).status_code == 403
    assert DateOrder.objects.count() == 0


def test_the_api_asks_and_takes_the_answer(asking, analyst):
    found = analyst.get(f"/api/v1/imports/{asking.pk}/").json()
    question = next(each for each in found["outcomes"] if each["outcome"] == "asks")["questions"][0]
    assert question["orders"] == ["dmy", "mdy"]
    address, kind = f"/api/v1/imports/{asking.pk}/answer/", "application/json"
    assert analyst.post(address, {"orders": {KEY: "ymd"}}, content_type=kind).status_code == 422
    assert analyst.post(address, {"orders": {KEY: "sideways"}}, content_type=kind).status_code == 400
    answer = analyst.post(address, {"orders": {KEY: "mdy"}}, content_type=kind)
    assert (answer.status_code, answer.json()["state"]) == (202, "queued")
    tasks.run_import(answer.json()["id"])
    assert since()["T00001"] == dt.date(2015, 3, 4)


def test_the_command_asks_and_takes_the_answer(tmp_path):
    folder, out = files.write(tmp_path / "in", {"c.csv": OPEN}), StringIO()
    with pytest.raises(CommandError, match="--date-order"):
        call_command("import_data", str(folder), "--json", stdout=out)
    report = json.loads(out.getvalue())
    assert (report["state"], report["questions"][0]["key"]) == ("asks", KEY)
    call_command("import_data", str(folder), "--json", "--date-order", "dmy", stdout=StringIO())
    assert since()["T00001"] == dt.date(2015, 4, 3)
    assert DateOrder.objects.get().order == "dmy"
