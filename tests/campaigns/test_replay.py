"""Decisions are recorded with their effect, made again bit for bit, and cannot be changed unseen."""

import json
from contextlib import suppress
from importlib import import_module
from io import StringIO

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import IntegrityError, ProgrammingError, connection, transaction

from accounts import audit, chain
from accounts.models import AuditEntry, Consent, Link, Role
from b2shift.lib.api import Refused
from campaigns import (
    arbiter,
    audience,
    classification,
    decisions,
    learning,
    lifecycle,
    prescribe,
    repeats,
    tasks,
    tracking,
)
from campaigns.drafting import propose
from campaigns.models import Decision, Message
from campaigns.tracking import Visit
from tests.campaigns import walk

pytestmark = pytest.mark.django_db
PERSON = Visit("POST", "Mozilla/5.0 Firefox/140")
Kind = Decision.Kind


@pytest.fixture
def walked(company, people):
    """A prescribed company, an edited draft, a sent campaign with answers and its next step."""
    walk.company_policy()
    prescribe.run(people[Role.ANALYST])
    drafted = Decision.objects.filter(kind=Kind.CHOICE).first().campaign
    propose.revise(drafted.pk, people[Role.ANALYST], "Outro assunto", drafted.current_draft.body)
    campaign = walk.sent(walk.twin(company), people, hold_out_share=0.2)
    message = tracking.find(campaign.messages.filter(state="sent").values_list("pk", flat=True)[0])
    tracking.record_answer(message, "decline", "price", PERSON)
    learning.follow_up()
    arbiter.run(arbiter.ask(None).pk)
    return campaign


def again(**options) -> dict:
    out = StringIO()
    with suppress(SystemExit):
        call_command("replay", *options.pop("args", []), "--json", stdout=out, **options)
    return json.loads(out.getvalue())


def behind_the_back(statement: str, *values) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(statement, values)
        cursor.execute("SET session_replication_role = origin")


def test_every_kind_is_recorded_and_made_again(walked):
    assert set(Decision.objects.values_list("kind", flat=True)) == set(Kind.values) - {Kind.AGENTS}
    report = again(all=True)
    assert report["differences"] == []
    assert report["identical"] is True
    assert report["decisions"] == Decision.objects.count() == report["identical_count"]
    gates = walked.decisions.filter(kind=Kind.GATE).count()
    assert gates == walked.messages.exclude(dispatched_at=None).count() > 5


def test_the_audience_tells_each_customer_as_the_messages_do(walked):
    body = json.loads(walked.decisions.get(kind=Kind.AUDIENCE).body)
    told = dict(
        zip(body["inputs"]["customers"], (body["output"]["outcomes"][n] for n in body["output"]["each"]), strict=True)
    )
    assert len(told) == walked.messages.count() == 20
    for message in walked.messages.all():
        outcome, reason = told[message.customer_id]
        expected = {"held_out": "held_out", "sent": "mail"}.get(
            message.state, "call" if message.channel == "call" else "out"
        )
        assert outcome == expected
        if message.state == Message.State.SUPPRESSED:
            assert reason == message.reason
    assert {outcome for outcome, _ in told.values()} == {"mail", "call", "held_out"} | (
        {"out"} & {o for o, _ in told.values()}
    )


def test_a_refused_approval_leaves_no_decision(company, people):
    walk.company_policy()
    campaign = walk.drafted(company, people)
    lifecycle.move(campaign.pk, "submit", people[Role.ANALYST])
    before = Decision.objects.count()
    with pytest.raises(Refused):
        lifecycle.move(campaign.pk, "approve", people[Role.ANALYST])
    assert Decision.objects.count() == before
    assert not campaign.messages.exists()


def test_a_decision_that_is_rolled_back_is_not_recorded(company, people):
    walk.company_policy()
    campaign = walk.drafted(company, people)
    with transaction.atomic():
        audience.freeze(campaign)
        transaction.set_rollback(True)
    assert not Decision.objects.exists()


