"""Find what a text claims: amounts, percentages, dates, deadlines, benefits, figures and names; and what supports them. Pure."""

# ruff: noqa: E501 - patterns are read alternative by alternative

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from campaigns import figures
from campaigns.phrases import find_phrase, folded

if TYPE_CHECKING:
    from campaigns.evidence import OfferTerms

Span = tuple[int, int]
_I = re.IGNORECASE
_WORD = "(?:" + "|".join(sorted(figures.WORDS, key=len, reverse=True)).replace("tres", "tr[êe]s") + ")"
_SPELLED = rf"{_WORD}(?:(?:\s+e\s+|\s+and\s+|[\s-]+){_WORD})*"
_MONTH = "(?:" + "|".join(sorted(figures.MONTHS, key=len, reverse=True)).replace("marco", "mar[çc]o") + ")"
_MONTH_EN = r"(?:january|february|march|april|may|june|july|august|september|october|november|december|jan|feb|apr|jun|jul|aug|sept?|oct|nov|dec)"
_DAY = r"\d{1,2}(?:º|ª|°|st|nd|rd|th)?"

MERGE_FIELD = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
_MONEY = re.compile(
    rf"(?:R\$|US\$|U\$|BRL|USD|EUR|€|\$)\s?(?P<n1>{figures.NUMBER})(?:\s?(?P<s1>{figures.SCALE})\b)?"
    rf"|\b(?P<n2>{figures.NUMBER})(?:\s(?P<s2>{figures.SCALE}))?(?:\s+de)?\s+(?:reais|real|d[óo]lares|dollars|euros|BRL|USD)\b"
    rf"|\b(?P<w>{_SPELLED})(?:\s+de)?\s+(?:reais|d[óo]lares|dollars|euros)\b", _I)  # fmt: skip
_PERCENT = re.compile(
    rf"(?P<n>{figures.NUMBER})\s?(?:%|por\s+cento\b|per\s?cent\b|pct\b|p\.p\.|pontos\s+percentuais)"
    rf"|\b(?P<w>{_SPELLED})\s+(?:por\s+cento|per\s?cent)\b"
    r"|\b(?P<half>(?:pela|na)\s+metade|metade\s+d[oae]s?|half[\s-](?:the\s+)?(?:price|off|cost)|half\s+the)\b", _I)  # fmt: skip
_DATE = re.compile(
    rf"\b(?P<iso>\d{{4}}-\d{{2}}-\d{{2}})\b|(?<![\d/.,])(?P<slash>\d{{1,2}}[/.-]\d{{1,2}}[/.-](?:\d{{4}}|\d{{2}})|\d{{1,2}}/\d{{1,2}})(?![\d/])"
    rf"|\b(?P<d1>{_DAY})\s+(?:de\s+|of\s+)?(?P<m1>{_MONTH})\b\.?(?:,?\s+(?:de\s+)?(?P<y1>\d{{4}}))?"
    rf"|\b(?P<m2>{_MONTH_EN})\b\.?\s+(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?(?!\d)(?:,?\s+(?P<y2>\d{{4}}))?"
    rf"|\b(?P<m3>{_MONTH})\s+(?:de\s+|of\s+)?(?P<y3>\d{{4}})\b"
    r"|\b(?:em|at[ée]|in|by|until|since|desde|before|next|this|de|of)\s+(?P<m4>janeiro|fevereiro|mar[çc]o|abril|maio|junho|julho|agosto|setembro|outubro|novembro"
    r"|dezembro|January|February|(?-i:March)|April|(?-i:May)|June|July|August|September|October|November|December)\b(?!\s+(?:de\s+|of\s+)?\d)", _I)  # fmt: skip
