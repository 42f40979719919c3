"""The outbox: claim, judge, send, record. A recipient is written to once or not at all.

1. ``claim``: rows are marked with an owner and a lease by the database's clock; committed.
2. ``gate.dispatch``: one row is judged and moved to ``dispatching`` with the variant of its words; committed before a byte goes out.
3. The mail goes over the wire outside any transaction.
4. The outcome is recorded. A sender that dies between 2 and 4 leaves ``dispatching``; when its lease is over the sweep
   calls it ``uncertain``, a final state: nobody sends it again, a person decides.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from accounts.catalog import gate as data_gate
from accounts.models import User
from b2shift.lib.api import Refused
from campaigns import calls, channels, gate, lifecycle, tracking
from campaigns.models import Campaign, Draft, Message
from campaigns.transport import Delivery, Fate, Line, Unreachable

log = structlog.get_logger(__name__)

MOST_ATTEMPTS = 5
ERRORS_BEFORE_PAUSE = 5

# The minute is a query of its own: a volatile clock in the condition would have every message ever sent looked at.
# Materialised: as an IN (…) the limited list may be read again for every row, and more is claimed than asked for.
_CLAIM = """
    WITH due AS MATERIALIZED (
        SELECT m.id FROM campaigns_message m JOIN campaigns_campaign c ON c.id = m.campaign_id
        WHERE m.state = 'queued' AND m.channel = 'email' AND m.not_before <= clock_timestamp() AND c.status = 'sending'
          AND (m.lease_until IS NULL OR m.lease_until < clock_timestamp())
        ORDER BY m.not_before, m.id
        LIMIT LEAST(%(limit)s, GREATEST(0, %(rate)s - (SELECT count(*) FROM campaigns_message r
                                                      WHERE r.dispatched_at > (SELECT clock_timestamp() - interval '1 minute'))))
        FOR UPDATE OF m SKIP LOCKED)
    UPDATE campaigns_message m SET owner = %(owner)s, lease_until = clock_timestamp() + make_interval(secs => %(lease)s)
    FROM due WHERE m.id = due.id
    RETURNING m.id
"""
_RELEASE = """
    UPDATE campaigns_message SET owner = '', lease_until = NULL,
        not_before = GREATEST(not_before, clock_timestamp() + make_interval(secs => %(wait)s)),
        attempts = attempts + %(tried)s
    WHERE id = ANY(%(ids)s::uuid[]) AND state = 'queued' AND owner = %(owner)s
"""
_RECORD = """
    UPDATE campaigns_message SET state = %(state)s, reason = %(reason)s, error = %(error)s, owner = '', lease_until = NULL,
        not_before = CASE WHEN %(state)s = 'queued'
            THEN clock_timestamp() + make_interval(secs => 60 * power(2, LEAST(attempts, 6))) ELSE not_before END,
        dispatched_at = CASE WHEN %(state)s = 'queued' THEN NULL ELSE dispatched_at END,
        variant = CASE WHEN %(state)s = 'queued' THEN '' ELSE variant END,
        finished_at = CASE WHEN %(state)s = 'queued' THEN NULL ELSE clock_timestamp() END
    WHERE id = %(id)s AND state = 'dispatching' AND owner = %(owner)s
"""
_SWEEP = {
    "released": """
        UPDATE campaigns_message SET owner = '', lease_until = NULL
        WHERE state = 'queued' AND lease_until < clock_timestamp()""",
    "uncertain": """
        UPDATE campaigns_message SET state = 'uncertain', reason = 'worker_lost', owner = '', lease_until = NULL,
            finished_at = clock_timestamp()
        WHERE state = 'dispatching' AND lease_until < clock_timestamp()""",
}


@dataclass
class _Batch:
    """What one pass over claimed messages shares: the wire, and per campaign words, limits, agreement and errors in a row."""

    owner: str
    line: Line
    zones: list[str]
    sheets: dict[int, "_Sheet"]
    errors: dict[int, int] = field(default_factory=dict)
    stopped: set[int] = field(default_factory=set)


@dataclass(frozen=True)
class _Sheet:
    draft: Draft | None
    limits: gate.Limits
    digest: str
    approvals_needed: int


def launch(campaign_id: int, actor: User | None) -> Campaign:
    """Start an approved campaign: its mails may go out, its calls are in the reps' lists. One transaction."""
    with transaction.atomic():
        campaign = lifecycle.move(campaign_id, "launch", actor)
        calls.for_audience(campaign)
    return campaign


