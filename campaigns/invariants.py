"""The promises of sending, checked on the live data: one query each, and every row that it finds is a broken promise.

Each query names its violations as one text column. Limits come from the policy edition by which the gate let each message go.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection

from accounts import chain
from campaigns import decisions, gate, policies, variants
from campaigns.models import PolicyRule

EXAMPLES = 5


@dataclass(frozen=True)
class Violation:
    """One broken promise: its name, how many rows break it, and a few of them."""

    invariant: str
    count: int
    examples: list[str]


# Decisions of the gate that let a message go.
_LET_GO = "d.kind = 'gate' AND d.body::jsonb #>> '{output,0}' = 'dispatching'"

FIXED: dict[str, str] = {
    # Rule 2: one row per campaign step and recipient, one terminal state.
    "one_message_per_recipient": """
        SELECT campaign_id || '/' || customer_id FROM campaigns_message GROUP BY campaign_id, customer_id HAVING count(*) > 1""",
    "one_message_id_per_mail": "SELECT message_id FROM campaigns_message GROUP BY message_id HAVING count(*) > 1",
    "message_id_is_fixed": "SELECT id::text FROM campaigns_message WHERE message_id NOT LIKE '<' || id || '@%%>'",
    "terminal_states_are_complete": """
        SELECT id::text FROM campaigns_message
        WHERE (state IN ('sent', 'failed', 'uncertain') AND (dispatched_at IS NULL OR finished_at IS NULL))
           OR (state IN ('suppressed', 'held_out', 'cancelled') AND finished_at IS NULL)
           OR (state = 'suppressed' AND reason = '')
           OR (state = 'queued' AND (finished_at IS NOT NULL OR dispatched_at IS NOT NULL))
           OR (state = 'dispatching' AND (owner = '' OR lease_until IS NULL OR dispatched_at IS NULL))""",
    "nothing_dispatches_for_ever": """
        SELECT id::text FROM campaigns_message WHERE state = 'dispatching' AND lease_until < now() - interval '1 hour'""",
    "nothing_waits_in_an_ended_campaign": """
        SELECT m.id::text FROM campaigns_message m JOIN campaigns_campaign c ON c.id = m.campaign_id
        WHERE m.state IN ('queued', 'dispatching') AND c.status IN ('tracking', 'completed', 'cancelled', 'rejected')""",
    # Rule 3: the audience is frozen; hold-outs are never contacted.
    "hold_outs_are_never_contacted": """
        SELECT m.id::text FROM campaigns_message m
        WHERE m.state = 'held_out' AND (m.dispatched_at IS NOT NULL OR EXISTS (SELECT 1 FROM campaigns_calltask k WHERE k.message_id = m.id)
              OR EXISTS (SELECT 1 FROM campaigns_interaction i WHERE i.message_id = m.id))""",
    "audience_equals_segment": """
        SELECT c.id::text FROM campaigns_campaign c
        WHERE c.parent_id IS NULL AND EXISTS (SELECT 1 FROM campaigns_message m WHERE m.campaign_id = c.id)
          AND EXISTS (
            (SELECT customer_id FROM campaigns_message WHERE campaign_id = c.id
             EXCEPT SELECT customer_id FROM segments_membership WHERE run_id = c.run_id AND segment_id = c.segment_id)
            UNION ALL
            (SELECT customer_id FROM segments_membership WHERE run_id = c.run_id AND segment_id = c.segment_id
             EXCEPT SELECT customer_id FROM campaigns_message WHERE campaign_id = c.id))""",
    "follow_ups_speak_to_recipients": """
        SELECT m.id::text FROM campaigns_message m JOIN campaigns_campaign c ON c.id = m.campaign_id
        WHERE c.parent_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM campaigns_message p WHERE p.campaign_id = c.parent_id
              AND p.customer_id = m.customer_id AND p.state = 'sent')""",
    "who_is_outranked_knows_by_whom": """
        SELECT m.id::text FROM campaigns_message m WHERE (m.reason = 'outranked') <> (m.outranked_by_id IS NOT NULL)""",
    "calls_follow_the_audience": """
        SELECT k.id::text FROM campaigns_calltask k
        WHERE NOT EXISTS (SELECT 1 FROM campaigns_message m WHERE m.campaign_id = k.campaign_id AND m.customer_id = k.customer_id)""",
    # Rule 4: nothing leaves without an agreement that was live, of the words in force, by somebody else than the author.
    "sent_only_under_a_live_approval": """
        SELECT m.id::text FROM campaigns_message m
        WHERE m.dispatched_at IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM campaigns_approval a WHERE a.campaign_id = m.campaign_id AND a.created_at <= m.dispatched_at
              AND a.expires_at > m.dispatched_at AND (a.voided_at IS NULL OR a.voided_at > m.dispatched_at)
              AND a.draft_id = (SELECT d.id FROM campaigns_draft d WHERE d.campaign_id = m.campaign_id AND d.created_at <= m.dispatched_at
                                ORDER BY d.number DESC LIMIT 1))""",
    "approvals_of_one_state_agree": """
        SELECT a.id::text FROM campaigns_approval a JOIN campaigns_approval b
            ON b.campaign_id = a.campaign_id AND b.id < a.id AND b.digest <> a.digest AND a.voided_at IS NULL AND b.voided_at IS NULL""",
    "nobody_approves_their_own": """
        SELECT a.id::text FROM campaigns_approval a JOIN campaigns_campaign c ON c.id = a.campaign_id
        WHERE a.approver_id = c.author_id OR EXISTS (
              SELECT 1 FROM campaigns_draft d WHERE d.campaign_id = c.id AND d.edited_by_id = a.approver_id
              AND d.number <= (SELECT number FROM campaigns_draft x WHERE x.id = a.draft_id))""",
    # Rule 5, the parts that no policy may loosen. (A consent that was withdrawn later does not count against an earlier mail.)
    "no_mail_against_consent": """
        SELECT m.id::text FROM campaigns_message m JOIN campaigns_campaign c ON c.id = m.campaign_id
        JOIN campaigns_strategy s ON s.id = c.strategy_id
        JOIN accounts_consent co ON co.contact_id = m.contact_id AND co.purpose = s.purpose
        WHERE m.dispatched_at IS NOT NULL AND NOT co.granted AND co.at < m.dispatched_at""",
    "no_mail_to_the_erased_or_bounced": """
        SELECT m.id::text FROM campaigns_message m LEFT JOIN accounts_contact ct ON ct.id = m.contact_id
        WHERE m.dispatched_at IS NOT NULL AND (ct.id IS NULL OR ct.erased_at < m.dispatched_at OR ct.bounced_at < m.dispatched_at)""",
    "what_went_out_was_judged": f"""
        SELECT m.id::text FROM campaigns_message m
        WHERE m.dispatched_at IS NOT NULL AND m.id::text NOT IN (SELECT d.subject FROM campaigns_decision d WHERE {_LET_GO})""",  # noqa: S608
    # Rule 4: of two approved wordings each recipient reads the one that was drawn.
    "wordings_are_as_drawn": f"""
        SELECT m.id::text FROM campaigns_message m JOIN accounts_customer r ON r.id = m.customer_id
        JOIN LATERAL (SELECT d.other_body FROM campaigns_draft d WHERE d.campaign_id = m.campaign_id AND d.created_at <= m.dispatched_at
                      ORDER BY d.number DESC LIMIT 1) said ON true
        WHERE m.dispatched_at IS NOT NULL AND m.variant <> CASE WHEN said.other_body = '' THEN '' ELSE {variants.IN_SQL} END""",  # noqa: S608
    # Rule 6: signs belong to what went out, and to one recipient.
    "signs_belong_to_their_message": """
        SELECT i.id::text FROM campaigns_interaction i JOIN campaigns_message m ON m.id = i.message_id
        WHERE i.customer_id <> m.customer_id OR i.campaign_id <> m.campaign_id""",
    "signs_only_of_what_went_out": """
        SELECT i.id::text FROM campaigns_interaction i JOIN campaigns_message m ON m.id = i.message_id
        WHERE i.kind IN ('sent', 'open', 'click', 'bounce', 'silence', 'unsubscribe') AND m.dispatched_at IS NULL""",
    "every_sent_mail_has_its_sign": """
        SELECT m.id::text FROM campaigns_message m
        WHERE (m.state = 'sent') <> EXISTS (SELECT 1 FROM campaigns_interaction i WHERE i.message_id = m.id AND i.kind = 'sent')""",
    "keys_are_unique": "SELECT key FROM campaigns_interaction GROUP BY key HAVING count(*) > 1",
    # Planted drafts reach nobody.
    "planted_drafts_are_never_sent": """
        SELECT c.id::text FROM campaigns_campaign c
        WHERE c.is_planted AND (c.status NOT IN ('draft', 'in_review', 'cancelled')
              OR EXISTS (SELECT 1 FROM campaigns_message m WHERE m.campaign_id = c.id)
              OR EXISTS (SELECT 1 FROM campaigns_calltask k WHERE k.campaign_id = c.id)
              OR EXISTS (SELECT 1 FROM campaigns_approval a WHERE a.campaign_id = c.id))""",
    # Editions and runs: exactly one in force.
    "one_published_run": "SELECT count(*)::text FROM segments_run WHERE state = 'published' HAVING count(*) > 1",
    "one_policy_in_force": """
        SELECT count(*)::text FROM campaigns_policyversion WHERE state = 'published' HAVING count(*) > 1""",
    "editions_follow_one_another": """
        SELECT a.number || '/' || b.number FROM campaigns_policyversion a JOIN campaigns_policyversion b ON b.number > a.number
        WHERE a.state IN ('published', 'retired') AND b.state IN ('published', 'retired')
          AND b.in_force_from < coalesce(a.in_force_until, 'infinity') AND a.in_force_from IS NOT NULL
        UNION ALL
        SELECT number::text FROM campaigns_policyversion WHERE state = 'scheduled' AND in_force_from < now() - interval '1 hour'""",
    "status_follows_its_transitions": """
        SELECT c.id::text FROM campaigns_campaign c
        JOIN LATERAL (SELECT to_status FROM campaigns_transition t WHERE t.campaign_id = c.id ORDER BY t.id DESC LIMIT 1) last ON true
        WHERE last.to_status <> c.status""",
}

# Messages that the gate let go by one edition's rules for one unit and purpose. A campaign may be agreed to again under a later one.
_UNDER = f"""
    m.campaign_id = ANY(%(campaigns)s) AND m.id::text IN (
        SELECT d.subject FROM campaigns_decision d
        WHERE d.campaign_id = ANY(%(campaigns)s) AND {_LET_GO} AND d.body::jsonb #> '{{versions,edition}}' = to_jsonb(%(edition)s::int)
          AND d.body::jsonb #>> '{{inputs,unit}}' = %(unit)s AND d.body::jsonb #>> '{{inputs,purpose}}' = %(purpose)s)
"""  # noqa: S608 - the parts are constants of this module
_CAPS = f"""
    SELECT m.id::text FROM campaigns_message m
    JOIN unnest(%(cap_days)s::int[], %(cap_most)s::int[]) w(days, most) ON true
    WHERE {_UNDER} AND m.state IN ('dispatching', 'sent', 'uncertain') AND m.dispatched_at IS NOT NULL
      AND (SELECT count(*) FROM campaigns_message o WHERE o.customer_id = m.customer_id AND o.state IN ('dispatching', 'sent', 'uncertain')
             AND o.dispatched_at <= m.dispatched_at AND o.dispatched_at > m.dispatched_at - make_interval(days => w.days)) > w.most
"""  # noqa: S608 - the parts are constants of this module
_PAUSES = f"""
    SELECT m.id::text FROM campaigns_message m
    JOIN unnest(%(pause_days)s::int[], %(pause_most)s::int[]) w(days, most) ON true
    WHERE {_UNDER} AND m.dispatched_at IS NOT NULL
      AND (SELECT count(*) FROM campaigns_interaction i WHERE i.customer_id = m.customer_id AND i.kind = 'reject' AND i.origin = 'human'
             AND i.at < m.dispatched_at AND i.at > m.dispatched_at - make_interval(days => w.days)) >= w.most
"""  # noqa: S608 - the parts are constants of this module
_QUIET = f"""
    SELECT m.id::text FROM campaigns_message m JOIN accounts_contact ct ON ct.id = m.contact_id
    CROSS JOIN LATERAL (SELECT m.dispatched_at AT TIME ZONE {gate.ZONE} AS at) here
    WHERE {_UNDER} AND m.dispatched_at IS NOT NULL AND {gate.QUIET.format(local="here.at")}
"""  # noqa: S608 - the parts are constants of this app
_CONSENTED = f"""
    SELECT m.id::text FROM campaigns_message m JOIN campaigns_campaign c ON c.id = m.campaign_id
    JOIN campaigns_strategy s ON s.id = c.strategy_id
    WHERE {_UNDER} AND m.dispatched_at IS NOT NULL AND %(consent_required)s
      AND NOT EXISTS (SELECT 1 FROM accounts_consent co WHERE co.contact_id = m.contact_id AND co.purpose = s.purpose)
"""  # noqa: S608 - the parts are constants of this module
_SCOPES = f"""
    SELECT DISTINCT (d.body::jsonb #>> '{{versions,edition}}')::int, d.body::jsonb #>> '{{inputs,unit}}',
           d.body::jsonb #>> '{{inputs,purpose}}', d.campaign_id
    FROM campaigns_decision d WHERE {_LET_GO} ORDER BY 1, 2, 3, 4
"""  # noqa: S608 - the parts are constants of this module
BY_POLICY: dict[str, str] = {
    "caps_are_kept": _CAPS,
    "pauses_are_kept": _PAUSES,
    "quiet_hours_are_kept": _QUIET,
    "consent_exists": _CONSENTED,
}

# Rules of trust: what was decided and done stands as it was written.
CHAINED: dict[str, chain.Log] = {
    "decisions_are_as_they_were_made": decisions.LOG,
    "audit_is_as_it_was_written": chain.AUDIT,
}
SEALED = "everything_is_sealed_in_time"


def audit(progress: Callable[[str], None] | None = None) -> list[Violation]:
    """Every promise that is broken now; an empty list means that all hold. ``progress`` is told each promise's name."""
    found: list[Violation] = []
    for name, query in FIXED.items():
        found += _broken(name, [(query, None)], progress)
    scopes = _scopes()
    for name, query in BY_POLICY.items():
        found += _broken(name, [(query, scope) for scope in scopes], progress)
    return found + _unchained(progress)


def names() -> list[str]:
    """All promises that are checked."""
    return [*FIXED, *BY_POLICY, *CHAINED, SEALED]


def _unchained(progress: Callable[[str], None] | None) -> list[Violation]:
    flaws: dict[str, list[str]] = {}
    for name, log in CHAINED.items():
        if progress:
            progress(name)
        for flaw in chain.flaws(log):
            flaws.setdefault(SEALED if flaw.kind == "unsealed" else name, []).append(str(flaw))
    return [Violation(name, len(rows), rows[:EXAMPLES]) for name, rows in flaws.items()]


def _broken(
    name: str, queries: list[tuple[str, dict[str, Any] | None]], progress: Callable[[str], None] | None
) -> list[Violation]:
    if progress:
        progress(name)
    rows: list[str] = []
    with connection.cursor() as cursor:
        for query, parameters in queries:
            cursor.execute(query, parameters or {})
            rows += [str(row[0]) for row in cursor.fetchall()]
    return [Violation(name, len(rows), rows[:EXAMPLES])] if rows else []


def _scopes() -> list[dict[str, Any]]:
    """What was let go by the same limits (edition, unit, purpose): the campaigns, with these limits as parameters."""
    groups: dict[tuple[int, str, str], list[int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_SCOPES)
        for edition, unit, purpose, campaign in cursor.fetchall():
            groups.setdefault((edition, unit, purpose), []).append(campaign)
    zones = gate.known_zones(_used_zones()) if groups else []
    shared = {"zones": zones, "fallback_zone": settings.TIME_ZONE}
    return [
        {**shared, **_limits(*key).parameters(), "campaigns": ids, "edition": key[0], "unit": key[1], "purpose": key[2]}
        for key, ids in groups.items()
    ]


def _limits(version: int, unit: str, purpose: str) -> gate.Limits:
    stored = PolicyRule.objects.filter(version=version)
    rules = tuple(policies.rule(rule.kind, rule.parameters, rule.business_unit_id) for rule in stored)
    return gate.limits_of(rules, unit, purpose)


def _used_zones() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT time_zone FROM accounts_contact")
        return [row[0] for row in cursor.fetchall()]
