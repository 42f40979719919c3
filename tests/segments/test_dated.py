"""What was known on a day: rows dated later never count, whatever they say, and what begins too late is left out."""

from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import (
    BusinessUnit,
    ContractLine,
    Customer,
    FigureHistory,
    Invoice,
    NpsAnswer,
    Proposal,
    TicketMonth,
    UsageDay,
)
from segments import dated

DAY = date(2025, 3, 31)
LONG_AGO, LATER = DAY - timedelta(days=60), DAY + timedelta(days=40)


@pytest.fixture
def customer(db):
    for code in ("GESTAO", "RD", "TECHFIN"):
        BusinessUnit.objects.get_or_create(code=code, defaults={"name": code})
    return Customer.objects.create(code="T1", since=date(2020, 1, 1))


def tell(customer, day, size=1):
    """One row of every source, all of them dated ``day``."""
    mark = f"{day:%Y%m%d}-{size}"
    ContractLine.objects.create(
        customer=customer, row_hash=mark, product=f"P{mark}", line=f"L{mark}", modality="ASSINATURA", status="ATIVO", signed_on=day,
        value=Decimal(1000 * size), business_unit_id="RD",
    )  # fmt: skip
    Proposal.objects.create(
        customer=customer, number=mark, row_hash=mark, uploaded_on=day, items=1, total=500, full_price=600, discount=100
    )
    for kind in (NpsAnswer.Kind.RELATIONAL, NpsAnswer.Kind.SUPPORT):
        NpsAnswer.objects.create(
            customer=customer, kind=kind, row_hash=mark + kind, answered_on=day, score=min(size, 10)
        )
    TicketMonth.objects.create(customer=customer, month=day.replace(day=1), opened=7 * size, high=1, closed=1)
    Invoice.objects.create(
        customer=customer,
        number=mark,
        row_hash=mark,
        issued_on=day,
        due_on=day,
        paid_on=day + timedelta(days=3),
        value=100 * size,
    )
    UsageDay.objects.create(customer=customer, day=day, events=50 * size, modules=1, denied=0)
    FigureHistory.objects.create(customer=customer, as_of=day, mrr=300 * size)


def columns(day=DAY):
    return {name: values.tolist() for name, values in dated.known(day).columns.items()}


def same(one, other):
    return one.keys() == other.keys() and all(np.array_equal(one[name], other[name], equal_nan=True) for name in one)


def test_rows_dated_after_the_cut_off_change_no_feature(customer):
    tell(customer, LONG_AGO)
    before = columns()
    for number, day in enumerate((DAY + timedelta(days=1), LATER), 2):
        tell(customer, day, number)
    # what became of rows that were there already has no place in the past either
    ContractLine.objects.filter(signed_on=LONG_AGO).update(status="CANCELADO")
    Invoice.objects.filter(issued_on=LONG_AGO).update(paid_on=LATER)
    told = columns()
    told["overdue"], told["payment_delay"] = before["overdue"], before["payment_delay"]
    assert same(told, before)
    assert columns()["overdue"] == [1.0]  # paid later means open then
    assert not same(columns(LATER), before)


def test_every_measure_moves_with_a_row_dated_by_then(customer):
    tell(customer, LONG_AGO)
    before = columns()
    tell(customer, DAY - timedelta(days=3), 3)
    moved = {name for name, values in columns().items() if not np.array_equal(values, before[name], equal_nan=True)}
    steady = {"tenure", "first_signed", "subscription_share", "credit_share", "marketing_share", "discount_share"}
    assert set(dated.DATED_BY_NAME) - moved - steady <= {
        "tickets_6m",
        "tickets_recent_share",
        "payment_delay",
        "overdue",
    }


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    offsets=st.lists(
        st.integers(1, 900), min_size=1, max_size=3, unique_by=lambda offset: f"{DAY + timedelta(days=offset):%Y-%m}"
    )
)
def test_no_future_changes_the_past(customer, offsets):
    with transaction.atomic():
        tell(customer, LONG_AGO, 2)
        before = columns()
        for number, offset in enumerate(offsets, 3):
            tell(customer, DAY + timedelta(days=offset), number)
        told = columns()
        transaction.set_rollback(True)
    assert same(told, before)


def test_figures_on_hand_made_rows(customer):
    tell(customer, LONG_AGO, 2)
    told = {name: values[0] for name, values in columns().items()}
    assert (told["lines"], told["value"], told["mrr"], told["nps_last"], told["products"]) == (1, 2000, 600, 2, 1)
    assert told["months_since_contract"] == pytest.approx(60 / 30.4375)
    assert told["tenure"] == pytest.approx((DAY - date(2020, 1, 1)).days / 365.25)
    assert told["discount_share"] == pytest.approx(1 / 6)
    assert (told["tickets_6m"], told["invoiced_6m"], told["usage_events"]) == (14, 200, 100)
    assert told["payment_delay"] == 3
    assert told["marketing_share"] == 1


def test_what_nobody_told_is_missing_and_never_zero(customer):
    told = {name: values[0] for name, values in columns().items()}
    assert all(np.isnan(told[name]) for name in ("lines", "mrr", "nps_last", "tickets_6m", "overdue", "usage_events"))


def test_rows_of_a_merged_customer_count_for_the_one_that_stands_for_it(customer):
    other = Customer.objects.create(code="T2", merged_into=customer)
    tell(other, LONG_AGO)
    assert dated.known(DAY).ids.tolist() == [customer.pk]
    assert columns()["lines"] == [1.0]
    assert columns()["mrr"] == [300.0]


def test_a_source_that_begins_too_late_is_left_out_and_named(customer):
    begins = dict.fromkeys(dated.BEGINNINGS, date(2019, 1, 1)) | {"nps": date(2025, 1, 1), "telemetry": None}
    names, left = dated.reaching(DAY, begins)
    assert {"nps_last", "nps_mean", "usage_events"}.isdisjoint(names)
    assert {"name": "nps_last", "begins": "2025-01-01", "needed": "2024-09-30"} in left
    assert {"name": "usage_days", "begins": None, "needed": "2024-12-30"} in left
    assert "tickets_6m" in names


def test_a_stray_row_is_not_the_beginning_of_a_source(customer):
    ContractLine.objects.bulk_create(
        ContractLine(
            customer=customer, row_hash=str(n), product="P", signed_on=date(2020, 1, 1) if n else date(1900, 1, 1)
        )
        for n in range(150)
    )
    assert dated.beginnings()["contracts"] == date(2020, 1, 1)
    assert dated.beginnings()["nps"] is None
