"""The playbook drafter: deterministic words from the house's own texts, complete without any model. Pure.

The same texts, facts, language and step always give the same words. Every sentence names the facts it rests on.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from campaigns.drafting import words

PROMPT_VERSION = "playbook-1"
LONGEST_SUBJECT = 200  # what a draft can keep; inboxes cut it long before, which the evidence check says
_SLOT = re.compile(r"\[([a-z_.]+)\]")
_SENTENCE_END = re.compile(r"(?<=[.!?;])\s+(?=[A-ZÀ-Ý\[{])")
_BEGINNING = re.compile(r"(?:^|[.!?…])[\s\"'“‘«(*–—-]*$")  # what stands before the first word of a sentence
_ORDINARY = re.compile(
    r"[^\W\d_][^\W\d_A-ZÀ-Ý]*(?:-[^\W\d_A-ZÀ-Ý]+)*(?=[\s.,:;!?)]|$)"
)  # no capital after its first letter

# A strategy that the playbook does not know by its code speaks like the house's own strategy of the same play.
BY_PLAY = {
    "retain": "gestao-retain", "expand": "gestao-expand", "onboard": "gestao-onboard", "win_back": "gestao-win-back",
    "cross_sell": "rd-cross-sell", "credit": "techfin-credit",
}  # fmt: skip


@dataclass(frozen=True)
class Texts:
    """What one strategy says in one language. ``version`` is what a draft records of the words it was written from."""

    subject: str
    subject_again: str
    opening: str
    value: str
    offer: str
    call_to_action: str
    decline: str
    sign_off: str
    opt_out: str
    because: Mapping[str, str] = field(default_factory=dict)
    version: str = PROMPT_VERSION


@dataclass(frozen=True)
class Written:
    """Words before they are saved: ``sentences`` are ``{"text", "facts"}`` in the order of the body."""

    subject: str
    body: str
    sentences: list[dict[str, Any]]


def house_texts(code: str, play: str, unit: str, language: str) -> Texts:
    """The texts that a new company starts with: of the strategy with this code, else of the house's own of the same play."""
    voices = words.EN if language == "en" else words.PT
    voice = voices.get(code) or voices[BY_PLAY[play]]
    return Texts(
        subject=voice.subject,
        subject_again=voice.subject_again,
        opening=voice.opening,
        value=voice.value,
        because=voice.because,
        offer=f"{words.OFFER[language]} {words.VALID[language]}",
        call_to_action=words.CALL_TO_ACTION[language],
        decline=words.NO_THANKS[language],
        sign_off=sign_off(unit, language),
        opt_out=words.OPT_OUT[language],
    )


def write(
    texts: Texts, facts: Mapping[str, str], language: str, step: int = 1, strongest: Sequence[str] = ()
) -> Written:
    """Subject and body from the texts of one strategy.

    ``facts`` are the public ones by key, already in the language's writing; ``strongest`` names the signals that made the
    choice, the strongest first: the first with words of its own varies the opening.
    """
    blocks = [
        [words.GREETING[language]],
        _opening(texts, facts, language, step, strongest),
        sentences_of(texts.value),
        sentences_of(texts.offer),
        [texts.call_to_action],
        [texts.decline],
        [texts.sign_off],
        [texts.opt_out],
    ]
    return assemble(texts.subject if step == 1 else texts.subject_again, blocks, facts)


def sentences_of(text: str) -> list[str]:
    """A paragraph's sentences: one whose fact is unknown is left out by itself."""
    return [part.strip() for part in _SENTENCE_END.split(text) if part.strip()]


def slots(text: str) -> list[str]:
    """The keys of the ``[fact]`` slots of a text, in its order."""
    return _SLOT.findall(text)


def sign_off(unit: str, language: str) -> str:
    """How a business unit closes a mail."""
    return words.SIGN_OFF.get(unit, words.SIGN_OFF["GESTAO"])[language]


def assemble(subject: str, blocks: Sequence[Sequence[str]], facts: Mapping[str, str]) -> Written:
    """Blocks of sentences with ``[fact]`` slots as a subject, a body (blank line between blocks) and its sentences."""
    sentences: list[dict[str, Any]] = []
    paragraphs = []
    for block in blocks:
        filled = [(_fill(text, facts), slots(text)) for text in block if all(key in facts for key in slots(text))]
        paragraphs.append(" ".join(text for text, _keys in filled))
        sentences += [{"text": text, "facts": keys} for text, keys in filled]
    return Written(_shortened(_fill(subject, facts)), "\n\n".join(part for part in paragraphs if part), sentences)


def _opening(texts: Texts, facts: Mapping[str, str], language: str, step: int, strongest: Sequence[str]) -> list[str]:
    opening = sentences_of(texts.opening)
    if step > 1:
        return [words.AGAIN[language], *opening]
    told = next((texts.because[name] for name in strongest if texts.because.get(name)), "")
    if told:
        opening += sentences_of(told)
    elif int(facts.get("tenure_min", "0")) >= 2:
        opening.append(words.TENURE[language])
    return opening


def _fill(text: str, facts: Mapping[str, str]) -> str:
    def value(found: re.Match[str]) -> str:
        key = found.group(1)
        told = facts.get(key, "")
        inside = key == "offer.benefit" and not _BEGINNING.search(text[: found.start()])
        return _within(told, facts) if inside else told

    return _SLOT.sub(value, text)


def _within(told: str, facts: Mapping[str, str]) -> str:
    """A benefit within a sentence: its first letter is small where the word is an ordinary one, no abbreviation and no name."""
    first = _ORDINARY.match(told)
    if first is None or _words(first.group()) & _proper(facts):
        return told
    return told[:1].lower() + told[1:]


def _proper(facts: Mapping[str, str]) -> set[str]:
    """Words that keep their capital: those of the product, and of an offer whose name is not written like a sentence."""
    name = facts.get("offer.name", "")
    rest = name.split()[1:]
    return _words(facts.get("offer.product", "")) | (
        _words(name) if not rest or any(word[0].isupper() for word in rest) else set()
    )


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.casefold()))


def _shortened(subject: str) -> str:
    """A subject that a draft can keep: cut between words, and never within a merge field."""
    if len(subject) <= LONGEST_SUBJECT:
        return subject
    kept = subject[: LONGEST_SUBJECT - 1]
    if not subject[len(kept)].isspace():
        kept = kept.rpartition(" ")[0] or kept
    if kept.rfind("{{") > kept.rfind("}}"):
        kept = kept[: kept.rfind("{{")]
    return kept.rstrip(" ,;:–—-") + "…"
