"""The catalogue: profiles from real imports, masked values, scores that can be recomputed by hand, words that a person confirmed."""

import json
import re
from datetime import timedelta
from html import unescape

import pytest
from django.db.models.functions import Now
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from accounts import ingest, tasks
from accounts.catalog import datasets, descriptions, profiles, quality, queries
from accounts.lake.masking import masked
from accounts.lake.profiling import carry_out
from accounts.models import AuditEntry, ColumnProfile, DatasetProfile, Description, Import, ModelCall, Role
from accounts.sources import SOURCES
from accounts.views import catalog_charts as charts
from b2shift.lib.api import Refused
from tests.accounts import files
from tests.model_peer import Peer, ok

PERSON = "Ana Lima"


@pytest.fixture
def lake(tmp_path, settings):
    settings.LAKE_URL = str(tmp_path / "lake")
    return tmp_path / "in"


@pytest.fixture
def profiled(db, lake):
    """A small company, imported and profiled; returns the names of the datasets."""
    ingest.import_directory(files.write(lake, files.COMPANY))
    return profiles.refresh()


def text(answer) -> str:
    return unescape(answer.content.decode())


def one(name, column) -> queries.ShownColumn:
    return next(each for each in queries.columns([queries.one(name)]) if each.field.name == column)


# ---------------------------------------------------------------- pure


@given(st.text(max_size=60))
def test_a_masked_value_keeps_its_length_and_at_most_one_letter(value):
    hidden = masked(value)
    assert len(hidden) == len(value)
    assert sum(sign.isalnum() for sign in hidden) <= 1


def test_masking_keeps_the_shape():
    assert masked("ana.souza@acme.com") == "a••.•••••@••••.•••"
    assert masked("+55 11 98888-7777") == "+•• •• •••••-••••"


@given(st.lists(st.one_of(st.none(), st.floats(0, 1)), min_size=5, max_size=5))
def test_a_score_lies_between_its_worst_and_best_part(values):
    found = quality.Quality(*values)
    known = [value for value in values if value is not None]
    if values[0] is values[1] is values[3] is values[4] is None:
        assert found.score is None
    else:
        assert 100 * min(known) - 1e-9 <= found.score <= 100 * max(known) + 1e-9


def test_the_parts_follow_their_definitions():
    assert quality.Quality(1, 1, 1, 1, 1).score == 100
    assert quality.Quality(completeness=0.5, validity=1).score == 75
    assert sum(quality.WEIGHTS.values()) == 100
    assert quality.completeness([(True, 1.0), (False, 0.0)]) == pytest.approx(0.8)
    assert quality.share_without(0, 0) is None
    assert quality.share_without(4, 9) == 0
    assert [quality.freshness(age, 30) for age in (0, 30, 60, 90, 400)] == [1, 1, 0.5, 0, 0]
    assert quality.freshness(None, 30) is None


def test_every_dataset_is_told_in_full(db):
    known = datasets.entries()
    names = [each.name for each in known]
    assert len(set(names)) == len(names)
    assert {each.name for each in SOURCES} < set(names)
    for entry in known:
        assert entry.title, entry.name
        assert entry.owner in Role.values, entry.name
        assert set(entry.feeds) <= set(names), entry.name
        assert all(each.meaning and each.kind in datasets.KINDS for each in entry.columns), entry.name
        assert all(each.personal in datasets.PERSONAL for each in entry.columns), entry.name
        assert set(entry.key) <= {each.name for each in entry.columns}, entry.name
    assert {name for each in known for name in each.feeds} == {each.name for each in SOURCES}


