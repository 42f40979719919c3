"""Any file: what kind it is, how it is written, what its columns hold. And what is refused before it can do harm."""

import datetime as dt
import gzip
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from django.conf import settings as project
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.ingest.inspection import inspect
from accounts.lake import dates, numbers
from accounts.lake.bad import BadFile
from accounts.lake.detection import Look, look
from accounts.lake.dialect import MOST_COLUMNS, detect
from accounts.lake.encoding import census, encoding
from accounts.lake.reading import scan_file
from accounts.sources.refusals import REASONS
from tests.accounts import files, hostile

database = duckdb.connect()


def seen(tmp_path: Path, content: bytes | str, name: str = "x.csv") -> Look:
    path = tmp_path / "arrived"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return look(path, name, tmp_path / "work", 1024)


def table(tmp_path, content, name="x.csv"):
    found = seen(tmp_path, content, name)
    assert found.refused == []
    return found.tables[0]


def rows_of(found):
    read = database.execute(f"SELECT * FROM {scan_file(Path(found.path), found.dialect(), 'x')}")
    return [tuple(value or "" for value in row) for row in read.fetchall()]


def refusal(tmp_path, content, name="x.csv"):
    found = seen(tmp_path, content, name)
    assert found.tables == []
    each = found.refused[0]
    assert "%" not in REASONS[each.key].sentence % each.values
    return each.key


SPELLINGS = {
    "comma in quotes": ('a,b\n1,"two, three"\n', [("1", "two, three")]),
    "escaped quotes": ('a,b\n1,"say ""ha"" to me"\n3,4\n', [("1", 'say "ha" to me'), ("3", "4")]),
    "line breaks": ('a,b,c\n1,2,3\n"one\nline\n",5,6\n', [("1", "2", "3"), ("one\nline\n", "5", "6")]),
    "windows line breaks": ('a,b\r\n"one\r\nline",5\r\n7,8\r\n', [("one\r\nline", "5"), ("7", "8")]),
    "quotes and line breaks": ('a,b\n1,"ha \n""ha"" \nha"\n3,4\n', [("1", 'ha \n"ha" \nha'), ("3", "4")]),
    "last line break in quotes": ('a,b\n1,"x\ny"', [("1", "x\ny")]),
    "empty": ('a,b,c\n1,"",""\n2,3,4\n', [("1", "", ""), ("2", "3", "4")]),
    "json": ('k,v\n1,"{""type"": ""P"", ""at"": [102.0, 0.5]}"\n', [("1", '{"type": "P", "at": [102.0, 0.5]}')]),
    "any letters": ("a,b\nʤ,中文 🙂\n", [("ʤ", "中文 🙂")]),
    "no last line end": ("a,b\n1,2", [("1", "2")]),
    "old mac": ("a;b\r1;2\r3;4\r", [("1", "2"), ("3", "4")]),
    "single quotes": ("'a';'b'\n'1;2';'it''s'\n", [("1;2", "it's")]),
    "break in the header": ('"a\nb",c\n1,2\n', [("1", "2")]),
    "blank lines first": ("\n\na,b\n1,2\n", [("1", "2")]),
}  # fmt: skip


@pytest.mark.parametrize("case", SPELLINGS)
def test_every_spelling_of_a_table_is_read_exactly(tmp_path, case):
    content, expected = SPELLINGS[case]
    assert rows_of(table(tmp_path, content)) == expected


