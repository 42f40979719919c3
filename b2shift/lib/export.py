"""Figures as files: CSV and XLSX that spreadsheets open safely."""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import count
from typing import Any
from xml.sax.saxutils import escape

from django.http import HttpResponse, StreamingHttpResponse
from django.utils.translation import get_language

_UNSEEN = "".join(map(chr, (0xFEFF, 0x200B, 0x200C, 0x200D, 0x2060, 0x00AD)))  # letters without width
_NEGATIVE = re.compile(r"-\d+([.,]\d+)?")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # no XML file can hold them
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PARTS = (
    (
        "[Content_Types].xml",
        f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types"><Default Extension="xml" ContentType="application/xml"/>'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"/></Types>',
    ),
    (
        "_rels/.rels",
        f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" Type="{_RELATION}/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>',
    ),
    (
        "xl/workbook.xml",
        f'{_HEAD}<workbook {_MAIN} xmlns:r="{_RELATION}"><sheets><sheet name="B2Shift" sheetId="1" r:id="rId1"/></sheets></workbook>',
    ),
    (
        "xl/_rels/workbook.xml.rels",
        f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" Type="{_RELATION}/worksheet" '
        'Target="worksheets/sheet1.xml"/></Relationships>',
    ),
)


class _Echo:
    def write(self, text: str) -> str:
        return text


def safe_cell(value: Any) -> Any:
    """The value; with a leading apostrophe where a spreadsheet would take it for a formula (OWASP, CSV injection).

    Blanks and letters without width before the sign do not hide it; a negative number is a number.
    """
    if value is None:
        return ""
    if not isinstance(value, str) or _NEGATIVE.fullmatch(value):
        return value
    bare = value.lstrip(_UNSEEN + " ")
    while bare and bare[0] not in "\t\r\n" and (bare[0].isspace() or bare[0] in _UNSEEN):
        bare = bare[1:]
    return f"'{value}" if bare.startswith(_FORMULA) else value


def plain_cell(text: str) -> str:
    """What was exported as this text: the inverse of ``safe_cell`` for whoever reads our own files back."""
    return text[1:] if text.startswith("'") and safe_cell(text[1:]) == text else text


def csv_response(name: str, header: Sequence[Any], rows: Iterable[Sequence[Any]]) -> StreamingHttpResponse:
    """A streamed UTF-8 CSV download with a BOM (Excel), as a spreadsheet in the reader's language expects it.

    Portuguese: ``;`` between cells and decimal comma; English: ``,`` and decimal point. No thousands separators.
    """
    comma = not (get_language() or "").startswith("en")
    writer = csv.writer(_Echo(), delimiter=";" if comma else ",")

    def lines() -> Iterator[str]:
        yield "\ufeff" + writer.writerow([safe_cell(str(cell)) for cell in header])
        for row in rows:
            yield writer.writerow([_localised(safe_cell(cell), comma) for cell in row])

    response = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def xlsx_response(name: str, header: Sequence[Any], rows: Iterable[Sequence[Any]]) -> HttpResponse:
    """A workbook of one sheet. Texts are texts, never formulas, with the apostrophe of ``safe_cell`` for whoever saves them as CSV."""
    lines = [[safe_cell(str(cell)) for cell in header], *([safe_cell(cell) for cell in row] for row in rows)]
    sheet = f"{_HEAD}<worksheet {_MAIN}><sheetData>{''.join(map(_sheet_row, lines, count(1)))}</sheetData></worksheet>"
    book = io.BytesIO()
    with zipfile.ZipFile(book, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, text in (*_PARTS, ("xl/worksheets/sheet1.xml", sheet)):
            archive.writestr(part, text)
    response = HttpResponse(book.getvalue(), content_type=_XLSX)
    response["Content-Disposition"] = f'attachment; filename="{name}.xlsx"'
    return response


def _sheet_row(cells: Sequence[Any], number: int) -> str:
    return f'<row r="{number}">{"".join(map(_sheet_cell, cells))}</row>'


def _sheet_cell(value: Any) -> str:
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return f"<c><v>{value}</v></c>"
    return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(_UNPRINTABLE.sub("", str(value)))}</t></is></c>'


def _localised(value: Any, comma: bool) -> Any:
    if comma and isinstance(value, float | Decimal):
        return str(value).replace(".", ",")
    return value
