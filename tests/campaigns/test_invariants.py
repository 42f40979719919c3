"""Each promise is checked by breaking it: a violation planted behind the product's back is found, and only that one."""

# ruff: noqa: S608 - planted violations are written as text on purpose

import json
from contextlib import suppress
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection

from accounts.models import Role
from campaigns import invariants, learning, outbox, tasks, tracking
from campaigns.models import Campaign
from campaigns.tracking import Visit
from tests.campaigns import walk

pytestmark = pytest.mark.django_db
PERSON = Visit("POST", "Mozilla/5.0 Firefox/140")
SENT = "(SELECT id FROM campaigns_message WHERE state = 'sent' ORDER BY id LIMIT 1)"
HELD = "(SELECT id FROM campaigns_message WHERE state = 'held_out' ORDER BY id LIMIT 1)"
# A rule cannot cover the whole day: "from 00:00 to 00:00" is never. Two halves leave no minute in which this test passes by luck.
QUIET_MORNING = '{"start": "00:00", "end": "12:00", "weekends": true}'
QUIET_AFTERNOON = '{"start": "12:00", "end": "00:00", "weekends": true}'

PLANTS: dict[str, str] = {
    "one_message_per_recipient": """
        ALTER TABLE campaigns_message DROP CONSTRAINT one_message_per_recipient_and_step;
        INSERT INTO campaigns_message (id, campaign_id, customer_id, channel, state, reason, message_id, not_before, owner, attempts, error, created_at, finished_at)
        SELECT u.id, m.campaign_id, m.customer_id, 'email', 'suppressed', 'capped', '<' || u.id || '@b2shift.example>', now(), '', 0, '', now(), now()
        FROM campaigns_message m, (SELECT gen_random_uuid() AS id) u WHERE m.id = """
    + SENT,
    "one_message_id_per_mail": """
        DO $$ DECLARE c text; BEGIN
            SELECT conname INTO c FROM pg_constraint WHERE conrelid = 'campaigns_message'::regclass AND contype = 'u' AND conname LIKE '%message_id%';
            EXECUTE format('ALTER TABLE campaigns_message DROP CONSTRAINT %I', c); END $$;
        UPDATE campaigns_message SET message_id = (SELECT message_id FROM campaigns_message WHERE id = """
    + HELD
    + ") WHERE id = "
    + SENT,
    "message_id_is_fixed": f"UPDATE campaigns_message SET message_id = '<other@b2shift.example>' WHERE id = {SENT}",
    "terminal_states_are_complete": f"UPDATE campaigns_message SET finished_at = NULL WHERE id = {SENT}",
    "nothing_dispatches_for_ever": f"UPDATE campaigns_message SET state = 'dispatching', owner = 'x', lease_until = now() - interval '2 hours' WHERE id = {SENT}",
    "nothing_waits_in_an_ended_campaign": f"UPDATE campaigns_message SET state = 'queued', finished_at = NULL, dispatched_at = NULL WHERE id = {SENT}",
    "hold_outs_are_never_contacted": f"UPDATE campaigns_message SET state = 'held_out' WHERE id = {SENT}",
    "audience_equals_segment": """
        DELETE FROM segments_membership WHERE id = (SELECT s.id FROM segments_membership s JOIN campaigns_message m USING (customer_id) WHERE m.state = 'sent' LIMIT 1)""",
    "follow_ups_speak_to_recipients": "UPDATE campaigns_campaign SET parent_id = (SELECT id FROM campaigns_campaign WHERE parent_id IS NOT NULL) WHERE parent_id IS NULL",
    "who_is_outranked_knows_by_whom": """
        UPDATE campaigns_message SET reason = 'outranked' WHERE id = (SELECT min(id::text)::uuid FROM campaigns_message WHERE state = 'suppressed')""",
    "calls_follow_the_audience": """
        UPDATE campaigns_calltask SET customer_id = (SELECT max(id) FROM accounts_customer) WHERE id = (SELECT min(id) FROM campaigns_calltask)""",
    "sent_only_under_a_live_approval": "UPDATE campaigns_approval SET expires_at = now() - interval '1 day', created_at = now() - interval '4 days'",
    "approvals_of_one_state_agree": """
        INSERT INTO campaigns_approval (campaign_id, draft_id, approver_id, digest, comment, created_at, expires_at, void_reason)
        SELECT campaign_id, draft_id, (SELECT id FROM accounts_user WHERE email LIKE 'second_admin%'), 'other', '', now(), now() + interval '1 day', ''
        FROM campaigns_approval LIMIT 1""",
    "nobody_approves_their_own": "UPDATE campaigns_campaign SET author_id = (SELECT approver_id FROM campaigns_approval LIMIT 1) WHERE parent_id IS NULL",
    "no_mail_against_consent": f"UPDATE accounts_consent SET granted = false WHERE contact_id = (SELECT contact_id FROM campaigns_message WHERE id = {SENT})",
    "no_mail_to_the_erased_or_bounced": f"UPDATE accounts_contact SET erased_at = now() - interval '1 day' WHERE id = (SELECT contact_id FROM campaigns_message WHERE id = {SENT})",
    "what_went_out_was_judged": f"DELETE FROM campaigns_decision WHERE kind = 'gate' AND subject = {SENT}::text",
    "wordings_are_as_drawn": f"UPDATE campaigns_message SET variant = 'A' WHERE id = {SENT}",
    "signs_belong_to_their_message": f"UPDATE campaigns_interaction SET customer_id = (SELECT max(id) FROM accounts_customer) WHERE id = (SELECT id FROM campaigns_interaction WHERE message_id = {SENT} LIMIT 1)",
    "signs_only_of_what_went_out": """
        INSERT INTO campaigns_interaction (message_id, customer_id, campaign_id, kind, origin, key, at, reason_code, detail)
        SELECT id, customer_id, campaign_id, 'open', 'human', 'planted', now(), '', '{}' FROM campaigns_message WHERE state = 'suppressed' LIMIT 1""",
    "every_sent_mail_has_its_sign": f"DELETE FROM campaigns_interaction WHERE kind = 'sent' AND message_id = {SENT}",
    "keys_are_unique": """
        DO $$ DECLARE c text; BEGIN
            SELECT conname INTO c FROM pg_constraint WHERE conrelid = 'campaigns_interaction'::regclass AND contype = 'u';
            EXECUTE format('ALTER TABLE campaigns_interaction DROP CONSTRAINT %I', c); END $$;
        INSERT INTO campaigns_interaction (message_id, customer_id, campaign_id, kind, origin, key, at, reason_code, detail)
        SELECT message_id, customer_id, campaign_id, 'open', 'human', key, now(), '', '{}' FROM campaigns_interaction WHERE kind = 'sent' LIMIT 1""",
    "planted_drafts_are_never_sent": """
        ALTER TABLE campaigns_campaign DROP CONSTRAINT a_planted_draft_is_never_approved;
        UPDATE campaigns_campaign SET is_planted = true WHERE parent_id IS NULL""",
    "one_published_run": """
        DROP INDEX one_published_run;
        INSERT INTO segments_run SELECT (jsonb_populate_record(NULL::segments_run, to_jsonb(r) || '{"id": 1000000, "seed": 9}')).*
        FROM segments_run r WHERE state = 'published'""",
    "one_policy_in_force": """
        DROP INDEX one_policy_in_force; UPDATE campaigns_policyversion SET state = 'published'""",
    "editions_follow_one_another": "UPDATE campaigns_policyversion SET in_force_until = in_force_until + interval '1 day' WHERE state = 'retired'",
    "status_follows_its_transitions": "UPDATE campaigns_campaign SET status = 'completed' WHERE parent_id IS NULL",
    "caps_are_kept": """
        UPDATE campaigns_policyrule SET parameters = '{"messages": 1, "days": 7, "long_messages": 1, "long_days": 30}' WHERE kind = 'frequency_cap'""",
    "pauses_are_kept": f"""
        INSERT INTO campaigns_interaction (message_id, customer_id, campaign_id, kind, origin, key, at, reason_code, detail)
        SELECT m.id, m.customer_id, m.campaign_id, 'reject', 'human', 'planted' || n, now() - interval '1 day', '', '{{}}'
        FROM campaigns_message m, generate_series(1, 2) n WHERE m.id = {SENT}""",
    "quiet_hours_are_kept": f"""
        INSERT INTO campaigns_policyrule (version_id, kind, business_unit_id, parameters)
        SELECT policy_version_id, 'quiet_hours', unit, parameters::jsonb
        FROM campaigns_campaign c, (VALUES (true, '{QUIET_MORNING}'), (false, '{QUIET_AFTERNOON}')) AS half(everywhere, parameters),
             LATERAL (SELECT CASE WHEN NOT everywhere THEN c.business_unit_id END AS unit) u WHERE parent_id IS NULL""",
    "decisions_are_as_they_were_made": "UPDATE campaigns_decision SET body = replace(body, 'sending', 'paused') WHERE id = (SELECT min(id) FROM campaigns_decision WHERE kind = 'gate')",
    "audit_is_as_it_was_written": "DELETE FROM accounts_auditentry WHERE id = (SELECT min(id) FROM accounts_auditentry)",
    "everything_is_sealed_in_time": """
        WITH last AS (DELETE FROM accounts_link WHERE log = 'decisions'
                      AND position = (SELECT max(position) FROM accounts_link WHERE log = 'decisions') RETURNING "row")
        UPDATE campaigns_decision SET at = at - interval '2 minutes' WHERE id = (SELECT "row" FROM last)""",
    "consent_exists": f"DELETE FROM accounts_consent WHERE contact_id = (SELECT contact_id FROM campaigns_message WHERE id = {SENT})",
}
# A plant may break a second promise that says the same from another side.
ALSO = {
    "one_message_id_per_mail": {"message_id_is_fixed"},
    "nothing_waits_in_an_ended_campaign": {"every_sent_mail_has_its_sign", "signs_only_of_what_went_out", "follow_ups_speak_to_recipients"},
    "nothing_dispatches_for_ever": {
        "every_sent_mail_has_its_sign", "nothing_waits_in_an_ended_campaign", "follow_ups_speak_to_recipients", "terminal_states_are_complete",
    },
    "what_went_out_was_judged": {"decisions_are_as_they_were_made"},
    "hold_outs_are_never_contacted": {"every_sent_mail_has_its_sign", "follow_ups_speak_to_recipients"},
    "one_policy_in_force": set(),
    "keys_are_unique": set(),
    "sent_only_under_a_live_approval": set(),
}  # fmt: skip


