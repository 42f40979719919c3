"""The mapping screen and its API: detect, suggest, preview, save, import, recognise, edit, switch off, delete."""

import io
import json
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts import ingest, mapping, tasks
from accounts.forms.mapping import parsed_pairs
from accounts.lake.columns import Guess
from accounts.lake.suggest import suggestions
from accounts.models import AuditEntry, Customer, Import, ImportFile, MappedSource, Role
from accounts.sources.mapping import to_source
from b2shift.lib.api import Refused
from tests.accounts import files, mapped

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def lake(tmp_path, settings):
    settings.LAKE_URL = str(tmp_path / "lake")


@pytest.fixture
def analyst(client_of):
    client = client_of("analyst")
    client.cookies["django_language"] = "en"
    return client


def unknown(tmp_path, name: str, content: str | bytes) -> ImportFile:
    run = ingest.import_directory(files.write(tmp_path / name.replace(".", "-"), {name: content}))
    file = run.files.get()
    assert mapping.mappable(file), file.reason
    return file


def text(answer) -> str:
    return unescape(answer.content.decode())


def fields(spec: dict) -> dict[str, str]:
    """A mapping as the form sends it."""
    sent = {"base": spec["base"], "title": spec["title"] or "A source"}
    for name, column in spec["columns"].items():
        for key, value in column.items():
            lines = "\n".join(" = ".join(pair) for pair in value) if key == "translations" else str(value)
            sent[f"{name}-{key}"] = lines
    sent |= {key: spec[key] for key in ("prefix", "through", "reference") if spec.get(key)}
    sent |= {key: "on" for key in ("summed", "store") if spec.get(key)}
    if spec.get("where"):
        sent |= {"where-header": spec["where"][0]["header"], "where-values": "; ".join(spec["where"][0]["values"])}
    return sent


def test_the_screen_shows_proposes_previews_and_saves(analyst, tmp_path):
    file = unknown(tmp_path, "ravenstack_accounts.csv", mapped.ACCOUNTS)
    address = f"/data/{file.run_id}/map/{file.pk}/"
    assert address in text(analyst.get(f"/data/{file.run_id}/"))
    page = text(analyst.get(address))
    for words in ("account_name", "EdTech", "Ravenstack accounts", "UTF-8-SIG", "likely"):
        assert words in page
    assert 'value="clientes" selected' in page
    proposal = mapping.propose(mapping.look(mapping.path_of(file), file.name), file.name)
    assert proposal["columns"]["since"] == {"header": "signup_date", "order": "dmy"}
    sent = fields(proposal)
    tried = text(analyst.post(address, {**sent, "action": "preview"}))
    assert "2 rows read: 2 would be loaded, 0 set aside." in tried
    assert "2024-10-16" in tried
    assert not MappedSource.objects.exists()
    part = text(
        analyst.post(
            address, {**sent, "action": "preview"}, headers={"HX-Request": "true", "HX-Target": "mapping-trial"}
        )
    )
    assert part.lstrip().startswith('<section class="card" id="mapping-trial"')
    answer = analyst.post(address, {**sent, "title": "Raven accounts", "action": "save"})
    made, run = MappedSource.objects.get(), Import.objects.latest("pk")
    assert answer.headers["Location"] == f"/data/{run.pk}/"
    assert (made.name, made.base, made.created_by.role) == ("raven_accounts_clientes", "clientes", Role.ANALYST)
    tasks.run_import(run.pk)
    assert Customer.objects.get(code="A-2E4581").name == "Company_0"
    again = ingest.import_directory(
        files.write(tmp_path / "next", {"other.csv": mapped.ACCOUNTS.replace("Company_1", "Company_9")})
    )
    assert again.files.get().source == made.name
    assert Customer.objects.get(code="A-43A9E3").name == "Company_9"
    assert AuditEntry.objects.filter(action="source.map", target_id=str(made.pk)).count() == 1


def test_a_mapping_without_what_is_needed_is_refused_and_nothing_is_kept(analyst, tmp_path):
    file = unknown(tmp_path, "accounts.csv", mapped.ACCOUNTS)
    address = f"/data/{file.run_id}/map/{file.pk}/"
    answer = analyst.post(
        address, {"base": "clientes", "title": "X", "customer-header": "account_id", "action": "save"}
    )
    assert answer.status_code == 422
    assert "Say which column holds: registered name." in text(answer)
    assert (MappedSource.objects.count(), Import.objects.count()) == (0, 1)


