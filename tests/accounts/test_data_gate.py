"""The data gate: each kind of rule, what an override lifts and for how long, and refusals that change nothing."""

import importlib
import pkgutil
from datetime import timedelta
from html import unescape

import pytest
from django.apps import apps
from django.db.models.functions import Now
from django.utils import translation

from accounts import ingest, migrations
from accounts.catalog import gate, profiles, rules
from accounts.catalog.rules import Terms
from accounts.models import AuditEntry, GateOverride, GateRule, Import
from b2shift.lib.api import Refused
from tests.accounts import files

pytestmark = pytest.mark.django_db
BOTH = {"stops_segmentation": True, "stops_activation": True}


@pytest.fixture
def loaded(tmp_path, settings):
    settings.LAKE_URL = str(tmp_path / "lake")
    GateRule.objects.all().delete()
    ingest.import_directory(files.write(tmp_path / "in", files.COMPANY))
    profiles.refresh()
    return tmp_path / "in"


@pytest.fixture
def refused(db):
    """Two imports that failed one after the other, and no rules."""
    GateRule.objects.all().delete()
    for _number in range(2):
        Import.objects.create(state=Import.State.FAILED, source_path="x")


@pytest.fixture
def admin(people):
    return people["admin"]


def said(purpose=gate.ACTIVATION):
    with translation.override("en"):
        return [each.text for each in gate.blocks(purpose)]


def test_the_starting_rules_stop_neither_an_empty_base_nor_a_fresh_company(db, tmp_path, settings):
    name = next(each.name for each in pkgutil.iter_modules(migrations.__path__) if each.name.endswith("_catalogue"))
    migration = importlib.import_module(f"accounts.migrations.{name}")
    GateRule.objects.all().delete()
    migration.seed(apps, None)
    assert {each.kind for each in GateRule.objects.all()} == set(GateRule.Kind.values)
    assert all(not gate.standing(purpose) for purpose in gate.PURPOSES)
    settings.LAKE_URL = str(tmp_path / "lake")
    clean = {name: files.COMPANY[name] for name in ("clientes_desde.csv", "dados_clientes.csv", "mrr.csv")}
    ingest.import_directory(files.write(tmp_path / "in", clean))  # its newest date is years old
    profiles.refresh()
    assert all(not gate.standing(purpose) for purpose in gate.PURPOSES)
    migration.seed(apps, None)
    assert GateRule.objects.count() == len(migration.DEFAULTS)


def test_old_data_stop_only_what_the_rule_names(loaded, admin):
    rules.save(Terms("stale", 10, "contatos", stops_activation=True), admin)
    rules.save(Terms("stale", 0, "", stops_segmentation=True), admin)
    assert said() == said(gate.SEGMENTATION) == []
    Import.objects.update(finished_at=Now() - timedelta(days=20))
    assert said() == [
        "“People to write to and what they agreed to” was last delivered 20 days ago; at most 10 are allowed. Import a newer file."
    ]
    held = said(gate.SEGMENTATION)  # each source by its own promise: tickets are asked for weekly
    assert any("Support tickets" in each for each in held)
    assert not any("People to write to" in each for each in held)
    ingest.import_directory(loaded)  # the same files again: nothing new, and yet a delivery
    assert said() == said(gate.SEGMENTATION) == []


def test_quality_missing_values_and_fewer_rows(loaded, admin):
    rules.save(Terms("quality", 99, "tickets", **BOTH), admin)
    rules.save(Terms("missing", 40, "contatos", "email", **BOTH), admin)  # one of two
    rules.save(Terms("missing", 50, "contatos", "email", **BOTH), admin)  # exactly the limit is allowed
    rules.save(Terms("drop", 20, "dados_clientes", **BOTH), admin)
    rules.save(Terms("drop", 20, "", **BOTH), admin)
    found = said()
    assert len(found) == 2
    assert "The quality score of “Support tickets, one row per ticket” is" in found[0]
    assert found[1].startswith(
        "50% of “EMAIL” in “People to write to and what they agreed to” are missing; at most 40%"
    )
    files.write(loaded, {"dados_clientes.csv": files.CONTRACT_HEADER + files.contract()})
    ingest.import_directory(loaded)
    profiles.refresh()
    assert any("fell from 4 to 2 rows" in each for each in said())
    Import.objects.filter(pk=Import.objects.order_by("-pk")[1].pk).update(customers=30)
    assert any("“Customers” fell from 30 to 3 rows" in each for each in said())


def test_failing_imports(admin, tmp_path, settings):
    GateRule.objects.all().delete()
    settings.LAKE_URL = str(tmp_path / "lake")
    rules.save(Terms("failed", 2, **BOTH), admin)
    for number in range(2):
        assert said() == []
        files.write(tmp_path / f"bad{number}", {"what.csv": f"a;b\n1;{number}\n"})
        ingest.import_directory(tmp_path / f"bad{number}")
    assert said() == ["The last 2 imports failed. Open the imports, mend the files and send them again."]
    rule = GateRule.objects.get()
    rules.save(Terms("failed", 2, is_active=False, **BOTH), admin, rule.pk)
    assert said() == []


def test_what_was_never_loaded_or_profiled_stops_nothing(db, people):
    GateRule.objects.all().delete()
    for kind in ("stale", "quality", "drop", "failed"):
        rules.save(Terms(kind, 1, **BOTH), people["admin"])
    rules.save(Terms("missing", 0, "contatos", "email", **BOTH), people["admin"])
    assert said() == []


