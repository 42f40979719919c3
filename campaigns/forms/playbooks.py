"""What people write into a playbook: its texts, an opening per signal, and for whom the preview is."""

from typing import Any, ClassVar

from django import forms
from django.core.validators import MaxLengthValidator
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns import playbooks, strategies
from campaigns.models import Offer, Playbook
from segments.models import SegmentProfile

BECAUSE = "because_"
ROWS = {"value": 7, "opening": 3, "offer": 3}


class PlaybookForm(forms.ModelForm):
    """All texts of one strategy in one language. Refused texts are named with what to do about them."""

    hide_optional = True
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Playbook
        fields = [name for name in playbooks.TEXTS if name != "because"]  # noqa: RUF012
        widgets: ClassVar = {
            name: forms.Textarea(attrs={"rows": ROWS.get(name, 2)})
            for name in playbooks.TEXTS
            if not name.startswith(("subject", "because"))
        }
        help_texts: ClassVar = {
            "subject_again": gettext_lazy("Of the next step, where the first mail had no answer or a refusal."),
            "opening": gettext_lazy("After the greeting, which is ours."),
            "value": gettext_lazy("Why it is worth the reader's time. No figures: they come from slots."),
            "offer": gettext_lazy(
                "Holds [offer.benefit]. A sentence whose slot is unknown is left out, such as one with [offer.valid_until]."
            ),
            "call_to_action": gettext_lazy("Holds the link that accepts."),
            "decline": gettext_lazy("Holds the link that declines."),
            "opt_out": gettext_lazy("Holds the link that unsubscribes."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.Meta.fields:  # what is missing or too long is said by the checks, while one types too
            self.fields[name].required = False
            limits = self.fields[name].validators
            self.fields[name].validators = [check for check in limits if not isinstance(check, MaxLengthValidator)]
        self.fields["seen"].initial = playbooks.fingerprint(self.instance) if self.instance.pk else ""
        told = dict(self.instance.because)
        ranked = [name for name, _direction, _weight in strategies.SIGNALS[self.instance.strategy.play]]
        for figure in dict.fromkeys([*ranked, *told]):
            self.fields[f"{BECAUSE}{figure}"] = forms.CharField(
                label=playbooks.label(f"because.{figure}"),
                required=False,
                initial=told.get(figure, ""),
                widget=forms.Textarea(attrs={"rows": 2}),
            )

    def clean(self) -> dict[str, Any]:
        """Openings are collected under their figures; an empty one is none."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        written = {
            name.removeprefix(BECAUSE): _tidy(str(value))
            for name, value in given.items()
            if name.startswith(BECAUSE) and str(value or "").strip()
        }
        self.instance.because = written
        for name in self.Meta.fields:
            if name in given:
                given[name] = _tidy(given[name])
        return given

    def _post_clean(self) -> None:
        """What the drafter's checks say, at the field that it concerns."""
        super()._post_clean()  # type: ignore[misc]
        before = set(self.errors)
        for problem in self.problems:
            name = problem.field.replace("because.", BECAUSE)
            if name in self.fields and name not in before:
                self.add_error(name, playbooks.in_words(problem))

    @cached_property
    def problems(self) -> list[Any]:
        """What stands against the texts as they are typed."""
        return playbooks.problems(self.instance)

    @property
    def seen_text(self) -> str | None:
        """The fingerprint that came with the form; None for a new playbook."""
        return str(self.cleaned_data.get("seen") or "") if self.instance.pk else None


class PreviewForm(forms.Form):
    """For which segment, with which offer and by which signal the texts are shown. Whatever is unknown falls back to the first."""

    hide_optional = True
    segment = forms.ChoiceField(label=gettext_lazy("Segment"), required=False)
    with_offer = forms.ChoiceField(label=gettext_lazy("Offer"), required=False)
    signal = forms.ChoiceField(label=gettext_lazy("Strongest signal"), required=False)

    def __init__(self, data: Any, profiles: list[SegmentProfile], offers: list[Offer], because: dict[str, str]) -> None:
        super().__init__(data)
        self.profiles = {profile.segment.passport: profile for profile in profiles}
        self.offers = {offer.code: offer for offer in offers}
        self.signals = list(because)
        segments = [(code, f"{profile.segment.display_name} ({code})") for code, profile in self.profiles.items()]
        ladder = [
            (code, _("Step %(step)s: %(name)s") % {"step": o.step, "name": o.name}) for code, o in self.offers.items()
        ]
        told = [("", _("None in particular")), *((name, str(strategies.FIGURES.get(name, name))) for name in because)]
        for name, choices in (("segment", segments), ("with_offer", ladder), ("signal", told)):
            self.fields[name].choices = choices  # type: ignore[attr-defined]
            self.fields[name].initial = choices[0][0] if choices else ""

    def chosen(self) -> tuple[SegmentProfile | None, Offer | None, str]:
        """Profile, offer and figure; None where the company has no segment or the strategy no offer."""
        profile = self.profiles.get(self.data.get("segment", "")) or next(iter(self.profiles.values()), None)
        offer = self.offers.get(self.data.get("with_offer", "")) or next(iter(self.offers.values()), None)
        signal = self.data.get("signal", "")
        return profile, offer, signal if signal in self.signals else ""


def _tidy(text: str) -> str:
    """Line ends as ``\\n``, no blanks at line ends."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").strip().split("\n")
    return "\n".join(line.rstrip() for line in lines)
