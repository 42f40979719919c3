"""The one gate of every contact: consent, address, caps, pauses, quiet hours and approval, judged in the statement that acts.

``dispatch`` moves one claimed message from ``queued`` to ``dispatching`` and judges it in the same UPDATE: what changed a
moment ago (an unsubscribe, a paused campaign, a voided approval) counts. Parameters come from the policy edition that the
campaign was approved under, and the statement checks that this edition is still in force.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from campaigns.models import Campaign, PolicyRule

NO_LIMIT = 2_000_000_000
LONG_AGO_DAYS = 36_500

# The campaign itself may not send now: messages stay queued, the caller takes the campaign back to review or stops.
BLOCKED = frozenset({"not_sending", "approval", "policy_changed"})
# This message may be sent later.
LATER = frozenset({"quiet_hours", "contact_changed"})


@dataclass(frozen=True)
class Limits:
    """Parameters of one policy edition for one business unit. Without a rule there is no limit; consent is always required."""

    cap_messages: int = NO_LIMIT
    cap_days: int = 1
    pause_rejections: int = NO_LIMIT
    pause_days: int = 1
    quiet_start: time | None = None
    quiet_end: time | None = None
    quiet_weekends: bool = False
    calls_without_contact: bool = True
    silence_days: int = 7
    call_within_days: int = 5


@dataclass(frozen=True)
class Ticket:
    """What a sender holds: the message it claimed, as whom, and what the mail that it is about to send was made from."""

    message_id: str
    customer_id: int
    owner: str
    email: str
    digest: str
    approvals_needed: int


@dataclass(frozen=True)
class Verdict:
    """``state`` after the statement (dispatching, suppressed, queued), the reason code, and for quiet hours when it may go out.

    An empty state means that the claim was lost: somebody else owns the message now.
    """

    state: str
    reason: str = ""
    not_before: datetime | None = None


def limits_for(campaign: Campaign) -> Limits:
    """The campaign's policy edition in parameters; a rule of the business unit wins over the company's."""
    rules = PolicyRule.objects.filter(version=campaign.policy_version_id)
    return limits_of(rules, campaign.business_unit_id)


def limits_of(rules: Iterable[PolicyRule], unit: str) -> Limits:
    """``rules`` of one edition as parameters for business unit ``unit``."""
    chosen: dict[str, dict[str, Any]] = {}
    for rule in sorted(rules, key=lambda rule: rule.business_unit_id is not None):
        if rule.business_unit_id in (None, unit):
            chosen[rule.kind] = rule.parameters
    cap, pause = chosen.get("frequency_cap", {}), chosen.get("outcome_pause", {})
    quiet, ladder = chosen.get("quiet_hours", {}), chosen.get("ladder", {})
    return Limits(
        cap_messages=int(cap.get("messages", NO_LIMIT)),
        cap_days=int(cap.get("days", 1)),
        pause_rejections=int(pause.get("rejections", NO_LIMIT)),
        pause_days=int(pause.get("days", 1)),
        quiet_start=time.fromisoformat(quiet["start"]) if "start" in quiet else None,
        quiet_end=time.fromisoformat(quiet["end"]) if "end" in quiet else None,
        quiet_weekends=bool(quiet.get("weekends", False)),
        calls_without_contact=bool(chosen.get("consent", {}).get("calls_without_contact", True)),
        silence_days=int(ladder.get("silence_days", 7)),
        call_within_days=int(ladder.get("call_within_days", 5)),
    )


# When sending may go on: the moment itself outside quiet hours. Three steps in local wall time, because the end of a night may
# fall on a weekend, and a weekend ends with Monday's night. A moment that is allowed is returned as it is, since wall time is
# ambiguous in the hour that a clock is set back.
_AFTER_NIGHT = """(SELECT CASE
    WHEN %(quiet_start)s::time IS NULL OR %(quiet_end)s::time IS NULL THEN {at}
    WHEN %(quiet_start)s::time > %(quiet_end)s::time AND {at}::time >= %(quiet_start)s::time THEN {at}::date + 1 + %(quiet_end)s::time
    WHEN %(quiet_start)s::time > %(quiet_end)s::time AND {at}::time < %(quiet_end)s::time THEN {at}::date + %(quiet_end)s::time
    WHEN {at}::time >= %(quiet_start)s::time AND {at}::time < %(quiet_end)s::time THEN {at}::date + %(quiet_end)s::time
    ELSE {at} END AS at)"""
_AFTER_WEEKEND = """(SELECT CASE WHEN %(quiet_weekends)s AND extract(isodow FROM {at}) IN (6, 7)
    THEN ({at}::date + (8 - extract(isodow FROM {at})::int))::timestamp ELSE {at} END AS at)"""
ALLOWED_FROM = f"""(SELECT CASE WHEN n3.at = n0.at THEN {{moment}} ELSE n3.at AT TIME ZONE {{zone}} END
    FROM (SELECT {{moment}} AT TIME ZONE {{zone}} AS at) n0
    CROSS JOIN LATERAL {_AFTER_NIGHT.format(at="n0.at")} n1
    CROSS JOIN LATERAL {_AFTER_WEEKEND.format(at="n1.at")} n2
    CROSS JOIN LATERAL {_AFTER_NIGHT.format(at="n2.at")} n3)"""  # noqa: S608 - the parts are constants of this module
_ZONE = "COALESCE((SELECT z FROM unnest(%(zones)s::text[]) z WHERE z = ct.time_zone), %(fallback_zone)s)"

_JUDGED = f"""
    SELECT m.id, allowed.at AS allowed_at, CASE
        WHEN c.status <> 'sending' THEN 'not_sending'
        WHEN pv.state <> 'published' THEN 'policy_changed'
        WHEN (SELECT count(DISTINCT a.approver_id) FROM campaigns_approval a
              WHERE a.campaign_id = c.id AND a.voided_at IS NULL AND a.expires_at > clock_timestamp() AND a.digest = %(digest)s
                AND a.draft_id = (SELECT d.id FROM campaigns_draft d WHERE d.campaign_id = c.id ORDER BY d.number DESC LIMIT 1)
             ) < %(approvals_needed)s THEN 'approval'
        WHEN ct.id IS NULL THEN 'no_contact'
        WHEN ct.erased_at IS NOT NULL THEN 'erased'
        WHEN ct.bounced_at IS NOT NULL THEN 'bounced'
        WHEN NOT EXISTS (SELECT 1 FROM accounts_consent co
                         WHERE co.contact_id = ct.id AND co.purpose = s.purpose AND co.granted) THEN 'no_consent'
        WHEN EXISTS (WITH RECURSIVE earlier AS (SELECT c.parent_id AS id UNION SELECT p.parent_id FROM campaigns_campaign p JOIN earlier USING (id))
                     SELECT 1 FROM campaigns_interaction i WHERE i.customer_id = m.customer_id AND i.kind = 'accept' AND i.origin = 'human'
                       AND i.campaign_id IN (SELECT id FROM earlier)) THEN 'answered'
        WHEN (SELECT count(*) FROM campaigns_interaction i WHERE i.customer_id = m.customer_id AND i.kind = 'reject' AND i.origin = 'human'
                AND i.at > clock_timestamp() - make_interval(days => %(pause_days)s)) >= %(pause_rejections)s THEN 'outcome_pause'
        WHEN (SELECT count(*) FROM campaigns_message o WHERE o.customer_id = m.customer_id AND o.state IN ('dispatching', 'sent', 'uncertain')
                AND o.dispatched_at > clock_timestamp() - make_interval(days => %(cap_days)s)) >= %(cap_messages)s THEN 'capped'
        WHEN ct.email <> %(email)s THEN 'contact_changed'
        WHEN allowed.at > clock.at THEN 'quiet_hours'
        ELSE '' END AS reason
    FROM campaigns_message m
    JOIN campaigns_campaign c ON c.id = m.campaign_id
    JOIN campaigns_strategy s ON s.id = c.strategy_id
    JOIN campaigns_policyversion pv ON pv.id = c.policy_version_id
    LEFT JOIN accounts_contact ct ON ct.id = m.contact_id
    CROSS JOIN (SELECT clock_timestamp() AS at) clock
    CROSS JOIN LATERAL (SELECT {ALLOWED_FROM.format(moment="clock.at", zone=_ZONE)} AS at) allowed
    WHERE m.id = %(message)s AND m.state = 'queued' AND m.owner = %(owner)s AND m.lease_until > clock_timestamp()
