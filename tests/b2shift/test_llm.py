"""The door to the model over real HTTP: what it waits for, repeats, refuses and records, whatever the endpoint does."""

import contextlib
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict

from b2shift.lib import llm, replies
from tests.model_peer import Peer, Raw, chat, ok, tools


@pytest.fixture
def peer():
    made = Peer()
    yield made
    made.close()


class Word(BaseModel):
    word: str


class Lookup(BaseModel):
    model_config = ConfigDict(extra="forbid")
    place: str


SPEC = llm.ToolSpec("look", "Looks a place up.", Lookup)
HI = [{"role": "user", "content": "hi"}]


def ask(peer, **changes):
    kept = []
    endpoint = llm.Endpoint("secret-key", peer.url, "m", **{"timeout": 2.0, "total": 5.0, **changes})
    question = llm.Question("test", "v1", HI, Word)

    def record(entry):
        kept.append(entry)
        return entry

    try:
        return llm.ask(endpoint, question, record)[0], kept[0]
    except llm.ModelFailed as failure:
        return failure, kept[0]


def test_too_many_requests_are_repeated_after_the_time_asked_for(peer):
    peer.script = [(429, {"Retry-After": "0"}, b"{}"), (500, {"Retry-After": "0"}, b"{}"), ok({"word": "oi"})]
    answer, entry = ask(peer)
    assert answer == Word(word="oi")
    assert (entry.outcome, entry.attempts) == ("ok", 3)


def test_a_wait_beyond_the_budget_is_not_waited(peer):
    peer.script = [(429, {"Retry-After": "3600"}, b"{}")]
    failure, entry = ask(peer)
    assert (failure.outcome, entry.attempts, entry.outcome) == ("failed", 1, "failed")


def test_retries_are_bounded(peer):
    peer.script = [(503, {"Retry-After": "0"}, b"{}")]
    failure, entry = ask(peer)
    assert (failure.reason, entry.attempts, len(peer.requests)) == ("HTTP 503", llm.MOST_ATTEMPTS, llm.MOST_ATTEMPTS)


def test_an_endpoint_without_schemas_is_asked_for_plain_json(peer):
    peer.script = [(400, {}, b'{"error": {"message": "response_format"}}'), ok({"word": "oi"})]
    answer, _entry = ask(peer)
    assert answer == Word(word="oi")
    assert [request["response_format"]["type"] for request in peer.requests] == ["json_schema", "json_object"]


def test_nobody_there_is_a_failure_with_a_record(peer):
    peer.close()
    failure, entry = ask(peer, total=2.0)
    assert (failure.outcome, entry.outcome) == ("failed", "failed")
    assert entry.response is None
    peer.server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)  # so that the fixture can close it
    threading.Thread(target=peer.server.serve_forever, daemon=True).start()


def test_the_schema_is_closed_at_every_level():
    class Outer(BaseModel):
        inner: list[Word]
        note: str = ""

    schema = llm.closed(Outer)
    assert schema["additionalProperties"] is False
    assert schema["required"] == ["inner", "note"]
    assert schema["$defs"]["Word"]["additionalProperties"] is False


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
TOO_MUCH = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 10485760\r\n\r\n" + b"x" * 10_485_760
STALLS = {
    "one_byte_of_a_status_line": ((b"H",), b""),
    "one_byte_of_a_body": ((HEAD + b"Content-Length: 500\r\n\r\n{",), b""),
    "a_dripping_head": ((HEAD,), b"X-Drip: 1\r\n"),
    "a_dripping_body": ((HEAD + b"Content-Length: 50000\r\n\r\n",), b" "),
    "a_dripping_error": ((b"HTTP/1.1 500 no\r\nContent-Length: 50000\r\n\r\n",), b"x"),
    "silence": ((), b""),
}


@pytest.mark.parametrize("case", STALLS)
def test_whatever_the_endpoint_does_the_call_ends_and_hangs_up(case):
    parts, forever = STALLS[case]
    server = Raw(*parts, forever=forever, pause=0.1)
    started = time.monotonic()
    failure, entry = ask(server, timeout=1.0, total=1.2)
    spent = time.monotonic() - started
    assert (failure.outcome, entry.outcome) == ("failed", "failed")
    assert spent < 10, "the limit of time did not hold"
    assert server.gone.wait(5), "the line was left open"
    server.close()


def test_ten_megabytes_are_not_read():
    server = Raw(TOO_MUCH)
    failure, entry = ask(server)
    assert (failure.outcome, entry.outcome, entry.attempts) == ("invalid", "invalid", 1)
    assert str(llm.MOST_BYTES) in entry.error
    server.close()


def test_a_packed_answer_is_not_unpacked():
    server = Raw(HEAD + b"Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\nzzzz")
    failure, _entry = ask(server)
    assert failure.outcome == "invalid"
    server.close()


def test_a_redirect_is_not_followed(peer):
    peer.script = [(302, {"Location": "http://127.0.0.1:1/elsewhere"}, b"")]
    failure, _entry = ask(peer)
    assert (failure.reason, len(peer.requests)) == ("HTTP 302", 1)


def test_what_an_endpoint_says_of_an_error_is_kept_without_the_key(peer):
    peer.script = [(401, {}, b'{"error": "secret-key is unknown"}')]
    _failure, entry = ask(peer)
    assert entry.response == {"unusable": '{"error": "*** is unknown"}'}
    assert "secret-key" not in json.dumps(entry.request)


