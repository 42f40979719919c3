"""What people fill in about rule segments."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from segments.models import Segment
from segments.rules.verbs import Identity


class IdentityForm(forms.ModelForm):
    """Name and note of a rule segment."""

    class Meta:
        model = Segment
        fields = ("name", "name_en", "description")
        labels = {"name": _("Name in Portuguese"), "name_en": _("Name in English"), "description": _("Note")}  # noqa: RUF012
        help_texts = {"description": _("Why this segment exists, for colleagues.")}  # noqa: RUF012
        widgets = {"description": forms.Textarea(attrs={"rows": 2})}  # noqa: RUF012

    def identity(self) -> Identity:
        """What was filled in."""
        data: dict[str, Any] = self.cleaned_data
        return Identity(data["name"], data["name_en"], data["description"])


class OverlapForm(forms.Form):
    """The segment to compare with."""

    other = forms.ChoiceField(label=_("Compare with"), required=False)

    def __init__(self, *args: Any, own: Segment, **kwargs: Any) -> None:
        """Offer every other living segment."""
        super().__init__(*args, **kwargs)
        others = Segment.objects.filter(retired_in=None, profiles__isnull=False).exclude(pk=own.pk).distinct()
        self.fields["other"].choices = [  # type: ignore[attr-defined]
            ("", _("Choose a segment")),
            *((segment.passport, f"{segment.display_name} ({segment.passport})") for segment in others),
        ]
