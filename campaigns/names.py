"""Find names of people, companies and products in a text, and tell which of them nothing supports. Pure."""

# ruff: noqa: E501 - lists of words are read as text

import re
from collections.abc import Iterable

from campaigns.claims import MERGE_FIELD, Claim, Span, plain
from campaigns.name_words import ALSO_WORDS, ALWAYS_NAMES, AROUND, BRANDS, FIRST_NAMES, ORDINARY, PRODUCTS, TIERS
from campaigns.phrases import find_phrase, folded

_TOKEN = re.compile(r"[^\W\d_][\w'’&-]*", re.UNICODE)
_STARTS = re.compile(r"(?:^|[^\w\s,&\x00]|\n|\x00\s*[,!])[\s\"“”'‘’«(*•>–-]*$")
_BRAND = re.compile("|".join(rf"\b{re.escape(brand)}\b" for brand in BRANDS), re.I)
_TIER = re.compile(
    r"\b(?P<kind>plano|pacote|m[óo]dulo|vers[ãa]o|edi[çc][ãa]o|licen[çc]a|assinatura|plan|tier|package|edition|version|licen[cs]e|subscription|bundle)\s+(?:d[aeo]\s+)?[\"“]?"
    rf"(?P<after>{'|'.join(TIERS)})\b|\b(?P<before>{'|'.join(TIERS)})\s+(?:plan|tier|package|edition|version|subscription|bundle)\b", re.I)  # fmt: skip
_COMPANY = re.compile(
    r"\b(?:[A-ZÀ-Ý][\w&.'’-]*\s+(?:(?:e|de|da|do|&)\s+)?){1,4}(?:Ltda|LTDA|S\.?/?A\.?|Inc|Corp|LLC|Ltd|GmbH|ME|EPP|EIRELI|Eireli|& Cia|Holding)\b\.?"
)
_TITLE = re.compile(r"\b(?:Sra?s?|Dra?s?|Mrs?|Ms|Prof|Profa|Eng|Dona|Seu)\.?\s+$")
_LONE = re.compile(r"\s*[A-ZÀ-Ý][\w'’-]+(?:\s+(?:d[aeo]s?\s+)?[A-ZÀ-Ý][\w'’-]+){0,2}\s*")  # a signature
_CLOSING = re.compile(
    r"(?i)\b(?:best|regards|wishes|sincerely|cheers|thanks|thank you|warmly|truly|abra[çc]os?|att|atenciosamente|cordialmente|obrigad[oa]|at[ée]\s+(?:logo|breve))[\s.,!]*$"
)
_VOCATIVE = re.compile(
    r"(?i),\s*(?:tudo|bom dia|boa tarde|boa noite|como vai|quick|how are|good (?:morning|afternoon)|hope|hello|ol[áa])\b"
)
# What a customer does who is named as an example; and who else may do it.
_CHOSE = re.compile(
    r"(?i)\s+(?:(?:j[áa]|tamb[ée]m|also|recently|has|just)\s+){0,2}(?:took\s+(?:the\s+same|this)|chose|switched|migrated|adopted|picked|trusts"
    r"|aprovou|migrou|adotou|escolheu|trocou|confia|seguiu)\b"
)
_ANYBODY = frozenset(
    [
        "we",
        "you",
        "they",
        "he",
        "she",
        "it",
        "who",
        "everyone",
        "everybody",
        "someone",
        "somebody",
        "nobody",
        "anyone",
        "that",
        "which",
        "this",
        "voce",
        "ele",
        "ela",
        "quem",
        "alguem",
        "ninguem",
        "isso",
        "gente",
        "cliente",
        "empresa",
        "muita",
        "muito",
        "todo",
        "toda",
        "outro",
        "outra",
    ]
)
_HEADING = re.compile(
    r"\b(?:Why|What|What['’]s|How|When|Where|Who|Your|Our|The|A|An|Us|You|We|I['’]m|It|Next|More|Get|See|Read|Key|To|Let['’]s|Now|Soon)\b"
)
_COLLAPSED = re.compile(r"\s+")


