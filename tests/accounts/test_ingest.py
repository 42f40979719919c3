"""From files to customers: what is published, what is set aside, what stays exactly as it was."""

import datetime as dt
import json
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from accounts import ingest, tasks
from accounts.models import (
    Consent,
    Contact,
    ContractLine,
    Customer,
    Dataset,
    Import,
    NpsAnswer,
    Picture,
    Proposal,
    QuarantinedRow,
    Role,
    Ticket,
    TicketMonth,
    UsageDay,
    User,
)  # fmt: skip
from b2shift.lib.api import Refused
from tests.accounts import files

pytestmark = pytest.mark.django_db
LIVE = (
    "customer", "picture", "contractline", "proposal", "npsanswer", "ticket", "ticketmonth", "usageday", "contact", "consent", "dataset",
)  # fmt: skip


@pytest.fixture(autouse=True)
def lake(tmp_path, settings):
    settings.LAKE_URL = str(tmp_path / "lake")
    return tmp_path / "lake"


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "in"


def load(folder, content=None, only=None):
    if content is not None:
        files.write(folder, content)
    return ingest.import_directory(folder, None, only)


def live() -> dict[str, list]:
    """Everything that an import writes, row by row, ids included."""
    with connection.cursor() as cursor:
        rows = {}
        for table in LIVE:
            cursor.execute(f"SELECT t::text FROM accounts_{table} t ORDER BY 1")
            rows[table] = cursor.fetchall()
    return rows


def counts(run) -> dict[str, dict[str, int]]:
    return {file.name: {f.code: f.count for f in file.findings.all()} for file in run.files.all()}


def test_a_directory_becomes_customers(folder):
    run = load(folder, files.COMPANY)
    assert (run.state, run.customers, run.error) == ("published", 3, "")
    one = Customer.objects.get(code="T00001")
    assert (one.since, one.city, one.state, one.country, one.cnae) == (
        dt.date(2015, 3, 1),
        "São Paulo",
        "SP",
        "040",
        "Fabricacao à mao",
    )
    assert (one.name, one.cnpj, one.owner.email, one.owner.role) == (
        "Aurora Ltda",
        "90651123000185",
        "rep.one@b2shift.example",
        Role.REP,
    )
    assert not one.owner.has_usable_password()
    assert {line.product: (line.value, line.business_unit_id) for line in one.contract_lines.all()} == {
        "ERP": (Decimal("100.5"), "GESTAO"), "RH": (Decimal("100.5"), "GESTAO"), "BI": (Decimal(-20), "GESTAO"),
    }  # fmt: skip
    proposal = Proposal.objects.get()
    assert (proposal.items, proposal.total, proposal.full_price) == (2, Decimal("150.15"), Decimal(170))
    assert list(UsageDay.objects.values_list("events", "seconds", "modules", "denied")) == [(3, 2.0, 2, 1)]
    assert list(TicketMonth.objects.values_list("opened", "high", "closed")) == [(2, 1, 2)]
    assert set(Ticket.objects.values_list("number", "status")) == {("101", "closed"), ("102", "closed")}


def test_missing_is_missing_in_the_picture(folder):
    load(folder, files.COMPANY)
    full, other = (Picture.objects.get(customer__code=code) for code in ("T00001", "00003X"))
    assert (full.mrr, full.contract_value, full.nps_last, full.nps_answers, full.usage_events) == (
        Decimal("496.66"),
        Decimal("181.00"),
        9,
        2,
        3,
    )
    assert (full.proposals_discount, full.tickets_12m, full.tickets_high_12m, full.nps_support_mean) == (
        10.0,
        2,
        1,
        7.0,
    )
    assert full.as_of == dt.date(2025, 3, 20)
    assert (full.has_mrr, full.has_nps, full.has_usage, full.has_tickets, full.has_purchases) == (
        True,
        True,
        True,
        True,
        False,
    )
    assert (other.mrr, other.contract_value, other.nps_mean, other.tickets_12m, other.usage_events) == (
        None,
        None,
        None,
        None,
        None,
    )
    assert not any(
        (other.has_mrr, other.has_nps, other.has_usage, other.has_tickets, other.has_proposals, other.has_contact)
    )