CELLS = st.text(st.characters(exclude_categories=("Cs", "Cc"), include_characters="\n\t"), max_size=12)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(
    rows=st.lists(st.tuples(CELLS, CELLS, st.integers(0, 99)), min_size=1, max_size=5),
    separator=st.sampled_from(";,\t|"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_quoted_text_of_any_kind_comes_back_unharmed(tmp_path, rows, separator, encoding):
    def quoted(value):
        return '"' + str(value).replace('"', '""') + '"'

    lines = [separator.join(quoted(value) for value in row) for row in [("first", "second", "third"), *rows]]
    path = tmp_path / "t.csv"
    path.write_bytes("\n".join([*lines, ""]).encode(encoding))
    found = look(path, "t.csv", tmp_path / f"work-{encoding}", 1024).tables[0]
    assert (found.separator, found.header) == (separator, ["first", "second", "third"])
    assert rows_of(found) == [(a, b, str(n)) for a, b, n in rows]


@pytest.mark.parametrize(
    ("encoding", "expected"),
    [
        ("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("utf-16", "utf-16-le"), ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"), ("cp1252", "cp1252"), ("cp850", "cp850"),
    ],
)  # fmt: skip
def test_the_encoding_is_found_in_the_bytes(tmp_path, encoding, expected):
    text = "código;descrição\n1;Construção e manutenção de embarcações\n2;São José dos Campos – não\n"
    if encoding == "cp850":
        text = text.replace("–", "-")
    found = table(tmp_path, text.encode(encoding))
    assert (found.encoding, found.header) == (expected, ["código", "descrição"])
    assert rows_of(found)[0] == ("1", "Construção e manutenção de embarcações")


def readings(tmp_path, *values):
    return table(tmp_path, "id;d\n" + "".join(f"{n};{value}\n" for n, value in enumerate(values))).columns[1]


def test_the_whole_column_decides_what_comes_first(tmp_path):
    assert readings(tmp_path, "03/04/2025", "25/04/2025").readings == ["dmy"]
    assert readings(tmp_path, "03/04/2025 01:10 PM", "04/25/2025 02:00 AM").readings == ["mdy"]
    assert readings(tmp_path, "03-04-2025", "05-06-2025").readings == ["dmy", "mdy"]
    assert readings(tmp_path, "25/04/03", "98/01/31").readings == ["ymd"]
    assert readings(tmp_path, "01/02/03", "04/05/06").readings == ["dmy", "mdy", "ymd"]
    assert readings(tmp_path, "2025-04-03", "2025/4/5", "20250406").readings == []
    one = readings(tmp_path, *["13/01/2025"] * 40, "01/13/2025")
    assert (one.kind, one.readings, one.odd, one.strange) == ("date", ["dmy"], 1, ["01/13/2025"])
    assert readings(tmp_path, "13/01/2025", "01/13/2025").readings == ["dmy", "mdy"]
    late = readings(tmp_path, *["03/04/2025"] * 6000, "25/04/2025")
    assert late.readings == ["dmy"]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.dates(min_value=dt.date(1950, 1, 1)), min_size=1, max_size=8), st.sampled_from(["dmy", "mdy"]))
def test_an_order_is_only_decided_when_it_is_right(days, order):
    shape = "%d/%m/%Y" if order == "dmy" else "%m/%d/%Y"
    texts = [f"{day:{shape}}".replace(f"/{day.year}", f"/{day.year:04d}") for day in days]
    row = database.execute(
        f"SELECT {dates.evidence_sql('v')} FROM (SELECT unnest(?::VARCHAR[]) AS v)", [texts]
    ).fetchone()
    found = dates.Evidence(*row).readings()
    assert order in found
    assert len(found) == 1 or all(day.day <= 12 for day in days)


def test_the_whole_column_decides_the_decimal_sign(tmp_path):
    content = "id;a;b;c;d;e\n1;1.234;1.234;1.234;1,5;007\n2;12,5;12.5;5.678;1.234;012\n3;1.234.567;0.5;9.000;2.5;013\n"
    _, a, b, c, d, e = table(tmp_path, content).columns
    assert (a.decimal, b.decimal, c.decimal, d.decimal) == (",", ".", "", numbers.MIXED)
    assert (a.unsure, b.unsure, c.unsure, d.unsure) == (0, 0, 3, 1)
    assert [each.kind for each in (a, b, c, d, e)] == ["number"] * 4 + ["text"]
    problems = {(p.code, p.column) for p in table(tmp_path, content).problems}  # ambiguous values are counted once
    assert problems == {("decimals_undecided", "c"), ("decimals_mixed", "d")}


def test_blank_amounts_are_blank_and_not_zero(tmp_path):
    column = table(tmp_path, "id,total\n1, \n2,29.85\n3,\n4,n/a\n" + "5,1.5\n" * 20).columns[1]
    assert (column.kind, column.filled, column.blank, column.odd, column.strange) == ("number", 22, 2, 1, ["n/a"])


