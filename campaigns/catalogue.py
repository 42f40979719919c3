"""The catalogue: offers, plays and the rules in force; and the verbs by which administrators change them.

``seed`` writes what a new company starts with. Terms that are already there are never overwritten.
"""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import BusinessUnit, Purpose, User
from b2shift.lib.api import Refused
from campaigns import policies
from campaigns.models import Offer, Play, PolicyRule, PolicyVersion, Strategy
from campaigns.starting_catalogue import OFFERS, RULES, STRATEGIES, UNITS

OFFER_TERMS = ("name", "product", "business_unit_id", "play", "benefit", "benefit_en", "discount_percent", "price", "valid_until", "step", "is_active")


def seed() -> None:
    """Business units, strategies, offers and policy edition 1 (in force), each only where it is missing."""
    with transaction.atomic():
        BusinessUnit.objects.bulk_create([BusinessUnit(code=code, name=name) for code, name in UNITS], ignore_conflicts=True)
        Strategy.objects.bulk_create([_strategy(*row) for row in STRATEGIES], ignore_conflicts=True)
        ends = _end_of_quarter_after(timezone.localdate() + timedelta(days=45))
        Offer.objects.bulk_create([_offer(row, ends) for row in OFFERS], ignore_conflicts=True)
        if not PolicyVersion.objects.exists():
            _first_policy()


def save_offer(offer: Offer, actor: User) -> Offer:
    """Create or change an offer. Changed terms show at once in campaigns that wait; an approval that rests on the
    old terms no longer counts, because it binds a digest of them."""
    changed = _changed(offer, OFFER_TERMS)
    with transaction.atomic():
        offer.updated_at = Now()
        offer.save()
        audit.record(actor, "offer.save", offer, _("Offer %(name)s saved") % {"name": offer.name}, changed=changed)
    return offer


def save_strategy(strategy: Strategy, actor: User) -> Strategy:
    """Create or change a strategy."""
    changed = _changed(strategy, ("name", "name_en", "play", "business_unit_id", "purpose", "objective", "max_steps", "is_active"))
    with transaction.atomic():
        strategy.save()
        audit.record(actor, "strategy.save", strategy, _("Strategy %(name)s saved") % {"name": strategy.name}, changed=changed)
    return strategy


def prepare_policy(actor: User, note: str) -> PolicyVersion:
    """The next edition, in preparation, with a copy of every rule in force; refused where one is already in preparation."""
    with transaction.atomic():
        PolicyVersion.objects.select_for_update().filter(state=PolicyVersion.State.PUBLISHED).first()
        if PolicyVersion.objects.filter(state=PolicyVersion.State.DRAFT).exists():
            raise Refused("already_prepared", _("The next edition is already in preparation. Change that one."))
        current = PolicyVersion.objects.filter(state=PolicyVersion.State.PUBLISHED).first()
        last = PolicyVersion.objects.order_by("-number").values_list("number", flat=True).first() or 0
        version = PolicyVersion.objects.create(number=last + 1, note=note, created_by=actor)
        rules = current.rules.all() if current else []
        PolicyRule.objects.bulk_create(
            PolicyRule(version=version, kind=rule.kind, business_unit_id=rule.business_unit_id, parameters=rule.parameters) for rule in rules
        )
        audit.record(actor, "policy.prepare", version, _("Policy %(version)s prepared") % {"version": version})
    return version


def save_rule(version: PolicyVersion, kind: str, unit: str | None, parameters: dict[str, Any], actor: User) -> PolicyRule:
    """Set one rule of an edition in preparation; raises ``Refused`` where the parameters are not of the kind."""
    _must_be_draft(version)
    try:
        policies.rule(kind, parameters, unit)
    except ValueError as error:
        raise Refused("bad_parameters", str(error)) from error
    with transaction.atomic():
        rule, _made = PolicyRule.objects.update_or_create(
            version=version, kind=kind, business_unit_id=unit, defaults={"parameters": parameters}
        )
        # Whoever changes the edition has a hand in it and cannot be its second admin.
        PolicyVersion.objects.filter(pk=version.pk).update(created_by=actor)
        summary = _("Rule %(rule)s of policy %(version)s changed") % {"rule": rule.get_kind_display(), "version": version}
        audit.record(actor, "policy.change", version, summary, kind=kind, unit=unit, parameters=parameters)
    return rule