_WEEKDAY = r"(?:segunda|ter[çc]a|quarta|quinta|sexta|s[áa]bado|domingo)(?:-feira)?|monday|tuesday|wednesday|thursday|friday|saturday|sunday"
_SOON = (
    rf"hoje|amanh[ãa]|meia-noite|(?:o\s+|a\s+)?(?:pr[óo]xim[oa]\s+)?(?:{_WEEKDAY})|(?:o\s+)?(?:fim|final)\s+d[aoe]s?\s+(?:semana|m[êe]s|ano|dia)|esta\s+semana|este\s+m[êe]s"
    r"|today|tomorrow|tonight|midnight|this\s+(?:week|month)|(?:the\s+)?end\s+of\s+(?:the\s+|this\s+)?(?:day|week|month|year)"
)
_DEADLINE = re.compile(
    rf"\b(?:at[ée]|s[óo]|somente|apenas|termina|acaba|expira|until|by|only|just|ends?|expires?|before)\s+(?:{_SOON})\b"
    r"|\b[úu]ltim[oa]s?\s+(?:chances?|dias?|horas?|vagas?|unidades?|oportunidades?)\b|\b(?:por\s+)?tempo\s+limitado\b|\bvagas\s+limitadas\b"
    r"|\b(?:last\s+chance|final\s+(?:days?|hours?|call)|limited[\s-]time|limited\s+(?:seats|spots))\b", _I)  # fmt: skip
BENEFITS: dict[str, re.Pattern[str]] = {
    "free": re.compile(
        r"\b(?:gr[áa]tis|gratuit\w+|de\s+gra[çc]a|cortesia|sem\s+(?:nenhum\s+)?custos?(?:\s+adiciona\w+)?|sem\s+cobran[çc]a|isen[çct]\w+|custo\s+zero"
        r"|(?<!feel\s)(?<!feel\sso\s)free(?!\s+(?:up|to)\b)(?:\s+of\s+charge)?|(?:at\s+)?no\s+(?:extra\s+|additional\s+)?(?:cost|charge)|complimentary|waive\w*)\b", _I),
    "bonus": re.compile(r"\b(?:b[ôo]nus|brindes?|presente|cashback|gifts?|bonus)\b", _I),
    "guarantee": re.compile(r"\b(?:garanti\w+|guarante\w+)\b", _I),
}  # fmt: skip
_TIMES = re.compile(
    r"\b(?:(?:o|em)\s+dobro|duplica\w*|dobra(?:r|mos|ndo)?|o?\s*triplo|triplica\w*|twice|doubles?(?!-)|tripl(?:e|es|ing))\b",
    _I,
)
_NUMBER = re.compile(
    rf"(?<![\w.,/$-])(?P<n>{figures.NUMBER})(?:\s?(?P<s>{figures.SCALE})\b)?(?P<x>x\b|×)?|\b(?P<w>{_SPELLED})\b", _I
)
_LIST_MARK = re.compile(r"(?m)^\s*\d{1,2}[.)]\s")

_DISCOUNT = re.compile(r"descont|abatimento|\boff\b|discount|rebate|mais\s+barat|cheaper|cashback", _I)
_PRICE = re.compile(
    r"\b(?:por\s+(?:apenas|somente|s[óo])|apenas|somente|s[óo]|custa\w*|pre[çc]os?|mensalidade|a\s+partir\s+de|only|just|prices?|costs?|starting\s+at|fee)\b",
    _I,
)
_PRICE_LABEL = re.compile(r"pre[çc]o|mensalidade|price|fee|plano|plan", _I)
_VALIDITY = re.compile(
    r"v[áa]lid|at[ée]\b|expira|termina|prazo|\bvalid\b|until|\bby\b|expires?|\bends?\b|deadline|through", _I
)

HIDDEN = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
_MARKUP = re.compile(r"<[a-z/!][^>]*>?|\[[^\]]+\]\([^)]*\)|&(?:#\d+|#x[0-9a-f]+|nbsp|lt|gt|amp);", _I)
_ADDRESS = re.compile(
    r"(?:https?|ftp|mailto|tel|javascript|data):\S+|\bwww\.\S+|\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
    r"|\b(?:[a-z0-9-]+\.)+(?:com|net|org|br|io|co|app|dev|info|biz|me|ly|ai|shop|link|site|online|gov|edu|gle|page)\b(?:/\S*)?"
    r"|(?<![\d.,])\(?\d{2}\)?\s?9?\d{4}[-\s]\d{4}\b|\bwa\.me\S*", _I)  # fmt: skip
_OPT_OUT = re.compile(r"unsub|opt.?out|descadast|cancel|sair|remov|deixar de receber", _I)
_STRAY = re.compile(r"\{+|\}+|\{%|%\}")
_END = re.compile(r"[.!?…](?=\s|$|[\"”')])|\n")


