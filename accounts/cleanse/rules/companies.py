"""Companies: CNPJ (numbers and, since July 2026, letters) and the way names are written. No check digit is ever made up."""

import re

from accounts.cleanse.rules.text import Fix, is_damaged, readings, tidy

_WEIGHTS = (6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2)
_SMALL = frozenset({"de", "do", "da", "dos", "das", "e", "em", "para", "com", "a", "o"})
_FORMS = {"LTDA": "Ltda", "LTDA.": "Ltda.", "CIA": "Cia", "CIA.": "Cia."}
_CAPITALS = frozenset(
    {"ME", "EPP", "SA", "S/A", "S.A.", "S.A", "EIRELI", "SLU", "MEI", "II", "III", "IV", "TI", "RH", "TOTVS"}
)


def is_cnpj(text: str) -> bool:
    """True for fourteen signs whose two check digits are right; letters count by their place in ASCII less 48."""
    if not re.fullmatch(r"[0-9A-Z]{12}[0-9]{2}", text) or len(set(text)) == 1:
        return False
    values = [ord(sign) - 48 for sign in text]
    return all(_check(values[:length]) == values[length] for length in (12, 13))


def _check(values: list[int]) -> int:
    rest = sum(value * weight for value, weight in zip(values, _WEIGHTS[-len(values) :], strict=True)) % 11
    return 0 if rest < 2 else 11 - rest


def cnpj(value: str) -> Fix | None:
    """The bare CNPJ of a masked one, or of one that lost its leading zeros in a spreadsheet; only when its check digits hold."""
    bare = re.sub(r"[\s./-]", "", value).upper()
    if is_cnpj(bare):
        return Fix("cnpj_exact" if bare == value else "cnpj_mask", bare, 1.0)
    if bare.isascii() and bare.isdigit() and 12 <= len(bare) < 14 and is_cnpj(bare.zfill(14)):
        return Fix("cnpj_zeros", bare.zfill(14), 0.97)
    return None


def name(value: str) -> Fix | None:
    """A company's name without doubled blanks, broken encoding, or capitals throughout; None when there is nothing to mend."""
    text = tidy(value.replace("\u00a0", " "))
    read = next(iter(readings(text)), "")
    if read and is_damaged(text):
        return Fix("name_encoding", read, 0.95)
    if text and text != value:
        return Fix("name_spaces", text, 1.0)
    letters = [c for c in text if c.isalpha()]
    if len(letters) >= 8 and " " in text and (all(c.isupper() for c in letters) or all(c.islower() for c in letters)):
        written = _written(text)
        return Fix("name_capitals", written, 0.85) if written != text else None
    return None


def _written(text: str) -> str:
    found = []
    for number, word in enumerate(text.split(" ")):
        bare = word.strip(".,()&")
        if word.upper() in _CAPITALS or (
            not re.search(r"[AEIOUÀ-Ü]", word.upper()) and len(bare) <= 4 and word.upper() not in _FORMS
        ):
            found.append(word.upper())
        elif word.upper() in _FORMS:
            found.append(_FORMS[word.upper()])
        elif number and word.lower() in _SMALL:
            found.append(word.lower())
        else:
            found.append(re.sub(r"[^\W\d_]+", lambda part: part.group().capitalize(), word))
    return " ".join(found)
