"""The one gate of every contact: consent, address, caps, pauses, quiet hours and approval, judged in the statement that acts.

``dispatch`` moves one claimed message from ``queued`` to ``dispatching`` and judges it in the same UPDATE: what changed a
moment ago (an unsubscribe, a paused campaign, a voided approval) counts. Parameters come from the policy edition that the
campaign was approved under, and the statement checks that this edition is still in force.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction

from campaigns import decisions, eligibility, policies, queries
from campaigns.models import Campaign

# The campaign itself may not send now: messages stay queued, the caller takes the campaign back to review or stops.
BLOCKED = frozenset({"not_sending", "approval", "policy_changed", "channel_closed"})
# This message may be sent later.
LATER = frozenset({"quiet_hours", "contact_changed"})


@dataclass(frozen=True)
class Limits:
    """What one policy edition asks of one campaign's messages. Every rule that binds the business unit must pass.

    ``screened`` is the SQL of what is asked of the customer of a message (with ``asked``), see ``limits_to_send``.
    ``windows`` are (days, most mails), ``pauses`` (days, rejections); ``edition`` names the policy they come from.
    """

    rules: tuple[policies.Rule, ...]
    unit: str
    windows: tuple[tuple[int, int], ...]
    pauses: tuple[tuple[int, int], ...]
    quiet: tuple[policies.QuietHours, ...]
    consent_required: bool
    calls_without_contact: bool = True
    silence_days: int = 7
    call_within_days: int = 5
    purpose: str = ""
    edition: int = 0
    channels: frozenset[str] = frozenset({"email", "call"})
    screened: str = "''"
    asked: Mapping[str, Any] = field(default_factory=dict)

    def parameters(self) -> dict[str, Any]:
        """The lists that the statements of gate, audience and audit unnest."""
        return {
            "cap_days": [days for days, _most in self.windows],
            "cap_most": [most for _days, most in self.windows],
            "pause_days": [days for days, _most in self.pauses],
            "pause_most": [most for _days, most in self.pauses],
            "quiet_start": [hours.start for hours in self.quiet],
            "quiet_end": [hours.end for hours in self.quiet],
            "quiet_weekends": [hours.weekends for hours in self.quiet],
            "consent_required": self.consent_required,
            "mail_open": "email" in self.channels,
            **self.asked,
        }


@dataclass(frozen=True)
class Ticket:
    """What a sender holds: the message it claimed, as whom, and what the mail that it is about to send was made from.

    ``variant``: which of two wordings it holds; recorded where the message is let go.
    """

    message_id: str
    customer_id: int
    owner: str
    email: str
    digest: str
    approvals_needed: int
    variant: str = ""


@dataclass(frozen=True)
class Verdict:
    """``state`` after the statement (dispatching, suppressed, queued) and the reason code.

    An empty state means that the claim was lost: somebody else owns the message now.
    """

    state: str
    reason: str = ""


def limits_for(campaign: Campaign) -> Limits:
    """What the campaign's policy edition asks of its messages."""
    rules = tuple(queries.rules_of(campaign.policy_version))
    limits = limits_of(rules, campaign.business_unit_id, campaign.strategy.purpose)
    return replace(limits, edition=campaign.policy_version_id)


def limits_to_send(campaign: Campaign) -> Limits:
    """``limits_for`` with what rules and offer ask of each customer, for the statement that sends."""
    limits = limits_for(campaign)
    screened, asked = eligibility.reason_in_sql(eligibility.screens(campaign, limits.rules), "m.customer_id")
    return replace(limits, screened=screened, asked=asked)


def limits_of(rules: tuple[policies.Rule, ...], unit: str, purpose: str) -> Limits:
    """``rules`` of one edition for ``unit`` and ``purpose``. Without a consent rule consent is required."""
    caps = policies.applying(rules, "frequency_cap", unit)
    consents = policies.applying(rules, "consent", unit)
    ladders = policies.applying(rules, "ladder", unit)
    channels = policies.open_channels(rules, unit, purpose)
    return Limits(
        rules=rules,
        unit=unit,
        purpose=purpose,
        windows=tuple(window for cap in caps for window in cap.windows),
        pauses=tuple((pause.days, pause.rejections) for pause in policies.applying(rules, "outcome_pause", unit)),
        quiet=tuple(policies.applying(rules, "quiet_hours", unit)),
        consent_required=not consents or any(purpose in consent.purposes for consent in consents),
        calls_without_contact="call" in channels and all(consent.calls_without_contact for consent in consents),
        channels=channels,
        silence_days=max((ladder.silence_days for ladder in ladders), default=7),
        call_within_days=min((ladder.call_within_days for ladder in ladders), default=5),
    )


