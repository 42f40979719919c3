"""Sources that people declared: how the columns of a file that nobody knew become those of a known one."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models.people import User


class MappedSource(models.Model):
    """One mapping. ``spec`` is what ``accounts.sources.mapping.Spec`` describes; a deleted one is kept for its data's sake.

    ``version`` counts the changes of ``spec``: a file that was read by an older version is read again.
    """

    class State(models.TextChoices):
        ACTIVE = "active", _("In use")
        DISABLED = "disabled", _("Switched off")
        DELETED = "deleted", _("Deleted")

    name = models.CharField(_("name"), max_length=40, unique=True)
    title = models.CharField(_("title"), max_length=120)
    base = models.CharField(_("becomes"), max_length=60)
    spec = models.JSONField()
    state = models.CharField(max_length=10, choices=State, default=State.ACTIVE, db_default=State.ACTIVE)
    version = models.PositiveIntegerField(default=1)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    updated_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.title
