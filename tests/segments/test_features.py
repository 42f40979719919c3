"""What is read of a customer: units, windows, and NaN for what no source tells."""

from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import ContractLine, Customer, Picture, UsageDay
from segments import features
from segments.features import FEATURES

AS_OF = date(2026, 9, 30)


@pytest.fixture
def pair(db):
    """One customer known to all sources and one of whom only the contract is known."""
    known = Customer.objects.create(
        code="T2", since=AS_OF - timedelta(days=3652), revenue_band="Faixa 03 - De 15 M ate 25 M", state="SP"
    )
    Picture.objects.create(
        customer=known, as_of=AS_OF, contract_lines=8, active_lines=6, cancelled_lines=2, recurring_lines=4, products=5,
        product_lines=2, contract_value=Decimal("1600.00"), last_contract_on=AS_OF - timedelta(days=61), mrr=Decimal("250.50"),
        has_mrr=True, purchases_12m=2, purchases_value_12m=Decimal(900), has_purchases=True, tickets_12m=20, tickets_90d=5,
        tickets_high_12m=10, has_tickets=True, usage_events=100, usage_denied=4, has_usage=True,
    )  # fmt: skip
    unknown = Customer.objects.create(code="T1", revenue_band="Sem Informações de Faturamento")
    Picture.objects.create(customer=unknown, as_of=AS_OF, contract_lines=1, active_lines=1, products=1)
    for modality, brand in (
        ("MODALIDADE ASSINATURA (INTERA)", "RH - CORE"),
        ("MODALIDADE TRADICIONAL", "CLOUD - SAAS"),
    ):
        ContractLine.objects.create(customer=known, product="P", row_hash=brand, modality=modality, brand=brand)
    for offset, events in enumerate((10, 10, 10, 50, 30, 30, 30)):
        UsageDay.objects.create(
            customer=known, day=AS_OF - timedelta(days=6 - offset), events=events, modules=1, denied=0
        )
    return known, unknown


def test_at_least_fifty_features_with_a_meaning_a_unit_and_a_source():
    assert len(FEATURES) >= 50
    assert len({feature.name for feature in FEATURES}) == len(FEATURES)
    assert all(str(feature.meaning) and feature.unit and feature.source and feature.group for feature in FEATURES)


def test_figures_are_relative_to_the_day_of_the_picture(pair):
    frame = features.read()
    row = dict(zip(features.BY_NAME, frame.values[1], strict=True))
    assert frame.codes == ["T1", "T2"]
    assert row["tenure_years"] == pytest.approx(9.9986, abs=1e-3)
    assert row["months_since_contract"] == pytest.approx(2.004, abs=1e-2)
    assert (row["cancelled_share"], row["recurring_share"], row["line_value"]) == (0.25, 0.5, 200.0)
    assert (row["mrr"], row["revenue_band"], row["sources"]) == (250.5, 3.0, 4.0)
    assert (row["tickets_recent_share"], row["tickets_high_share"], row["usage_denied_share"]) == (0.25, 0.5, 0.04)


def test_what_a_customer_buys_is_told_in_shares_of_its_lines(pair):
    row = dict(zip(features.BY_NAME, features.read().values[1], strict=True))
    mix = ("subscription_share", "people_share", "cloud_share", "credit_share", "legacy_share")
    assert [row[name] for name in mix] == [0.5, 0.5, 0.5, 0.0, 0.0]


def test_what_no_source_tells_is_missing_and_not_zero_or_a_mean(pair):
    row = dict(zip(features.BY_NAME, features.read().values[0], strict=True))
    unknown = {
        "mrr",
        "tenure_years",
        "revenue_band",
        "usage_events",
        "usage_trend",
        "tickets_12m",
        "nps_last",
        "purchases_12m",
    }
    assert all(np.isnan(row[name]) for name in unknown)
    assert (row["sources"], row["active_lines"], row["cancelled_share"]) == (0.0, 1.0, 0.0)


def test_the_trend_compares_the_halves_of_the_window_without_its_middle_day(pair):
    frame = features.read()
    assert (frame.raw["usage_early"][1], frame.raw["usage_late"][1]) == (30.0, 90.0)
    assert np.isnan(frame.raw["usage_early"][0])
    # The only one with telemetry is the typical customer.
    assert frame.feature("usage_trend")[1] == 0.0


def test_the_number_of_queries_does_not_depend_on_the_number_of_customers(pair, django_assert_num_queries):
    with CaptureQueriesContext(connection) as two:
        features.read()
    Customer.objects.bulk_create(Customer(code=f"X{number}") for number in range(50))
    with django_assert_num_queries(len(two)):
        features.read()


def test_an_empty_base_gives_empty_columns(db):
    frame = features.read()
    assert frame.values.shape == (0, len(FEATURES))
    assert (len(frame.ids), frame.codes) == (0, [])


def test_a_signed_tail_is_tamed_on_both_sides():
    tamed = features.transformed(features.BY_NAME["mrr"], np.array([-np.e + 1, 0.0, np.e - 1, np.nan]))
    assert tamed[:3] == pytest.approx([-1.0, 0.0, 1.0])
    assert np.isnan(tamed[3])
    share = np.array([0.5, 1.0])
    assert features.transformed(features.BY_NAME["cancelled_share"], share) is share


@pytest.mark.parametrize(
    ("text", "rank"),
    [("Faixa 03 - De 15 M ate 25 M", 3), ("Faixa ²³", None), ("Faixa ", None), ("Sem Informações", None)],
)
def test_a_band_is_the_number_that_it_begins_with(text, rank):
    assert features.band_rank(text) == rank
