"""One typed form per kind of rule: numbers, times, lists of phrases; nobody types JSON."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import BusinessUnit, Purpose
from campaigns.models import Campaign, Play, PolicyRule, PolicyVersion

Kind = PolicyRule.Kind


def _channels(label: Any, hint: Any = "") -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label, choices=Campaign.Channel.choices, widget=forms.CheckboxSelectMultiple, help_text=hint,
        error_messages={"required": gettext_lazy("Choose at least one channel.")},
    )  # fmt: skip


class RuleForm(forms.Form):
    """Base: fields are named as the parameters of the kind and typed by people; ``parameters`` is what is stored."""

    @classmethod
    def initial_of(cls, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """What the fields show for stored parameters."""
        return dict(parameters)

    def parameters(self) -> dict[str, Any]:
        """The typed values as the parameters of the rule; only after ``is_valid``."""
        return dict(self.cleaned_data)


class DiscountCeilingForm(RuleForm):
    """The largest discount."""

    max_percent = forms.FloatField(
        label=gettext_lazy("Largest discount (%)"), min_value=0, max_value=100, step_size=0.01, localize=True,
        help_text=gettext_lazy("A business unit's own ceiling can only be lower: the lowest that applies counts."),
    )  # fmt: skip


class BenefitCeilingForm(RuleForm):
    """The most that an offer may cost us."""

    max_cost = forms.FloatField(
        label=gettext_lazy("Largest cost per customer (R$)"),
        min_value=0,
        max_value=10_000_000,
        step_size=0.01,
        localize=True,
        required=False,
        help_text=gettext_lazy("The cost that the offer states, and the discount on its price. Empty: no limit in R$."),
    )
    max_year_percent = forms.FloatField(
        label=gettext_lazy("Largest share of the yearly value (%)"),
        min_value=0,
        max_value=100,
        step_size=0.01,
        localize=True,
        required=False,
        help_text=gettext_lazy("Of what a typical customer of the segment pays in a year. Empty: no limit by value."),
    )

    def clean(self) -> dict[str, Any]:
        """A ceiling says at least one figure."""
        typed: dict[str, Any] = super().clean() or {}
        if not self.errors and typed.get("max_cost") is None and typed.get("max_year_percent") is None:
            self.add_error("max_cost", _("Enter at least one of the two limits."))
        return typed


class ChannelsForm(RuleForm):
    """Channels by purpose."""

    marketing = _channels(gettext_lazy("For marketing"))
    service = _channels(gettext_lazy("For service"))
    credit = _channels(
        gettext_lazy("For credit"),
        gettext_lazy("Calls are always made by a sales rep: “only calls” means that a person speaks."),
    )


class FrequencyCapForm(RuleForm):
    """A short and a long window."""

    messages = forms.IntegerField(label=gettext_lazy("Contacts in the short window"), min_value=1, max_value=100)
    days = forms.IntegerField(label=gettext_lazy("Short window (days)"), min_value=1, max_value=365)
    long_messages = forms.IntegerField(label=gettext_lazy("Contacts in the long window"), min_value=1, max_value=100)
    long_days = forms.IntegerField(label=gettext_lazy("Long window (days)"), min_value=1, max_value=365)

    def clean(self) -> dict[str, Any]:
        """The long window contains the short one."""
        typed: dict[str, Any] = super().clean() or {}
        if typed.get("long_days", 365) < typed.get("days", 1):
            self.add_error("long_days", _("The long window must be at least as long as the short one."))
        if typed.get("long_messages", 100) < typed.get("messages", 1):
            self.add_error("long_messages", _("The long window must allow at least as many contacts as the short one."))
        return typed


class QuietHoursForm(RuleForm):
    """Two times of day."""

    start = forms.TimeField(
        label=gettext_lazy("From"),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        input_formats=["%H:%M"],
    )
    end = forms.TimeField(
        label=gettext_lazy("Until"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"), input_formats=["%H:%M"],
        help_text=gettext_lazy("An earlier time than the first one means the next morning. In the recipient's own time zone."),
    )  # fmt: skip
    weekends = forms.BooleanField(label=gettext_lazy("Quiet on Saturdays and Sundays too"), required=False)

    @classmethod
    def initial_of(cls, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Times without seconds, as the browser's control wants them."""
        return {**parameters, "start": str(parameters.get("start", ""))[:5], "end": str(parameters.get("end", ""))[:5]}

    def clean(self) -> dict[str, Any]:
        """Equal times would mean no quiet hours at all."""
        typed: dict[str, Any] = super().clean() or {}
        if typed.get("start") is not None and typed.get("start") == typed.get("end"):
            self.add_error("end", _("Both times are the same: no hour would be quiet. Choose two different times."))
        return typed

    def parameters(self) -> dict[str, Any]:
        """Times as text."""
        typed = self.cleaned_data
        return {"start": f"{typed['start']:%H:%M}", "end": f"{typed['end']:%H:%M}", "weekends": typed["weekends"]}


