"""Exports: every text comes back as it was, none of it runs as a formula, numbers stay numbers."""

import csv
import io
import re
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings as project
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from b2shift.lib.export import csv_response, safe_cell

TEXT = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"))
SIGNS = "=+-@\t\r\n＝＋－＠"


def read_back(rows, language="en"):
    with translation.override(language):
        response = csv_response("x", ["h"] * len(rows[0]), rows)
        content = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(content, newline=""), delimiter="," if language == "en" else ";"))[1:]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=4), st.sampled_from(["en", "pt-br"]))
def test_every_text_comes_back_as_it_was(rows, language):
    for row, given_row in zip(read_back(rows, language), rows, strict=True):
        for cell, value in zip(row, given_row, strict=True):
            assert cell in {value, f"'{value}"}


@settings(max_examples=150, deadline=None)
@given(st.text(" \u00a0\u2003\ufeff\u200b", max_size=3), st.sampled_from(SIGNS), TEXT)
def test_no_text_is_a_formula(blanks, sign, rest):
    value = blanks + sign + rest
    assert safe_cell(value) == (value if re.fullmatch(r"-\d+([.,]\d+)?", value) else f"'{value}")


@pytest.mark.parametrize("value", [-5, 0, 12.5, Decimal("-0.10"), "-12,5", "-3", "plain", "a=b", "1-2", ""])
def test_numbers_and_plain_words_stay(value):
    assert safe_cell(value) == value


def test_nothing_is_missing_and_figures_follow_the_language():
    assert read_back([[None, Decimal("-1.50"), 2.5, 7]], "pt-br") == [["", "-1,50", "2,5", "7"]]
    assert read_back([[None, Decimal("-1.50"), 2.5, 7]]) == [["", "-1.50", "2.5", "7"]]


def test_every_export_goes_through_the_one_door():
    """Who writes a CSV or a workbook for people uses ``b2shift.lib.export``; the others write what the lake reads, unchanged."""
    inside = {
        "b2shift/lib/export.py",
        "accounts/lake/sheets.py",
        "accounts/lake/aside.py",
        "accounts/ingest/mending.py",
    }
    writers = {
        str(path.relative_to(project.BASE_DIR))
        for app in ("b2shift", "accounts", "segments", "campaigns", "insights")
        for path in (Path(project.BASE_DIR) / app).rglob("*.py")
        if re.search(r"csv\.(writer|DictWriter)\(|xlsxwriter|openpyxl", text := path.read_text())
        and "safe_cell" not in text
    }
    assert writers <= inside
