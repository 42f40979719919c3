"""Passes over the lake's rows through the engine, on a few rows and a real Parquet file."""

from datetime import date, timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from accounts.models import Customer, Dataset, MappedSource
from segments import features, lakemeasures

DAY = date(2026, 3, 1)
TICKETS = [
    ("T1", "fiscal", 40), ("T1", "fiscal", 2), ("T1", "payroll", 31), ("T1", "fiscal", 30), ("T2", "fiscal", None),
]  # fmt: skip
EVENTS = [("T1", "0101"), ("T1", "0101"), ("T1", "0101"), ("T1", "0202"), ("T3", "0202")]


@pytest.fixture
def lake(db, settings, tmp_path):
    """Tickets in one file and one that people mapped; events that no import has counted."""
    settings.LAKE_URL = str(tmp_path)
    for name, rows in (("tickets", TICKETS[:2]), ("helpdesk", TICKETS[2:])):
        table = {
            "customer": [customer for customer, _, _ in rows],
            "group": [group for _, group, _ in rows],
            "created_on": pa.array([DAY] * len(rows), pa.date32()),
            "updated_on": pa.array(
                [None if days is None else DAY + timedelta(days=days) for *_, days in rows], pa.date32()
            ),
        }
        pq.write_table(pa.table(table), tmp_path / f"{name}.parquet")
        Dataset.objects.create(source=name, files=[f"{name}.parquet"])
    MappedSource.objects.create(name="helpdesk", title="Helpdesk", base="tickets", spec={})
    events = {
        "customer": [customer for customer, _ in EVENTS],
        "day": pa.array([DAY] * len(EVENTS), pa.date32()),
        "module": [module for _, module in EVENTS],
        "licence": ["Concedido"] * len(EVENTS),
        "duration_ms": [1000.0] * len(EVENTS),
    }
    pq.write_table(pa.table(events), tmp_path / "20260301.0.parquet")
    Dataset.objects.create(source="telemetria", files=["20260301.0.parquet"])
    return tmp_path


def test_long_tickets_and_teams_of_all_files_of_a_kind(lake):
    found = lakemeasures.read()
    assert found["T1"] == {
        "tickets_dated": 4.0, "tickets_long": 2.0, "tickets_other_teams": 1.0, "module_top_events": 3.0, "module_events": 4.0,
    }  # fmt: skip
    assert "T2" not in found


def test_counts_of_the_imports_are_used_where_they_are(lake):
    counted = {"customer": ["T1", "T1"], "day": [DAY, DAY], "module": ["1", "2"], "events": [9, 1]}
    (lake / "counts/telemetria").mkdir(parents=True)
    pq.write_table(pa.table(counted), lake / "counts/telemetria/20260301.parquet")
    assert lakemeasures.read()["T1"]["module_top_events"] == 9.0


def test_rows_of_a_merged_customer_are_added_to_those_of_the_other(lake):
    one = Customer.objects.create(code="T1")
    Customer.objects.create(code="T3", merged_into=one)
    Customer.objects.create(code="T9")
    frame = features.read()
    assert frame.codes == ["T1", "T9"]
    assert frame.feature("tickets_long_share")[0] == 0.5
    assert frame.feature("ticket_spread")[0] == 0.25
    assert frame.feature("module_concentration")[0] == 0.8
    assert frame.raw["module_events"].tolist()[0] == 5.0


def test_without_a_lake_nothing_is_told(db):
    assert lakemeasures.read() == {}
