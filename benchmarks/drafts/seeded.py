"""Whole drafts in the format of ``check_draft``: right ones, and ones with exactly one seeded error."""

# ruff: noqa: E501 - rows of tables run on

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from types import ModuleType
from typing import Any

from benchmarks.drafts import english, portuguese, writing

KINDS = ("figure", "price", "discount", "date", "product", "name", "comparison")
_FORBIDDEN = {
    "pt": ["resultado garantido", "sem risco", "última chance"],
    "en": ["guaranteed results", "risk-free", "last chance"],
}


@dataclass
class World:
    """What is true for one draft."""

    language: str
    words: ModuleType
    half: int | None
    rng: random.Random
    facts: dict[str, Any] = field(default_factory=dict)
    offer: dict[str, Any] = field(default_factory=dict)

    def pick(self, options: list[Any]) -> Any:
        """One of the options of this half."""
        usable = options if self.half is None else options[self.half :: 2]
        return self.rng.choice(usable)


def draft(rng: random.Random, language: str, error: str | None = None, half: int | None = None) -> dict[str, Any]:
    """One draft; with ``error`` exactly one claim of that kind is false. ``half`` 0 or 1 uses every other sentence only."""
    world = _world(rng, language, half)
    told = rng.sample(sorted(world.facts), rng.randint(2, 4))
    figures = [key for key in told if key != "since"]
    wrong = rng.choice(figures) if error == "figure" else None
    late = error == "date" and ("since" not in told or rng.random() < 0.7)
    wrong = "since" if error == "date" and not late else wrong
    body = [_fact(world, key, key == wrong) for key in told]
    terms = [_discount(world, error == "discount")] if world.offer["discount_percent"] or error == "discount" else []
    terms += [_price(world, error == "price")] if rng.random() < 0.6 or error == "price" else []
    terms += [_product(world, error == "product")] if rng.random() < 0.5 or error == "product" else []
    terms += [_valid(world, late)] if rng.random() < 0.7 or late else []
    body.insert(rng.randint(0, len(body)), world.pick(world.words.FILLERS))
    terms.insert(rng.randint(0, len(terms)), world.pick(world.words.FILLERS))
    if error == "comparison":
        target = rng.choice([body, terms])
        target.insert(rng.randint(0, len(target)), world.pick(world.words.COMPARISONS))
    greeting = world.pick(world.words.GREETINGS)
    if error == "name":
        greeting = _name(world, greeting, terms)
    parts = [
        greeting, " ".join(body), rng.choice([" ", "\n"]).join(terms), world.pick(world.words.ACTIONS), world.pick(world.words.SIGNATURES),
        world.pick(world.words.OPT_OUTS),
    ]  # fmt: skip
    return _file(world, world.pick(world.words.SUBJECTS), "\n\n".join(part for part in parts if part))


def _world(rng: random.Random, language: str, half: int | None) -> World:
    words = english if language == "en" else portuguese
    world = World(language, words, half, rng)
    start = date(rng.randint(2008, 2023), rng.randint(1, 12), rng.randint(1, 28))
    world.facts = {
        "tickets": rng.randint(4, 80), "users": rng.randint(9, 2400), "years": rng.randint(3, 24), "since": start,
        "usage": rng.choice([rng.randint(12, 88), rng.randint(120, 880) / 10]), "growth": rng.choice([rng.randint(4, 60), rng.randint(40, 600) / 10]),
        "revenue": rng.choice([rng.randint(3, 900) * 100 + 0.0, rng.randint(200_000, 9_000_000) / 100]),
    }  # fmt: skip
    name, product = rng.choice(words.OFFERS)
    world.offer = {
        "id": "offer-1", "name": name, "product": product, "discount_percent": rng.choice([0, 5, 7.5, 8, 10, 12, 15, 18]),
        "price": rng.choice([rng.randint(90, 4000) + 0.9, float(rng.randint(9, 400) * 10)]),
        "valid_until": date(2026, 9, 1) + timedelta(days=rng.randint(0, 250)),
    }  # fmt: skip
    return world


def _other(rng: random.Random, value: float, taken: list[float]) -> float:
    """A figure that nobody rounds to ``value`` and that is none of the others."""
    while True:
        factor = rng.choice([0.5, 0.7, 0.8, 0.9, 1.1, 1.2, 1.3, 1.5, 2.0])
        other = round(value * factor, 2) if value != int(value) else float(max(2, round(value * factor)))
        if abs(other - value) > max(0.06 * value, 0.9) and all(abs(other - own) > max(0.06 * own, 1) for own in taken):
            return other