def allowed_from(moment: datetime, zone: str, limits: Limits) -> datetime:
    """The first moment from ``moment`` (aware) on outside quiet hours on the wall clock of ``zone``; in UTC."""
    place = ZoneInfo(zone)
    local = policies.next_open(limits.rules, limits.unit, moment.astimezone(place).replace(tzinfo=None))
    if local == moment.astimezone(place).replace(tzinfo=None):
        return moment.astimezone(UTC)
    # The hour of a clock set back exists twice: the first one that is not over. A skipped hour is read as the hour after it.
    both = [local.replace(tzinfo=place, fold=fold).astimezone(UTC) for fold in (0, 1)]
    return next((at for at in both if at >= moment), both[1])


ZONE = "COALESCE((SELECT z FROM unnest(%(zones)s::text[]) z WHERE z = ct.time_zone), %(fallback_zone)s)"
# Whether {local} (wall time) lies in quiet hours of any rule.
QUIET = """EXISTS (
    SELECT 1 FROM unnest(%(quiet_start)s::time[], %(quiet_end)s::time[], %(quiet_weekends)s::bool[]) q(starts, ends, weekends)
    WHERE (q.weekends AND extract(isodow FROM {local}) IN (6, 7))
       OR CASE WHEN q.starts <= q.ends THEN {local}::time >= q.starts AND {local}::time < q.ends
               ELSE {local}::time >= q.starts OR {local}::time < q.ends END)"""
# Customers that were merged share one budget of attention and one memory of rejections.
_ONE_CUSTOMER = """(SELECT f.id FROM accounts_customer f WHERE coalesce(f.merged_into_id, f.id) =
                    (SELECT coalesce(h.merged_into_id, h.id) FROM accounts_customer h WHERE h.id = {customer}))"""
CAPPED = """EXISTS (
    SELECT 1 FROM unnest(%(cap_days)s::int[], %(cap_most)s::int[]) w(days, most)
    WHERE (SELECT count(*) FROM campaigns_message o WHERE o.customer_id IN ONE_CUSTOMER AND o.state IN ('dispatching', 'sent', 'uncertain')
             AND o.dispatched_at > clock_timestamp() - make_interval(days => w.days)) >= w.most)""".replace(
    "ONE_CUSTOMER", _ONE_CUSTOMER
)
PAUSED = """EXISTS (
    SELECT 1 FROM unnest(%(pause_days)s::int[], %(pause_most)s::int[]) w(days, most)
    WHERE (SELECT count(*) FROM campaigns_interaction i WHERE i.customer_id IN ONE_CUSTOMER AND i.kind = 'reject' AND i.origin = 'human'
             AND i.at > clock_timestamp() - make_interval(days => w.days)) >= w.most)""".replace(
    "ONE_CUSTOMER", _ONE_CUSTOMER
)
# A customer who contests a decision hears from no automated campaign before a person has answered; nor afterwards where that was decided.
OBJECTION = """(
    SELECT CASE WHEN bool_or(k.state = 'open') THEN 'contested' ELSE 'objected' END FROM campaigns_contest k
    WHERE k.customer_id IN ONE_CUSTOMER AND (k.state = 'open' OR k.stays_out) HAVING count(*) > 0)""".replace(
    "ONE_CUSTOMER", _ONE_CUSTOMER
)
# How often in each window, in the order of the policy: what CAPPED and PAUSED compare, for the record.
_OWN = _ONE_CUSTOMER.format(customer="m.customer_id")
_CONTACTS = """ARRAY(
    SELECT (SELECT count(*) FROM campaigns_message o WHERE o.customer_id IN ONE_CUSTOMER AND o.state IN ('dispatching', 'sent', 'uncertain')
              AND o.dispatched_at > clock_timestamp() - make_interval(days => w.days))
    FROM unnest(%(cap_days)s::int[]) WITH ORDINALITY w(days, place) ORDER BY place)""".replace("ONE_CUSTOMER", _OWN)
_REJECTIONS = """ARRAY(
    SELECT (SELECT count(*) FROM campaigns_interaction i WHERE i.customer_id IN ONE_CUSTOMER AND i.kind = 'reject' AND i.origin = 'human'
              AND i.at > clock_timestamp() - make_interval(days => w.days))
    FROM unnest(%(pause_days)s::int[]) WITH ORDINALITY w(days, place) ORDER BY place)""".replace("ONE_CUSTOMER", _OWN)
_ANSWERED = """EXISTS (
    WITH RECURSIVE earlier AS (SELECT c.parent_id AS id UNION SELECT p.parent_id FROM campaigns_campaign p JOIN earlier USING (id))
    SELECT 1 FROM campaigns_interaction i WHERE i.customer_id IN ONE_CUSTOMER AND i.kind = 'accept' AND i.origin = 'human'
      AND i.campaign_id IN (SELECT id FROM earlier))""".replace("ONE_CUSTOMER", _OWN)
