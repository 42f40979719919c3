"""What people fill in about runs and segments."""

from __future__ import annotations

from typing import Any

import django_filters as filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils.dates import WEEKDAYS
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer
from segments import history, queries, runs, schedules, wording
from segments.models import Membership, Run, Segment, SegmentProfile

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
        fields = ("name", "name_en", "description", "description_en")
        labels = {  # noqa: RUF012
            "name": _("Name in Portuguese"),
            "name_en": _("Name in English"),
            "description": _("Text in Portuguese"),
            "description_en": _("Text in English"),
        }
        help_texts = {  # noqa: RUF012
            "name": _("As salespeople will say it. It stays through later runs."),
            "description": _("What colleagues should know about this segment."),
        }
        widgets = {  # noqa: RUF012
            "description": forms.Textarea(attrs={"rows": 4}),
            "description_en": forms.Textarea(attrs={"rows": 4}),
        }


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


class FlowsForm(forms.Form):
    """Which two runs to look at; the last two where nothing is chosen."""

    before = forms.ModelChoiceField(Run.objects.none(), label=_("From run"), empty_label=None)
    after = forms.ModelChoiceField(Run.objects.none(), label=_("To run"), empty_label=None)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the runs that published segments."""
        super().__init__(*args, **kwargs)
        last = history.last_two()
        for name, chosen in zip(("before", "after"), last or (None, None), strict=True):
            field = self.fields[name]
            field.queryset = history.comparable()  # type: ignore[attr-defined]
            field.label_from_instance = run_name  # type: ignore[attr-defined]
            field.initial = chosen and chosen.pk

    def chosen(self) -> tuple[Run, Run] | None:
        """The two runs; None where there are not two, or the same one is named twice."""
        if not self.is_bound:
            return history.last_two()
        if not self.is_valid():
            return None
        one, two = self.cleaned_data["before"], self.cleaned_data["after"]
        return (one, two) if one != two else None


def run_name(run: Run) -> str:
    """A run in a list of choices."""
    day = date_format(run.finished_at, "SHORT_DATE_FORMAT") if run.finished_at else ""
    return _("Run %(run)s of %(day)s") % {"run": run.pk, "day": day}


class CompareForm(forms.Form):
    """Two segments, each in one of the last runs; rule segments by the members in force."""

    a = forms.ChoiceField(label=_("First segment"))
    b = forms.ChoiceField(label=_("Second segment"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer every segment of the last runs, and choose the two largest of the newest."""
        super().__init__(*args, **kwargs)
        profiles = [*history.recent_profiles(), *queries.rule_profiles()]
        self._profiles = {f"{p.segment.passport}@{p.run_id}": p for p in profiles}
        choices = [
            (key, f"{p.segment.passport} · {p.segment} · {run_name(p.run)}") for key, p in self._profiles.items()
        ]
        for name, key in zip(("a", "b"), list(self._profiles)[:2], strict=False):
            self.fields[name].initial = key
        for name in ("a", "b"):
            self.fields[name].choices = choices  # type: ignore[attr-defined]

    def chosen(self) -> tuple[SegmentProfile, SegmentProfile] | None:
        """The two profiles; None before a choice could be made."""
        if not self.is_bound:
            first = list(self._profiles.values())[:2]
            return (first[0], first[1]) if len(first) == 2 else None
        if not self.is_valid():
            return None
        return self._profiles[self.cleaned_data["a"]], self._profiles[self.cleaned_data["b"]]


class ScheduleForm(forms.Form):
    """How often runs start by themselves."""

    rhythm = forms.ChoiceField(
        label=_("Start a run by itself"),
        choices=[(schedules.NEVER, _("Never")), (schedules.DAILY, _("Every day")), (schedules.WEEKLY, _("Every week"))],
        widget=forms.RadioSelect,
    )
    hour = forms.TypedChoiceField(
        label=_("At what time"),
        coerce=int,
        choices=[(hour, f"{hour:02}:00") for hour in range(24)],
        help_text=_("São Paulo time. Choose an hour in which the day's data are in."),
    )
    weekday = forms.TypedChoiceField(
        label=_("On which day"),
        coerce=int,
        choices=[((day + 1) % 7, name) for day, name in WEEKDAYS.items()],
        help_text=_("Only for weekly runs."),
    )

    def plan(self) -> schedules.Plan:
        """What was chosen."""
        told = self.cleaned_data
        weekly = told["rhythm"] == schedules.WEEKLY
        return schedules.Plan(told["rhythm"], told["hour"], told["weekday"] if weekly else 1)
