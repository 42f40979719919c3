"""What an OpenAI-compatible endpoint answered, read strictly: whatever is odd is refused with a reason, nothing is guessed. Pure."""

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ValidationError

Schema = TypeVar("Schema", bound=BaseModel)

MOST_CALLS = 6  # tools that one message may ask for
MOST_ARGUMENTS = 2_000  # characters
MOST_COUNT = 10_000_000  # tokens that one call can have used; more is a mistake
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")  # PostgreSQL takes neither NUL nor half a surrogate pair
_NAME = re.compile(r"[\w.:-]{1,80}", re.ASCII)


class Unreadable(Exception):
    """No usable answer: ``outcome`` is refused or invalid."""

    def __init__(self, outcome: Literal["refused", "invalid"], reason: str) -> None:
        super().__init__(reason)
        self.outcome: Literal["refused", "invalid"] = outcome
        self.reason = reason


@dataclass(frozen=True)
class ToolSpec:
    """A tool as a model is told of it. ``arguments`` is a closed schema."""

    name: str
    description: str
    arguments: type[BaseModel]


@dataclass(frozen=True)
class ToolCall:
    """One tool that the model asks for. ``arguments`` is None where the call cannot be read; ``problem`` says why."""

    id: str
    name: str
    arguments: BaseModel | None
    problem: str = ""


def parse(raw: bytes | str) -> Any:
    """Strict JSON as plain values that PostgreSQL can keep; raises ``Unreadable`` for NaN, infinity, wild nesting and anything else."""
    try:
        return _storable(json.loads(raw, parse_constant=_refuse, parse_float=_finite))
    except (ValueError, RecursionError) as error:
        raise Unreadable("invalid", "not JSON") from error


def _refuse(name: str) -> float:
    raise ValueError(name)


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return value


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return _UNSTORABLE.sub("\ufffd", value)
    if isinstance(value, list):
        return [_storable(each) for each in value]
    if isinstance(value, dict):
        return {_storable(key): _storable(each) for key, each in value.items()}
    return value


def usage(payload: dict[str, Any]) -> tuple[int, int] | None:
    """Tokens (in, out) as the endpoint counts them; None where it does not say, or says what cannot be."""
    given = payload.get("usage")
    if not isinstance(given, dict):
        return None
    found = (given.get("prompt_tokens"), given.get("completion_tokens"))
    if all(type(count) is int and 0 <= count <= MOST_COUNT for count in found):
        return found  # type: ignore[return-value]
    return None


def message(payload: dict[str, Any]) -> dict[str, Any]:
    """The message of the first choice; a refusal or a cut answer is none."""
    choices = payload.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    found = choice.get("message") if isinstance(choice, dict) else None
    if not isinstance(choice, dict) or not isinstance(found, dict):
        raise Unreadable("invalid", "no choice in the answer")
    if found.get("refusal"):
        raise Unreadable("refused", "the model refused")
    if choice.get("finish_reason") == "content_filter":
        raise Unreadable("refused", "content_filter")
    if choice.get("finish_reason") == "length":
        raise Unreadable("invalid", "length")
    return found


def answer(found: dict[str, Any], schema: type[Schema]) -> Schema:
    """The content as the agreed schema has it."""
    content = found.get("content")
    if not isinstance(content, str) or not content.strip():
        raise Unreadable("invalid", "the answer is empty")
    value = parse(content)
    try:
        return schema.model_validate_json(json.dumps(value))
    except ValidationError as error:
        raise Unreadable("invalid", f"not in the agreed form: {problems(error)}") from error


def problems(error: ValidationError) -> str:
    """Where values do not fit and how, without the values."""
    return "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['type']}" for item in error.errors()[:5])


def calls(found: dict[str, Any], tools: Sequence[ToolSpec]) -> tuple[ToolCall, ...]:
    """The tools that a message asks for; none for an ordinary answer. What is wrong with a single call is told by its ``problem``."""
    asked = found.get("tool_calls")
    if asked is None or asked == []:
        return ()
    if not isinstance(asked, list) or not all(isinstance(each, dict) for each in asked):
        raise Unreadable("invalid", "tool calls that cannot be read")
    if len(asked) > MOST_CALLS:
        raise Unreadable("invalid", f"more than {MOST_CALLS} tool calls at once")
    known = {tool.name: tool for tool in tools}
    if not known:
        raise Unreadable("invalid", "asks for a tool where none is offered")
    read = tuple(_call(each, known) for each in asked)
    if len({call.id for call in read}) < len(read):
        raise Unreadable("invalid", "two tool calls with one id")
    return read


def _call(given: dict[str, Any], known: dict[str, ToolSpec]) -> ToolCall:
    key, function = given.get("id"), given.get("function")
    if not isinstance(key, str) or not _NAME.fullmatch(key) or not isinstance(function, dict):
        raise Unreadable("invalid", "a tool call without an id or a function")
    name, text = function.get("name"), function.get("arguments")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise Unreadable("invalid", "a tool call without a name")
    tool = known.get(name)
    if tool is None:
        return ToolCall(key, name, None, "there is no such tool")
    if not isinstance(text, str) or len(text) > MOST_ARGUMENTS:
        return ToolCall(key, name, None, "arguments are missing or too long")
    try:
        return ToolCall(key, name, tool.arguments.model_validate_json(json.dumps(parse(text or "{}"))))
    except Unreadable:
        return ToolCall(key, name, None, "arguments are not JSON")
    except ValidationError as error:
        return ToolCall(key, name, None, f"arguments do not fit: {problems(error)}")


def closed(model: type[BaseModel]) -> dict[str, Any]:
    """The JSON schema of ``model`` as strict endpoints want it: every object closed, every property required."""
    found: dict[str, Any] = _close(model.model_json_schema())
    return found


def _close(node: Any) -> Any:
    if isinstance(node, list):
        return [_close(value) for value in node]
    if not isinstance(node, dict):
        return node
    dropped = ("default", "title", "minLength", "maxLength", "minItems", "maxItems")
    node = {key: _close(value) for key, value in node.items() if key not in dropped}
    if node.get("type") == "object" and "properties" in node:
        node |= {"additionalProperties": False, "required": list(node["properties"])}
    return node