@dataclass(frozen=True)
class Claim:
    """One claim: ``value`` where it is a figure, its unit of rounding, ``days`` for a date as (year?, month, day?) readings."""

    kind: Literal["money", "percent", "date", "deadline", "benefit", "number", "name"]
    text: str
    span: Span
    role: str = ""
    value: Decimal | None = None
    step: Decimal = Decimal(1)
    days: tuple[tuple[int | None, int, int | None], ...] = ()
    noun: str = ""

    def equals(self, figure: float | Decimal) -> bool:
        """Exactly this figure, to the cent."""
        return self.value is not None and abs(self.value - Decimal(str(figure))) < Decimal("0.005")

    def rounds(self, figure: Decimal) -> bool:
        """This figure, or what it rounds to with the decimals that the text shows."""
        return self.value is not None and abs(self.value - figure) <= self.step / 2

    def same_day(self, when: date) -> bool:
        """True when one reading of the date is ``when``; parts that the text leaves out do not matter."""
        return any(y in (None, when.year) and m == when.month and d in (None, when.day) for y, m, d in self.days)


@dataclass(frozen=True)
class Support:
    """What a draft may rest on, ready for look-up."""

    amounts: tuple[tuple[Decimal, str], ...] = ()
    percents: tuple[Decimal, ...] = ()
    counts: tuple[tuple[Decimal, str], ...] = ()
    days: tuple[date, ...] = ()
    texts: tuple[str, ...] = ()
    words: frozenset[str] = field(default_factory=frozenset)

    @classmethod
    def of(cls, facts: Iterable[tuple[str, str, str, str]], offer: "OfferTerms | None") -> "Support":
        """From facts (label, value, unit, date) and the offer's terms."""
        amounts, percents, counts, days, texts = [], [], [], [], []
        for label, value, unit, as_of in facts:
            figure = figures.plain_decimal(value)
            when = figures.iso_day(value) if unit == "date" or figure is None else None
            days += [day for day in (when, figures.iso_day(as_of)) if day]
            if unit == "date" and when:
                pass  # a date supports dates, and its digits nothing else
            elif figure is None or unit in ("text", "date"):
                texts.append(value)
            elif unit == "BRL":
                amounts.append((figure, label))
            elif unit == "percent":
                percents.append(figure)
            else:
                counts.append((figure, label))
            texts.append(label)
        if offer:
            if offer.price is not None:
                amounts.append((Decimal(str(offer.price)), "price"))
            if offer.discount_percent:
                percents.append(Decimal(str(offer.discount_percent)))
            days += [offer.valid_until] if offer.valid_until else []
            texts += [text for text in (offer.name, offer.product, *offer.words) if text]
        words = frozenset(word for text in texts for word in re.findall(r"\w+", folded(text)[0]))
        return cls(tuple(amounts), tuple(percents), tuple(counts), tuple(days), tuple(texts), words)

    def quoted(self, claim: Claim) -> bool:
        """The claim's own words stand in the offer's or a fact's words (a benefit: a word of the same family does)."""
        if claim.kind == "benefit":
            return any(BENEFITS[claim.role].search(text) for text in self.texts)
        return any(find_phrase(text, claim.text) for text in self.texts)

    def money(self, claim: Claim) -> bool:
        """An amount of a fact or the offer's price; what is presented as price or discount needs just that."""
        if claim.role == "discount":
            return self.quoted(claim)
        usable = [figure for figure, label in self.amounts if claim.role != "price" or _PRICE_LABEL.search(label)]
        return any(claim.rounds(figure) for figure in usable) or self.quoted(claim)

    def percent(self, claim: Claim) -> bool:
        """A percentage of a fact or the offer's discount."""
        return any(claim.rounds(figure) for figure in self.percents) or self.quoted(claim)

    def day(self, claim: Claim) -> bool:
        """A date of a fact or the offer's end."""
        return any(claim.same_day(when) for when in self.days) or self.quoted(claim)

    def number(self, claim: Claim) -> bool:
        """A count, the year of a known date, or a figure that the offer's own words contain."""
        year = claim.value is not None and any(claim.equals(when.year) for when in self.days)
        return year or bool(self._matching(claim)) or self._in_words(claim)

    def other_meaning(self, claim: Claim) -> str:
        """The label of the fact that matches the figure but not the noun after it; empty when the meaning fits."""
        matching = self._matching(claim)
        if not matching or len(claim.noun) < 4 or self._in_words(claim):
            return ""
        fits = any(folded(claim.noun)[0][:4] in folded(label)[0] for label in matching)
        return "" if fits else matching[0]

    def _matching(self, claim: Claim) -> list[str]:
        return [label for figure, label in self.counts if claim.rounds(figure)]

    def _in_words(self, claim: Claim) -> bool:
        if claim.value is None:
            return False
        return any(
            read and read[0] == claim.value
            for text in self.texts
            for read in [figures.decimal_of(found, "pt-br") for found in re.findall(figures.NUMBER, text)]
        ) or self.quoted(claim)


