"""The upload form: one or several files, or one ZIP."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _


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
        widget=FilesInput(attrs={"accept": ".csv,.txt,.tsv,.zip"}),
        help_text=_("CSV files of the kinds listed on this page, several at once, or one ZIP with them."),
        error_messages={"required": _("Choose at least one file.")},
    )