"""  # noqa: S608 - the parts are constants of this module

_DISPATCH = f"""
    WITH judged AS ({_JUDGED})
    UPDATE campaigns_message m SET
        state = CASE WHEN j.reason = '' THEN 'dispatching' WHEN j.reason = ANY(%(staying)s) THEN 'queued' ELSE 'suppressed' END,
        reason = CASE WHEN j.reason = ANY(%(staying)s) THEN '' ELSE j.reason END,
        not_before = CASE WHEN j.reason = 'quiet_hours' THEN j.allowed_at ELSE m.not_before END,
        dispatched_at = CASE WHEN j.reason = '' THEN clock_timestamp() END,
        finished_at = CASE WHEN j.reason = '' OR j.reason = ANY(%(staying)s) THEN NULL ELSE clock_timestamp() END,
        owner = CASE WHEN j.reason = '' THEN m.owner ELSE '' END,
        lease_until = CASE WHEN j.reason = '' THEN clock_timestamp() + make_interval(secs => %(lease)s) END,
        attempts = m.attempts + CASE WHEN j.reason = '' THEN 1 ELSE 0 END
    FROM judged j WHERE m.id = j.id AND m.state = 'queued' AND m.owner = %(owner)s
    RETURNING m.state, j.reason, m.not_before
"""  # noqa: S608 - the parts are constants of this module


def dispatch(ticket: Ticket, limits: Limits, zones: list[str]) -> Verdict:
    """Judge and move one claimed message; committed when this returns. ``zones`` are time zones that the server knows.

    The customer's lock is taken before the statement (and so before its snapshot): of two senders with a message for the
    same customer the second one counts the first one's.
    """
    parameters = {
        **quiet_parameters(limits),
        "message": ticket.message_id,
        "owner": ticket.owner,
        "email": ticket.email,
        "digest": ticket.digest,
        "approvals_needed": ticket.approvals_needed,
        "cap_messages": limits.cap_messages,
        "cap_days": limits.cap_days,
        "pause_rejections": limits.pause_rejections,
        "pause_days": limits.pause_days,
        "zones": zones,
        "fallback_zone": settings.TIME_ZONE,
        "lease": settings.OUTBOX_LEASE_SECONDS,
        "staying": sorted(BLOCKED | LATER),
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('campaigns.gate'), %s)", [ticket.customer_id % 2**31])
        cursor.execute(_DISPATCH, parameters)
        row = cursor.fetchone()
    return Verdict(*row) if row else Verdict("")


def quiet_parameters(limits: Limits) -> dict[str, Any]:
    """The parameters that ``ALLOWED_FROM`` needs."""
    return {"quiet_start": limits.quiet_start, "quiet_end": limits.quiet_end, "quiet_weekends": limits.quiet_weekends}


def known_zones(names: Iterable[str]) -> list[str]:
    """Those of ``names`` that the database server knows; the others are treated as the project's own zone."""
    wanted = sorted(set(names) - {settings.TIME_ZONE})
    if not wanted:
        return [settings.TIME_ZONE]
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM pg_timezone_names WHERE name = ANY(%s)", [wanted])
        return [settings.TIME_ZONE, *sorted(row[0] for row in cursor.fetchall())]
