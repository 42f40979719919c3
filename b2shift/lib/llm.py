"""The only door to a language model: one bounded question, one validated JSON answer, one record. Knows no app.

Any OpenAI-compatible endpoint serves. The call is bounded in time, attempts and bytes; what comes back is data that the caller
validates against its own schema. Never call this inside a database transaction.
"""

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ValidationError

if TYPE_CHECKING:
    from openai import OpenAI

Outcome = Literal["ok", "refused", "invalid", "failed"]
Schema = TypeVar("Schema", bound=BaseModel)
Kept = TypeVar("Kept")

MOST_ATTEMPTS = 3
MOST_SECONDS = 30.0
MOST_BYTES = 60_000
MOST_TOKENS = 1_500
RETRIED = frozenset({408, 409, 429, 500, 502, 503, 504})


@dataclass(frozen=True)
class Endpoint:
    """Where the model answers. ``timeout`` bounds one attempt, ``total`` everything, both in seconds."""

    api_key: str
    base_url: str
    model: str
    timeout: float = 25.0
    total: float = MOST_SECONDS


@dataclass(frozen=True)
class Question(Generic[Schema]):
    """What is asked: a prompt version, chat messages and the closed schema of the answer."""

    purpose: str
    prompt_version: str
    messages: list[dict[str, str]]
    answer: type[Schema]


@dataclass
class CallRecord:
    """One call as it happened, for the caller's recorder. Holds no key."""

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


class ModelFailed(Exception):
    """No usable answer: ``outcome`` is refused, invalid or failed; ``kept`` is what the recorder returned."""

    def __init__(self, outcome: Outcome, reason: str, kept: Any = None) -> None:
        super().__init__(reason)
        self.outcome = outcome
        self.reason = reason
        self.kept = kept


@dataclass
class _Attempts:
    """What is left of the budget of one question."""

    ends: float
    made: int = 0
    plain_json: bool = False
    request: dict[str, Any] = field(default_factory=dict)

    @property
    def left(self) -> float:
        return self.ends - time.monotonic()


def ask(endpoint: Endpoint, question: Question[Schema], record: Callable[[CallRecord], Kept]) -> tuple[Schema, Kept]:
    """The validated answer and what ``record`` made of the call; raises ``ModelFailed`` (recorded as well) otherwise.

    Server errors and 429 are retried at most twice within the total time, honouring ``Retry-After``; an endpoint that does
    not know JSON schemas is asked once more for plain JSON.
    """
    started = time.monotonic()
    entry = _entry(endpoint, question)
    budget = _Attempts(started + endpoint.total)
    failure: ModelFailed | None = None
    answer: Schema | None = None
    try:
        payload = _transport(endpoint, question, budget)
        entry.response = payload
        usage = payload.get("usage") or {}
        entry.tokens_in, entry.tokens_out = (
            int(usage.get("prompt_tokens") or 0),
            int(usage.get("completion_tokens") or 0),
        )
        answer = _read(payload, question.answer)
        entry.outcome = "ok"
    except ModelFailed as error:
        failure, entry.outcome, entry.error = error, error.outcome, error.reason[:2000]
    entry.attempts, entry.latency_ms = budget.made, int((time.monotonic() - started) * 1000)
    entry.request = budget.request or entry.request
    kept = record(entry)
    if failure is not None or answer is None:
        reason = failure or ModelFailed("invalid", "empty answer")
        raise ModelFailed(reason.outcome, reason.reason, kept)
    return answer, kept


def _entry(endpoint: Endpoint, question: Question[Any]) -> CallRecord:
    canonical = json.dumps(question.messages, sort_keys=True, ensure_ascii=False)
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    return CallRecord(
        question.purpose, endpoint.model, question.prompt_version, digest, {"messages": question.messages}
    )