def test_missing_sub_scores_stay_missing_and_support_is_dated_by_its_ticket(folder):
    load(folder, files.COMPANY)
    assert [a.scores for a in NpsAnswer.objects.filter(kind="relational")] == [{"Nota_Custos": 7}, {"Nota_Custos": 7}]
    assert dict(NpsAnswer.objects.filter(kind="support").values_list("subject", "answered_on")) == {
        "101": dt.date(2025, 3, 1),
        "999": None,
    }
    load(
        folder / "later",
        {"t.csv": files.TICKETS.split("T00001")[0] + "T00001;F;question;open;2025-02-03;2025-02-03;999;low\n"},
    )
    assert NpsAnswer.objects.get(subject="999").answered_on == dt.date(2025, 2, 3)


def test_findings_are_counted_and_rows_set_aside_with_line_and_reason(folder):
    run = load(folder, files.COMPANY)
    found = counts(run)
    assert found["nps_relacional.csv"] == {
        "nps_relacional_duplicates": 1, "nps_relacional_orphans": 1, "blank_key": 1, "score_out_of_range": 1,
    }  # fmt: skip
    assert found["dados_clientes.csv"]["negative_contracts"] == 1
    assert found["dados_clientes.csv"]["mojibake_cnae"] == 4
    assert found["telemetria_1.csv"] == {"telemetry_exact_duplicates": 2, "sentinel_duration": 1}
    assert found["historico.csv"] == {"sentinel_bonus_months": 1, "discount_out_of_range": 1}
    assert found["nps_transacional_suporte.csv"] == {"support_nps_orphan_tickets": 1}
    assert found["contatos.csv"] == {"bad_email": 1, "unknown_time_zone": 1, "consent_without_date": 1}
    assert found["responsaveis.csv"] == {"bad_cnpj": 1}
    aside = QuarantinedRow.objects.filter(file__run=run).values_list("file__name", "line", "reason")
    assert set(aside) == {
        ("nps_relacional.csv", 5, "nps_relacional_orphans"), ("nps_relacional.csv", 6, "blank_key"),
        ("nps_relacional.csv", 7, "score_out_of_range"), ("unidades.csv", 3, "unknown_unit"), ("tickets.csv", 3, "repeated_key"),
    }  # fmt: skip
    assert not Customer.objects.filter(code="TZZZZZ").exists()


def test_every_row_is_accounted_for(folder):
    run = load(folder, files.COMPANY)
    for file in run.files.all():
        duplicates = sum(f.count for f in file.findings.all() if f.code.endswith("duplicates"))
        assert file.rows == file.accepted + file.quarantined + file.unchanged + duplicates, file.name


def test_ragged_rows_wait_with_their_line_and_the_rest_is_loaded(folder):
    content = "CLIENTE;CLIENTE_DESDE\nT00001;2015-03-01\nT00002\nT00003;2019-01-01;extra\nT00004;2015-02-31\nT00005;2020-01-01\n"
    run = load(folder, {"m.csv": content})
    assert list(Customer.objects.values_list("code", "since")) == [
        ("T00001", dt.date(2015, 3, 1)), ("T00004", None), ("T00005", dt.date(2020, 1, 1)),
    ]  # fmt: skip
    assert list(QuarantinedRow.objects.values_list("line", "reason", "raw")) == [
        (3, "ragged_row", "T00002"), (4, "ragged_row", "T00003;2019-01-01;extra"),
    ]  # fmt: skip
    bad = run.files.get().findings.get(code="bad_date")
    assert (bad.count, bad.examples) == (1, [{"line": 5, "value": "2015-02-31"}])


def test_the_same_files_again_change_nothing(folder):
    load(folder, files.COMPANY)
    before = live()
    again = load(folder)
    assert again.state == "unchanged"
    assert live() == before
    assert {file.outcome for file in again.files.all()} == {"unchanged"}
    assert sum(file.accepted for file in again.files.all()) == 0
    assert sum(file.unchanged for file in again.files.all()) > 15


