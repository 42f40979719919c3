"""Every contact accounted for: one row per recipient, one row per thing that came back, one row per call to make."""

import uuid
from typing import ClassVar, Self

import pgtrigger
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Contact, Customer, User
from campaigns.models.campaign import Campaign, never_planted


class Message(models.Model):
    """One recipient of one campaign step, frozen at approval. Terminal states are final; ``uncertain`` is never sent again.

    A queued row with a live ``lease_until`` belongs to ``owner``; ``dispatching`` means that the mail may be on the wire.
    ``variant``: which of two wordings went out, written in the statement that lets it go; "" where there is one wording only.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        DISPATCHING = "dispatching", pgettext_lazy("message", "Going out")
        SENT = "sent", pgettext_lazy("message", "Sent")
        FAILED = "failed", _("Failed")
        SUPPRESSED = "suppressed", _("Not sent by rule")
        HELD_OUT = "held_out", _("Hold-out")
        UNCERTAIN = "uncertain", _("Uncertain")
        CANCELLED = "cancelled", _("Cancelled")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="messages")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="messages")
    contact = models.ForeignKey(Contact, models.PROTECT, null=True, related_name="messages")
    channel = models.CharField(max_length=8, choices=Campaign.Channel)
    state = models.CharField(max_length=12, choices=State, default=State.QUEUED, db_default=State.QUEUED)
    reason = models.CharField(max_length=60, blank=True)
    outranked_by = models.ForeignKey(Campaign, models.PROTECT, null=True, related_name="+", db_index=False)
    message_id = models.CharField(max_length=120, unique=True)
    not_before = models.DateTimeField(db_default=Now())
    owner = models.CharField(max_length=80, blank=True)
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)
    variant = models.CharField(max_length=1, choices=[("A", "A"), ("B", "B")], blank=True, default="", db_default="")
    created_at = models.DateTimeField(db_default=Now())
    dispatched_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["campaign", "customer"], name="one_message_per_recipient_and_step"),
            models.CheckConstraint(
                condition=models.Q(variant="") | models.Q(dispatched_at__isnull=False),
                name="a_variant_is_of_what_went_out",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["not_before"], condition=models.Q(state="queued"), name="message_queue"),
            models.Index(fields=["lease_until"], condition=models.Q(state="dispatching"), name="message_dispatching"),
            models.Index(fields=["customer", "-dispatched_at"], name="message_customer"),
            models.Index(
                fields=["dispatched_at"], condition=models.Q(dispatched_at__isnull=False), name="message_dispatched"
            ),
            models.Index(fields=["campaign", "state"], name="message_campaign_state"),
        ]
        triggers: ClassVar = [
            pgtrigger.FSM(
                name="states_only_move_forward",
                field="state",
                transitions=[
                    ("queued", "dispatching"),
                    ("queued", "suppressed"),
                    ("queued", "cancelled"),
                    ("dispatching", "sent"),
                    ("dispatching", "failed"),
                    ("dispatching", "uncertain"),
                    ("dispatching", "queued"),
                ],
            ),
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            never_planted(),
        ]

    def __str__(self) -> str:
        return f"{self.campaign_id} → {self.customer_id}: {self.state}"


@pgtrigger.register(pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete))
class Interaction(models.Model):
    """One thing that happened after a message. Append-only; counters are derived; only ``human`` rows teach.

    Holds pseudonyms only: the message, never a name or an address.
    """

    class Kind(models.TextChoices):
        SENT = "sent", pgettext_lazy("sign", "Sent")
        OPEN = "open", pgettext_lazy("sign", "Opened")
        CLICK = "click", pgettext_lazy("sign", "Clicked")
        ACCEPT = "accept", pgettext_lazy("sign", "Accepted")
        REJECT = "reject", pgettext_lazy("sign", "Declined")
        UNSUBSCRIBE = "unsubscribe", _("Unsubscribed")
        BOUNCE = "bounce", _("Bounced")
        CALL_DONE = "call_done", _("Call made")
        SILENCE = "silence", _("No answer")

    class Origin(models.TextChoices):
        HUMAN = "human", _("Person")
        MACHINE = "machine", _("Machine")
        UNVERIFIED = "unverified", _("Unverified")

    message = models.ForeignKey(Message, models.PROTECT, related_name="interactions")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="interactions")
    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="interactions")
    kind = models.CharField(max_length=12, choices=Kind)
    origin = models.CharField(max_length=10, choices=Origin)
    key = models.CharField(max_length=120, unique=True)
    at = models.DateTimeField(db_default=Now())
    reason_code = models.CharField(max_length=40, blank=True)
    detail = models.JSONField(default=dict)

    class Meta:
        ordering: ClassVar = ["-at", "-id"]
        indexes: ClassVar = [
            models.Index(fields=["customer", "-at"], name="interaction_customer"),
            models.Index(fields=["campaign", "kind"], name="interaction_campaign"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.message_id}"


class CallTaskQuerySet(models.QuerySet["CallTask"]):
    """The one gate to calls."""

    def visible_to(self, user: object) -> Self:
        """The calls to customers that this person may see."""
        return self.filter(customer__in=Customer.every.visible_to(user))


class CallTask(models.Model):
    """A call that the account's rep should make: the last rung, or the first for a customer without a reachable contact."""

    class State(models.TextChoices):
        OPEN = "open", _("To do")
        DONE = "done", _("Done")
        DISMISSED = "dismissed", _("Dismissed")

    class Outcome(models.TextChoices):
        INTERESTED = "interested", _("Interested")
        NOT_NOW = "not_now", _("Not now")
        NOT_INTERESTED = "not_interested", _("Not interested")
        NO_ANSWER = "no_answer", _("Could not reach")

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="call_tasks")
    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="call_tasks")
    message = models.OneToOneField(Message, models.PROTECT, null=True, related_name="call_task")
    assigned_to = models.ForeignKey(User, models.SET_NULL, null=True, related_name="call_tasks")
    reason = models.CharField(max_length=60)
    talking_points = models.TextField(blank=True)
    due_on = models.DateField()
    state = models.CharField(max_length=10, choices=State, default=State.OPEN, db_default=State.OPEN)
    outcome = models.CharField(max_length=16, choices=Outcome, blank=True)
    note = models.TextField(blank=True)
    created_at = models.DateTimeField(db_default=Now())
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")

    objects: ClassVar = CallTaskQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["due_on", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["campaign", "customer"], name="one_call_per_customer_and_step")
        ]
        indexes: ClassVar = [
            models.Index(fields=["assigned_to", "due_on"], condition=models.Q(state="open"), name="call_open")
        ]
        triggers: ClassVar = [never_planted()]

    def __str__(self) -> str:
        return f"call {self.customer_id}"
