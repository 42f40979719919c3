"""What may be offered, how, and inside which limits."""

from typing import ClassVar

import pghistory
import pgtrigger
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import BusinessUnit, Purpose, User


class Play(models.TextChoices):
    """The closed list of strategies' intentions."""

    RETAIN = "retain", _("Retain")
    EXPAND = "expand", _("Expand")
    ONBOARD = "onboard", _("Onboard")
    CROSS_SELL = "cross_sell", _("Cross-sell")
    WIN_BACK = "win_back", _("Win back")
    CREDIT = "credit", _("Credit")


class Theme(models.TextChoices):
    """What a business unit calls its strategies: its portfolio. Each theme is one play, see ``THEMES``."""

    GROWTH = "growth", _("Growth")
    RECURRENCE = "recurrence", _("Recurrence")
    FUNNEL = "funnel", _("Funnel")
    ENGAGEMENT = "engagement", _("Engagement")
    RETENTION = "retention", _("Retention")
    EXPANSION = "expansion", _("Expansion")
    CREDIT = "credit", pgettext_lazy("portfolio", "Credit")
    PAYMENTS = "payments", _("Payments")


class Review(models.TextChoices):
    """Who must read a campaign of a strategy before it goes out."""

    ALWAYS = "always", _("Always reviewed by a person")
    POLICY = "policy", _("As policy says")


TECHFIN = "TECHFIN"
# The portfolio of each business unit: the plays that each theme may stand for, the usual one first.
THEMES: dict[str, dict[str, tuple[str, ...]]] = {
    "RD": {
        Theme.GROWTH: (Play.EXPAND,),
        Theme.RECURRENCE: (Play.RETAIN, Play.WIN_BACK),
        Theme.FUNNEL: (Play.CROSS_SELL, Play.ONBOARD),
    },
    "GESTAO": {
        Theme.ENGAGEMENT: (Play.ONBOARD,),
        Theme.RETENTION: (Play.RETAIN, Play.WIN_BACK),
        Theme.EXPANSION: (Play.EXPAND, Play.CROSS_SELL),
    },
    TECHFIN: {
        Theme.CREDIT: (Play.CREDIT,),
        Theme.PAYMENTS: (Play.CROSS_SELL, Play.ONBOARD, Play.EXPAND, Play.RETAIN, Play.WIN_BACK),
    },
}


def theme_of(unit: str, play: str) -> str:
    """The theme that a unit files a play under; empty where its portfolio has none."""
    return next((str(theme) for theme, plays in THEMES.get(unit, {}).items() if play in plays), "")


