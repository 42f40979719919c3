"""Countries: names, other codes and codes without their zeros become the three digits of the Receita Federal."""

from functools import lru_cache

from accounts.cleanse.rules.text import Fix, readings, tidy
from accounts.reference import countries, squash

ALIASES = {
    "105": ("Brazil", "BR", "BRA", "Republica Federativa do Brasil"),
    "249": ("Estados Unidos da América", "EUA", "USA", "US", "United States"),
    "063": ("AR", "ARG", "República Argentina"), "586": ("Paraguay", "PY", "PRY"), "158": ("CL", "CHL"), "845": ("Uruguay", "UY", "URY"),
    "097": ("BO", "BOL", "Bolívia, Estado Plurinacional da"), "676": ("Rússia", "Federação Russa", "RU", "RUS"), "040": ("AO", "AGO"),
    "239": ("Ecuador", "EC", "ECU"), "589": ("PE", "PER"), "607": ("PT", "PRT"), "169": ("CO", "COL"), "493": ("MX", "MEX", "México"),
    "160": ("China", "CN", "CHN"), "023": ("Germany", "Deutschland", "DE", "DEU"), "245": ("Spain", "España", "ES", "ESP"),
    "628": ("Inglaterra", "Grã-Bretanha", "UK", "GB", "GBR", "United Kingdom"), "573": ("Holanda", "Países Baixos", "NL", "NLD"),
    "275": ("France", "FR", "FRA"), "386": ("Italy", "Italia", "IT", "ITA"), "505": ("Moçambique", "MZ", "MOZ"), "190": ("Coreia do Sul",),
}  # fmt: skip


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    found: dict[str, str] = {}
    for each in countries():
        for name in (each.name, each.name.split(",")[0], each.name.split("(")[0]):
            found[squash(name)] = each.code if found.get(squash(name), each.code) == each.code else ""
    for code, names in ALIASES.items():
        found |= {squash(name): code for name in names}
    return {name: code for name, code in found.items() if code}


@lru_cache(maxsize=1)
def _codes() -> frozenset[str]:
    return frozenset(each.code for each in countries())


def country(value: str) -> Fix | None:
    """The code of the country that ``value`` names, as digits or in words; None when no country is known by it."""
    text = tidy(value)
    if text.isascii() and text.isdigit():
        code = text.lstrip("0").zfill(3)
        if code not in _codes():
            return None
        return Fix("country_exact" if code == value else "country_zeros", code, 1.0, code)
    for read in (text, *readings(text)):
        if known := _names().get(squash(read)):
            return Fix("country_name", known, 0.98, known)
    return None
