"""The playbook drafter: deterministic words from the house's own texts, complete without any model.

The same strategy, offer, facts and language always give the same words. Every sentence names the facts it rests on.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from campaigns.drafting import words
from campaigns.drafting.words import Voice
from campaigns.models import Strategy

PROMPT_VERSION = "playbook-1"
_SLOT = re.compile(r"\[([a-z_.]+)\]")

# A strategy that the playbook does not know by its code speaks like the house's own strategy of the same play.
BY_PLAY = {
    "retain": "gestao-retain", "expand": "gestao-expand", "onboard": "gestao-onboard", "win_back": "gestao-win-back",
    "cross_sell": "rd-cross-sell", "credit": "techfin-credit",
}  # fmt: skip


@dataclass(frozen=True)
class Written:
    """Words before they are saved: ``sentences`` are ``{"text", "facts"}`` in the order of the body."""

    subject: str
    body: str
    sentences: list[dict[str, Any]]


def write(
    strategy: Strategy, facts: Mapping[str, str], language: str, step: int = 1, strongest: Sequence[str] = ()
) -> Written:
    """Subject and body for one strategy.

    ``facts`` are the public ones by key, already in the language's writing; ``strongest`` names the signals that made the
    choice, the strongest first: the first with words of its own varies the opening.
    """
    voice = voice_of(strategy, language)
    blocks = [
        [words.GREETING[language]],
        _opening(voice, facts, language, step, strongest),
        [part.strip() for part in re.split(r"(?<=[.!?;])\s+(?=[A-ZÀ-Ý])", voice.value)],
        [words.OFFER[language], *([words.VALID[language]] if "offer.valid_until" in facts else [])],
        [words.CALL_TO_ACTION[language]],
        [words.NO_THANKS[language]],
        [sign_off(strategy.business_unit_id, language)],
        [words.OPT_OUT[language]],
    ]
    return assemble(voice.subject if step == 1 else voice.subject_again, blocks, facts)


def voice_of(strategy: Strategy, language: str) -> Voice:
    """The voice of a strategy: its own, else that of the same play."""
    voices = words.EN if language == "en" else words.PT
    return voices.get(strategy.code) or voices[BY_PLAY[strategy.play]]


def sign_off(unit: str, language: str) -> str:
    """How a business unit closes a mail."""
    return words.SIGN_OFF.get(unit, words.SIGN_OFF["GESTAO"])[language]


def assemble(subject: str, blocks: Sequence[Sequence[str]], facts: Mapping[str, str]) -> Written:
    """Blocks of sentences with ``[fact]`` slots as a subject, a body (blank line between blocks) and its sentences."""
    sentences: list[dict[str, Any]] = []
    paragraphs = []
    for block in blocks:
        filled = [
            (_fill(text, facts), _SLOT.findall(text))
            for text in block
            if all(key in facts for key in _SLOT.findall(text))
        ]
        paragraphs.append(" ".join(text for text, _keys in filled))
        sentences += [{"text": text, "facts": keys} for text, keys in filled]
    return Written(_fill(subject, facts), "\n\n".join(part for part in paragraphs if part), sentences)


def _opening(voice: Voice, facts: Mapping[str, str], language: str, step: int, strongest: Sequence[str]) -> list[str]:
    if step > 1:
        return [words.AGAIN[language], voice.opening]
    opening = [voice.opening]
    told = next((voice.because[name] for name in strongest if name in voice.because), "")
    if told:
        opening.append(told)
    elif int(facts.get("tenure_min", "0")) >= 2:
        opening.append(words.TENURE[language])
    return opening


def _fill(text: str, facts: Mapping[str, str]) -> str:
    def value(found: re.Match[str]) -> str:
        key = found.group(1)
        return facts[key][:1].lower() + facts[key][1:] if key == "offer.benefit" else facts[key]

    return _SLOT.sub(value, text)
