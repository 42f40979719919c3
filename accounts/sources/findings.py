"""What each finding means and what was done about it, in words for people. One entry per code; a test holds it complete."""

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Explanation(NamedTuple):
    """A finding in words: what was seen, what was done; ``severity`` is info, warning or error."""

    severity: str
    title: str | Promise
    meaning: str | Promise
    done: str | Promise


_QUARANTINED = _("The row waits in quarantine until somebody mends the file.")
_CLEARED = _("The value was left out and counts as “no data”. The row was loaded.")
_KEPT = _("The row was loaded as it is.")
_REPAIRED = _("The value was put right and the row was loaded.")
_ONCE = _("One copy was loaded, the repetitions were left out.")
_REFUSED = _("The file was refused. Nothing of it was loaded.")

_REPEATED = Explanation(
    "info", _("Exactly repeated rows"), _("The same row occurs more than once in the files."), _ONCE
)
_ORPHAN = Explanation(
    "warning", _("Unknown customer"), _("The row names a customer who is in neither customer file."),
    _("The row waits in quarantine. No customer was made from it; load the customer files and then this file again."),
)  # fmt: skip

EXPLANATIONS: dict[str, Explanation] = {
    "blank_key": Explanation(
        "warning", _("Row without a customer code"), _("The customer code is empty."), _QUARANTINED
    ),
    "missing_value": Explanation(
        "warning", _("Required value is missing"), _("A column that every row needs is empty."), _QUARANTINED
    ),
    "ragged_row": Explanation(
        "warning",
        _("Row with the wrong number of columns"),
        _("The row has more or fewer columns than the header, or a stray quotation mark."),
        _QUARANTINED,
    ),
    "repeated_key": Explanation(
        "warning",
        _("Contradicting rows"),
        _("Two different rows have the same key."),
        _("The newest row was loaded (the last one where there is no date); the others wait in quarantine."),
    ),
    "long_row": Explanation(
        "warning",
        _("Endless line"),
        _("The line is longer than a megabyte: line breaks or quotation marks are missing."),
        _QUARANTINED,
    ),
    "ambiguous_number": Explanation(
        "warning",
        _("Number with two readings"),
        _(
            "1.234 or 1,234 is a thousand-odd or a little more than one, and the other values of its column contradict each other."
        ),
        _QUARANTINED,
    ),
    "mixed_decimals": Explanation(
        "warning",
        _("Two decimal signs in one column"),
        _("Some values of the column have a decimal comma, others a decimal point. The examples show the rarer kind."),
        _("Values that can be read in one way only were loaded; the others wait in quarantine."),
    ),
    "date_order_differs": Explanation(
        "warning",
        _("Dates written in another order than before"),
        _(
            "The dates of the column prove another order of day and month than the one that was answered for this source."
        ),
        _("The dates were read as this file proves. The answer is kept for files that prove nothing."),
    ),
    "asks_dates": Explanation(
        "warning",
        _("Day or month first?"),
        _("Every date of the column can be read in more than one way."),
        _("Nothing of the file was loaded. It waits for an answer."),
    ),
    "bad_number": Explanation("warning", _("Not a number"), _("The value cannot be read as a number."), _CLEARED),
    "bad_date": Explanation(
        "warning", _("Not a date"), _("The value cannot be read as a date, or there is no such day."), _CLEARED
    ),
    "bad_flag": Explanation("warning", _("Neither yes nor no"), _("The column takes S or N only."), _CLEARED),
    "future_date": Explanation("warning", _("Date in the future"), _("The date lies after today."), _CLEARED),
    "implausible_date": Explanation("warning", _("Date before 1950"), _("The date is too old to be true."), _CLEARED),
    "score_out_of_range": Explanation(
        "warning", _("Score outside 0–10"), _("Survey scores run from 0 to 10."), _CLEARED
    ),
    "trailing_tab": Explanation(
        "info", _("Tab inside the text"), _("The text carries a tab character, usually at its end."), _REPAIRED
    ),
    "extra_spaces": Explanation("info", _("Double blanks"), _("The text has several blanks in a row."), _REPAIRED),
    "spelling_variant": Explanation(
        "info", _("Spelling variant"), _("The same thing is written in more than one way."), _REPAIRED
    ),
    "unknown_value": Explanation(
        "warning", _("Unknown word"), _("The value is not in the known vocabulary of this column."), _KEPT
    ),
    "mojibake_cnae": Explanation(
        "info", _("Broken letter in the economic activity"), _("An old code page turned “à” into “…”."), _REPAIRED
    ),
    "squashed_city": Explanation(
        "info",
        _("City without blanks and accents"),
        _("The source writes SAOPAULO for São Paulo."),
        _("The usual spelling is shown; the file's spelling stays in the lake."),
    ),
    "country_without_zeros": Explanation(
        "info",
        _("Country code without leading zeros"),
        _("Country codes have three digits; a spreadsheet dropped the zeros."),
        _REPAIRED,
    ),
    "negative_contracts": Explanation(
        "warning",
        _("Negative contract value"),
        _("The value of the contract line is below zero: usually a credit or a correction."),
        _KEPT,
    ),
    "negative_total": Explanation(
        "warning", _("Negative proposal total"), _("The total of the item is below zero."), _KEPT
    ),
    "negative_mrr": Explanation(
        "warning", _("Negative MRR"), _("Monthly recurring revenue cannot be below zero."), _QUARANTINED
    ),
    "negative_quantity": Explanation(
        "warning", _("Negative quantity"), _("A number of contracts cannot be below zero."), _QUARANTINED
    ),
    "zero_mrr": Explanation(
        "info", _("MRR of zero"), _("The customer is in the MRR file with a revenue of zero."), _KEPT
    ),
    "token_price": Explanation(
        "info",
        _("Placeholder price"),
        _("The commonest value is a tiny amount that stands for “no price”."),
        _("The line was loaded and marked; the amount is left out of contract values."),
    ),
    "token_full_price": Explanation(
        "info", _("Placeholder list price"), _("The list price is a tiny amount that stands for “no price”."), _KEPT
    ),
    "total_above_full_price": Explanation(
        "info", _("Total above the list price"), _("The item was offered for more than its list price."), _KEPT
    ),
    "sentinel_bonus_months": Explanation(
        "info", _("999 free months"), _("999 stands for “unlimited” or “unknown”, not for months."), _CLEARED
    ),
    "sentinel_duration": Explanation(
        "info",
        _("Senseless duration"),
        _("The event lasts less than nothing or more than a day."),
        _("The event counts; its duration is left out."),
    ),
    "discount_out_of_range": Explanation(
        "warning", _("Discount outside 0–100%"), _("A discount lies between 0 and 100 per cent."), _CLEARED
    ),
    "updated_before_created": Explanation(
        "warning",
        _("Ticket changed before it was opened"),
        _("The date of the last change lies before the date of creation."),
        _KEPT,
    ),
    "support_nps_orphan_tickets": Explanation(
        "info",
        _("Answer to an unknown ticket"),
        _("The ticket that dates the answer is not in the ticket file."),
        _("The answer was loaded without a date; it gets one when the ticket arrives."),
    ),
    "bad_email": Explanation("warning", _("Not an e-mail address"), _("The address cannot receive mail."), _CLEARED),
    "bad_cnpj": Explanation(
        "warning", _("CNPJ with wrong check digits"), _("The company number is not valid."), _CLEARED
    ),
    "unknown_time_zone": Explanation(
        "warning",
        _("Unknown time zone"),
        _("The zone is not in the IANA list (such as America/Sao_Paulo)."),
        _("São Paulo's time is used."),
    ),
    "consent_without_date": Explanation(
        "warning",
        _("Consent without a date"),
        _("A consent without a day cannot be proved (LGPD)."),
        _("The person was loaded; the consent counts as not given."),
    ),
    "unknown_unit": Explanation(
        "warning", _("Unknown business unit"), _("Business units are RD, GESTAO and TECHFIN."), _QUARANTINED
    ),
    "unknown_column": Explanation(
        "info", _("Unknown column"), _("The file has a column that we do not know."), _("The column was left out.")
    ),
    "negative_invoice": Explanation(
        "info", _("Negative invoice"), _("The value of the invoice is below zero: usually a credit note."), _KEPT
    ),
    "due_before_issue": Explanation(
        "warning", _("Due before it was issued"), _("The invoice is due before the day on which it was issued."), _KEPT
    ),
    "paid_before_issue": Explanation(
        "info", _("Paid before it was issued"), _("The invoice was paid before the day on which it was issued."), _KEPT
    ),
    "not_first_of_month": Explanation(
        "info",
        _("Not the first day of a month"),
        _("A monthly value carries another day of its month."),
        _("It counts for that month."),
    ),
    "left_out_by_mapping": Explanation(
        "info",
        _("Rows left out by the mapping"),
        _("The mapping of this file says that only some rows count."),
        _("These rows were not loaded."),
    ),
    "other_encoding": Explanation(
        "info",
        _("Other encoding than usual"),
        _("The file is written in another encoding than the one that was mapped."),
        _("It was read as it is written."),
    ),
    "blank_number": Explanation(
        "info",
        _("Empty number"),
        _("The column has numbers, but not in this row."),
        _("The value counts as “no data”, not as zero. The row was loaded."),
    ),
    "bad_key": Explanation(
        "warning",
        _("Customer code that cannot be one"),
        _("A customer code has at most 40 characters and no slash, blank or control character."),
        _QUARANTINED,
    ),
    "no_final_newline": Explanation(
        "info",
        _("No line end after the last row"),
        _("The file ends without a line end. Check that its last row is complete."),
        _KEPT,
    ),
    "exact_duplicates": _REPEATED,
    "contract_full_duplicates": _REPEATED,
    "ticket_full_duplicates": _REPEATED,
    "telemetry_exact_duplicates": _REPEATED,
    **{
        f"nps_{kind}_duplicates": _REPEATED
        for kind in ("relacional", "aquisicao", "implantacao", "onboarding", "produto", "suporte")
    },
    "orphan_customer": _ORPHAN,
    "ticket_orphans": _ORPHAN,
    "telemetry_orphans": _ORPHAN,
    **{
        f"nps_{kind}_orphans": _ORPHAN
        for kind in ("relacional", "aquisicao", "implantacao", "onboarding", "produto", "suporte")
    },
    "too_many_columns": Explanation(
        "error", _("Too many columns"), _("The first line names more columns than a table can have."), _REFUSED
    ),
    "endless_line": Explanation("error", _("No line ends"), _("The file is one line without an end."), _REFUSED),
    "damaged_archive": Explanation("error", _("Damaged archive"), _("The archive cannot be unpacked."), _REFUSED),
    "empty_archive": Explanation("error", _("Empty archive"), _("There is no file in the archive."), _REFUSED),
    "too_many_files": Explanation(
        "error", _("Too many files"), _("The archive holds more files than are read at once."), _REFUSED
    ),
    "unsafe_path": Explanation(
        "error", _("Unsafe name in the archive"), _("A name in the archive points outside of it."), _REFUSED
    ),
    "encrypted_archive": Explanation(
        "error", _("Protected by a password"), _("The file cannot be opened without a password."), _REFUSED
    ),
    "nested_archive": Explanation(
        "error", _("Archive inside of an archive"), _("Only files directly in an archive are read."), _REFUSED
    ),
    "archive_too_large": Explanation(
        "error", _("Archive grows too much"), _("It would unpack to far more than it should."), _REFUSED
    ),
    "damaged_workbook": Explanation("error", _("Damaged workbook"), _("The workbook cannot be opened."), _REFUSED),
    "too_many_sheets": Explanation(
        "error", _("Too many sheets"), _("The workbook has more sheets than are read."), _REFUSED
    ),
    "sheet_too_large": Explanation("error", _("Sheet too large"), _("Cells lie far outside of the table."), _REFUSED),
    "table_too_large": Explanation(
        "error", _("Table too large"), _("The table has more values than are read at once."), _REFUSED
    ),
    "binary_column": Explanation("error", _("Binary column"), _("A column holds binary data."), _REFUSED),
    "empty_file": Explanation("error", _("Empty file"), _("There is nothing in the file."), _REFUSED),
    "header_only": Explanation(
        "error", _("Header without rows"), _("The file has column names and nothing else."), _REFUSED
    ),
    "no_rows": Explanation("error", _("No usable row"), _("No row has the columns of the header."), _REFUSED),
    "binary_file": Explanation(
        "error",
        _("Not a text file"),
        _("The file is an image, a document or something else that is not a table."),
        _REFUSED,
    ),
    "mixed_encoding": Explanation(
        "error", _("Damaged encoding"), _("Part of the file is UTF-8 and part is not."), _REFUSED
    ),
    "unknown_encoding": Explanation(
        "error", _("Unknown encoding"), _("The file is neither UTF-8, UTF-16, Windows-1252 nor DOS 850."), _REFUSED
    ),
    "no_columns": Explanation("error", _("No columns"), _("No separator was found in the first line."), _REFUSED),
    "repeated_header": Explanation("error", _("Repeated column name"), _("Two columns have the same name."), _REFUSED),
    "missing_column": Explanation(
        "error", _("Missing column"), _("A column without which the file makes no sense is not there."), _REFUSED
    ),
    "truncated_file": Explanation("error", _("Cut-off file"), _("The file stops in the middle of a row."), _REFUSED),
    "unreadable": Explanation("error", _("Unreadable file"), _("The file cannot be read as a table."), _REFUSED),
}


def severity(code: str) -> str:
    """How serious a finding is; an unknown code is a warning."""
    return EXPLANATIONS[code].severity if code in EXPLANATIONS else "warning"


def explain(code: str) -> Explanation:
    """The finding in words; its code where nobody wrote any."""
    return EXPLANATIONS.get(code) or Explanation("warning", code, "", "")