def test_the_same_rows_under_another_name_and_in_another_order_change_nothing(folder, tmp_path):
    load(folder, files.COMPANY)
    before = {table: rows for table, rows in live().items() if table != "dataset"}
    head, *rows = files.CONTRACTS.splitlines()
    usage_head, *usage = files.USAGE.splitlines()
    moved = {
        "a.txt": "\n".join([head, *reversed(rows)]) + "\n",
        "b.txt": "\ufeff" + "\n".join([usage_head, *reversed(usage)]) + "\n",
        "c.txt": files.MRR.replace(";", ",").encode("utf-16"),
    }
    again = load(tmp_path / "moved", moved)
    assert again.state == "unchanged"
    assert {table: rows for table, rows in live().items() if table != "dataset"} == before
    assert [(f.source, f.accepted, f.unchanged) for f in again.files.all()] == [
        ("dados_clientes", 0, 4),
        ("telemetria", 0, 3),
        ("mrr", 0, 2),
    ]


def test_a_newer_file_replaces_the_lines_of_its_customers_only(folder, tmp_path):
    load(folder, files.COMPANY)
    load(tmp_path / "new", {"x.csv": files.CONTRACT_HEADER + files.contract(status="CANCELADO")})
    assert list(ContractLine.objects.order_by("customer__code").values_list("customer__code", "product", "status")) == [
        ("T00001", "ERP", "CANCELADO"), ("T00002", "ERP", "CANCELADO"),
    ]  # fmt: skip
    load(folder)  # the older file comes back: it is not mistaken for known
    assert ContractLine.objects.filter(customer__code="T00001").count() == 3


def test_usage_of_another_day_is_added_and_of_the_same_day_not_doubled(folder, tmp_path):
    load(folder, files.COMPANY)
    more = (
        files.USAGE_HEADER
        + "T0000100,1500.0,0006,02,2025-03-17,0000,Conectado,,\nT0000100,10.0,0006,02,2025-03-18,0000,Conectado,,\n"
    )
    load(tmp_path / "more", {"telemetria_9.csv": more})
    assert list(UsageDay.objects.order_by("day").values_list("day", "events")) == [
        (dt.date(2025, 3, 17), 3),
        (dt.date(2025, 3, 18), 1),
    ]


def test_usage_is_the_same_event_however_its_number_is_spelled_and_examples_show_what_the_file_says(folder, tmp_path):
    load(folder, {"clientes_desde.csv": files.MASTER})
    usage = [
        "T0000100,1500.0,0006,02,2025-03-17,0000,Conectado,,", "T0000100,1.5e3,0006,02,2025-03-17,0000,Conectado,,",
        "T0000100,-7.50,0006,02,2025-02-03,0000,Conectado,,", "T0000100,x,0006,02,2025-02-03,0000,Conectado,,",
        "T0000100,2,0006,02,1907-01-01,0000,Conectado,,", "T0000100,2,0006,02,2025-02-30,0000,Conectado,,",
    ]  # fmt: skip
    file = load(tmp_path / "use", {"t.csv": files.USAGE_HEADER + "\n".join(usage) + "\n"}).files.get()
    assert (file.rows, file.accepted, file.quarantined) == (6, 3, 2)
    assert {f.code: f.examples for f in file.findings.exclude(code="telemetry_exact_duplicates")} == {
        "sentinel_duration": [{"line": 4, "value": "-7.50"}], "bad_number": [{"line": 5, "value": "x"}],
        "implausible_date": [{"line": 6, "value": "1907-01-01"}], "bad_date": [{"line": 7, "value": "2025-02-30"}],
    }  # fmt: skip
    assert list(QuarantinedRow.objects.order_by("line").values_list("line", "raw")) == [(6, usage[4]), (7, usage[5])]
    assert list(UsageDay.objects.order_by("day").values_list("day", "events", "seconds")) == [
        (dt.date(2025, 2, 3), 2, None), (dt.date(2025, 3, 17), 1, 1.5),
    ]  # fmt: skip


