"""What a person fills in about a contested decision."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer
from accounts.queries import family
from campaigns.models import Campaign, Contest


class ContestForm(forms.Form):
    """What the customer contests, in their words."""

    about = forms.ChoiceField(label=_("What is contested?"), choices=Contest.About.choices, widget=forms.RadioSelect)
    campaign = forms.ModelChoiceField(
        label=_("Which campaign?"),
        queryset=Campaign.objects.none(),
        required=False,
        empty_label=_("None in particular"),
    )
    words = forms.CharField(
        label=_("What does the customer say?"),
        help_text=_("In their own words. No health data, no data of other people."),
        widget=forms.Textarea(attrs={"rows": 4}),
        min_length=10,
        max_length=2000,
    )

    def __init__(self, *args: Any, customer: Customer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = Campaign.objects.filter(messages__customer__in=family(customer.pk)).distinct()
        self.fields["campaign"].queryset = known  # type: ignore[attr-defined]


class AnswerForm(forms.Form):
    """The answer of a person: kept or revised, with the reason that the customer reads."""

    state = forms.ChoiceField(
        label=_("After looking at it"),
        choices=[
            (Contest.State.KEPT, _("The decision stays as it was")),
            (Contest.State.REVISED, _("The decision is revised")),
        ],
        widget=forms.RadioSelect,
    )
    stays_out = forms.BooleanField(label=_("From now on no automated campaign speaks to this customer"), required=False)
    answer = forms.CharField(
        label=_("Answer with the reason"),
        help_text=_("The customer receives it. Say what you looked at and why you decide so."),
        widget=forms.Textarea(attrs={"rows": 5}),
        min_length=10,
        max_length=2000,
    )
