"""What a draft may rest on: facts and the offer, ready for look-up, with the rules of unit, rounding and subject. Pure."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from campaigns import days, figures, reading
from campaigns.claims import DOWN, UP, Claim, stems
from campaigns.phrases import find_phrase, folded

if TYPE_CHECKING:
    from campaigns.evidence import OfferTerms

_PRICE_LABEL = re.compile(
    r"pre[çc]o|mensalidade|price|\bfee\b|\bplano\b|\bplan\b|valor d[oa] (?:oferta|plano|licen|pacote|m[óo]dulo)|tarifa|taxa", re.I
)  # fmt: skip
_SAVING = re.compile(r"econom|poupan|saving|saved|ganho|gain|redu[çc]", re.I)
_DISCOUNT_LABEL = re.compile(r"descont|discount|abatimento|rebate", re.I)
_IN_YEAR = re.compile(r"\b(?:em|in|de|desde|since|of|ano|year|para|for|durante|during)\s*$", re.I)
_TIMES_LABEL = re.compile(
    r"parcel|instal|vezes|times|multipl|ratio|raz[ãa]o|\bx\b|dobro|twice|crescimento|growth", re.I
)
_MONEY_UNITS = frozenset({"brl", "r$", "reais", "real", "money", "currency", "moeda"})
_PERCENT_UNITS = frozenset({"percent", "%", "pct", "percentage", "percentual", "porcento", "share"})
_TEXT_UNITS = frozenset({"text", "texto", "string", "name", "nome", ""})
_RATE = re.compile(
    r"\s+(?:[^\W\d_]+\s+){0,2}?(?:por|ao|[àa]|a|per|each|every)\s+(m[êe]s|ano|dia|semana|hora|month|year|day|week|hour)\b",
    re.I,
)
_PERIODS = (
    re.compile(r"\b(?:trimestr\w+|quarter\w*)\b"),
    re.compile(r"\b(?:mes(?:es)?|mensa\w+|months?|monthly)\b"),
    re.compile(r"\b(?:anos?|anua\w+|years?|yearly|annual\w*)\b"),
    re.compile(r"\b(?:dias?|diari\w+|days?|daily)\b"),
    re.compile(r"\b(?:seman\w+|weeks?|weekly)\b"),
    re.compile(r"\b(?:horas?|hours?)\b"),
    re.compile(r"\b(?:minutos?|minutes?)\b"),
)


@dataclass(frozen=True)
class Entry:
    """One figure that may be stated, and the words that say what it means."""

    value: Decimal
    label: str
    unit: str = ""

    @property
    def direction(self) -> int:
        """1 for a rise, -1 for a fall, 0 where the fact says neither."""
        if self.value < 0:
            return -1
        return bool(UP.search(self.label)) - bool(DOWN.search(self.label))


@dataclass(frozen=True)
class Support:
    """Everything that may be stated, by kind."""

    amounts: tuple[Entry, ...] = ()
    percents: tuple[Entry, ...] = ()
    counts: tuple[Entry, ...] = ()
    days: tuple[tuple[date, str], ...] = ()
    texts: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    words: frozenset[str] = field(default_factory=frozenset)

    @classmethod
    def of(cls, facts: Iterable[tuple[str, str, str, str]], offer: "OfferTerms | None") -> "Support":
        """From facts (label, value, unit, date) and the offer's terms."""
        kept: dict[str, list[Entry]] = {"money": [], "percent": [], "count": []}
        dates: list[tuple[date, str]] = []
        texts: list[str] = []
        names: list[str] = []
        for label, value, unit, as_of in facts:
            kind = _kind(unit)
            figure = figures.plain_decimal(value)
            when = figures.iso_day(value) if kind == "date" or figure is None else None
            dates += [(when, label)] if when else []
            dates += [(own, "") for own in [figures.iso_day(as_of)] if own]
            texts.append(label)
            if kind in ("text", "date") or figure is None:
                texts += [] if when else [value]
                names += [] if when else [value]
            else:
                kept[kind].append(Entry(figure, f"{label} {unit}" if kind == "count" else label, unit))
        own = [] if offer is None else [text for text in (offer.name, offer.product, *offer.words) if text]
        if offer and offer.valid_until:
            dates.append((offer.valid_until, "offer"))
        everything = [*texts, *own]
        words = frozenset(word for text in everything for word in re.findall(r"\w+", folded(text)[0]))
        return cls(
            tuple(kept["money"]), tuple(kept["percent"]), tuple(kept["count"]), tuple(dates), tuple(everything), (*names, *own), words
        )  # fmt: skip

    def quoted(self, claim: Claim) -> bool:
        """The claim's own words stand in the offer's or a fact's words (a benefit: a word of the same family does)."""
        if claim.kind == "benefit":
            return any(reading.BENEFITS[claim.role].search(text) for text in self.texts)
        return any(find_phrase(text, claim.text) for text in self.texts)

    def discounts(self) -> list[Decimal]:
        """Percentages that facts call a discount."""
        return [entry.value for entry in self.percents if _DISCOUNT_LABEL.search(entry.label)]

    def savings(self, claim: Claim) -> bool:
        """An amount saved that a fact states as one."""
        return any(_SAVING.search(entry.label) for entry in self.matching(claim))

    def matching(self, claim: Claim) -> list[Entry]:
        """The facts of the claim's unit whose figure it states."""
        entries = {"money": self.amounts, "percent": self.percents, "number": self.counts}.get(claim.kind, ())
        if claim.kind == "money" and not claim.currency:
            return []
        if claim.role == "times":
            doubled = [entry for entry in self.percents if claim.value and entry.value == (claim.value - 1) * 100]
            return [
                entry for entry in entries if _TIMES_LABEL.search(entry.label) and claim.rounds(entry.value)
            ] + doubled
        return [entry for entry in entries if claim.rounds(entry.value)]

    def instead(self, claim: Claim) -> str:
        """The label of a fact that the sentence names while it gives the offer's figure."""
        money = claim.kind == "money"
        near = stems(claim.before[-60:]) - stems(" ".join(self.names))
        for entry in self.amounts if money else self.percents:
            price = money and _PRICE_LABEL.search(entry.label)
            if not claim.rounds(entry.value) and not price and near & stems(entry.label):
                return entry.label
        return ""

    def prices(self, claim: Claim) -> bool:
        """An amount that is presented as a price: a fact that is a price, or one that the sentence names."""
        near = stems(claim.before + " " + claim.after)
        return any(_PRICE_LABEL.search(entry.label) or near & stems(entry.label) for entry in self.matching(claim))

    def day(self, claim: Claim) -> bool:
        """A date of a fact, of its words, or the offer's end."""
        known = any(claim.same_day(when) for when, _label in self.days) or self.quoted(claim)
        return known or bool(set(claim.days) & self._days_in_words())

    def _days_in_words(self) -> set[tuple[int | None, int | None, int | None]]:
        """Dates that stand in labels and texts, in either language: "desde junho" as "since June"."""
        read = (
            days.date_claim(match, text, language)
            for text in self.texts
            for language in ("pt", "en")
            for match in days.dates(text, language)
        )
        return {own for claim in read if claim for own in claim.days}

    def fact_day(self, claim: Claim) -> bool:
        """The date of a fact, whatever it is of."""
        return any(claim.same_day(when) for when, label in self.days if label not in ("offer", ""))

    def other_day(self, claim: Claim) -> bool:
        """The sentence speaks of a fact whose date is another one."""
        near, facts = stems(claim.before), [each for each in self.days if each[1] not in ("offer", "")]
        return any(near & stems(label) for when, label in facts if not claim.same_day(when))

    def names_day(self, claim: Claim) -> bool:
        """The date of a fact that the sentence speaks of."""
        near = stems(claim.before + " " + claim.after)
        return any(claim.same_day(when) and near & stems(label) for when, label in self.days if label != "offer")

    def year(self, claim: Claim) -> bool:
        """The year of a known date."""
        return (
            bool(re.fullmatch(r"\d{4}", claim.text))
            and (not claim.noun or bool(_IN_YEAR.search(claim.before)))
            and any(claim.equals(when.year) for when, _label in self.days)
        )

    def in_words(self, claim: Claim) -> bool:
        """A figure of the offer's or a fact's own words, beside the same word there ("60 minutos", "Protheus 12")."""
        if claim.value is None:
            return self.quoted(claim)
        if claim.role == "times" and any(re.search(rf"\b{claim.value}\s?x\b", text) for text in self.texts):
            return True
        noun, previous = folded(claim.noun)[0][:4], folded(claim.before)[0].split()[-1:]
        return any(_says(text, claim, noun, previous[0] if previous else "") for text in self.texts)

    def conflict(self, claim: Claim, matching: list[Entry]) -> str:
        """Why a figure that a fact has is still wrong: the label of the fact that the sentence speaks of instead, or the
        fact's own when period or direction differ. Empty when nothing can be said against it."""
        period = _period(claim.noun) if claim.kind == "number" and matching else None
        if period and not any(period.search(folded(own.label)[0]) or _LASTS.search(own.label) for own in matching):
            return next((own.label for own in self.counts if period.search(folded(own.label)[0])), matching[0].label)
        fits = [entry for entry in matching if not _wrong_period(claim, entry) and not _wrong_way(claim, entry)]
        if not fits:
            return matching[0].label if matching else ""
        entries = {"money": self.amounts, "percent": self.percents, "number": self.counts}[claim.kind]
        others = [entry for entry in entries if entry not in matching]
        return next((other.label for other in others if self._means(claim, other, fits)), "")

    def _means(self, claim: Claim, other: Entry, fits: list[Entry]) -> bool:
        """Whether the sentence speaks of ``other`` rather than of the facts whose figure it gives."""
        noun = folded(claim.noun)[0][:4]
        if len(noun) > 3:
            here, there = noun in folded(other.label)[0], any(noun in folded(own.label)[0] for own in fits)
            if claim.kind == "number" and here and not there and noun not in _TIME_NOUNS:
                return True
            if there and not here:
                return False
        around = _around(claim)
        near = stems(around)
        shared = len(near & stems(other.label))
        past = bool(_PAST.search(other.label))
        other_time = all(bool(_PAST.search(own.label)) != past for own in fits)
        if shared and other_time and (_PAST if past else _NOW).search(around):
            return True
        whole = shared >= 2 or 0 < shared == len(stems(other.label))
        return whole and shared > max(len(near & stems(own.label)) for own in fits)

    def stray(self, claim: Claim, matching: list[Entry]) -> str:
        """The label of a matching fact that shares no word with the noun after the figure; empty when one does."""
        if len(claim.noun) < 4 or not matching:
            return ""
        fits = any(folded(claim.noun)[0][:4] in folded(entry.label)[0] for entry in matching)
        return "" if fits else matching[0].label


