"""The import pages: who sees them, files in, outcome out, and refusals that leave nothing behind."""

import csv
import io
from html import unescape
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import translation

from accounts import ingest, tasks
from accounts.models import Customer, Finding, Import, ImportFile, QuarantinedRow, Role
from accounts.sources import SOURCES
from accounts.sources.findings import explain
from b2shift.lib.api import Refused
from tests.accounts import hostile
from tests.accounts.uploads import BAD_ZIPS, MASTER, MRR, PNG, Nothing, sent, zipped

pytestmark = pytest.mark.django_db(transaction=True)

MAY = {Role.ANALYST, Role.ADMIN}


@pytest.fixture
def analyst(client_of):
    client = client_of("analyst")
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture
def loaded(analyst) -> Import:
    """Two files that went through the page and the task; one row of ``mrr`` names an unknown customer."""
    answer = analyst.post("/data/", {"files": [sent("clientes.csv"), sent("mrr.csv", MRR)]})
    run = Import.objects.get()
    assert answer.headers["Location"] == f"/data/{run.pk}/"
    tasks.run_import(run.pk)
    run.refresh_from_db()
    return run


def text(answer) -> str:
    return unescape(answer.content.decode())


@pytest.mark.parametrize("role", list(Role))
def test_only_analysts_and_administrators_see_imports(client_of, role):
    run = ingest.start(Path("/nowhere"), None)
    client, expected = client_of(role.value), 200 if role in MAY else 403
    addresses = [
        reverse("imports"), reverse("import", args=[run.pk]), reverse("import-quarantine", args=[run.pk]),
        reverse("import-quarantine-csv", args=[run.pk]),
    ]  # fmt: skip
    assert [client.get(address).status_code for address in addresses] == [expected] * 4
    if role not in MAY:
        with Nothing():
            assert client.post("/data/", {"files": [sent("clientes.csv")]}).status_code == 403


def test_strangers_are_sent_to_the_sign_in(client):
    with Nothing():
        answer = client.post("/data/", {"files": [sent("clientes.csv")]})
    assert answer.status_code == 302
    assert "/auth/login/" in answer.headers["Location"]


def test_the_empty_page_teaches_which_files_there_are(analyst):
    page = text(analyst.get("/data/"))
    for source in SOURCES:
        assert source.pattern in page
    assert "No data yet" in page
    assert "MRR_12M" in page


def test_files_go_in_and_their_outcome_comes_out(analyst, loaded):
    assert loaded.state == Import.State.PUBLISHED
    assert set(Customer.objects.values_list("code", flat=True)) == {"S00001", "S00002", "S00003"}
    page = text(analyst.get(f"/data/{loaded.pk}/"))
    assert "clientes_desde" in page
    assert "UTF-8" in page
    assert "Unknown customer" in page
    assert "S09999" in page
    assert "MRR of zero" in page
    assert "hx-trigger" not in page.split("<main")[1].split("</main>")[0].replace('hx-trigger="change', "")


def test_the_page_speaks_portuguese_by_default(analyst, loaded):
    with translation.override("pt-br"):
        words = {str(loaded.get_state_display()), str(explain("zero_mrr").meaning)}
    del analyst.cookies["django_language"]
    page = text(analyst.get(f"/data/{loaded.pk}/"))
    assert '<html lang="pt' in page
    assert all(word in page for word in words)


def test_the_list_shows_totals_and_sorts(analyst, loaded):
    first = text(analyst.get("/data/?sort=row_count", headers={"HX-Request": "true"}))
    assert "<html" not in first
    assert f"/data/{loaded.pk}/" in first
    for column in ("created_at", "started_by", "state", "file_count", "quarantined_count", "-customers"):
        assert analyst.get(f"/data/?sort={column}").status_code == 200
    row = next(iter(analyst.get("/data/").context["table"].rows))
    assert (
        row.get_cell_value("file_count"),
        row.get_cell_value("row_count"),
        row.get_cell_value("quarantined_count"),
    ) == ("2", "6", "1")


def test_a_second_upload_changes_nothing_and_says_so(analyst, loaded):
    analyst.post("/data/", {"files": [sent("clientes.csv")]})
    run = Import.objects.exclude(pk=loaded.pk).get()
    tasks.run_import(run.pk)
    page = text(analyst.get(f"/data/{run.pk}/"))
    assert Import.objects.get(pk=run.pk).state == Import.State.UNCHANGED
    assert "Everything in the files that could be read was loaded before" in page
    assert Customer.objects.count() == 3


