"""Changes to offers and strategies, and what they end: the agreement to campaigns that rested on the old terms.

Nothing is deleted: what is no longer offered is deactivated. Every change is audited and kept in the row's history.
"""

import hashlib
import json
from typing import TypeVar

import pghistory
from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import Role, User
from b2shift.lib.api import Refused
from campaigns import lifecycle, queries, term_rules
from campaigns.models import Campaign, Offer, Strategy

OFFER_TERMS = (
    "name",
    "product",
    "business_unit_id",
    "play",
    "benefit",
    "benefit_en",
    "discount_percent",
    "price",
    "cost",
    "valid_from",
    "valid_until",
    "legal",
    "legal_en",
    "eligibility",
    "step",
    "is_active",
)
STRATEGY_TERMS = (
    "name",
    "name_en",
    "play",
    "business_unit_id",
    "theme",
    "purpose",
    "objective",
    "tone",
    "tone_en",
    "max_steps",
    "review",
    "is_active",
)
MONEY = frozenset({"discount_percent", "price", "cost"})
Row = TypeVar("Row", Offer, Strategy)


def terms_of(row: Offer | Strategy) -> dict[str, str]:
    """The terms of a row as text, by field; the same text for the same terms, however they were typed."""
    return {name: _text(row, name) for name in (OFFER_TERMS if isinstance(row, Offer) else STRATEGY_TERMS)}


def fingerprint(row: Offer | Strategy) -> str:
    """What a form carries along, so that nobody overwrites a change that they have not seen."""
    return hashlib.sha256(json.dumps(terms_of(row), sort_keys=True).encode()).hexdigest()[:32]


def save_offer(offer: Offer, actor: User, seen: str | None = None) -> Offer:
    """Create or change an offer; raises ``Refused`` when it is no longer as ``seen`` (a fingerprint; None: not asked).

    Changed terms show at once in campaigns that wait; an approved campaign that rests on the old terms goes back to review.
    """
    with transaction.atomic():
        changed = keep(offer, actor, seen)
    if changed:
        lifecycle.expire()
    return offer


def save_strategy(strategy: Strategy, actor: User, seen: str | None = None) -> Strategy:
    """Create or change a strategy, as ``save_offer`` does."""
    with transaction.atomic():
        changed = keep(strategy, actor, seen)
    if changed:
        lifecycle.expire()
    return strategy


def keep(row: Offer | Strategy, actor: User, seen: str | None = None) -> bool:
    """Write one row within the caller's transaction; True when something changed. The caller then asks ``lifecycle.expire``."""
    if isinstance(row, Offer):
        return _save(row, actor, seen, "offer.save", _("Offer %(name)s saved") % {"name": row.name})
    return _save(row, actor, seen, "strategy.save", _("Strategy %(name)s saved") % {"name": row.name})


def touched(row: Offer | Strategy) -> list[Campaign]:
    """Living campaigns that rest on these terms, those nearest to their recipients first."""
    if row.pk is None:
        return []
    order = {str(status): -number for number, status in enumerate(queries.LIVING)}
    living = row.campaigns.filter(status__in=queries.LIVING).select_related("segment").order_by("-id")
    return sorted(living, key=lambda campaign: order[campaign.status])


def set_offer_active(offer: Offer, active: bool, actor: User) -> Offer:
    """Take an offer out of the catalogue or back into it. Approved campaigns that name it go back to review with it."""
    words = _("Offer %(name)s activated") if active else _("Offer %(name)s deactivated")
    action = "offer.activate" if active else "offer.deactivate"
    with transaction.atomic():
        offer.is_active = active
        _save(offer, actor, None, action, words % {"name": offer.name})
    return offer


def set_strategy_active(strategy: Strategy, active: bool, actor: User) -> Strategy:
    """Stop or resume proposing a strategy; campaigns that exist already go on."""
    words = _("Strategy %(name)s activated") if active else _("Strategy %(name)s deactivated")
    action = "strategy.activate" if active else "strategy.deactivate"
    with transaction.atomic():
        strategy.is_active = active
        _save(strategy, actor, None, action, words % {"name": strategy.name})
    return strategy


def _save(row: Row, actor: User, seen: str | None, action: str, summary: str) -> bool:
    """Write a row and its traces; False when nothing differs (then nothing is written)."""
    if actor.role != Role.ADMIN or not actor.is_active:
        raise Refused("not_allowed", _("Only an administrator can change this."))
    for words in term_rules.problems(row).values():
        raise Refused("terms", words)
    stored = type(row).objects.select_for_update(of=("self",)).filter(pk=row.pk).first() if row.pk else None
    if stored and seen is not None and fingerprint(stored) != seen:
        raise Refused(
            "changed_meanwhile",
            _("Somebody changed this while you were editing. Reload the page and look at their change first."),
        )
    before, after = terms_of(stored) if stored else {}, terms_of(row)
    changed = {name: [before.get(name, ""), value] for name, value in after.items() if before.get(name) != value}
    if not changed:
        return False
    if isinstance(row, Offer):
        row.updated_at = Now()
    with pghistory.context(user=actor.pk):
        row.save()
    row.refresh_from_db()
    audit.record(actor, action, row, summary, changed=changed)
    if isinstance(row, Offer) and changed.get("is_active", ["", ""])[1] == "False":
        for campaign in Campaign.objects.filter(offer=row, status=Campaign.Status.APPROVED):
            lifecycle.move(campaign.pk, "void", None, reason_code="changed")
    return True


def _text(row: Offer | Strategy, name: str) -> str:
    value = getattr(row, name)
    if value is None:
        return ""
    if name == "eligibility":
        return json.dumps(value, sort_keys=True, ensure_ascii=False)
    return f"{value:.2f}" if name in MONEY else str(value)