def test_a_verdict_of_the_gate_that_refuses_is_recorded_with_what_it_saw(company, people):
    walk.company_policy()
    campaign = walk.sending(company, people, hold_out_share=0)
    first = campaign.messages.filter(state="queued").first()
    Consent.objects.filter(contact=first.contact, purpose="marketing").update(granted=False)
    Consent.objects.filter(contact=first.contact).update(granted=False)
    while walk.outbox.work(100, "test"):
        pass
    decision = Decision.objects.get(kind=Kind.GATE, subject=str(first.pk))
    body = json.loads(decision.body)
    assert body["output"] == ["suppressed", "no_consent"]
    assert decision.customer_id == first.customer_id
    assert repeats.replay(decision).identical


def test_the_database_refuses_to_change_or_delete_a_decision(walked):
    decision = Decision.objects.first()
    for change in (lambda: Decision.objects.filter(pk=decision.pk).update(body="{}"), decision.delete):
        with pytest.raises(ProgrammingError), transaction.atomic():
            change()
    assert Decision.objects.get(pk=decision.pk).body == decision.body


def test_a_changed_output_is_told_with_its_place(walked):
    tasks.seal()
    gate = walked.decisions.filter(kind=Kind.GATE).order_by("pk").first()
    behind_the_back(
        'UPDATE campaigns_decision SET body = replace(body, \'["dispatching",""]\', \'["suppressed","capped"]\') WHERE id = %s',
        gate.pk,
    )
    report = again(args=[str(gate.pk)])
    assert report["identical"] is False
    assert report["seal"] == "altered"
    assert {each["path"] for each in report["differences"]} == {"seal", "output.0", "output.1"}
    everything = again(all=True)
    assert [each["decision"] for each in everything["differences"]] == [gate.pk]


def test_a_changed_input_is_found_by_the_seal_even_where_the_output_is_the_same(walked):
    tasks.seal()
    choice = Decision.objects.filter(kind=Kind.CHOICE).first()
    behind_the_back(
        "UPDATE campaigns_decision SET body = replace(body, '\"run\":', '\"ran\":') WHERE id = %s", choice.pk
    )
    report = again(args=[str(choice.pk)])
    assert report["identical"] is False
    assert [each["path"] for each in report["differences"]] == ["seal"]


def test_an_unreadable_body_is_a_difference_and_stops_nothing(walked):
    choice = Decision.objects.filter(kind=Kind.CHOICE).first()
    behind_the_back("UPDATE campaigns_decision SET body = 'nothing' WHERE id = %s", choice.pk)
    report = again(all=True)
    assert [each["decision"] for each in report["differences"]] == [choice.pk]
    assert report["decisions"] == Decision.objects.count()


def test_other_code_than_then_is_named(walked, monkeypatch):
    real = decisions.code
    monkeypatch.setattr(
        decisions, "code", lambda kind: {**real(kind), "strategies": "0" * 12} if kind == Kind.CHOICE else real(kind)
    )
    report = again(args=[str(Decision.objects.filter(kind=Kind.CHOICE).first().pk)])
    assert report["identical"] is True
    assert report["code_changed"] == {"strategies": [real(Kind.CHOICE)["strategies"], "0" * 12]}


def test_the_command_says_what_it_needs(db):
    for arguments, words in ((["7"], "no decision 7"), ([], "Say which"), (["--sample", "0"], "above 0")):
        with pytest.raises(CommandError, match=words):
            call_command("replay", *arguments)
    assert again(sample=5) == {
        "identical": True,
        "decisions": 0,
        "identical_count": 0,
        "lapsed": 0,
        "code_changed": 0,
        "differences": [],
    }


def test_one_decision_and_many_are_not_asked_for_together(db):
    for arguments in (["7", "--all"], ["7", "--sample", "2"], ["--all", "--sample", "2"]):
        with pytest.raises(CommandError, match="not allowed with"):
            call_command("replay", *arguments)


def test_a_sealed_decision_that_was_deleted_is_not_said_never_to_have_been(company):
    walk.company_policy()
    prescribe.run()
    tasks.seal()
    gone = Decision.objects.first().pk
    behind_the_back("DELETE FROM campaigns_decision WHERE id = %s", gone)
    with pytest.raises(CommandError, match=f"Decision {gone} was sealed and is gone"):
        call_command("replay", str(gone))


def flaws() -> list[str]:
    return [str(flaw) for log in (decisions.LOG, chain.AUDIT) for flaw in chain.flaws(log)]


