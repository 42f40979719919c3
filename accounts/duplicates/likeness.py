"""How alike two customers are, in points with their reasons. Pure: no database; only rapidfuzz.

Comparing everybody with everybody is out of the question: ``pairs`` compares those that share a key (a CNPJ or its root, a
squashed name, a rare word of the name, a place with the start of the name, the domain or number of a contact). A key that too
many share tells nothing and is left out.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import NamedTuple

LARGEST_BLOCK = 60
ENOUGH = 55  # points from which a person should look
SIMILAR_FROM = 70.0  # per cent of letters in common from which a name counts
PHONE_DIGITS = 8
_FORMS = frozenset(
    {"LTDA", "LIMITADA", "SA", "S", "A", "ME", "EPP", "EIRELI", "MEI", "CIA", "COMPANHIA", "INC", "LLC", "LTD"}
    | {"DE", "DA", "DO", "DAS", "DOS", "E", "THE"}
)
_PUBLIC_MAIL = frozenset(
    {"gmail.com", "hotmail.com", "outlook.com", "live.com", "msn.com", "yahoo.com", "yahoo.com.br", "icloud.com"}
    | {"uol.com.br", "bol.com.br", "terra.com.br", "ig.com.br", "globo.com", "protonmail.com"}
)


@dataclass(frozen=True)
class Record:
    """What is compared of one customer. ``mails`` and ``phones`` are those of its contacts."""

    pk: int
    name: str = ""
    cnpj: str = ""
    city: str = ""
    state: str = ""
    mails: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()
    words: tuple[str, ...] = field(init=False)
    squashed: str = field(init=False)

    def __post_init__(self) -> None:
        """Prepare the name once: it is compared many times."""
        words = tidy(self.name)
        object.__setattr__(self, "words", words)
        object.__setattr__(self, "squashed", "".join(words))


class Part(NamedTuple):
    """One reason: what was compared, how it came out, the points."""

    what: str
    outcome: str
    points: int


@dataclass(frozen=True)
class Likeness:
    """The score of a pair, 0 to 100, and the parts that it is the sum of."""

    score: int
    parts: tuple[Part, ...]


def tidy(name: str) -> tuple[str, ...]:
    """The words of a company name: capitals, no accents, no legal forms. A name of legal forms alone keeps them."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c)).upper()
    words = re.findall(r"\w+", plain)
    return tuple(word for word in words if word not in _FORMS) or tuple(words)


def phone_key(phone: str) -> str:
    """The last digits of a telephone number; empty for one that is too short to tell."""
    digits = re.sub(r"\D", "", phone)
    return digits[-PHONE_DIGITS:] if len(digits) >= PHONE_DIGITS else ""


def domain_key(mail: str) -> str:
    """The company's own domain of an address; empty for public providers."""
    domain = mail.rpartition("@")[2].strip().lower()
    return "" if domain in _PUBLIC_MAIL else domain


def compare(one: Record, other: Record) -> Likeness | None:
    """The likeness of two customers; None when they cannot be one: two establishments of one company are branches."""
    numbers = _numbers(one, other)
    if numbers is None:
        return None
    parts = [part for part in (_names(one, other), numbers, _places(one, other), *_people(one, other)) if part]
    return Likeness(max(0, min(100, sum(part.points for part in parts))), tuple(parts))


def pairs(records: Sequence[Record]) -> Iterator[tuple[int, int]]:
    """Pairs of positions, each once, the lower first, that share a key."""
    seen: set[tuple[int, int]] = set()
    for block in _blocks(records).values():
        if 1 < len(block) <= LARGEST_BLOCK:
            for pair in combinations(block, 2):
                if pair not in seen:
                    seen.add(pair)
                    yield pair


def _blocks(records: Sequence[Record]) -> dict[tuple[str, ...], list[int]]:
    blocks: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for position, record in enumerate(records):
        for key in set(_keys(record)):
            blocks[key].append(position)
    return blocks


def _keys(record: Record) -> Iterable[tuple[str, ...]]:
    if record.cnpj:
        yield ("cnpj", record.cnpj)
        yield ("root", record.cnpj[:8])
    if record.squashed:
        yield ("name", record.squashed)
        yield ("start", record.squashed[:10], record.state)
        yield ("place", record.squashed[:4], record.city, record.state)
        yield ("letters", "".join(sorted(record.squashed)))
    for word in record.words:
        if len(word) > 3:
            yield ("word", word)
    for mail in record.mails:
        yield ("mail", domain_key(mail) or mail)
    for phone in record.phones:
        yield ("phone", phone)


def _names(one: Record, other: Record) -> Part | None:
    from rapidfuzz import fuzz  # only workers compare

    if not one.squashed or not other.squashed:
        return None
    if one.squashed == other.squashed:
        return Part("name", "100", 45)
    ordered = fuzz.ratio(" ".join(sorted(one.words)), " ".join(sorted(other.words)))
    similarity = max(ordered, fuzz.ratio(one.squashed, other.squashed))
    points = round(45 * max(0.0, similarity - SIMILAR_FROM) / (100 - SIMILAR_FROM))
    return Part("name", str(int(similarity)), points)


def _numbers(one: Record, other: Record) -> Part | None:
    if not one.cnpj or not other.cnpj:
        return Part("cnpj", "unknown", 0)
    if one.cnpj == other.cnpj:
        return Part("cnpj", "same", 55)
    if one.cnpj[:8] == other.cnpj[:8]:
        return None
    return Part("cnpj", "different", -40)


def _places(one: Record, other: Record) -> Part | None:
    if not one.state or not other.state:
        return None
    if one.state != other.state:
        return Part("place", "other_state", -5)
    if not one.city or not other.city:
        return Part("place", "same_state", 2)
    same = one.city.casefold() == other.city.casefold()
    return Part("place", "same_city", 10) if same else Part("place", "other_city", -3)


def _people(one: Record, other: Record) -> list[Part]:
    parts = []
    if one.mails & other.mails:
        parts.append(Part("mail", "same_address", 25))
    elif {domain_key(mail) for mail in one.mails} & {domain_key(mail) for mail in other.mails} - {""}:
        parts.append(Part("mail", "same_domain", 15))
    if one.phones & other.phones:
        parts.append(Part("phone", "same", 15))
    return parts
