"""Why a file is refused or skipped, in words that say what to do. The child process sends key and values;
they are put together in the reader's language.

Each entry: finding code (empty for files that are only skipped) and the sentence with its ``%(…)s`` places.
"""

from typing import NamedTuple


def _(message: str) -> str:
    """Mark an English message for translation; whoever shows it translates it."""
    return message


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
            "This is not a text file (it holds %(count)s zero bytes, the first in line %(line)s). Open it in the program it "
            "comes from and save it as CSV (UTF-8)."
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
            "Byte %(byte)s in line %(line)s belongs to no encoding that we read (UTF-8, UTF-16, Windows-1252, DOS 850). Open the "
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
            "A quotation mark is opened in line %(line)s and never closed. The file was cut off or a quotation mark is "
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
    "too_many_columns": Reason(
        "too_many_columns",
        _(
            "The first line names %(count)s columns; a table may have %(most)s. Check the separator, or export only the "
            "columns that are needed."
        ),
    ),
    "endless_line": Reason(
        "endless_line",
        _(
            "The first %(size)s KB of the file hold no line end: this is not a table with one row per line. Export it again "
            "as CSV with line breaks."
        ),
    ),
    "damaged_archive": Reason(
        "damaged_archive", _("The archive is damaged or incomplete. Make it again and send it once more.")
    ),
    "empty_archive": Reason(
        "empty_archive", _("The ZIP holds no files. Put the files with the tables into it and send it again.")
    ),
    "too_many_files": Reason(
        "too_many_files", _("The ZIP holds %(count)s files; at most %(most)s are read at once. Split it.")
    ),
    "unsafe_path": Reason(
        "unsafe_path", _("“%(file)s” in the ZIP points outside of it. Make the ZIP again from plain files.")
    ),
    "encrypted_archive": Reason("encrypted_archive", _("The file is protected by a password. Send it without one.")),
    "nested_archive": Reason(
        "nested_archive",
        _("“%(file)s” is an archive inside of an archive. Unpack it and put its files into the ZIP directly."),
    ),
    "archive_too_large": Reason(
        "archive_too_large",
        _(
            "The archive would unpack to far more than data of this kind does. Send the files unpacked, a few at a time."
        ),
    ),
    "damaged_workbook": Reason(
        "damaged_workbook",
        _("The workbook is damaged. Open it, save it again as XLSX (or each sheet as CSV) and send that."),
    ),
    "blank_workbook": Reason(
        "empty_file", _("The workbook holds no cell with a value. Check that it is the right one.")
    ),
    "too_many_sheets": Reason(
        "too_many_sheets",
        _("The workbook has %(count)s sheets; at most %(most)s are read. Send those with the tables."),
    ),
    "sheet_too_large": Reason(
        "sheet_too_large",
        _(
            "A sheet reaches to row %(rows)s and column %(columns)s; at most %(most)s columns and %(cells)s cells are read. "
            "Delete stray cells far from the table (Ctrl+End shows the last one), or save the sheet as CSV."
        ),
    ),
    "damaged_parquet": Reason("unreadable", _("The Parquet file is damaged or incomplete. Write it again.")),
    "table_too_large": Reason(
        "table_too_large",
        _(
            "The table has %(rows)s rows and %(columns)s columns; at most %(most)s columns and %(values)s values are read. "
            "Split it."
        ),
    ),
    "binary_column": Reason(
        "binary_column", _("The column %(column)s holds binary data, not values. Write the file without it.")
    ),
    "asks_dates": Reason(
        "asks_dates",
        _(
            "Day or month first? The dates in %(columns)s can be read in more than one way, and no date of the column "
            "decides it. Nothing of the file was loaded; answer and it will be."
        ),
    ),
    "unknown_header": Reason("", _("Its header is none that we know: %(found)s")),
    "not_a_table": Reason("", _("It is not a table (CSV, XLSX or Parquet).")),
    "not_asked_for": Reason("", _("It is %(source)s, and only %(only)s was asked for.")),
    "same_content": Reason("", _("It has exactly the content of %(file)s.")),
}
