"""Dates and amounts that people wrote in words or with units: read where one reading alone is possible."""

import re
from datetime import date
from decimal import Decimal

from accounts.cleanse.rules.text import Fix, tidy
from accounts.reference import squash

_MONTHS = (
    "JANEIRO",
    "FEVEREIRO",
    "MARCO",
    "ABRIL",
    "MAIO",
    "JUNHO",
    "JULHO",
    "AGOSTO",
    "SETEMBRO",
    "OUTUBRO",
    "NOVEMBRO",
    "DEZEMBRO",
)
_ENGLISH = {"FEB": 2, "APR": 4, "MAY": 5, "AUG": 8, "SEP": 9, "OCT": 10, "DEC": 12}
_SCALES = {
    "": 1, "MIL": 1_000, "K": 1_000, "M": 1_000_000, "MI": 1_000_000, "MM": 1_000_000, "MILHAO": 1_000_000, "MILHOES": 1_000_000,
    "BI": 10**9, "BILHAO": 10**9, "BILHOES": 10**9,
}  # fmt: skip


def day(value: str) -> Fix | None:
    """An ISO date from words or digits; a date whose day and month could change places is left alone."""
    text = tidy(value)
    if match := re.fullmatch(r"(\d{1,2})(?:\s+de|[-/. ])\s*([A-Za-zçÇ]+)\.?(?:\s+de|[-/. ])\s*(\d{4})", text):
        return _dated(value, match[3], _month(match[2]), match[1], "date_words", 0.97)
    if match := re.fullmatch(r"(\d{4})[./-](\d{1,2})[./-](\d{1,2})", text):
        return _dated(value, match[1], int(match[2]), match[3], "date_order", 1.0)
    if match := re.fullmatch(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})", text):
        first, second = int(match[1]), int(match[2])
        if first == second or first > 12 >= second:
            return _dated(value, match[3], second, match[1], "date_order", 0.98)
        if second > 12 >= first:
            return _dated(value, match[3], first, match[2], "date_order", 0.9)
    return None


def _month(word: str) -> int:
    key = squash(word)
    found = [number for number, name in enumerate(_MONTHS, 1) if len(key) >= 3 and name.startswith(key)]
    return found[0] if len(found) == 1 else _ENGLISH.get(key[:3], 0) if len(key) == 3 else 0


def _dated(value: str, year: str, month: int, number: str, rule: str, confidence: float) -> Fix | None:
    try:
        found = date(int(year), month, int(number)).isoformat()
    except ValueError:
        return None
    return Fix(rule, found, confidence) if found != value else None


def amount(value: str) -> Fix | None:
    """A plain decimal number from one with currency, thousands signs or a scale (``R$ 1,2 mi`` → ``1200000``)."""
    match = re.fullmatch(r"(?:R\$|BRL)?\s*(-?[\d.,]+)\s*([A-Za-zõãÕÃ]*)", tidy(value.replace("\u00a0", " ")))
    scale = _SCALES.get(squash(match[2])) if match else None
    figure = _plain(match[1]) if match else None
    if scale is None or figure is None:
        return None
    found = format(figure * scale, "f")
    found = found.rstrip("0").rstrip(".") if "." in found else found
    return Fix("amount_unit", found, 0.95) if found != value else None


def _plain(text: str) -> Decimal | None:
    """The number; None where a single separator could mean thousands or decimals (``1.234``)."""
    if re.fullmatch(r"-?\d+", text):
        return Decimal(text)
    if re.fullmatch(r"-?\d{1,3}(\.\d{3})+,\d+", text) or re.fullmatch(r"-?\d{1,3}(\.\d{3}){2,}", text):
        return Decimal(text.replace(".", "").replace(",", "."))
    if re.fullmatch(r"-?\d{1,3}(,\d{3})+\.\d+", text) or re.fullmatch(r"-?\d{1,3}(,\d{3}){2,}", text):
        return Decimal(text.replace(",", ""))
    if re.fullmatch(r"-?\d+,(\d{1,2}|\d{4,})", text) or re.fullmatch(r"-?\d+\.(\d{1,2}|\d{4,})", text):
        return Decimal(text.replace(",", "."))
    return None
