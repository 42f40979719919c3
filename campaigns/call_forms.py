"""What a person fills in about a call."""

from django import forms
from django.utils.translation import gettext_lazy as _

from campaigns.models import CallTask

DISMISS = "dismiss"


class CallForm(forms.Form):
    """What came of a call; taking it off the list without calling needs a reason."""

    outcome = forms.ChoiceField(
        label=_("What came of the call?"),
        choices=[*CallTask.Outcome.choices, (DISMISS, _("No call needed"))],
        widget=forms.RadioSelect,
    )
    note = forms.CharField(
        label=_("Note"),
        help_text=_("What the customer said, and what was agreed. Colleagues see it on the account page."),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=2000,
        required=False,
    )

    def clean(self) -> dict[str, str]:
        """A dismissed call needs a note."""
        cleaned: dict[str, str] = super().clean() or {}
        if cleaned.get("outcome") == DISMISS and not cleaned.get("note", "").strip():
            self.add_error("note", _("Say why this call is not needed."))
        return cleaned