def test_the_chain_links_every_row_once(walked):
    assert tasks.seal() == {"decisions": Decision.objects.count(), "audit": chain.AUDIT.model.objects.count()}
    assert tasks.seal() == {"decisions": 0, "audit": 0}
    assert list(Link.objects.filter(log="decisions").values_list("position", flat=True)) == list(
        range(1, Decision.objects.count() + 1)
    )
    assert flaws() == []


def test_altered_deleted_and_inserted_rows_are_named(walked):
    tasks.seal()
    first, second, *_rest, last = Decision.objects.order_by("pk").values_list("pk", flat=True)
    behind_the_back("UPDATE campaigns_decision SET at = at + interval '1 second' WHERE id = %s", first)
    behind_the_back("DELETE FROM campaigns_decision WHERE id = %s", second)
    behind_the_back(
        "INSERT INTO campaigns_decision (kind, subject, body, at) VALUES ('gate', '', '{}', now() - interval '1 hour')"
    )
    slipped = Decision.objects.order_by("-pk").first().pk
    assert slipped > last
    assert flaws() == [f"decisions {first}: altered", f"decisions {second}: deleted", f"decisions {slipped}: foreign"]


def test_a_row_slipped_in_between_two_seals_is_never_sealed(walked):
    """By the owner of the tables, with triggers off: with no stamp, an invented one, and a true one of another row."""
    genuine = Decision.objects.order_by("pk").first()
    assert genuine.stamp
    slip = """INSERT INTO campaigns_decision (kind, campaign_id, customer_id, subject, body, stamp)
              VALUES ('choice', %s, NULL, %s, %s, %s)"""
    behind_the_back("DROP INDEX one_decision_per_stamp")
    for stamp, body in (("", genuine.body), ("0" * 80, genuine.body), (genuine.stamp, "{}")):
        behind_the_back(slip, genuine.campaign_id, genuine.subject, body, stamp)
    *own, first, second, third = Decision.objects.order_by("pk").values_list("pk", flat=True)
    assert tasks.seal()["decisions"] == len(own)
    assert tasks.seal()["decisions"] == 0
    assert flaws() == [f"decisions {row}: foreign" for row in (first, second, third)]
    out = StringIO()
    with pytest.raises(SystemExit):
        call_command("verify", "--json", stdout=out)
    assert json.loads(out.getvalue())["count"] == 3


def test_a_genuine_row_cannot_be_copied(walked):
    genuine = Decision.objects.order_by("pk").first()
    with pytest.raises(IntegrityError, match="one_decision_per_stamp"), transaction.atomic():
        Decision.objects.create(kind=genuine.kind, subject=genuine.subject, body=genuine.body, stamp=genuine.stamp)


def test_foreign_rows_do_not_keep_the_sealer_from_its_work(walked, monkeypatch):
    monkeypatch.setattr(chain, "BATCH", 2)
    behind_the_back(
        "INSERT INTO accounts_auditentry (action, target, target_id, summary, detail) SELECT 'x', '', '', '', '{}' FROM generate_series(1, 5)"
    )
    audit.record(
        None,
        "campaign.test",
        Decision.objects.first(),
        "after them",
        share=1e22,
        count=3.0,
        nested={"a": [1, 0.1, True, None]},
    )
    assert tasks.seal() == {
        "decisions": Decision.objects.count(),
        "audit": AuditEntry.objects.exclude(stamp="").count(),
    }
    assert [flaw.split(": ")[1] for flaw in flaws()] == ["foreign"] * 5


def test_a_row_is_sealed_by_a_key_that_was_replaced(walked, settings):
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another-key" * 5, [settings.SECRET_KEY]
    assert tasks.seal()["decisions"] == Decision.objects.count()
    settings.SECRET_KEY_FALLBACKS = []
    assert flaws() == []


def test_many_are_replayed_with_few_queries(walked, django_assert_max_num_queries):
    tasks.seal()
    chosen = Decision.objects.exclude(kind=Kind.ARBITRATION)  # its inputs are rows of their own
    list(repeats.replay_many(chosen))  # the edition is read once by each process
    with django_assert_max_num_queries(8):
        done = list(repeats.replay_many(chosen))
    assert len(done) == chosen.count() > 10
    assert all(each.identical and not each.seal for each in done)


