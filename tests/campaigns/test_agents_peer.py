"""The agents against a server that others wrote (llmock), over the wire: what it breaks never leaves half a draft or holds a lock."""

import json
import threading
import time
from contextlib import contextmanager

import pytest
from django.db import connection, connections, transaction
from django.urls import reverse
from llmock.scenarios import Delay as Wait
from llmock.scenarios import Fail, Match, Reply, ToolCall, ToolFault

from accounts.models import IdempotencyKey, ModelCall, Role
from campaigns import catalogue, invariants, lifecycle, prescribe
from campaigns.models import AgentRun, Campaign, Decision, Draft, Fact, Message
from tests.campaigns import walk
from tests.campaigns.brain import Brain, says
from tests.model_peer import Raw

pytestmark = pytest.mark.django_db(transaction=True)
TOOLS = Match(tools=True)
PLAIN = Match(tools=False)
READ = Reply(tool_calls=(ToolCall("segment_profile"), ToolCall("account_facts", {"account": "account-1"})), match=TOOLS)


def answer(role, **changes):
    """A role's good answer."""
    return Reply(text=json.dumps(Brain().answers[role] | changes), match=TOOLS if role == "analyst" else PLAIN)


def good():
    """A whole conversation."""
    return [READ, *(answer(role) for role in ("analyst", "strategist", "writer", "critic"))]


@pytest.fixture
def served(settings, llmock):
    settings.OPENAI_API_KEY, settings.OPENAI_BASE_URL, settings.OPENAI_TIMEOUT_SECONDS = (
        "test-key",
        llmock.base_url("openai"),
        1,
    )
    settings.AGENT_SECONDS = 6
    return llmock.tool_mode("off")


def whole(drafter):
    """The one draft that there is, complete, and nothing else; within the promised time."""
    found = Campaign.objects.get()
    draft = found.current_draft
    assert (draft.drafter, found.status, draft.number) == (drafter, Campaign.Status.IN_REVIEW, 1)
    assert Draft.objects.count() == AgentRun.objects.count() == 1
    assert Fact.objects.filter(draft=draft).count() >= 5
    assert Decision.objects.filter(campaign=found, kind="words").count() == 1
    assert AgentRun.objects.get().steps.last().kind == "end"
    assert not Message.objects.exists()
    assert [
        broken for broken in invariants.audit() if "trail" not in broken.invariant and "chain" not in broken.invariant
    ] == []
    return found


def prescribed(people, drafter):
    started = time.monotonic()
    prescribe.run(people[Role.ANALYST], "S-001")
    assert time.monotonic() - started < 30
    return whole(drafter)


def test_structured_answers_and_tool_calls_over_the_wire(company, people, served):
    served.add(*good())
    prescribed(people, "model")
    sent = [record.body for record in served.requests]
    assert [bool(body.get("tools")) for body in sent] == [True, True, False, False, False]
    assert {body["response_format"]["type"] for body in sent} == {"json_schema"}
    assert [message["role"] for message in sent[1]["messages"]] == ["system", "user", "assistant", "tool", "tool"]
    assert all(call.tokens_in > 0 and call.cost_usd > 0 for call in ModelCall.objects.all())
    served.assert_resilient(strict=True)


PASSING = {
    "429_with_retry_after": [Fail(429, retry_after=0.4)],
    "500": [Fail(500)],
    "two_failures": [Fail(503, retry_after=0.1), Fail(500, retry_after=0.1)],
    "tool_arguments_that_are_no_json": [ToolFault("malformed_arguments")],
    "a_tool_that_does_not_exist": [ToolFault("unknown_tool")],
}


@pytest.mark.parametrize("case", PASSING)
def test_what_passes_is_got_over(company, people, served, case):
    served.add(*PASSING[case], *good())
    prescribed(people, "model")
    served.assert_resilient()


