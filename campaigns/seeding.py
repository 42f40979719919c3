"""Errors that a careful reader sees from the facts and the offer beside a draft: one is put into a copy, at a place that is told.

Pure: text in, text out. Each error changes one whole sentence that stands in the body exactly once, so that it can be taken back.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random

FIGURE, DISCOUNT, DATE, PRODUCT, NAME, COMPARISON = "figure", "discount", "date", "product", "name", "comparison"
INVENTED = {
    "pt-br": "Nenhum concorrente oferece um resultado melhor do que este.",
    "en": "No competitor offers a better result than this.",
}
_PERCENT = re.compile(r"(?<![\d.,])(\d{1,2})(?:[.,]\d+)?(?=\s?%)")
_MONEY = re.compile(r"(?<=R\$)\s?(\d)[\d.,]*")
_DATE = re.compile(r"(?<!\d)(\d{2})/(\d{2})/(\d{4})(?!\d)")
_COUNT = re.compile(r"(?<![\d.,/$%{])\b([1-9]\d{0,2})\b(?![\d.,/]*\d|\s?%|\s*\}\})")


@dataclass(frozen=True)
class Error:
    """``original`` (a sentence of the body) becomes ``changed``."""

    kind: str
    original: str
    changed: str


@dataclass(frozen=True)
class Terms:
    """What the draft may truthfully say of its offer, and what others are called."""

    discount: str
    product: str
    name: str
    other_products: Sequence[str] = ()
    other_names: Sequence[str] = ()


def errors(body: str, language: str, terms: Terms, chance: Random) -> list[Error]:
    """Every error that could be put into ``body``: each stands where it is put exactly once."""
    found = [error for sentence in _sentences(body) for error in _of_sentence(sentence, language, terms, chance)]
    return [each for each in found if body.count(each.original) == 1 and each.changed not in body]


def _sentences(body: str) -> Iterator[str]:
    for paragraph in re.split(r"\n\s*\n", body):
        if "{{ link" not in paragraph:
            yield from (part.strip() for part in re.split(r"(?<=[.!?])\s+", paragraph) if part.strip())


def _of_sentence(sentence: str, language: str, terms: Terms, chance: Random) -> Iterator[Error]:
    for match in _PERCENT.finditer(sentence):
        kind = DISCOUNT if match[1].lstrip("0") == terms.discount else FIGURE
        yield _changed(sentence, match, kind, lambda m: _other(m, chance))
    for match in _MONEY.finditer(sentence):
        yield _changed(sentence, match, FIGURE, lambda m: m[0].replace(m[1], str(int(m[1]) % 9 + 1), 1))
    for match in _DATE.finditer(sentence):
        yield _changed(sentence, match, DATE, lambda m: f"{min(int(m[1]), 28):02}/{int(m[2]) % 12 + 1:02}/{m[3]}")
    for match in _COUNT.finditer(sentence):
        yield _changed(sentence, match, FIGURE, lambda m: _other(m, chance))
    for kind, own, others in ((PRODUCT, terms.product, terms.other_products), (NAME, terms.name, terms.other_names)):
        apart = [other for other in others if own and own in sentence and own not in other and other not in own]
        if apart:
            yield Error(kind, sentence, sentence.replace(own, chance.choice(apart), 1))
    if sentence.endswith(".") and len(sentence) > 60:
        yield Error(COMPARISON, sentence, f"{sentence} {INVENTED.get(language, INVENTED['pt-br'])}")


def _changed(sentence: str, match: re.Match[str], kind: str, other: Callable[[re.Match[str]], str]) -> Error:
    return Error(kind, sentence, sentence[: match.start()] + other(match) + sentence[match.end() :])


def _other(match: re.Match[str], chance: Random) -> str:
    """A figure of the same size that nobody rounds to the true one."""
    number = int(match[1])
    step = max(2, number // 3)
    return match[0].replace(match[1], str(number + step + chance.randint(0, step)), 1)