def _kind(unit: str) -> str:
    plain = unit.strip().lower()
    if plain in _MONEY_UNITS:
        return "money"
    if plain in _PERCENT_UNITS:
        return "percent"
    if plain in _TEXT_UNITS:
        return "text"
    return "date" if plain in ("date", "data", "datetime", "day") else "count"


# One thing in two languages, for a label in one and a text in the other.
_SAME: dict[str, int | str] = {
    word: group
    for group, words in enumerate(
        (
            "dia dias day days", "semana semanas week weeks", "mes meses month months", "ano anos year years", "hora horas hour hours",
            "minuto minutos minute minutes", "usuario usuarios user users", "parcela parcelas vezes times installments instalments",
        )
    )
    for word in words.split()
}  # fmt: skip


_PAST = re.compile(
    r"\b(?:a year ago|last year|previous|before|ano passado|anterior|h[áa] um ano|um ano atr[áa]s|antes)\b", re.I
)
_TIME_NOUNS = ("dias", "mese", "anos", "year", "days", "mont")
_NOW = re.compile(r"\b(?:today|now|currently|hoje|agora|atual\w*)\b", re.I)
_BREAK = r"[,;:]|\b(?:e|and|com|with)\b"


def _around(claim: Claim) -> str:
    """The words that speak of the figure: between the break after the figure before it and the break behind it."""
    before, follows = claim.before, claim.before[:1].isspace()  # a figure stands right before
    if follows:
        before = re.sub(rf"^[^,;:]*?(?:{_BREAK}|$)", "", before)
    return before[-60:] + " " + re.split(_BREAK, claim.after)[0][:40]


