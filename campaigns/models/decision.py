"""What was decided about customers and campaigns, with everything that the decision rested on."""

from typing import ClassVar

import pgtrigger
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer
from campaigns.models.campaign import Campaign


@pgtrigger.register(pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete))
class Decision(models.Model):
    """One decision, written in the transaction of its effect and never changed.

    ``body`` is canonical JSON kept as text, byte for byte: ``{"code", "inputs", "output", "versions"}``. ``subject`` names what
    else it is about: a segment's passport, a version of the words, a message. Holds pseudonyms only.
    """

    class Kind(models.TextChoices):
        CHOICE = "choice", _("Strategy and offer of a segment")
        WORDS = "words", _("Check of a version of the words")
        AUDIENCE = "audience", _("Who is reached")
        APPROVAL = "approval", _("Approval")
        GATE = "gate", _("Gate at the moment of sending")
        FOLLOW_UP = "follow_up", _("Next step")
        ARBITRATION = "arbitration", _("Who comes first")
        AGENTS = "agents", _("Words by agents")

    kind = models.CharField(max_length=12, choices=Kind)
    campaign = models.ForeignKey(Campaign, models.PROTECT, null=True, related_name="decisions", db_index=False)
    customer = models.ForeignKey(Customer, models.PROTECT, null=True, related_name="+", db_index=False)
    subject = models.CharField(max_length=40, blank=True)
    body = models.TextField()
    at = models.DateTimeField(db_default=Now())
    stamp = models.CharField(max_length=80, default="", db_default="")  # see accounts.stamps

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [
            models.Index(fields=["campaign", "kind"], name="decision_campaign"),
            models.Index(fields=["customer"], condition=models.Q(customer__isnull=False), name="decision_customer"),
            models.Index(fields=["at"], name="decision_at"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["stamp"], condition=~models.Q(stamp=""), name="one_decision_per_stamp")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