def find_names(text: str, language: str, words: frozenset[str], texts: Iterable[str]) -> list[Claim]:
    """Capitalised names that stand in neither ``words`` (single folded words) nor ``texts`` (phrases)."""
    known = tuple(texts)
    rest = MERGE_FIELD.sub(lambda found: "\x00" * len(found.group()), plain(text))
    found = _listed(rest, known) + _shaped(rest, known, words)
    covered = [claim.span for claim in found]
    for line in re.finditer(r"[^\n.!?]+", rest):
        told = rest[line.end() : line.end() + 1] == "."  # a sentence is no title
        loud = _shouted_or_titled(line.group(), language, told)
        for claim in _people(line, rest, words) if loud else _unsupported(line, rest, words, known):
            if not any(start < claim.span[1] and claim.span[0] < end for start, end in covered):
                found.append(claim)
    return sorted(found, key=lambda claim: claim.span)


def _listed(text: str, texts: tuple[str, ...]) -> list[Claim]:
    """Products and companies of the lists, the longest name first."""
    taken = [span for known in texts if len(known) > 3 for span in find_phrase(text, known)]
    found: list[Claim] = []
    for name in sorted((*PRODUCTS, *ALWAYS_NAMES), key=len, reverse=True):
        places = find_phrase(text, name)
        if not places or _phrase_of(texts, name):
            continue
        for start, end in places:
            inside = any(low <= start < high for low, high in [*taken, *(claim.span for claim in found)])
            if not inside and ((name in ALWAYS_NAMES and len(name) > 4) or _proper(text, start, name)):
                found.append(Claim("name", text[start:end], (start, end)))
    return found


def _proper(text: str, start: int, name: str) -> bool:
    """A capital letter that is not merely the start of a sentence."""
    opens = _STARTS.search(text[:start][-12:]) or not text[:start].strip()
    return text[start].isupper() and (not opens or " " in name or text[start : start + 3].isupper())


def _shaped(text: str, texts: tuple[str, ...], words: frozenset[str]) -> list[Claim]:
    """What has the shape of a name wherever it stands: "plano Ouro", "Padaria Sol Ltda", "TOTVS Something"."""
    found = []
    for match in _TIER.finditer(text):
        group = "after" if match.group("after") else "before"
        if folded(match.group(group))[0] not in words:
            found.append(Claim("name", match.group(), match.span()))
    companies = [match for match in _COMPANY.finditer(text) if not _phrase_of(texts, match.group())]
    found += [Claim("name", match.group(), match.span()) for match in companies]
    return found


def _phrase_of(texts: Iterable[str], name: str) -> bool:
    return any(find_phrase(known, name) for known in texts)


def _people(line: re.Match[str], whole: str, words: frozenset[str]) -> list[Claim]:
    """First names in a line where capital letters say nothing."""
    found = []
    for token in _TOKEN.finditer(line.group()):
        name = folded(token.group())[0]
        if token.group()[0].isupper() and name in FIRST_NAMES - ALSO_WORDS and name not in words:
            span = (line.start() + token.start(), line.start() + token.end())
            found.append(Claim("name", whole[span[0] : span[1]], span))
    return found


def _shouted_or_titled(line: str, language: str, told: bool = False) -> bool:
    letters = [character for character in line if character.isalpha()]
    if len(letters) > 3 and sum(character.isupper() for character in letters) / len(letters) > 0.6:
        return True
    if told:
        return False
    long = [word for word in _TOKEN.findall(line) if len(word) > 3]
    titled = len(long) >= 3 and sum(word[0].isupper() for word in long) / len(long) > 0.75
    heading = (
        language == "en"
        and all(word[0].isupper() for word in _TOKEN.findall(line) if len(word) > 2)
        and bool(_HEADING.search(line))
    )
    return heading or (titled and (language == "en" or len(long) >= 4))