def _says(text: str, claim: Claim, noun: str, previous: str) -> bool:
    plain, own = folded(text)[0], folded(claim.noun)[0].strip()
    thing = _SAME.get(own, own)
    if find_phrase(text, claim.text) and not noun and not previous:
        return True
    finders: list[Callable[[], Iterable[tuple[Decimal | None, int, int]]]] = [
        lambda: ((_value(match.group()), *match.span()) for match in re.finditer(figures.NUMBER, text)),
        lambda: (
            (figures.spelled(match.group()), *match.span())
            for match in re.finditer(rf"\b{figures.SPELLED}\b", text, re.I)
        ),
    ]
    for finder in finders:
        for value, start, end in finder():
            if value != claim.value:
                continue
            if claim.role == "times" and re.match(r"\s?(?:x\b|vezes|parcelas|times|instal)", text[end:], re.I):
                return True
            after = folded(text[end:])[0].split()[:2]
            before = folded(text[:start])[0].split()[-1:]
            same = noun and any(word.startswith(noun) or _SAME.get(word, word) == thing for word in after)
            if same or (before and before[0] == previous):
                return True
            if plain.strip() == folded(claim.text)[0].strip():
                return True
    return False


def _value(text: str) -> Decimal | None:
    read = figures.decimal_of(text, "pt-br")
    return read[0] if read else None


# A fact that says how long something lasts.
_LASTS = re.compile(
    r"prazo|tempo|time|ciclo|cycle|dura|tenure|idade|\bage\b|parceria|relacion|since|desde|month|meses", re.I
)


def _period(noun: str) -> re.Pattern[str] | None:
    """The pattern of the unit of time that a noun is."""
    return next((pattern for pattern in _PERIODS if pattern.fullmatch(folded(noun)[0])), None) if noun else None


def _wrong_period(claim: Claim, entry: Entry) -> bool:
    """The text counts in years what the fact counts in months, or gives per year what the fact gives per month."""
    label = re.sub(r"\b12 (?:meses|months|m)\b", r"\g<0> ano year", folded(entry.label)[0])
    rate = _RATE.match(claim.after) if claim.kind == "number" else None
    said = folded(rate.group(1) if rate else claim.noun if claim.kind == "number" else claim.after[:16])[0]
    own = [pattern for pattern in _PERIODS if pattern.search(said)]
    known = [pattern for pattern in _PERIODS if pattern.search(label)]
    return bool(own and known) and not any(pattern in known for pattern in own)


def _wrong_way(claim: Claim, entry: Entry) -> bool:
    return claim.direction * entry.direction < 0 and claim.kind == "percent"