def test_a_large_table_is_sampled_and_a_broken_one_harms_no_other(tmp_path):
    big = tmp_path / "big.csv"
    big.write_text("a,b\n" + "".join(f"{n % 40},{'' if n % 4 == 0 else 'x'}\n" for n in range(60_000)))
    common = {"columns": ["a", "b", "gone"], "key": [], "masked": [], "types": {"a": "DOUBLE", "b": "VARCHAR"}}
    tables = [
        {"name": "broken", "csv": str(tmp_path / "none.csv"), **common}, {"name": "big", "csv": str(big), **common},
    ]  # fmt: skip
    found = carry_out({"work": str(tmp_path), "memory_mb": 512, "seen": 5_000, "tables": tables})
    assert "error" in found["broken"]
    assert found["big"]["rows"] == 60_000
    assert 0 < found["big"]["sampled"] < 30_000
    assert set(found["big"]["columns"]) == {"a", "b"}
    assert found["big"]["columns"]["b"]["missing"] == 15_000  # every row counts, not only the sample
    assert found["big"]["columns"]["a"]["figures"]["max"] == 39


# ---------------------------------------------------------------- profiles


def test_profiles_say_what_the_files_held_and_keep_no_value_of_a_person(profiled):
    assert {"mrr", "dados_clientes", "contatos", "telemetria", "base_customers", "base_pictures"} <= set(profiled)
    contracts = one("dados_clientes", "value")
    assert (contracts.of.profile.rows, contracts.missing_share) == (4, 0)
    assert (contracts.now.figures["min"], contracts.now.figures["max"]) == (-20, 1234.56)
    assert one("dados_clientes", "status").now.shape == {
        "top": [{"value": "ATIVO", "n": 3}, {"value": "CANCELADO", "n": 1}]
    }
    signed = one("dados_clientes", "signed_on").now
    assert (signed.kind, signed.shape) == ("date", {"months": [{"from": "2022-05-01", "n": 4}]})
    assert one("base_customers", "customer").of.profile.uniqueness == 1
    assert one("base_pictures", "mrr").missing_share == pytest.approx(1 / 3)

    tickets = queries.one("tickets").profile  # four rows read: one exact repetition, one older row of the same ticket
    assert tickets.uniqueness == pytest.approx(0.5)
    nps = queries.one("nps_relacional").profile  # six rows: a repetition, an orphan, no code, a score of 11
    assert nps.consistency == pytest.approx(5 / 6)
    assert nps.validity == pytest.approx(4 / 6)
    assert queries.one("base_customers").profile.validity is None

    kept = json.dumps(list(ColumnProfile.objects.values("figures", "shape", "examples")), ensure_ascii=False)
    for secret in (PERSON, "Lima", "ana@cliente.example", "Rep One", "rep.one@b2shift.example"):
        assert secret.casefold() not in kept.casefold()
    names = one("contatos", "name").now
    assert (names.shape, sorted(names.examples)) == ({}, ["A•• ••••", "B••• ••••"])


def test_dates_are_drawn_as_bars_so_that_a_year_without_rows_is_a_gap(profiled):
    drawn = charts.distribution(one("clientes_desde", "since"))
    assert drawn["mark"] == "bar"
    assert drawn["encoding"]["x"]["timeUnit"] == "year"
    assert [each["from"] for each in drawn["data"]["values"]] == ["2015-01-01", "2019-01-01", "2024-01-01"]


def test_a_new_version_gets_one_profile_and_freshness_counts_from_the_delivery(profiled, lake):
    before = list(DatasetProfile.objects.values_list("pk", flat=True))
    assert profiles.refresh() == []
    assert tasks.refresh_catalog() == 0
    assert list(DatasetProfile.objects.values_list("pk", flat=True)) == before
    more = files.CONTRACTS + "".join(
        files.contract(code="00003X", product=f"P{n}", line="", value="") for n in range(6)
    )
    ingest.import_directory(files.write(lake, {"dados_clientes.csv": more}))
    again = profiles.refresh()
    assert "dados_clientes" in again
    assert "mrr" not in again
    value = one("dados_clientes", "value")
    assert (value.of.before.rows, value.of.profile.rows) == (4, 10)
    through = charts.history(list(queries.history("dados_clientes")))
    assert [each["rows"] for each in through["data"]["values"]] == [4, 10]
    assert (
        through["encoding"]["x"]["type"] == "ordinal"
    )  # both are of today: a scale of time would name one day again and again
    assert value.drift == pytest.approx(0.6)
    assert value.drifts

    shown = queries.one("dados_clientes")  # its dates end in 2022
    assert shown.age < 1
    assert (shown.state, shown.quality.freshness) == ("fresh", 1.0)
    Import.objects.update(finished_at=Now() - timedelta(days=3 * shown.promise + 1))
    late = queries.one("dados_clientes")
    assert (late.state, late.quality.freshness) == ("late", 0.0)
    assert late.score < shown.score
    assert queries.one("base_customers").state == "late"