def test_a_link_that_is_gone_or_forged_is_found(walked):
    tasks.seal()
    forged = Link.objects.get(log="audit", position=2)
    behind_the_back("UPDATE accounts_link SET hash = %s WHERE id = %s", "f" * 64, forged.pk)
    third = Link.objects.get(log="audit", position=3)
    assert flaws() == [f"audit {forged.row}: altered", f"audit {third.row}: altered"]
    behind_the_back("UPDATE accounts_link SET hash = %s WHERE id = %s", forged.hash, forged.pk)
    behind_the_back("DELETE FROM accounts_link WHERE id = %s", forged.pk)
    assert "audit 2: missing_link" in flaws()


def test_a_new_chain_does_not_stand_against_an_anchor(walked, tmp_path):
    kept, out = tmp_path / "anchors.json", StringIO()
    call_command("verify", "--export", str(kept), stdout=out)
    behind_the_back("DELETE FROM campaigns_decision WHERE id = (SELECT min(id) FROM campaigns_decision)")
    behind_the_back("DELETE FROM accounts_link")
    out = StringIO()
    call_command("verify", "--json", stdout=out)  # whoever owns the database can write a whole new chain …
    assert json.loads(out.getvalue())["ok"] is True
    out = StringIO()
    with pytest.raises(SystemExit):
        call_command(
            "verify", "--json", "--against", str(kept), stdout=out
        )  # … that does not stand against what was kept
    assert any(flaw.startswith("decisions: the anchor") for flaw in json.loads(out.getvalue())["flaws"])


def test_a_file_that_holds_no_anchors_is_refused(db, tmp_path):
    for content in ("nothing", "[{}]", '[{"log": "other", "position": 1, "hash": "x"}]'):
        (tmp_path / "anchors.json").write_text(content)
        with pytest.raises(CommandError, match="no file of anchors"):
            call_command("verify", "--against", str(tmp_path / "anchors.json"))


@pytest.mark.parametrize(
    ("facts", "terms", "expected"),
    [
        ("keg", {}, ("mail", "")),
        ("ke", {}, ("call", "no_consent")),
        ("ke", {"consent_required": False}, ("mail", "")),
        ("ked", {"consent_required": False}, ("out", "no_consent")),
        ("", {}, ("call", "no_contact")),
        ("", {"calls": False}, ("out", "no_contact")),
        ("kx", {}, ("out", "erased")),
        ("kebg", {}, ("call", "bounced")),
        ("keg", {"by_call": True}, ("call", "by_call")),
        ("ked", {"by_call": True}, ("out", "no_consent")),
        ("kegc", {"follow_up": True}, ("later", "capped")),
        ("kegc", {}, ("out", "capped")),
        ("kegp", {}, ("out", "outcome_pause")),
        ("mkegt", {}, ("out", "merged")),
        ("kegtn", {}, ("out", "contested")),
        ("kego", {}, ("out", "objected")),
        ("kegn", {}, ("out", "not_eligible")),
        ("keg", {"hold_out": 0.99}, ("held_out", "")),
    ],
)
def test_the_rules_of_an_audience(facts, terms, expected):
    usual = {
        "salt": "s",
        "hold_out": 0.0,
        "by_call": False,
        "calls": True,
        "consent_required": True,
        "follow_up": False,
    }
    assert classification.audience(facts, "S1", classification.Terms(**{**usual, **terms})) == expected


def test_commands_seal_what_they_leave_where_no_scheduler_runs(company, tmp_path):
    call_command("prescribe", stdout=StringIO())
    with pytest.raises(CommandError):
        call_command("import_data", str(tmp_path / "nothing"), stdout=StringIO())
    assert Decision.objects.exists()
    assert AuditEntry.objects.exists()
    for log in decisions.LOGS:
        assert chain.anchor(log)["position"] == log.model.objects.count()


def test_rows_from_before_stamps_are_trusted_once_by_the_migration(walked):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    for table, migration in (
        ("accounts_auditentry", "accounts.migrations.0014_stamps"),
        ("campaigns_decision", "campaigns.migrations.0013_stamps"),
    ):
        behind_the_back(f"UPDATE {table} SET stamp = ''")  # noqa: S608 - two constants
        with connection.schema_editor() as editor:
            import_module(migration).stamp_what_waits(apps, editor)
    assert tasks.seal() == {"decisions": Decision.objects.count(), "audit": AuditEntry.objects.count()}
    assert flaws() == []
    with pytest.raises(ProgrammingError), transaction.atomic():
        Decision.objects.update(stamp="")