def test_progress_is_asked_for_until_the_import_ends(analyst):
    analyst.post("/data/", {"files": [sent("clientes.csv")]})
    run = Import.objects.get()
    address, ask = f"/data/{run.pk}/", {"HX-Request": "true", "HX-Target": "import-progress"}
    assert f'hx-get="{address}"' in analyst.get(address).content.decode()
    waiting = analyst.get(address, headers=ask).content.decode()
    assert f'hx-get="{address}"' in waiting
    assert "<html" not in waiting
    tasks.run_import(run.pk)
    assert analyst.get(address, headers=ask).headers["HX-Refresh"] == "true"
    assert 'id="import-progress"' not in analyst.get(address).content.decode()


def test_quarantine_is_listed_paged_and_downloaded(analyst, loaded):
    file = loaded.files.get(source="mrr")
    QuarantinedRow.objects.bulk_create(
        QuarantinedRow(file=file, line=n, reason="bad_number", raw="=1+1;x") for n in range(10, 40)
    )
    address = reverse("import-quarantine", args=[loaded.pk])
    assert "S09999;10.0" in text(analyst.get(address))
    assert (
        len(analyst.get(f"{address}?file={file.pk}&page=2", headers={"HX-Request": "true"}).context["table"].page) == 11
    )
    other = loaded.files.exclude(pk=file.pk).get()
    assert len(analyst.get(f"{address}?file={other.pk}").context["table"].rows) == 0
    assert analyst.get(f"{address}?file=99999999999999999999999").status_code == 200
    answer = analyst.get(reverse("import-quarantine-csv", args=[loaded.pk]))
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig")), delimiter=","))
    assert len(rows) == 32
    assert rows[1][:3] == ["mrr.csv", "4", "orphan_customer"]
    assert rows[2][4] == "'=1+1;x"


def test_a_refused_file_is_named_with_its_reason(analyst):
    analyst.post("/data/", {"files": [sent("mrr.csv", b"CLIENTE;RECEITA\nS00001;5\n")]})
    run = Import.objects.get()
    tasks.run_import(run.pk)
    page = text(analyst.get(f"/data/{run.pk}/"))
    assert "The import was refused" in page
    assert "mrr.csv was refused" in page
    assert "MRR_12M" in page
    assert Customer.objects.count() == 0


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        pytest.param("clientes_desde.csv", PNG, "is not a text file", id="image"),
        ("clientes_desde.csv", b"", "is empty"),
        ("clientes_desde.csv", b" \n\n", "is empty"),
        ("clientes.xls", b"\xd0\xcf\x11\xe0" + bytes(600), "save it as XLSX"),
    ],
)
def test_hopeless_files_are_refused_at_the_door(analyst, name, content, says):
    with Nothing():
        answer = analyst.post("/data/", {"files": [sent("good.csv"), sent(name, content)]})
    assert answer.status_code == 422
    assert says in text(answer)
    assert name in text(answer)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("clientes.xlsx", zipped({"[Content_Types].xml": b"<x/>"}), "The workbook is damaged."),
        ("clientes.xlsx", hostile.far_corners(), "Ctrl+End shows the last one"),
        ("clientes.csv.gz", hostile.gzip_bomb(20), "would unpack to far more"),
        ("clientes.csv.gz", MASTER, "is called ZIP but is none"),
    ],
)
def test_hostile_workbooks_and_archives_are_refused_at_the_door(analyst, name, content, says):
    with Nothing():
        answer = analyst.post("/data/", {"files": [sent("good.csv"), sent(name, content)]})
    assert (answer.status_code, says in text(answer)) == (422, True)


def test_ten_gigabytes_are_refused_by_their_announcement(analyst):
    class Untouched(io.BytesIO):
        def read(self, *_):
            raise AssertionError("the body was read")

    announced = {"CONTENT_LENGTH": str(10 << 30), "CONTENT_TYPE": "multipart/form-data; boundary=x"}
    with Nothing():
        answer = analyst.generic("POST", "/data/", **announced, **{"wsgi.input": Untouched()})
    assert (answer.status_code, answer.headers["Connection"]) == (413, "close")
    assert "Nothing was stored" in text(answer)


