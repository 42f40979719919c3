"""Campaigns, the versions of their words, the facts these rest on, and who agreed."""

from dataclasses import dataclass
from typing import Any, ClassVar, Self

import pgtrigger
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import BusinessUnit, ModelCall, Role, User
from campaigns.models.agents import AgentRun
from campaigns.models.catalogue import Offer, PolicyVersion, Strategy
from segments.models import Run, Segment


def never_planted() -> pgtrigger.Trigger:
    """The database's own refusal: what is sent, assigned or agreed to never belongs to a planted draft."""
    return pgtrigger.Trigger(
        name="never_of_a_planted_draft",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("campaign_id"),
        func="""
            IF EXISTS (SELECT 1 FROM campaigns_campaign c WHERE c.id = NEW.campaign_id AND c.is_planted) THEN
                RAISE EXCEPTION 'a planted draft is never sent';
            END IF;
            RETURN NEW;
        """,
    )


class CampaignQuerySet(models.QuerySet["Campaign"]):
    """The one gate to campaigns."""

    def visible_to(self, user: object) -> Self:
        """All campaigns for the roles that work with them; for a sales rep those that concern their own customers."""
        if not isinstance(user, User) or not user.is_active:
            return self.none()
        if user.role == Role.REP:
            return self.filter(messages__customer__owner=user).distinct()
        return self.all() if user.role in Role.values else self.none()

    def as_shown(self) -> Self:
        """Real campaigns and, so that nobody can tell them apart, planted drafts that nobody has decided about."""
        return self.filter(models.Q(is_planted=False) | models.Q(status__in=["draft", "in_review"]))


class RealCampaigns(models.Manager.from_queryset(CampaignQuerySet)):  # type: ignore[misc]
    """Campaigns that may reach somebody: whoever does not ask for planted drafts never meets one."""

    def get_queryset(self) -> CampaignQuerySet:
        """Without planted drafts."""
        found: CampaignQuerySet = super().get_queryset().filter(is_planted=False)
        return found