def test_a_workbook_is_its_sheets_and_its_values_keep_their_types(tmp_path):
    rows = [
        ["id", "when", "day", "amount", "share", "ok", "sum", "words"],
        [1, (45292.5, hostile.MOMENT), (45292, hostile.DAY), 1.234, 0.1, True, ("=D2*2", 2.468), 'say "a;b"\nnow'],
        [2, (45293.25, hostile.MOMENT), (45293, hostile.DAY), 1000, 1e-7, False, ("=D3*2", 2000), "=1+1"],
    ]
    found = seen(
        tmp_path, hostile.workbook({"Vendas": rows, "vazia": [], "Notas & cia": [["a", "b"], ["1", "2"]]}), "b.xlsx"
    )
    assert [(each.name, each.kind, each.rows) for each in found.tables] == [
        ("b.xlsx › Vendas", "xlsx", 2), ("b.xlsx › Notas & cia", "xlsx", 1),
    ]  # fmt: skip
    first = found.tables[0]
    assert rows_of(first) == [
        ("1", "2024-01-01 12:00:00", "2024-01-01", "1.2340", "0.1", "TRUE", "2.4680", 'say "a;b"\nnow'),
        ("2", "2024-01-02 06:00:00", "2024-01-02", "1000", "1e-07", "FALSE", "2000", "=1+1"),
    ]
    kinds = [column.kind for column in first.columns]
    assert kinds == ["integer", "moment", "date", "number", "number", "flag", "number", "text"]
    assert first.columns[3].decimal == "."


def test_a_parquet_file_is_a_table_like_any_other(tmp_path):
    path = tmp_path / "t.parquet"
    database.execute(
        "COPY (SELECT 'T1' AS code, DATE '2024-02-03' AS day, 1.234::DOUBLE AS amount, 7::BIGINT AS n, NULL::VARCHAR AS gone) "
        f"TO '{path}' (FORMAT parquet)"
    )
    found = table(tmp_path, path.read_bytes(), "t.parquet")
    assert (found.kind, rows_of(found)) == ("parquet", [("T1", "2024-02-03", "1.2340", "7", "")])
    assert [column.kind for column in found.columns] == ["text", "date", "number", "integer", "empty"]
    assert refusal(tmp_path, path.read_bytes()[:-40] + b"PAR1") == "damaged_parquet"
    database.execute(f"COPY (SELECT 'a'::BLOB AS picture, 1 AS b) TO '{path}' (FORMAT parquet)")
    assert refusal(tmp_path, path.read_bytes()) == "binary_column"


def test_archives_are_opened_once(tmp_path):
    book = hostile.workbook({"Plan1": [["a", "b"], ["1", "2"]]})
    found = seen(
        tmp_path, hostile.zipped({"in/a.csv": b"a;b\n1;2\n", "book.xlsx": book, "note.txt": b"hello"}), "all.zip"
    )
    assert [each.name for each in found.tables] == ["all.zip › a.csv", "all.zip › book.xlsx › Plan1"]
    assert [(each.name, each.key) for each in found.refused] == [("all.zip › note.txt", "no_columns")]
    packed = table(tmp_path, gzip.compress(b"a;b\n1;2\n"), "a.csv.gz")
    assert (packed.name, rows_of(packed)) == ("a.csv.gz", [("1", "2")])


HOSTILE = {
    "far corners": (hostile.far_corners(), "sheet_too_large"),
    "announced corners": (
        hostile.workbook({"a": f'<worksheet {hostile.MAIN}><dimension ref="A1:XFD1048576"/><sheetData/></worksheet>'}),
        "sheet_too_large",
    ),
    "entities": (
        hostile.workbook({"a": f'<!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet {hostile.MAIN}><sheetData/></worksheet>'}),
        "damaged_workbook",
    ),
    "broken xml": (hostile.workbook({"a": "<worksheet><sheetData>"}), "damaged_workbook"),
    "nothing in it": (hostile.workbook({"a": []}), "blank_workbook"),
    "crowd of sheets": (hostile.workbook({f"s{n}": [] for n in range(101)}), "too_many_sheets"),
    "bomb in a sheet": (hostile.workbook({"a": "<worksheet>" + " " * (8 << 20) + "</worksheet>"}), "archive_too_large"),
    "gzip bomb": (hostile.gzip_bomb(64), "archive_too_large"),
    "zip bomb": (hostile.zipped({"mrr.csv": b"0" * (64 << 20)}), "archive_too_large"),
    "lying bomb": (hostile.lying_zip(), "damaged_archive"),
    "gzip in gzip": (gzip.compress(gzip.compress(b"a;b\n1;2\n")), "nested_archive"),
    "cut gzip": (gzip.compress(b"a;b\n1;2\n" * 99)[:-9], "damaged_archive"),
    "ten thousand headers": (hostile.wide(10_000), "too_many_columns"),
    "double headers": (b"a;b;a\n1;2;3\n", "repeated_header"),
    "zero bytes far down": (b"a;b\n" + b"1;2\n" * 70_000 + b"1;\0\n", "zero_bytes"),
    "zero bytes in UTF-16": ("a;b\n1;\0\n".encode("utf-16"), "zero_bytes"),
    "picture": (b"\x89PNG\r\n\x1a\n" + bytes(64), "known_format"),
    "blanks": (b" \n\t\n\r\n" * 50, "blank_file"),
    "one endless line": (b"a;b;" + b"x" * (1 << 19), "endless_line"),
    "open quote": (b'a;b\n1;2\n3;"open\n' + b"5;6\n" * 10, "open_quote"),
    "open quote far up": (b'a;b\n1;"2\n' + b"3;4\n" * 70_000, "open_quote"),
    "no encoding": (b"a;b\n1;\x81\x8d\n", "unknown_byte"),
    "half a pair": ("a;b\n1;2\n".encode("utf-16")[:-1], "wrong_encoding"),
}  # fmt: skip


