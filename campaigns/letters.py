"""What a model writes: the closed form of a letter, and the words that the house makes of it. Pure.

The same answers in the same frame always give the same words, so that a decision can be made again.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

# "word.word", "www", "://", "@": a model writes no addresses, whatever they end in. Merge fields are no addresses.
_ADDRESS = re.compile(r"[^\W\d_][\w-]*\.[^\W\d_]{2,}|\bwww\b|:\s*//|@", re.I)
_FIELD = re.compile(r"\{\{ [a-z_.]+ \}\}")
_FRAME = re.compile(r"\{\{ (?:contact|link)\.")  # the house greets and links, a model does not


def _without_address(text: str) -> str:
    if _ADDRESS.search(_FIELD.sub("", text)):
        raise PydanticCustomError("address", "no address may be written")
    return text


Prose = AfterValidator(_without_address)


class Form(BaseModel):
    """Base of a model's answers: nothing that is not asked for."""

    model_config = ConfigDict(extra="forbid")


class Sentence(Form):
    """One sentence and the facts that it rests on."""

    text: Annotated[str, Field(min_length=1, max_length=400), Prose]
    facts: Annotated[list[Annotated[str, Field(max_length=40)]], Field(max_length=6)]


class Block(Form):
    """One paragraph."""

    sentences: Annotated[list[Sentence], Field(min_length=1, max_length=6)]


class Letter(Form):
    """The words of a draft."""

    subject: Annotated[str, Field(min_length=5, max_length=78), Prose]
    blocks: Annotated[list[Block], Field(min_length=1, max_length=5)]

    def sentences(self) -> list[Sentence]:
        """All sentences in their order."""
        return [sentence for block in self.blocks for sentence in block.sentences]


class Pick(Form):
    """One strategy with one of its offers, by their codes."""

    strategy: Annotated[str, Field(max_length=40)]
    offer: Annotated[str, Field(max_length=40)]
    reason: Annotated[str, Field(max_length=500)]
    angle: Annotated[str, Field(max_length=240)]


def render(letter: Letter, greeting: str, closing: Sequence[str]) -> dict[str, Any]:
    """``{"subject", "body", "sentences"}``: the letter between the house's greeting and its closing lines."""
    blocks: list[list[tuple[str, list[str]]]] = [[(greeting, [])]]
    blocks += [[(" ".join(each.text.split()), each.facts) for each in block.sentences] for block in letter.blocks]
    blocks += [[(text, [])] for text in closing]
    return {
        "subject": " ".join(letter.subject.split()),
        "body": "\n\n".join(" ".join(text for text, _keys in block) for block in blocks),
        "sentences": [{"text": text, "facts": list(keys)} for block in blocks for text, keys in block],
    }


def spoken(subject: str, sentences: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Saved words as another writer may read them: subject and sentences, without greeting, links and closing lines."""
    texts = [str(part["text"]) for part in sentences]
    return {"subject": subject, "sentences": [text for text in texts if not _FRAME.search(text)]}


def chosen(pairs: Sequence[Sequence[str]], pick: Pick | None) -> list[str] | None:
    """The pair of codes that was picked, the only one where nothing was to pick, None for a pair that was not on the list."""
    if pick is None:
        return list(pairs[0]) if len(pairs) == 1 else None
    return next((list(pair) for pair in pairs if list(pair) == [pick.strategy, pick.offer]), None)


def assemble(on: Mapping[str, Any]) -> dict[str, Any]:
    """Pair and words from what was recorded.

    ``on``: ``pairs`` of codes, the answers of ``strategist`` (None where it was not asked) and ``writer``, ``greeting``, ``closing``.
    """
    pick = Pick.model_validate(on["strategist"]) if on["strategist"] else None
    return {
        "pair": chosen(on["pairs"], pick),
        **render(Letter.model_validate(on["writer"]), on["greeting"], on["closing"]),
    }
