"""Who a campaign reaches: counted before approval, frozen by it, the same customers ever after.

One classification in SQL serves the preview and the freeze, so that what a manager reads is what happens. Verdict of each
customer of the target: mail, call by the rep, hold-out, or left out with a reason code. The hold-out is drawn by a hash of
the business unit and the customer's code: the same customers in every campaign of the unit, in any order of freezing.
"""

from dataclasses import dataclass, field
from email.utils import parseaddr
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import connection, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from b2shift.lib import copying
from b2shift.lib.api import Refused
from campaigns import contention, decisions, eligibility, gate
from campaigns.models import Campaign, Message

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

REASONS: dict[str, str | Promise] = {
    "merged": _("Merged into another customer"),
    "no_contact": _("No contact with an e-mail address"),
    "erased": _("Personal data erased"),
    "bounced": _("Address does not exist any more"),
    "no_consent": _("No consent for this purpose"),
    "not_eligible": _("Not eligible for the offer"),
    "ineligible": _("Not eligible by policy"),
    "inapplicable": _("The campaign does not apply to this customer"),
    "unsuitable": _("Not suitable for this customer now"),
    "too_costly": _("The offer costs too much for what this customer pays"),
    "contested": _("Contests an automated decision; a person has not answered yet"),
    "objected": _("Objected to automated campaigns"),
    "outcome_pause": _("Pause after rejections"),
    "capped": _("Contacted often enough"),
    "outranked": _("A campaign with a higher priority comes first"),
    "by_call": _("Reached by a call"),
    "answered": _("Accepted an earlier step"),
    "worker_lost": _("The sender stopped while this mail was on its way"),
    "connection_lost": _("The connection broke while this mail was on its way"),
    "refused": _("Refused by the receiving server"),
    "unrenderable": _("The mail could not be written"),
    "cancelled": _("Campaign cancelled"),
    "rejected": _("Campaign rejected"),
}

# A follow-up speaks to recipients of its parent who did not accept and either declined or stayed silent long enough, and who
# are in no other follow-up of the same parent.
TARGET_OF_FOLLOW_UP = """
    SELECT m.customer_id FROM campaigns_message m
    WHERE m.campaign_id = %(parent)s AND m.state = 'sent'
      AND NOT EXISTS (SELECT 1 FROM campaigns_interaction i
                      WHERE i.campaign_id = m.campaign_id AND i.customer_id = m.customer_id AND i.kind = 'accept' AND i.origin = 'human')
      AND (m.finished_at < now() - make_interval(days => %(silence_days)s)
           OR EXISTS (SELECT 1 FROM campaigns_interaction i
                      WHERE i.campaign_id = m.campaign_id AND i.customer_id = m.customer_id AND i.kind = 'reject' AND i.origin = 'human'))
      AND NOT EXISTS (SELECT 1 FROM campaigns_message o JOIN campaigns_campaign oc ON oc.id = o.campaign_id
                      WHERE oc.parent_id = m.campaign_id AND oc.id <> %(campaign)s AND o.customer_id = m.customer_id)
"""
TARGET_OF_SEGMENT = "SELECT customer_id FROM segments_membership WHERE run_id = %(run)s AND segment_id = %(segment)s"