# ---------------------------------------------------------------- pages


def test_who_reads_the_catalogue(client_of):
    addresses = [
        reverse("catalog"), reverse("catalog-columns"), reverse("catalog-dataset", args=["mrr"]), reverse("catalog-gate"),
        reverse("catalog-column", args=["mrr", "mrr"]), reverse("segment-features", args=["mrr"]), reverse("api-catalog"),
        reverse("api-catalog-dataset", args=["mrr"]), reverse("api-catalog-gate"),
    ]  # fmt: skip
    for role in Role:
        client, expected = client_of(role.value), 200 if role in queries.READERS else 403
        assert [client.get(address).status_code for address in addresses] == [expected] * len(addresses), role


@pytest.mark.parametrize("language", ["pt-br", "en"])
def test_the_pages_teach_before_anything_is_loaded(db, client_of, language):
    client = client_of("analyst")
    client.cookies["django_language"] = language
    assert client.get("/catalog/").status_code == client.get("/catalog/columns/?page=2").status_code == 200
    for entry in datasets.entries()[::4]:
        assert client.get(reverse("catalog-dataset", args=[entry.name])).status_code == 200, entry.name
        column = entry.columns[-1].name
        assert client.get(reverse("catalog-column", args=[entry.name, column])).status_code == 200, entry.name


def test_datasets_and_columns_are_found_and_shown_as_the_api_tells_them(profiled, client_of):
    client = client_of("analyst")
    client.cookies["django_language"] = "en"

    def names(address, **given):
        return set(re.findall(r"<code>([a-z_0-9]+)</code>", text(client.get(address, given))))

    everything = {each.name for each in datasets.entries()}
    assert names("/catalog/") == everything
    assert names("/catalog/", q="MRR_12M") == {"mrr"}
    assert names("/catalog/", layer="base") == {name for name in everything if name.startswith("base_")}
    assert names("/catalog/", state="late") == set()
    assert names("/catalog/", owner="marketing_manager") == {"contatos", "base_contacts"}
    assert names("/catalog/", layer="nonsense") == set()
    assert names("/catalog/columns/", personal="identity") == {"name", "owner_name"}
    assert names("/catalog/columns/", q="pseudonym", dataset="contatos") == {"ref"}
    fragment = client.get("/catalog/?q=mrr", headers={"HX-Request": "true"})
    assert b"<html" not in fragment.content

    client = client_of("executive")
    client.cookies["django_language"] = "en"
    page = text(client.get("/catalog/datasets/mrr/"))
    for wanted in (
        "Parts of the score",
        "360 picture of the customer",
        "/segments/features/mrr/",
        "mrr.csv",
        "Executive view",
    ):
        assert wanted in page, wanted
    assert "Confirm" not in page  # executives read
    features = text(client.get("/segments/features/mrr/", headers={"HX-Request": "true"}))
    assert "Monthly recurring revenue" in features
    assert "Cliente" not in text(client.get("/catalog/datasets/contatos/columns/name/"))
    assert client.get("/catalog/datasets/nothing/").status_code == 404
    assert client.get("/catalog/datasets/mrr/columns/nothing/").status_code == 404
    for column in ("name", "email", "consented_on", "marketing"):
        assert client.get(f"/catalog/datasets/contatos/columns/{column}/").status_code == 200

    client = client_of("analyst")
    listed = {each["name"]: each for each in client.get("/api/v1/catalog/").json()}
    assert set(listed) == {each.name for each in datasets.entries()}
    assert listed["mrr"]["quality"]["score"] == pytest.approx(queries.one("mrr").score)
    contacts = client.get("/api/v1/catalog/contatos/").json()
    name = next(each for each in contacts["columns"] if each["name"] == "name")
    assert (name["personal"], name["distribution"], name["description_state"]) == ("identity", {}, "declared")
    assert PERSON not in json.dumps(contacts)
    assert contacts["makes"] == ["base_pictures", "base_contacts"]


