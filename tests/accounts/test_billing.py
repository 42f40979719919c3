"""Invoices and indicators: from file to account page, replaced and withdrawn, with what is odd about them."""

import datetime as dt
from decimal import Decimal
from html import unescape

import pytest

from accounts import billing, ingest
from accounts.models import Customer, Indicator, Invoice
from tests.accounts import files

pytestmark = pytest.mark.django_db
INVOICES = (
    "CD_CLIENTE;NR_FATURA;DT_EMISSAO;DT_VENCIMENTO;DT_PAGAMENTO;VL_FATURA\n"
    "T00001;F1;2024-05-02;2024-05-20;2024-05-26;1.234,50\nT00001;F2;2024-06-02;2024-06-20;;100,00\n"
    "T00001;F3;2024-07-02;2024-06-01;;50,25\nT00001;F4;2024-07-03;2099-06-01;;50\nT00001;F5;2024-07-05;2024-08-20;;-10\n"
    "T00002;F6;2024-07-05;2024-07-06;2024-07-05;7\nTNONE;F7;2024-07-05;2024-07-06;;7\n"
)
SERIES = (
    "INDICADOR;UNIDADE_MEDIDA;MES;UF;DS_SEGMENTO;VALOR\n"
    "IPCA;percent;2023-06-01;;;0,50\nIPCA;percent;2024-06-01;;;0,20\nIBCR;index;2024-06-01;SP;;104,5\nIBCR;index;2024-06;RJ;;99\n"
    "Receita real do setor;index;2023-06-01;;MANUFATURA;100\nReceita real do setor;index;2024-06-15;;MANUFATURA;103\n"
)


@pytest.fixture(autouse=True)
def lake(tmp_path, settings):
    settings.LAKE_URL = str(tmp_path / "lake")


def load(tmp_path, **content):
    first = {"clientes_desde.csv": files.MASTER, "dados_clientes.csv": files.CONTRACTS}
    named = {f"{name}.csv": text for name, text in content.items()}
    run = ingest.import_directory(files.write(tmp_path / "in", {**first, **named}))
    return {file.source: {f.code: f.count for f in file.findings.all()} for file in run.files.all()}


def test_invoices_become_overdue_money_and_what_is_odd_is_said(tmp_path):
    found = load(tmp_path, faturas=INVOICES)
    one = Customer.objects.get(code="T00001")
    assert (one.picture.as_of, one.picture.has_invoices) == (dt.date(2024, 7, 5), True)
    assert (one.picture.overdue_invoices, one.picture.overdue_value) == (2, Decimal("150.25"))
    assert (one.picture.invoiced_12m, one.picture.payment_delay_days) == (Decimal("1424.75"), 6.0)
    assert [(each.number, late) for each, late in billing.overdue(one, one.picture.as_of)] == [("F3", 34), ("F2", 15)]
    assert found["faturas"] == {
        "due_before_issue": 1, "negative_invoice": 1, "future_date": 1, "orphan_customer": 1,
    }  # fmt: skip
    never = Customer.objects.get(code="00003X").picture
    assert (never.has_invoices, never.overdue_value, never.invoiced_12m) == (False, None, None)


def test_a_paid_invoice_replaces_the_open_one(tmp_path):
    load(tmp_path, faturas=INVOICES)
    load(
        tmp_path,
        faturas="\n".join(line for line in INVOICES.splitlines()[:1])
        + "\nT00001;F2;2024-06-02;2024-06-20;2024-07-01;100\n",
    )
    assert Invoice.objects.get(number="F2").paid_on == dt.date(2024, 7, 1)
    assert Invoice.objects.count() == 6
    assert Customer.objects.get(code="T00001").picture.overdue_value == Decimal("50.25")


def test_indicators_are_the_context_of_the_customers_they_concern(tmp_path):
    found = load(tmp_path, indicadores=SERIES)
    assert found["indicadores"] == {"not_first_of_month": 1}
    assert Indicator.objects.filter(month=dt.date(2024, 6, 1)).count() == 4
    series = {each.code: each for each in billing.context(Customer.objects.get(code="T00001"))}
    assert set(series) == {"IPCA", "IBCR", "Receita real do setor"}
    assert (series["IBCR"].scope, series["IBCR"].value, series["IBCR"].change) == ("SP", 104.5, None)
    assert series["IPCA"].change == pytest.approx(-0.3)
    assert series["Receita real do setor"].change == pytest.approx(0.03)
    load(tmp_path, indicadores=SERIES.replace("2024-06-01;SP;;104,5", "2024-06-01;SP;;105"))
    assert Indicator.objects.get(state="SP").value == 105
    assert Customer.objects.get(code="T00001").picture.as_of == dt.date(2024, 1, 2)  # the economy's months are not ours


def test_the_account_page_shows_overdue_money_and_the_economy(tmp_path, client_of):
    load(tmp_path, faturas=INVOICES, indicadores=SERIES)
    client = client_of("executive")
    client.cookies["django_language"] = "en"
    page = unescape(client.get("/customers/T00001/billing/").content.decode())
    for words in (
        "150.25",
        "2 invoices are open past their day",
        "F3",
        "34",
        "IBCR",
        "whole country",
        "-0.30 points",
        "+3.0%",
    ):
        assert words in page.replace("\xa0", " ").replace("−", "-"), words
    empty = unescape(client.get("/customers/00003X/billing/").content.decode())
    assert "No invoices known" in empty
    assert "Invoices" in unescape(client.get("/customers/T00001/").content.decode())