def _transport(endpoint: Endpoint, question: Question[Any], budget: _Attempts) -> dict[str, Any]:
    """The endpoint's JSON; retries what may pass, within the budget."""
    import openai

    client = openai.OpenAI(
        api_key=endpoint.api_key, base_url=endpoint.base_url, max_retries=0, timeout=endpoint.timeout
    )
    with client:
        while True:
            budget.made += 1
            try:
                return _once(client, endpoint, question, budget)
            except openai.APIStatusError as error:
                wait = _next_wait(error.status_code, error.response.headers, budget)
                if wait is None:
                    raise ModelFailed("failed", f"HTTP {error.status_code}") from error
                time.sleep(wait)
            except openai.APIConnectionError as error:
                reason = "timeout" if isinstance(error, openai.APITimeoutError) else "connection failed"
                if budget.made >= MOST_ATTEMPTS or budget.left < 1:
                    raise ModelFailed("failed", reason) from error
            except openai.OpenAIError as error:
                raise ModelFailed("failed", type(error).__name__) from error


def _next_wait(status: int, headers: Mapping[str, str], budget: _Attempts) -> float | None:
    """Seconds to wait before the next attempt; None when there is none."""
    if status in (400, 404, 422) and not budget.plain_json:
        budget.plain_json = True  # some endpoints refuse json_schema: ask for plain JSON once
        return 0.0
    if status not in RETRIED or budget.made >= MOST_ATTEMPTS:
        return None
    try:
        wait = float(headers.get("retry-after", ""))
    except ValueError:
        wait = 0.5 * 2 ** (budget.made - 1)
    return max(wait, 0.0) if wait < budget.left - 0.5 else None


def _once(client: "OpenAI", endpoint: Endpoint, question: Question[Any], budget: _Attempts) -> dict[str, Any]:
    schema = {"name": "answer", "strict": True, "schema": closed(question.answer)}
    wanted: dict[str, Any] = (
        {"type": "json_object"} if budget.plain_json else {"type": "json_schema", "json_schema": schema}
    )
    body: dict[str, Any] = {
        "model": endpoint.model,
        "messages": question.messages,
        "response_format": wanted,
        "max_tokens": MOST_TOKENS,
        "temperature": 0.4,
    }
    budget.request = body
    if budget.left <= 0.5:
        raise ModelFailed("failed", "out of time")
    timeout = min(endpoint.timeout, budget.left)
    with client.chat.completions.with_streaming_response.create(**body, timeout=timeout) as response:
        received = bytearray()
        for chunk in response.iter_bytes():
            received += chunk
            if len(received) > MOST_BYTES:
                raise ModelFailed("invalid", f"answer larger than {MOST_BYTES} bytes")
            if budget.left <= 0:
                raise ModelFailed("failed", "out of time")
    try:
        payload = json.loads(received)
    except ValueError as error:
        raise ModelFailed("invalid", "the endpoint did not answer with JSON") from error
    if not isinstance(payload, dict):
        raise ModelFailed("invalid", "the endpoint did not answer with an object")
    return payload


def _read(payload: dict[str, Any], schema: type[Schema]) -> Schema:
    """The message's content, validated; refusals and cut answers are no answers."""
    try:
        choice = payload["choices"][0]
        message = choice["message"]
    except (KeyError, IndexError, TypeError) as error:
        raise ModelFailed("invalid", "no choice in the answer") from error
    if not isinstance(message, dict) or message.get("refusal"):
        raise ModelFailed("refused", "the model refused")
    if choice.get("finish_reason") in ("length", "content_filter"):
        raise ModelFailed(
            "refused" if choice["finish_reason"] == "content_filter" else "invalid", str(choice["finish_reason"])
        )
    try:
        return schema.model_validate_json(message.get("content") or "")
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['type']}" for item in error.errors()[:5])
        raise ModelFailed("invalid", f"not in the agreed form: {problems}") from error


def closed(model: type[BaseModel]) -> dict[str, Any]:
    """The JSON schema of ``model`` as strict endpoints want it: every object closed, every property required."""
    schema = model.model_json_schema()

    def close(node: Any) -> Any:
        if isinstance(node, dict):
            node = {
                key: close(value)
                for key, value in node.items()
                if key not in ("default", "title", "minLength", "maxLength", "minItems", "maxItems")
            }
            if node.get("type") == "object" and "properties" in node:
                node |= {"additionalProperties": False, "required": list(node["properties"])}
        elif isinstance(node, list):
            node = [close(value) for value in node]
        return node

    closed_schema: dict[str, Any] = close(schema)
    return closed_schema
