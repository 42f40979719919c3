"""The one way to set a lever: a number between 0.1 and 10 by which people weigh a business unit, a strategy or a campaign."""

from decimal import Decimal

import pghistory
from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import BusinessUnit, User
from b2shift.lib.api import Refused
from campaigns.arbitration import LEVER_LEAST, LEVER_MOST
from campaigns.lifecycle import DECIDERS
from campaigns.models import Campaign, Lever, Strategy

Target = BusinessUnit | Strategy | Campaign
FIELDS: dict[type, str] = {BusinessUnit: "business_unit", Strategy: "strategy", Campaign: "campaign"}


def set_lever(target: Target, value: Decimal, note: str, actor: User) -> Lever | None:
    """Weigh ``target`` by ``value`` from now on, with the reason; None where it weighs that much already (nothing is written).

    Frozen audiences stay as they are. Raises ``Refused`` for other roles, numbers out of bounds and a missing reason.
    """
    if not actor.is_active or actor.role not in DECIDERS:
        raise Refused("not_allowed", _("Only marketing managers and administrators set levers."))
    if not value.is_finite() or not Decimal(str(LEVER_LEAST)) <= value <= Decimal(str(LEVER_MOST)):
        raise Refused("lever_range", _("A lever is a number between 0.1 and 10."))
    if len(note.strip()) < 3:
        raise Refused("comment_missing", _("Say in a few words why."))
    field = FIELDS[type(target)]
    rounded = value.quantize(Decimal("0.01"))
    with transaction.atomic():
        type(target)._base_manager.select_for_update().get(pk=target.pk)  # two people at once: one after the other
        lever = Lever.objects.filter(**{field: target}).first()
        before = lever.value if lever else Decimal(1)
        if rounded == before:
            return None
        lever = lever or Lever(**{field: target})
        lever.value, lever.note, lever.set_by, lever.set_at = rounded, note.strip()[:200], actor, Now()
        with pghistory.context(user=actor.pk):
            lever.save()
        words = {"target": target, "before": before, "after": rounded}
        summary = _("Lever of %(target)s: %(before)s → %(after)s") % words
        audit.record(actor, "lever.set", target, summary, before=str(before), after=str(rounded), note=lever.note)
    lever.refresh_from_db()
    return lever
