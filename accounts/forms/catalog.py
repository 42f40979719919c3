"""Forms of the catalogue and the data gate."""

import unicodedata
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.catalog.datasets import LAYERS, PERSONAL, Entry, entries
from accounts.catalog.queries import Shown, ShownColumn
from accounts.catalog.rules import LONGEST_OVERRIDE, SHORTEST_REASON, Terms
from accounts.models import Description, GateRule, Role

STATES = {"fresh": _("Fresh"), "late": _("Late"), "never": _("Never loaded")}


class DatasetFilter(forms.Form):
    """Datasets by words, layer, freshness and owner."""

    q = forms.CharField(label=_("Search datasets and columns"), required=False)
    layer = forms.ChoiceField(label=_("Kind"), required=False, choices=[("", _("Any")), *LAYERS.items()])
    state = forms.ChoiceField(label=_("Freshness"), required=False, choices=[("", _("Any")), *STATES.items()])
    owner = forms.ChoiceField(label=_("Owner"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owners = sorted({each.owner for each in entries()})
        self.fields["owner"].choices = [("", _("Any")), *((each, Role(each).label) for each in owners)]  # type: ignore[attr-defined]

    def apply(self, found: list[Shown]) -> list[Shown]:
        """Those of ``found`` that fit; none for a choice that does not exist."""
        if not self.is_valid():
            return []
        given = self.cleaned_data
        return [
            each
            for each in found
            if given["layer"] in ("", each.entry.layer)
            and given["state"] in ("", each.state)
            and given["owner"] in ("", each.entry.owner)
            and holds(given["q"], each.entry.name, each.meaning(), *_words_of(each.entry))
        ]


class ColumnFilter(forms.Form):
    """Columns by words, dataset, personal-data class and state of the description."""

    q = forms.CharField(label=_("Search columns"), required=False)
    dataset = forms.ChoiceField(label=_("Dataset"), required=False)
    personal = forms.ChoiceField(label=_("Personal data"), required=False, choices=[("", _("Any")), *PERSONAL.items()])
    described = forms.ChoiceField(
        label=_("Description"), required=False,
        choices=[("", _("Any")), ("declared", _("From the declaration")), *Description.State.choices],
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["dataset"].choices = [("", _("Any")), *((each.name, each.title) for each in entries())]  # type: ignore[attr-defined]

    def apply(self, found: list[ShownColumn]) -> list[ShownColumn]:
        """Those of ``found`` that fit; none for a choice that does not exist."""
        if not self.is_valid():
            return []
        given = self.cleaned_data
        return [
            each
            for each in found
            if given["dataset"] in ("", each.of.entry.name)
            and given["personal"] in ("", each.field.personal)
            and given["described"] in ("", each.note.state if each.note else "declared")
            and holds(given["q"], each.field.name, each.field.header, each.meaning, each.of.entry.title)
        ]


class DescriptionForm(forms.Form):
    """What a dataset or column means, in both languages."""

    text_pt = forms.CharField(
        label=_("In Portuguese"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    text_en = forms.CharField(
        label=_("In English"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )


class RuleForm(forms.Form):
    """One rule of the data gate."""

    kind = forms.ChoiceField(label=_("Kind"), choices=GateRule.Kind)
    dataset = forms.ChoiceField(
        label=_("Dataset"), required=False,
        help_text=_("Empty: every source; for fewer rows, the customers of the base."),
    )  # fmt: skip
    column = forms.CharField(
        label=_("Column"), max_length=80, required=False, help_text=_("Only for missing values: the column's name.")
    )
    threshold = forms.FloatField(
        label=_("Limit"), min_value=0,
        help_text=_("Days (0: the promise of each source), points from 0 to 100, per cent, or failed imports in a row."),
    )  # fmt: skip
    stops_segmentation = forms.BooleanField(label=_("Stops segmentation"), required=False)
    stops_activation = forms.BooleanField(label=_("Stops activation"), required=False)
    is_active = forms.BooleanField(label=_("In force"), required=False, initial=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["dataset"].choices = [("", _("None")), *((each.name, _titled(each)) for each in entries())]  # type: ignore[attr-defined]

    def terms(self) -> Terms:
        """What was entered."""
        return Terms(**self.cleaned_data)


class OverrideForm(forms.Form):
    """Why and for how long a rule shall not stop the work."""

    reason = forms.CharField(
        label=_("Reason"), min_length=SHORTEST_REASON, max_length=300, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("It stays in the audit trail with your name."),
    )  # fmt: skip
    days = forms.IntegerField(label=_("Days"), min_value=1, max_value=LONGEST_OVERRIDE, initial=1)


def _titled(entry: Entry) -> str:
    return f"{entry.title} ({entry.name})"


def _words_of(entry: Entry) -> list[Any]:
    return [word for each in entry.columns for word in (each.name, each.header, each.meaning)]


def holds(wanted: str, *texts: Any) -> bool:
    """True when every word of ``wanted`` occurs in the texts, whatever its accents and case."""
    heap = _plain(" ".join(str(text) for text in texts))
    return all(word in heap for word in _plain(wanted).split())


def _plain(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
