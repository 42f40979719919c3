"""The only door to a language model: one bounded question, one validated JSON answer or tool calls, one record. Knows no app.

Any OpenAI-compatible endpoint serves. A call is bounded in time, attempts and bytes, whatever the endpoint does; what comes back is
data that is validated against the caller's own schema. Never call this inside a database transaction.
"""

import hashlib
import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel

from b2shift.lib import replies
from b2shift.lib.replies import ToolCall, ToolSpec, closed

__all__ = [
    "CallRecord",
    "Endpoint",
    "Manners",
    "ModelFailed",
    "Question",
    "ToolCall",
    "ToolSpec",
    "Turn",
    "ask",
    "closed",
    "converse",
]

Outcome = Literal["ok", "refused", "invalid", "failed"]
Schema = TypeVar("Schema", bound=BaseModel)
Kept = TypeVar("Kept")

MOST_ATTEMPTS = 3
MOST_SECONDS = 30.0
MOST_BYTES = 60_000
MOST_TOKENS = 1_500
SHORTEST = 0.05  # seconds that are worth an attempt
EXCERPT = 2_000  # characters of an answer that cannot be used
RETRIED = frozenset({408, 409, 429, 500, 502, 503, 504})
UNDERSTOOD = frozenset({400, 422})  # the endpoint refuses a parameter: ask in a simpler way
FORMS = ("json_schema", "json_object", "")


@dataclass(frozen=True)
class Endpoint:
    """Where the model answers. ``timeout`` bounds one attempt, ``total`` everything, both in seconds."""

    api_key: str
    base_url: str
    model: str
    timeout: float = 25.0
    total: float = MOST_SECONDS
    temperature: float = 0.4


@dataclass(frozen=True)
class Question(Generic[Schema]):
    """What is asked: a prompt version, chat messages, the closed schema of the answer, and tools that may be asked for first.

    ``choose``: "none" keeps the tools named but asks for the answer now.
    """

    purpose: str
    prompt_version: str
    messages: list[dict[str, Any]]
    answer: type[Schema]
    tools: tuple[ToolSpec, ...] = ()
    choose: Literal["auto", "none"] = "auto"
    most_tokens: int = MOST_TOKENS


@dataclass
class CallRecord:
    """One call as it happened, for the caller's recorder. Holds no key. ``counted``: the endpoint said how many tokens it used."""

    purpose: str
    model: str
    prompt_version: str
    prompt_hash: str
    request: dict[str, Any]
    response: dict[str, Any] | None = None
    outcome: Outcome = "failed"
    error: str = ""
    tokens_in: int = 0
    tokens_out: int = 0
    latency_ms: int = 0
    attempts: int = 0
    counted: bool = False


@dataclass
class Manners:
    """What an endpoint turned out to accept: shared by the calls of one conversation, so that it is found out once."""

    form: int = 0
    limit: str = "max_tokens"
    temperature: bool = True

    def learn(self, complaint: str) -> bool:
        """Ask in a simpler way from now on; False where there is none left."""
        if self.limit == "max_tokens" and "max_completion_tokens" in complaint:
            self.limit = "max_completion_tokens"
        elif self.temperature and "temperature" in complaint:
            self.temperature = False
        elif self.form + 1 < len(FORMS):
            self.form += 1
        else:
            return False
        return True


class ModelFailed(Exception):
    """No usable answer: ``outcome`` is refused, invalid or failed; ``kept`` is what the recorder returned for ``entry``."""

    def __init__(self, outcome: Outcome, reason: str, kept: Any = None, entry: CallRecord | None = None) -> None:
        super().__init__(reason)
        self.outcome = outcome
        self.reason = reason
        self.kept = kept
        self.entry = entry


@dataclass(frozen=True)
class Turn(Generic[Schema]):
    """What came back: an answer, or tool calls with the message that goes back before their results."""

    answer: Schema | None
    calls: tuple[ToolCall, ...]
    message: dict[str, Any]
    entry: CallRecord
    kept: Any


class _Status(Exception):
    """The endpoint answered with another status than 200."""

    def __init__(self, status: int, headers: Mapping[str, str], excerpt: str) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status
        self.headers = headers
        self.excerpt = excerpt


class _Lost(Exception):
    """Nothing came, or not in time."""


@dataclass
class _Attempts:
    """What is left of the budget of one question, and what was sent last."""

    ends: float
    made: int = 0
    repeated: int = 0
    request: dict[str, Any] = field(default_factory=dict)
    unusable: str = ""

    @property
    def left(self) -> float:
        return self.ends - time.monotonic()


def ask(endpoint: Endpoint, question: Question[Schema], record: Callable[[CallRecord], Kept]) -> tuple[Schema, Kept]:
    """The validated answer and what ``record`` made of the call; raises ``ModelFailed`` (recorded as well) otherwise."""
    turn = converse(endpoint, question, record)
    if turn.answer is None:  # only tools can be asked for instead, and a question without tools has none
        raise ModelFailed("invalid", "no answer", turn.kept, turn.entry)
    return turn.answer, turn.kept