# ---------------------------------------------------------------- descriptions


def test_a_person_confirms_what_a_column_means(client_of, people):
    client = client_of("analyst")
    client.cookies["django_language"] = "en"
    words = {"text_pt": "Receita  recorrente <b>mensal</b>", "text_en": ""}
    answer = client.post("/catalog/datasets/mrr/columns/mrr/describe/", words)
    assert answer.headers["Location"] == "/catalog/datasets/mrr/columns/mrr/"
    note = Description.objects.get()
    assert (note.state, note.text_pt, note.changed_by) == (
        "confirmed",
        "Receita recorrente <b>mensal</b>",
        people["analyst"],
    )
    assert AuditEntry.objects.get(action="description.confirm").detail["after"]["text_pt"] == note.text_pt
    page = client.get("/catalog/datasets/mrr/").content.decode()
    assert "Receita recorrente &lt;b&gt;mensal&lt;/b&gt;" in page
    assert "Confirmed by Analyst" in text(client.get("/catalog/datasets/mrr/columns/mrr/"))
    client.post("/catalog/datasets/mrr/describe/", {"text_en": "Revenue per month"})
    assert queries.one("mrr").notes[""].text_en == "Revenue per month"


def test_refused_words_change_nothing(client_of, people):
    for role, words in (
        ("executive", "Good words"),
        ("sales_rep", "Good words"),
        ("analyst", "x"),
        ("analyst", "x" * 301),
    ):
        client_of(role).post("/catalog/datasets/mrr/columns/mrr/describe/", {"text_pt": words})
    with pytest.raises(Refused):
        descriptions.confirm("mrr", "nothing", "Good words", "", people["analyst"])
    with pytest.raises(Refused):
        descriptions.ask("mrr", people["analyst"])  # no model is configured
    client_of("analyst").post("/catalog/datasets/mrr/draft/")
    assert not Description.objects.exists()
    assert not AuditEntry.objects.filter(action__startswith="description").exists()


@pytest.fixture
def peer(settings):
    made = Peer()
    settings.OPENAI_API_KEY, settings.OPENAI_BASE_URL, settings.OPENAI_TIMEOUT_SECONDS = "test-key", made.url, 2
    yield made
    made.close()


def told(*columns):
    return ok(
        {"columns": [{"column": each, "pt": f"{each} em português", "en": f"{each} in English"} for each in columns]}
    )


def test_the_model_drafts_from_metadata_only_and_never_over_a_person(profiled, peer, people, client_of):
    descriptions.confirm("contatos", "email", "Endereço da pessoa", "", people["analyst"])
    peer.script = [told("name", "email", "invented")]
    client = client_of("analyst")
    client.cookies["django_language"] = "en"
    client.post("/catalog/datasets/contatos/draft/")
    assert Description.objects.filter(state="asked").count() == len(datasets.find("contatos").columns) - 1
    assert "being drafted" in text(client.get("/catalog/datasets/contatos/"))
    assert tasks.refresh_catalog() == 1
    assert tasks.refresh_catalog() == 0
    assert len(peer.requests) == 1
    sent = json.dumps(peer.requests[0], ensure_ascii=False)
    assert PERSON not in sent
    assert "Lima" not in sent
    assert "e-mail address" not in sent  # what a person confirmed is not asked about
    kept = {each.column: (each.state, each.text_pt) for each in Description.objects.all()}
    assert kept == {"email": ("confirmed", "Endereço da pessoa"), "name": ("drafted", "name em português")}
    assert ModelCall.objects.get().purpose == "describe"
    assert "Written by a language model" in text(client.get("/catalog/datasets/contatos/columns/name/"))


def test_a_model_that_fails_leaves_the_declarations(peer, people):
    peer.script = [(200, {}, b"not json")]
    descriptions.ask("mrr", people["admin"])
    assert descriptions.draft() == 0
    assert not Description.objects.exists()
    assert ModelCall.objects.get().outcome == "invalid"
    assert str(one("mrr", "mrr").meaning)
