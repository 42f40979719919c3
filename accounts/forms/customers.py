"""Filters of the customer list (pages, export and API share them) and the forms of its actions."""

import re
from typing import Any, ClassVar

import django_filters as filters
from django import forms
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts import queries
from accounts.hierarchy import groups_of
from accounts.models import Customer, CustomerGroup, CustomerQuerySet, Purpose, Role, User

COVERAGE = [
    ("full", _("All main sources")),
    ("partial", _("Some sources")),
    ("none", _("No main source")),
    ("contact", _("With a contact")),
    ("no_contact", _("Without a contact")),
]


class CustomerFilter(filters.FilterSet):
    """Words, industry, state, revenue band, owner and coverage. Choices come from what this person may see."""

    q = filters.CharFilter(method="by_words", label=_("Search by code, name or CNPJ"))
    industry = filters.ChoiceFilter(label=_("Industry"), empty_label=_("Any"))
    state = filters.ChoiceFilter(label=pgettext_lazy("place", "State"), empty_label=_("Any"))
    revenue_band = filters.ChoiceFilter(label=_("Revenue band"), empty_label=_("Any"))
    owner = filters.ModelChoiceFilter(label=_("Account owner"), queryset=User.objects.none(), empty_label=_("Any"))
    coverage = filters.ChoiceFilter(
        method="by_coverage", label=_("Data coverage"), choices=COVERAGE, empty_label=_("Any")
    )

    group = filters.ModelChoiceFilter(
        label=_("Group"), queryset=CustomerGroup.objects.none(), empty_label=_("Any"), method="by_group"
    )
    root = filters.CharFilter(label=_("Company (CNPJ root)"), method="by_root")

    class Meta:
        model = Customer
        fields: ClassVar[list[str]] = []

    def __init__(self, data: QueryDict | None = None, queryset: QuerySet | None = None, **kwargs: Any) -> None:
        super().__init__(data, queryset, **kwargs)
        user = getattr(self.request, "user", None)
        if not isinstance(user, User):
            return  # the schema generator asks for the names of the filters only
        for column in ("industry", "state", "revenue_band"):
            values = queries.distinct_values(user, column)
            self.filters[column].extra["choices"] = [(value, value) for value in values]
        self.filters["group"].queryset = groups_of(user)
        if user.role == Role.REP:
            del self.filters["owner"]
        else:
            self.filters["owner"].queryset = queries.account_owners()

    def by_words(self, rows: CustomerQuerySet, name: str, value: str) -> QuerySet:
        """Every word occurs in code, name or CNPJ."""
        return queries.matching(rows, value)

    def by_group(self, rows: CustomerQuerySet, name: str, value: CustomerGroup) -> QuerySet:
        """Every establishment of every company of the group."""
        return rows.filter(cnpj_root__in=value.roots.values("root"))

    def by_root(self, rows: CustomerQuerySet, name: str, value: str) -> QuerySet:
        """Every establishment of one company; a whole CNPJ, masked or not, counts by its root."""
        return rows.filter(cnpj_root=re.sub(r"[^0-9A-Za-z]", "", value).upper()[:8])

    def by_coverage(self, rows: CustomerQuerySet, name: str, value: str) -> QuerySet:
        """By the five main sources, or by having somebody to write to; a customer without a picture has none."""
        if value in {"contact", "no_contact"}:
            has = Q(picture__has_contact=True)
            return rows.filter(has if value == "contact" else ~has)
        full, known = Q(), Q()
        for flag in queries.MAIN_SOURCES:
            full &= Q(**{f"picture__{flag}": True})
            known |= Q(**{f"picture__{flag}": True})
        return rows.filter({"full": full, "none": ~known}.get(value, known & ~full))

    @property
    def chosen(self) -> CustomerQuerySet:
        """The filtered rows; none when a filter has a value that does not exist, rather than silently all."""
        rows: CustomerQuerySet = self.qs if self.is_valid() else self.queryset.none()
        return rows


class ReassignForm(forms.Form):
    """The chosen customers and the sales rep who gets them."""

    owner = forms.ModelChoiceField(
        label=_("New owner"), queryset=User.objects.none(), empty_label=_("Choose a sales rep")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = queries.sales_reps()  # type: ignore[attr-defined]


class GroupForm(forms.Form):
    """The name of the group that a company belongs to; empty takes it out."""

    group = forms.CharField(label=_("Group"), max_length=120, required=False)


class ConsentForm(forms.Form):
    """One purpose and whether the person agrees."""

    purpose = forms.ChoiceField(choices=Purpose)
    granted = forms.TypedChoiceField(choices=[("1", _("Yes")), ("0", _("No"))], coerce=lambda value: value == "1")