def test_parameters_that_an_endpoint_refuses_are_left_out(peer):
    peer.script = [
        (400, {}, b"use max_completion_tokens instead of max_tokens"), (400, {}, b"temperature does not support 0.4"),
        (400, {}, b"response_format"), (400, {}, b"response_format"), ok({"word": "oi"}),
    ]  # fmt: skip
    answer, entry = ask(peer)
    assert (answer, entry.attempts) == (Word(word="oi"), 5)
    assert {"max_completion_tokens"} == set(peer.requests[-1]) - {"model", "messages"}
    assert '"required": ["word"]' in peer.requests[-1]["messages"][0]["content"]


WEIRD = {
    "content_null": {"message": {"role": "assistant", "content": None}},
    "content_list": {"message": {"role": "assistant", "content": [{"type": "text", "text": "{}"}]}},
    "content_nan": {"message": {"role": "assistant", "content": '{"word": NaN}'}},
    "no_message": {"message": None},
    "tool_not_offered": {
        "message": {"role": "assistant", "tool_calls": [{"id": "a", "function": {"name": "look", "arguments": "{}"}}]}
    },
    "tool_calls_text": {"message": {"role": "assistant", "tool_calls": "look"}},
}


@pytest.mark.parametrize("case", WEIRD)
def test_weird_answers_are_refused_and_recorded(peer, case):
    peer.script = [(200, {}, chat("", **WEIRD[case]))]
    failure, entry = ask(peer)
    assert (failure.outcome, entry.outcome, entry.attempts) == ("invalid", "invalid", 1)


@pytest.mark.parametrize(
    "body", [b"[" * 50_000, b'{"usage": NaN}', b'{"choices": 1e999}', b"[]", b'"x"', b"\xff\xfe", b"data: {}\n\n"]
)
def test_what_is_not_plain_json_is_not_recorded_as_such(peer, body):
    peer.script = [(200, {}, body)]
    failure, entry = ask(peer)
    assert failure.outcome == "invalid"
    json.dumps(entry.response, allow_nan=False)


@pytest.mark.parametrize("usage", [None, {}, [], "12", {"prompt_tokens": -5, "completion_tokens": 2}, {"prompt_tokens": 1.5, "completion_tokens": 2},
                                   {"prompt_tokens": True, "completion_tokens": 2}, {"prompt_tokens": 10**12, "completion_tokens": 1}])  # fmt: skip
def test_tokens_that_cannot_be_are_not_counted(peer, usage):
    peer.script = [ok({"word": "oi"}, usage)]
    answer, entry = ask(peer)
    assert answer == Word(word="oi")
    assert (entry.counted, entry.tokens_in, entry.tokens_out) == (False, 0, 0)


def test_signs_that_the_database_cannot_keep_are_replaced(peer):
    peer.script = [ok('{"word": "a\\u0000b\\ud800c"}')]
    answer, entry = ask(peer)
    assert answer == Word(word="a\ufffdb\ufffdc")
    assert "\x00" not in json.dumps(entry.response, ensure_ascii=False)


def converse(peer):
    endpoint = llm.Endpoint("key", peer.url, "m", timeout=2.0, total=5.0)
    return llm.converse(endpoint, llm.Question("test", "v1", HI, Word, (SPEC,)), lambda entry: entry)


def test_tools_are_told_and_their_calls_read(peer):
    peer.script = [tools(("look", {"place": "SP"}))]
    turn = converse(peer)
    assert turn.answer is None
    assert [(call.name, call.arguments, call.problem) for call in turn.calls] == [("look", Lookup(place="SP"), "")]
    function = peer.requests[0]["tools"][0]["function"]
    assert (function["strict"], function["parameters"]["additionalProperties"]) == (True, False)
    assert turn.message["tool_calls"][0]["function"] == {"name": "look", "arguments": '{"place": "SP"}'}


@pytest.mark.parametrize(("name", "arguments", "problem"), [
    ("destroy", "{}", "no such tool"), ("look", "not json", "not JSON"), ("look", "[1]", "do not fit"), ("look", '{"place": "SP", "all": true}', "do not fit"),
    ("look", '{"place": 1e999}', "not JSON"), ("look", '{"place": "' + "x" * 5000 + '"}', "too long"),
])  # fmt: skip
def test_calls_that_cannot_be_used_say_why(peer, name, arguments, problem):
    peer.script = [tools((name, arguments))]
    (call,) = converse(peer).calls
    assert call.arguments is None
    assert problem in call.problem


@pytest.mark.parametrize("asked", [[{"id": "a"}], [{"function": {"name": "look", "arguments": "{}"}}], [3], {"id": 1},
                                   [{"id": "a", "function": {"name": "lo ok", "arguments": "{}"}}],
                                   [{"id": "a", "function": {"name": "look", "arguments": "{}"}}] * 2,
                                   [{"id": f"a{n}", "function": {"name": "look", "arguments": "{}"}} for n in range(50)]])  # fmt: skip
def test_calls_that_cannot_be_told_apart_are_no_answer(peer, asked):
    peer.script = [ok("", message={"role": "assistant", "content": None, "tool_calls": asked})]
    with pytest.raises(llm.ModelFailed) as caught:
        converse(peer)
    assert caught.value.outcome == "invalid"


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_any_payload_is_read_or_refused(payload):
    with contextlib.suppress(replies.Unreadable):
        value = replies.parse(json.dumps({"choices": [{"message": payload}], "usage": payload}))
        replies.usage(value)
        found = replies.message(value)
        assert replies.calls(found, (SPEC,)) or replies.answer(found, Word)
