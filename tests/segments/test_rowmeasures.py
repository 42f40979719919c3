"""Growth, concentration, discounts, wins, trends and the economy, each on rows that a person can add up."""

from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest

from accounts.models import ContractLine, Customer, Indicator, Invoice, NpsAnswer, Picture, Proposal, TicketMonth
from segments import features, rowmeasures

AS_OF = date(2026, 9, 30)


def ago(days: int) -> date:
    return AS_OF - timedelta(days=days)


@pytest.fixture
def base(db):
    """T1 with rows in every table, T2 with none, T3 merged into T1."""
    one, two = (
        Customer.objects.create(code=code, state=state, industry=industry)
        for code, state, industry in (("T1", "SP", "VAREJO"), ("T2", "AC", ""))
    )
    three = Customer.objects.create(code="T3", merged_into=one)
    for customer in (one, two):
        Picture.objects.create(
            customer=customer, as_of=AS_OF, usage_seconds=7200, invoiced_12m=Decimal(240), payment_delay_days=3.5
        )
    return one, two, three


def values_of(code: str) -> dict[str, float]:
    frame = features.read()
    return dict(zip(features.BY_NAME, frame.values[frame.codes.index(code)], strict=True))


def line(customer, value, days, status="ATIVO", token=False):
    ContractLine.objects.create(
        customer=customer, product="P", row_hash=f"{value}{days}{status}", value=Decimal(value), signed_on=ago(days),
        status=status, is_token_price=token,
    )  # fmt: skip


def test_growth_and_concentration_of_contracts_count_lines_in_force_of_joined_customers(base):
    one, _, three = base
    for customer, value, days, status in (
        (one, 600, 800, "ATIVO"), (three, 200, 30, "ATIVO"), (one, 9000, 10, "CANCELADO"), (one, 200, 364, ""),
    ):  # fmt: skip
        line(customer, value, days, status)
    line(one, Decimal("0.01"), 5, token=True)
    row = values_of("T1")
    assert (row["line_concentration"], row["contract_growth"]) == (0.6, 0.4)
    assert np.isnan(values_of("T2")["line_concentration"])


def test_a_proposal_is_won_when_a_contract_was_signed_within_ninety_days(base):
    one, _, three = base
    for number, (days, total, discount) in enumerate(((400, 100, 0), (300, 300, 30), (200, 200, 20), (20, 400, 40))):
        Proposal.objects.create(
            customer=one, number=str(number), row_hash=str(number), uploaded_on=ago(days), items=1, total=total,
            full_price=total + discount, discount=discount,
        )  # fmt: skip
    line(three, 50, 310)  # 90 days after the first: won; ten days before the second: not
    line(one, 50, 10)  # 190 days after the third; the fourth is too young to be judged
    row = values_of("T1")
    assert row["win_rate"] == pytest.approx(1 / 3)
    assert (row["proposal_value"], row["discount_asked_share"]) == (250.0, 0.75)
    assert np.isnan(values_of("T2")["win_rate"])


def test_the_invoiced_value_grows_against_the_half_year_before(base):
    one, _, three = base
    for number, (customer, days, value) in enumerate(
        ((one, 10, 100), (three, 100, 50), (one, 200, 100), (one, 365, 900))
    ):
        Invoice.objects.create(
            customer=customer, number=str(number), row_hash=str(number), issued_on=ago(days), value=value
        )
    assert values_of("T1")["invoiced_growth"] == pytest.approx(0.5)
    assert np.isnan(values_of("T2")["invoiced_growth"])


def test_open_tickets_are_those_of_the_last_year(base):
    one = base[0]
    for month, opened, closed in ((date(2026, 8, 1), 6, 3), (date(2025, 11, 1), 2, 1), (date(2024, 1, 1), 50, 0)):
        TicketMonth.objects.create(customer=one, month=month, opened=opened, closed=closed, high=0)
    assert values_of("T1")["tickets_open_share"] == 0.5


def test_the_survey_trend_compares_the_last_relational_answer_with_the_earlier_ones(base):
    one, two, three = base
    kinds = NpsAnswer.Kind
    for number, (customer, kind, days, score, scores) in enumerate(
        (
            (one, kinds.RELATIONAL, 900, 4, {"ease": 5, "value": 7}), (three, kinds.RELATIONAL, 500, 6, {}),
            (one, kinds.RELATIONAL, 100, 9, {"ease": 9}), (one, kinds.SUPPORT, 1, 0, {}), (two, kinds.RELATIONAL, 1, 3, {}),
        )
    ):  # fmt: skip
        NpsAnswer.objects.create(
            customer=customer, kind=kind, answered_on=ago(days), score=score, scores=scores, row_hash=str(number)
        )
    row = values_of("T1")
    assert (row["nps_trend"], row["nps_subscores"]) == (4.0, 7.0)
    assert np.isnan(values_of("T2")["nps_trend"])


def test_the_economy_around_a_customer_is_that_of_its_state_and_industry(base):
    for code, state, industry, month, value in (
        ("IBCR", "SP", "", date(2026, 8, 1), 110), ("IBCR", "SP", "", date(2025, 8, 1), 100),
        ("EMPREGO", "SP", "", date(2026, 7, 1), 102), ("EMPREGO", "SP", "", date(2025, 7, 1), 100),
        ("IBCR", "SP", "", date(2026, 10, 1), 500),  # not known yet on the day of the pictures
        ("RECEITA", "", "VAREJO", date(2026, 8, 1), 95), ("RECEITA", "", "VAREJO", date(2025, 8, 1), 100),
        ("SALDO", "AC", "", date(2026, 8, 1), 5), ("SALDO", "AC", "", date(2025, 8, 1), -5),
        ("SELIC", "", "", date(2026, 8, 1), 15), ("SELIC", "", "", date(2025, 8, 1), 10),
    ):  # fmt: skip
        Indicator.objects.create(code=code, unit="index", state=state, industry=industry, month=month, value=value)
    row = values_of("T1")
    assert (row["state_economy"], row["industry_economy"]) == (pytest.approx(0.06), pytest.approx(-0.05))
    assert np.isnan(values_of("T2")["state_economy"])


def test_figures_of_the_picture_in_their_units(base):
    row = values_of("T1")
    assert (row["usage_hours"], row["invoiced_12m"], row["payment_delay"]) == (2.0, 240.0, 3.5)


def test_without_pictures_nothing_dated_is_told(db):
    customer = Customer.objects.create(code="T1")
    Invoice.objects.create(customer=customer, number="1", row_hash="1", issued_on=AS_OF, value=10)
    found = rowmeasures.read([customer.pk], [""], [""], None)
    assert set(found) == set(rowmeasures.COLUMNS)
    assert all(np.isnan(found[name]).all() for name in ("invoiced_late", "state_change"))