def converse(
    endpoint: Endpoint, question: Question[Schema], record: Callable[[CallRecord], Any], manners: Manners | None = None
) -> Turn[Schema]:
    """An answer or tool calls; raises ``ModelFailed`` otherwise. Either way the call is recorded.

    Server errors and 429 are repeated at most twice within the total time, honouring ``Retry-After``; an endpoint that refuses a
    parameter (JSON schemas, a temperature) is asked again without it.
    """
    import openai  # noqa: F401 - loading it takes its time, which is not the endpoint's

    started = time.monotonic()
    entry = _entry(endpoint, question)
    budget = _Attempts(started + min(endpoint.total, MOST_SECONDS))
    failure: tuple[Outcome, str] | None = None
    answer: Schema | None = None
    calls: tuple[ToolCall, ...] = ()
    found: dict[str, Any] = {}
    try:
        entry.response = _transport(endpoint, question, budget, manners or Manners())
        counts = replies.usage(entry.response)
        entry.counted, (entry.tokens_in, entry.tokens_out) = counts is not None, counts or (0, 0)
        found = replies.message(entry.response)
        calls = replies.calls(found, question.tools if question.choose == "auto" else ())
        answer = None if calls else replies.answer(found, question.answer)
        entry.outcome = "ok"
    except (ModelFailed, replies.Unreadable) as error:
        failure = (error.outcome, error.reason)
        entry.outcome, entry.error = error.outcome, error.reason[:EXCERPT]
    entry.attempts, entry.latency_ms = budget.made, int((time.monotonic() - started) * 1000)
    entry.request = budget.request or entry.request
    if entry.response is None and budget.unusable:
        entry.response = {"unusable": budget.unusable}
    kept = record(entry)
    if failure:
        raise ModelFailed(*failure, kept, entry)
    return Turn(answer, calls, _back(found, calls), entry, kept)


def _entry(endpoint: Endpoint, question: Question[Any]) -> CallRecord:
    canonical = json.dumps(question.messages, sort_keys=True, ensure_ascii=False)
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    return CallRecord(
        question.purpose, endpoint.model, question.prompt_version, digest, {"messages": question.messages}
    )


def _back(found: dict[str, Any], calls: tuple[ToolCall, ...]) -> dict[str, Any]:
    """The model's message as it is sent back to it: what we understood of it, not what it was."""
    if not calls:
        return {}
    sent = [{"id": each["id"], "type": "function", "function": each["function"]} for each in found["tool_calls"]]
    for each in sent:
        text = each["function"].get("arguments")
        readable = isinstance(text, str) and len(text) <= replies.MOST_ARGUMENTS
        each["function"] = {"name": each["function"]["name"], "arguments": text if readable else "{}"}
    return {"role": "assistant", "content": None, "tool_calls": sent}


def _transport(endpoint: Endpoint, question: Question[Any], budget: _Attempts, manners: Manners) -> dict[str, Any]:
    """The endpoint's JSON; repeats what may pass, within the budget."""
    while True:
        budget.made += 1
        budget.request = _body(endpoint, question, manners)
        seconds = min(endpoint.timeout, budget.left)
        if seconds < SHORTEST:
            raise ModelFailed("failed", "out of time")
        try:
            return _object(_Line(endpoint, budget.request).within(seconds), budget)
        except _Status as error:
            budget.unusable = error.excerpt
            if error.status in UNDERSTOOD and manners.learn(error.excerpt):
                continue
            wait = _next_wait(error, budget)
            if wait is None:
                raise ModelFailed("failed", str(error)) from error
            time.sleep(wait)
        except _Lost as error:
            if budget.repeated >= MOST_ATTEMPTS - 1 or budget.left < 1:
                raise ModelFailed("failed", str(error)) from error
        budget.repeated += 1


def _object(received: bytes, budget: _Attempts) -> dict[str, Any]:
    try:
        payload = replies.parse(received)
    except replies.Unreadable as error:
        budget.unusable = received[:EXCERPT].decode("utf-8", "replace").replace("\x00", "\ufffd")
        raise ModelFailed("invalid", "the endpoint did not answer with JSON") from error
    if not isinstance(payload, dict):
        raise ModelFailed("invalid", "the endpoint did not answer with an object")
    return payload


def _next_wait(error: _Status, budget: _Attempts) -> float | None:
    """Seconds to wait before the next attempt; None when there is none."""
    if error.status not in RETRIED or budget.repeated >= MOST_ATTEMPTS - 1:
        return None
    try:
        wait = float(error.headers.get("retry-after", ""))
    except ValueError:
        wait = 0.5 * 2**budget.repeated
    return max(wait, 0.0) if wait < budget.left - 0.5 else None