def test_an_override_lifts_one_rule_until_it_ends(refused, admin, client_of):
    first = rules.save(Terms("failed", 1, stops_activation=True), admin)
    rules.save(Terms("failed", 2, stops_activation=True), admin)
    assert len(said()) == 2
    client = client_of("admin")
    client.cookies["django_language"] = "en"
    address = f"/catalog/gate/rules/{first.pk}/override/"
    assert "The last import failed." in unescape(client.get(address).content.decode())
    assert client.post(address, {"reason": "The list comes tomorrow", "days": 2}).status_code == 302
    assert len(said()) == 1
    assert len(gate.standing(gate.ACTIVATION)) == 2
    entry = AuditEntry.objects.get(action="gate.override")
    assert (entry.actor, entry.detail) == (admin, {"reason": "The list comes tomorrow", "days": 2})
    page = unescape(client.get("/catalog/gate/").content.decode())
    assert "Lifted by Admin until" in page
    assert "The list comes tomorrow" in page
    with pytest.raises(gate.Refused, match="last 2 imports"):
        gate.ensure(gate.ACTIVATION)
    GateOverride.objects.update(until=Now() - timedelta(seconds=1))
    assert len(said()) == 2
    given = rules.override(first.pk, "Once more, until noon", 1, admin)
    client.post(f"/catalog/gate/rules/{first.pk}/override/end/")
    given.refresh_from_db()
    assert given.ended_at
    assert len(said()) == 2
    assert AuditEntry.objects.filter(action="gate.end_override").count() == 1


def test_only_administrators_change_the_gate(refused, people, client_of):
    rule = rules.save(Terms("failed", 10, stops_activation=True), people["admin"])
    audited = AuditEntry.objects.count()
    good = {"kind": "stale", "threshold": 5, "stops_activation": "on", "is_active": "on"}
    for role in ("analyst", "marketing_manager", "sales_rep"):
        client = client_of(role)
        for path, given in (
            ("new/", good), (f"{rule.pk}/", good), (f"{rule.pk}/override/", {"reason": "I want to go on", "days": 1}),
            (f"{rule.pk}/override/end/", {}),
        ):  # fmt: skip
            assert client.post(f"/catalog/gate/rules/{path}", given).status_code == 403
        with pytest.raises(Refused):
            rules.override(rule.pk, "I want to go on", 1, people[role])
        with pytest.raises(Refused):
            rules.save(Terms("stale", 5, stops_activation=True), people[role])
        with pytest.raises(Refused):
            rules.end_override(rule.pk, people[role])
    assert list(GateRule.objects.values_list("pk", "threshold")) == [(rule.pk, 10)]
    assert not GateOverride.objects.exists()
    assert AuditEntry.objects.count() == audited
    assert client_of("analyst").get("/catalog/gate/").status_code == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "moon"}, {"threshold": "-1"}, {"stops_activation": ""}, {"kind": "quality", "threshold": "101"},
        {"dataset": "nowhere"}, {"kind": "missing", "dataset": "contatos", "column": "nowhere"}, {"kind": "missing"},
        {"column": "email"}, {"threshold": "nan"}, {"threshold": "10001"},
    ],
)  # fmt: skip
def test_senseless_rules_are_refused(db, client_of, changes):
    GateRule.objects.all().delete()
    good = {"kind": "stale", "threshold": "5", "stops_activation": "on", "is_active": "on"}
    client = client_of("admin")
    answer = client.post("/catalog/gate/rules/new/", {**good, **changes})
    assert answer.status_code == 422
    assert not GateRule.objects.exists()
    assert client.post("/catalog/gate/rules/new/", good).status_code == 302
    rule = GateRule.objects.get()
    assert client.get(f"/catalog/gate/rules/{rule.pk}/").status_code == 200
    assert client.post(f"/catalog/gate/rules/{rule.pk}/", {**good, "threshold": "7"}).status_code == 302
    assert AuditEntry.objects.filter(action="gate_rule.save").first().detail["before"]["threshold"] == 5


@pytest.mark.parametrize(
    "given",
    [
        {"reason": "ok", "days": 1},
        {"reason": "A good long reason", "days": 31},
        {"reason": "A good long reason", "days": 0},
    ],
)
def test_an_override_needs_a_reason_and_an_end(db, people, given, client_of):
    GateRule.objects.all().delete()
    rule = rules.save(Terms("failed", 1, **BOTH), people["admin"])
    assert client_of("admin").post(f"/catalog/gate/rules/{rule.pk}/override/", given).status_code == 422
    with pytest.raises(Refused):
        rules.override(rule.pk, given["reason"], given["days"], people["admin"])
    assert not GateOverride.objects.exists()
    with pytest.raises(Refused):
        rules.end_override(rule.pk, people["admin"])


def test_the_empty_gate_teaches(db, client_of):
    GateRule.objects.all().delete()
    client = client_of("admin")
    client.cookies["django_language"] = "en"
    page = unescape(client.get("/catalog/gate/").content.decode())
    assert "Nothing stops work on old or incomplete data" in page
    state = client.get("/api/v1/catalog/gate/").json()
    assert [(each["purpose"], each["open"]) for each in state] == [("segmentation", True), ("activation", True)]