@pytest.mark.parametrize("kind", BAD_ZIPS)
def test_bad_archives_leave_nothing_behind(people, analyst, kind):
    content, code = BAD_ZIPS[kind]
    with Nothing(), pytest.raises(Refused) as refused:
        ingest.receive([sent("good.csv"), sent("data.zip", content)], people["analyst"])
    assert refused.value.code == code
    with Nothing():
        answer = analyst.post("/data/", {"files": [sent("data.zip", content)]})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()


def test_a_zip_is_unpacked_and_its_foreign_files_are_left_out(analyst):
    content = zipped(
        {"dados/clientes.csv": MASTER, "outra/clientes.csv": MRR, "logo.png": PNG, "__MACOSX/._clientes.csv": b"\0"}
    )
    analyst.post("/data/", {"files": [sent("data.zip", content)]})
    run = Import.objects.get()
    assert {path.name for path in Path(run.source_path).iterdir()} == {"clientes.csv", "clientes (2).csv", "logo.png"}
    tasks.run_import(run.pk)
    assert dict(run.files.values_list("name", "outcome")) == {
        "clientes.csv": ImportFile.Outcome.LOADED, "clientes (2).csv": ImportFile.Outcome.LOADED, "logo.png": ImportFile.Outcome.SKIPPED,
    }  # fmt: skip
    assert "logo.png" in text(analyst.get(f"/data/{run.pk}/"))


def test_too_much_is_refused_before_and_while_it_is_read(analyst, people, settings):
    settings.B2SHIFT_MAX_UPLOAD_BYTES = 2000
    with Nothing():
        answer = analyst.post("/data/", {"files": [sent("clientes.csv", MASTER * 100)]})
    assert answer.status_code == 413
    assert "Nothing was stored" in text(answer)
    with Nothing(), pytest.raises(Refused) as refused:
        ingest.receive([sent("a.csv", MASTER * 20), sent("b.csv", MASTER * 20)], people["analyst"])
    assert refused.value.code == "too_large"


def test_pages_without_uploads_take_small_forms_only(analyst, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 2000
    assert analyst.post("/language/", {"language": "en", "files": sent("a.csv", MASTER * 100)}).status_code == 413
    assert analyst.post("/data/", {"files": [sent("a.csv", MASTER * 100)]}).status_code == 302


def test_a_form_without_files_says_so(analyst):
    with Nothing():
        answer = analyst.post("/data/", {})
    assert (answer.status_code, "Choose at least one file." in text(answer)) == (422, True)


def test_a_double_click_starts_one_import(analyst):
    answers = [analyst.post("/data/", {"files": [sent("clientes.csv")], "idempotency_key": "once"}) for _ in range(2)]
    assert Import.objects.count() == 1
    assert {answer.headers["Location"] for answer in answers} == {f"/data/{Import.objects.get().pk}/"}


def test_naughty_names_are_tamed_and_escaped(analyst):
    naughty = '../../"><img src=x onerror=alert(1)>\u202e&.csv'
    analyst.post("/data/", {"files": [sent("x.csv")]})  # the client would tame the name itself: ask the verb
    run = Import.objects.get()
    ingest_name = "__img src=x onerror=alert(1)_&.csv"
    file = sent("x.csv")
    file._name = naughty
    other = ingest.receive([file], run.started_by)
    assert [path.name for path in Path(other.source_path).iterdir()] == ["_" + ingest_name]
    tasks.run_import(other.pk)
    stored = other.files.get()
    Finding.objects.create(
        file=stored,
        code="bad_date",
        severity="warning",
        column="<i>",
        count=1,
        examples=[{"line": 2, "value": "<script>alert(2)</script>"}],
    )
    QuarantinedRow.objects.create(file=stored, line=2, reason="bad_date", raw="<script>alert(3)</script>")
    for address in (f"/data/{other.pk}/", f"/data/{other.pk}/quarantine/"):
        page = analyst.get(address).content.decode()
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "<i>" not in page
        assert "&amp;.csv" in page
    refusal = analyst.post(
        "/data/", {"files": [sent("z.zip", zipped({"../<img src=x>.csv": MASTER}))]}
    ).content.decode()
    assert "../&lt;img src=x&gt;.csv" in refusal
