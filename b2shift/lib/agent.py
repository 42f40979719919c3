"""A model that may look things up before it answers: a loop bounded in steps, tokens, seconds and money. Knows no app.

Tools only read. Whatever the model says ends in a validated answer or in ``Stopped`` with a reason, and each step is noted as it
happens: the call, the tools with their arguments and results, the answer.
"""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Generic, Literal, TypeVar

import structlog
from pydantic import BaseModel

from b2shift.lib import llm

log = structlog.get_logger(__name__)

Schema = TypeVar("Schema", bound=BaseModel)
Reason = Literal["steps", "tokens", "seconds", "money", "refused", "invalid", "failed", "tool"]

MOST_RESULT = 6_000  # characters of one tool's result
FEWEST_TOKENS = 300  # an answer that is given less cannot be finished
SHORTEST = 1.0  # seconds that are worth a call
PER_TOKEN = 3  # bytes of text that are counted as one token where the endpoint does not count: rather too many tokens than too few
MILLION = Decimal(1_000_000)


@dataclass(frozen=True)
class Tool:
    """Something that the model may read: a spec with a closed schema, and the reading, which has no effect.

    ``read`` returns plain JSON values; it raises ``NotShown`` where the asking person or the rules do not allow it.
    """

    spec: llm.ToolSpec
    read: Callable[[Any], Any]


class NotShown(Exception):
    """A tool says no; the model is told why."""


@dataclass(frozen=True)
class Limits:
    """What one piece of work may use at most. ``cents``: US cents; prices are cents per million tokens, in and out."""

    steps: int
    tokens: int
    seconds: float
    cents: Decimal
    price_in: Decimal
    price_out: Decimal


@dataclass
class Purse:
    """What is left of the limits, over all roles of one piece of work."""

    limits: Limits
    ends: float = 0.0
    steps: int = 0
    tokens: int = 0
    cents: Decimal = Decimal(0)

    def __post_init__(self) -> None:
        """The clock runs from here on."""
        self.ends = time.monotonic() + self.limits.seconds

    @property
    def seconds(self) -> float:
        """Seconds left."""
        return self.ends - time.monotonic()

    def price(self, tokens_in: int, tokens_out: int) -> Decimal:
        """US cents for so many tokens."""
        return (tokens_in * self.limits.price_in + tokens_out * self.limits.price_out) / MILLION

    def grant(self, size: int, wanted: int) -> int:
        """Tokens that the answer to ``size`` bytes may have, at most ``wanted``; raises ``Stopped`` where nothing useful is left."""
        asked = size // PER_TOKEN
        if self.steps >= self.limits.steps:
            raise Stopped("steps", f"{self.limits.steps} calls are used up")
        if self.seconds < SHORTEST:
            raise Stopped("seconds", f"{self.limits.seconds:g} seconds are used up")
        granted = min(wanted, self.limits.tokens - self.tokens - asked)
        if granted < FEWEST_TOKENS:
            raise Stopped("tokens", f"{self.limits.tokens} tokens are used up")
        if self.limits.price_out > 0:
            left = self.limits.cents - self.cents - self.price(asked, 0)
            granted = min(granted, int(left * MILLION / self.limits.price_out))
        if granted < FEWEST_TOKENS or self.cents + self.price(asked, granted) > self.limits.cents:
            raise Stopped("money", f"{self.limits.cents.normalize():f} cents are used up")
        return granted

    def charge(self, entry: llm.CallRecord) -> Decimal:
        """Book one call and return its price; one that the endpoint did not count is booked by its size, the answer in full."""
        self.steps += 1
        if not entry.counted and entry.attempts:
            entry.tokens_in = _size(entry.request) // PER_TOKEN
            entry.tokens_out = 0 if entry.response is None else _size(entry.response) // PER_TOKEN
        cents = self.price(entry.tokens_in, entry.tokens_out)
        self.tokens += entry.tokens_in + entry.tokens_out
        self.cents += cents
        return cents


@dataclass(frozen=True)
class Role(Generic[Schema]):
    """Who is asked: name, version of the words, chat so far, the schema of the answer, and how many calls it has."""

    name: str
    prompt_version: str
    messages: list[dict[str, Any]]
    answer: type[Schema]
    calls: int = 2


@dataclass
class Step:
    """One thing that happened. ``kind``: model (a call), tool (a reading) or stop (no answer, ``outcome`` says why).

    ``given`` and ``got`` are plain JSON; ``kept`` is what the recorder made of a call.
    """

    role: str
    kind: Literal["model", "tool", "stop"]
    name: str
    outcome: str
    given: dict[str, Any] = field(default_factory=dict)
    got: dict[str, Any] = field(default_factory=dict)
    tokens_in: int = 0
    tokens_out: int = 0
    cents: Decimal = Decimal(0)
    milliseconds: int = 0
    kept: Any = None


