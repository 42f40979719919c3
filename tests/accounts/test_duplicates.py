"""Probable duplicates: found without comparing everybody, merged by a pointer, parted again to the last byte."""

from collections import Counter

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from accounts import duplicates, queries
from accounts.duplicates.likeness import ENOUGH, Record, compare, pairs
from accounts.ingest import import_directory
from accounts.models import (
    AuditEntry,
    ContractLine,
    Customer,
    CustomerMerge,
    DuplicateCandidate,
    DuplicateScan,
    Import,
    Picture,
    Role,
)
from b2shift.lib.api import Refused
from tests.accounts import files

# written by every merge and never taken back: the trail of what was done
TRAIL = {"accounts_auditentry", "accounts_customermerge"}
TWINS = {
    **files.COMPANY,
    "mrr.csv": "CLIENTE;MRR_12M\nT00001;100.50\nT00002;50.25\n",
    "tickets.csv": files.TICKETS
    + "T00002;Fábrica;question;closed;2025-03-01;2025-03-11;201;high\nT00002;Fábrica;question;closed;2025-02-01;2025-02-02;202;low\n",
    "telemetria_1.csv": files.USAGE
    + "T0000200,1500.0,0006,02,2025-03-17,0000,Conectado,,\nT0000200,700.0,0009,02,2025-03-18,0000,Conectado,,\n",
    "contatos.csv": files.CONTACTS
    + "T00002;C9;Caio Sá;CEO;caio@cliente.example;;pt-BR;S;S;S;N;CONSENTIMENTO;2025-02-08;America/Bahia\n",
    "responsaveis.csv": (
        "CD_CLIENTE;NOME_FANTASIA;CNPJ;RESPONSAVEL_EMAIL;RESPONSAVEL_NOME\n"
        "T00001;Aurora Ltda;;rep.one@b2shift.example;Rep One\n"
        "T00002;AURORA S.A.;90.651.123/0001-85;rep.two@b2shift.example;Rep Two\n"
    ),
}


def tables():
    """Every row of every table of the product as text, but for the trail."""
    with connection.cursor() as cursor:
        names = [
            n
            for n in connection.introspection.table_names(cursor)
            if n.split("_")[0] in {"accounts", "segments", "campaigns"}
        ]
        found = {}
        for name in sorted(set(names) - TRAIL):
            cursor.execute(f"SELECT t::text FROM {name} t ORDER BY 1")  # noqa: S608 - names come from the database
            found[name] = [row[0] for row in cursor.fetchall()]
    return found


@pytest.fixture
def home(tmp_path, settings):
    settings.B2SHIFT_HOME = tmp_path
    settings.LAKE_URL = (tmp_path / "lake").as_uri()
    return tmp_path


@pytest.fixture
def twins(home, people):
    """T00001 and T00002 are one company; 00003X is another."""
    done = import_directory(files.write(home / "in", TWINS))
    assert done.state == Import.State.PUBLISHED, done.error
    return home


@pytest.fixture
def analyst(people):
    return people[Role.ANALYST]


def picture(code):
    return Picture.objects.get(customer__code=code)


def test_an_import_queues_one_search_that_finds_the_pair_with_its_reasons(twins):
    scan = DuplicateScan.objects.get()
    done = duplicates.execute(scan.pk)
    assert (done.state, done.customers, done.found) == (DuplicateScan.State.DONE, 3, 1)
    candidate = DuplicateCandidate.objects.get()
    assert {candidate.first.code, candidate.second.code} == {"T00001", "T00002"}
    assert candidate.score == sum(points for _what, _outcome, points in candidate.parts)
    assert ["name", "100", 45] in candidate.parts
    assert ["mail", "same_domain", 15] in candidate.parts
    again = duplicates.execute(scan.pk)
    assert (again.finished_at, DuplicateCandidate.objects.count()) == (done.finished_at, 1)


def test_a_decision_is_remembered_by_later_searches(twins, analyst):
    duplicates.execute(duplicates.enqueue().pk)
    candidate = DuplicateCandidate.objects.get()
    duplicates.dismiss(analyst, candidate.pk)
    duplicates.dismiss(analyst, candidate.pk)
    duplicates.execute(duplicates.enqueue().pk)
    assert DuplicateCandidate.objects.get().state == DuplicateCandidate.State.DISMISSED
    assert AuditEntry.objects.filter(action="duplicate.dismiss").count() == 1
    assert duplicates.reopen(analyst, candidate.pk).state == DuplicateCandidate.State.OPEN


