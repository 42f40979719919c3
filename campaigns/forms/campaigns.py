"""Forms of the campaign pages."""

from typing import Any, ClassVar

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import BusinessUnit
from campaigns import lifecycle
from campaigns.models import Campaign, Play
from segments.models import Segment


class CampaignFilter(django_filters.FilterSet):
    """Filters of the list of campaigns."""

    q = django_filters.CharFilter(label=_("Search by title, offer or segment"), method="search")
    status = django_filters.ChoiceFilter(label=_("Status"), choices=Campaign.Status, empty_label=_("Any"))
    segment = django_filters.ModelChoiceFilter(
        label=_("Segment"),
        queryset=Segment.objects.order_by("passport"),
        to_field_name="passport",
        empty_label=_("Any"),
    )
    unit = django_filters.ModelChoiceFilter(
        label=_("Business unit"),
        field_name="business_unit",
        queryset=BusinessUnit.objects.order_by("name"),
        empty_label=_("Any"),
    )
    play = django_filters.ChoiceFilter(
        label=_("Strategy"), field_name="strategy__play", choices=Play, empty_label=_("Any")
    )

    class Meta:
        model = Campaign
        fields: ClassVar[list[str]] = []

    def search(self, queryset: QuerySet[Campaign], name: str, value: str) -> QuerySet[Campaign]:
        """Part of the title, the offer's name, the segment's name or its passport."""
        words = value.strip()
        match = Q(title__icontains=words) | Q(offer__name__icontains=words) | Q(segment__name__icontains=words)
        return queryset.filter(match | Q(segment__passport__iexact=words))


class WordsForm(forms.Form):
    """Subject and body of the next version."""

    subject = forms.CharField(
        label=_("Subject"), max_length=120, help_text=_("Below 60 characters it shows whole on a phone.")
    )
    body = forms.CharField(
        label=_("Message"), max_length=6000, widget=forms.Textarea(attrs={"rows": 22, "spellcheck": "true"}),
        help_text=_("Plain text; an empty line begins a new paragraph."),
    )  # fmt: skip


class VerbForm(forms.Form):
    """What a step may carry: a reason code, a comment, whether to send at once, and the code of an authenticator."""

    reason_code = forms.ChoiceField(
        label=_("Reason"), choices=[("", _("Choose a reason")), *lifecycle.REASONS.items()], required=False
    )
    comment = forms.CharField(
        label=_("Comment"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    send_now = forms.BooleanField(required=False)
    code = forms.CharField(max_length=20, required=False)


class CommentForm(forms.Form):
    """What somebody says about a campaign."""

    text = forms.CharField(label=_("Comment"), max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))


class PrescribeForm(forms.Form):
    """Which segment to draft for; all of them when empty."""

    segment = forms.SlugField(required=False, max_length=12)

    def passport(self) -> str | None:
        """The passport, None for all segments."""
        cleaned: dict[str, Any] = self.cleaned_data
        return cleaned["segment"] or None
