"""Users and the audit trail: what administrators fill in."""

from typing import Any, ClassVar

import django_filters as filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import AuditEntry, BusinessUnit, Role, User


class UserForm(forms.Form):
    """What can change about somebody who signs in."""

    name = forms.CharField(label=_("Name"), max_length=120)
    role = forms.ChoiceField(label=_("Role"), choices=Role)
    business_unit = forms.ModelChoiceField(
        label=_("Business unit"), queryset=BusinessUnit.objects.order_by("name"), required=False, empty_label=_("None")
    )

    @classmethod
    def of(cls, user: User) -> "UserForm":
        """The form filled with what is known of ``user``."""
        return cls(initial={"name": user.name, "role": user.role, "business_unit": user.business_unit_id})


class NewUserForm(UserForm):
    """Somebody who shall sign in."""

    email = forms.EmailField(
        label=_("E-mail"), max_length=254, help_text=_("The address is the login and cannot be changed later.")
    )
    field_order = ("email", "name")


class UserFilter(filters.FilterSet):
    """People by words, role and state."""

    q = filters.CharFilter(method="by_words", label=_("Search by name or e-mail"))
    role = filters.ChoiceFilter(label=_("Role"), choices=Role, empty_label=_("Any"))
    is_active = filters.ChoiceFilter(
        label=_("Access"), choices=[("1", _("Active")), ("0", _("Closed"))], empty_label=_("Any")
    )

    class Meta:
        model = User
        fields: ClassVar[list[str]] = []

    def by_words(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        """The words occur in the name or the address."""
        return rows.filter(Q(name__unaccent__icontains=value) | Q(email__icontains=value))


class AuditFilter(filters.FilterSet):
    """The trail by person, action, target and days (São Paulo's)."""

    q = filters.CharFilter(field_name="summary", lookup_expr="unaccent__icontains", label=_("Search in the summary"))
    actor = filters.ModelChoiceFilter(label=_("Person"), queryset=User.objects.order_by("name"), empty_label=_("Any"))
    action = filters.ChoiceFilter(label=_("Action"), empty_label=_("Any"))
    target = filters.ChoiceFilter(label=_("Object"), empty_label=_("Any"))
    target_id = filters.CharFilter(label=_("Object number"))
    since = filters.DateFilter(
        field_name="at",
        lookup_expr="date__gte",
        label=_("From"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    until = filters.DateFilter(
        field_name="at",
        lookup_expr="date__lte",
        label=_("Until"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    class Meta:
        model = AuditEntry
        fields: ClassVar[list[str]] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for column in ("action", "target"):
            found = AuditEntry.objects.order_by(column).values_list(column, flat=True).distinct()
            self.filters[column].extra["choices"] = [(value, value) for value in found]
