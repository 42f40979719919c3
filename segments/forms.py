"""What people fill in about runs and segments."""

from __future__ import annotations

from typing import Any

import django_filters as filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer
from segments import runs, wording
from segments.models import Membership, Segment

HIGH_RISK = 0.5


class StartForm(forms.Form):
    """Seed and time budget of a run."""

    budget = forms.IntegerField(
        label=_("Time budget in seconds"),
        min_value=runs.LEAST_BUDGET,
        max_value=runs.LARGEST_BUDGET,
        initial=runs.DEFAULT_BUDGET,
        help_text=_("How long the search for the best grouping may take."),
    )
    seed = forms.IntegerField(
        label=_("Seed"),
        min_value=0,
        max_value=2**31 - 1,
        initial=runs.DEFAULT_SEED,
        help_text=_("The same seed on the same data gives the same segments."),
    )
    override = forms.BooleanField(
        label=_("Publish even if the published run is worth more"),
        required=False,
        help_text=_("Otherwise a clearly worse outcome is recorded and the published segments stay."),
    )


class RenameForm(forms.ModelForm):
    """The name that a person gives; it survives later runs."""

    class Meta:
        model = Segment
        fields = ("name", "name_en", "description")
        labels = {"name": _("Name in Portuguese"), "name_en": _("Name in English"), "description": _("Note")}  # noqa: RUF012
        help_texts = {  # noqa: RUF012
            "name": _("As salespeople will say it. It stays through later runs."),
            "description": _("What colleagues should know about this segment."),
        }
        widgets = {"description": forms.Textarea(attrs={"rows": 3})}  # noqa: RUF012


class MemberFilter(filters.FilterSet):
    """Members of a segment by words, industry, state and risk."""

    q = filters.CharFilter(label=_("Search by name or code"), method="by_words")
    industry = filters.ChoiceFilter(label=_("Industry"), field_name="customer__industry", empty_label=_("Any"))
    state = filters.ChoiceFilter(label=_("Federal state"), field_name="customer__state", empty_label=_("Any"))
    risk = filters.ChoiceFilter(
        label=_("Risk"),
        method="by_risk",
        empty_label=_("Any"),
        choices=[("high", _("High")), ("low", _("Not high")), ("none", _("Unknown"))],
    )

    class Meta:
        model = Membership
        fields = ("q", "industry", "state", "risk")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the industries and states that the members have."""
        super().__init__(*args, **kwargs)
        customers = Customer.objects.filter(pk__in=self.queryset.values("customer"))
        industries = customers.exclude(industry="").order_by("industry").values_list("industry", flat=True).distinct()
        states = customers.exclude(state="").order_by("state").values_list("state", flat=True).distinct()
        self.filters["industry"].extra["choices"] = [(code, wording.industry(code)) for code in industries]
        self.filters["state"].extra["choices"] = [(code, code) for code in states]

    def by_words(self, members: QuerySet[Membership], name: str, value: str) -> QuerySet[Membership]:
        """Every word in the name or the start of the code."""
        for word in value.split():
            members = members.filter(Q(customer__name__icontains=word) | Q(customer__code__istartswith=word))
        return members

    def by_risk(self, members: QuerySet[Membership], name: str, value: str) -> QuerySet[Membership]:
        """Above one half is high."""
        if value == "none":
            return members.filter(Q(risk__isnull=True))
        return members.filter(Q(risk__gt=HIGH_RISK) if value == "high" else Q(risk__lte=HIGH_RISK))
