"""Files for spreadsheets: nothing that a spreadsheet would run, everything that was there, the reader's decimal sign."""

import csv
import io
from decimal import Decimal

from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from b2shift.lib.export import csv_response, safe_cell

STARTERS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def read(response, delimiter: str = ";") -> list[list[str]]:
    text = b"".join(response.streaming_content).decode()
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text[1:], newline=""), delimiter=delimiter))


@given(st.text(max_size=40))
def test_no_text_is_a_formula_and_none_is_lost(text):
    cell = safe_cell(text)
    assert not cell.lstrip(" ").startswith(STARTERS)
    assert cell in {text, f"'{text}"}


@given(st.sampled_from(STARTERS), st.sampled_from(["", " ", "   "]), st.text(max_size=20))
def test_formulas_are_quoted_also_behind_spaces(starter, gap, rest):
    assert safe_cell(f"{gap}{starter}{rest}") == f"'{gap}{starter}{rest}"


@given(
    st.lists(
        st.lists(
            st.text(st.characters(exclude_characters="\r\n\x00", exclude_categories=["Cs"]), max_size=15),
            min_size=2,
            max_size=2,
        ),
        max_size=5,
    )
)
def test_what_is_written_is_read_back(rows):
    with translation.override("pt-br"):
        found = read(csv_response("x", ["a", "b"], rows))
    assert found[0] == ["a", "b"]
    assert found[1:] == [[safe_cell(cell) for cell in row] for row in rows]


def test_numbers_keep_their_sign_and_follow_the_language():
    rows = [[-1.5, Decimal("1234.56"), 7, None]]
    with translation.override("pt-br"):
        assert read(csv_response("x", ["a"], rows))[1] == ["-1,5", "1234,56", "7", ""]
    with translation.override("en"):
        assert read(csv_response("x", ["a"], rows), ",")[1] == ["-1.5", "1234.56", "7", ""]


def test_the_download_has_a_name_and_a_type(client_of, scored):
    response = client_of("executive").get("/executive/segments.csv")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert 'filename="b2shift-segments.csv"' in response["Content-Disposition"]


def test_the_segment_table_as_a_file(client_of, scored):
    scored.segments[0].name = "=HYPERLINK(1)"
    scored.segments[0].save()
    rows = read(client_of("executive").get("/executive/segments.csv"), ",")
    assert len(rows) == 4
    assert rows[1][:4] == ["S-001", "'=HYPERLINK(1)", "20", "80000.0"]
    assert rows[3][7:9] == ["1.0", "19995.0"]


def test_before_the_first_run_the_file_is_a_header(client_of, people):
    assert len(read(client_of("executive").get("/executive/segments.csv"), ",")) == 1


def test_customers_at_risk_as_a_file_are_a_reps_own(client_of, scored):
    everybody = read(client_of("executive").get("/insights/at-risk.csv"), ",")
    own = read(client_of("sales_rep").get("/insights/at-risk.csv"), ",")
    other = read(client_of("second_rep").get("/insights/at-risk.csv"), ",")
    assert (len(everybody), len(own) + len(other)) == (21, 22)
    codes = {row[0] for row in own[1:]}
    assert codes
    assert codes.isdisjoint(row[0] for row in other[1:])
    assert {row[2] for row in own[1:]} == {"Sales Rep"}
    assert everybody[1][4:] == ["4000.00", "9", "0.8"]
