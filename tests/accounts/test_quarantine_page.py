"""Quarantine on screen and over the API: what a person sees, mends, tries again, discards, takes away and brings back."""

import csv
import io
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts import ingest, tasks
from accounts.ingest import history, mending
from accounts.models import AuditEntry, ContractLine, Customer, Import, QuarantinedRow, Role
from tests.accounts import files

pytestmark = pytest.mark.django_db
CONTRACTS = (
    files.CONTRACT_HEADER
    + files.contract()
    + files.contract(product="", value="1,0", line="=1+1;x")
    + files.contract(product="", value="2,0")
    + files.contract(code="T09999", product="BI")
    + "T00001;ragged\r\n"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    content = {"clientes_desde.csv": files.MASTER, "dados_clientes.csv": CONTRACTS.replace("=1+1;x", '"=1+1;x"')}
    return files.write(tmp_path_factory.mktemp("in"), content)


@pytest.fixture
def run(folder, tmp_path, settings):
    """Four of five contract lines wait: two without a product, one of an unknown customer… which makes one, and a ragged one."""
    settings.LAKE_URL = str(tmp_path / "lake")
    return ingest.import_directory(folder)


@pytest.fixture
def analyst(client_of):
    client = client_of("analyst")
    client.cookies["django_language"] = "en"
    return client


def text(answer) -> str:
    return unescape(answer.content.decode())


def row_of(reason):
    return QuarantinedRow.objects.filter(reason=reason).order_by("line").first()


def test_the_list_is_filtered_and_says_what_became_of_all(analyst, run):
    address = reverse("import-quarantine", args=[run.pk])
    page = text(analyst.get(address))
    assert ("Required value is missing" in page, "wrong number of columns" in page, "Corrected" in page) == (
        True,
        True,
        False,
    )
    assert "Choose one file and one reason above" in page
    file = row_of("missing_value").file
    narrowed = analyst.get(address, {"file": file.pk, "reason": "missing_value"})
    assert len(narrowed.context["table"].rows) == 2
    assert "Put it into all of them" in text(narrowed)
    for state, count in (("over", 0), ("all", 3), ("nonsense", 0)):
        assert len(analyst.get(address, {"state": state}).context["table"].rows) == count
    assert history.totals(run) == {"total": 3, "kept": 3, "waiting": 3, "mended": 0, "discarded": 0, "beyond": 0}
    run.files.filter(pk=file.pk).update(quarantined=12_000)
    assert "12,000 rows were set aside" in text(analyst.get(address))


def test_the_reason_stands_beside_the_field_at_fault(analyst, run):
    row = row_of("missing_value")
    form = analyst.get(reverse("import-quarantined", args=[run.pk, row.pk])).context["form"]
    marked = [field.label for field in form if field.help_text]
    assert marked == ["DS_PROD"]
    assert [field.label for field in form] == row.file.header
    assert "b2-optional" not in text(analyst.get(reverse("import-quarantined", args=[run.pk, row.pk])))
    ragged = analyst.get(reverse("import-quarantined", args=[run.pk, row_of("ragged_row").pk]))
    assert not [field for field in ragged.context["form"] if field.help_text]
    assert "T00001;ragged" in text(ragged)


def test_one_row_is_mended_and_tried_from_its_page(analyst, people, run):
    row = row_of("missing_value")
    address = reverse("import-quarantined", args=[run.pk, row.pk])
    cells = {f"c{n}": value for n, value in enumerate(mending.values(row))} | {"c1": "Folha <xyz>"}
    kept = analyst.post(address, {**cells, "action": "keep"})
    assert kept.headers["Location"] == reverse("import-quarantine", args=[run.pk])
    assert "Corrected" in text(analyst.get(kept.headers["Location"]))
    answer = analyst.post(address, {**cells, "action": "retry"})
    fresh = Import.objects.get(channel="mended")
    assert answer.headers["Location"] == reverse("import", args=[fresh.pk])
    assert "being tried again" in text(analyst.get(address))
    again = analyst.post(address, {**cells, "action": "retry"})
    assert (again.status_code, Import.objects.filter(channel="mended").count()) == (422, 1)
    tasks.run_import(fresh.pk)
    assert ContractLine.objects.filter(product="Folha <xyz>", line="=1+1;x").count() == 1
    page = analyst.get(address)
    assert "Loaded" in text(page)
    assert b"<xyz>" not in page.content
    assert "Mended rows" in text(analyst.get(reverse("import", args=[fresh.pk])))
    file = fresh.files.get()
    assert "they came from" in text(analyst.get(reverse("import-file", args=[fresh.pk, file.pk])))
    assert "T00001" in text(analyst.get(reverse("import-file", args=[fresh.pk, file.pk])))


def test_many_rows_get_one_value_and_are_tried_or_discarded(analyst, run):
    file = row_of("missing_value").file
    act = reverse("import-quarantine-act", args=[run.pk]) + f"?file={file.pk}&reason=missing_value"
    before = list(QuarantinedRow.objects.order_by("pk").values())
    for wrong in (
        {"action": "value", "column": "NONE"},
        {"action": "retry"},
        {"action": "explode", "which": "all"},
        {"action": "discard", "which": "all"},
    ):
        assert analyst.post(act, wrong).status_code == 302
    assert list(QuarantinedRow.objects.order_by("pk").values()) == before
    assert not Import.objects.filter(channel="mended").exists()
    answer = analyst.post(act, {"action": "value", "column": "DS_PROD", "value": "Serviço"})
    assert answer.headers["Location"].endswith(f"?file={file.pk}&reason=missing_value")
    ragged = row_of("ragged_row")
    plain = reverse("import-quarantine-act", args=[run.pk])
    analyst.post(plain, {"action": "discard", "rows": [ragged.pk], "note": "Broken export"})
    ragged.refresh_from_db()
    assert (ragged.resolution, ragged.note, ragged.resolved_by.name) == ("discarded", "Broken export", "Analyst")
    analyst.post(act, {"action": "retry", "which": "all"})
    tasks.run_import(Import.objects.get(channel="mended").pk)
    assert ContractLine.objects.filter(product="Serviço").count() == 2
    page = text(analyst.get(reverse("import-quarantine", args=[run.pk]), {"state": "over"}))
    assert ("Discarded" in page, "Loaded" in page, "Analyst" in page) == (True, True, True)


def mended_list(analyst, run, change):
    file = row_of("missing_value").file
    answer = analyst.get(reverse("import-quarantine-list", args=[run.pk, file.pk]))
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig")), delimiter=","))
    change(rows)
    out = io.StringIO()
    csv.writer(out, delimiter=";").writerows(rows)
    return SimpleUploadedFile("list.csv", ("\ufeff" + out.getvalue()).encode())


def test_a_spreadsheet_goes_out_safe_and_comes_back_mended(analyst, run):
    def change(rows):
        assert rows[0][:3] == ["b2shift_row", "Line", "Reason"]
        assert rows[1][5] == "'=1+1;x"
        rows[1][4] = "Um"
        rows[2][4] = "'=Dois"

    answer = analyst.post(
        reverse("import-quarantine-corrected", args=[run.pk]), {"file": mended_list(analyst, run, change)}
    )
    fresh = Import.objects.get(channel="mended")
    assert answer.headers["Location"] == reverse("import", args=[fresh.pk])
    tasks.run_import(fresh.pk)
    assert set(ContractLine.objects.filter(product__in=["Um", "=Dois"]).values_list("product", "line")) == {
        ("Um", "=1+1;x"), ("=Dois", "CDU PROTHEUS"),
    }  # fmt: skip
    assert QuarantinedRow.objects.filter(resolved_at=None).get().reason == "ragged_row"


MISFITS = {
    "nothing changed": lambda rows: None,
    "foreign row": lambda rows: rows[1].__setitem__(0, "999999"),
    "no list": lambda rows: rows[0].__setitem__(0, "id"),
    "other columns": lambda rows: rows[0].__setitem__(5, "OTHER"),
    "short row": lambda rows: rows[1].pop(),
    "empty": lambda rows: rows.clear(),
}


def test_a_spreadsheet_that_does_not_fit_is_refused_whole(analyst, run):
    before = list(QuarantinedRow.objects.order_by("pk").values())
    for name, change in MISFITS.items():
        sent = {"file": mended_list(analyst, run, change)}
        answer = analyst.post(reverse("import-quarantine-corrected", args=[run.pk]), sent, follow=True)
        assert [each.level_tag for each in answer.context["messages"]] == ["error"], name
    assert list(QuarantinedRow.objects.order_by("pk").values()) == before
    assert not Import.objects.filter(channel="mended").exists()
    assert not AuditEntry.objects.filter(action__startswith="quarantine").exists()


def test_others_do_nothing_with_quarantine(client_of, run):
    row, before = row_of("missing_value"), list(QuarantinedRow.objects.order_by("pk").values())
    pages = [
        ("import-quarantine-act", []),
        ("import-quarantine-corrected", []),
        ("import-quarantined", [row.pk]),
        ("import-cancel", []),
        ("import-again", []),
    ]
    calls = [
        ("api-quarantine-retry", []),
        ("api-quarantine-discard", []),
        ("api-quarantined", [row.pk]),
        ("api-import-cancel", []),
    ]
    for role in set(Role) - {Role.ANALYST, Role.ADMIN}:
        client = client_of(role.value)
        for name, extra in [*pages, *calls]:
            sent = {"action": "retry", "which": "all", "note": "x"}
            assert client.post(reverse(name, args=[run.pk, *extra]), sent).status_code == 403, (role, name)
    assert list(QuarantinedRow.objects.order_by("pk").values()) == before


def test_the_same_over_the_api(analyst, run):
    url = reverse("api-quarantine", args=[run.pk])
    found = analyst.get(url, {"waiting": "1"}).json()["results"]
    row = next(each for each in found if each["reason"] == "missing_value")
    assert (row["cells"]["CD_CLIENTE"], row["cells"]["DS_PROD"]) == ("T00001", "")
    own = reverse("api-quarantined", args=[run.pk, row["id"]])
    assert analyst.post(own, {"cells": {"NOPE": "x"}}, content_type="application/json").status_code == 409
    assert (
        analyst.post(own, {"cells": {"DS_PROD": "API"}}, content_type="application/json").json()["cells"]["DS_PROD"]
        == "API"
    )
    retry = reverse("api-quarantine-retry", args=[run.pk])
    assert analyst.post(retry, {"rows": [999999]}, content_type="application/json").status_code == 409
    answers = [
        analyst.post(retry, {"rows": [row["id"]]}, content_type="application/json", headers={"Idempotency-Key": "k"})
        for _ in range(2)
    ]
    assert [each.status_code for each in answers] == [202, 202]
    assert answers[0].json()["channel"] == "mended"
    assert analyst.post(reverse("api-import-cancel", args=[answers[0].json()["id"]])).json()["state"] == "cancelled"
    assert analyst.post(reverse("api-import-cancel", args=[run.pk])).json()["code"] == "import_over"
    assert analyst.post(reverse("api-import-again", args=[run.pk])).json()["code"] == "not_failed"
    discard = reverse("api-quarantine-discard", args=[run.pk])
    assert analyst.post(discard, {}, content_type="application/json").status_code == 400
    assert analyst.post(discard, {"note": "gone", "reason": "ragged_row"}, content_type="application/json").json() == {
        "discarded": 1
    }
    detail = analyst.get(reverse("api-import", args=[run.pk])).json()
    assert (detail["added"], detail["changed"], detail["removed"]) == (5, 0, 0)
    assert {"added", "changed", "removed", "mends"} <= set(detail["outcomes"][0])


def test_import_pages_stop_and_start_again(analyst, folder):
    run = ingest.start(folder, None)
    page = text(analyst.get(reverse("import", args=[run.pk])))
    assert "Stop the import" in page
    analyst.post(reverse("import-cancel", args=[run.pk]))
    page = text(analyst.get(reverse("import", args=[run.pk])))
    assert ("was cancelled" in page, "Start again with the same files" in page, "Analyst stopped it" in page) == (
        True,
        True,
        True,
    )
    assert analyst.post(reverse("import-cancel", args=[run.pk])).status_code == 302
    answer = analyst.post(reverse("import-again", args=[run.pk]))
    fresh = Import.objects.exclude(pk=run.pk).get()
    assert answer.headers["Location"] == reverse("import", args=[fresh.pk])
    assert analyst.post(reverse("import-again", args=[run.pk])).headers["Location"] == reverse("import", args=[run.pk])
    assert Import.objects.count() == 2
    ingest.cancel(fresh.pk, Import.objects.get(pk=run.pk).cancelled_by)
    assert "A new start of import" in text(analyst.get(reverse("import", args=[fresh.pk])))
    assert "Started again as import" in text(analyst.get(reverse("import", args=[run.pk])))


def test_a_figure_leads_to_its_file_import_and_lines(analyst, client_of, people, run):
    account = text(analyst.get(reverse("customer", args=["T00001"])))
    address = reverse("customer-origin", args=["T00001", "contract-value"])
    assert f'href="{address}"' in account
    page = text(analyst.get(address))
    file = run.files.get(source="dados_clientes")
    assert reverse("import-file", args=[run.pk, file.pk]) in page
    assert "dados_clientes.csv" in page
    assert "no data" in text(analyst.get(reverse("customer-origin", args=["T00001", "usage"])))
    assert analyst.get(reverse("customer-origin", args=["T00001", "nonsense"])).status_code == 404
    rep = client_of("sales_rep")
    assert rep.get(address).status_code == 404
    Customer.objects.filter(code="T00001").update(owner=people["sales_rep"])
    page = text(rep.get(address))
    assert ("dados_clientes.csv" in page, reverse("import-file", args=[run.pk, file.pk]) in page) == (True, False)
