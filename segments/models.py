"""Runs of the clustering, permanent segments and who belongs to them."""

from typing import ClassVar

import pgtrigger
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, User
from segments.rule_models import RuleSegment, RuleVersion

__all__ = ["Membership", "RuleSegment", "RuleVersion", "Run", "Score", "Segment", "SegmentEvent", "SegmentProfile"]


class ClusteringManager(models.Manager["Run"]):
    """Leaves out the runs that hold the members of a rule segment: those were counted, not clustered."""

    def get_queryset(self) -> models.QuerySet["Run"]:
        """The clustering runs."""
        return super().get_queryset().exclude(state="rule")


class Run(models.Model):
    """One clustering of the customer base: the work row, its recipe, its numbers and, once published, its members.

    ``override`` publishes it even where the published run is worth more (``segments.challenge``). ``distributions`` keeps how
    each feature was spread and ``drift`` how that moved since the run that was published then (``segments.drift``).
    A run in state "rule" holds one recorded membership of one rule segment instead, so that campaigns, audiences and profiles
    keep what they were made from in the same way: ``objects`` leaves those out, ``every`` does not.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("Running")
        PUBLISHED = "published", _("Published")
        SUPERSEDED = "superseded", _("Superseded")
        INCONCLUSIVE = "inconclusive", _("No stable segments")
        KEPT = "kept", _("Published run kept")
        CANCELLED = "cancelled", _("Cancelled")
        FAILED = "failed", _("Failed")
        RULE = "rule", _("Members of a rule")

    state = models.CharField(max_length=12, choices=State, default=State.QUEUED, db_default=State.QUEUED)
    seed = models.IntegerField()
    budget_seconds = models.PositiveIntegerField()
    started_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    owner = models.CharField(max_length=80, blank=True)
    lease_until = models.DateTimeField(null=True)
    override = models.BooleanField(default=False)
    cancel_requested = models.BooleanField(default=False)
    progress = models.PositiveSmallIntegerField(default=0)
    step = models.CharField(max_length=120, blank=True)
    algorithm = models.CharField(max_length=20, blank=True)
    parameters = models.JSONField(default=dict)
    features = models.JSONField(default=list)
    customers = models.PositiveIntegerField(default=0)
    noise_share = models.FloatField(null=True)
    quality = models.JSONField(default=dict)
    leaderboard = models.JSONField(default=list)
    reason = models.JSONField(default=dict)
    snapshot_path = models.CharField(max_length=500, blank=True)
    distributions = models.JSONField(default=dict)
    drift = models.JSONField(default=dict)
    scheduled = models.BooleanField(default=False, db_default=False)
    error = models.TextField(blank=True)

    objects: ClassVar = ClusteringManager()
    every: ClassVar = models.Manager()

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["state"], condition=models.Q(state="published"), name="one_published_run"),
            models.UniqueConstraint(fields=["state"], condition=models.Q(state="running"), name="one_running_run"),
            models.UniqueConstraint(fields=["state"], condition=models.Q(state="queued"), name="one_waiting_run"),
        ]

    def __str__(self) -> str:
        return f"run {self.pk}"


class Segment(models.Model):
    """A group with a permanent identity (the passport): runs come and go, its code, name and colour stay.

    ``suggestion`` is a name and a text that wait for a person's yes (``segments.suggestions``).
    """

    class Kind(models.TextChoices):
        CLUSTERED = "clustered", _("Found by clustering")
        RULE = "rule", _("Defined by a rule")

    passport = models.CharField(max_length=12, unique=True)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.CLUSTERED)
    name = models.CharField(_("name"), max_length=120)
    name_en = models.CharField(max_length=120, blank=True)
    named_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    description = models.TextField(blank=True)
    description_en = models.TextField(blank=True)
    suggestion = models.JSONField(default=dict, blank=True)
    colour = models.PositiveSmallIntegerField(default=0)
    born_in = models.ForeignKey(Run, models.PROTECT, null=True, related_name="+")
    retired_in = models.ForeignKey(Run, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering: ClassVar = ["passport"]

    def __str__(self) -> str:
        return self.display_name

    @property
    def display_name(self) -> str:
        """The name in the active language."""
        return self.name_en if self.name_en and (get_language() or "").startswith("en") else self.name

    @property
    def display_description(self) -> str:
        """The paragraph in the active language."""
        return (
            self.description_en if self.description_en and (get_language() or "").startswith("en") else self.description
        )


class SegmentProfile(models.Model):
    """What one segment was in one run: size, stability, figures, what sets it apart, and rules that say it shortly."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="profiles")
    segment = models.ForeignKey(Segment, models.CASCADE, related_name="profiles")
    size = models.PositiveIntegerField()
    share = models.FloatField()
    stability = models.FloatField(null=True)
    stability_low = models.FloatField(null=True)
    stability_high = models.FloatField(null=True)
    activatable = models.BooleanField(default=False)
    blocked_reason = models.CharField(max_length=60, blank=True)
    figures = models.JSONField(default=dict)
    differentiators = models.JSONField(default=list)
    typical = models.JSONField(default=list)
    rules = models.JSONField(default=dict)

    class Meta:
        ordering: ClassVar = ["run", "-size"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["run", "segment"], name="one_profile_per_run")]

    def __str__(self) -> str:
        return f"{self.segment_id} in run {self.run_id}"