def _body(endpoint: Endpoint, question: Question[Any], manners: Manners) -> dict[str, Any]:
    form, schema, messages = FORMS[manners.form], closed(question.answer), question.messages
    body: dict[str, Any] = {"model": endpoint.model, manners.limit: question.most_tokens}
    if form == "json_schema":
        body["response_format"] = {"type": form, "json_schema": {"name": "answer", "strict": True, "schema": schema}}
    else:
        told = f"{messages[0]['content']}\n\nThe JSON schema of the answer: {json.dumps(schema)}"
        messages = [{**messages[0], "content": told}, *messages[1:]]
    if form == "json_object":
        body["response_format"] = {"type": form}
    if manners.temperature:
        body["temperature"] = endpoint.temperature
    if question.tools:
        body |= {"tools": [_tool(spec) for spec in question.tools], "tool_choice": question.choose}
    return {**body, "messages": messages}


def _tool(spec: ToolSpec) -> dict[str, Any]:
    function = {
        "name": spec.name,
        "description": spec.description,
        "parameters": closed(spec.arguments),
        "strict": True,
    }
    return {"type": "function", "function": function}


class _Line:
    """One attempt on a thread of its own: the caller never waits longer than it wants, however slowly bytes come.

    Time limits of sockets are per read, so that a byte now and then would keep a call for ever; names are looked up without any.
    """

    def __init__(self, endpoint: Endpoint, body: dict[str, Any]) -> None:
        self.endpoint, self.body = endpoint, body
        self.received = bytearray()
        self.error: Exception | None = None
        self.over = False
        self.streams: list[Any] = []

    def within(self, seconds: float) -> bytes:
        """What the endpoint answered; raises ``_Status``, ``_Lost`` or ``ModelFailed``."""
        thread = threading.Thread(target=self._run, args=(seconds,), daemon=True, name="model")
        thread.start()
        thread.join(seconds)
        if thread.is_alive():
            self._cut()
            raise _Lost("timeout")
        if self.error is not None:
            raise self.error
        return bytes(self.received)

    def _cut(self) -> None:
        """Hang up: the thread wakes up from whatever it waits for and ends."""
        import socket

        self.over = True
        for stream in self.streams:
            try:
                stream.get_extra_info("socket").shutdown(socket.SHUT_RDWR)
            except (OSError, AttributeError):
                continue  # closed already, or wrapped by TLS, which has its own time limit

    def _run(self, seconds: float) -> None:
        try:
            self._talk(seconds)
        except Exception as error:  # it is the caller's, who waits on another thread
            self.error = _told(error)

    def _talk(self, seconds: float) -> None:
        import openai

        hooks: dict[str, list[Callable[..., Any]]] = {"request": [self._listen], "response": [self._judge]}
        wire = openai.DefaultHttpxClient(event_hooks=hooks, follow_redirects=False, timeout=seconds)
        plain = {"Accept-Encoding": "identity"}
        with openai.OpenAI(
            api_key=self.endpoint.api_key, base_url=self.endpoint.base_url, max_retries=0, timeout=seconds,
            http_client=wire, default_headers=plain,
        ) as client, client.chat.completions.with_streaming_response.create(**self.body) as response:  # fmt: skip
            for chunk in response.iter_bytes():
                self.received += chunk
                if len(self.received) > MOST_BYTES:
                    raise ModelFailed("invalid", f"answer larger than {MOST_BYTES} bytes")
                if self.over:
                    return

    def _listen(self, request: Any) -> None:
        """Learn of the connections, to be able to cut them."""

        def trace(name: str, info: Mapping[str, Any]) -> None:
            if name.endswith((".connect_tcp.complete", ".start_tls.complete")):
                self.streams.append(info["return_value"])

        request.extensions["trace"] = trace

    def _judge(self, response: Any) -> None:
        """Before a byte of the body is read by anybody else: an error is kept as an excerpt, a packed answer is not unpacked."""
        if response.headers.get("content-encoding", "identity").lower() not in ("", "identity"):
            raise ModelFailed("invalid", "the endpoint answered in an encoding that was not asked for")
        if response.status_code == 200:
            return
        excerpt = bytearray()
        for chunk in response.iter_raw():
            excerpt += chunk
            if len(excerpt) >= EXCERPT or self.over:
                break
        text = excerpt[:EXCERPT].decode("utf-8", "replace").replace("\x00", "\ufffd")
        raise _Status(response.status_code, dict(response.headers), text.replace(self.endpoint.api_key, "***"))


def _told(error: Exception) -> Exception:
    """What happened, from the depths of the client library."""
    import openai

    if isinstance(error, openai.APITimeoutError):
        return _Lost("timeout")
    if isinstance(error, openai.APIConnectionError) and isinstance(error.__cause__, (_Status, ModelFailed)):
        return error.__cause__
    if isinstance(error, (_Status, ModelFailed)):
        return error
    if isinstance(error, openai.APIConnectionError):
        return _Lost("connection failed")
    if isinstance(error, openai.OpenAIError):
        return ModelFailed("failed", type(error).__name__)
    return _Lost("timeout" if "Timeout" in type(error).__name__ else f"connection failed ({type(error).__name__})")
