"""Files as the world sends them: small makers of good and hostile workbooks, archives and tables."""

import gzip
import io
import zipfile
from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STYLES = (
    f'{HEAD}<styleSheet {MAIN}><fonts count="1"><font/></fonts><fills count="1"><fill/></fills><borders count="1"><border/></borders>'
    '<cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="3"><xf numFmtId="0"/><xf numFmtId="14" applyNumberFormat="1"/>'
    '<xf numFmtId="22" applyNumberFormat="1"/></cellXfs></styleSheet>'
)
DAY, MOMENT = 1, 2  # styles of cells that hold dates


def letters(column: int) -> str:
    """The letters of a column: 1 is A."""
    text = ""
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


def cell(ref: str, value: object) -> str:
    """One cell: text, number, truth value, ``(number, style)`` for a date, ``("=formula", value)`` with its saved value."""
    if isinstance(value, tuple):
        first, second = value
        if isinstance(first, str):
            return f'<c r="{ref}"><f>{escape(first[1:])}</f><v>{second}</v></c>'
        return f'<c r="{ref}" s="{second}"><v>{first}</v></c>'
    if isinstance(value, bool):
        return f'<c r="{ref}" t="b"><v>{int(value)}</v></c>'
    if isinstance(value, str):
        return f'<c r="{ref}" t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
    return "" if value is None else f'<c r="{ref}"><v>{value!r}</v></c>'


def sheet(rows: Sequence[Sequence[object]]) -> str:
    """The XML of a sheet."""
    body = "".join(
        f'<row r="{n}">' + "".join(cell(f"{letters(c)}{n}", value) for c, value in enumerate(row, 1)) + "</row>"
        for n, row in enumerate(rows, 1)
    )
    return f"{HEAD}<worksheet {MAIN}><sheetData>{body}</sheetData></worksheet>"


def workbook(sheets: dict[str, Sequence[Sequence[object]] | str]) -> bytes:
    """An XLSX; a sheet is its rows, or its XML as it is."""
    names = "".join(f'<sheet name={quoteattr(name)} sheetId="{n}" r:id="rId{n}"/>' for n, name in enumerate(sheets, 1))
    links = "".join(
        f'<Relationship Id="rId{n}" Type="{REL}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in range(1, len(sheets) + 1)
    )
    package = "http://schemas.openxmlformats.org/package/2006"
    sheet_type = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = {
        "[Content_Types].xml": (
            f'{HEAD}<Types xmlns="{package}/content-types"><Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" '
            f'ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="{sheet_type}.sheet.main+xml"/></Types>'
        ),
        "_rels/.rels": (
            f'{HEAD}<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" Type="{REL}/officeDocument" '
            'Target="xl/workbook.xml"/></Relationships>'
        ),
        "xl/workbook.xml": f'{HEAD}<workbook {MAIN} xmlns:r="{REL}"><sheets>{names}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": (
            f'{HEAD}<Relationships xmlns="{package}/relationships">{links}<Relationship Id="rId900" Type="{REL}/styles" '
            'Target="styles.xml"/></Relationships>'
        ),
        "xl/styles.xml": STYLES,
    }
    for number, content in enumerate(sheets.values(), 1):
        parts[f"xl/worksheets/sheet{number}.xml"] = content if isinstance(content, str) else sheet(content)
    return zipped({name: text.encode() for name, text in parts.items()})


def far_corners() -> bytes:
    """A workbook of some 1.5 KB with the first and the last cell that a sheet can have."""
    rows = f'<row r="1">{cell("A1", "CLIENTE")}</row><row r="1048576">{cell("XFD1048576", 1)}</row>'
    return workbook({"Plan1": f"{HEAD}<worksheet {MAIN}><sheetData>{rows}</sheetData></worksheet>"})


def zipped(entries: dict[str, bytes]) -> bytes:
    """A ZIP of the entries."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return out.getvalue()


def gzip_bomb(megabytes: int) -> bytes:
    """Blanks, a thousandth of their size."""
    return gzip.compress(b" " * (megabytes << 20), 9)


def lying_zip() -> bytes:
    """A bomb whose directory says that it is small."""
    honest = zipped({"mrr.csv": b"0" * (64 << 20)})
    at = honest.rindex(b"PK\x01\x02")
    return honest[: at + 24] + (1000).to_bytes(4, "little") + honest[at + 28 :]


def wide(columns: int) -> bytes:
    """A table with so many columns."""
    return b"\n".join([b";".join(b"column%d" % n for n in range(columns)), b";".join([b"1"] * columns)]) + b"\n"
