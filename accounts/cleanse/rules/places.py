"""Cities and states: from the sources' spelling to the municipality, only where one municipality of the state can be meant."""

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice, product

from accounts.cleanse.rules.text import (
    PARTICLES,
    Fix,
    by_sound,
    distance,
    is_damaged,
    lost_letters,
    nearest,
    readings,
    tidy,
    words,
)
from accounts.reference import BRAZIL, STATES, Municipality, municipalities, squash

SHORT = {  # word of a name → how people shorten it
    "SAO": ("S",), "SANTO": ("STO", "S"), "SANTA": ("STA", "S"), "SANTANA": ("STANA",), "NOSSA": ("N", "NSA", "NSSA"),
    "SENHORA": ("S", "SRA", "SRª"), "SENHOR": ("SR",), "BOM": ("B",), "BOA": ("B",), "BELO": ("B",), "BELA": ("B",),
    "JOSE": ("J",), "JOAO": ("J",), "DOUTOR": ("DR",), "DOM": ("D",), "DONA": ("D",), "CORONEL": ("CEL",),
    "CAPITAO": ("CAP",), "GENERAL": ("GAL", "GEN"), "MARECHAL": ("MAL",), "GOVERNADOR": ("GOV",), "PADRE": ("PE",),
    "PRESIDENTE": ("PRES", "PTE"), "PREFEITO": ("PREF",), "ENGENHEIRO": ("ENG",), "CONSELHEIRO": ("CONS",), "FREI": ("FR",),
    "BARAO": ("BAR",), "VISCONDE": ("VISC",), "COMENDADOR": ("COM",), "MONSENHOR": ("MONS",), "SENADOR": ("SEN",),
    "DEPUTADO": ("DEP",), "NOVA": ("N", "NV"), "NOVO": ("N", "NV"), "VILA": ("V",), "VITORIA": ("V", "VIT"), "RIO": ("R",),
    "PORTO": ("P", "PTO"), "MONTE": ("MTE",), "BALNEARIO": ("BALN", "BAL"), "RIBEIRAO": ("RIB",), "CAMPO": ("C",),
    "CAMPOS": ("C",), "GRANDE": ("GDE",), "CONCEICAO": ("CONC",), "APARECIDA": ("APDA", "AP"), "JARDIM": ("JD",),
    "BERNARDO": ("B",), "CAETANO": ("C",), "FEIRA": ("F",), "POUSO": ("P",), "PASSO": ("P",), "JUIZ": ("J",),
}  # fmt: skip
_REGIONS = (  # regions of the Federal District, which has one municipality
    "Taguatinga", "Ceilândia", "Gama", "Sobradinho", "Planaltina", "Samambaia", "Guará", "Águas Claras", "Santa Maria",
    "Recanto das Emas", "Núcleo Bandeirante", "Lago Sul", "Lago Norte", "Brazlândia", "Paranoá", "Riacho Fundo", "Cruzeiro",
    "Candangolândia", "Vicente Pires", "Sudoeste", "Asa Norte", "Asa Sul", "Plano Piloto", "Park Way", "São Sebastião",
)  # fmt: skip
_STATE_NAMES = {squash(name): code for code, name in STATES.items()}
_VARIANTS = 48  # at most so many shortened spellings of one name


class _State:
    """The municipalities of one state under every spelling that leads to one of them alone."""

    def __init__(self, places: list[Municipality]) -> None:
        self.exact = {squash(each.name): each for each in places}
        self.tokens = [(each, [word.rstrip(".") for word in words(each.name)]) for each in places]
        found: dict[str, set[Municipality]] = defaultdict(set)
        sound: dict[str, set[Municipality]] = defaultdict(set)
        for each in places:
            for spelling in _spellings(each.name):
                found[spelling].add(each)
            sound[by_sound(squash(each.name))].add(each)
        self.short = {key: next(iter(only)) for key, only in found.items() if len(only) == 1 and key not in self.exact}
        self.sound = {key: next(iter(only)) for key, only in sound.items() if len(only) == 1}
        self.old = {squash(name): each for each in places for name in each.others if squash(name) not in self.exact}
        if "BRASILIA" in self.exact:
            self.old |= {squash(region): self.exact["BRASILIA"] for region in _REGIONS}


def _spellings(name: str) -> Iterator[str]:
    """Squashed spellings that sources make of a name: particles lost, words shortened, accented letters dropped."""
    tokens = [word.rstrip(".") for word in words(name)]
    yield squash(re.sub(r"[^\x00-\x7f]", "", name))
    yield squash(name.replace("-", " ").replace("'", " "))
    choices = [(token, *SHORT.get(token, ())) for token in tokens]
    for spelling in islice(product(*choices), _VARIANTS):
        if sum(map(len, spelling)) < 5:
            continue
        yield "".join(spelling)
        bare = [word for word, token in zip(spelling, tokens, strict=True) if token not in PARTICLES]
        if len(bare) > 1:
            yield "".join(bare)


@lru_cache(maxsize=32)
def _state(code: str) -> _State:
    return _State([each for each in municipalities() if each.state == code])


@lru_cache(maxsize=1)
def _everywhere() -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for each in municipalities():
        found[squash(each.name)].add(each.state)
    return found


