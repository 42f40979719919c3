"""Texts from data that read like instructions to a language model: found by fixed rules, in Portuguese and English. Pure.

A name, a comment or a ticket may have been written to steer a model. What is found here is never a reason to trust the rest:
every text from data stays quoted data. It tells the approver where to look, and keeps the text from the model.
"""

import re
from dataclasses import dataclass
from typing import Literal

from campaigns.phrases import folded

Reason = Literal["instruction", "role", "link", "encoded"]

EXCERPT = 140  # characters that an approver is shown

# All of these look at text without accents, case, punctuation and invisible characters.
_ORDER = r"(?:ignor\w*|disregard\w*|forget\w*|overrid\w*|bypass\w*|desconsider\w*|esquec\w*|descart\w*|desobede\w*)"
_RULES = (
    r"(?:instruc\w*|instruct\w*|rules?|regras?|prompts?|orders?|ordens|guidelines?"
    r"|diretri\w*|comandos?|directions?|policy|policies|politicas?)"
)
_EARLIER = r"(?:previous|prior|above|earlier|preceding|anterior\w*|acima|previ[ao]s?)"
_MODEL = r"(?:you|voce|assistant|assistente|model|modelo|ai|ia|chatbot|gpt|chatgpt|llm)"
_INSTRUCTION = re.compile(
    rf"\b{_ORDER}(?: \w+){{0,5}} (?:{_RULES}|{_EARLIER})\b"
    r"|\b(?:system|developer|initial|hidden|sistema) prompt\b|\bprompt d[eo] sistema\b|\bjailbreak\w*|\bdo anything now\b"
    r"|\b(?:ignor[ae]r?|disregard|forget|desconsidere|esqueca) (?:everything|tudo)\b"
    r"|\b(?:new|novas?|updated) (?:instruct\w*|instruc\w*)\b"
    r"|\b(?:reveal|repeat|print|show|revele|repita|mostre) (?:\w+ ){0,3}(?:prompt|instruct\w*|instruc\w*)\b"
    r"|\b(?:instead|em vez disso) (?:please )?(?:print|say|write|output|answer|respond|diga|escreva|responda)\b"
)
_ROLE = re.compile(
    rf"\b(?:you are|voce e|voce sera|you will be) (?:now|agora)\b|\b(?:from now on|a partir de agora) (?:\w+ )?{_MODEL}\b"
    rf"|\b(?:act|behave|respond|aja|atue|comporte se|responda) (?:\w+ )?(?:as|like|como) (?:if |se )?(?:an? |um |uma )?{_MODEL}\b"
    r"|\b(?:pretend|finja|imagine) (?:to be|that you|que voce|ser)\b|\bact as (?:an? |my )"
)
# These look at the text as it stands: marks of chat formats, addresses and blobs are made of punctuation.
_MARKS = re.compile(
    r"<\|[a-z_]+\|>|\[/?INST\]|<</?SYS>>|</?(?:system|assistant|user|data)>|^\s*(?:system|assistant|sistema|assistente)\s*:",
    re.I | re.M,
)
_LINK = re.compile(r"(?:https?|ftp|javascript|data|file)\s*:\s*(?://)?\S|\bwww\.\w", re.I)
_ENCODED = re.compile(
    r"(?<![\w+/=])(?=[\w+/]*\d)(?=[\w+/]*[A-Za-z])(?:[A-Za-z0-9+/]{40,}={0,2}|(?:\\x[0-9a-f]{2}){6,})", re.I
)


@dataclass(frozen=True)
class Suspicion:
    """Why a text is suspected, and the piece of it that a person should read."""

    reason: Reason
    excerpt: str


def suspicion(text: str) -> Suspicion | None:
    """The first reason to suspect ``text``, or None. The same text always gives the same answer."""
    plain, places = folded(text)
    for reason, pattern in (("instruction", _INSTRUCTION), ("role", _ROLE)):
        if found := pattern.search(plain):
            return Suspicion(reason, _around(text, places[found.start()]))  # type: ignore[arg-type]
    for reason, pattern in (("role", _MARKS), ("link", _LINK), ("encoded", _ENCODED)):
        if found := pattern.search(text):
            return Suspicion(reason, _around(text, found.start()))  # type: ignore[arg-type]
    return None


def _around(text: str, start: int) -> str:
    return " ".join(text[start : start + EXCERPT].split())
