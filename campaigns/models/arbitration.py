"""Who comes first at a customer: the levers that people set, and the runs that weigh all campaigns against each other."""

from typing import Any, ClassVar

import pghistory
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import BusinessUnit, User
from campaigns.models.campaign import Campaign
from campaigns.models.catalogue import PolicyVersion, Strategy


@pghistory.track()
class Lever(models.Model):
    """A number by which people weigh a business unit, a strategy or one campaign: exactly one of the three.

    Those that apply to a campaign are multiplied. 1 changes nothing; a row is never deleted, it goes back to 1.
    """

    business_unit = models.ForeignKey(BusinessUnit, models.PROTECT, null=True, related_name="+")
    strategy = models.ForeignKey(Strategy, models.PROTECT, null=True, related_name="+")
    campaign = models.ForeignKey(Campaign, models.PROTECT, null=True, related_name="+")
    value = models.DecimalField(
        _("lever"),
        max_digits=4,
        decimal_places=2,
        default=1,
        validators=[MinValueValidator(0.1), MaxValueValidator(10)],
    )
    note = models.CharField(_("why"), max_length=200, blank=True)
    set_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    set_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["business_unit", "strategy", "campaign"], nulls_distinct=False, name="one_lever_per_target"
            ),
            models.CheckConstraint(
                condition=models.Q(business_unit__isnull=False, strategy=None, campaign=None)
                | models.Q(business_unit=None, strategy__isnull=False, campaign=None)
                | models.Q(business_unit=None, strategy=None, campaign__isnull=False),
                name="a_lever_has_one_target",
            ),
            models.CheckConstraint(condition=models.Q(value__range=(0.1, 10)), name="lever_between_a_tenth_and_ten"),
        ]

    def __str__(self) -> str:
        return f"{self.value} for {self.business_unit_id or self.strategy_id or self.campaign_id}"


class ArbitrationRun(models.Model):
    """One weighing of all live campaigns and proposals. The row is the work; ``asked_by`` is None where the clock asked.

    ``campaigns``: per campaign its terms, its levers and what it won and lost; ``result``: what each factor changed; ``digest``: of all
    inputs. Its ``standings`` are kept for the newest runs only (``kept``); the rest stays.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    state = models.CharField(max_length=10, choices=State, default=State.QUEUED, db_default=State.QUEUED)
    asked_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    policy_version = models.ForeignKey(PolicyVersion, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    campaigns = models.JSONField(default=list)
    customers = models.PositiveIntegerField(default=0)
    pairs = models.PositiveIntegerField(default=0)
    result = models.JSONField(default=dict)
    seconds = models.FloatField(null=True)
    digest = models.CharField(max_length=64, blank=True)
    kept = models.BooleanField(default=False, db_default=False)
    error = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["state"], condition=models.Q(state="queued"), name="one_waiting_arbitration"
            ),
            models.UniqueConstraint(
                fields=["state"], condition=models.Q(state="running"), name="one_running_arbitration"
            ),
        ]

    def __str__(self) -> str:
        return f"arbitration {self.pk}"


class RealField(models.FloatField):  # type: ignore[type-arg]
    """A number of single precision: what the arithmetic uses is exactly what is stored."""

    def db_type(self, connection: Any) -> str:
        """Four bytes."""
        return "real"


class Standing(models.Model):
    """One campaign at one customer in one run: its factors, its place and who decided it.

    A million and more of them are written at once, so references are checked by whoever writes them, not row by row.
    ``rival``, ``outranked_by``: campaigns, 0 where there is none; ``turning`` and ``decided``: see ``arbitration.Outcome``;
    ``reasons``: bits of ``factors.CONTEXTS``; ``modelled``: the propensity is a calibrated chance of this customer.
    """

    pk = models.CompositePrimaryKey("run_id", "customer_id", "campaign_id")
    run = models.ForeignKey(
        ArbitrationRun, models.DO_NOTHING, related_name="standings", db_constraint=False, db_index=False
    )
    customer = models.ForeignKey(
        "accounts.Customer", models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    campaign = models.ForeignKey(Campaign, models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False)
    propensity = RealField()
    context = RealField()
    value = RealField()
    lever = RealField()
    budget = models.SmallIntegerField()
    rank = models.SmallIntegerField()
    won = models.BooleanField()
    rival = models.BigIntegerField()
    outranked = models.BooleanField()
    outranked_by = models.BigIntegerField()
    turning = models.SmallIntegerField()
    decided = models.SmallIntegerField()
    reasons = models.SmallIntegerField()
    modelled = models.BooleanField()

    class Meta:
        default_permissions: ClassVar = ()

    def __str__(self) -> str:
        return f"{self.campaign_id} at {self.customer_id}: {self.rank}"

    @property
    def priority(self) -> float:
        """The product of the factors."""
        return self.propensity * self.context * self.value * self.lever
