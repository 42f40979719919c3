"""Read figures and dates as people write them, in Portuguese and English. Pure."""

import re
from datetime import date
from decimal import Decimal, InvalidOperation

from campaigns.phrases import folded

NUMBER = r"\d+(?:[.,]\d+)*"
SCALES = {
    "mil": 1_000, "k": 1_000, "thousand": 1_000, "mi": 1_000_000, "mm": 1_000_000, "milhao": 1_000_000, "milhoes": 1_000_000,
    "million": 1_000_000, "m": 1_000_000, "bi": 1_000_000_000, "bilhao": 1_000_000_000, "bilhoes": 1_000_000_000, "billion": 1_000_000_000,
}  # fmt: skip
SCALE = r"(?:mil(?:h[ãa]o|h[õo]es)?|mi|mm|bi(?:lh[ãa]o|lh[õo]es)?|k|thousand|million|billion|m(?![²³\w]))"
# "um", "uma", "one" and "a" are articles by themselves and numbers only inside a larger number.
SMALL = {"zero": 0, "um": 1, "uma": 1, "one": 1, "a": 1}
WORDS = {
    "dois": 2, "duas": 2, "tres": 3, "quatro": 4, "cinco": 5, "seis": 6, "sete": 7, "oito": 8, "nove": 9, "dez": 10, "onze": 11, "doze": 12,
    "treze": 13, "quatorze": 14, "catorze": 14, "quinze": 15, "dezesseis": 16, "dezessete": 17, "dezoito": 18, "dezenove": 19, "vinte": 20,
    "trinta": 30, "quarenta": 40, "cinquenta": 50, "sessenta": 60, "setenta": 70, "oitenta": 80, "noventa": 90, "cem": 100, "cento": 100,
    "duzentos": 200, "trezentos": 300, "quatrocentos": 400, "quinhentos": 500, "seiscentos": 600, "setecentos": 700, "oitocentos": 800,
    "novecentos": 900, "duzentas": 200, "trezentas": 300, "quatrocentas": 400, "quinhentas": 500, "seiscentas": 600, "setecentas": 700,
    "oitocentas": 800, "novecentas": 900, "mil": 1000, "milhao": 1_000_000, "milhoes": 1_000_000, "bilhao": 10**9, "bilhoes": 10**9,
    "duzia": 12, "duzias": 12,
    "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12,
    "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20,
    "thirty": 30, "forty": 40, "fourty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90, "hundred": 100,
    "thousand": 1000, "million": 1_000_000, "billion": 10**9, "dozen": 12,
}  # fmt: skip
_MULTIPLIERS = frozenset({100, 1000, 1_000_000, 10**9})
_DOZENS = frozenset({"duzia", "duzias", "dozen"})
_JOINERS = frozenset({"e", "and"})


def _accented(words: object) -> str:
    """Words as alternatives, longest first, with and without their accents."""
    listed = "|".join(sorted(map(str, words), key=len, reverse=True))  # type: ignore[call-overload]
    for plain, both in (("tres", "tr[êe]s"), ("lhao", "lh[ãa]o"), ("lhoes", "lh[õo]es"), ("duzia", "d[úu]zia")):
        listed = listed.replace(plain, both)
    return listed


_WORD = f"(?:{_accented(WORDS)})"
_ONE = r"(?:uma?|one|an?)"
_JOIN = r"(?:\s+(?:e|and)\s+|\s*-\s*|\s+)"
_AFTER = rf"(?:{_JOIN}(?:{_WORD}|uma?|one)\b(?!\s+(?:d[eoa]s?|of)\s+(?:cada|every|each)))*"
# A number in words: "vinte e um", "one hundred and twenty", "um milhão", "a dozen", "meia dúzia", "half a million".
SPELLED = (
    rf"(?:(?:meia?|half\s+an?)\s+(?:milh[ãa]o|bilh[ãa]o|million|billion|d[úu]zia|dozen|thousand)"
    rf"|(?:{_ONE}\s+(?:hundred|thousand|million|billion|dozen|milh[ãa]o|bilh[ãa]o|d[úu]zia|mil)|{_WORD}){_AFTER})"
)
MONTHS = {
    "janeiro": 1, "fevereiro": 2, "marco": 3, "abril": 4, "maio": 5, "junho": 6, "julho": 7, "agosto": 8, "setembro": 9, "outubro": 10,
    "novembro": 11, "dezembro": 12, "january": 1, "february": 2, "march": 3, "april": 4, "may": 5, "june": 6, "july": 7, "august": 8,
    "september": 9, "october": 10, "november": 11, "december": 12, "jan": 1, "feb": 2, "mar": 3, "apr": 4, "jun": 6, "jul": 7, "aug": 8,
    "sep": 9, "sept": 9, "oct": 10, "nov": 11, "dec": 12, "fev": 2, "abr": 4, "mai": 5, "ago": 8, "set": 9, "out": 10, "dez": 12,
}  # fmt: skip