# The contact is looked up per customer: a join over all of them goes quadratic where statistics are older than the last import.
CLASSIFIED = """
    WITH target AS ({target}),
    judged AS (
        SELECT t.customer_id, b.contact_id, b.granted, c.code, {facts} AS facts,
            CASE
                WHEN c.merged_into_id IS NOT NULL THEN 'merged'
                WHEN {objection} IS NOT NULL THEN {objection}
                WHEN screen.failed <> '' THEN screen.failed
                WHEN {paused} THEN 'outcome_pause'
                WHEN {capped} THEN 'capped'
                WHEN t.customer_id IN (SELECT unnest(%(outranked)s::bigint[])) THEN 'outranked'
                WHEN %(by_call)s THEN CASE WHEN b.granted IS FALSE THEN 'no_consent' ELSE 'by_call' END
                WHEN b.contact_id IS NULL THEN 'no_contact'
                WHEN b.erased_at IS NOT NULL THEN 'erased'
                WHEN b.email = '' THEN 'no_contact'
                WHEN b.bounced_at IS NOT NULL THEN 'bounced'
                WHEN b.granted IS FALSE OR (%(consent_required)s AND b.granted IS NULL) THEN 'no_consent'
                ELSE '' END AS reason
        FROM target t
        JOIN accounts_customer c ON c.id = t.customer_id
        CROSS JOIN LATERAL (SELECT {screened} AS failed OFFSET 0) screen
        LEFT JOIN LATERAL (
            SELECT ct.id AS contact_id, ct.erased_at, ct.bounced_at, ct.email, co.granted
            FROM accounts_contact ct LEFT JOIN accounts_consent co ON co.contact_id = ct.id AND co.purpose = %(purpose)s
            WHERE ct.customer_id IN (SELECT f.id FROM accounts_customer f WHERE coalesce(f.merged_into_id, f.id) = t.customer_id)
            ORDER BY (ct.email <> '' AND ct.erased_at IS NULL AND ct.bounced_at IS NULL
                        AND COALESCE(co.granted, NOT %(consent_required)s)) DESC,
                     (ct.erased_at IS NULL AND ct.email <> '') DESC, ct.is_primary DESC, ct.ref
            LIMIT 1
        ) b ON true
    ),
    routed AS (
        SELECT customer_id, contact_id, code, facts, reason,
            reason = 'by_call' OR (%(calls)s AND granted IS NOT FALSE AND reason IN ('no_contact', 'bounced', 'no_consent')) AS call
        FROM judged
    ),
    classified AS (
        SELECT customer_id, contact_id, code, facts, call,
            CASE WHEN (reason = '' OR call) AND {bucket} < %(hold_out)s THEN 'held_out'
                 WHEN reason = '' THEN 'queued' ELSE 'suppressed' END AS state,
            reason
        FROM routed
    )
"""
# The letters of ``classification.FACTS``; looked up when an audience is frozen, not when it is only counted.
FACTS = """concat(
            CASE WHEN c.merged_into_id IS NOT NULL THEN 'm' END, CASE {objection} WHEN 'contested' THEN 't' WHEN 'objected' THEN 'o' END,
            CASE screen.failed WHEN 'not_eligible' THEN 'n' WHEN 'ineligible' THEN 'i' WHEN 'inapplicable' THEN 'a'
                WHEN 'unsuitable' THEN 'u' WHEN 'too_costly' THEN 'v' END,
            CASE WHEN {paused} THEN 'p' END, CASE WHEN {capped} THEN 'c' END,
            CASE WHEN t.customer_id IN (SELECT unnest(%(outranked)s::bigint[])) THEN 'r' END,
            CASE WHEN b.contact_id IS NOT NULL THEN 'k' END, CASE WHEN b.erased_at IS NOT NULL THEN 'x' END,
            CASE WHEN b.email <> '' THEN 'e' END,
            CASE WHEN b.bounced_at IS NOT NULL THEN 'b' END, CASE b.granted WHEN true THEN 'g' WHEN false THEN 'd' END)"""
BUCKET = "(('x' || substr(encode(sha256(convert_to(%(salt)s || code, 'UTF8')), 'hex'), 1, 8))::bit(32)::bigint / 4294967296.0)"


@dataclass(frozen=True)
class Preview:
    """Customers of a campaign by what will happen (or, once frozen, was decided): the parts add up to ``total``."""

    total: int = 0
    mails: int = 0
    calls: int = 0
    held_out: int = 0
    excluded: dict[str, int] = field(default_factory=dict)

    @property
    def exclusions(self) -> list[tuple[str | Promise, int]]:
        """Reasons in words with counts, the largest first."""
        ranked = sorted(self.excluded.items(), key=lambda item: -item[1])
        return [(REASONS.get(code, code), number) for code, number in ranked]


@dataclass(frozen=True)
class Verdict:
    """One customer of an audience: ``outcome`` is mail, call, held_out or out; ``reason`` says why it is no mail.

    ``winner``: the campaign that comes first where the reason is "outranked".
    """

    customer_id: int
    contact_id: int | None
    outcome: str
    reason: str
    winner: int | None = None


OUTCOMES: dict[str, str | Promise] = {
    "mail": _("Mail"),
    "call": _("Call by the rep"),
    "held_out": _("Hold-out"),
    "out": pgettext_lazy("one customer", "Left out"),
}


def domain() -> str:
    """The domain of the sender's address: the right side of every Message-ID."""
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]


def preview(campaign: Campaign) -> Preview:
    """Counts of the audience; writes nothing."""
    query, parameters = _as_it_is(campaign)
    with connection.cursor() as cursor:
        counts = "SELECT state, call, reason, count(*) FROM classified GROUP BY 1, 2, 3"
        cursor.execute(query + counts, parameters)
        return _counted(cursor.fetchall())


def verdicts(campaign: Campaign) -> list[Verdict]:
    """What will happen (or, once frozen, was decided) to each customer of the audience, in no order; writes nothing."""
    query, parameters = _as_it_is(campaign)
    with connection.cursor() as cursor:
        each = "SELECT customer_id, contact_id, state, call, reason FROM classified"
        cursor.execute(query + each, parameters)
        rows = cursor.fetchall()
    winners = _winners(campaign, parameters)
    return [
        Verdict(
            customer, contact, _outcome(state, call), reason, winners.get(customer) if reason == "outranked" else None
        )
        for customer, contact, state, call, reason in rows
    ]


