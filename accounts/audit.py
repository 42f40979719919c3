"""Who did what: the one way to write the append-only audit trail."""

from typing import Any

from django.db import models

from accounts import stamps
from accounts.models import AuditEntry, User


def record(actor: User | None, action: str, target: models.Model, summary: str, **detail: Any) -> AuditEntry:
    """Append one entry inside the caller's transaction: an effect and its trace stand or fall together.

    ``actor`` is None when the product acted by itself; ``action`` is ``noun.verb``; ``detail`` is
    JSON-serialisable and free of personal data.
    """
    values = {
        "actor_id": actor.pk if actor else None,
        "action": action,
        "target": target._meta.model_name or "",
        "target_id": str(target.pk),
        "summary": summary[:300],
        "detail": detail,
    }
    return AuditEntry.objects.create(**values, stamp=stamps.make("audit", values))
