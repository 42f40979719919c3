"""Figures as files: CSV that spreadsheets open safely."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from django.http import StreamingHttpResponse
from django.utils.translation import get_language

_UNSEEN = "".join(map(chr, (0xFEFF, 0x200B, 0x200C, 0x200D, 0x2060, 0x00AD)))  # letters without width
_NEGATIVE = re.compile(r"-\d+([.,]\d+)?")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


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


def _localised(value: Any, comma: bool) -> Any:
    if comma and isinstance(value, float | Decimal):
        return str(value).replace(".", ",")
    return value
