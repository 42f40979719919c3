"""Workbooks, Parquet and archives go the way of CSV; contradicting numbers are never read wrongly."""

import datetime as dt
import gzip
from decimal import Decimal

import duckdb
import pytest

from accounts import ingest
from accounts.models import Customer, Picture, QuarantinedRow
from tests.accounts import files, hostile

pytestmark = pytest.mark.django_db
MASTER_ROWS = [["CLIENTE", "CLIENTE_DESDE"], ["T00001", (42064, hostile.DAY)], ["T00002", (43661.5, hostile.MOMENT)]]
MRR_ROWS = [["CLIENTE", "MRR_12M"], ["T00001", 1.234], ["T00002", ("=1000+234", 1234)]]


@pytest.fixture(autouse=True)
def lake(tmp_path, settings):
    settings.LAKE_URL = str(tmp_path / "lake")
    return tmp_path / "lake"


def load(folder, content):
    return ingest.import_directory(files.write(folder, content))


def money():
    return dict(Picture.objects.values_list("customer__code", "mrr"))


def test_every_sheet_of_a_workbook_is_loaded(tmp_path, lake):
    book = hostile.workbook(
        {"Clientes": MASTER_ROWS, "Receita": MRR_ROWS, "Notas": [["feito por"], ["Ana"]], "Vazia": []}
    )
    run = load(tmp_path / "in", {"base.xlsx": book})
    assert (run.state, run.error) == ("published", "")
    assert dict(run.files.values_list("name", "outcome")) == {
        "base.xlsx › Clientes": "loaded", "base.xlsx › Receita": "loaded", "base.xlsx › Notas": "skipped",
    }  # fmt: skip
    assert dict(Customer.objects.values_list("code", "since")) == {
        "T00001": dt.date(2015, 3, 1), "T00002": dt.date(2019, 7, 15),
    }  # fmt: skip
    assert money() == {"T00001": Decimal("1.23"), "T00002": Decimal("1234.00")}
    kept = {path.read_bytes() for path in (lake / "landing").rglob("*") if path.is_file()}
    assert book in kept
    assert load(tmp_path / "in", {}).state == "unchanged"


def test_parquet_gzip_and_zip_are_loaded_like_csv(tmp_path):
    table = tmp_path / "mrr.parquet"
    duckdb.execute(f"COPY (SELECT 'T00001' AS \"CLIENTE\", 5.25::DOUBLE AS \"MRR_12M\") TO '{table}' (FORMAT parquet)")
    packed = hostile.zipped({"deep/mrr.parquet": table.read_bytes(), "README.md": b"hello"})
    run = load(tmp_path / "in", {"a.csv.gz": gzip.compress(files.MASTER.encode()), "b.zip": packed})
    assert dict(run.files.values_list("name", "outcome")) == {
        "a.csv.gz": "loaded", "b.zip › mrr.parquet": "loaded", "b.zip › README.md": "skipped",
    }  # fmt: skip
    assert money()["T00001"] == Decimal("5.25")


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("base.xlsx", hostile.far_corners(), "Ctrl+End"),
        ("mrr.csv", hostile.wide(10_000), "10000 columns"),
        ("mrr.csv", b"CLIENTE;MRR_12M;CLIENTE\nT1;2;3\n", "more than once"),
        ("mrr.csv.gz", hostile.gzip_bomb(16), "would unpack to far more"),
        ("mrr.csv", b'CLIENTE;MRR_12M\nT00001;5.0\nT00002;"6.0\n' + b"T00003;7.0\n" * 3, "opened in line 3"),
    ],
)
def test_hostile_files_are_refused_in_words_and_leave_the_data_alone(tmp_path, lake, name, content, says):
    load(tmp_path / "good", {"m.csv": files.MASTER})
    before = (Customer.objects.count(), sorted(lake.rglob("*")))
    run = load(tmp_path / "bad", {name: content})
    assert (run.state, run.files.get().outcome, says in run.error) == ("failed", "refused", True)
    assert (Customer.objects.count(), sorted(lake.rglob("*"))) == before
    assert load(tmp_path / "next", {"m.csv": files.MRR}).state == "published"


def test_mixed_decimal_signs_are_never_a_wrong_number(tmp_path):
    load(tmp_path / "base", {"m.csv": files.MASTER})
    run = load(tmp_path / "in", {"mrr.csv": "CLIENTE;MRR_12M\nT00001;12,5\nT00002;1.234\n00003X;0.75\n"})
    assert money() == {"T00001": Decimal("12.50"), "T00002": None, "00003X": Decimal("0.75")}
    row = QuarantinedRow.objects.get()
    assert (row.line, row.reason, row.raw) == (3, "ambiguous_number", "T00002;1.234")
    found = {f.code: (f.count, f.examples) for f in run.files.get().findings.all()}
    assert found["mixed_decimals"][0] == 1
    assert found["ambiguous_number"] == (1, [{"line": 3, "value": "1.234"}])


@pytest.mark.parametrize(("sign", "expected"), [("12,5", "1234.00"), ("12.5", "1.23")])
def test_one_clear_value_tells_how_all_are_meant(tmp_path, sign, expected):
    load(tmp_path / "base", {"m.csv": files.MASTER})
    load(tmp_path / "in", {"mrr.csv": f"CLIENTE;MRR_12M\nT00001;{sign}\nT00002;1.234\n"})
    assert money()["T00002"] == Decimal(expected)


def test_endless_rows_wait_in_quarantine(tmp_path):
    content = b"CLIENTE;CLIENTE_DESDE\nT00001;2015-03-01\nT00002;" + b"9" * (2 << 20) + b"\nT00003;2016-01-01\n"
    run = load(tmp_path / "in", {"m.csv": content})
    assert set(Customer.objects.values_list("code", flat=True)) == {"T00001", "T00003"}
    assert list(QuarantinedRow.objects.values_list("line", "reason")) == [(3, "long_row")]
    assert run.files.get().rows == 3