@pytest.fixture
def campaign(company, people) -> Campaign:
    """A whole loop: sent with hold-outs and calls, answered, silent, followed by an approved and sent second step."""
    walk.company_policy({"frequency_cap": {"messages": 3, "days": 7, "long_messages": 9, "long_days": 30}})
    campaign = walk.sent(company, people, hold_out_share=0.2)
    messages = [tracking.find(pk) for pk in campaign.messages.filter(state="sent").values_list("pk", flat=True)]
    tracking.record_answer(messages[0], "accept", "", PERSON)
    tracking.record_answer(messages[1], "decline", "price", PERSON)
    tracking.record_open(messages[2], PERSON)
    learning.follow_up()
    step = campaign.follow_ups.get()
    for key in (Role.MANAGER.value, "second_manager"):
        step.refresh_from_db()
        if step.status == Campaign.Status.IN_REVIEW:
            walk.lifecycle.move(step.pk, "approve", people[key])
    outbox.launch(step.pk, people[Role.MANAGER])
    while outbox.work(100, "test"):
        pass
    tasks.seal()
    return campaign


def report() -> dict:
    out = StringIO()
    with suppress(SystemExit):
        call_command("audit_invariants", "--json", stdout=out)
    return json.loads(out.getvalue())


def plant(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET session_replication_role = replica")  # no triggers: as if somebody went round the product
        cursor.execute(statement)
        cursor.execute("SET session_replication_role = origin")


def test_the_product_keeps_every_promise(campaign):
    assert campaign.messages.filter(state="held_out").exists()
    assert campaign.follow_ups.get().messages.filter(state="sent").exists()
    assert report() == {"ok": True, "violations": []}


def test_mails_are_judged_by_the_edition_that_let_them_go(campaign, people):
    walk.new_policy({"frequency_cap": {"messages": 1, "days": 30, "long_messages": 1, "long_days": 90}})
    Campaign.objects.filter(pk=campaign.pk).update(policy_version=walk.queries.policy_in_force())
    assert report() == {"ok": True, "violations": []}


def test_every_promise_has_its_plant():
    assert set(PLANTS) == set(invariants.names())


@pytest.mark.parametrize("name", sorted(PLANTS))
def test_a_broken_promise_is_found(campaign, name):
    plant(PLANTS[name])
    found = {item["invariant"]: item for item in report()["violations"]}
    assert name in found
    assert found[name]["count"] >= 1
    assert found[name]["examples"]
    assert set(found) - {name} <= ALSO.get(name, set())


def test_the_command_fails_and_says_what_is_broken(campaign):
    plant(PLANTS["message_id_is_fixed"])
    out = StringIO()
    with pytest.raises(SystemExit) as stopped:
        call_command("audit_invariants", stdout=out)
    assert stopped.value.code == 1
    assert "message_id_is_fixed: 1" in out.getvalue()


def test_an_empty_company_keeps_every_promise(db):
    out = StringIO()
    call_command("audit_invariants", stdout=out)
    assert str(len(PLANTS)) in out.getvalue()