class Campaign(models.Model):
    """One step of contact with one segment: a follow-up step is a campaign of its own with a ``parent`` and its own approval.

    ``status`` is written by ``campaigns.lifecycle.move`` alone.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        IN_REVIEW = "in_review", _("In review")
        APPROVED = "approved", _("Approved")
        SENDING = "sending", _("Sending")
        PAUSED = "paused", _("Paused")
        TRACKING = "tracking", _("Awaiting answers")
        COMPLETED = "completed", _("Completed")
        REJECTED = "rejected", _("Rejected")
        CANCELLED = "cancelled", _("Cancelled")

    class Channel(models.TextChoices):
        EMAIL = "email", _("E-mail")
        CALL = "call", _("Call by the sales rep")

    title = models.CharField(_("title"), max_length=160)
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT, db_default=Status.DRAFT)
    segment = models.ForeignKey(Segment, models.PROTECT, related_name="campaigns")
    run = models.ForeignKey(Run, models.PROTECT, related_name="campaigns")
    strategy = models.ForeignKey(Strategy, models.PROTECT, related_name="campaigns")
    offer = models.ForeignKey(Offer, models.PROTECT, null=True, related_name="campaigns")
    business_unit = models.ForeignKey(BusinessUnit, models.PROTECT)
    policy_version = models.ForeignKey(PolicyVersion, models.PROTECT, related_name="campaigns")
    channel = models.CharField(max_length=8, choices=Channel, default=Channel.EMAIL)
    language = models.CharField(max_length=5, default="pt-br")
    author = models.ForeignKey(User, models.PROTECT, null=True, related_name="campaigns")
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="follow_ups")
    step = models.PositiveSmallIntegerField(default=1)
    expected_effect = models.JSONField(default=dict)
    hold_out_share = models.FloatField(default=0.1)
    send_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now(), db_index=True)
    status_at = models.DateTimeField(db_default=Now())
    is_planted = models.BooleanField(default=False, db_default=False)  # see campaigns.planting

    objects: ClassVar = RealCampaigns()
    every: ClassVar = CampaignQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["parent", "channel"],
                condition=models.Q(parent__isnull=False, status__in=["draft", "in_review"]),
                name="one_follow_up_in_preparation",
            ),
            models.UniqueConstraint(
                fields=["segment"],
                condition=models.Q(parent=None, is_planted=False)
                & ~models.Q(status__in=["completed", "rejected", "cancelled"]),
                name="one_living_campaign_per_segment",
            ),
            models.UniqueConstraint(
                fields=["segment"],
                condition=models.Q(is_planted=True, status__in=["draft", "in_review"]),
                name="one_planted_draft_per_segment",
            ),
            models.CheckConstraint(
                condition=models.Q(is_planted=False)
                | models.Q(parent=None, status__in=["draft", "in_review", "cancelled"]),
                name="a_planted_draft_is_never_approved",
            ),
            models.CheckConstraint(
                condition=models.Q(hold_out_share__gte=0, hold_out_share__lt=1), name="hold_out_is_a_share"
            ),
        ]
        triggers: ClassVar = [
            pgtrigger.Protect(
                name="planted_for_good",
                operation=pgtrigger.UpdateOf("is_planted"),
                condition=pgtrigger.Q(old__is_planted__df=pgtrigger.F("new__is_planted")),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def current_draft(self) -> "Draft | None":
        """The newest version of the words."""
        return self.drafts.order_by("-number").first()


@dataclass(frozen=True)
class Wording:
    """One way to say it: what a recipient reads. ``sentences`` are ``{"text", "facts"}`` in their order."""

    subject: str
    body: str
    sentences: list[dict[str, Any]]


@pgtrigger.register(pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete))
class Draft(models.Model):
    """One version of a campaign's words; an edit makes the next version. Bodies are plain text with merge fields.

    A version may say it in a second way too (``other_…``): which recipient reads which is drawn, see ``campaigns.variants``.
    ``drafter`` and ``other_drafter`` say who wrote which.
    """

    class Drafter(models.TextChoices):
        PLAYBOOK = "playbook", _("Playbook")
        MODEL = "model", _("Language model")
        PERSON = "person", _("Person")

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="drafts")
    number = models.PositiveIntegerField()
    drafter = models.CharField(max_length=10, choices=Drafter)
    edited_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    model_call = models.ForeignKey(ModelCall, models.PROTECT, null=True, related_name="drafts")
    prompt_version = models.CharField(max_length=40, blank=True)
    agent_run = models.ForeignKey(AgentRun, models.PROTECT, null=True, related_name="drafts")
    subject = models.CharField(max_length=200)
    body = models.TextField()
    sentences = models.JSONField(default=list)
    other_subject = models.CharField(max_length=200, blank=True, default="", db_default="")
    other_body = models.TextField(blank=True, default="", db_default="")
    other_sentences = models.JSONField(default=list, blank=True)
    other_drafter = models.CharField(max_length=10, choices=Drafter, blank=True, default="", db_default="")
    findings = models.JSONField(default=list)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering: ClassVar = ["campaign", "-number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["campaign", "number"], name="one_draft_per_number"),
            models.CheckConstraint(
                condition=models.Q(other_subject="", other_body="", other_sentences=[], other_drafter="")
                | (~models.Q(other_subject="") & ~models.Q(other_body="")),
                name="a_second_wording_is_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.campaign_id} v{self.number}"

    @property
    def other(self) -> Wording | None:
        """The second wording; None where there is one only."""
        return Wording(self.other_subject, self.other_body, self.other_sentences) if self.other_body else None

    @property
    def by_agents(self) -> bool:
        """True when a language model wrote at least one of its wordings."""
        return self.Drafter.MODEL in (self.drafter, self.other_drafter)

    @property
    def wordings(self) -> dict[str, Wording]:
        """What recipients may read, by variant: "A" and "B", or the only one under ""."""
        first = Wording(self.subject, self.body, self.sentences)
        return {"A": first, "B": self.other} if self.other else {"": first}


@pgtrigger.register(pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete))
class Fact(models.Model):
    """One checked figure with its source, that sentences of a draft may rest on."""

    class Unit(models.TextChoices):
        BRL = "BRL", "BRL"
        PERCENT = "percent", "%"
        COUNT = "count", _("count")
        DATE = "date", _("date")
        TEXT = "text", _("text")
        SCORE = "score", _("score")

    draft = models.ForeignKey(Draft, models.PROTECT, related_name="facts")
    key = models.CharField(max_length=40)
    label = models.CharField(max_length=160)
    value = models.CharField(max_length=200)
    unit = models.CharField(max_length=8, choices=Unit)
    source = models.CharField(max_length=160)
    as_of = models.DateField(null=True)

    class Meta:
        ordering: ClassVar = ["draft", "key"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["draft", "key"], name="one_fact_per_key")]

    def __str__(self) -> str:
        return f"{self.label}: {self.value}"


class Approval(models.Model):
    """One person's agreement to exactly one state of the world: the digest of words, audience, policy and offer.

    ``proven_at``: when they last proved by a code of their authenticator that it is they; None where none was asked.
    """

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="approvals")
    draft = models.ForeignKey(Draft, models.PROTECT, related_name="approvals")
    approver = models.ForeignKey(User, models.PROTECT, related_name="approvals")
    digest = models.CharField(max_length=64)
    comment = models.TextField(blank=True)
    proven_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    voided_at = models.DateTimeField(null=True)
    void_reason = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["campaign", "approver"], condition=models.Q(voided_at=None), name="one_live_approval_per_person"
            ),
        ]
        triggers: ClassVar = [never_planted()]

    def __str__(self) -> str:
        return f"{self.approver} approves {self.campaign_id}"


@pgtrigger.register(pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete))
class Transition(models.Model):
    """One change of a campaign's status: who, by which verb, why."""

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="transitions")
    verb = models.CharField(max_length=20)
    from_status = models.CharField(max_length=10)
    to_status = models.CharField(max_length=10)
    actor = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    reason_code = models.CharField(max_length=40, blank=True)
    comment = models.TextField(blank=True)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering: ClassVar = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.from_status} → {self.to_status}"


@pgtrigger.register(pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete))
class CampaignComment(models.Model):
    """What somebody said about a campaign while it was prepared, decided or out."""

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="comments")
    author = models.ForeignKey(User, models.PROTECT, related_name="+")
    text = models.TextField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering: ClassVar = ["created_at", "id"]

    def __str__(self) -> str:
        return f"{self.author} on {self.campaign_id}"