def supported_by_fact(claim: Claim, support: Support) -> bool:
    """Whether one claim rests on ``support``, whatever it is presented as."""
    tests = {
        "money": support.money,
        "percent": support.percent,
        "date": support.day,
        "number": lambda own: bool(support._matching(own)),
    }
    test = tests.get(claim.kind)
    return bool(test and test(claim))


def find(text: str, language: str) -> list[Claim]:
    """The claims of a text but names, in reading order; merge fields and list marks are no claims."""
    rest = _LIST_MARK.sub(
        lambda found: " " * len(found.group()), MERGE_FIELD.sub(lambda found: " " * len(found.group()), text)
    )
    claims: list[Claim] = []
    for pattern, make in _READERS:
        for found in pattern.finditer(rest):
            claim = make(found, text, language)
            if claim:
                claims.append(claim)
                rest = rest[: claim.span[0]] + " " * (claim.span[1] - claim.span[0]) + rest[claim.span[1] :]
    for family, pattern in BENEFITS.items():
        claims += [Claim("benefit", found.group(), found.span(), family) for found in pattern.finditer(text)]
    return sorted(claims, key=lambda claim: claim.span)


def surface_problems(text: str, links: Sequence[str] | Mapping[str, str]) -> list[tuple[str, Span]]:
    """What a plain message may not contain: unknown merge fields and links, addresses, markup, invisible characters."""
    found: list[tuple[str, Span]] = [("hidden_character", match.span()) for match in HIDDEN.finditer(text)]
    rest = text
    for match in MERGE_FIELD.finditer(text):
        name = match.group(1)
        if name.startswith("link.") and name.removeprefix("link.") not in links:
            found.append(("unknown_link", match.span()))
        elif not name.startswith("link.") and name not in ("contact.first_name", "customer.name"):
            found.append(("unknown_field", match.span()))
        rest = rest[: match.start()] + " " * (match.end() - match.start()) + rest[match.end() :]
    for code, pattern in (("unknown_field", _STRAY), ("markup", _MARKUP), ("raw_link", _ADDRESS)):
        found += [(code, match.span()) for match in pattern.finditer(rest)]
    return found


def offers_opt_out(body: str, links: Sequence[str] | Mapping[str, str]) -> bool:
    """True when the body uses a link that unsubscribes; by id, or by label where ``links`` carries labels."""
    ids = opt_outs(links)
    used = {match.group(1).removeprefix("link.") for match in MERGE_FIELD.finditer(body)}
    return bool(ids & used)


def opt_outs(links: Sequence[str] | Mapping[str, str]) -> set[str]:
    """Ids of the links that unsubscribe."""
    labels = links if isinstance(links, Mapping) else dict.fromkeys(links, "")
    return {key for key, label in labels.items() if _OPT_OUT.search(key) or _OPT_OUT.search(label)}


def sentence_at(text: str, span: Span) -> str:
    """The sentence (or line) of ``text`` around ``span``."""
    start = max((match.end() for match in _END.finditer(text, 0, span[0])), default=0)
    after = _END.search(text, max(span[1] - 1, span[0]))
    return text[start : after.end() if after else len(text)].strip()


