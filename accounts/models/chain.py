"""The chain over append-only logs: each row's hash covers the one before it, so that no row can change, vanish or appear unseen."""

from typing import ClassVar

import pgtrigger
from django.db import models
from django.db.models.functions import Now


@pgtrigger.register(pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete))
class Link(models.Model):
    """One row of one log in its place: ``hash`` is SHA-256 over the previous link's hash and the row's canonical text."""

    log = models.CharField(max_length=12)
    position = models.PositiveBigIntegerField()
    row = models.PositiveBigIntegerField()
    hash = models.CharField(max_length=64)
    sealed_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering: ClassVar = ["log", "position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["log", "position"], name="one_link_per_position"),
            models.UniqueConstraint(fields=["log", "row"], name="one_link_per_row"),
        ]

    def __str__(self) -> str:
        return f"{self.log} {self.position}"
