"""Read the claims of a text: every figure, date, deadline and benefit once, each by the first reader that knows it. Pure."""

import re
from collections.abc import Callable

from campaigns import amounts, days
from campaigns.claims import Claim, masked, placed

BENEFITS: dict[str, re.Pattern[str]] = {
    "free": re.compile(
        r"\b(?:gr[áa]tis|gratuit\w+|de\s+gra[çc]a|(?:como\s+|uma\s+|em\s+)cortesia|cortesia\s+da"
        r"|sem\s+(?:nenhum\s+|qualquer\s+)?custos?(?:\s+adiciona\w+|\s+extra)?"
        r"|sem\s+(?:nenhuma\s+)?(?:cobran[çc]a|tarifa|taxa|mensalidade|juros)\w*|isen[çct]\w+|(?:custo|taxa|tarifa)\s+zero|zero\s+(?:custo|taxa|juros)"
        r"|por\s+nossa\s+conta|n[ãa]o\s+(?:paga|cobramos)\s+nada"
        r"|(?<!feel\s)(?<!feel\sso\s)(?<!stress[\s-])(?<!hassle[\s-])(?<!risk[\s-])(?<!toll[\s-])(?<!hands[\s-])free(?!\s+(?:up|to|time|slot|moment|hour|on|at|your|from|tomorrow|next|this|(?:mon|tues|wednes|thurs|fri)day)\b)"
        r"(?:\s+of\s+charge)?|(?:at\s+|for\s+)?no\s+(?:extra\s+|additional\s+|setup\s+|opening\s+|implementation\s+)?(?:cost|charge|fee)s?|complimentary|waiv\w*|on\s+the\s+house|interest[\s-]free)\b",
        re.I,
    ),
    "bonus": re.compile(
        r"\b(?:b[ôo]nus|brindes?|de\s+presente|cashback|gifts?|bonus|voucher|cupom|vale-presente|(?:um|uma|dois|duas|tr[êe]s|\d+)\s+(?:m[êe]s|meses)\s+(?:extras?|adiciona\w+|a\s+mais)|(?:an?|one|two|three|\d+)\s+(?:extra|additional|more|free)\s+months?|buy\s+one)\b",
        re.I,
    ),
    "guarantee": re.compile(
        r"\b(?:garantia\w*|garantid\w+|garantimos|garanto|guarante\w+|money[\s-]back|dinheiro\s+de\s+volta|devolvemos)\b",
        re.I,
    ),
}
_READERS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], str, str], Claim | None]], ...] = (
    (amounts.MONEY, amounts.money),
    (amounts.FRACTION, amounts.fraction),
    (amounts.PERCENT, amounts.percent),
    (days.DEADLINE, days.deadline),
    (amounts.DECADE, amounts.decade),
    (amounts.TIMES, amounts.times),
    (amounts.VAGUE, amounts.vague),
    (amounts.SINGLE, amounts.single),
    (amounts.NUMBER, amounts.number),
)


def find(text: str, language: str) -> list[Claim]:
    """The claims of a text but names and comparisons, in reading order; merge fields and list marks are no claims."""
    rest = masked(text)
    found: list[Claim] = []
    for match in days.dates(rest, language):
        rest = _take(days.date_claim(match, rest, language), found, rest)
    for pattern, make in _READERS:
        for match in pattern.finditer(rest):
            rest = _take(make(match, rest, language), found, rest)
    near = placed(found, masked(text))
    ends = {claim.span[1] for claim in near if claim.kind in ("percent", "money")}
    figures = [amounts.with_role(claim, follows=claim.span[0] - len(claim.before) in ends) for claim in near]
    for family, pattern in BENEFITS.items():
        figures += [Claim("benefit", match.group(), match.span(), family) for match in pattern.finditer(text)]
    return sorted(figures, key=lambda claim: claim.span)


def _take(claim: Claim | None, found: list[Claim], rest: str) -> str:
    """Keep the claim and blank its place, so that no later reader reads it again."""
    if claim is None:
        return rest
    found.append(claim)
    start, end = claim.span
    return rest[:start] + "\x00" * (end - start) + rest[end:]