class Stopped(Exception):
    """No answer: ``reason`` is a code, ``detail`` says it in English words."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason: Reason = reason
        self.detail = detail


@dataclass
class Desk:
    """What the roles of one piece of work share: endpoint, purse, recorder of calls, and where steps are noted."""

    endpoint: llm.Endpoint
    purse: Purse
    record: Callable[[llm.CallRecord], Any]
    note: Callable[[Step], None]
    manners: llm.Manners = field(default_factory=llm.Manners)


def run(desk: Desk, role: Role[Schema], tools: Sequence[Tool] = ()) -> Schema:
    """The role's validated answer; raises ``Stopped`` where limits end, the endpoint fails or the answer stays unusable.

    The last call has to be the answer. An answer in the wrong form is asked for once more.
    """
    try:
        return _run(desk, role, tools)
    except Stopped as stop:
        desk.note(Step(role.name, "stop", role.name, stop.reason, got={"detail": stop.detail}))
        raise


def _run(desk: Desk, role: Role[Schema], tools: Sequence[Tool]) -> Schema:
    messages, mended = list(role.messages), False
    for number in range(1, role.calls + 1):
        last = number == role.calls or desk.purse.steps + 1 >= desk.purse.limits.steps
        try:
            turn = _call(desk, role, messages, tools, last)
        except llm.ModelFailed as failure:
            if failure.outcome != "invalid" or mended or last:
                raise Stopped(_reason(failure), failure.reason) from failure
            mended = True
            messages.append(
                {"role": "user", "content": f"Not usable: {failure.reason}. Answer again, in the agreed form only."}
            )
            continue
        if turn.answer is not None:
            return turn.answer
        messages.append(turn.message)
        messages += [_use(desk, role.name, call, tools) for call in turn.calls]
    raise Stopped("steps", f"no answer within {role.calls} calls")


def _reason(failure: llm.ModelFailed) -> Reason:
    return "failed" if failure.outcome == "ok" else failure.outcome


def _call(
    desk: Desk, role: Role[Schema], messages: list[dict[str, Any]], tools: Sequence[Tool], last: bool
) -> llm.Turn[Schema]:
    specs = tuple(tool.spec for tool in tools)
    size = (
        _size(messages)
        + _size(llm.closed(role.answer))
        + sum(_size(llm.closed(spec.arguments)) + 200 for spec in specs)
    )
    granted = desk.purse.grant(size, llm.MOST_TOKENS)
    question = llm.Question(
        role.name, role.prompt_version, list(messages), role.answer, specs, "none" if last else "auto", granted
    )
    endpoint = llm.Endpoint(
        desk.endpoint.api_key, desk.endpoint.base_url, desk.endpoint.model, desk.endpoint.timeout,
        min(desk.endpoint.total, desk.purse.seconds), desk.endpoint.temperature,
    )  # fmt: skip
    prices: list[Decimal] = []

    def record(entry: llm.CallRecord) -> Any:
        prices.append(desk.purse.charge(entry))
        return desk.record(entry)

    try:
        turn = llm.converse(endpoint, question, record, desk.manners)
    except llm.ModelFailed as failure:
        _note(desk, role.name, failure.entry, failure.kept, prices, {"problem": failure.reason})
        raise
    asked = [{"tool": call.name, "problem": call.problem} for call in turn.calls]
    got = {"tools": asked} if turn.answer is None else {"answer": turn.answer.model_dump(mode="json")}
    _note(desk, role.name, turn.entry, turn.kept, prices, got)
    return turn


def _note(
    desk: Desk, role: str, entry: llm.CallRecord | None, kept: Any, prices: list[Decimal], got: dict[str, Any]
) -> None:
    if entry is None:
        return
    step = Step(role, "model", entry.model, entry.outcome, {"prompt": entry.prompt_version}, got, kept=kept)
    step.tokens_in, step.tokens_out, step.milliseconds = entry.tokens_in, entry.tokens_out, entry.latency_ms
    step.cents = sum(prices, Decimal(0))
    desk.note(step)


def _use(desk: Desk, role: str, call: llm.ToolCall, tools: Sequence[Tool]) -> dict[str, Any]:
    """One reading, noted; the message with its result. What goes wrong is told to the model instead."""
    if desk.purse.seconds <= 0:
        raise Stopped("seconds", f"{desk.purse.limits.seconds:g} seconds are used up")
    started = time.monotonic()
    arguments = call.arguments.model_dump(mode="json") if call.arguments is not None else {}
    outcome, got = ("invalid", {"problem": call.problem}) if call.arguments is None else _read(call, tools)
    text = json.dumps(got, ensure_ascii=False, sort_keys=True)
    if len(text) > MOST_RESULT:
        outcome, got = "too_large", {"problem": f"the result is larger than {MOST_RESULT} characters"}
        text = json.dumps(got)
    spent = int((time.monotonic() - started) * 1000)
    desk.note(Step(role, "tool", call.name, outcome, arguments, got, milliseconds=spent))
    # "<" is written so that no text from data can end the block that it stands in
    return {"role": "tool", "tool_call_id": call.id, "content": text.replace("<", "\\u003c")}


def _read(call: llm.ToolCall, tools: Sequence[Tool]) -> tuple[str, dict[str, Any]]:
    tool = next(each for each in tools if each.spec.name == call.name)
    try:
        return "ok", {"result": tool.read(call.arguments)}
    except NotShown as refusal:
        return "refused", {"problem": str(refusal)}
    except Exception as error:
        log.exception("agent.tool", tool=call.name)
        raise Stopped("tool", f"{call.name}: {type(error).__name__}") from error


def _size(value: Any) -> int:
    """Bytes of a value as JSON."""
    return len(json.dumps(value, ensure_ascii=False).encode())