_APPROVALS = """(
    SELECT count(DISTINCT a.approver_id) FROM campaigns_approval a
    WHERE a.campaign_id = c.id AND a.voided_at IS NULL AND a.expires_at > clock_timestamp() AND a.digest = %(digest)s
      AND a.draft_id = (SELECT d.id FROM campaigns_draft d WHERE d.campaign_id = c.id ORDER BY d.number DESC LIMIT 1))"""

# Whether the edition ``pv`` is in force: a scheduled one from its moment on, and the one before it until then.
IN_FORCE = """(CASE pv.state
    WHEN 'scheduled' THEN pv.in_force_from <= clock_timestamp()
    WHEN 'published' THEN NOT EXISTS (
        SELECT 1 FROM campaigns_policyversion n WHERE n.state = 'scheduled' AND n.in_force_from <= clock_timestamp())
    ELSE false END)"""
_EDITION = f"CASE WHEN {IN_FORCE} THEN 'published' WHEN pv.state = 'published' THEN 'replaced' ELSE pv.state END"
_MERGED = "EXISTS (SELECT 1 FROM accounts_customer g WHERE g.id = m.customer_id AND g.merged_into_id IS NOT NULL)"
_OBJECTION = OBJECTION.format(customer="m.customer_id")
# What the verdict rests on, in the order of ``classification.Mail``; the number of approvals needed is the caller's.
_FACTS = f"""jsonb_build_array(c.status, {_EDITION}, {_APPROVALS}, {_MERGED}, coalesce({_OBJECTION}, ''), ct.id IS NOT NULL,
        ct.erased_at IS NOT NULL, ct.bounced_at IS NOT NULL, co.granted, {_ANSWERED}, {_REJECTIONS}, {_CONTACTS},
        coalesce(ct.email = %(email)s, false), to_char(here.at, 'YYYY-MM-DD"T"HH24:MI:SS.US'), screen.failed)"""

_JUDGED = f"""
    SELECT m.id, {_FACTS} AS facts, CASE
        WHEN c.status <> 'sending' THEN 'not_sending'
        WHEN NOT {IN_FORCE} THEN 'policy_changed'
        WHEN {_APPROVALS} < %(approvals_needed)s THEN 'approval'
        WHEN NOT %(mail_open)s THEN 'channel_closed'
        WHEN {_MERGED} THEN 'merged'
        WHEN {_OBJECTION} IS NOT NULL THEN {_OBJECTION}
        WHEN screen.failed <> '' THEN screen.failed
        WHEN ct.id IS NULL THEN 'no_contact'
        WHEN ct.erased_at IS NOT NULL THEN 'erased'
        WHEN ct.bounced_at IS NOT NULL THEN 'bounced'
        WHEN co.granted IS FALSE OR (%(consent_required)s AND co.granted IS NULL) THEN 'no_consent'
        WHEN {_ANSWERED} THEN 'answered'
        WHEN {PAUSED.format(customer="m.customer_id")} THEN 'outcome_pause'
        WHEN {CAPPED.format(customer="m.customer_id")} THEN 'capped'
        WHEN ct.email <> %(email)s THEN 'contact_changed'
        WHEN {QUIET.format(local="here.at")} THEN 'quiet_hours'
        ELSE '' END AS reason
    FROM campaigns_message m
    JOIN campaigns_campaign c ON c.id = m.campaign_id
    JOIN campaigns_strategy s ON s.id = c.strategy_id
    JOIN campaigns_policyversion pv ON pv.id = c.policy_version_id
    LEFT JOIN accounts_contact ct ON ct.id = m.contact_id
    LEFT JOIN accounts_consent co ON co.contact_id = ct.id AND co.purpose = s.purpose
    CROSS JOIN LATERAL (SELECT clock_timestamp() AT TIME ZONE {ZONE} AS at) here
    CROSS JOIN LATERAL (SELECT SCREENED AS failed OFFSET 0) screen
    WHERE m.id = %(message)s AND m.state = 'queued' AND m.owner = %(owner)s AND m.lease_until > clock_timestamp()
"""  # noqa: S608 - the parts are constants of this module

