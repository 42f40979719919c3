"""Rows set aside, as text that can be mended: written as CSV, so that their cells can be told apart again."""

import csv
import io

from accounts.lake.parsing import quoted

LONGEST = 8_000  # characters of one row; a longer one is cut and cannot be mended here


def row_text(separator: str, columns: int, table: str = "") -> str:
    """SQL for one raw row (columns ``c0…``, of ``table``) as a line of CSV, cut at ``LONGEST``."""
    cells = ", ".join(_cell(f"{table}.c{number}" if table else f"c{number}", separator) for number in range(columns))
    return f"concat_ws({quoted(separator)}, {cells})[:{LONGEST}]"


def _cell(name: str, separator: str) -> str:
    special = "[" + "".join(f"\\x{ord(letter):02x}" for letter in (separator, '"', "\n", "\r")) + "]"
    inner = f"replace({name}, '\"', '\"\"')"
    return f"CASE WHEN regexp_matches({name}, {quoted(special)}) THEN '\"' || {inner} || '\"' ELSE coalesce({name}, '') END"


def cells(text: str, separator: str, columns: int) -> list[str]:
    """The cells of such a line: exactly ``columns`` of them; surplus ones stay together in the last."""
    try:
        found = next(csv.reader(io.StringIO(text, newline=""), delimiter=separator), [])
    except csv.Error:
        found = text.split(separator)
    if len(found) > columns:
        found = [*found[: columns - 1], separator.join(found[columns - 1 :])]
    return [*found, *[""] * (columns - len(found))]


def line(values: list[str], separator: str) -> str:
    """The cells as one line of CSV, without a line end."""
    out = io.StringIO()
    csv.writer(out, delimiter=separator, lineterminator="\r\n").writerow(values)  # cells with line ends are quoted
    return out.getvalue().removesuffix("\r\n")
