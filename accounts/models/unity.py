"""One customer: who is whose branch, which two are one, and the figures that only the lake knows, today and earlier."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models.customers import Customer
from accounts.models.lake import Import
from accounts.models.people import User


class CustomerGroup(models.Model):
    """Companies that a person put together under one name: above the CNPJ there is no register to ask."""

    name = models.CharField(_("name"), max_length=120, unique=True)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


class GroupRoot(models.Model):
    """One company (CNPJ root) of a group; a company is in one group at most."""

    root = models.CharField(primary_key=True, max_length=8)
    group = models.ForeignKey(CustomerGroup, models.CASCADE, related_name="roots")

    def __str__(self) -> str:
        return self.root


class LakeFigures(models.Model):
    """One customer code's figures that only the lake can compute, as of the last import. Null means "no data".

    A picture is made of these and of the dated rows, so that two customers can be merged and parted without an import.
    ``discount_items`` and ``tickets_closed_12m`` are the weights of the two means.
    """

    customer = models.OneToOneField(Customer, models.CASCADE, primary_key=True, related_name="+")
    mrr = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    purchases_12m = models.PositiveIntegerField(null=True)
    purchases_value_12m = models.DecimalField(max_digits=16, decimal_places=2, null=True)
    proposals_discount = models.FloatField(null=True)
    discount_items = models.PositiveIntegerField(null=True)
    tickets_12m = models.PositiveIntegerField(null=True)
    tickets_90d = models.PositiveIntegerField(null=True)
    tickets_high_12m = models.PositiveIntegerField(null=True)
    ticket_days_mean = models.FloatField(null=True)
    tickets_closed_12m = models.PositiveIntegerField(null=True)
    usage_events = models.BigIntegerField(null=True)
    usage_seconds = models.FloatField(null=True)
    usage_active_days = models.PositiveSmallIntegerField(null=True)
    usage_modules = models.PositiveIntegerField(null=True)
    usage_denied = models.BigIntegerField(null=True)
    has_mrr = models.BooleanField(default=False)
    has_purchases = models.BooleanField(default=False)
    has_tickets = models.BooleanField(default=False)
    has_usage = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"lake figures of {self.customer_id}"


class FigureHistory(models.Model):
    """What MRR and purchases were as of a day: a row only where an import changed them, valid until the next row."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="figure_history")
    as_of = models.DateField()
    mrr = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    purchases_12m = models.PositiveIntegerField(null=True)
    purchases_value_12m = models.DecimalField(max_digits=16, decimal_places=2, null=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["customer", "as_of"], name="one_figure_per_day")]

    def __str__(self) -> str:
        return f"{self.customer_id} as of {self.as_of}"


class DuplicateScan(models.Model):
    """One search for probable duplicates. The row is the work, made in the transaction that publishes an import."""

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("Comparing")
        DONE = "done", _("Done")

    state = models.CharField(max_length=8, choices=State, default=State.QUEUED)
    after = models.ForeignKey(Import, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    customers = models.PositiveIntegerField(null=True)
    compared = models.PositiveIntegerField(null=True)
    found = models.PositiveIntegerField(null=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["state"], condition=models.Q(state="queued"), name="one_duplicate_scan_waits"
            )
        ]

    def __str__(self) -> str:
        return f"scan {self.pk}"


class DuplicateCandidate(models.Model):
    """Two customers that may be one, with the score and its parts. What a person decided is never asked again."""

    class State(models.TextChoices):
        OPEN = "open", _("To review")
        DISMISSED = "dismissed", _("Not a duplicate")
        MERGED = "merged", _("Merged into one")

    first = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    second = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    score = models.PositiveSmallIntegerField()
    parts = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    found_at = models.DateTimeField(db_default=Now())
    decided_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-score", "pk"]
        indexes: ClassVar = [models.Index(fields=["state", "-score"], name="duplicate_queue")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["first", "second"], name="one_candidate_per_pair"),
            models.CheckConstraint(condition=models.Q(first__lt=models.F("second")), name="candidate_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.first_id} = {self.second_id}?"


class CustomerMerge(models.Model):
    """The exact record of one merge, and of its undoing.

    ``chosen`` maps each field of the surviving customer that the merge changed to its value before and after;
    ``repointed`` holds the customers that had been merged into ``merged`` before; ``rows`` counts what is read together since.
    """

    into = models.ForeignKey(Customer, models.PROTECT, related_name="merges")
    merged = models.ForeignKey(Customer, models.PROTECT, related_name="+")
    candidate = models.ForeignKey(DuplicateCandidate, models.SET_NULL, null=True, related_name="+")
    chosen = models.JSONField(default=dict)
    repointed = models.JSONField(default=list)
    rows = models.JSONField(default=dict)
    actor = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now())
    undone_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    undone_at = models.DateTimeField(null=True)
    kept = models.JSONField(default=list)

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["merged"], condition=models.Q(undone_at=None), name="one_standing_merge_per_customer"
            )
        ]

    def __str__(self) -> str:
        return f"{self.merged_id} → {self.into_id}"
