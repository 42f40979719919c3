"""Who looks after which customer."""

from collections.abc import Iterable

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from accounts.audit import record
from accounts.models import Customer, Role, User
from b2shift.lib.api import Refused

REASSIGNERS = frozenset({Role.MANAGER, Role.ADMIN})


@transaction.atomic
def reassign(actor: User, codes: Iterable[str], owner: User) -> int:
    """Give the named customers to another sales rep; returns how many changed hands.

    One audit entry per customer. Raises ``Refused`` when the actor may not, or when ``owner`` is no active sales
    rep: a customer whose owner cannot see it would be lost to everybody in sales.
    """
    if actor.role not in REASSIGNERS:
        raise Refused("role", _("Only marketing managers and administrators reassign customers."))
    if owner.role != Role.REP or not owner.is_active:
        raise Refused("not_a_rep", _("Customers can be given to active sales reps only."))
    customers = Customer.objects.visible_to(actor).filter(code__in=list(codes)).exclude(owner=owner)
    changed = list(customers.select_for_update(of=("self",)).order_by("pk"))
    for customer in changed:
        record(
            actor, "customer.reassign", customer, f"{customer.code} → {owner}", before=customer.owner_id, after=owner.pk
        )
    Customer.objects.filter(pk__in=[customer.pk for customer in changed]).update(owner=owner, updated_at=Now())
    return len(changed)
