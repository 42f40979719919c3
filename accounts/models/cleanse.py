"""Repairs: what is proposed for a value, what a person decided, and which rows a decision changed."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models.customers import Customer
from accounts.models.lake import Import
from accounts.models.people import ModelCall, User


class CleanseRun(models.Model):
    """One search for repairs. The row is the work: a lost worker is found by its lease."""

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("Searching")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    state = models.CharField(max_length=10, choices=State, default=State.QUEUED, db_default=State.QUEUED)
    cause = models.ForeignKey(Import, models.SET_NULL, null=True, related_name="+")
    started_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)
    owner = models.CharField(max_length=80, blank=True)
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    examined = models.PositiveIntegerField(default=0)
    proposed = models.PositiveIntegerField(default=0)
    settled = models.PositiveIntegerField(default=0)
    asked = models.PositiveIntegerField(default=0)
    tokens = models.PositiveIntegerField(default=0)
    cost_usd = models.DecimalField(max_digits=10, decimal_places=6, default=0)
    note = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return f"search for repairs {self.pk}"


class Repair(models.Model):
    """One value of one field that should read otherwise. Accepted, it is a value mapping that every later import obeys.

    ``context`` is what the value depends on (the state of a city); ``before`` and ``after`` are kept sign by sign.
    """

    class Field(models.TextChoices):
        COUNTRY = "country", _("Country")
        STATE = "state", pgettext_lazy("place", "State")
        CITY = "city", _("City")
        CNAE = "cnae", _("Activity (CNAE)")
        INDUSTRY = "industry", _("Industry")
        SUBINDUSTRY = "subindustry", _("Sub-industry")
        BAND = "revenue_band", _("Revenue band")
        NAME = "name", _("Company name")
        CNPJ = "cnpj", _("CNPJ")
        STATUS = "status", _("Contract status")
        DOMAIN = "email_domain", _("E-mail domain")

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("repair", "Open")
        ACCEPTED = "accepted", pgettext_lazy("repair", "Accepted")
        REJECTED = "rejected", pgettext_lazy("repair", "Rejected")
        UNDONE = "undone", pgettext_lazy("repair", "Undone")

    class Origin(models.TextChoices):
        RULE = "rule", _("Rule")
        MODEL = "model", _("Model")

    field = models.CharField(max_length=20, choices=Field)
    context = models.CharField(max_length=80, blank=True)
    before = models.CharField(max_length=200, blank=True)
    after = models.CharField(max_length=200)
    code = models.CharField(max_length=10, blank=True)
    origin = models.CharField(max_length=6, choices=Origin, default=Origin.RULE)
    rule = models.CharField(max_length=40)
    confidence = models.FloatField()
    rows = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    run = models.ForeignKey(CleanseRun, models.PROTECT, related_name="repairs")
    model_call = models.ForeignKey(ModelCall, models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField(db_default=Now())
    decided_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-rows", "field", "before", "pk"]
        indexes: ClassVar = [models.Index(fields=["state", "field", "rule"], name="repair_queue")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["field", "context", "before"], name="one_repair_per_value"),
            models.CheckConstraint(condition=~models.Q(before=models.F("after")), name="repair_changes_something"),
        ]

    def __str__(self) -> str:
        return f"{self.field}: {self.before} → {self.after}"


class RepairedValue(models.Model):
    """One row that an accepted repair changed: undoing gives it ``before`` back."""

    repair = models.ForeignKey(Repair, models.CASCADE, related_name="values")
    row_id = models.BigIntegerField()
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="repaired_values")
    before = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["repair", "row_id"], name="one_trace_per_row")]

    def __str__(self) -> str:
        return f"{self.repair_id}: {self.row_id}"


class RuleSwitch(models.Model):
    """Whether an administrator lets a rule act by itself; a rule without a row only proposes."""

    rule = models.CharField(max_length=40, primary_key=True)
    automatic = models.BooleanField(default=False)
    changed_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    changed_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{self.rule}: {self.automatic}"


class ModelAnswer(models.Model):
    """What the model said about one value, so that it is never asked twice; an empty ``choice`` is "none of these"."""

    field = models.CharField(max_length=20, choices=Repair.Field)
    context = models.CharField(max_length=80, blank=True)
    before = models.CharField(max_length=200)
    choice = models.CharField(max_length=200, blank=True)
    certain = models.BooleanField(default=False)
    call = models.ForeignKey(ModelCall, models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["field", "context", "before"], name="one_answer_per_value")
        ]

    def __str__(self) -> str:
        return f"{self.field}: {self.before}"