@pytest.mark.parametrize("kind", HOSTILE)
def test_what_could_do_harm_is_refused_with_a_reason(tmp_path, kind):
    content, key = HOSTILE[kind]
    assert refusal(tmp_path, content) == key


def test_as_many_columns_as_are_allowed_are_read(tmp_path):
    path = tmp_path / "wide.csv"
    path.write_bytes(hostile.wide(MOST_COLUMNS))
    assert len(detect(path).header) == MOST_COLUMNS
    path.write_bytes(hostile.wide(MOST_COLUMNS + 1))
    with pytest.raises(BadFile, match="too_many_columns"):
        detect(path)


def test_rows_that_do_not_fit_are_a_problem_and_not_a_refusal(tmp_path):
    found = table(tmp_path, b"a;b\n1;2\n3\n4;5;6\n7;" + b"x" * (2 << 20) + b"\n8;9\n")
    assert (found.rows, [(p.code, p.count) for p in found.problems]) == (2, [("ragged_rows", 3)])


def test_looking_happens_in_a_process_of_its_own(tmp_path, settings):
    path = files.write(tmp_path, {"mrr.csv": files.MRR}) / "mrr.csv"
    with inspect(path) as found:
        one = found.tables[0]
        assert (one.name, [c.kind for c in one.columns], Path(one.path).exists()) == (
            "mrr.csv",
            ["text", "number"],
            True,
        )
        assert Look.from_json(found.to_json()) == found


def test_the_reader_needs_no_database_and_no_web(tmp_path):
    code = "import accounts.lake.detection, sys; print([m for m in sys.modules if m.startswith(('django.db', 'rest_framework'))])"
    out = subprocess.run([sys.executable, "-c", code], cwd=project.BASE_DIR, capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.sampled_from([b"a", b"\n", b'"', b"\0", "\u00e7".encode(), "\u20ac".encode(), b"\xe7", b"\xc3"]), max_size=30
    ),
    st.integers(1, 7),
)
def test_the_census_of_bytes_does_not_depend_on_where_blocks_end(parts, size):
    whole = b"".join(parts)
    found = census(whole[start : start + size] for start in range(0, len(whole), size))
    try:
        whole.decode()
        broken = None
    except UnicodeDecodeError as error:
        broken = (error.start, whole[error.start])
    zero = (whole.count(0), whole.index(0)) if 0 in whole else None
    assert (found.quotes, found.zero, found.broken) == (whole.count(b'"'), zero, broken)
    if broken is None:
        assert bool(found.beyond) == (not whole.isascii())


@pytest.mark.parametrize(("damage", "key"), [(b"\0", "zero_bytes"), (b"\xe7\n", "mixed_encoding")])
def test_damage_in_a_large_file_is_told_with_its_line(tmp_path, damage, key):
    path = tmp_path / "large.csv"
    path.write_bytes("a;\u00e7\n".encode() + b"1;2\n" * 2_000_000 + damage)
    with pytest.raises(BadFile) as refused:
        encoding(path, b"a;")
    assert (refused.value.key, refused.value.values["line"]) == (key, 2_000_002)
