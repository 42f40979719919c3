"""How files are recognised and read: dialect, header, numbers and dates, whatever their spelling."""

import datetime as dt
import string
from decimal import Decimal

import duckdb
import pytest
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.lake.dialect import BadFile, decimal_sign, detect, transcode
from accounts.lake.parsing import typed
from accounts.lake.recognise import Unknown, recognise
from accounts.models import Role
from accounts.sources import BY_NAME, SOURCES, Column, Kind, Personal
from accounts.sources.findings import EXPLANATIONS
from accounts.sources.refusals import REASONS
from tests.accounts import files

WORDS = st.text(string.ascii_letters + string.digits + "áãçéõ …-", min_size=1, max_size=12).map(str.strip).filter(bool)
database = duckdb.connect()


def value_of(kind: Kind, text: str, decimal: str = ",", formats: tuple[str, ...] = (), order: str = ""):
    column = Column("x", "X", kind, formats=formats)
    return database.execute(
        f"SELECT {typed(column, 'v', decimal, order)} FROM (SELECT CAST(? AS VARCHAR) AS v)", [text]
    ).fetchone()[0]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80, deadline=None)
@given(
    separator=st.sampled_from(";,\t|"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"]),
    newline=st.sampled_from(["\n", "\r\n"]),
    rows=st.lists(st.lists(WORDS, min_size=3, max_size=3), min_size=1, max_size=6),
)
def test_every_dialect_is_found(tmp_path, separator, encoding, newline, rows):
    header = ["Cód. Cliente", "Data;da Resposta", "Nota, NPS"]
    lines = [separator.join(f'"{name}"' for name in header), *(separator.join(row) for row in rows)]
    text = newline.join(lines) + newline
    path = tmp_path / "x.bin"
    path.write_bytes(text.encode(encoding))
    found = detect(path)
    assert found.separator == separator
    assert list(found.header) == header
    assert [list(row) for row in found.sample] == rows
    transcode(path, found.encoding, tmp_path / "y")
    assert (tmp_path / "y").read_bytes().decode() == text


@settings(max_examples=200, deadline=None)
@given(st.decimals(min_value=-(10**12), max_value=10**12, places=5))
def test_money_is_read_exactly_with_either_sign(amount):
    plain = format(amount, "f")
    assert value_of(Kind.MONEY, plain.replace(".", ","), ",") == amount
    assert value_of(Kind.MONEY, plain, ".") == amount
    grouped = f"{amount:,.5f}"
    assert value_of(Kind.MONEY, grouped, ".") == amount
    assert value_of(Kind.MONEY, grouped.translate(str.maketrans(",.", ".,")), ",") == amount


@settings(max_examples=100, deadline=None)
@given(st.lists(st.decimals(min_value=-(10**6), max_value=10**6, places=2), min_size=1), st.sampled_from(",."))
def test_the_decimal_sign_follows_the_values_not_the_declaration(amounts, declared):
    texts = [format(amount, ".2f") for amount in amounts]
    assert decimal_sign(texts, declared) == "."
    assert decimal_sign([text.replace(".", ",") for text in texts], declared) == ","


@settings(max_examples=25, deadline=None)
@given(st.dates(min_value=dt.date(1950, 1, 1), max_value=dt.date(2099, 12, 31)), st.times())
def test_dates_are_read_in_every_spelling(day, time):
    us = ("%m/%d/%Y %I:%M:%S %p",)
    for text in (
        day.isoformat(),
        f"{day} {time:%H:%M:%S}",
        f"{day}T{time:%H:%M:%S}+00:00",
        f"{day.year}/{day.month}/{day.day}",
        f"{day:%Y%m%d}",
    ):
        assert value_of(Kind.DATE, text) == day, text
    for mark in "/-.":
        short = f"{day.day}{mark}{day.month}{mark}{day.year}"
        assert value_of(Kind.DATE, short, order="dmy") == day
        assert (
            value_of(Kind.MOMENT, f"{day.month}{mark}{day.day}{mark}{day.year} {time:%H:%M}", order="mdy").date() == day
        )
        assert value_of(Kind.DATE, short) == (day if day.day > 12 or day.day == day.month else None), short
    assert value_of(Kind.MOMENT, f"{day.month}/{day.day}/{day.year} {time:%I:%M:%S %p}", formats=us).date() == day


@pytest.mark.parametrize("text", ["2025-02-30", "31/04/2025", "yesterday", "2025-13-01", "0000-00-00"])
def test_days_that_do_not_exist_are_no_dates(text):
    assert value_of(Kind.DATE, text) is None


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        (Kind.MONEY, "1.234", Decimal("1234")), (Kind.MONEY, "12.34", Decimal("12.34")), (Kind.MONEY, "1,2,3", None), (Kind.FLOAT, "nan", None),
        (Kind.FLOAT, "inf", None), (Kind.FLOAT, "1e3", 1000.0), (Kind.INTEGER, "3,0", 3), (Kind.INTEGER, "3.7", None), (Kind.SCORE, "10.0", 10),
        (Kind.COUNTRY, "40", "040"), (Kind.FLAG, "Sim", True), (Kind.FLAG, "maybe", None), (Kind.CUSTOMER, "t00a1b", "T00A1B"),
    ],
)  # fmt: skip
def test_values_are_read_or_left_out_never_guessed(kind, text, expected):
    assert value_of(kind, text) == expected


