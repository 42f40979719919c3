"""Filters of the repairs (page and API share them), decisions about them, and the trial of a value."""

from typing import Any, ClassVar

import django_filters as filters
from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.cleanse.decide import VERBS
from accounts.cleanse.wording import RULES
from accounts.models import Repair

KINDS = [
    ("city", _("City")), ("state", pgettext_lazy("place", "State")), ("cnae", _("Activity (CNAE)")), ("country", _("Country")),
    ("cnpj", _("CNPJ")), ("name", _("Company name")), ("email_domain", _("E-mail domain")),
    ("term", _("Term of a vocabulary")), ("date", _("Date")),
    ("amount", _("Amount")),
]  # fmt: skip


class RepairFilter(filters.FilterSet):
    """Words before or after, state of the decision, field, rule and origin."""

    q = filters.CharFilter(method="by_words", label=_("Search before or after"))
    state = filters.ChoiceFilter(label=_("Decision"), choices=Repair.State, empty_label=_("Any"))
    field = filters.ChoiceFilter(label=_("Field"), choices=Repair.Field, empty_label=_("Any"))
    rule = filters.ChoiceFilter(
        label=_("Rule"), choices=[(code, each.title) for code, each in RULES.items()], empty_label=_("Any")
    )
    origin = filters.ChoiceFilter(label=_("Proposed by"), choices=Repair.Origin, empty_label=_("Any"))

    class Meta:
        model = Repair
        fields: ClassVar[list[str]] = []

    def by_words(self, rows: QuerySet[Repair], name: str, value: str) -> QuerySet[Repair]:
        """The text occurs in the old or the new value."""
        text = value.replace("\x00", "")[:120]
        return rows.filter(before__icontains=text) | rows.filter(after__icontains=text)

    @property
    def chosen(self) -> QuerySet[Repair]:
        """The filtered rows; all of them where a filter has an unknown value."""
        rows: QuerySet[Repair] = self.qs
        return rows


class Ids(forms.TypedMultipleChoiceField):
    """Row numbers; whether such a row exists is the verb's business."""

    def valid_value(self, value: Any) -> bool:
        """Digits, and few enough for the database."""
        text = str(value)
        return text.isascii() and text.isdigit() and len(text) < 18


class DecisionForm(forms.Form):
    """What to do with which repairs: named one by one, or all open ones (for undo: accepted ones) of a rule in a field."""

    action = forms.ChoiceField(choices=[(verb, verb) for verb in VERBS])
    ids = Ids(coerce=int, required=False)
    field = forms.ChoiceField(choices=Repair.Field, required=False)
    rule = forms.CharField(max_length=40, required=False)

    def clean(self) -> dict[str, Any]:
        """Either repairs or a rule must be named."""
        data: dict[str, Any] = super().clean() or {}
        if not data.get("ids") and not (data.get("rule") and data.get("field")):
            raise forms.ValidationError(_("Tick at least one repair."))
        return data


class TryForm(forms.Form):
    """Any value, to see what the rules make of it."""

    kind = forms.ChoiceField(label=_("Field"), choices=KINDS)
    value = forms.CharField(label=_("Value"), max_length=200)
    context = forms.CharField(
        label=_("State, or city"),
        max_length=80,
        required=False,
        help_text=_("The state of a city, or the city of a missing state."),
    )
