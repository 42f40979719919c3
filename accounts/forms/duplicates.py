"""The decision about two customers that may be one."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.duplicates import FIELDS
from accounts.models import DuplicateCandidate

SIDES = [("into", _("of the surviving customer")), ("merged", _("of the merged customer"))]
PREFIX = "winner_"


class MergeForm(forms.Form):
    """Who survives, and per field whose value wins; what is left out is decided as suggested."""

    into = forms.ChoiceField()

    def __init__(self, candidate: DuplicateCandidate, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.pair = (candidate.first.code, candidate.second.code)
        self.fields["into"].choices = [(code, code) for code in self.pair]  # type: ignore[attr-defined]
        for name in FIELDS:
            self.fields[PREFIX + name] = forms.ChoiceField(choices=SIDES, required=False)

    @property
    def merged(self) -> str:
        """The code of the one that does not survive."""
        first, second = self.pair
        return second if self.cleaned_data["into"] == first else first

    @property
    def winners(self) -> dict[str, str]:
        """Field → ``into`` or ``merged``, as far as the person chose."""
        chosen = {name: self.cleaned_data[PREFIX + name] for name in FIELDS}
        return {name: side for name, side in chosen.items() if side}
