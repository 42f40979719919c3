"""Find forbidden phrases and names in text, whatever its accents, case, spacing or invisible characters. Pure."""

import re
import unicodedata
from functools import lru_cache

# Letters of other alphabets that look like Latin ones, as they appear in text that wants to slip past a list.
_LOOKALIKES = str.maketrans("АВЕКМНОРСТХаеорсухіѕјɡΑΒΕΖΗΙΚΜΝΟΡΤΥΧο", "ABEKMHOPCTXaeopcyxisjgABEZHIKMNOPTYXo")
_INVISIBLE = re.compile(
    r"[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]"
)


@lru_cache(maxsize=4096)  # one draft is searched for hundreds of names
def folded(text: str) -> tuple[str, tuple[int, ...]]:
    """``text`` in lower case without accents and invisible characters, and for each of its characters the
    place in the original. Everything that is neither letter nor digit becomes one space."""
    letters: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        if _INVISIBLE.match(character):
            continue
        plain = unicodedata.normalize("NFKD", character.translate(_LOOKALIKES)).casefold()
        for part in plain:
            if unicodedata.combining(part):
                continue
            kept = part if part.isalnum() or part in "%$" else " "
            if kept == " " and (not letters or letters[-1] == " "):
                continue
            letters.append(kept)
            places.append(place)
    return "".join(letters), tuple(places)


def find_phrase(text: str, phrase: str) -> list[tuple[int, int]]:
    """Where ``phrase`` occurs in ``text`` as whole words: (start, end) in the original text."""
    wanted = folded(phrase)[0].strip()
    if not wanted or _run_together(wanted) not in _run_together(text):
        return []  # nearly always: most names and phrases of a list are in no text
    haystack, places = folded(text)
    return [(places[found.start()], places[found.end() - 1] + 1) for found in _pattern(wanted).finditer(haystack)]


@lru_cache(maxsize=4096)
def _run_together(text: str) -> str:
    return folded(text)[0].replace(" ", "")


@lru_cache(maxsize=1024)
def _pattern(wanted: str) -> re.Pattern[str]:
    written = re.escape(wanted)
    if len(wanted) > 7:  # a longer phrase is also found with its letters spaced out or its words run together
        written = " ?".join(map(re.escape, wanted.replace(" ", "")))
    return re.compile(rf"(?<![^\W_]){written}(?![^\W_])")
