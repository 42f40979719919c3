"""Forms of the campaign pages."""

from datetime import timedelta
from typing import Any, ClassVar

import django_filters
from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import BusinessUnit, Customer
from campaigns import audience, lifecycle
from campaigns.models import Approval, Campaign, Draft, Play
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


class ApprovalFilter(CampaignFilter):
    """Filters of the queue: as those of the list, without the status, and by who wrote and for how long it waits."""

    status = None
    drafter = django_filters.ChoiceFilter(
        label=_("Written by"), choices=Draft.Drafter, method="by_drafter", empty_label=_("Any")
    )
    waiting = django_filters.ChoiceFilter(
        label=_("Waiting"), choices=[("24", _("over a day")), ("72", _("over three days"))], method="by_age",
        empty_label=_("Any"),
    )  # fmt: skip
    findings = django_filters.ChoiceFilter(
        label=_("Findings when written"), choices=[("some", _("with findings")), ("none", _("without findings"))],
        method="by_findings", empty_label=_("Any"),
    )  # fmt: skip
    agreed = django_filters.ChoiceFilter(
        label=_("Approvals"), choices=[("some", _("one given, one missing")), ("none", _("none yet"))],
        method="by_agreement", empty_label=_("Any"),
    )  # fmt: skip

    def by_drafter(self, queryset: QuerySet[Campaign], name: str, value: str) -> QuerySet[Campaign]:
        """Campaigns whose newest words are by the playbook, the model or a person."""
        newest = Draft.objects.filter(campaign=OuterRef("pk")).order_by("-number").values("drafter")[:1]
        return queryset.annotate(drafter=Subquery(newest)).filter(drafter=value)

    def by_findings(self, queryset: QuerySet[Campaign], name: str, value: str) -> QuerySet[Campaign]:
        """Campaigns whose newest words had findings by the rules of the day on which they were written, or had none."""
        newest = Draft.objects.filter(campaign=OuterRef("pk")).order_by("-number").values("findings")[:1]
        found = queryset.annotate(found=Subquery(newest))
        return found.filter(found=[]) if value == "none" else found.exclude(found=[])

    def by_agreement(self, queryset: QuerySet[Campaign], name: str, value: str) -> QuerySet[Campaign]:
        """Campaigns that somebody has approved already, so that a second person is missing, or nobody has."""
        given = Exists(Approval.objects.filter(campaign=OuterRef("pk"), voided_at=None, expires_at__gt=Now()))
        return queryset.filter(given if value == "some" else ~given)

    def by_age(self, queryset: QuerySet[Campaign], name: str, value: str) -> QuerySet[Campaign]:
        """Campaigns that have waited for more hours than this."""
        return queryset.filter(status_at__lt=Now() - timedelta(hours=int(value)))


class RecipientFilter(django_filters.FilterSet):
    """Filters of an audience: what happens to a customer, why, and its name."""

    q = django_filters.CharFilter(label=_("Search by name or code"), method="search")
    outcome = django_filters.ChoiceFilter(
        label=_("What happens"), choices=list(audience.OUTCOMES.items()), method="by_outcome", empty_label=_("Any")
    )
    reason = django_filters.ChoiceFilter(
        label=_("Why"), choices=list(audience.REASONS.items()), method="by_reason", empty_label=_("Any")
    )

    class Meta:
        model = Customer
        fields: ClassVar[list[str]] = []

    def __init__(self, data: Any, queryset: QuerySet[Customer], *, verdicts: dict[int, audience.Verdict]) -> None:
        super().__init__(data, queryset)
        self.verdicts = verdicts

    def search(self, queryset: QuerySet[Customer], name: str, value: str) -> QuerySet[Customer]:
        """Part of the name, or the code."""
        words = value.strip()
        return queryset.filter(Q(name__icontains=words) | Q(code__iexact=words))

    def by_outcome(self, queryset: QuerySet[Customer], name: str, value: str) -> QuerySet[Customer]:
        """Customers to whom this happens."""
        return queryset.filter(pk__in=[pk for pk, each in self.verdicts.items() if each.outcome == value])

    def by_reason(self, queryset: QuerySet[Customer], name: str, value: str) -> QuerySet[Customer]:
        """Customers who get no mail for this reason."""
        return queryset.filter(
            pk__in=[pk for pk, each in self.verdicts.items() if each.reason == value and each.outcome != "held_out"]
        )


class WordsForm(forms.Form):
    """Subject and body of the next version, and of a second wording where it has one."""

    hide_optional = True

    subject = forms.CharField(
        label=_("Subject"), max_length=120, help_text=_("Below 60 characters it shows whole on a phone.")
    )
    body = forms.CharField(
        label=_("Message"), max_length=6000, widget=forms.Textarea(attrs={"rows": 22, "spellcheck": "true"}),
        help_text=_("Plain text; an empty line begins a new paragraph."),
    )  # fmt: skip
    other_subject = forms.CharField(label=_("Subject of the second wording (B)"), max_length=120, required=False)
    other_body = forms.CharField(
        label=_("Second wording (B)"), max_length=6000, widget=forms.Textarea(attrs={"rows": 22, "spellcheck": "true"}),
        help_text=_("Half of the recipients read it instead of the first one (A); the draw decides who."), required=False,
    )  # fmt: skip

    def __init__(self, data: Any = None, *, two: bool, **given: Any) -> None:
        super().__init__(data, **given)
        self.two = two
        if not two:
            del self.fields["other_subject"], self.fields["other_body"]

    @classmethod
    def typed(cls, data: Any) -> "WordsForm":
        """The form as it was sent, with the fields that it had."""
        return cls(data, two="other_body" in data)

    @classmethod
    def reshaped(cls, data: Any, *, two: bool) -> "WordsForm":
        """What was typed, not judged yet, with a second wording that starts as the first one, or without."""
        words = {name: data.get(name, "") for name in ("subject", "body")}
        second = {f"other_{name}": text for name, text in words.items()} if two else {}
        return cls(initial={**words, **second}, two=two)

    @classmethod
    def of(cls, draft: Draft) -> "WordsForm":
        """A saved version, to be edited."""
        names = ("subject", "body", "other_subject", "other_body")
        return cls(initial={name: getattr(draft, name) for name in names}, two=draft.other is not None)

    @property
    def said(self) -> list[tuple[str, str]]:
        """Subject and message of each wording, as typed or saved; a second one that was emptied is none."""
        pairs = [("subject", "body"), *([("other_subject", "other_body")] if self.two else [])]
        words = [(str(self[subject].value() or ""), str(self[body].value() or "")) for subject, body in pairs]
        return [pair for number, pair in enumerate(words) if number == 0 or any(text.strip() for text in pair)]


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
    seen = forms.RegexField("^[0-9a-f]{64}$", required=False)


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