def test_candidates_that_no_longer_look_alike_leave_the_queue(twins):
    duplicates.execute(duplicates.enqueue().pk)
    Customer.objects.filter(code="T00002").update(name="Outra Coisa Completamente", cnpj="")
    duplicates.execute(duplicates.enqueue().pk)
    assert not DuplicateCandidate.objects.exists()


def test_a_search_whose_worker_died_is_queued_again(twins):
    scan = duplicates.enqueue()
    DuplicateScan.objects.filter(pk=scan.pk).update(state=DuplicateScan.State.RUNNING, lease_until="2020-01-01T00:00Z")
    assert duplicates.sweep() == [scan.pk]
    assert duplicates.enqueue().pk == scan.pk


def test_merging_joins_every_figure_and_undoing_restores_every_byte(twins, analyst):
    duplicates.execute(DuplicateScan.objects.get().pk)
    before, candidate = tables(), DuplicateCandidate.objects.get()
    one, two = picture("T00001"), picture("T00002")
    days = [{d.day: d.events for d in queries.usage_days(Customer.objects.get(code=c))} for c in ("T00001", "T00002")]
    months = [
        {m.month: m.opened for m in queries.ticket_months(Customer.objects.get(code=c))} for c in ("T00001", "T00002")
    ]
    done = duplicates.merge(analyst, "T00001", "T00002", {"name": "merged"}, candidate)
    joint = picture("T00001")
    assert joint.mrr == one.mrr + two.mrr
    assert joint.contract_lines == one.contract_lines + two.contract_lines == 4
    assert joint.tickets_12m == one.tickets_12m + two.tickets_12m
    assert joint.usage_events == one.usage_events + two.usage_events
    assert joint.usage_active_days == 2
    assert joint.ticket_days_mean == pytest.approx((3 + 18 + 10 + 1) / 4)
    head = Customer.objects.get(code="T00001")
    assert (head.name, head.cnpj, head.owner.email) == ("AURORA S.A.", "90651123000185", "rep.one@b2shift.example")
    assert not Customer.objects.filter(code="T00002").exists()
    assert queries.contracts(head).count() == 4
    assert {d.day: d.events for d in queries.usage_days(head)} == Counter(days[0]) + Counter(days[1])
    assert {m.month: m.opened for m in queries.ticket_months(head)} == Counter(months[0]) + Counter(months[1])
    assert done.rows["accounts.contractline"] == 1
    assert DuplicateCandidate.objects.get().state == DuplicateCandidate.State.MERGED
    duplicates.undo(analyst, done.pk)
    assert tables() == before
    duplicates.undo(analyst, done.pk)
    assert tables() == before
    assert list(AuditEntry.objects.filter(target="customer").order_by("id").values_list("action", flat=True)) == [
        "customer.merge",
        "customer.part",
    ]


def test_a_later_import_neither_resurrects_the_code_nor_loses_its_rows_nor_the_chosen_values(twins, home, analyst):
    done = duplicates.merge(analyst, "T00001", "T00002", {"name": "merged", "city": "merged"})
    owners = TWINS["responsaveis.csv"].replace("Aurora Ltda", "Aurora Nova Ltda")
    more = TWINS["dados_clientes.csv"] + files.contract(code="T00002", product="CRM", value="7")
    later = import_directory(files.write(home / "later", {"responsaveis.csv": owners, "dados_clientes.csv": more}))
    assert later.state == Import.State.PUBLISHED, later.error
    assert not Customer.objects.filter(code="T00002").exists()
    head = Customer.objects.get(code="T00001")
    assert head.name == "AURORA S.A."
    assert queries.contracts(head).count() == picture("T00001").contract_lines == 5
    duplicates.undo(analyst, done.pk)
    parted = Customer.objects.get(code="T00001")
    assert parted.name == "Aurora Nova Ltda"  # what its own file says now
    assert ContractLine.objects.filter(customer__code="T00002").count() == picture("T00002").contract_lines == 2
    assert picture("T00001").contract_lines == 3


