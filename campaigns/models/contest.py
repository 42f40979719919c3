"""A customer's objection to what was decided about them by machine (LGPD art. 20), and the answer of a person."""

from typing import ClassVar, Self

import pgtrigger
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Customer, User
from campaigns.models.campaign import Campaign


class ContestQuerySet(models.QuerySet["Contest"]):
    """The one gate to contests."""

    def visible_to(self, user: object) -> Self:
        """The contests of the customers that this person may see."""
        return self.filter(customer__in=Customer.every.visible_to(user))


@pgtrigger.register(pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete))
class Contest(models.Model):
    """One request to have a decision looked at by a person. While it is open, and afterwards where the answer says so
    (``stays_out``), no automated campaign speaks to the customer: audience and gate ask this table.
    """

    class About(models.TextChoices):
        CAMPAIGN = "campaign", _("A campaign that was sent or not sent")
        SEGMENT = "segment", _("The group that the customer was put into")
        SCORE = "score", _("A score or forecast")
        DATA = "data", _("The data behind it")
        ALL = "all", _("Automated decisions as such")

    class Origin(models.TextChoices):
        STAFF = "staff", pgettext_lazy("contest", "By us on behalf of the customer")
        RECIPIENT = "recipient", pgettext_lazy("contest", "By a recipient of a mail")

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("contest", "To be answered")
        KEPT = "kept", pgettext_lazy("contest", "Decision kept")
        REVISED = "revised", pgettext_lazy("contest", "Decision revised")

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="contests")
    campaign = models.ForeignKey(Campaign, models.PROTECT, null=True, blank=True, related_name="contests")
    about = models.CharField(_("what is contested"), max_length=10, choices=About)
    words = models.TextField(_("what the customer says"), max_length=2000)
    origin = models.CharField(max_length=10, choices=Origin)
    raised_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    assigned_to = models.ForeignKey(User, models.PROTECT, null=True, related_name="contests")
    due_on = models.DateField()
    state = models.CharField(max_length=8, choices=State, default=State.OPEN, db_default=State.OPEN)
    stays_out = models.BooleanField(_("keep the customer out of automated campaigns"), default=False, db_default=False)
    answer = models.TextField(_("answer with the reason"), blank=True, max_length=2000)
    answered_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    objects: ClassVar = ContestQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["due_on", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["customer"], condition=models.Q(state="open"), name="one_open_contest_per_customer"
            ),
            models.CheckConstraint(
                condition=models.Q(state="open", answered_at=None)
                | (~models.Q(state="open") & ~models.Q(answered_at=None) & ~models.Q(answer="")),
                name="a_contest_is_answered_with_a_reason",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["customer"],
                condition=models.Q(state="open") | models.Q(stays_out=True),
                name="contest_keeps_out",
            ),
        ]

    def __str__(self) -> str:
        return f"contest {self.pk}"