class ConsentForm(RuleForm):
    """Purposes that need consent."""

    purposes = forms.MultipleChoiceField(
        label=gettext_lazy("Purposes that need a person's consent"), choices=Purpose.choices, widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose at least one purpose: consent is always required for something.")},
    )  # fmt: skip
    calls_without_contact = forms.BooleanField(
        label=gettext_lazy("A rep may call where nobody can be written to"), required=False
    )


class PhrasesField(forms.CharField):
    """One phrase per line; cleans to a list without empty lines and repetitions."""

    widget = forms.Textarea(attrs={"rows": 10})

    def prepare_value(self, value: Any) -> Any:
        """A stored list, one phrase per line."""
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[str]:
        """Phrases of 2 to 80 characters; a line outside these limits is named."""
        phrases = list(dict.fromkeys(" ".join(line.split()) for line in str(value or "").splitlines() if line.strip()))
        for phrase in phrases:
            if not 2 <= len(phrase) <= 80:
                raise ValidationError(
                    _("“%(phrase)s” is too short or too long: 2 to 80 characters for each phrase.")
                    % {"phrase": phrase[:40]}
                )
        return phrases


class ForbiddenClaimsForm(RuleForm):
    """Phrases by language."""

    pt = PhrasesField(
        label=gettext_lazy("Phrases in Portuguese"),
        required=False,
        help_text=gettext_lazy("One phrase per line. Accents, case and spacing do not matter."),
    )
    en = PhrasesField(
        label=gettext_lazy("Phrases in English"), required=False, help_text=gettext_lazy("One phrase per line.")
    )


