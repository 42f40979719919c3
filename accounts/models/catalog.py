"""The catalogue: profiles of what was loaded, descriptions, and the rules that stop work on data nobody should trust."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models.lake import Import
from accounts.models.people import ModelCall, User


class DatasetProfile(models.Model):
    """One version of one dataset, looked at once: its size and the measured parts of its quality (0–1; null: not measured)."""

    dataset = models.CharField(max_length=60)
    version = models.CharField(max_length=64)
    run = models.ForeignKey(Import, models.SET_NULL, null=True, related_name="+")
    rows = models.BigIntegerField()
    sampled = models.BigIntegerField()
    completeness = models.FloatField(null=True)
    validity = models.FloatField(null=True)
    uniqueness = models.FloatField(null=True)
    consistency = models.FloatField(null=True)
    seconds = models.FloatField(default=0)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["dataset", "version"], name="one_profile_per_version")]

    def __str__(self) -> str:
        return f"{self.dataset} {self.version}"


class ColumnProfile(models.Model):
    """What one column held in one version. Values of personal columns are masked before they arrive here."""

    profile = models.ForeignKey(DatasetProfile, models.CASCADE, related_name="columns")
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=8)
    missing = models.BigIntegerField()
    distinct = models.BigIntegerField()
    invalid = models.BigIntegerField(null=True)
    figures = models.JSONField(default=dict)
    shape = models.JSONField(default=dict)
    examples = models.JSONField(default=list)

    class Meta:
        ordering: ClassVar = ["profile", "id"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["profile", "name"], name="one_profile_per_column")]

    def __str__(self) -> str:
        return self.name


class Description(models.Model):
    """What a dataset (``column`` empty) or a column means, in both languages: asked of the model, drafted, confirmed."""

    class State(models.TextChoices):
        ASKED = "asked", _("Being drafted")
        DRAFTED = "drafted", _("Draft of the model")
        CONFIRMED = "confirmed", _("Confirmed")

    dataset = models.CharField(max_length=60)
    column = models.CharField(max_length=80, blank=True)
    text_pt = models.CharField(max_length=300, blank=True)
    text_en = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=10, choices=State)
    call = models.ForeignKey(ModelCall, models.SET_NULL, null=True, related_name="+")
    changed_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["dataset", "column"], name="one_description_per_column")
        ]

    def __str__(self) -> str:
        return f"{self.dataset}.{self.column}" if self.column else self.dataset


class GateRule(models.Model):
    """One condition under which data may not be used. ``threshold`` is days, points, per cent or a count, by ``kind``."""

    class Kind(models.TextChoices):
        STALE = "stale", _("Data too old")
        QUALITY = "quality", _("Quality score too low")
        MISSING = "missing", _("Too many values missing in a column")
        DROP = "drop", _("Fewer rows than in the last load")
        FAILED = "failed", _("Imports fail")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    dataset = models.CharField(_("dataset"), max_length=60, blank=True)
    column = models.CharField(_("column"), max_length=80, blank=True)
    threshold = models.FloatField(_("limit"))
    stops_segmentation = models.BooleanField(_("stops segmentation"), default=False)
    stops_activation = models.BooleanField(_("stops activation"), default=False)
    is_active = models.BooleanField(_("in force"), default=True)
    changed_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(threshold__gte=0), name="gate_limit_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.dataset} {self.threshold:g}"


class GateOverride(models.Model):
    """An administrator's decision to go on in spite of one rule, with the reason, until a moment."""

    rule = models.ForeignKey(GateRule, models.CASCADE, related_name="overrides")
    reason = models.CharField(max_length=300)
    given_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    given_at = models.DateTimeField(db_default=Now())
    until = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return f"override of rule {self.rule_id}"