def test_one_file_works_against_what_is_there_and_orphans_find_their_customer_later(folder, tmp_path):
    first = load(tmp_path / "nps", {"n.csv": files.NPS})
    assert (
        first.state,
        NpsAnswer.objects.count(),
        QuarantinedRow.objects.filter(reason="nps_relacional_orphans").count(),
    ) == ("unchanged", 0, 4)
    load(folder, {"clientes_desde.csv": files.MASTER})
    load(tmp_path / "nps")
    assert NpsAnswer.objects.filter(customer__code="T00001").count() == 2


def test_only_one_source_on_request(folder):
    run = load(folder, files.COMPANY, only="clientes_desde")
    assert list(run.files.exclude(outcome="skipped").values_list("source", flat=True)) == ["clientes_desde"]
    assert (Customer.objects.count(), ContractLine.objects.count()) == (3, 0)
    with pytest.raises(Refused, match="no source"):
        load(folder, only="nonsense")


BAD = {
    "truncated": files.MRR.encode()[:-7], "cut date": b"CLIENTE;CLIENTE_DESDE\nT00009;2019-01-01\nT00010;2019-0",
    "image": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 9, "no key": b"CODIGO;MRR_12M\nT00001;5.0\n", "empty": b"",
    "header only": b"CLIENTE;MRR_12M\n", "damaged": "CLIENTE;MRR_12M\nT1;1.5\nTÇ;2.5\n".encode() + b"\xe7;1\n",
    "open quote": b'CLIENTE;MRR_12M\nT00001;"5.0\nT00002;6.0\n',
}  # fmt: skip


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_file_changes_nothing_and_says_what_to_do(folder, tmp_path, kind):
    load(folder, files.COMPANY)
    before = live()
    run = load(tmp_path / "bad", {"mrr.csv": BAD[kind]})
    assert run.state == "failed"
    assert run.error.startswith("mrr.csv: ")
    assert live() == before
    file = run.files.get()
    assert (file.outcome, file.rows) == ("refused", 0)
    assert len(file.reason) > 30


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_file_does_not_hurt_the_others(folder, kind):
    run = load(folder, files.COMPANY | {"extra.csv": BAD[kind]})
    assert (run.state, Customer.objects.count(), ContractLine.objects.count()) == ("published", 3, 4)
    assert run.files.get(name="extra.csv").outcome == "refused"
    assert run.error.startswith("extra.csv: ")


def test_unknown_files_are_named_and_skipped(folder):
    run = load(
        folder, {**files.COMPANY, "quirks.json": "{}", "README": "hello", "truth.csv": "customer,archetype\nT1,a\n"}
    )
    assert {f.name for f in run.files.all() if f.outcome == "skipped" and f.reason} == {
        "quirks.json",
        "README",
        "truth.csv",
    }
    assert run.error == ""


def test_a_withdrawn_consent_outlives_an_older_file(folder, tmp_path):
    load(folder, files.COMPANY)
    consent = Consent.objects.get(contact__ref="C1", purpose="marketing")
    assert (consent.granted, consent.source) == (True, "contatos.csv")
    Consent.objects.filter(pk=consent.pk).update(
        granted=False, source="unsubscribe", at=dt.datetime(2025, 6, 1, tzinfo=dt.UTC)
    )
    older = files.CONTACTS.replace("CEO", "Founder")
    load(tmp_path / "older", {"c.csv": older})
    assert Contact.objects.get(ref="C1").job_title == "Founder"
    consent.refresh_from_db()
    assert (consent.granted, consent.source) == (False, "unsubscribe")
    load(tmp_path / "newer", {"c.csv": older.replace("2025-02-08", "2025-07-01")})
    consent.refresh_from_db()
    assert (consent.granted, consent.source) == (True, "contatos.csv")


