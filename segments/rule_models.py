"""What a person defines a segment by: versions of its conditions, and the run that holds its members."""

from typing import ClassVar

import pgtrigger
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import User


@pgtrigger.register(pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete))
class RuleVersion(models.Model):
    """One version of the conditions (see ``segments.rules.tree``); a change makes the next one."""

    segment = models.ForeignKey("segments.Segment", models.PROTECT, related_name="rule_versions")
    number = models.PositiveIntegerField()
    conditions = models.JSONField()
    author = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering: ClassVar = ["segment", "-number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["segment", "number"], name="one_rule_version_per_number")
        ]

    def __str__(self) -> str:
        return f"{self.segment_id} v{self.number}"


class RuleSegment(models.Model):
    """The rule of one segment: its version in force, and the run that holds the members, swapped by one pointer.

    The row is the work: ``counted_for`` says of which state of the data the members are; where that is not the present
    state, or ``asked_at`` is set, a worker counts again.
    """

    segment = models.OneToOneField("segments.Segment", models.PROTECT, primary_key=True, related_name="membership_rule")
    version = models.ForeignKey(RuleVersion, models.PROTECT, null=True, related_name="+", verbose_name=_("version"))
    run = models.ForeignKey("segments.Run", models.PROTECT, null=True, related_name="rule_segments")
    author = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField(null=True)
    counted_at = models.DateTimeField(null=True)
    counted_for = models.CharField(max_length=200, blank=True)
    undecided = models.PositiveIntegerField(null=True)
    error = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return f"rule of {self.segment_id}"