def _winners(campaign: Campaign, parameters: dict[str, Any]) -> dict[int, int]:
    """Who took whom: as found with the verdicts, or as it was frozen."""
    if "outranked" in parameters:
        return dict(zip(parameters["outranked"], parameters["winners"], strict=True))
    frozen = Message.objects.filter(campaign=campaign, outranked_by__isnull=False)
    return dict(frozen.values_list("customer_id", "outranked_by_id"))


def _outcome(state: str, call: bool) -> str:
    if state == Message.State.HELD_OUT:
        return "held_out"
    if state == Message.State.QUEUED:
        return "mail"
    return "call" if call else "out"


def freeze(campaign: Campaign) -> dict[str, int]:
    """Write one message per customer of the target; a second call changes nothing. Returns messages by state.

    A follow-up leaves out whoever was written to too recently or belongs to another campaign first: they stay due for the
    next wave. Audiences are frozen one after the other, so that each sees the claims of the ones before it.
    A planted draft has no audience: ``Refused``.
    """
    if campaign.is_planted:
        raise Refused("planted", str(_("A planted draft is never sent.")))
    insert = """
        , numbered AS MATERIALIZED (SELECT gen_random_uuid() AS id, classified.* FROM classified)
        , written AS (
        INSERT INTO campaigns_message (id, campaign_id, customer_id, contact_id, channel, state, reason, message_id, not_before,
                                       owner, attempts, error, created_at, finished_at, outranked_by_id)
        SELECT id, %(campaign)s, customer_id, contact_id, CASE WHEN call THEN 'call' ELSE 'email' END, state,
               CASE WHEN state = 'held_out' THEN '' ELSE reason END, '<' || id || '@' || %(domain)s || '>',
               GREATEST(now(), %(send_at)s::timestamptz), '', 0, '', now(), CASE WHEN state = 'queued' THEN NULL ELSE now() END,
               CASE WHEN reason = 'outranked' THEN winner END
        FROM numbered LEFT JOIN unnest(%(outranked)s::bigint[], %(winners)s::bigint[]) w(customer, winner) ON w.customer = customer_id
        WHERE NOT (%(follow_up)s AND reason IN ('capped', 'outranked')) ON CONFLICT (campaign_id, customer_id) DO NOTHING)
        SELECT customer_id, code, contact_id, facts, state, call, reason FROM numbered ORDER BY customer_id
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM campaigns_campaign WHERE id = %s FOR UPDATE", [campaign.pk])
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('campaigns.audience'))")
        if not campaign.messages.exists():
            query, parameters = _classified(campaign, recorded=True)
            cursor.execute(query + insert, {**parameters, "domain": domain(), "send_at": campaign.send_at})
            _remember(campaign, parameters, cursor.fetchall())
        cursor.execute("SELECT state, count(*) FROM campaigns_message WHERE campaign_id = %s GROUP BY 1", [campaign.pk])
        return dict(cursor.fetchall())


def _remember(campaign: Campaign, parameters: dict[str, Any], rows: list[tuple[Any, ...]]) -> None:
    """Who was in or out and why, in the transaction of the freeze: columns of customers, outcomes by their place in a list."""
    named = ("salt", "hold_out", "by_call", "calls", "consent_required", "follow_up")
    inputs = {
        "terms": {name: parameters[name] for name in named},
        "customers": [row[0] for row in rows],
        "codes": [row[1] for row in rows],
        "contacts": [row[2] for row in rows],
        "facts": [row[3] for row in rows],
    }
    if parameters["contests"]:  # who comes first and by which numbers, for those whom a live campaign may take
        inputs["contests"] = parameters["contests"]
    told = [_told(state, call, reason, parameters["follow_up"]) for *_who, state, call, reason in rows]
    kinds = sorted(set(told))
    place = {each: number for number, each in enumerate(kinds)}
    output = {"outcomes": kinds, "each": [place[each] for each in told]}
    versions = {"edition": campaign.policy_version_id, "run": campaign.run_id}
    decisions.record(decisions.Kind.AUDIENCE, inputs, output, campaign=campaign, versions=versions)


def _told(state: str, call: bool, reason: str, follow_up: bool) -> tuple[str, str]:
    return ("later", reason) if follow_up and reason in ("capped", "outranked") else (_outcome(state, call), reason)


def fingerprint(campaign: Campaign) -> str:
    """SHA-256 of the sorted customer codes and the hold-out share: what an approval binds. Stable once frozen."""
    if campaign.messages.exists():
        target, parameters = (
            "SELECT customer_id FROM campaigns_message WHERE campaign_id = %(campaign)s",
            {"campaign": campaign.pk},
        )
    else:
        target, parameters = _target(campaign)
    query = f"""
        SELECT encode(sha256(convert_to(
            %(share)s || ':' || COALESCE(string_agg(c.code, ',' ORDER BY c.code COLLATE "C"), ''), 'UTF8')), 'hex')
        FROM accounts_customer c WHERE c.id IN ({target})
    """  # noqa: S608 - the parts are constants of this module
    with connection.cursor() as cursor:
        cursor.execute(query, {**parameters, "share": f"{campaign.hold_out_share:.6f}"})
        return str(cursor.fetchone()[0])


def due_for_follow_up(parent: Campaign, silence_days: int) -> list[int]:
    """Customers to whom a follow-up of ``parent`` would speak and whom no follow-up and no call has taken up yet."""
    waiting = """
        AND NOT EXISTS (SELECT 1 FROM campaigns_calltask k WHERE k.campaign_id = m.campaign_id AND k.customer_id = m.customer_id)
        ORDER BY 1
    """
    with connection.cursor() as cursor:
        cursor.execute(
            TARGET_OF_FOLLOW_UP + waiting, {"parent": parent.pk, "campaign": 0, "silence_days": silence_days}
        )
        return [row[0] for row in cursor.fetchall()]


def salt(campaign: Campaign) -> str:
    """What the hold-out hash of one business unit starts with; never change it, or every hold-out moves."""
    return f"hold-out:{campaign.business_unit_id}:"


def _target(campaign: Campaign) -> tuple[str, dict[str, Any]]:
    if campaign.parent_id is None:
        return TARGET_OF_SEGMENT, {"run": campaign.run_id, "segment": campaign.segment_id}
    days = gate.limits_for(campaign).silence_days
    return TARGET_OF_FOLLOW_UP, {"parent": campaign.parent_id, "campaign": campaign.pk, "silence_days": days}


def contenders(campaign: Campaign) -> "NDArray[np.int64]":
    """Customers whom a campaign that is not frozen yet would speak to by mail or by call if no other campaign did."""
    query, parameters = _classified(campaign, alone=True)
    query += "SELECT customer_id FROM classified WHERE state = CASE WHEN %(by_call)s AND call THEN 'suppressed' ELSE 'queued' END"
    return copying.read(query, parameters, {"customer": ">i8"})["customer"]


def _as_it_is(campaign: Campaign) -> tuple[str, dict[str, Any]]:
    """SQL that ends in ``classified``: the frozen audience where there is one."""
    if campaign.pk and campaign.messages.exists():
        return "WITH " + _FROZEN, {"campaign": campaign.pk}
    return _classified(campaign)


def _classified(campaign: Campaign, recorded: bool = False, alone: bool = False) -> tuple[str, dict[str, Any]]:
    own, parameters = _target(campaign)
    limits = gate.limits_for(campaign)
    screened, asked = eligibility.reason_in_sql(eligibility.screens(campaign, limits.rules), "t.customer_id")
    parts = {
        "objection": gate.OBJECTION.format(customer="t.customer_id"),
        "paused": gate.PAUSED.format(customer="t.customer_id"),
        "capped": gate.CAPPED.format(customer="t.customer_id"),
    }
    facts = FACTS.format(**parts) if recorded else "''"
    query = CLASSIFIED.format(target=own, bucket=BUCKET, facts=facts, screened=screened, **parts)
    taken = contention.NONE if alone else contention.outranked(campaign, own, parameters, limits, recorded)
    return query, {
        **parameters,
        **asked,
        **limits.parameters(),
        "calls": limits.calls_without_contact,
        "follow_up": campaign.parent_id is not None,
        "outranked": list(taken.winners),
        "winners": list(taken.winners.values()),
        "contests": taken.contests,
        "campaign": campaign.pk,
        "purpose": campaign.strategy.purpose,
        "by_call": campaign.channel == Campaign.Channel.CALL,
        "salt": salt(campaign),
        "hold_out": campaign.hold_out_share,
    }


# The audience as it was frozen, in the form of CLASSIFIED.
_FROZEN = """
    classified AS (
        SELECT customer_id, contact_id, reason, channel = 'call' AND state = 'suppressed' AS call,
               CASE WHEN state IN ('suppressed', 'held_out') THEN state ELSE 'queued' END AS state
        FROM campaigns_message WHERE campaign_id = %(campaign)s
    )
"""


def _counted(rows: list[tuple[str, bool, str, int]]) -> Preview:
    mails = calls = held_out = 0
    excluded: dict[str, int] = {}
    for state, call, reason, number in rows:
        if state == Message.State.HELD_OUT:
            held_out += number
        elif state == Message.State.QUEUED:
            mails += number
        elif call:
            calls += number
        else:
            excluded[reason] = excluded.get(reason, 0) + number
    return Preview(mails + calls + held_out + sum(excluded.values()), mails, calls, held_out, excluded)