_DISPATCH = f"""
    WITH judged AS ({_JUDGED})
    UPDATE campaigns_message m SET
        state = CASE WHEN j.reason = '' THEN 'dispatching' WHEN j.reason = ANY(%(staying)s) THEN 'queued' ELSE 'suppressed' END,
        reason = CASE WHEN j.reason = ANY(%(staying)s) THEN '' ELSE j.reason END,
        dispatched_at = CASE WHEN j.reason = '' THEN clock_timestamp() END,
        variant = CASE WHEN j.reason = '' THEN %(variant)s ELSE '' END,
        finished_at = CASE WHEN j.reason = '' OR j.reason = ANY(%(staying)s) THEN NULL ELSE clock_timestamp() END,
        owner = CASE WHEN j.reason = '' THEN m.owner ELSE '' END,
        lease_until = CASE WHEN j.reason = '' THEN clock_timestamp() + make_interval(secs => %(lease)s) END,
        attempts = m.attempts + CASE WHEN j.reason = '' THEN 1 ELSE 0 END
    FROM judged j WHERE m.id = j.id AND m.state = 'queued' AND m.owner = %(owner)s
    RETURNING m.state, j.reason, clock_timestamp(), (SELECT time_zone FROM accounts_contact ct WHERE ct.id = m.contact_id),
              j.facts::text, m.campaign_id
"""  # noqa: S608 - the parts are constants of this module

# Whoever ends an agreement, an edition or a consent writes to one of these rows: either they are done before the statement
# looks, or they wait until the message has its state. Without it a mail could leave a moment after its approval was voided.
_HOLD = """
    SELECT 1 FROM campaigns_message m JOIN campaigns_campaign c ON c.id = m.campaign_id
    JOIN campaigns_policyversion pv ON pv.id = c.policy_version_id JOIN accounts_contact ct ON ct.id = m.contact_id
    WHERE m.id = %(message)s FOR SHARE OF c, pv, ct
"""


def dispatch(ticket: Ticket, limits: Limits, zones: list[str]) -> Verdict:
    """Judge and move one claimed message; committed when this returns. ``zones`` are time zones that the server knows.

    The customer's lock is taken before the statement (and so before its snapshot): of two senders with a message for the
    same customer the second one counts the first one's. A quiet hour moves ``not_before`` to its end.
    """
    parameters = {
        **limits.parameters(),
        "message": ticket.message_id,
        "owner": ticket.owner,
        "email": ticket.email,
        "digest": ticket.digest,
        "approvals_needed": ticket.approvals_needed,
        "variant": ticket.variant,
        "zones": zones,
        "fallback_zone": settings.TIME_ZONE,
        "lease": settings.OUTBOX_LEASE_SECONDS,
        "staying": sorted(BLOCKED | LATER),
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('campaigns.gate'), %s)", [ticket.customer_id % 2**31])
        cursor.execute(_HOLD, parameters)
        cursor.execute(_DISPATCH.replace("SCREENED", limits.screened), parameters)
        row = cursor.fetchone()
        if row:
            _remember(ticket, limits, row)
        if row and row[1] == "quiet_hours":
            zone = row[3] if row[3] in zones else settings.TIME_ZONE
            later = _later(row[2], zone, limits)
            cursor.execute("UPDATE campaigns_message SET not_before = %s WHERE id = %s", [later, ticket.message_id])
    return Verdict(*row[:2]) if row else Verdict("")


def _later(moment: datetime, zone: str, limits: Limits) -> datetime:
    """When a message that met quiet hours is tried again: a day later where they have no end, so that others are not held up."""
    try:
        return allowed_from(moment, zone, limits)
    except ValueError:
        return moment + timedelta(days=1)


def _remember(ticket: Ticket, limits: Limits, row: tuple[Any, ...]) -> None:
    """The verdict with what it rests on, in its transaction."""
    state, reason, at, _zone, facts, campaign = row
    seen = json.loads(facts)
    inputs = {"seen": [*seen[:3], ticket.approvals_needed, *seen[3:]], "unit": limits.unit, "purpose": limits.purpose}
    body = decisions.body(decisions.Kind.GATE, inputs, [state, reason], {"edition": limits.edition})
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO campaigns_decision (kind, campaign_id, customer_id, subject, body, stamp, at)
               VALUES (%(kind)s, %(campaign_id)s, %(customer_id)s, %(subject)s, %(body)s, %(stamp)s, %(at)s)""",
            {**decisions.row(decisions.Kind.GATE, campaign, ticket.customer_id, ticket.message_id, body), "at": at},
        )


def known_zones(names: Iterable[str]) -> list[str]:
    """Those of ``names`` that the database server knows; the others are treated as the project's own zone."""
    wanted = sorted(set(names) - {settings.TIME_ZONE})
    if not wanted:
        return [settings.TIME_ZONE]
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM pg_timezone_names WHERE name = ANY(%s)", [wanted])
        return [settings.TIME_ZONE, *sorted(row[0] for row in cursor.fetchall())]
