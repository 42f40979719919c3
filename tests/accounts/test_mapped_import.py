"""Files that nobody declared, by a person's mapping, become customers, contracts, MRR, tickets and usage."""

import datetime as dt
from decimal import Decimal

import pytest

from accounts import ingest
from accounts.models import Customer, Dataset, MappedSource, UsageDay
from tests.accounts import files, mapped

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def lake(tmp_path, settings):
    settings.LAKE_URL = str(tmp_path / "lake")


def save(*specs):
    for spec in specs:
        MappedSource.objects.create(name=spec["name"], title=spec["title"], base=spec["base"], spec=spec)


def load(tmp_path, content):
    run = ingest.import_directory(files.write(tmp_path / "in", content))
    return run, {file.source: file for file in run.files.all()}


def found(file):
    return {finding.code: finding.count for finding in file.findings.all()}


def test_linked_files_of_another_system_become_accounts_with_everything(tmp_path):
    save(*mapped.RAVEN)
    run, by = load(tmp_path, mapped.RAVEN_FILES)
    assert (run.state, run.error) == ("published", "")
    one = Customer.objects.get(code="A-2E4581")
    assert (one.name, one.since, one.industry) == ("Company_0", dt.date(2024, 10, 16), "EdTech")
    assert Customer.objects.get(code="A-43A9E3").since == dt.date(2023, 8, 5)
    lines = one.contract_lines.order_by("signed_on", "pk")
    assert [(line.status, line.signed_on, line.value) for line in lines] == [
        ("CANCELADO", dt.date(2023, 12, 3), Decimal(33432)), ("ATIVO", dt.date(2024, 4, 13), Decimal(9996)),
        ("ATIVO", dt.date(2024, 4, 13), Decimal(9996)),
    ]  # fmt: skip
    assert one.picture.mrr == Decimal(1666)
    assert found(by["raven_mrr"])["left_out_by_mapping"] == 1
    assert sorted(one.tickets.values_list("number", "status", "created_on")) == [
        ("T-1", "closed", dt.date(2024, 7, 27)), ("T-2", "open", dt.date(2024, 8, 1)),
    ]  # fmt: skip
    day = UsageDay.objects.get(customer=one)
    assert (day.day, day.seconds, day.events) == (dt.date(2024, 7, 27), 5004, 1)
    usage = by["raven_usage"]
    assert (usage.rows, usage.accepted, usage.quarantined) == (4, 2, 1)
    assert found(usage) == {"telemetry_exact_duplicates": 1, "telemetry_orphans": 1}
    assert set(Dataset.objects.values_list("source", flat=True)) == {spec["name"] for spec in mapped.RAVEN}


def test_a_second_load_changes_nothing_and_a_new_file_replaces(tmp_path):
    save(*mapped.RAVEN)
    load(tmp_path, mapped.RAVEN_FILES)
    run, _ = load(tmp_path, mapped.RAVEN_FILES)
    assert run.state == "unchanged"
    changed = mapped.SUBSCRIPTIONS.replace("S-4,A-43a9e3,31-01-2024,,Basic,2,40", "S-4,A-43a9e3,31-01-2024,,Pro,2,50")
    run, by = load(tmp_path, {"ravenstack_subscriptions.csv": changed})
    two = Customer.objects.get(code="A-43A9E3")
    assert [line.product for line in two.contract_lines.all()] == ["Pro"]
    assert two.picture.mrr == 50
    assert (by["raven_lines"].accepted, by["raven_lines"].unchanged) == (1, 3)


def test_one_file_may_be_several_things_and_an_empty_number_is_a_finding(tmp_path):
    charged = {"header": "TotalCharges", "decimal": "."}
    churn = {"header": "Churn", "translations": [["Yes", "CANCELADO"], ["No", "ATIVO"]]}
    save(
        mapped.spec("telco_lines", "dados_clientes", mapped.TELCO, {
            "customer": "customerID", "product": {"constant": "Telco"}, "value": charged, "status": churn, "modality": "Contract",
        }),
        mapped.spec("telco_mrr", "mrr", mapped.TELCO, {"customer": "customerID", "mrr": "MonthlyCharges"}),
    )  # fmt: skip
    run, by = load(tmp_path, {"telco.csv": mapped.TELCO})
    assert run.customers == 3
    assert (by["telco_mrr"].outcome, by["telco_mrr"].accepted, found(by["telco_mrr"])) == ("loaded", 3, {})
    assert found(by["telco_lines"]) == {"blank_number": 1}
    assert by["telco_lines"].findings.get().examples == [{"line": 3, "value": ""}]
    blank = Customer.objects.get(code="4472-LVYGI")
    assert [(line.product, line.value, line.status) for line in blank.contract_lines.all()] == [
        ("Telco", None, "ATIVO")
    ]
    assert blank.picture.contract_value is None
    assert blank.picture.mrr == Decimal("52.55")


def test_a_file_like_the_mapped_one_is_recognised_and_one_without_a_used_column_is_not(tmp_path):
    save(mapped.RAVEN[0])
    more = "\n".join(line + ",x" for line in mapped.ACCOUNTS.lstrip("\ufeff").split("\r\n")[:-1]) + "\n"
    run, by = load(tmp_path, {"a.csv": more.replace("FALSE,x", "FALSE,1", 1)})
    assert run.state == "published"
    assert found(by["raven_accounts"])["unknown_column"] == 1
    run, by = load(
        tmp_path,
        {
            "a.csv": "account_id,account_name,industry,country,signup_day,plan_tier,seats,churn_flag\nB-1,b,c,d,e,f,g,h\n"
        },
    )
    assert list(by) == [""]


def test_mapped_and_declared_sources_feed_the_same_customer(tmp_path):
    save(mapped.spec("extra_mrr", "mrr", mapped.TELCO, {"customer": "customerID", "mrr": "MonthlyCharges"}))
    telco = mapped.TELCO.replace("7590-VHVEG", "T00001")
    load(tmp_path, {"clientes_desde.csv": files.MASTER, "mrr.csv": files.MRR, "x.csv": telco})
    one = Customer.objects.get(code="T00001")
    assert one.picture.mrr == Decimal("496.66")  # the declared file counts where both know the customer


def test_a_code_that_cannot_be_an_address_waits_in_quarantine(tmp_path):
    save(mapped.RAVEN[0])
    _run, by = load(tmp_path, {"a.csv": mapped.ACCOUNTS.replace("A-43a9e3", "A/43 a9e3")})
    assert found(by["raven_accounts"])["bad_key"] == 1
    assert Customer.objects.count() == 1
