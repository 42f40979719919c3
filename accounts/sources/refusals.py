"""Why a file is refused or skipped, in words that say what to do. The child process sends key and values;
they are put together in the reader's language.

Each entry: finding code (empty for files that are only skipped) and the sentence with its ``%(…)s`` places.
"""

from typing import NamedTuple

from django.utils.translation import gettext_noop as _


class Reason(NamedTuple):
    """A finding code and a sentence (a message id, with named places)."""

    code: str
    sentence: str


REASONS: dict[str, Reason] = {
    "empty_file": Reason("empty_file", _("The file is empty (0 bytes). Export it again.")),
    "blank_file": Reason("empty_file", _("The file holds nothing but blanks. Export it again.")),
    "header_only": Reason("header_only", _("The file has a header (%(header)s) but no rows. Export it again.")),
    "known_format": Reason(
        "binary_file",
        _(
            "This is a %(format)s file, not a text file with separators. Open it in the program it comes from and save "
            "it as CSV (UTF-8)."
        ),
    ),
    "zero_bytes": Reason(
        "binary_file",
        _(
            "This is not a text file (it holds %(count)s zero bytes). Open it in the program it comes from and save it "
            "as CSV (UTF-8)."
        ),
    ),
    "control_characters": Reason(
        "binary_file",
        _(
            "This is not a text file (it is full of control characters). Open it in the program it comes from and save "
            "it as CSV (UTF-8)."
        ),
    ),
    "mixed_encoding": Reason(
        "mixed_encoding",
        _(
            "The file is UTF-8 except for byte %(byte)s in line %(line)s: it was joined from different files or damaged "
            "on the way. Export it again as UTF-8."
        ),
    ),
    "unknown_byte": Reason(
        "unknown_encoding",
        _(
            "Byte %(byte)s in line %(line)s belongs to no encoding that we read (UTF-8, UTF-16, Windows-1252). Open the "
            "file in the program it comes from and save it as CSV (UTF-8)."
        ),
    ),
    "wrong_encoding": Reason(
        "unknown_encoding",
        _("The file is not valid %(encoding)s (byte %(place)s). Save it again as CSV (UTF-8)."),
    ),
    "no_columns": Reason(
        "no_columns",
        _(
            "No column separator (; , tab |) was found in the first line: “%(line)s”. Open the file in the program it "
            "comes from and save it as CSV (UTF-8)."
        ),
    ),
    "repeated_header": Reason(
        "repeated_header", _("The column %(columns)s occurs more than once. Rename or remove one of them.")
    ),
    "truncated_row": Reason(
        "truncated_file",
        _(
            "The file stops in the middle of its last line: “%(line)s” has %(found)s of %(wanted)s columns. The transfer "
            "was cut off: export or copy it again."
        ),
    ),
    "truncated_date": Reason(
        "truncated_file",
        _(
            "The file stops in the middle of its last value: “%(value)s” is only part of a date. The transfer was cut "
            "off: export or copy it again."
        ),
    ),
    "open_quote": Reason(
        "truncated_file",
        _(
            "A quotation mark is opened and never closed near “%(line)s”. The file was cut off or a quotation mark is "
            "missing: export it again."
        ),
    ),
    "unreadable": Reason("unreadable", _("The file cannot be read: %(error)s Export it again.")),
    "no_rows": Reason(
        "no_rows", _("No row of the file has the columns of its header. Check the separator and export it again.")
    ),
    "missing_column": Reason(
        "missing_column",
        _(
            "This looks like %(source)s but has no column %(columns)s. Found: %(found)s. Add the column (or restore its "
            "name) and load the file again."
        ),
    ),
    "unknown_header": Reason("", _("Its header is none that we know: %(found)s")),
    "not_a_table": Reason("", _("It is not a table with separators (CSV).")),
    "not_asked_for": Reason("", _("It is %(source)s, and only %(only)s was asked for.")),
    "same_content": Reason("", _("It has exactly the content of %(file)s.")),
}