@pytest.mark.usefixtures("english")
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"base": "unidades"}, "what the rows become"), ({"reference": "nope"}, "no column"), ({"prefix": "a b"}, "prefix"),
        ({"through": "nowhere"}, "looked up"), ({"where": [{"header": "nope", "values": []}]}, "no column"),
        ({"columns": {"customer": {"header": "account_id"}, "name": {"header": "account_name", "factor": 0.0, "order": "x"}}}, "order"),
        ({"columns": {"customer": {"header": "account_id"}, "name": {"header": "account_name", "factor": "many"}}}, "factor"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_in_words(db, change, words):
    with pytest.raises(Refused, match=words):
        mapping.checked({**mapped.RAVEN[0], **change})


def test_files_are_linked_by_reference_on_the_screen(analyst, tmp_path):
    first = unknown(tmp_path, "ravenstack_subscriptions.csv", mapped.SUBSCRIPTIONS)
    table = mapping.look(mapping.path_of(first), first.name)
    lines = mapping.propose(table, first.name, "dados_clientes")
    assert lines["reference"] == "subscription_id"
    assert lines["columns"]["status"]["translations"] == [["TRUE", "CANCELADO"], ["FALSE", "ATIVO"]]
    address = f"/data/{first.run_id}/map/{first.pk}/"
    assert analyst.post(address, {**fields(lines), "action": "save"}).status_code == 302
    mrr = {**mapping.propose(table, first.name, "mrr"), "where": [{"header": "churn_flag", "values": ["FALSE"]}]}
    assert mrr["summed"] is True
    assert analyst.post(address, {**fields(mrr), "action": "save"}).status_code == 302
    for run in Import.objects.filter(state=Import.State.QUEUED).order_by("pk"):
        tasks.run_import(run.pk)
    assert Customer.objects.get(code="A-2E4581").picture.mrr == 1666
    usage = unknown(tmp_path, "ravenstack_feature_usage.csv", mapped.USAGE)
    proposal = mapping.propose(mapping.look(mapping.path_of(usage), usage.name), usage.name)
    source = MappedSource.objects.get(base="dados_clientes")
    assert (proposal["base"], proposal["through"]) == ("telemetria", source.name)
    assert proposal["columns"]["duration_ms"] == {"header": "usage_duration_secs", "factor": 1000.0}
    page = text(analyst.post(f"/data/{usage.run_id}/map/{usage.pk}/", {**fields(proposal), "action": "preview"}))
    assert "4 rows read: 2 would be loaded, 1 set aside." in page
    assert "A-2E4581" in page


def test_a_changed_mapping_reads_its_file_again_and_can_be_switched_off_and_deleted(analyst, tmp_path):
    file = unknown(tmp_path, "accounts.csv", mapped.ACCOUNTS)
    proposal = mapping.propose(mapping.look(mapping.path_of(file), file.name), file.name)
    made, run = mapping.save(file.run.started_by, {**proposal, "title": "Accounts"}, file)
    tasks.run_import(run.pk)
    assert Customer.objects.get(code="A-2E4581").industry == "EdTech"
    edit = f"/data/sources/{made.name}/edit/"
    assert "Company_0" in text(analyst.get(edit))
    changed = fields(proposal) | {"industry-translations": "EdTech = EDUCACIONAL", "title": "Accounts"}
    answer = analyst.post(edit, {**changed, "action": "save"})
    rerun = Import.objects.latest("pk")
    assert answer.headers["Location"] == f"/data/{rerun.pk}/"
    tasks.run_import(rerun.pk)
    assert Customer.objects.get(code="A-2E4581").industry == "EDUCACIONAL"
    analyst.post(f"/data/sources/{made.name}/switch/", {"active": "0"})
    assert "Switched off" in text(analyst.get("/data/sources/"))
    unknown(tmp_path, "later.csv", mapped.ACCOUNTS + "A-9,Company_9,X,BR,01-01-2025,Basic,1,FALSE\r\n")
    analyst.post(f"/data/sources/{made.name}/delete/")
    assert analyst.get(edit).status_code == 404
    assert Customer.objects.count() == 2
    actions = list(
        AuditEntry.objects.filter(action__startswith="source.").values_list("action", flat=True).order_by("pk")
    )
    assert actions == ["source.map", "source.edit", "source.disable", "source.delete"]


@pytest.mark.usefixtures("english")
def test_a_source_that_others_look_through_stays(db):
    for spec in (mapped.RAVEN[1], mapped.RAVEN[3]):
        MappedSource.objects.create(name=spec["name"], title=spec["title"], base=spec["base"], spec=spec)
    with pytest.raises(Refused, match="looks its customers up"):
        mapping.delete(None, MappedSource.objects.get(name="raven_lines"))
    assert MappedSource.objects.get(name="raven_lines").state == "active"


@pytest.mark.parametrize("role", list(Role))
def test_only_analysts_and_administrators_map(client_of, tmp_path, role):
    file = unknown(tmp_path, "accounts.csv", mapped.ACCOUNTS)
    client, expected = client_of(role.value), 200 if role in mapping.MAPPERS else 403
    addresses = ["/data/sources/", "/data/sources/clientes/", f"/data/{file.run_id}/map/{file.pk}/"]
    assert [client.get(address).status_code for address in addresses] == [expected] * 3


def test_every_declared_source_has_its_page(analyst):
    listed = text(analyst.get("/data/sources/"))
    assert "Nothing mapped yet" in listed
    for name in ("faturas", "indicadores", "nps_transacional_onboarding"):
        assert f"/data/sources/{name}/" in listed
        assert analyst.get(f"/data/sources/{name}/").status_code == 200
    invoices = text(analyst.get("/data/sources/faturas/"))
    for words in ("VL_FATURA", "noted: Due before it was issued", "Money of a company", "/catalog/datasets/faturas/"):
        assert words in invoices
    assert "due_before_issue" not in invoices
    assert analyst.get("/data/sources/nothing/").status_code == 404


def test_the_api_does_the_same(analyst, tmp_path):
    sent = SimpleUploadedFile("Telco churn.csv", mapped.TELCO.encode())
    found = analyst.post("/api/v1/mapping/detect/", {"file": sent}).json()
    assert [each["name"] for each in found["columns"]][:2] == ["customerID", "tenure"]
    assert next(each for each in found["columns"] if each["name"] == "TotalCharges")["blank"] == 1
    spec = next(each for each in found["suggestions"] if each["base"] == "dados_clientes")
    assert spec["columns"]["status"]["translations"] == [["Yes", "CANCELADO"], ["No", "ATIVO"]]
    assert spec["columns"]["value"]["header"] == "TotalCharges"
    sent.seek(0)
    tried = analyst.post("/api/v1/mapping/preview/", {"file": sent, "spec": json.dumps(spec)}).json()
    assert (tried["read"], tried["accepted"]) == (3, 3)
    blank = next(each for each in tried["problems"] if each["code"] == "blank_number")
    assert (blank["count"], blank["examples"][0]["line"]) == (1, 3)
    assert not MappedSource.objects.exists()
    sent.seek(0)
    saved = analyst.post("/api/v1/mapped-sources/", {"file": sent, "spec": json.dumps(spec)})
    assert saved.status_code == 201
    tasks.run_import(int(saved.headers["X-Import"]))
    assert Customer.objects.get(code="4472-LVYGI").contract_lines.get().value is None
    name = saved.json()["name"]
    off = analyst.patch(
        f"/api/v1/mapped-sources/{name}/", json.dumps({"active": False}), content_type="application/json"
    )
    assert off.json()["state"] == "disabled"
    assert [each["name"] for each in analyst.get("/api/v1/mapped-sources/").json()["results"]] == [name]
    wrong = analyst.post(
        "/api/v1/mapped-sources/", json.dumps({"spec": {**spec, "columns": {}}}), content_type="application/json"
    )
    assert (wrong.status_code, wrong.json()["code"]) == (422, "bad_mapping")
    assert analyst.delete(f"/api/v1/mapped-sources/{name}/").status_code == 204
    assert analyst.get(f"/api/v1/mapped-sources/{name}/").status_code == 404


def parquet(rows: list[list]) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    out = io.BytesIO()
    pq.write_table(pa.table({name: [row[n] for row in rows[1:]] for n, name in enumerate(rows[0])}), out)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["xlsx", "parquet"])
