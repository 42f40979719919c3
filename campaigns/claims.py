"""What a text claims, in reading order: amounts, percentages, figures, dates, deadlines and benefits. Pure.

Names are found by ``campaigns.names`` and comparisons by ``campaigns.comparisons``; ``campaigns.evidence`` brings them together.
"""

# ruff: noqa: E501, SIM905 - patterns are read alternative by alternative

import re
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Literal

from campaigns.phrases import folded

Span = tuple[int, int]
Kind = Literal["money", "percent", "date", "deadline", "benefit", "number", "name", "comparison"]
MERGE_FIELD = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
_END = re.compile(r"[.!?…](?=\s|$|[\"”')])|\n")
_LIST_MARK = re.compile(r"(?m)^\s*\d{1,2}\s?[.)–-]\s|(?<![\w.,])\d\)\s")
UP = re.compile(r"\b(?:cresc\w+|aument\w+|sub(?:iu|iram|indo|ir)|avan[çc]\w+|evolu\w+|ganh\w+|alta|a\s+mais|gr[eo]w\w*|increas\w+|r(?:ose|isen)|climb\w+|gain\w*|up|higher|more)\b", re.I)  # fmt: skip
DOWN = re.compile(r"\b(?:ca(?:iu|[íi]ram|ir|indo)|queda|redu[zç]\w+|diminu\w+|recu\w+|perd\w+|baixa|a\s+menos|menor|fell|fall\w*|drop\w*|decreas\w+|declin\w+|lost|down|lower|fewer|less|smaller|slower|shr[aiu]nk\w*|encolh\w+)\b", re.I)  # fmt: skip


@dataclass(frozen=True)
class Claim:
    """One claim: ``value`` where it is a figure, ``step`` its unit of rounding, ``days`` a date as (year?, month?, day?) readings.

    ``other`` is the figure in the other language's writing of thousands; ``low`` the lower end of a range; ``hedge`` what
    "about", "over" or "nearly" say; ``before`` and ``after`` the sentence around it, up to the neighbouring figures.
    """

    kind: Kind
    text: str
    span: Span
    role: str = ""
    value: Decimal | None = None
    step: Decimal = Decimal(1)
    days: tuple[tuple[int | None, int | None, int | None], ...] = ()
    noun: str = ""
    other: Decimal | None = None
    low: Decimal | None = None
    hedge: str = ""
    before: str = ""
    after: str = ""
    currency: str = "BRL"

    def equals(self, figure: float | Decimal) -> bool:
        """Exactly this figure, to the cent; never a range."""
        wanted = Decimal(str(figure))
        return self.low is None and any(abs(own - wanted) < Decimal("0.005") for own in self._readings())

    def rounds(self, figure: Decimal) -> bool:
        """This figure, or what an honest writer rounds it to: the decimals shown, zeros at the end of a large figure (1%),
        and a round figure after "about", "over" or "nearly". A range holds a figure inside it when it is narrow."""
        size = abs(figure)
        if self.low is not None and self.value is not None:
            return self.low <= size <= self.value <= self.low * 3 / 2
        return any(
            abs(own - size) <= self.step / 2 or self._round_figure(own, size) or self._hedged(own, size)
            for own in self._readings()
        )

    def same_day(self, when: date) -> bool:
        """True when one reading of the date is ``when``; parts that the text leaves out do not matter."""
        return any(
            y in (None, when.year) and m in (None, when.month) and d in (None, when.day) for y, m, d in self.days
        )

    @property
    def direction(self) -> int:
        """1 when the sentence says that the figure rose, -1 that it fell, 0 when it says neither or both."""
        near = f"{self.before[-40:]} {self.after[:14]}"
        return bool(UP.search(near)) - bool(DOWN.search(near))

    def _readings(self) -> list[Decimal]:
        return [own for own in (self.value, self.other) if own is not None]

    def _round_figure(self, own: Decimal, size: Decimal) -> bool:
        if self.kind == "percent" or own < 1000 or own % 10 or abs(own - size) * 100 > own:
            return False
        zeros = len(str(int(own))) - len(str(int(own)).rstrip("0"))
        return abs(own - size) < Decimal(10) ** zeros

    def _hedged(self, own: Decimal, size: Decimal) -> bool:
        if not self.hedge or own == 0 or (own % 5 and not (self.kind == "percent" and self.step > 1)):
            return False
        room = Decimal("1.5") if self.kind == "percent" else own / 20
        if self.kind != "percent" and self.hedge == "about" and own >= 40:
            room = max(room, Decimal(5))
        if self.kind != "percent" and self.hedge == "over" and own >= 1000 and len(str(int(own)).rstrip("0")) == 1:
            room = own / 5  # "more than a hundred thousand"
        gap = size - own
        return {"about": abs(gap) <= room, "over": 0 <= gap <= 2 * room, "under": -2 * room <= gap <= 0}[self.hedge]


def masked(text: str) -> str:
    """``text`` with merge fields and list marks blanked and wide characters made plain, every place kept."""
    rest = MERGE_FIELD.sub(lambda found: " " * len(found.group()), plain(text))
    return _LIST_MARK.sub(lambda found: " " * len(found.group()), rest)


def plain(text: str) -> str:
    """Wide digits and odd spaces as ordinary ones, character by character."""
    if text.isascii():
        return text
    return "".join(
        " " if own in "\u00a0\u2007\u202f\u2009\u200a" else chr(ord(own) - 0xFEE0) if "！" <= own <= "～" else own
        for own in text
    )


def placed(claims: list[Claim], text: str) -> list[Claim]:
    """The claims in reading order, each with its surroundings in the sentence."""
    ordered = sorted(claims, key=lambda claim: claim.span)
    ends = [0, *(match.end() for match in _END.finditer(text)), len(text)]
    result, sentence = [], 0
    for place, claim in enumerate(ordered):
        while sentence + 2 < len(ends) and ends[sentence + 1] <= claim.span[0]:
            sentence += 1
        close = next((end for end in ends[sentence + 1 :] if end >= claim.span[1]), len(text))
        left = max(ends[sentence], ordered[place - 1].span[1] if place else 0)
        right = min(close, ordered[place + 1].span[0] if place + 1 < len(ordered) else len(text))
        before, after = text[min(left, claim.span[0]) : claim.span[0]], text[claim.span[1] : max(right, claim.span[1])]
        result.append(replace(claim, before=before, after=after))
    return result


def sentence_at(text: str, span: Span) -> str:
    """The sentence (or line) of ``text`` around ``span``."""
    start = max((match.end() for match in _END.finditer(text, 0, span[0])), default=0)
    after = _END.search(text, max(span[1] - 1, span[0]))
    return text[start : after.end() if after else len(text)].strip()


def stems(text: str) -> frozenset[str]:
    """The first five letters of each longer word, without accents: enough to tell that two phrases are about the same thing."""
    return (
        frozenset(word.rstrip("s")[:5] for word in folded(text)[0].split() if len(word) > 3 and not word.isdigit())
        - _EMPTY
    )


_EMPTY = frozenset(
    (
    "para pelos pelas sobre entre desde ainda muito mais menos cada quando como onde esta este essa esse seus suas nosso"
    " nossa voces with from that this your have were been into over more than their about since which they ultim last meses"
    " month dias days anos years nosso total clien custo custom"
).split()
)  # fmt: skip
