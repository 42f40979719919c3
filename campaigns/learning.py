"""From answers and silence to the next step: a stronger offer as a new draft, or a call by the account's rep.

Nothing is sent from here. A next step is a campaign of its own that goes to review like any other.
"""

from datetime import timedelta

import structlog
from django.db import connection, transaction
from django.utils import timezone

from b2shift.lib.api import Refused
from campaigns import audience, calls, eligibility, gate, policies, prescribe, queries
from campaigns.models import Campaign

log = structlog.get_logger(__name__)

BETWEEN_WAVES = timedelta(hours=24)
LOOK_BACK = timedelta(days=120)
REFUSED_BY_PERSON = (Campaign.Status.REJECTED, Campaign.Status.CANCELLED)
IN_PREPARATION = (Campaign.Status.DRAFT, Campaign.Status.IN_REVIEW)
OUT = (Campaign.Status.SENDING, Campaign.Status.PAUSED, Campaign.Status.TRACKING, Campaign.Status.COMPLETED)

# Silence is derived, so its origin is "unverified": nobody can say that a person decided not to answer.
_SILENCE = """
    INSERT INTO campaigns_interaction (message_id, customer_id, campaign_id, kind, origin, key, at, reason_code, detail)
    SELECT m.id, m.customer_id, m.campaign_id, 'silence', 'unverified', m.id || ':silence', now(), '', '{}'
    FROM campaigns_message m
    WHERE m.campaign_id = %(campaign)s AND m.state = 'sent' AND m.finished_at < now() - make_interval(days => %(days)s)
      AND NOT EXISTS (SELECT 1 FROM campaigns_interaction i WHERE i.message_id = m.id AND i.kind IN ('accept', 'reject', 'silence')
                        AND (i.kind = 'silence' OR i.origin = 'human'))
    ON CONFLICT (key) DO NOTHING
"""
_DECLINED = """
    SELECT DISTINCT customer_id FROM campaigns_interaction
    WHERE campaign_id = %(campaign)s AND kind = 'reject' AND origin = 'human' AND customer_id = ANY(%(customers)s::bigint[])
"""


def follow_up() -> dict[str, int]:
    """Take every campaign that is out one step on where its ladder says so; returns counts. A second run adds nothing."""
    done = {"silent": 0, "drafts": 0, "calls": 0}
    recent = Campaign.objects.filter(
        status__in=OUT, channel=Campaign.Channel.EMAIL, status_at__gt=timezone.now() - LOOK_BACK
    )
    for campaign in recent.select_related("strategy", "offer", "segment", "policy_version"):
        done["silent"] += note_silence(campaign)
        step = next_step(campaign)
        if step == Campaign.Channel.EMAIL:
            done["drafts"] += _draft(campaign, done)
        elif step == Campaign.Channel.CALL:
            done["calls"] += _call(campaign)
    return done


def note_silence(campaign: Campaign) -> int:
    """Append a silence for each recipient who has not answered for the days of the ladder; returns how many are new."""
    with connection.cursor() as cursor:
        cursor.execute(_SILENCE, {"campaign": campaign.pk, "days": gate.limits_for(campaign).silence_days})
        return cursor.rowcount


def next_step(campaign: Campaign) -> str:
    """The channel of the next rung: "email", "call" for the last one, or "" when it is over, stopped or policy opens no channel."""
    rungs = campaign.strategy.max_steps
    if campaign.step >= rungs or campaign.follow_ups.filter(status__in=REFUSED_BY_PERSON).exists():
        return ""
    channels = _open_channels(campaign)
    if campaign.step + 1 < rungs and Campaign.Channel.EMAIL in channels:
        return Campaign.Channel.EMAIL
    return Campaign.Channel.CALL if Campaign.Channel.CALL in channels else ""


def _open_channels(campaign: Campaign) -> frozenset[str]:
    """How the rules of today let people be approached next."""
    return policies.open_channels(_rules(campaign), campaign.business_unit_id, campaign.strategy.purpose)


def _rules(campaign: Campaign) -> list[policies.Rule]:
    return queries.rules_of(queries.policy_in_force() or campaign.policy_version)


def waiting(campaign: Campaign) -> list[int]:
    """Customers for whom the next step is due and who are in none yet."""
    return audience.due_for_follow_up(campaign, gate.limits_for(campaign).silence_days)


def _draft(campaign: Campaign, done: dict[str, int]) -> int:
    """Have the next step written for review, at most one in preparation and one wave a day, so that late answers gather."""
    waves = campaign.follow_ups.all()
    busy = (
        waves.filter(status__in=IN_PREPARATION).exists()
        or waves.filter(created_at__gt=timezone.now() - BETWEEN_WAVES).exists()
    )
    if busy or not waiting(campaign):
        return 0
    try:
        written = prescribe.follow_up(campaign)
    except Refused as refusal:
        log.warning("learning.not_drafted", campaign=campaign.pk, code=refusal.code)
        return 0
    if written is None and Campaign.Channel.CALL not in _open_channels(campaign):
        return 0
    if written is None:  # no stronger offer: a person speaks next
        done["calls"] += _call(campaign)
        return 0
    return 1


def _call(campaign: Campaign) -> int:
    customers = eligibility.passing(eligibility.screens(campaign, _rules(campaign)), waiting(campaign))
    if not customers:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_DECLINED, {"campaign": campaign.pk, "customers": customers})
        declined = {row[0] for row in cursor.fetchall()}
    silent = [customer for customer in customers if customer not in declined]
    offers, ceilings = prescribe.step_terms()
    with transaction.atomic():
        written = calls.for_recipients(campaign, sorted(declined), "declined")
        written += calls.for_recipients(campaign, silent, "silent")
        prescribe.remember_step(campaign, offers, ceilings, Campaign.Channel.CALL)
    return written