def _fact(world: World, key: str, wrong: bool) -> str:
    rng, value = world.rng, world.facts[key]
    template = world.pick(world.words.FACTS[key][1])
    if key == "since":
        return _fill(template, d=writing.day(rng, _moved(rng, value) if wrong else value, world.language))
    if wrong:
        taken = [own for name, own in world.facts.items() if name not in (key, "since")]
        value = _other(rng, value, [*taken, world.offer["discount_percent"], world.offer["price"], 90.0])
        value = value if key in ("usage", "growth", "revenue") else int(value)
        value = round(value, 1) if key in ("usage", "growth") else value
    if key == "revenue":
        return _fill(template, m=writing.money(rng, value, world.language))
    written = writing.percent if key in ("usage", "growth") else writing.count
    return _fill(template, v=written(rng, value, world.language))


def _discount(world: World, wrong: bool) -> str:
    value = world.offer["discount_percent"]
    if wrong:
        value = world.rng.choice([own for own in (3, 5, 8, 10, 12, 15, 18, 20, 25, 30, 40) if own != value])
    return _fill(world.pick(world.words.DISCOUNT), p=writing.percent(world.rng, value, world.language), **_named(world))


def _price(world: World, wrong: bool) -> str:
    value = world.offer["price"]
    if wrong:
        value = round(_other(world.rng, value, [world.facts["revenue"]]), 2)
    return _fill(world.pick(world.words.PRICE), m=writing.money(world.rng, value, world.language, exact=True), **_named(world))  # fmt: skip


def _product(world: World, wrong: bool) -> str:
    if not wrong:
        return _fill(world.pick(world.words.PRODUCT), **_named(world))
    names = [
        name
        for name in world.words.WRONG_PRODUCTS
        if name not in world.offer["product"] and name not in world.offer["name"]
    ]
    template = world.pick([own for own in world.words.PRODUCT if "{prod}" in own])
    return _fill(template, prod=world.pick(names), offer=world.offer["name"])


def _valid(world: World, wrong: bool) -> str:
    when = world.offer["valid_until"]
    return _fill(world.pick(world.words.VALID), d=writing.day(world.rng, _moved(world.rng, when) if wrong else when, world.language))  # fmt: skip


def _name(world: World, greeting: str, terms: list[str]) -> str:
    """A literal person or company, in the greeting, in a sentence, or as the signature."""
    person = world.pick(world.words.PEOPLE)
    text = world.pick(world.words.NAMES)
    shown = _fill(text, n=person, f=person.split()[0], c=world.pick(world.words.COMPANIES))
    if shown.endswith(",") or shown.startswith(("Olá", "Hello")):
        return shown
    terms.append(shown)
    return greeting


def _moved(rng: random.Random, when: date) -> date:
    days = rng.choice([-40, -21, -9, -3, -1, 1, 2, 7, 10, 14, 33, 61, 120])
    return when + timedelta(days=days)


def _named(world: World) -> dict[str, str]:
    return {"prod": world.offer["product"], "offer": world.offer["name"]}


def _fill(template: str, **values: str) -> str:
    text = template
    for name, value in values.items():
        text = text.replace("{" + name + "}", value)
    return text[:1].upper() + text[1:]


def _file(world: World, subject: str, body: str) -> dict[str, Any]:
    units = {"usage": "percent", "growth": "percent", "revenue": "BRL", "since": "date"}
    facts = [
        {
            "id": key, "label": world.words.FACTS[key][0], "value": value.isoformat() if isinstance(value, date) else value,
            "unit": units.get(key, "count"), "date": "2026-07-31",
        }
        for key, value in world.facts.items()
    ]  # fmt: skip
    english_labels = ("Accept", "Offer", "Unsubscribe")
    labels = english_labels if world.language == "en" else ("Aceitar", "Ver oferta", "Descadastrar")
    return {
        "language": "en" if world.language == "en" else "pt-BR", "subject": subject, "body": body, "facts": facts,
        "offer": {**world.offer, "valid_until": world.offer["valid_until"].isoformat()},
        "links": [{"id": key, "label": label} for key, label in zip(("accept", "offer", "unsubscribe"), labels, strict=True)],
        "policy": {"max_discount_percent": 20, "forbidden": _FORBIDDEN[world.language]},
    }  # fmt: skip
