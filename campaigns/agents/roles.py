"""The four roles: what each is asked, and the closed form of its answer. Pure."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field

from b2shift.lib import agent
from campaigns import injection
from campaigns.agents import prompts
from campaigns.letters import Form, Letter, Pick

READINGS = Literal[
    "segment_profile", "segment_history", "past_results", "policies", "offers", "account_facts", "external_context"
]


class Observation(Form):
    """One thing that the analyst read, and where."""

    text: Annotated[str, Field(min_length=1, max_length=240)]
    tool: READINGS


class Analysis(Form):
    """What the segment is like."""

    observations: Annotated[list[Observation], Field(min_length=1, max_length=6)]
    opportunity: Annotated[str, Field(min_length=1, max_length=300)]


class Objection(Form):
    """One thing that the critic found. ``sentence`` counts from 1; 0 is the subject or the whole."""

    code: Literal["unsupported", "pressure", "measured", "tone", "unclear", "language", "instruction", "other"]
    sentence: Annotated[int, Field(ge=0, le=30)]
    note: Annotated[str, Field(max_length=240)]


class Critique(Form):
    """The critic's verdict."""

    verdict: Literal["pass", "rewrite"]
    findings: Annotated[list[Objection], Field(max_length=8)]


def analyst(language: str, step: int) -> agent.Role[Analysis]:
    """Reads, then reports."""
    chat = prompts.messages("analyst", language, {"step": step}, "Read what you need about the segment, then report.")
    return agent.Role("analyst", prompts.VERSIONS["analyst"], chat, Analysis, calls=4)


def strategist(language: str, step: int, analysis: Analysis, pairs: Sequence[Mapping[str, Any]]) -> agent.Role[Pick]:
    """Chooses out of the eligible pairs."""
    data = {"step": step, "pairs": pairs, **told(analysis)}
    chat = prompts.messages("strategist", language, data, "Choose one pair.")
    return agent.Role("strategist", prompts.VERSIONS["strategist"], chat, Pick)


def writer(
    language: str,
    data: Mapping[str, Any],
    forbidden: Sequence[str],
    before: Letter | None = None,
    mend: Sequence[str] = (),
) -> agent.Role[Letter]:
    """Writes; with ``before`` and ``mend`` once more. Where the data hold a ``first`` wording, it writes the one tested against it."""
    chat = prompts.messages(
        "writer", language, data, prompts.OTHER if "first" in data else "Write the e-mail.", forbidden
    )
    if before is not None:
        chat.append({"role": "assistant", "content": before.model_dump_json()})
        chat.append(
            {"role": "user", "content": f"{prompts.quoted({'findings': list(mend)})}\nWrite it again and mend these."}
        )
    return agent.Role("writer", prompts.VERSIONS["writer"], chat, Letter)


def critic(language: str, data: Mapping[str, Any], letter: Letter, found: Sequence[str]) -> agent.Role[Critique]:
    """Objects, or does not."""
    numbered = [
        {"number": number, "text": each.text, "facts": each.facts} for number, each in enumerate(letter.sentences(), 1)
    ]
    given = {
        "subject": letter.subject,
        "sentences": numbered,
        "checks": list(found),
        "tone": data["tone"],
        "facts": data["facts"],
    }
    chat = prompts.messages("critic", language, given, "Read the e-mail and give your verdict.")
    return agent.Role("critic", prompts.VERSIONS["critic"], chat, Critique)


def told(analysis: Analysis) -> dict[str, Any]:
    """An analysis as the next role may read it: what reads like an instruction is left out, it may come from data."""
    seen = [each.text for each in analysis.observations if not injection.suspicion(each.text)]
    return {"observations": seen, "opportunity": plain(analysis.opportunity)}


def plain(text: str) -> str:
    """The text, or nothing where it reads like an instruction to a model."""
    return "" if injection.suspicion(text) else text
