"""The upload form: one or several files, or one ZIP."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import ImportFile, QuarantinedRow
from accounts.sources.findings import explain


class FilesInput(forms.FileInput):
    """The browser's file picker, open for several files."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files; whether they are any good is judged by the verb that takes them, with words of its own."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:  # type: ignore[override]
        """The files that were sent; at least one."""
        files = [file for file in data or [] if file]
        return [super(FilesField, self).clean(file, initial) for file in files or [None]]


class UploadForm(forms.Form):
    """What somebody sends to be imported."""

    files = FilesField(  # type: ignore[assignment]  # the form has an attribute of that name too: the files as sent
        label=_("Files"),
        allow_empty_file=True,
        widget=FilesInput(attrs={"accept": ".csv,.txt,.tsv,.xlsx,.xlsm,.parquet,.gz,.zip"}),
        help_text=_(
            "CSV, XLSX or Parquet files of the kinds listed on this page, several at once, or a ZIP or GZ with them."
        ),
        error_messages={"required": _("Choose at least one file.")},
    )


class QuarantineFilter(forms.Form):
    """Which of an import's quarantined rows are shown: of one file, with one reason, waiting or over."""

    STATES = (("", pgettext_lazy("rows", "Waiting")), ("over", _("Loaded or discarded")), ("all", _("Any")))
    file = forms.ChoiceField(label=_("File"), required=False)
    reason = forms.ChoiceField(label=_("Reason"), required=False)
    state = forms.ChoiceField(label=_("State"), required=False, choices=STATES)

    def __init__(self, data: Any, rows: QuerySet[QuarantinedRow]) -> None:
        super().__init__(data)
        self.rows = rows
        files = rows.order_by("file__name").values_list("file", "file__name").distinct()
        reasons = sorted(set(rows.order_by().values_list("reason", flat=True).distinct()))
        self.fields["file"].choices = [("", _("Any")), *((str(pk), name) for pk, name in files)]  # type: ignore[attr-defined]
        self.fields["reason"].choices = [("", _("Any")), *((each, explain(each).title) for each in reasons)]  # type: ignore[attr-defined]

    def chosen(self) -> QuerySet[QuarantinedRow]:
        """The filtered rows; none when a filter has a value that does not exist, rather than silently all."""
        if not self.is_valid():
            return self.rows.none()
        given, rows = self.cleaned_data, self.rows
        if given["file"]:
            rows = rows.filter(file=int(given["file"]))
        if given["reason"]:
            rows = rows.filter(reason=given["reason"])
        if given["state"] != "all":
            rows = rows.filter(resolved_at__isnull=given["state"] != "over")
        return rows

    @property
    def file_chosen(self) -> ImportFile | None:
        """The one file whose rows are shown; None for several."""
        number = self.cleaned_data.get("file") if self.is_valid() else ""
        return ImportFile.objects.filter(pk=int(number)).first() if number else None


class RowForm(forms.Form):
    """One quarantined row as fields, named by the columns of its file; the reason stands beside the field at fault."""

    hide_optional = True  # whether a value may be missing is for the import to say

    def __init__(self, data: Any, row: QuarantinedRow, cells: list[str], faulty: set[int]) -> None:
        super().__init__(data)
        for place, (name, value) in enumerate(zip(row.file.header, cells, strict=True)):
            widget = forms.TextInput(attrs={"spellcheck": "false", "autocomplete": "off"})
            field = forms.CharField(label=name[:80], required=False, strip=False, initial=value, widget=widget)
            if place in faulty:
                words = explain(row.reason)
                field.help_text = f"{words.title}. {words.meaning}"
                field.widget.attrs |= {"aria-invalid": "true", "class": "is-invalid"}
            self.fields[f"c{place}"] = field

    def cells(self) -> list[str]:
        """The row as it was sent; call when valid."""
        return [self.cleaned_data[name] for name in self.fields]


class ValueForm(forms.Form):
    """One value for one column of all waiting rows of a file that have the same reason."""

    column = forms.ChoiceField(label=_("Column"))
    value = forms.CharField(label=_("New value"), required=False, max_length=500)

    def __init__(self, data: Any, file: ImportFile) -> None:
        super().__init__(data)
        self.fields["column"].choices = [(name, name[:60]) for name in file.header]  # type: ignore[attr-defined]


class CorrectedForm(forms.Form):
    """A mended list of quarantined rows."""

    file = forms.FileField(label=_("Mended list (CSV)"), widget=forms.FileInput(attrs={"accept": ".csv"}))