def decimal_of(text: str, language: str) -> tuple[Decimal, int] | None:
    """A written number and how many decimals it shows; None for what is no number.

    One separator before exactly three digits is a thousands separator where the language writes it so; with two
    kinds of separators the last one is the decimal one.
    """
    cleaned = text.strip().rstrip(".,")
    separators = re.findall(r"[.,]", cleaned)
    thousands, point = (",", ".") if language == "en" else (".", ",")
    if len(set(separators)) == 2:
        point = separators[-1]
        thousands = "," if point == "." else "."
    elif len(separators) == 1 and len(cleaned.split(separators[0])[1]) != 3:
        point, thousands = separators[0], ("," if separators[0] == "." else ".")
    elif len(separators) > 1:
        point, thousands = ("," if separators[0] == "." else "."), separators[0]
    plain = cleaned.replace(thousands, "").replace(point, ".")
    plain = plain[:24]  # nothing that a message states is longer
    try:
        return Decimal(plain), len(plain.partition(".")[2])
    except InvalidOperation:
        return None


def plain_decimal(text: str) -> Decimal | None:
    """The value of a fact, however it was exported ("4210.50", "R$ 4.210,50", "12,5%", 12); None for words."""
    found = re.search(rf"-?{NUMBER}", text)
    if not found or re.search(r"[^\W\d_]{2,}", text.replace("BRL", "").replace("reais", "")):
        return None
    try:
        return Decimal(found.group())
    except InvalidOperation:
        read = decimal_of(found.group().lstrip("-"), "pt-br")
        return read[0] if read else None


def scale_of(word: str | None) -> int:
    """What "mil", "milhões" or "k" multiply by; 1 for nothing."""
    return SCALES.get(folded(word)[0].strip(), 1) if word else 1


def spelled(text: str) -> Decimal | None:
    """The value of a number in words ("vinte e cinco", "one hundred and two", "meio milhão"); None when one is no number word."""
    plain = re.sub(r"\b(?:meia?|half an?)\b", "half", folded(text)[0].strip())
    total, part, half = Decimal(0), Decimal(0), False
    for word in plain.split():
        value = WORDS.get(word, SMALL.get(word))
        if word in _JOINERS:
            continue
        if word == "half":
            half = True
        elif value is None:
            return None
        elif word in _DOZENS or (value in _MULTIPLIERS and word not in ("cem", "cento")):
            part = (part or Decimal("0.5" if half else 1)) * value
            total, part, half = (total + part, Decimal(0), False) if value >= 1000 else (total, part, False)
        else:
            part += value
    return total + part


def iso_day(text: str) -> date | None:
    """A date from ``YYYY-MM-DD`` (time ignored) or ``DD/MM/YYYY``; None otherwise."""
    found = re.match(r"\s*(\d{4})-(\d{2})-(\d{2})", text)
    parts = found.groups() if found else ()
    if not parts:
        found = re.match(r"\s*(\d{1,2})/(\d{1,2})/(\d{4})", text)
        parts = tuple(reversed(found.groups())) if found else ()
    try:
        return date(int(parts[0]), int(parts[1]), int(parts[2])) if parts else None
    except ValueError:
        return None


def month_of(word: str) -> int | None:
    """1–12 for the name of a month in either language."""
    return MONTHS.get(folded(word)[0].strip())
