"""What a new company starts with, written once: units, strategies, offers and the first edition of the rules.

Terms that are already there are never overwritten. Administrators change them through ``terms`` and ``editions``.
"""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import BusinessUnit, Purpose
from campaigns import playbooks
from campaigns.models import Offer, Play, PolicyRule, PolicyVersion, Review, Strategy, theme_of
from campaigns.starting_catalogue import OFFERS, RULES, STRATEGIES, TONES, UNITS


def seed(*, quiet_hours: bool = True) -> None:
    """Business units, strategies, offers, playbooks and policy edition 1 (in force), each only where it is missing.

    ``quiet_hours=False`` leaves that rule out of the first edition: a demo must show mails going out at any hour.
    """
    with transaction.atomic():
        BusinessUnit.objects.bulk_create(
            [BusinessUnit(code=code, name=name) for code, name in UNITS], ignore_conflicts=True
        )
        Strategy.objects.bulk_create([_strategy(*row) for row in STRATEGIES], ignore_conflicts=True)
        ends = ends_from(timezone.localdate())
        Offer.objects.bulk_create([_offer(row, ends) for row in OFFERS], ignore_conflicts=True)
        playbooks.seed()
        if not PolicyVersion.objects.exists():
            _first_policy(quiet_hours)


def _first_policy(quiet_hours: bool) -> None:
    note = "Regras iniciais da empresa" if quiet_hours else "Regras da demonstração: sem horário de silêncio"
    version = PolicyVersion.objects.create(number=1, note=note)
    PolicyRule.objects.bulk_create(
        PolicyRule(version=version, kind=kind, business_unit_id=unit, parameters=parameters)
        for kind, unit, parameters in RULES
        if quiet_hours or kind != "quiet_hours"
    )
    PolicyVersion.objects.filter(pk=version.pk).update(
        state=PolicyVersion.State.PUBLISHED, published_at=Now(), in_force_from=Now()
    )


def _strategy(code: str, name: str, name_en: str, play: str, unit: str, objective: str) -> Strategy:
    purpose = Purpose.CREDIT if play == Play.CREDIT else Purpose.MARKETING
    tone, tone_en = TONES[unit]
    strategy = Strategy(
        code=code,
        name=name,
        name_en=name_en,
        play=play,
        business_unit_id=unit,
        theme=theme_of(unit, play),
        purpose=purpose,
        objective=objective,
        tone=tone,
        tone_en=tone_en,
        review=Review.POLICY,
    )
    if strategy.must_be_reviewed:
        strategy.review = Review.ALWAYS
    return strategy


def _offer(row: dict[str, Any], ends: date) -> Offer:
    terms = {"valid_until": ends, "discount_percent": Decimal(0), "price": None, **row}
    return Offer(business_unit_id=terms.pop("unit"), **terms)


def ends_from(today: date) -> date:
    """Until when the first offers hold: the end of the quarter that the day in 45 days lies in."""
    day = today + timedelta(days=45)
    month = ((day.month - 1) // 3 + 1) * 3
    following = date(day.year + month // 12, month % 12 + 1, 1)
    return following - timedelta(days=1)