def remove_rule(version: PolicyVersion, rule_id: int, actor: User) -> None:
    """Take a business unit's own rule out of an edition in preparation; the company's rules stay."""
    _must_be_draft(version)
    with transaction.atomic():
        removed, _by_model = version.rules.filter(pk=rule_id, business_unit__isnull=False).delete()
        if not removed:
            raise Refused("no_such_rule", _("This rule cannot be removed."))
        PolicyVersion.objects.filter(pk=version.pk).update(created_by=actor)
        audit.record(actor, "policy.change", version, _("A rule of policy %(version)s removed") % {"version": version}, rule=rule_id)


def discard_policy(version: PolicyVersion, actor: User) -> None:
    """Give up the edition in preparation; what is in force stays."""
    _must_be_draft(version)
    with transaction.atomic():
        audit.record(actor, "policy.discard", version, _("Policy %(version)s discarded") % {"version": version})
        version.delete()


def publish_policy(version_id: int, actor: User) -> PolicyVersion:
    """Put the prepared edition into force in one transaction. A second administrator must do it: nobody who changed it."""
    with transaction.atomic():
        version = PolicyVersion.objects.select_for_update().get(pk=version_id)
        _must_be_draft(version)
        if actor.pk in policy_hands(version):
            raise Refused("second_admin", _("Another administrator must publish this edition: you worked on it."))
        PolicyVersion.objects.filter(state=PolicyVersion.State.PUBLISHED).update(state=PolicyVersion.State.RETIRED)
        version.state, version.published_by = PolicyVersion.State.PUBLISHED, actor
        version.published_at = Now()
        version.save(update_fields=["state", "published_by", "published_at"])
        audit.record(actor, "policy.publish", version, _("Policy %(version)s put into force") % {"version": version})
    return version


def policy_hands(version: PolicyVersion) -> set[int]:
    """Users who prepared or changed an edition, read from the audit trail."""
    entries = audit.AuditEntry.objects.filter(target="policyversion", target_id=str(version.pk), actor__isnull=False)
    hands = set(entries.filter(action__in=["policy.prepare", "policy.change"]).values_list("actor_id", flat=True))
    return hands | ({version.created_by_id} if version.created_by_id else set())


def _must_be_draft(version: PolicyVersion) -> None:
    if version.state != PolicyVersion.State.DRAFT:
        raise Refused("not_in_preparation", _("This edition is not in preparation: it cannot be changed."))


def _changed(row: Offer | Strategy, names: tuple[str, ...]) -> dict[str, list[str]]:
    before = type(row).objects.filter(pk=row.pk).values(*names).first() or {}
    return {name: [str(before.get(name)), str(getattr(row, name))] for name in names if str(before.get(name)) != str(getattr(row, name))}


def _first_policy() -> None:
    version = PolicyVersion.objects.create(number=1, note="Regras iniciais da empresa")
    PolicyRule.objects.bulk_create(
        PolicyRule(version=version, kind=kind, business_unit_id=unit, parameters=parameters) for kind, unit, parameters in RULES
    )
    PolicyVersion.objects.filter(pk=version.pk).update(state=PolicyVersion.State.PUBLISHED, published_at=Now())


def _strategy(code: str, name: str, name_en: str, play: str, unit: str, objective: str) -> Strategy:
    purpose = Purpose.CREDIT if play == Play.CREDIT else Purpose.MARKETING
    return Strategy(code=code, name=name, name_en=name_en, play=play, business_unit_id=unit, purpose=purpose, objective=objective)


def _offer(row: dict[str, Any], ends: date) -> Offer:
    terms = {"valid_until": ends, "discount_percent": Decimal(0), "price": None, **row}
    return Offer(business_unit_id=terms.pop("unit"), **terms)


def _end_of_quarter_after(day: date) -> date:
    """The last day of the quarter that ``day`` lies in."""
    month = ((day.month - 1) // 3 + 1) * 3
    following = date(day.year + month // 12, month % 12 + 1, 1)
    return following - timedelta(days=1)
