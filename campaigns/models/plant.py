"""Drafts with one error that was put in on purpose: they measure how attentively people read, and are never sent."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from campaigns.models.campaign import Campaign


class Plant(models.Model):
    """The error of one planted draft, and what became of it.

    ``original`` was replaced by ``changed`` in the body. ``seconds``: from the opening of the page to the decision, where known.
    """

    class Kind(models.TextChoices):
        FIGURE = "figure", _("Wrong figure")
        DISCOUNT = "discount", _("Wrong discount")
        DATE = "date", _("Wrong date")
        PRODUCT = "product", _("Wrong product")
        NAME = "name", _("Wrong offer")
        COMPARISON = "comparison", _("Invented comparison")

    class Outcome(models.TextChoices):
        OPEN = "open", _("Not decided yet")
        CAUGHT = "caught", _("Caught")
        MISSED = "missed", _("Missed")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    campaign = models.OneToOneField(Campaign, models.PROTECT, related_name="plant")
    source = models.ForeignKey(Campaign, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=Kind)
    original = models.TextField()
    changed = models.TextField()
    planted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.OPEN, db_default=Outcome.OPEN)
    verb = models.CharField(max_length=20, blank=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="plants")
    decided_at = models.DateTimeField(null=True)
    seconds = models.PositiveIntegerField(null=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(outcome="open", decided_at=None, decided_by=None)
                | (~models.Q(outcome="open") & models.Q(decided_at__isnull=False, decided_by__isnull=False)),
                name="a_plant_is_decided_once_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} in {self.campaign_id}"

    def undone(self, text: str) -> str:
        """``text`` with the error taken back."""
        return text.replace(self.changed, self.original)