BROKEN = {
    "429_for_an_hour": [Fail(429, retry_after=3600, times=None)],
    "500_for_ever": [Fail(500, retry_after=0.1, times=None)],
    "401": [Fail(401, times=None)],
    "too_long": [Fail(400, code="context_length_exceeded", message="too long", times=None)],
    "silence": [Wait(2.5, times=None)],
    "no_json": [Reply(text="Claro! Aqui está.", times=None)],
    "wrong_schema": [Reply(text='{"sentiment": "good"}', times=None)],
    "nothing": [Reply(text="", times=None)],
    "refusal": [Reply(text="{}", finish_reason="content_filter", times=None)],
    "cut": [Reply(text='{"observations": [', finish_reason="length", times=None)],
    "only_tools": [Reply(tool_calls=(ToolCall("segment_profile"),), times=None)],
    "a_writer_who_lies": [*good()[:3], Reply(text=json.dumps(says("São 70% de desconto.")), match=PLAIN), answer("critic"), answer("writer", **says("De graça!"))],
    "dies_before_the_words": [*good()[:3], Fail(503, retry_after=0.1, times=None, match=PLAIN)],
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_what_does_not_pass_ends_in_the_playbook(company, people, served, case):
    served.add(*BROKEN[case])
    found = prescribed(people, "playbook")
    assert found.expected_effect["fallback_reason"]
    served.assert_resilient()


FLOODS = {
    "one_byte_then_nothing": lambda: Raw(
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{"
    ),
    "a_byte_now_and_then": lambda: Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 90000\r\n\r\n", forever=b" ", pause=0.2),
    "ten_megabytes": lambda: Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 10485760\r\n\r\n" + b" " * 10_485_760),
}


@pytest.mark.parametrize("case", FLOODS)
def test_what_no_polite_server_does(company, people, settings, case):
    server = FLOODS[case]()
    settings.OPENAI_API_KEY, settings.OPENAI_BASE_URL, settings.OPENAI_TIMEOUT_SECONDS = "test-key", server.url, 1
    settings.AGENT_SECONDS = 5
    prescribed(people, "playbook")
    assert set(ModelCall.objects.values_list("outcome", flat=True)) <= {"failed", "invalid"}
    server.close()


@contextmanager
def meanwhile(work):
    """``work`` on a thread with a connection of its own; afterwards it has to have ended well."""
    errors = []

    def run():
        try:
            work()
        except Exception as error:
            errors.append(error)
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    yield thread
    thread.join(40)
    assert not thread.is_alive()
    assert errors == []


def answering(server, count=1):
    """Wait until the model is being asked."""
    for _ in range(200):
        if len(server._server.state.journal.records()) + server._server.state.journal.in_flight >= count:
            return
        time.sleep(0.05)
    raise AssertionError("nobody asked")


def locks_of_others():
    """Locks and open transactions of every other connection of this database."""
    with connection.cursor() as cursor:
        cursor.execute("""
            SELECT a.pid, a.state, l.mode FROM pg_stat_activity a LEFT JOIN pg_locks l ON l.pid = a.pid AND l.locktype <> 'virtualxid'
            WHERE a.datname = current_database() AND a.pid <> pg_backend_pid() AND a.backend_type = 'client backend'
              AND (l.mode IS NOT NULL OR a.state LIKE 'idle in transaction%')""")
        return cursor.fetchall()


def test_no_lock_is_held_while_the_model_answers(company, people, served, client_of):
    catalogue.seed()
    served.add(Wait(0.9), *good())
    client, key = client_of(Role.ANALYST), "one-effect"

    def ask():
        client.post(reverse("campaigns-prescribe"), {"segment": "S-001", "idempotency_key": key})

    with meanwhile(ask):
        answering(served)
        assert locks_of_others() == []
        assert not Campaign.objects.exists(), "half a draft"
        with transaction.atomic():
            assert IdempotencyKey.objects.select_for_update(nowait=True).get().status is None
    found = whole("model")
    assert found.author == people[Role.ANALYST]


def test_somebody_may_decide_while_agents_write_the_next_step(company, people, served):
    walk.company_policy()
    parent = walk.sent(company, people, strategy="gestao-expand")
    served.add(
        Wait(0.9),
        READ,
        answer("analyst"),
        answer("writer", **says("Podemos conversar com {{ customer.name }}.")),
        answer("critic"),
    )
    with meanwhile(lambda: prescribe.follow_up(Campaign.objects.get(pk=parent.pk))):
        answering(served)
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '500ms'")
        lifecycle.move(parent.pk, "pause" if parent.status == "sending" else "complete", people[Role.MANAGER])
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = 0")
    child = Campaign.objects.get(parent=parent)
    assert (child.current_draft.drafter, child.step) == ("model", 2)


def test_two_who_ask_at_once_get_one_campaign(company, people, served):
    served.add(*good(), *good())
    with meanwhile(lambda: prescribe.run(people[Role.ANALYST], "S-001")):
        prescribe.run(people[Role.MANAGER], "S-001")
    assert Campaign.objects.count() == Draft.objects.count() == 1
