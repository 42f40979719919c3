"""Public facts that values are checked against: municipalities, economic activities, countries. Pure; read once, when first asked.

The tables are derived by ``scripts/reference.py`` from official lists; ``data/SOURCES.md`` says which, and their licences.
"""

import re
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

DATA = Path(__file__).resolve().parent / "data"
BRAZIL = "105"
STATES = {
    "AC": "Acre", "AL": "Alagoas", "AP": "Amapá", "AM": "Amazonas", "BA": "Bahia", "CE": "Ceará", "DF": "Distrito Federal",
    "ES": "Espírito Santo", "GO": "Goiás", "MA": "Maranhão", "MT": "Mato Grosso", "MS": "Mato Grosso do Sul",
    "MG": "Minas Gerais", "PA": "Pará", "PB": "Paraíba", "PR": "Paraná", "PE": "Pernambuco", "PI": "Piauí",
    "RJ": "Rio de Janeiro", "RN": "Rio Grande do Norte", "RS": "Rio Grande do Sul", "RO": "Rondônia", "RR": "Roraima",
    "SC": "Santa Catarina", "SP": "São Paulo", "SE": "Sergipe", "TO": "Tocantins",
}  # fmt: skip


class Municipality(NamedTuple):
    """One of the 5,571 municipalities: IBGE code, state (UF), name with its accents, other names it goes or went by."""

    code: str
    state: str
    name: str
    others: tuple[str, ...] = ()


class Activity(NamedTuple):
    """One subclass of the CNAE 2: seven digits and the official description."""

    code: str
    name: str


class Country(NamedTuple):
    """A country by the three-digit code of the Receita Federal."""

    code: str
    name: str


def squash(text: str) -> str:
    """The letters and digits of ``text``, upper case, without accents: what survives in every source."""
    plain = unicodedata.normalize("NFKD", text.upper())
    return re.sub(r"[^A-Z0-9]", "", plain)


@lru_cache(maxsize=1)
def municipalities() -> tuple[Municipality, ...]:
    """Every municipality, by IBGE code."""
    return tuple(
        Municipality(code, state, name, tuple(filter(None, others.split("|"))))
        for code, state, name, others in _rows("municipalities", 4)
    )


@lru_cache(maxsize=1)
def activities() -> tuple[Activity, ...]:
    """Every activity, by code; obsolete codes whose description lives on under another are left out."""
    return tuple(Activity(code, name) for code, name in _rows("activities", 2))


@lru_cache(maxsize=1)
def countries() -> tuple[Country, ...]:
    """Every country, by code."""
    return tuple(Country(code, name) for code, name in _rows("countries", 2))


@lru_cache(maxsize=1)
def activity_codes() -> dict[str, str]:
    """Official description → code."""
    return {each.name: each.code for each in activities()}


@lru_cache(maxsize=1)
def municipality_codes() -> dict[tuple[str, str], str]:
    """(state, official name) → IBGE code."""
    return {(each.state, each.name): each.code for each in municipalities()}


def written_activity(code: str) -> str:
    """A CNAE code as people write it: ``5510801`` → ``5510-8/01``."""
    return f"{code[:4]}-{code[4]}/{code[5:]}" if len(code) == 7 else code


def _rows(name: str, width: int) -> list[list[str]]:
    text = (DATA / f"{name}.tsv").read_text("utf-8")
    return [(line.split("\t") + [""] * width)[:width] for line in text.splitlines() if not line.startswith("#")]
