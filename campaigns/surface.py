"""What a plain message may not carry: fields and links outside the catalogue, addresses, markup, hidden characters, personal data. Pure."""

# ruff: noqa: E501 - patterns are read alternative by alternative

import re
import unicodedata
from collections.abc import Mapping, Sequence

from campaigns.claims import MERGE_FIELD, Span

_I = re.IGNORECASE
FIELDS = frozenset({"contact.first_name", "customer.name"})
HIDDEN = re.compile(
    r"[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0e\ufeff\uffa0\U000e0000-\U000e0fff\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]"
)
_MARKUP = re.compile(
    r"<[a-z/!][^>]*>?|\[[^\]\n]+\]\([^)\n]*\)|&(?:#\d+|#x[0-9a-f]+|nbsp|lt|gt|amp);|\*\*[^*\n]+\*\*", _I
)
_ADDRESS = re.compile(
    r"(?:https?|hxxps?|ftp|mailto|tel|javascript|data):\S+|\bwww\s*\.\s*\S+|[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+"
    r"|\b(?:[a-z0-9-]{1,63}\.)+(?:com|net|org|br|io|co|app|dev|info|biz|me|ly|ai|shop|store|link|site|online|gov|edu|gle|page|xyz|tv|us|pt|click|cloud|tech|digital|club|top|ru|cn|example|test|invalid|localhost|zip|live|win|website|space|host|icu)\b(?:/\S*)?"
    r"|\b(?:[a-z0-9-]{1,63}\.)+[a-z]{2,24}/\S*"
    r"|\bwa\.me\S*|\b\w+\s*[\[(]?\s*(?:\bponto\b|\bdot\b)\s*[\])]?\s*(?:com|net|org|br|io)\b|\b\w+\s*[\[(]?\s*\barroba\b|\(at\)|\[at\]|\s@[a-z]\w{2,}", _I)  # fmt: skip
_PERSONAL = re.compile(
    r"(?<![\d.])\d{3}\.\d{3}\.\d{3}-\d{2}\b|(?<![\d.])[\dA-Z]{2}\.[\dA-Z]{3}\.[\dA-Z]{3}/[\dA-Z]{4}-\d{2}\b|\b(?:CPF|CNPJ|RG)\s*(?:n[ºo°.]*\s*|:\s*)?\d[\d./-]{6,}"
    r"|(?<![\d.,])(?:\+?55\s?)?\(?\d{2}\)?\s?9?\s?\d{4}[-\s.]\d{4}\b|(?<![\d.,])9?\d{4}-\d{4}\b|\b0[38]00[\s-]?\d{3}[\s-]?\d{3,4}\b|\+\d{1,3}[\s.-]?(?:\(?\d{1,4}\)?[\s.-]?){2,5}\d\b", _I)  # fmt: skip
_PLACEHOLDER = re.compile(
    r"\[(?!\s*(?:x|\d+)\s*\])[^\]\n\[]{2,40}\](?!\()|%(?:FIRST_?NAME|NOME|NAME|EMPRESA|COMPANY)%|\b[XY]{2,}\b(?=\s*(?:%|reais|anos|years))|\bR\$\s?X+\b|\blorem\s+ipsum\b|<<[^>\n]{2,40}>>|\$\{[^}\n]*\}|\*\|[^|\n]*\|\*",
    _I,
)
_STRAY = re.compile(r"\{+|\}+|\{%|%\}")
_OPT_OUT = re.compile(r"unsub|opt.?out|descad|desinscr|cancel|sair|remov|deixar.de.receber|n[ãa]o.receber|stop", _I)


def problems(text: str, links: Sequence[str] | Mapping[str, str]) -> list[tuple[str, Span]]:
    """(code, span) of everything that the surface of a message may not show, whatever it means."""
    found: list[tuple[str, Span]] = [("hidden_character", match.span()) for match in HIDDEN.finditer(text)]
    found += [("mixed_alphabets", span) for span in _mixed(text)]
    rest = text
    for match in MERGE_FIELD.finditer(text):
        name = match.group(1)
        if name.startswith("link.") and name.removeprefix("link.") not in links:
            found.append(("unknown_link", match.span()))
        elif not name.startswith("link.") and name not in FIELDS:
            found.append(("unknown_field", match.span()))
    rest = MERGE_FIELD.sub(lambda match: " " * len(match.group()), text)
    for code, pattern in (
        ("unknown_field", _STRAY),
        ("markup", _MARKUP),
        ("raw_link", _ADDRESS),
        ("personal_data", _PERSONAL),
        ("placeholder", _PLACEHOLDER),
    ):
        found += [(code, match.span()) for match in pattern.finditer(rest)]
    return found


def offers_opt_out(body: str, links: Sequence[str] | Mapping[str, str]) -> bool:
    """True when the body uses a link that unsubscribes; by id, or by label where ``links`` carries labels."""
    used = {match.group(1).removeprefix("link.") for match in MERGE_FIELD.finditer(body)}
    return bool(opt_outs(links) & used)


def opt_outs(links: Sequence[str] | Mapping[str, str]) -> set[str]:
    """Ids of the links that unsubscribe."""
    labels = links if isinstance(links, Mapping) else dict.fromkeys(links, "")
    return {key for key, label in labels.items() if _OPT_OUT.search(key) or _OPT_OUT.search(label)}


def _mixed(text: str) -> list[Span]:
    """Words that mix Latin with Greek or Cyrillic letters: nobody writes so except to slip past a list."""
    if text.isascii():
        return []
    found = []
    for word in re.finditer(r"[^\W\d_]+", text):
        alphabets = {unicodedata.name(letter, "?").split()[0] for letter in word.group() if not letter.isascii()}
        latin = any(letter.isascii() for letter in word.group())
        if latin and alphabets & {"CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE"}:
            found.append(word.span())
    return found
