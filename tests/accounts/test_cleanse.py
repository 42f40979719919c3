"""Repairs from import to undo: proposed once, accepted, obeyed by the next import, undone sign by sign."""

import pytest
from django.db import connection

from accounts import ingest, tasks
from accounts.cleanse import decide, propose
from accounts.models import (
    AuditEntry,
    CleanseRun,
    Contact,
    ContractLine,
    Customer,
    Repair,
    RepairedValue,
    Role,
    RuleSwitch,
)
from b2shift.lib.api import Refused
from tests.accounts import files

pytestmark = pytest.mark.django_db(transaction=True)

CONTRACTS = files.CONTRACT_HEADER + "".join(
    files.contract(code=code, city=city, state=state, status=status).replace(";40;", ";105;")
    for code, city, state, status in (
        ("T00001", "S. J. DOS CAMPOS", "SP", "Ativo"),
        ("T00002", "S. J. DOS CAMPOS", "SP", "ATIVO"),
        ("00003X", "CAMPINSA", "SP", "ATIVO"),
    )
)


@pytest.fixture
def folder(tmp_path, settings):
    settings.LAKE_URL = str(tmp_path / "lake")
    return files.write(
        tmp_path / "in",
        {"clientes_desde.csv": files.MASTER, "dados_clientes.csv": CONTRACTS, "responsaveis.csv": files.OWNERS, "contatos.csv": files.CONTACTS.replace("@", "@gmial.com@", 0)},
    )  # fmt: skip


@pytest.fixture
def searched(people, folder):
    """An import and the search that it caused."""
    run = ingest.import_directory(folder)
    assert run.state == "published", run.error
    search = CleanseRun.objects.get(cause=run)
    tasks.run_search(search.pk)
    search.refresh_from_db()
    assert search.state == CleanseRun.State.DONE
    return search


def repair(**wanted) -> Repair:
    return Repair.objects.get(**wanted)


def cities() -> dict[str, str]:
    return dict(Customer.objects.values_list("code", "city"))


def everything() -> list[str]:
    """Every value of customers, contract lines and contacts, sign by sign; the day of the last change aside."""
    found = []
    with connection.cursor() as cursor:
        for table in ("customer", "contractline", "contact"):
            cursor.execute(f"SELECT (to_jsonb(t) - 'updated_at')::text FROM accounts_{table} t ORDER BY id")  # noqa: S608
            found += [row[0] for row in cursor.fetchall()]
    return found


def test_an_import_is_followed_by_proposals_and_changes_nothing_by_itself(searched):
    assert cities() == {"T00001": "S. J. DOS CAMPOS", "T00002": "S. J. DOS CAMPOS", "00003X": "CAMPINSA"}
    city = repair(field="city", before="S. J. DOS CAMPOS")
    assert (city.context, city.after, city.code, city.rows, city.state) == (
        "SP",
        "São José dos Campos",
        "3549904",
        2,
        "open",
    )
    assert repair(field="city", before="CAMPINSA").rule == "city_slip"
    assert repair(field="status", before="Ativo").after == "ATIVO"
    assert searched.proposed == Repair.objects.count()
    assert searched.note == "off"


def test_a_search_run_twice_proposes_nothing_twice(searched):
    before = list(Repair.objects.order_by("pk").values())
    tasks.run_search(searched.pk)
    again = propose.queue(None)
    assert propose.queue(None) == again
    tasks.run_search(again.pk)
    again.refresh_from_db()
    assert (again.state, again.proposed) == (CleanseRun.State.DONE, 0)
    assert list(Repair.objects.order_by("pk").values()) == before


def test_accepted_values_survive_the_next_import_and_undo_restores_every_sign(searched, people, folder):
    state = everything()
    ids = list(Repair.objects.values_list("pk", flat=True))
    outcome = decide.accept(people["analyst"], ids)
    assert outcome.repairs == len(ids)
    assert cities() == {"T00001": "São José dos Campos", "T00002": "São José dos Campos", "00003X": "Campinas"}
    assert set(ContractLine.objects.values_list("status", flat=True)) == {"ATIVO"}
    assert (
        AuditEntry.objects.get(action="repair.accepted").detail["rows"] == outcome.rows == RepairedValue.objects.count()
    )
    changed = everything()

    files.write(
        folder,
        {
            "dados_clientes.csv": CONTRACTS
            + files.contract(code="T00002", product="CRM", city="S. J. DOS CAMPOS", status="Ativo").replace(
                ";40;", ";105;"
            )
        },
    )
    assert ingest.import_directory(folder).state == "published"
    assert cities()["T00001"] == "São José dos Campos"
    new = ContractLine.objects.get(product="CRM")
    assert new.status == "ATIVO"
    assert RepairedValue.objects.filter(repair__field="status", row_id=new.pk).exists()
    new.delete()
    assert everything() == changed

    decide.undo(people["analyst"], ids)
    assert everything() == state
    assert not RepairedValue.objects.exists()
    assert set(Repair.objects.values_list("state", flat=True)) == {"undone"}