def city(value: str, state: str = "", country: str = "") -> Fix | None:
    """The municipality that ``value`` names in ``state``: also where it is written right already (rule ``city_exact``)."""
    text = tidy(value)
    if state not in STATES or country not in {"", BRAZIL} or not squash(text):
        return None
    known = _state(state)
    for read in dict.fromkeys((_without_state(text, state), text)):
        found = _as_written(read, known) or _as_misread(read, known) or _as_guessed(read, known)
        if found:
            place, rule, confidence = found
            return Fix("city_exact" if place.name == value else rule, place.name, confidence, place.code)
    return None


_Found = tuple[Municipality, str, float] | None


def _as_written(text: str, known: _State) -> _Found:
    key = squash(text)
    if key in known.exact:
        return known.exact[key], "city_encoding" if is_damaged(text) else "city_spelling", 1.0
    if key in known.old:
        return known.old[key], "city_old_name", 0.97
    return None


def _as_misread(text: str, known: _State) -> _Found:
    read = {known.exact[key].code: known.exact[key] for key in map(squash, readings(text)) if key in known.exact}
    if len(read) == 1:
        return next(iter(read.values())), "city_encoding", 0.99
    pattern = lost_letters(text)
    if pattern is None:
        return None
    meant = [place for key, place in known.exact.items() if pattern.fullmatch(key)]
    return (meant[0], "city_encoding", 0.96) if len(meant) == 1 else None


def _as_guessed(text: str, known: _State) -> _Found:
    """Shortened, cut or mistyped; what could be one municipality's name shortened and another's mistyped is left alone."""
    found = _shortened(text, known)
    if found is None:
        return _as_slipped(text, known)
    return found if _far_from_others(squash(text), found[0], known) else None


def _shortened(text: str, known: _State) -> _Found:
    key = squash(text)
    if place := known.short.get(key):
        return place, "city_abbreviation", 0.95
    given = words(text)
    if len(given) > 1:
        meant = [place for place, tokens in known.tokens if _fits(given, tokens)]
        if len(meant) == 1:
            return meant[0], "city_abbreviation", 0.94
    if len(key) >= 10:
        meant = [place for name, place in known.exact.items() if name.startswith(key) and len(key) >= 0.6 * len(name)]
        if len(meant) == 1:
            return meant[0], "city_cut", 0.93
    return None


def _far_from_others(key: str, place: Municipality, known: _State) -> bool:
    return not any(distance(key, name, 1) <= 1 for name, other in known.exact.items() if other != place)


def _as_slipped(text: str, known: _State) -> _Found:
    key = squash(text)
    alike = known.sound.get(by_sound(key)) if len(key) >= 5 else None
    if alike and _far_from_others(key, alike, known):
        return alike, "city_orthography", 0.95
    slip = nearest(key, known.exact)
    return (known.exact[slip], "city_slip", 0.9) if slip else None


def _without_state(text: str, state: str) -> str:
    """``Campinas/SP`` and ``Campinas (SP)`` without what repeats the state."""
    return re.sub(rf"[\s,/(-]+{state}\)?\s*$", "", text, flags=re.IGNORECASE)


def _fits(given: list[str], tokens: list[str]) -> bool:
    """Whether ``given`` may be ``tokens`` with words shortened and particles left out; one longer word must be whole."""
    whole = {word for word in given if len(word) >= 4 and not word.endswith(".")} & set(tokens)
    return bool(whole) and _aligned(given, tokens)


def _aligned(given: list[str], tokens: list[str]) -> bool:
    if not given or not tokens:
        return not given and all(token in PARTICLES for token in tokens)
    word, token = given[0], tokens[0]
    bare = word.rstrip(".")
    shortened = token not in PARTICLES and (
        bare in SHORT.get(token, ())
        or (len(bare) < len(token) and token.startswith(bare) and (word != bare or len(bare) >= 3))
    )
    if (bare == token or shortened) and _aligned(given[1:], tokens[1:]):
        return True
    return token in PARTICLES and _aligned(given, tokens[1:])


def state(value: str, town: str = "", country: str = "") -> Fix | None:
    """The state's two letters: from its name, or, where it is missing, from a city whose name one state alone has."""
    if country not in {"", BRAZIL}:
        return None
    key = squash(value)
    if key in STATES:
        return None if key == value else Fix("state_spelling", key, 1.0, key)
    for read in (value, *readings(value)):
        if code := _STATE_NAMES.get(squash(read)):
            return Fix("state_name", code, 0.99, code)
    homes = _everywhere().get(squash(town), set())
    if not key and len(homes) == 1 and len(squash(town)) >= 5 and country == BRAZIL:
        only = next(iter(homes))
        return Fix("state_of_city", only, 0.9, only)
    return None


def candidates(value: str, code: str, most: int = 8) -> list[Municipality]:
    """Municipalities of the state that look most like ``value``: what a model may choose from."""
    if code not in STATES:
        return []
    wanted = _pairs(squash(value))
    scored = sorted((-len(wanted & _pairs(key)) / (len(wanted | _pairs(key)) or 1), key) for key in _state(code).exact)
    return [_state(code).exact[key] for score, key in scored[:most] if score < -0.15]


def _pairs(text: str) -> set[str]:
    return {text[i : i + 2] for i in range(len(text) - 1)}
