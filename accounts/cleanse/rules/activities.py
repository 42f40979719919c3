"""Economic activities: from a damaged CNAE description to the official one and its code, only where one alone can be meant."""

import re
from functools import lru_cache

from accounts.cleanse.rules.text import PARTICLES, Fix, is_damaged, lost_letters, nearest, readings, tidy, words
from accounts.reference import Activity, activities, squash

NO_ACTIVITY = frozenset({"PESSOAFISICASEMCNAE", "SEMCNAE", "NAOINFORMADO", "NAOINFORMADA"})
SHORT = {  # word → how registers shorten it where the beginning of the word is not what is kept
    "COMERCIO": ("COM", "COML"), "FABRICACAO": ("FAB", "FABR", "FABRIC"), "ATACADISTA": ("ATAC",), "VAREJISTA": ("VAR", "VAREJ"),
    "SERVICOS": ("SERV", "SVCS", "SERVS"), "PRODUTOS": ("PROD", "PRODS"), "EQUIPAMENTOS": ("EQUIP", "EQUIPS"),
    "MAQUINAS": ("MAQ", "MAQS"), "ATIVIDADES": ("ATIV", "ATIVS"), "MANUTENCAO": ("MANUT",), "REPARACAO": ("REP", "REPAR"),
    "CONSTRUCAO": ("CONSTR",), "ESPECIALIZADO": ("ESPEC",), "ESPECIFICADOS": ("ESPEC", "ESPECIF"), "TRANSPORTE": ("TRANSP",),
    "ANTERIORMENTE": ("ANT", "ANTER"), "EXCETO": ("EXC",), "INFORMATICA": ("INFORM", "INF"), "ADMINISTRACAO": ("ADM", "ADMIN"),
}  # fmt: skip
SHORTEST_CUT = 18


@lru_cache(maxsize=1)
def _exact() -> dict[str, Activity]:
    found: dict[str, Activity] = {}
    for each in activities():
        found.setdefault(squash(each.name), each)
    return found


@lru_cache(maxsize=1)
def _tokens() -> tuple[tuple[Activity, list[str]], ...]:
    return tuple((each, [word.rstrip(".") for word in words(each.name)]) for each in _exact().values())


def activity(value: str) -> Fix | None:
    """The activity that ``value`` describes: also where it is written right already (rule ``cnae_exact``)."""
    text = tidy(value)
    key = squash(text)
    if len(key) < 5 or key in NO_ACTIVITY:
        return None
    found = _by_code(text) or _as_written(text) or _as_misread(text) or _as_cut(text) or _as_slipped(key)
    if found is None:
        return None
    meant, rule, confidence = found
    return Fix("cnae_exact" if meant.name == value else rule, meant.name, confidence, meant.code)


_Found = tuple[Activity, str, float] | None


def _by_code(text: str) -> _Found:
    digits = re.sub(r"[./-]", "", text)
    if not re.fullmatch(r"\d{7}", digits):
        return None
    meant = next((each for each in activities() if each.code == digits), None)
    return (meant, "cnae_code", 1.0) if meant else None


def _as_written(text: str) -> _Found:
    meant = _exact().get(squash(text))
    return (meant, "cnae_encoding" if is_damaged(text) else "cnae_spelling", 1.0) if meant else None


def _as_misread(text: str) -> _Found:
    read = {_exact()[key].code: _exact()[key] for key in map(squash, readings(text)) if key in _exact()}
    if len(read) == 1:
        return next(iter(read.values())), "cnae_encoding", 0.99
    pattern = lost_letters(text)
    if pattern is None:
        return None
    fits = [each for key, each in _exact().items() if pattern.fullmatch(key)]
    return (fits[0], "cnae_encoding", 0.96) if len(fits) == 1 else None


def _as_cut(text: str) -> _Found:
    """A description cut at some length, or with words shortened, or both; its accents may be broken as well."""
    for read in (text, *readings(text)):
        key = squash(read)
        if len(key) >= SHORTEST_CUT and not is_damaged(read):
            fits = [each for name, each in _exact().items() if name.startswith(key)]
            if len(fits) == 1:
                return fits[0], "cnae_cut", 0.97
    given = words(text)
    if len(given) > 1 and not is_damaged(text):
        cut = len(squash(text)) >= SHORTEST_CUT
        meant = [each for each, tokens in _tokens() if _fits(given, tokens, cut)]
        if len(meant) == 1:
            return meant[0], "cnae_abbreviation", 0.94
    return None


def _as_slipped(key: str) -> _Found:
    slip = nearest(key, _exact()) if len(key) >= 10 else None
    return (_exact()[slip], "cnae_slip", 0.9) if slip else None


def _fits(given: list[str], tokens: list[str], cut: bool) -> bool:
    """Whether ``given`` may be ``tokens`` with words shortened, particles left out and, if ``cut``, the end missing."""
    at = 0
    for number, word in enumerate(given):
        while at < len(tokens) and not _same(word, tokens[at], cut and number == len(given) - 1):
            if tokens[at] not in PARTICLES:
                return False
            at += 1
        if at == len(tokens):
            return False
        at += 1
    return cut or all(token in PARTICLES for token in tokens[at:])


def _same(word: str, token: str, last: bool) -> bool:
    bare = word.rstrip(".")
    if bare == token or bare in SHORT.get(token, ()):
        return True
    enough = len(bare) >= (1 if last else 2 if word != bare else 4)
    return enough and token not in PARTICLES and token.startswith(bare)


def candidates(value: str, most: int = 8) -> list[Activity]:
    """Activities that share most of the value's words: what a model may choose from."""
    wanted = {word.rstrip(".")[:6] for word in words(value)} - PARTICLES
    scored = []
    for each, tokens in _tokens():
        have = {token[:6] for token in tokens} - PARTICLES
        common = len(wanted & have)
        if common:
            scored.append((-common / len(wanted | have), each.code, each))
    return [each for _score, _code, each in sorted(scored)[:most]]
