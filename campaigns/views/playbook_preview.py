"""A playbook as a recipient would read it: written for a real segment and a real offer, without saving anything."""

from dataclasses import dataclass
from typing import Any

from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from campaigns import playbooks
from campaigns.drafting import facts as drafting_facts
from campaigns.drafting import playbook as drafting
from campaigns.drafting.playbook_checks import SLOTS
from campaigns.forms.playbooks import PreviewForm
from campaigns.models import Campaign, Draft, Offer, Playbook
from campaigns.views import preview
from segments.queries import profiles_in_force

MEANINGS = {
    "offer.name": _("the offer's name"),
    "offer.product": _("its product"),
    "offer.benefit": _("its benefit, in the language of the mail"),
    "offer.discount": _("its discount"),
    "offer.price": _("its price"),
    "offer.valid_until": _("its last day"),
    "tenure_min": _("years that every recipient has been a customer"),
}


@dataclass(frozen=True)
class Slot:
    """One slot with what it stands for and its value for the segment and offer of the preview (empty: unknown)."""

    key: str
    meaning: Any
    value: str


def context(row: Playbook, data: Any, user: User) -> dict[str, Any]:
    """Preview form, mail, slots and words of the texts of ``row`` as they are, saved or not."""
    profiles = [profile for profile in profiles_in_force() if profile.activatable]
    unit, play = row.strategy.business_unit_id, row.strategy.play
    offers = list(Offer.objects.filter(business_unit=unit, play=play, is_active=True).order_by("step", "code"))
    form = PreviewForm(data, profiles, offers, row.because)
    profile, offer, signal = form.chosen()
    if profile is None or offer is None:
        return {"preview_form": form, "slots": [Slot(key, MEANINGS[key], "") for key in SLOTS]}
    known = drafting_facts.gather(
        profile, offer, row.language, drafting_facts.tenure_min(profile), timezone.localdate()
    )
    with translation.override(row.language):
        public = drafting_facts.words(known, row.language)
    texts = playbooks.texts_of(row)
    written = drafting.write(texts, public, row.language, offer.step, [signal] if signal else [])
    campaign = Campaign(
        segment=profile.segment,
        run=profile.run,
        offer=offer,
        language=row.language,
        business_unit=row.strategy.business_unit,
    )
    draft = Draft(campaign=campaign, subject=written.subject, body=written.body, sentences=written.sentences)
    recipient = preview.Recipient("", "Example Company" if row.language == "en" else "Empresa Exemplo", "Ana")
    return {
        "preview_form": form,
        "mail": preview.mail(draft, recipient, row.language),
        "recipient": recipient,
        "words": len(written.body.split()),
        "slots": [Slot(key, MEANINGS[key], public.get(key, "")) for key in SLOTS],
    }
