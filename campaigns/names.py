"""Find names of people, companies and products in a text, and tell which of them nothing supports. Pure."""

# ruff: noqa: E501 - sentences and lists run on

import re
from collections.abc import Iterable

from campaigns.claims import MERGE_FIELD, Claim
from campaigns.phrases import find_phrase, folded

# Houses that may always be named, and products that may only be named where the offer or a fact does.
BRANDS = ("TOTVS Gestão", "TOTVS", "RD Station", "TechFin", "B2Shift")
PRODUCTS = (
    "Protheus", "Datasul", "Fluig", "Winthor", "Consinco", "Logix", "Moda", "PDV", "Sienge", "Feedz", "Dimensa", "Exact Sales", "Tallos", "Lexos",
    "RD Station CRM", "RD Station Marketing", "RD Station Conversas", "RD Mentor", "RD Conversas", "Shopify", "Salesforce", "HubSpot", "SAP", "Oracle",
    "Mais Negócios", "Antecipa", "Painel Financeiro", "Duplicata Digital", "Eleve", "TOTVS Pay", "TOTVS Backoffice", "Carol", "Power BI",
)  # fmt: skip
ORDINARY = frozenset(
    [
        "brasil",
        "brasileiro",
        "brazil",
        "brazilian",
        "portugues",
        "portuguese",
        "english",
        "ingles",
        "lgpd",
        "anpd",
        "cnpj",
        "cpf",
        "nfe",
        "nf-e",
        "pix",
        "cep",
        "ti",
        "rh",
        "ia",
        "ai",
        "it",
        "hr",
        "api",
        "erp",
        "crm",
        "bi",
        "kpi",
        "roi",
        "nps",
        "sla",
        "b2b",
        "b2c",
        "saas",
        "mrr",
        "qa",
        "ok",
        "ltda",
        "sa",
        "me",
        "epp",
        "eireli",
        "ceo",
        "cfo",
        "cto",
        "coo",
        "voce",
        "sr",
        "sra",
        "srs",
        "dr",
        "dra",
        "mr",
        "mrs",
        "ms",
        "dear",
        "hello",
        "hi",
        "i",
        "ola",
        "oi",
        "abs",
        "att",
        "segunda",
        "terca",
        "quarta",
        "quinta",
        "sexta",
        "sabado",
        "domingo",
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
        "janeiro",
        "fevereiro",
        "marco",
        "abril",
        "maio",
        "junho",
        "julho",
        "agosto",
        "setembro",
        "outubro",
        "novembro",
        "dezembro",
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
        "natal",
        "reveillon",
        "christmas",
        "ps",
    ]
)
_TOKEN = re.compile(r"[^\W\d_][\w'’&-]*", re.UNICODE)
_STARTS = re.compile(r"(?:^|[.!?…:;\n•|–—\-\"“”'(])[\s\"“”'(*•–-]*$")


def find_names(text: str, language: str, words: frozenset[str], texts: Iterable[str]) -> list[Claim]:
    """Capitalised names that stand in neither ``words`` (single folded words) nor ``texts`` (phrases)."""
    known = tuple(texts)
    plain = MERGE_FIELD.sub(lambda found: " " * len(found.group()), text)
    found = _products(plain, known)
    covered = [claim.span for claim in found]
    for line in re.finditer(r"[^\n.!?]+", plain):
        if _shouted_or_titled(line.group(), language):
            continue
        for claim in _unsupported(line.group(), plain, line.start(), words):
            if not any(start < claim.span[1] and claim.span[0] < end for start, end in covered):
                found.append(claim)
    return sorted(found, key=lambda claim: claim.span)


def _products(text: str, texts: tuple[str, ...]) -> list[Claim]:
    found: list[Claim] = []
    for product in sorted(PRODUCTS, key=len, reverse=True):
        if any(find_phrase(known, product) for known in texts):
            continue
        for start, end in find_phrase(text, product):
            taken = any(claim.span[0] <= start < claim.span[1] for claim in found)
            if text[start].isupper() and not taken:
                found.append(Claim("name", text[start:end], (start, end)))
    return found


def _shouted_or_titled(line: str, language: str) -> bool:
    letters = [character for character in line if character.isalpha()]
    if letters and sum(character.isupper() for character in letters) / len(letters) > 0.6:
        return True
    long = [word for word in _TOKEN.findall(line) if len(word) > 3]
    return language == "en" and len(long) >= 3 and sum(word[0].isupper() for word in long) / len(long) > 0.75


def _unsupported(line: str, whole: str, offset: int, words: frozenset[str]) -> list[Claim]:
    """Runs of capitalised words; the first word of a sentence is a name only when it looks like one inside."""
    found: list[Claim] = []
    brands = [span for brand in BRANDS for span in find_phrase(line, brand)]
    for run in _runs(line):
        beside_brand = any(run[0].start() <= start < run[-1].end() for start, _end in brands)
        for token in run:
            inside_brand = any(start <= token.start() < end for start, end in brands)
            if inside_brand or _supported(token.group(), words, beside_brand) or _opens(token, whole, offset):
                continue
            span = (offset + token.start(), offset + token.end())
            if found and found[-1].span[1] + 1 == span[0]:
                span = (found[-1].span[0], span[1])
                found.pop()
            found.append(Claim("name", whole[span[0] : span[1]], span))
    return found


def _runs(line: str) -> list[list[re.Match[str]]]:
    runs: list[list[re.Match[str]]] = []
    for token in _TOKEN.finditer(line):
        if not token.group()[0].isupper():
            continue
        if runs and line[runs[-1][-1].end() : token.start()].strip() in ("", "&"):
            runs[-1].append(token)
        else:
            runs.append([token])
    return runs


def _supported(token: str, words: frozenset[str], beside_brand: bool) -> bool:
    plain = re.findall(r"\w+", folded(token)[0])
    known = all(part in words for part in plain)
    return known or len(token) == 1 or (not beside_brand and folded(token)[0].strip() in ORDINARY)


def _opens(token: re.Match[str], whole: str, offset: int) -> bool:
    """True for an ordinary first word of a sentence: a capital letter there says nothing."""
    start = offset + token.start()
    odd = token.group()[1:] != token.group()[1:].lower()
    return not odd and bool(_STARTS.search(whole[:start]) or not whole[:start].strip())