def work(limit: int, owner: str) -> int:
    """Claim up to ``limit`` due messages as ``owner`` and carry each to its next state; returns how many were claimed.

    Nothing is claimed while the data gate is closed: what is queued waits, and its campaign's page says why.
    """
    due = pending() and not data_gate.blocks(
        data_gate.ACTIVATION
    )  # the gate reads much: not for nothing, every few seconds
    messages = list(claim(limit, owner)) if due else []
    if not messages:
        _finish_campaigns()
        return 0
    with Line() as line:
        zones = gate.known_zones({m.contact.time_zone for m in messages if m.contact})
        sheets = {m.campaign_id: _sheet(m.campaign) for m in {m.campaign_id: m for m in messages}.values()}
        batch = _Batch(owner, line, zones, sheets)
        for number, message in enumerate(messages):
            try:
                _carry(message, batch)
            except Unreachable as error:
                _wait_for_server(messages[number:], batch, str(error))
                break
    _finish_campaigns()
    return len(messages)


def claim(limit: int, owner: str) -> QuerySet[Message]:
    """Mark up to ``limit`` due messages of sending campaigns as ``owner``'s, within the rate of the last minute."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            _CLAIM,
            {
                "owner": owner,
                "limit": limit,
                "lease": settings.OUTBOX_LEASE_SECONDS,
                "rate": settings.OUTBOX_RATE_PER_MINUTE,
            },
        )
        ids = [row[0] for row in cursor.fetchall()]
    related = ("contact", "customer", "campaign__business_unit", "campaign__strategy", "campaign__offer")
    return Message.objects.filter(pk__in=ids).select_related(*related).order_by("not_before", "pk")


def sweep() -> dict[str, int]:
    """Put right what dead senders left; returns counts. Safe to run at any time, any number of times."""
    done: dict[str, int] = {}
    for name, statement in _SWEEP.items():
        with connection.cursor() as cursor:
            cursor.execute(statement)
            done[name] = cursor.rowcount
    for campaign in Campaign.objects.filter(
        status=Campaign.Status.SENDING, messages__channel="call", messages__call_task=None
    ).distinct():
        calls.for_audience(campaign)
    done["finished"] = _finish_campaigns()
    return done


def pending() -> bool:
    """Whether a message is due now that nobody holds."""
    query = """SELECT EXISTS (SELECT 1 FROM campaigns_message m JOIN campaigns_campaign c ON c.id = m.campaign_id
               WHERE m.state = 'queued' AND m.channel = 'email' AND m.not_before <= clock_timestamp() AND c.status = 'sending'
                 AND (m.lease_until IS NULL OR m.lease_until < clock_timestamp()))"""
    with connection.cursor() as cursor:
        cursor.execute(query)
        return bool(cursor.fetchone()[0])


def _carry(message: Message, batch: _Batch) -> None:
    """One message from claimed to its next state."""
    sheet = batch.sheets[message.campaign_id]
    if message.campaign_id in batch.stopped or sheet.draft is None:
        _release([message], batch.owner)
        return
    try:
        mail = channels.render(sheet.draft, message) if message.contact else None
    except ValueError as error:
        log.error("outbox.unrenderable", message=str(message.pk), error=str(error))
        _drop(message, batch)
        return
    batch.line.ready()
    ticket = gate.Ticket(
        str(message.pk),
        message.customer_id,
        batch.owner,
        message.contact.email if message.contact else "",
        sheet.digest,
        sheet.approvals_needed,
        channels.variant_of(sheet.draft, message),
    )
    verdict = gate.dispatch(ticket, sheet.limits, batch.zones)
    if verdict.reason in gate.BLOCKED:
        batch.stopped.add(message.campaign_id)
        _back_to_review(message.campaign_id, verdict.reason)
    elif verdict.state == Message.State.DISPATCHING and mail is not None:
        _record(message, batch, batch.line.deliver(mail))


def _record(message: Message, batch: _Batch, delivery: Delivery) -> None:
    state, reason = _outcome(message, delivery)
    parameters: dict[str, Any] = {
        "id": message.pk,
        "owner": batch.owner,
        "state": state,
        "reason": reason,
        "error": delivery.words,
    }
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_RECORD, parameters)
            mine = cursor.rowcount == 1
        if mine and state == Message.State.SENT:
            tracking.record_sent(message)
        if mine and delivery.gone:
            tracking.record_bounce(message)
    if not mine:  # slower than the lease: the sweep has called it uncertain, and that is final
        log.warning("outbox.lease_lost", message=str(message.pk), fate=delivery.fate.value)
    _count_errors(message.campaign_id, batch, failed=delivery.fate is not Fate.SENT and not delivery.gone)


def _outcome(message: Message, delivery: Delivery) -> tuple[str, str]:
    if delivery.fate is Fate.SENT:
        return Message.State.SENT, ""
    if delivery.fate is Fate.UNKNOWN:
        return Message.State.UNCERTAIN, "connection_lost"
    if delivery.fate is Fate.LATER and message.attempts + 1 < MOST_ATTEMPTS:
        return Message.State.QUEUED, ""
    return Message.State.FAILED, "bounced" if delivery.gone else "refused"


def _count_errors(campaign_id: int, batch: _Batch, failed: bool) -> None:
    batch.errors[campaign_id] = batch.errors.get(campaign_id, 0) + 1 if failed else 0
    if batch.errors[campaign_id] >= ERRORS_BEFORE_PAUSE:
        batch.stopped.add(campaign_id)
        _try_move(campaign_id, "pause", "errors")


def _drop(message: Message, batch: _Batch) -> None:
    """A mail that cannot be written never will be: it leaves the queue with its reason."""
    Message.objects.filter(pk=message.pk, state=Message.State.QUEUED, owner=batch.owner).update(
        state=Message.State.SUPPRESSED, reason="unrenderable", owner="", lease_until=None, finished_at=Now()
    )
    _count_errors(message.campaign_id, batch, failed=True)


def _wait_for_server(rest: list[Message], batch: _Batch, error: str) -> None:
    """No server: what is left of the batch waits; a campaign that waited too often is paused for a person to look."""
    log.warning("outbox.unreachable", error=error, messages=len(rest))
    _release(rest, batch.owner, wait=60, tried=1)
    for campaign_id in {m.campaign_id for m in rest if m.attempts + 1 >= MOST_ATTEMPTS}:
        _try_move(campaign_id, "pause", "mail_server")


def _release(messages: Iterable[Message], owner: str, wait: int = 0, tried: int = 0) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_RELEASE, {"ids": [m.pk for m in messages], "owner": owner, "wait": wait, "tried": tried})


def _sheet(campaign: Campaign) -> _Sheet:
    draft = campaign.current_draft
    needed = max(1, lifecycle.approvals_needed(campaign))
    return _Sheet(draft, gate.limits_to_send(campaign), lifecycle.digest(campaign) if draft else "", needed)


def _back_to_review(campaign_id: int, reason: str) -> None:
    if reason != "not_sending":
        _try_move(campaign_id, "void", "policy_changed" if reason == "policy_changed" else "approval_invalid")


def _try_move(campaign_id: int, verb: str, reason: str) -> None:
    try:
        lifecycle.move(campaign_id, verb, None, reason_code=reason)
    except Refused as refusal:  # somebody moved it a moment earlier: nothing is left to do
        log.info("outbox.move_refused", campaign=campaign_id, verb=verb, code=refusal.code)


def _finish_campaigns() -> int:
    """Sending campaigns without anything left to send now await answers."""
    open_states = [Message.State.QUEUED, Message.State.DISPATCHING]
    busy = Message.objects.filter(state__in=open_states).values("campaign_id")
    idle = Campaign.objects.filter(status=Campaign.Status.SENDING).exclude(pk__in=busy)
    finished = list(idle.values_list("pk", flat=True))
    for campaign_id in finished:
        _try_move(campaign_id, "finish", "")
    return len(finished)
