"""How people write figures, money, percentages and dates in Portuguese and English. Written for the benchmark alone."""

# ruff: noqa: E501, SIM905 - lists of words are read as text

from __future__ import annotations

import random
from datetime import date

PT_MONTHS = "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro".split()
EN_MONTHS = "January February March April May June July August September October November December".split()
_PT = (
    "zero um dois três quatro cinco seis sete oito nove dez onze doze treze quatorze quinze dezesseis dezessete dezoito"
    " dezenove"
).split()
_PT_TENS = "_ _ vinte trinta quarenta cinquenta sessenta setenta oitenta noventa".split()
_PT_HUNDREDS = "_ cento duzentos trezentos quatrocentos quinhentos seiscentos setecentos oitocentos novecentos".split()
_EN = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen"
    " nineteen"
).split()
_EN_TENS = "_ _ twenty thirty forty fifty sixty seventy eighty ninety".split()


def words(number: int, language: str, feminine: bool = False) -> str:
    """A whole number below a million in words."""
    if language == "en":
        return _english(number)
    text = _portuguese(number)
    if feminine:
        text = {"um": "uma", "dois": "duas"}.get(text, text)
        text = text.replace("entos", "entas") if "entos" in text else text
        text = text.removesuffix(" e dois") + " e duas" if text.endswith(" e dois") else text
        text = text.removesuffix(" e um") + " e uma" if text.endswith(" e um") else text
    return text


def _portuguese(number: int) -> str:
    if number < 20:
        return _PT[number]
    if number < 100:
        return _PT_TENS[number // 10] + (f" e {_PT[number % 10]}" if number % 10 else "")
    if number == 100:
        return "cem"
    if number < 1000:
        return _PT_HUNDREDS[number // 100] + (f" e {_portuguese(number % 100)}" if number % 100 else "")
    thousands, rest = divmod(number, 1000)
    head = "mil" if thousands == 1 else f"{_portuguese(thousands)} mil"
    joined = " e " if rest and (rest < 100 or rest % 100 == 0) else " "
    return head + (joined + _portuguese(rest) if rest else "")


def _english(number: int) -> str:
    if number < 20:
        return _EN[number]
    if number < 100:
        return _EN_TENS[number // 10] + (f"-{_EN[number % 10]}" if number % 10 else "")
    if number < 1000:
        return f"{_EN[number // 100]} hundred" + (f" and {_english(number % 100)}" if number % 100 else "")
    thousands, rest = divmod(number, 1000)
    head = f"{_english(thousands)} thousand"
    joined = " and " if rest and rest < 100 else " "
    return head + (joined + _english(rest) if rest else "")


def grouped(value: float, language: str, decimals: int = 0) -> str:
    """A figure with separators: 1.234,50 or 1,234.50."""
    text = f"{value:,.{decimals}f}"
    return text if language == "en" else text.replace(",", "_").replace(".", ",").replace("_", ".")


def count(rng: random.Random, value: int, language: str, feminine: bool = False) -> str:
    """A count as digits or in words."""
    if value < 100 and rng.random() < 0.35:
        return words(value, language, feminine)
    return grouped(value, language)


def percent(rng: random.Random, value: float, language: str) -> str:
    """A percentage: digits with sign or words, or all in words."""
    whole = value == int(value)
    shown = grouped(value, language, 0 if whole else 1)
    unit = "percent" if language == "en" else "por cento"
    style = rng.random()
    if whole and style < 0.2:
        return f"{words(int(value), language)} {unit}"
    if style < 0.35:
        return f"{shown} {unit}"
    return f"{shown} %" if style < 0.4 else f"{shown}%"


def money(rng: random.Random, value: float, language: str, exact: bool = False) -> str:
    """An amount: to the cent, to the real, in thousands, or in words. ``exact`` never rounds."""
    styles = ["cents", "cents", "sign"]
    if value == int(value):
        styles += ["whole", "word", "iso"] + (["spelled"] if value < 10_000 else [])
    if not exact and value >= 2000:
        styles += ["thousands", "about"]
    style = rng.choice(styles)
    mark = "R$" if language == "en" and rng.random() < 0.5 else "R$ "
    coin = "reais"
    if style == "whole":
        return f"{mark}{grouped(value, language)}"
    if style == "word":
        return f"{grouped(value, language)} {coin}"
    if style == "iso":
        return f"BRL {grouped(value, language, 2)}"
    if style == "spelled":
        return f"{words(int(value), language)} {coin}"
    if style == "thousands":
        unit = rng.choice(["k", " thousand"]) if language == "en" else " mil"
        return f"{mark}{grouped(value / 1000, language, 1)}{unit}"
    if style == "about":
        hedge = (
            rng.choice(["about ", "roughly "]) if language == "en" else rng.choice(["cerca de ", "aproximadamente "])
        )
        return f"{hedge}{mark}{grouped(round(value, -2), language)}"
    return f"{mark}{grouped(value, language, 2)}"


def day(rng: random.Random, when: date, language: str) -> str:
    """A date in one of the ways people write it."""
    suffix = "th" if 11 <= when.day <= 13 else {1: "st", 2: "nd", 3: "rd"}.get(when.day % 10, "th")
    if language == "en":
        month = EN_MONTHS[when.month - 1]
        return rng.choice(
            [
                f"{month} {when.day}, {when.year}", f"{month} {when.day}{suffix}, {when.year}", f"{when.day} {month} {when.year}",
                f"{when.isoformat()}", f"the {when.day}{suffix} of {month}", f"{month} {when.day}", f"{month[:3]} {when.day}, {when.year}",
            ]
        )  # fmt: skip
    month = PT_MONTHS[when.month - 1]
    first = "1º" if when.day == 1 else str(when.day)
    return rng.choice(
        [
            f"{when:%d/%m/%Y}", f"{when:%d/%m}", f"{first} de {month} de {when.year}", f"{first} de {month}", f"{when:%d/%m/%y}", f"{when:%d.%m.%Y}",
            f"{words(when.day, 'pt') if when.day > 1 else 'primeiro'} de {month} de {when.year}", f"{first} de {month.capitalize()} de {when.year}",
        ]
    )  # fmt: skip