class ApproversForm(RuleForm):
    """How many people agree, and when more must."""

    approvals = forms.IntegerField(label=gettext_lazy("Approvals for an ordinary campaign"), min_value=1, max_value=5)
    approvals_above = forms.IntegerField(label=gettext_lazy("Approvals above the limits"), min_value=1, max_value=5)
    discount_from = forms.FloatField(
        label=gettext_lazy("Above the limits from a discount of (%)"),
        min_value=0,
        max_value=100,
        step_size=0.01,
        localize=True,
    )
    audience_above = forms.IntegerField(label=gettext_lazy("Above the limits for more customers than"), min_value=0)
    always_plays = forms.MultipleChoiceField(
        label=gettext_lazy("Always above the limits"),
        choices=Play.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    valid_hours = forms.IntegerField(label=gettext_lazy("An approval holds for (hours)"), min_value=1, max_value=720)

    def clean(self) -> dict[str, Any]:
        """More is never fewer."""
        typed: dict[str, Any] = super().clean() or {}
        if typed.get("approvals_above", 5) < typed.get("approvals", 1):
            self.add_error("approvals_above", _("Above the limits at least as many people must approve."))
        return typed


class LadderForm(RuleForm):
    """Patience."""

    silence_days = forms.IntegerField(
        label=gettext_lazy("Days without an answer before the next step"), min_value=1, max_value=90
    )
    call_within_days = forms.IntegerField(
        label=gettext_lazy("Days within which a call is due"), min_value=1, max_value=60
    )


class OutcomePauseForm(RuleForm):
    """Leaving people alone."""

    rejections = forms.IntegerField(label=gettext_lazy("Refusals before the pause"), min_value=1, max_value=10)
    days = forms.IntegerField(label=gettext_lazy("Days of the pause"), min_value=1, max_value=365)


class HoldOutForm(RuleForm):
    """A share, typed in percent and stored as a fraction."""

    share = forms.FloatField(
        label=gettext_lazy("Share that is not contacted (%)"), min_value=0, max_value=49, step_size=0.01, localize=True,
        help_text=gettext_lazy("Chosen by chance and lastingly, so that the effect of contact can be measured. Usually 10%."),
    )  # fmt: skip

    @classmethod
    def initial_of(cls, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """In percent."""
        return {"share": round(float(parameters["share"]) * 100, 2)} if "share" in parameters else {}

    def parameters(self) -> dict[str, Any]:
        """As a fraction."""
        return {"share": round(self.cleaned_data["share"] / 100, 4)}


FORMS: dict[str, type[RuleForm]] = {
    Kind.DISCOUNT_CEILING: DiscountCeilingForm,
    Kind.BENEFIT_CEILING: BenefitCeilingForm,
    Kind.CHANNELS: ChannelsForm,
    Kind.FREQUENCY_CAP: FrequencyCapForm,
    Kind.QUIET_HOURS: QuietHoursForm,
    Kind.CONSENT: ConsentForm,
    Kind.FORBIDDEN_CLAIMS: ForbiddenClaimsForm,
    Kind.APPROVERS: ApproversForm,
    Kind.LADDER: LadderForm,
    Kind.OUTCOME_PAUSE: OutcomePauseForm,
    Kind.HOLD_OUT: HoldOutForm,
}


class ClauseForm(forms.Form):
    """For which campaigns a clause counts, and what becomes of those whom the data do not decide; conditions are built beside it."""

    plays = forms.MultipleChoiceField(
        label=gettext_lazy("Intentions"), choices=Play.choices, required=False, widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("None ticked: all of them."),
    )  # fmt: skip
    purposes = forms.MultipleChoiceField(
        label=gettext_lazy("Purposes of contact"), choices=Purpose.choices, required=False, widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("None ticked: all of them."),
    )  # fmt: skip
    not_owning = forms.BooleanField(
        label=gettext_lazy("Leave out who has the offered product already"), required=False,
        help_text=gettext_lazy("With this ticked the conditions may be removed."),
    )  # fmt: skip
    undecided = forms.ChoiceField(
        label=gettext_lazy("Customers of whom the data do not tell"), widget=forms.RadioSelect,
        choices=[("leave_out", gettext_lazy("are left out")), ("let_pass", gettext_lazy("may be contacted"))],
    )  # fmt: skip


class _EditionField(forms.ModelChoiceField):
    """An edition, told apart by what became of it and what it changed."""

    def label_from_instance(self, version: PolicyVersion) -> str:
        """As ``v3 · Replaced · Fewer discounts``."""
        return f"{version} · {version.get_state_display()} · {Truncator(version.note).chars(60)}"


class PrepareForm(forms.Form):
    """Why the rules should change, and whose rules the next edition begins with."""

    hide_optional = True

    note = forms.CharField(
        label=gettext_lazy("What changes and why"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("The administrator who publishes the edition reads it, and so does everybody in its history."),
    )  # fmt: skip
    copied = _EditionField(
        label=gettext_lazy("Begins with the rules of"), required=False, to_field_name="number",
        queryset=PolicyVersion.objects.exclude(state=PolicyVersion.State.DRAFT),
        empty_label=gettext_lazy("the edition in force, or the scheduled one"),
        help_text=gettext_lazy("An earlier edition brings its rules back; a withdrawn one can be put right."),
    )  # fmt: skip


class UnitRuleForm(forms.Form):
    """Which rule the company or one business unit should have besides those that are there."""

    kind = forms.ChoiceField(label=gettext_lazy("Rule"), choices=Kind.choices)
    unit = forms.ModelChoiceField(
        label=gettext_lazy("For whom"), queryset=BusinessUnit.objects.order_by("name"), required=False,
        empty_label=gettext_lazy("The whole company"),
    )  # fmt: skip


class PublishForm(forms.Form):
    """What the person read before putting it into force, and from when on it should count."""

    seen = forms.CharField(widget=forms.HiddenInput)
    starts = forms.DateTimeField(
        label=gettext_lazy("In force from"),
        required=False,
        input_formats=["%Y-%m-%dT%H:%M"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=gettext_lazy("Empty: at once. Until that moment any administrator may withdraw the edition."),
        error_messages={"invalid": gettext_lazy("Enter a day and a time.")},
    )


class CompareForm(forms.Form):
    """Two editions, by number."""

    a = forms.ModelChoiceField(
        label=gettext_lazy("Edition before"),
        queryset=PolicyVersion.objects.all(),
        to_field_name="number",
        empty_label=None,
    )
    b = forms.ModelChoiceField(
        label=gettext_lazy("Edition after"),
        queryset=PolicyVersion.objects.all(),
        to_field_name="number",
        empty_label=None,
    )