def test_a_workbook_and_a_parquet_file_are_mapped_like_any_other(tmp_path, kind):
    rows = [
        ["client_id", "company", "cidade", "valor"],
        ["Z1", "Zeta", "Campinas", 12.5],
        ["Z2", "Eta", "Santos", None],
    ]
    content = mapped.workbook("Clients", rows) if kind == "xlsx" else parquet(rows)
    file = unknown(tmp_path, f"book.{kind}", content)
    proposal = mapping.propose(mapping.look(mapping.path_of(file), file.name), file.name)
    assert (proposal["base"], proposal["columns"]["name"]["header"]) == ("clientes", "company")
    _made, run = mapping.save(None, {**proposal, "title": "Book"}, file)
    tasks.run_import(run.pk)
    assert sorted(Customer.objects.values_list("code", "name")) == [("Z1", "Zeta"), ("Z2", "Eta")]


def test_names_in_both_languages_and_kinds_of_values_decide_the_proposal():
    def seen(name, kind="text", **more):
        return Guess(0, name, kind, filled=10, examples=["x"], **more)

    portuguese = [seen("ID Cliente"), seen("Nota Fiscal"), seen("Vencimento", "date", readings=["dmy"]), seen("Valor", "number", decimal=","),
                  seen("Emissão", "date", readings=["dmy", "mdy"])]  # fmt: skip
    best = suggestions(portuguese, "Faturas")[0]
    assert best.base == "faturas"
    assert best.columns["due_on"] == {"header": "Vencimento", "order": "dmy"}
    assert "order" not in best.columns["issued_on"]  # the values do not tell: a person is asked
    assert best.columns["value"]["decimal"] == ","
    tickets = [seen("ticket_number"), seen("customer_id"), seen("opened_at", "text"), seen("severity")]
    found = {each.base: each for each in suggestions(tickets, "x")}
    assert found["tickets"].missing == ("created_on",)  # a text is no date, whatever its name


def test_a_new_source_is_one_declaration():
    source = to_source(mapped.RAVEN[4])
    assert (source.target, source.unique, source.column("created_on").headers) == ("tickets", True, ("submitted_at",))
    assert source.column("kind").headers == ()
    assert parsed_pairs("Yes = CANCELADO\n= open\nnonsense\na=b=c") == [
        ["Yes", "CANCELADO"],
        ["", "open"],
        ["a", "b=c"],
    ]