def test_undoing_after_another_import_restores_what_the_source_says(searched, people, folder):
    ids = list(Repair.objects.filter(field="city").values_list("pk", flat=True))
    decide.accept(people["analyst"], ids)
    files.write(folder, {"dados_clientes.csv": CONTRACTS.replace("CAMPINSA", "SOROCABA")})
    ingest.import_directory(folder)
    assert cities()["00003X"] == "Sorocaba"
    decide.undo(people["analyst"], ids)
    assert cities() == {"T00001": "S. J. DOS CAMPOS", "T00002": "S. J. DOS CAMPOS", "00003X": "Sorocaba"}
    assert not RepairedValue.objects.exists()


def test_what_was_rejected_is_remembered(searched, people):
    slip = repair(field="city", before="CAMPINSA")
    decide.reject(people["admin"], [slip.pk])
    again = propose.queue(people["admin"])
    tasks.run_search(again.pk)
    slip.refresh_from_db()
    assert (slip.state, slip.decided_by, cities()["00003X"]) == ("rejected", people["admin"], "CAMPINSA")
    decide.accept(people["admin"], [slip.pk])  # a change of mind
    assert cities()["00003X"] == "Campinas"


def test_decisions_out_of_order_change_nothing(searched, people):
    ids = list(Repair.objects.values_list("pk", flat=True))
    state = everything()
    assert decide.undo(people["analyst"], ids) == (0, 0)
    assert decide.accept(people["analyst"], [10**9]) == (0, 0)
    for role in set(Role) - set(decide.DECIDERS):
        for verb in decide.VERBS.values():
            with pytest.raises(Refused):
                verb(people[role.value], ids)
    assert everything() == state
    assert not AuditEntry.objects.filter(action__startswith="repair.").exists()
    assert set(Repair.objects.values_list("state", flat=True)) == {"open"}


def test_a_rule_acts_by_itself_only_when_an_administrator_lets_it(searched, people):
    with pytest.raises(Refused):
        decide.let_act(people["analyst"], "city_abbreviation", True)
    assert not RuleSwitch.objects.exists()
    decide.let_act(people["admin"], "city_abbreviation", True)
    decide.let_act(people["admin"], "city_slip", True)  # never certain enough
    tasks.run_search(propose.queue(None).pk)
    assert cities() == {"T00001": "São José dos Campos", "T00002": "São José dos Campos", "00003X": "CAMPINSA"}
    assert repair(field="city", before="S. J. DOS CAMPOS").decided_by is None
    decide.let_act(people["admin"], "city_abbreviation", False)
    assert AuditEntry.objects.filter(action="cleanse.rule_switched").count() == 3


def test_only_the_domain_of_an_address_is_looked_at(searched, people):
    person = Contact.objects.exclude(email="").first()
    Contact.objects.filter(pk=person.pk).update(email="maria.silva@gmial.com")
    tasks.run_search(propose.queue(None).pk)
    slip = repair(field="email_domain")
    assert (slip.before, slip.after) == ("gmial.com", "gmail.com")
    assert not Repair.objects.filter(before__contains="@").exists()
    decide.accept(people["analyst"], [slip.pk])
    assert Contact.objects.get(pk=person.pk).email == "maria.silva@gmail.com"
    decide.undo(people["analyst"], [slip.pk])
    assert Contact.objects.get(pk=person.pk).email == "maria.silva@gmial.com"


def test_a_search_whose_worker_died_is_taken_up_again_three_times(people):
    run = propose.queue(None)
    for attempt in (1, 2, 3):
        CleanseRun.objects.filter(pk=run.pk).update(
            state="running",
            owner="dead",
            attempts=attempt,
            lease_until="2020-01-01T00:00Z",
            created_at="2020-01-01T00:00Z",
        )
        assert propose.sweep() == ([run.pk] if attempt < 3 else [])
    run.refresh_from_db()
    assert run.state == CleanseRun.State.FAILED
    assert tasks.sweep_searches() == 0