@pytest.mark.parametrize("source", SOURCES, ids=lambda s: s.name)
def test_a_file_is_recognised_by_its_header_alone(source):
    header = tuple(column.header for column in source.columns)
    assert recognise(header, "renamed.dat").source is source
    assert recognise(tuple(reversed(header)), "mrr.csv").source is source
    assert recognise(tuple(name.upper() for name in header), "x").source is source


@pytest.mark.parametrize("source", SOURCES, ids=lambda s: s.name)
def test_a_declaration_says_everything_that_people_and_pages_need(source):
    with translation.override("en"):
        assert str(source.title)
        assert str(source.grain)
        assert all(str(column.meaning) for column in source.columns)
    assert source.fresh_days > 0
    assert source.owner_role in Role.values
    assert source.needed
    names = {column.name for column in source.columns}
    assert len(names) == len(source.columns)
    assert set(source.scope) | {check.column for check in source.checks} <= names
    assert all(check.code in EXPLANATIONS for check in source.checks)


def test_what_says_who_somebody_is_or_reaches_them_is_masked():
    masked = {(source.name, column.name) for source in SOURCES for column in source.columns if column.personal.masked}
    assert masked == {
        ("contatos", "name"), ("contatos", "job_title"), ("contatos", "email"), ("contatos", "phone"),
        ("responsaveis", "owner_email"), ("responsaveis", "owner_name"),
    }  # fmt: skip
    assert BY_NAME["mrr"].column("mrr").personal is Personal.FINANCIAL
    assert BY_NAME["contatos"].column("ref").personal is Personal.PSEUDONYM


def test_the_customer_key_is_known_by_all_its_names():
    for key in (
        "CLIENTE",
        "CD_CLIENTE",
        "CD_CLI",
        "metadata_codcliente",
        "Cód. Cliente",
        "Cod Cliente",
        "Cód. T",
        "CODIGO_ORGANIZACAO",
    ):
        match = recognise((key, "MRR_12M"), "x")
        assert (match.source.name, match.positions) == ("mrr", {"customer": 0, "mrr": 1})


def test_a_missing_key_is_named_with_what_was_found():
    with pytest.raises(BadFile) as error:
        recognise(("CODIGO", "MRR_12M"), "whatever.csv")
    assert error.value.code == "missing_column"
    assert error.value.values == {"source": "mrr", "columns": "CLIENTE", "found": "CODIGO, MRR_12M"}


def test_a_strange_header_is_not_ours():
    with pytest.raises(Unknown, match="customer, archetype"):
        recognise(("customer", "archetype"), "truth.csv")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"\n \n", "empty_file"),
        (b"CLIENTE;MRR_12M\r\n", "header_only"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "binary_file"),
        (b"PK\x03\x04rest", "binary_file"),
        (b"CLIENTE;MRR_12M\nT1;\0\0\0\n", "binary_file"),
        (files.MRR.encode()[:-7], "truncated_file"),
        (b'CLIENTE;MRR_12M\nT1;1.5\n"T2;2.5\n', "truncated_file"),
        ("Cód;Nome\nT1;ação\nT2;".encode() + b"\xe7\xe3\n", "mixed_encoding"),
        (b"CLIENTE;MRR_12M\nT1;\x81\x8d\n", "unknown_encoding"),
        (b"one column\nonly\n", "no_columns"),
        (b"A;A;B\n1;2;3\n", "repeated_header"),
    ],
)  # fmt: skip
def test_a_bad_file_is_refused_with_its_reason(tmp_path, content, code):
    path = tmp_path / "mrr.csv"
    path.write_bytes(content)
    with pytest.raises(BadFile) as error:
        detect(path)
    assert error.value.code == code
    assert "%" not in REASONS[error.value.key].sentence % error.value.values


def test_sources_depend_on_earlier_ones_and_name_existing_columns():
    seen: set[str] = set()
    for source in SOURCES:
        assert set(source.after) <= seen, source.name
        seen.add(source.name)
        fields = {column.name for column in source.columns}
        assert {*source.scope, *(check.column for check in source.checks)} <= fields


def test_every_finding_that_can_arise_is_explained():
    codes = (
        {check.code for source in SOURCES for check in source.checks}
        | {s.duplicates for s in SOURCES}
        | {s.orphans for s in SOURCES if s.customer and not s.makes_customers}
    )
    codes |= {code for source in SOURCES for column in source.columns for code, _, _ in column.repairs}
    codes |= {
        "blank_key",
        "missing_value",
        "ragged_row",
        "repeated_key",
        "bad_number",
        "bad_date",
        "bad_flag",
        "truncated_file",
        "unknown_column",
    }
    assert codes - set(EXPLANATIONS) == set()
    assert BY_NAME["telemetria"].duplicates == "telemetry_exact_duplicates"
