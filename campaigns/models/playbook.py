"""The house's own words for a strategy, one row per language. The playbook drafter writes from them alone."""

from typing import ClassVar

import pghistory
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from campaigns.models.catalogue import Strategy


@pghistory.track()
class Playbook(models.Model):
    """What one strategy says in one language. Texts carry ``[fact]`` slots and merge fields of closed lists.

    ``because`` holds an opening per figure of the segment; ``version`` grows with each change and names what a draft was
    written from. Who edited a version (None: the product's own) has a hand in every draft that was written from it.
    """

    class Language(models.TextChoices):
        PORTUGUESE = "pt-br", _("Portuguese")
        ENGLISH = "en", _("English")

    strategy = models.ForeignKey(Strategy, models.PROTECT, related_name="playbooks", verbose_name=_("strategy"))
    language = models.CharField(_("language"), max_length=5, choices=Language)
    subject = models.CharField(_("subject"), max_length=120)
    subject_again = models.CharField(_("subject of a repetition"), max_length=120)
    opening = models.TextField(_("opening"), max_length=600)
    value = models.TextField(_("value paragraph"), max_length=1200)
    because = models.JSONField(_("openings by the strongest signal"), default=dict, blank=True)
    offer = models.TextField(_("offer paragraph"), max_length=400)
    call_to_action = models.TextField(_("call to action"), max_length=300)
    decline = models.TextField(_("way to decline"), max_length=300)
    sign_off = models.TextField(_("sign-off"), max_length=200)
    opt_out = models.TextField(_("way to unsubscribe"), max_length=300)
    version = models.PositiveIntegerField(_("version"), default=1)
    edited_by = models.ForeignKey(User, models.PROTECT, null=True, editable=False, related_name="+")
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering: ClassVar = ["strategy__business_unit", "strategy__code", "-language"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["strategy", "language"], name="one_playbook_per_language")
        ]

    def __str__(self) -> str:
        return f"{self.strategy} ({self.get_language_display()})"