class Membership(models.Model):
    """Which segment a customer belongs to in one run; ``segment`` is null for noise; ``x``, ``y`` place it on a map."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="memberships")
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="memberships")
    segment = models.ForeignKey(Segment, models.CASCADE, null=True, related_name="memberships")
    confidence = models.FloatField()
    x = models.FloatField()
    y = models.FloatField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["run", "customer"], name="one_membership_per_run")]
        indexes: ClassVar = [models.Index(fields=["run", "segment"], name="membership_segment")]

    def __str__(self) -> str:
        return f"{self.customer_id} in {self.segment_id}"


class ScoreKind(models.TextChoices):
    """``churn_risk`` is an indicator by rules (points), the others are probabilities of trained models."""

    CHURN_RISK = "churn_risk", _("Churn risk")
    CHURN = "churn", _("Churn")
    EXPANSION = "expansion", _("Expansion")
    PRODUCT = "product", _("Purchase")


class ScoreTraining(models.Model):
    """One training of all score models. The row is the work: a worker holds it by owner and lease."""

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        UNCHANGED = "unchanged", _("Nothing new")
        FAILED = "failed", _("Failed")

    state = models.CharField(max_length=10, choices=State, default=State.QUEUED, db_default=State.QUEUED)
    seed = models.IntegerField()
    started_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    owner = models.CharField(max_length=80, blank=True)
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    fingerprint = models.CharField(max_length=64, blank=True)
    error = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["state"], condition=models.Q(state="running"), name="one_running_score_training"
            ),
            models.UniqueConstraint(
                fields=["state"], condition=models.Q(state="queued"), name="one_waiting_score_training"
            ),
        ]

    def __str__(self) -> str:
        return f"score training {self.pk}"


class ScoreModel(models.Model):
    """What one training learnt about one question, or why it refused to answer it: the content of a model card.

    ``target`` is the business unit of a purchase. ``periods`` are the cut-offs in time with their counts, ``features`` each
    {name, importance, drift, typical}, ``left_out`` {name, begins, needed}, ``metrics``, ``calibration`` and ``gains`` the
    figures of ``segments.classifier.Judgement``, ``refusal`` {code, …figures}. A refused model has no scores.
    """

    class State(models.TextChoices):
        PUBLISHED = "published", _("In use")
        REFUSED = "refused", _("Refused")
        SUPERSEDED = "superseded", _("Superseded")

    training = models.ForeignKey(ScoreTraining, models.PROTECT, related_name="learnt")
    kind = models.CharField(max_length=20, choices=ScoreKind)
    target = models.CharField(max_length=20, blank=True)
    state = models.CharField(max_length=10, choices=State)
    trained_at = models.DateTimeField(db_default=Now())
    as_of = models.DateField(null=True)
    window_days = models.PositiveSmallIntegerField()
    periods = models.JSONField(default=list)
    algorithm = models.CharField(max_length=20, blank=True)
    calibrator = models.CharField(max_length=20, blank=True)
    candidates = models.JSONField(default=dict)
    features = models.JSONField(default=list)
    left_out = models.JSONField(default=list)
    metrics = models.JSONField(default=dict)
    calibration = models.JSONField(default=list)
    gains = models.JSONField(default=dict)
    refusal = models.JSONField(default=dict)
    customers = models.PositiveIntegerField(default=0)
    seed = models.IntegerField()
    fingerprint = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [models.Index(fields=["kind", "target", "-id"], name="score_model_newest")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["kind", "target"], condition=models.Q(state="published"), name="one_published_score_model"
            )
        ]

    def __str__(self) -> str:
        return self.slug

    @property
    def slug(self) -> str:
        """The name of the question in addresses: ``churn``, ``expansion``, ``product-rd``."""
        return f"{self.kind}-{self.target.lower()}" if self.target else str(self.kind)


class Score(models.Model):
    """One score of one customer, 0–1, with the drivers behind it, the heaviest first.

    ``churn_risk`` comes from a points table by rules (``segments.scoring``), shown as such: ``value`` is null where too few
    sources cover the customer, ``drivers`` are {code, points, value}. The other kinds are calibrated probabilities of
    ``model``; their ``drivers`` are {feature, effect, value, typical}.
    """

    Kind = ScoreKind

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="scores")
    kind = models.CharField(max_length=20, choices=ScoreKind, default=ScoreKind.CHURN_RISK)
    target = models.CharField(max_length=20, blank=True, default="", db_default="")
    model = models.ForeignKey(ScoreModel, models.PROTECT, null=True, related_name="scores")
    value = models.FloatField(null=True)
    drivers = models.JSONField(default=list)
    computed_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes: ClassVar = [models.Index(fields=["kind", "-value"], name="score_kind")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["customer", "kind", "target"], name="one_score_per_kind"),
            models.CheckConstraint(
                condition=models.Q(value__isnull=True) | models.Q(value__range=(0, 1)), name="score_0_to_1"
            ),
            models.CheckConstraint(
                condition=models.Q(kind="churn_risk", model=None)
                | ~models.Q(kind="churn_risk") & ~models.Q(model=None),
                name="probabilities_have_a_model",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.customer_id}"


@pgtrigger.register(pgtrigger.Protect(name="append_only", operation=pgtrigger.Update))
class SegmentEvent(models.Model):
    """A page of a passport: born, renamed, split, merged, retired."""

    class Kind(models.TextChoices):
        BIRTH = "birth", _("Born")
        CONTINUED = "continued", _("Continued")
        SPLIT = "split", _("Split")
        MERGE = "merge", _("Merged")
        DEATH = "death", _("Retired")
        RENAMED = "renamed", _("Renamed")
        CHANGED = "changed", _("Rule changed")

    segment = models.ForeignKey(Segment, models.CASCADE, related_name="events")
    run = models.ForeignKey(Run, models.CASCADE, null=True, related_name="events")
    kind = models.CharField(max_length=10, choices=Kind)
    at = models.DateTimeField(db_default=Now())
    actor = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    detail = models.JSONField(default=dict)

    class Meta:
        ordering: ClassVar = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.segment_id} {self.kind}"