@pghistory.track()
class Offer(models.Model):
    """One thing that we may offer. Drafts name it by ``code``; its words and prices are never the model's."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)
    product = models.CharField(_("product"), max_length=120)
    business_unit = models.ForeignKey(BusinessUnit, models.PROTECT, verbose_name=_("business unit"))
    play = models.CharField(_("intention"), max_length=12, choices=Play)
    benefit = models.CharField(_("benefit"), max_length=200)
    benefit_en = models.CharField(_("benefit in English"), max_length=200)
    discount_percent = models.DecimalField(
        _("discount (%)"),
        max_digits=5,
        decimal_places=2,
        default=0,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    price = models.DecimalField(
        _("price (BRL)"), max_digits=12, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    cost = models.DecimalField(
        _("cost to us per customer (BRL)"),
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    legal = models.TextField(_("legal text"), blank=True, max_length=1500)
    legal_en = models.TextField(_("legal text in English"), blank=True, max_length=1500)
    eligibility = models.JSONField(_("who may receive it"), null=True, blank=True)
    step = models.PositiveSmallIntegerField(
        _("step of the ladder"), default=1, validators=[MinValueValidator(1), MaxValueValidator(9)]
    )
    is_active = models.BooleanField(_("active"), default=True)
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering: ClassVar = ["business_unit", "play", "step", "code"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(discount_percent__gte=0, discount_percent__lte=100), name="offer_discount_percent"
            ),
            models.CheckConstraint(
                condition=models.Q(valid_from=None)
                | models.Q(valid_until=None)
                | models.Q(valid_from__lte=models.F("valid_until")),
                name="offer_ends_after_it_begins",
            ),
            models.CheckConstraint(condition=models.Q(cost=None) | models.Q(cost__gte=0), name="offer_cost"),
        ]

    def __str__(self) -> str:
        return self.name

    def legal_in(self, language: str) -> str:
        """The legal text that a mail in this language ends with; empty where there is none."""
        return self.legal_en if language == "en" else self.legal


@pghistory.track()
class Strategy(models.Model):
    """A play of one business unit: what it is for, by which purpose people are contacted and in which tone."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)
    name_en = models.CharField(_("name in English"), max_length=120)
    play = models.CharField(_("intention"), max_length=12, choices=Play)
    business_unit = models.ForeignKey(BusinessUnit, models.PROTECT, verbose_name=_("business unit"))
    theme = models.CharField(_("portfolio"), max_length=12, choices=Theme, blank=True)
    purpose = models.CharField(_("purpose of contact"), max_length=12, choices=Purpose)
    objective = models.TextField(_("objective"), blank=True)
    tone = models.TextField(_("tone of voice"), blank=True, max_length=600)
    tone_en = models.TextField(_("tone of voice in English"), blank=True, max_length=600)
    max_steps = models.PositiveSmallIntegerField(
        _("steps of the ladder"), default=3, validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    review = models.CharField(
        _("review"), max_length=8, choices=Review, default=Review.ALWAYS, db_default=Review.ALWAYS
    )
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        ordering: ClassVar = ["business_unit", "play"]
        verbose_name_plural = "strategies"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(review=Review.ALWAYS)
                | ~(models.Q(business_unit=TECHFIN) | models.Q(play=Play.CREDIT) | models.Q(purpose=Purpose.CREDIT)),
                name="credit_is_always_reviewed",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def display_name(self) -> str:
        """The name in the reader's language."""
        return self.name_en if (get_language() or "").startswith("en") else self.name

    @property
    def must_be_reviewed(self) -> bool:
        """Credit and payments are always read by a person, whatever else is set."""
        return self.business_unit_id == TECHFIN or self.play == Play.CREDIT or self.purpose == Purpose.CREDIT

    @property
    def least_approvals(self) -> int:
        """How many people must agree whatever policy says: two for credit, one where a person always reviews, else none."""
        if self.play == Play.CREDIT or self.purpose == Purpose.CREDIT:
            return 2
        return int(self.is_always_reviewed)

    @property
    def is_always_reviewed(self) -> bool:
        """Whether each campaign is opened and decided on its own page: no shortcut approves it with others."""
        return self.must_be_reviewed or self.review == Review.ALWAYS

    def tone_in(self, language: str) -> str:
        """How to sound in this language."""
        return self.tone_en if language == "en" else self.tone


class CatalogueFile(models.Model):
    """Rows of the catalogue that somebody sent as a file: looked at first, then put into force once, by the same person or another.

    ``rows`` are ``{"line", "cells"}`` as the file had them; what they would do is found anew whenever somebody looks.
    """

    class Kind(models.TextChoices):
        OFFERS = "offers", _("Offers")
        STRATEGIES = "strategies", _("Strategies")
        PLAYBOOKS = "playbooks", _("Playbooks")

    kind = models.CharField(max_length=10, choices=Kind)
    name = models.CharField(max_length=200)
    rows = models.JSONField()
    sent_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    sent_at = models.DateTimeField(db_default=Now())
    applied_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    applied_at = models.DateTimeField(null=True)
    outcome = models.JSONField(default=dict)

    class Meta:
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return self.name


class PolicyVersion(models.Model):
    """One edition of the company's rules; a published edition never changes. Exactly one is in force.

    A scheduled edition is in force from the moment ``in_force_from`` on by the database's clock, before anybody writes that
    down: ask ``queries.policy_in_force``, never ``state``.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("In preparation")
        SCHEDULED = "scheduled", _("Scheduled")
        PUBLISHED = "published", _("In force")
        RETIRED = "retired", _("Replaced")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    number = models.PositiveIntegerField(unique=True)
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT, db_default=State.DRAFT)
    note = models.CharField(_("what changes and why"), max_length=300, blank=True)
    created_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    published_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    published_at = models.DateTimeField(null=True)
    in_force_from = models.DateTimeField(null=True)
    in_force_until = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-number"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["state"], condition=models.Q(state="published"), name="one_policy_in_force"
            ),
            models.UniqueConstraint(
                fields=["state"], condition=models.Q(state="draft"), name="one_policy_in_preparation"
            ),
            models.UniqueConstraint(
                fields=["state"], condition=models.Q(state="scheduled"), name="one_policy_scheduled"
            ),
            models.CheckConstraint(
                condition=~models.Q(state="scheduled") | models.Q(in_force_from__isnull=False),
                name="scheduled_policy_has_a_date",
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=["scheduled", "published"])
                | models.Q(created_by=None)
                | ~models.Q(created_by=models.F("published_by")),
                name="policy_needs_a_second_admin",
            ),
        ]

    def __str__(self) -> str:
        return f"v{self.number}"


class PolicySimulation(models.Model):
    """What an edition in preparation would have done with the last 90 days; ``fingerprint`` is the edition as it was judged."""

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    version = models.ForeignKey(PolicyVersion, models.CASCADE, related_name="simulations")
    fingerprint = models.CharField(max_length=32)
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED, db_default=State.QUEUED)
    asked_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    result = models.JSONField(default=dict)
    error = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["version"], condition=models.Q(state__in=["queued", "running"]), name="one_simulation_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version} {self.state}"


class PolicyRule(models.Model):
    """One rule of one edition: a kind of the closed set, its parameters, and the business unit it binds (all when null)."""

    class Kind(models.TextChoices):
        DISCOUNT_CEILING = "discount_ceiling", _("Discount ceiling")
        BENEFIT_CEILING = "benefit_ceiling", _("Benefit ceiling")
        CHANNELS = "channels", _("Channels by purpose")
        ELIGIBILITY = "eligibility", _("Eligibility")
        APPLICABILITY = "applicability", _("Applicability")
        SUITABILITY = "suitability", _("Suitability")
        FREQUENCY_CAP = "frequency_cap", _("Frequency cap")
        QUIET_HOURS = "quiet_hours", _("Quiet hours")
        CONSENT = "consent", _("Consent by purpose")
        FORBIDDEN_CLAIMS = "forbidden_claims", _("Forbidden claims")
        APPROVERS = "approvers", _("Approvers")
        LADDER = "ladder", _("Follow-up ladder")
        OUTCOME_PAUSE = "outcome_pause", _("Pause after rejections")
        HOLD_OUT = "hold_out", _("Hold-out")

    version = models.ForeignKey(PolicyVersion, models.CASCADE, related_name="rules")
    kind = models.CharField(max_length=20, choices=Kind)
    business_unit = models.ForeignKey(BusinessUnit, models.PROTECT, null=True, blank=True)
    parameters = models.JSONField(default=dict)

    class Meta:
        ordering: ClassVar = ["version", "kind", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["version", "kind", "business_unit"], nulls_distinct=False, name="one_rule_per_kind_and_unit"
            ),
        ]
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="published_rules_stay",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                func="""
                    IF EXISTS (SELECT 1 FROM campaigns_policyversion v
                               WHERE v.id = COALESCE(OLD.version_id, NEW.version_id) AND v.state <> 'draft') THEN
                        RAISE EXCEPTION 'rules of a published policy never change';
                    END IF;
                    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
                    RETURN NEW;
                """,
            )
        ]

    def __str__(self) -> str:
        return self.get_kind_display()