def test_contacts_have_one_primary_and_unproved_consent_counts_as_refused(folder, tmp_path):
    load(folder, files.COMPANY)
    one, two = (Contact.objects.get(ref=ref) for ref in ("C1", "C2"))
    assert (one.is_primary, two.is_primary, one.email, two.email, two.language, two.time_zone) == (
        True, False, "ana@cliente.example", "", "en", "America/Sao_Paulo",
    )  # fmt: skip
    assert dict(two.consents.values_list("purpose", "granted")) == {
        "marketing": False,
        "service": False,
        "credit": False,
    }
    load(
        tmp_path / "swap",
        {"c.csv": files.CONTACT_HEADER + "T00001;C2;Beto;TI;b@c.example;;en;S;N;N;N;X;;America/Sao_Paulo\n"},
    )
    assert list(Contact.objects.filter(is_primary=True).values_list("ref", flat=True)) == ["C2"]


def test_an_erased_person_stays_erased(folder, tmp_path):
    load(folder, files.COMPANY)
    Contact.objects.filter(ref="C1").update(name="", email="", erased_at=dt.datetime(2025, 6, 1, tzinfo=dt.UTC))
    load(tmp_path / "again", {"c.csv": files.CONTACTS.replace("CEO", "Founder")})
    assert Contact.objects.values_list("name", "email", "job_title").get(ref="C1") == ("", "", "CEO")


def test_a_lost_lake_is_read_anew_without_doubling_rows(folder, lake):
    load(folder, files.COMPANY)
    before = [
        NpsAnswer.objects.count(),
        ContractLine.objects.count(),
        Proposal.objects.count(),
        UsageDay.objects.count(),
    ]
    for path in (lake / "curated").rglob("*.parquet"):
        path.unlink()
    assert load(folder).state == "published"
    assert [
        NpsAnswer.objects.count(),
        ContractLine.objects.count(),
        Proposal.objects.count(),
        UsageDay.objects.count(),
    ] == before


def test_an_existing_rep_is_matched_by_address(folder):
    rep = User.objects.create_user("Rep.One@b2shift.example", "x", name="Somebody", role=Role.REP)
    load(folder, files.COMPANY)
    assert Customer.objects.get(code="T00001").owner == rep
    assert User.objects.count() == 1


def test_a_reader_without_memory_fails_the_import_and_changes_nothing(folder, tmp_path, settings):
    load(folder, files.COMPANY)
    before = live()
    settings.IMPORT_MEMORY_MB = 16
    run = load(tmp_path / "next", {"mrr.csv": files.MRR.replace("0.0", "7.5")})
    assert run.state == "failed"
    assert "B2SHIFT_IMPORT_MEMORY_MB" in run.error
    assert live() == before


def test_the_command_prints_one_json_object(folder):
    files.write(folder, files.COMPANY)
    out = StringIO()
    call_command("import_data", str(folder), "--json", stdout=out)
    report = json.loads(out.getvalue())
    assert report["customers"] == 3
    assert {"source", "file", "rows", "accepted", "quarantined", "unchanged", "findings"} <= report["sources"][0].keys()
    assert [each["file"] for each in report["skipped"]] == []


def test_the_command_fails_with_one_line_when_a_file_is_refused(folder, tmp_path):
    files.write(folder, {"mrr.csv": BAD["image"]})
    with pytest.raises(CommandError, match=r"^mrr\.csv: This is a PNG file"):
        call_command("import_data", str(folder), stdout=StringIO())
    with pytest.raises(CommandError, match="There is no file or directory"):
        call_command("import_data", str(tmp_path / "nowhere"), stdout=StringIO())


def test_a_queued_import_runs_once(folder):
    files.write(folder, files.COMPANY)
    run = ingest.start(folder, None)
    tasks.run_import(run.pk)
    tasks.run_import(run.pk)
    run.refresh_from_db()
    assert (run.state, run.attempts, run.files.count()) == ("published", 1, len(files.COMPANY))


def test_the_sweeper_queues_a_dead_import_again_and_gives_up_after_three(folder):
    long_ago = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    once, thrice = (
        Import.objects.create(
            source_path=str(folder),
            state="running",
            owner="dead",
            lease_until=long_ago,
            attempts=n,
            created_at=long_ago,
        )
        for n in (1, 3)
    )
    assert ingest.sweep() == [once.pk]
    for run in (once, thrice):
        run.refresh_from_db()
    assert (once.state, thrice.state) == ("queued", "failed")
    assert "three times" in thrice.error
    assert Dataset.objects.count() == 0