def _near(pattern: re.Pattern[str], text: str, span: Span, before: int, after: int) -> bool:
    """``pattern`` within the same sentence, at most so many characters before or after."""
    left = text[max(0, span[0] - before) : span[0]]
    right = text[span[1] : span[1] + after]
    cuts = [match.end() for match in _END.finditer(left)]
    end = _END.search(right)
    return bool(
        pattern.search(left[cuts[-1] if cuts else 0 :]) or pattern.search(right[: end.start() if end else len(right)])
    )


def _figure(number: str | None, scale: str | None, words: str | None, language: str) -> tuple[Decimal, Decimal] | None:
    if words:
        value = figures.spelled([word for word in re.split(r"[\s-]+", words) if word.lower() not in ("e", "and")])
        return (value, Decimal(0)) if value is not None else None
    read = figures.decimal_of(number or "", language)
    return (read[0] * figures.scale_of(scale), Decimal(figures.scale_of(scale)).scaleb(-read[1])) if read else None


def _money(found: re.Match[str], text: str, language: str) -> Claim | None:
    part = found.groupdict()
    figure = _figure(part["n1"] or part["n2"], part["s1"] or part["s2"], part["w"], language)
    if figure is None:
        return None
    discount = _near(_DISCOUNT, text, found.span(), 20, 18)
    role = "discount" if discount else "price" if _near(_PRICE, text, found.span(), 28, 0) else ""
    return Claim("money", found.group(), found.span(), role, *figure)


def _percent(found: re.Match[str], text: str, language: str) -> Claim | None:
    if found.group("half"):
        return Claim("percent", found.group(), found.span(), "discount", Decimal(50), Decimal(0))
    figure = _figure(found.group("n"), None, found.group("w"), language)
    role = "discount" if _near(_DISCOUNT, text, found.span(), 40, 24) else ""
    return Claim("percent", found.group(), found.span(), role, *figure) if figure else None


def _date(found: re.Match[str], text: str, language: str) -> Claim | None:
    days = _readings(found, language)
    role = (
        "validity"
        if _near(_VALIDITY, text, (found.start(), found.end()), 30, 0) or _VALIDITY.match(found.group())
        else ""
    )
    return Claim("date", found.group(), found.span(), role, days=days) if days else None


def _readings(found: re.Match[str], language: str) -> tuple[tuple[int | None, int, int | None], ...]:
    part = found.groupdict()
    if part["iso"]:
        when = figures.iso_day(part["iso"])
        return ((when.year, when.month, when.day),) if when else ()
    if part["slash"]:
        numbers = [int(number) for number in re.split(r"[/.-]", part["slash"])]
        year = None if len(numbers) < 3 else numbers[2] + (2000 if numbers[2] < 100 else 0)
        orders = [(numbers[1], numbers[0])] + ([(numbers[0], numbers[1])] if language == "en" else [])
        return tuple((year, month, day) for month, day in orders if 1 <= month <= 12 and 1 <= day <= 31)
    month = figures.month_of(part["m1"] or part["m2"] or part["m3"] or part["m4"] or "")
    number, shown = part["d1"] or part["d2"], part["y1"] or part["y2"] or part["y3"]
    if month is None:
        return ()
    return ((int(shown) if shown else None, month, int(re.sub(r"\D", "", number)) if number else None),)


def _deadline(found: re.Match[str], text: str, language: str) -> Claim | None:
    return Claim("deadline", found.group(), found.span())


def _times(found: re.Match[str], text: str, language: str) -> Claim | None:
    three = "tripl" in found.group().lower()
    return Claim("number", found.group(), found.span(), "", Decimal(3 if three else 2), Decimal(0))


def _number(found: re.Match[str], text: str, language: str) -> Claim | None:
    figure = _figure(found.group("n"), found.group("s"), found.group("w"), language)
    noun = re.match(r"\s+([^\W\d_]+)", text[found.end() :])
    return (
        Claim("number", found.group(), found.span(), "", *figure, noun=noun.group(1) if noun else "")
        if figure
        else None
    )


_READERS = (
    (_DATE, _date),
    (_MONEY, _money),
    (_PERCENT, _percent),
    (_DEADLINE, _deadline),
    (_TIMES, _times),
    (_NUMBER, _number),
)