def _unsupported(line: re.Match[str], whole: str, words: frozenset[str], texts: tuple[str, ...]) -> list[Claim]:
    """Runs of capitalised words; the first word of a sentence is a name only when it looks like one inside."""
    found: list[Claim] = []
    for run in _runs(line.group()):
        start, end = line.start() + run[0].start(), line.start() + run[-1].end()
        brand = _BRAND.search(whole, start, min(len(whole), end + 8))
        if brand and brand.start() < end:
            found += _beside_brand(whole, (start, end), words, texts)
            continue
        bad = [token for token in run if not _supported(token, words) and not _opens(token, line, whole, run)]
        if bad:
            span = (line.start() + bad[0].start(), line.start() + bad[-1].end())
            found.append(Claim("name", whole[span[0] : span[1]], span))
    return found


def _beside_brand(whole: str, span: Span, words: frozenset[str], texts: tuple[str, ...]) -> list[Claim]:
    """ "TOTVS Something": the whole name, or what stands beside the house, must be a known name as it is written."""
    text = whole[span[0] : span[1]]
    bare = re.sub(r"['’]s?$", "", text)
    while (first := _TOKEN.match(bare)) and folded(first.group())[0] in AROUND:
        bare = bare[first.end() :].lstrip()
    if bare and any(find_phrase(known, bare) for known in texts):
        return []
    parts = re.finditer(r"[^\x00]+", _BRAND.sub(lambda found: "\x00" * len(found.group()), text))
    found = []
    for part in parts:
        name = _COLLAPSED.sub(" ", part.group()).strip(" &,-")
        tokens = [folded(token)[0] for token in _TOKEN.findall(name)]
        ordinary = all(token in AROUND for token in tokens) or not name
        opening = part.start() == 0 and len(tokens) == 1 and _STARTS.search(whole[: span[0]])
        if ordinary or opening or any(find_phrase(known, name) for known in texts):
            continue
        found.append(Claim("name", text, span))
    return found


def _runs(line: str) -> list[list[re.Match[str]]]:
    runs: list[list[re.Match[str]]] = []
    for token in _TOKEN.finditer(line):
        if not token.group()[0].isupper() and not re.search(r"[a-z][A-Z]", token.group()):
            continue
        gap = line[runs[-1][-1].end() : token.start()] if runs else "x"
        if gap.strip() in ("", "&") and gap != "":
            runs[-1].append(token)
        else:
            runs.append([token])
    return runs


def _supported(token: re.Match[str], words: frozenset[str]) -> bool:
    name = folded(token.group())[0].strip()
    parts = re.findall(r"\w+", re.sub(r"['’]s$", "", name)) or [name]
    return all(part in words or part in ORDINARY or len(part) == 1 for part in parts) or name.replace(" ", "-") in ORDINARY  # fmt: skip


def _addresses(line: re.Match[str], whole: str, start: int, end: int) -> bool:
    """The word from ``start`` to ``end`` is somebody's name by its place: after a title, under a closing, before what customers do, or called upon."""
    if _TITLE.search(whole[:start]):
        return True
    if _LONE.fullmatch(line.group()) and _CLOSING.search(whole[: line.start()].rstrip()):
        return True
    if _CHOSE.match(whole[end:]) and folded(whole[start:end])[0].strip() not in _ANYBODY:
        return True
    return not whole[:start].strip("\x00 \n")[-1:].isalnum() and bool(_VOCATIVE.match(whole[end:]))


def _opens(token: re.Match[str], line: re.Match[str], whole: str, run: list[re.Match[str]]) -> bool:
    """True for an ordinary first word of a sentence: a capital letter there says nothing, unless it is a first name,
    stands before another name, or is written as no ordinary word is."""
    start = line.start() + token.start()
    name = folded(token.group())[0].strip()
    body = re.split(r"['’-]", token.group())[0]
    odd = body[1:] != body[1:].lower()
    person = name in FIRST_NAMES and (name not in ALSO_WORDS or whole[start + len(token.group()) :][:1] == ",")
    if _addresses(line, whole, start, start + len(token.group())):
        return False
    starts = bool(_STARTS.search(whole[:start][-12:]) or not whole[:start].strip("\x00 \n"))
    return starts and not odd and not person