def test_merges_in_a_row_are_undone_in_order(twins, analyst):
    before = tables()
    first = duplicates.merge(analyst, "T00002", "T00001", {"name": "merged"})
    second = duplicates.merge(analyst, "00003X", "T00002", {"name": "merged"})
    assert set(Customer.objects.values_list("code", flat=True)) == {"00003X"}
    assert picture("00003X").contract_lines == 4
    with pytest.raises(Refused) as refused:
        duplicates.undo(analyst, first.pk)
    assert refused.value.code == "order"
    duplicates.undo(analyst, second.pk)
    assert set(Customer.objects.values_list("code", flat=True)) == {"00003X", "T00002"}
    duplicates.undo(analyst, first.pk)
    assert tables() == before


def test_undoing_the_earlier_of_two_merges_hands_its_value_on(twins, analyst):
    before = tables()
    first = duplicates.merge(analyst, "00003X", "T00001", {"name": "merged", "owner_id": "merged"})
    second = duplicates.merge(analyst, "00003X", "T00002", {"name": "merged", "owner_id": "merged"})
    duplicates.undo(analyst, first.pk)
    assert Customer.objects.get(code="00003X").name == "AURORA S.A."
    duplicates.undo(analyst, second.pk)
    assert tables() == before


def test_a_value_that_somebody_changed_since_stays(twins, analyst):
    done = duplicates.merge(analyst, "T00001", "T00002", {"name": "merged"})
    Customer.objects.filter(code="T00001").update(name="Mended by hand")
    assert duplicates.undo(analyst, done.pk).kept == ["name"]
    assert Customer.objects.get(code="T00001").name == "Mended by hand"


@pytest.mark.parametrize(
    ("who", "into", "merged", "code"),
    [
        (Role.REP, "T00001", "T00002", "role"),
        (Role.ANALYST, "T00001", "T00001", "same"),
        (Role.ANALYST, "T00001", "NOBODY", "gone"),
    ],
)
def test_a_refused_merge_changes_nothing(twins, people, who, into, merged, code):
    before = tables()
    with pytest.raises(Refused) as refused:
        duplicates.merge(people[who], into, merged)
    assert refused.value.code == code
    assert tables() == before
    assert not CustomerMerge.objects.exists()


def record(pk=1, **fields):
    return Record(pk, **{"name": "", **fields})


def test_branches_of_one_company_are_no_duplicates():
    one, two = record(name="Aurora", cnpj="90651123000185"), record(2, name="Aurora", cnpj="90651123000266")
    assert compare(one, two) is None


def test_another_company_number_outweighs_the_name():
    one = record(name="Aurora Ltda", cnpj="90651123000185", city="Santos", state="SP")
    other = record(2, name="Aurora", cnpj="11222333000181", city="Santos", state="SP")
    assert compare(one, other).score < ENOUGH
    assert compare(one, record(2, name="Aurora", city="Santos", state="SP")).score >= ENOUGH


def test_public_mail_providers_prove_nothing():
    one, two = (record(n, name="X", mails=frozenset({f"a{n}@gmail.com"})) for n in (1, 2))
    assert "mail" not in {part.what for part in compare(one, two).parts}


def test_a_key_that_everybody_shares_compares_nobody():
    crowd = [record(n, name=f"Padaria {n:04}{'x' * (n % 7)}") for n in range(2000)]
    assert len(list(pairs(crowd))) < 2000 * 60


names = st.text(max_size=30)
records = st.builds(
    record,
    pk=st.integers(1, 9),
    name=names,
    cnpj=st.sampled_from(["", "90651123000185", "11222333000181", "90651123000266"]),
    city=st.sampled_from(["", "Santos", "SANTOS"]),
    state=st.sampled_from(["", "SP", "RJ"]),
    phones=st.frozensets(st.sampled_from(["12345678"])),
)


@given(records, records)
def test_likeness_is_symmetric_bounded_and_explained(one, other):
    there, back = compare(one, other), compare(other, one)
    assert there == back
    if there is not None:
        assert 0 <= there.score <= 100
        assert there.score == max(0, min(100, sum(part.points for part in there.parts)))


@given(st.lists(records, max_size=30))
def test_pairs_come_once_and_equal_names_always_meet(found):
    met = list(pairs(found))
    assert len(met) == len(set(met))
    for first in range(len(found)):
        for second in range(first + 1, len(found)):
            if found[first].squashed and found[first].squashed == found[second].squashed:
                assert (first, second) in met
