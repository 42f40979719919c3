"""The model drafter: the same facts and offers as the playbook, words by a language model, everything checked and rendered here.

Whatever is wrong with the answer (endpoint, schema, codes, evidence) ends in ``NotUsable`` with a reason that people can read;
the caller then uses the playbook. No database transaction is open during the call.
"""

from collections.abc import Sequence
from typing import Annotated, Any

from django.conf import settings
from pydantic import BaseModel, ConfigDict, Field

from accounts.models import ModelCall
from b2shift.lib import llm
from campaigns import injection, prompts
from campaigns.drafting import words
from campaigns.drafting.facts import Known, shown
from campaigns.drafting.playbook import Texts, Written
from campaigns.models import Offer, Strategy

PURPOSE = "draft"


class Sentence(BaseModel):
    """One sentence and the facts that it rests on."""

    model_config = ConfigDict(extra="forbid")
    text: Annotated[str, Field(min_length=1, max_length=400)]
    facts: Annotated[list[str], Field(max_length=6)]


class Block(BaseModel):
    """One paragraph."""

    model_config = ConfigDict(extra="forbid")
    sentences: Annotated[list[Sentence], Field(min_length=1, max_length=6)]


class Answer(BaseModel):
    """The closed form of a model's draft."""

    model_config = ConfigDict(extra="forbid")
    strategy: str
    offer: str
    subject: Annotated[str, Field(min_length=5, max_length=78)]
    blocks: Annotated[list[Block], Field(min_length=1, max_length=5)]


class NotUsable(Exception):
    """The model gave nothing that may be shown: ``reason`` is a code with detail, ``call`` the recorded call."""

    def __init__(self, reason: str, call: ModelCall | None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.call = call


def is_configured() -> bool:
    """True when a key for a model is set."""
    return bool(settings.OPENAI_API_KEY)


def write(
    pairs: Sequence[tuple[Strategy, Offer]],
    facts: Sequence[Known],
    figures: dict[str, Any],
    forbidden: Sequence[str],
    language: str,
    step: int,
    seconds: float,
    frame: Texts,
) -> tuple[Strategy, Offer, Written, ModelCall]:
    """The chosen strategy and offer (one of ``pairs``), the words, and the recorded call; raises ``NotUsable``.

    ``facts`` are those of the first pair's offer: the only ones that words may rest on, so another choice is not usable yet.
    ``frame`` is its playbook: links, closing and opt-out are the house's.
    """
    question = llm.Question(
        PURPOSE, prompts.VERSION, _messages(pairs, facts, figures, forbidden, language, step), Answer
    )
    endpoint = llm.Endpoint(
        settings.OPENAI_API_KEY,
        settings.OPENAI_BASE_URL,
        settings.OPENAI_MODEL,
        min(settings.OPENAI_TIMEOUT_SECONDS, seconds),
        min(llm.MOST_SECONDS, seconds),
    )
    try:
        answer, call = llm.ask(endpoint, question, record)
    except llm.ModelFailed as failure:
        raise NotUsable(f"{failure.outcome}: {failure.reason}", failure.kept) from failure
    chosen = next((pair for pair in pairs if (pair[0].code, pair[1].code) == (answer.strategy, answer.offer)), None)
    if chosen is None:
        raise NotUsable(f"invalid: {answer.strategy} / {answer.offer} was not on the list", call)
    return *chosen, render(answer, frame, language), call


def render(answer: Answer, frame: Texts, language: str) -> Written:
    """The answer in our frame: greeting, links, closing and opt-out are the house's."""
    blocks: list[list[tuple[str, list[str]]]] = [[(words.GREETING[language], [])]]
    blocks += [
        [(" ".join(sentence.text.split()), sentence.facts) for sentence in block.sentences] for block in answer.blocks
    ]
    closing = (frame.call_to_action, frame.decline, frame.sign_off, frame.opt_out)
    blocks += [[(text, [])] for text in closing]
    body = "\n\n".join(" ".join(text for text, _keys in block) for block in blocks)
    sentences: list[dict[str, Any]] = [{"text": text, "facts": list(keys)} for block in blocks for text, keys in block]
    return Written(" ".join(answer.subject.split()), body, sentences)


def record(entry: llm.CallRecord) -> ModelCall:
    """Keep one call whole."""
    return ModelCall.objects.create(
        purpose=entry.purpose,
        model=entry.model[:100],
        prompt_version=entry.prompt_version,
        prompt_hash=entry.prompt_hash,
        request=entry.request,
        response=entry.response,
        outcome=entry.outcome,
        error=entry.error,
        tokens_in=entry.tokens_in,
        tokens_out=entry.tokens_out,
        latency_ms=entry.latency_ms,
        attempts=max(entry.attempts, 1),
    )


def _messages(
    pairs: Sequence[tuple[Strategy, Offer]],
    facts: Sequence[Known],
    figures: dict[str, Any],
    forbidden: Sequence[str],
    language: str,
    step: int,
) -> list[dict[str, str]]:
    industry = (figures.get("top_industries") or [{}])[0].get("name", "unknown")
    segment = {
        "industry": "unknown" if injection.suspicion(industry) else industry,  # free text of a customer file
        "size": prompts.band(figures.get("mrr_median"), (500, 2_000, 8_000, 30_000)),
        "tenure": prompts.band(figures.get("tenure_years_median"), (1, 3, 7, 15)),
        "usage": prompts.band(figures.get("usage_share"), (0.1, 0.3, 0.6, 0.85)),
        "support": prompts.band(figures.get("tickets_per_customer_12m"), (1, 4, 12, 30)),
    }
    choices = [
        {
            "strategy": strategy.code,
            "purpose": strategy.play,
            "voice": strategy.business_unit.name,
            "tone": strategy.tone_in(language)[:600],
            "offer": offer.code,
            "objective": strategy.objective[:300],
        }
        for strategy, offer in pairs
    ]
    public = [
        {"key": fact.key, "label": fact.label, "value": shown(fact.unit, fact.value, language)}
        for fact in facts
        if fact.public
    ]
    return prompts.messages(language, segment, choices, public, forbidden, step)
