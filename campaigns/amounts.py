"""Amounts of money, percentages, fractions, multiples and other figures of a text, as Portuguese and English write them. Pure."""

# ruff: noqa: E501 - patterns are read alternative by alternative

import re
from dataclasses import replace
from decimal import Decimal

from campaigns import figures
from campaigns.claims import Claim
from campaigns.phrases import folded

_I = re.IGNORECASE
_N, _S, _W = figures.NUMBER, figures.SCALE, figures.SPELLED
_SIGN = r"(?:R\$|US\$|U\$S?|BRL|USD|EUR|GBP|€|£|\$)"
_COIN = r"(?:reais|real|d[óo]lares|d[óo]lar|dollars?|euros?|pounds|BRL|USD|EUR)"
_TO = r"\s*(?:-|–|—|\ba\b|\bto\b|\bat[ée]\b)\s*"
_MOVED = r"(?<!from\s)(?<!ou\sde\s)(?<!ram\sde\s)(?<!iu\sde\s)"  # "from 80% to 91%", "passou de 80 a 91": two figures, no range
_OF = r"(?:\s+d[eo]|\s+of)?"
_PER = (
    r"(?:%|por\s*cento\b|per\s?cent\b|pct\b|p\.?p\.?(?!\w)|pontos\s+percentuais|percentage\s+points|percentage\s+point)"
)
MONEY = re.compile(
    rf"(?P<sign>{_SIGN})\s?(?:{_MOVED}(?P<low>{_N})(?:\s?(?P<lows>{_S})\b)?{_TO}(?:{_SIGN}\s?)?)?(?P<n1>{_N})(?:\s?(?P<s1>{_S})\b)?"
    rf"|\b(?P<n2>{_N})(?:\s?(?P<s2>{_S})\b)?{_OF}\s+(?P<coin1>{_COIN})\b"
    rf"|\b(?P<w>{_W}){_OF}\s+(?P<coin2>{_COIN})\b(?:\s+(?:e|and)\s+(?P<cents>{_W})\s+(?:centavos|cents)\b)?", _I)  # fmt: skip
PERCENT = re.compile(
    rf"(?<![\d.,])(?:{_MOVED}(?P<low>{_N})\s?(?:{_PER})?{_TO})?(?P<n>{_N})\s?{_PER}"
    rf"|\b(?P<w>{_W}|(?:uma?|one|zero)(?=\s+(?:v[íi]rgula|point)\b))(?:\s+(?:v[íi]rgula|point)\s+(?P<d>{_W})|(?P<plus>\s+(?:e\s+mei[oa]|and\s+a\s+half)))?\s+{_PER}", _I)  # fmt: skip
_CADA = r"(?:\s+(?:em|de|d[eo]s?)\s+cada\s+|\s+(?:out\s+of|in)\s+(?:every\s+|each\s+)?)"
FRACTION = re.compile(
    rf"\b(?P<a>\d{{1,3}}|{_W}|uma?|one){_CADA}(?P<b>\d{{1,3}}|{_W})\b(?!\s+(?:min|hour|hora|day|dia|week|seman|month|m[êe]s|year|ano))"
    r"|\b(?P<thirds>dois\s+ter[çc]os|two[\s-]+thirds)\b|\b(?P<third>(?:um\s+ter[çc]o|(?:a|one)[\s-]+third)(?=\s+(?:d[eoa]s?|of)\b|\s+(?:a\s+)?(?:mais|menos|more|less|off))|um\s+ter[çc]o|one[\s-]third)\b"
    r"|\b(?P<quarters>tr[êe]s\s+quartos|three[\s-]+quarters)\b|\b(?P<quarter>um\s+quarto|(?:a|one)[\s-]+quarter(?=\s+(?:of\s+(?:your|the|all|our)|off|less|more)))\b(?!\s+(?:of\s+)?(?:the\s+)?year)"
    r"|\b(?P<fifth>um\s+quinto|(?:a|one)\s+fifth)\b"
    r"|\b(?P<off>(?:pela|na|[àa])\s+metade|metade\s+do\s+(?:pre[çc]o|valor|custo)|half[\s-](?:the\s+)?(?:price|off|cost))\b"
    r"|\b(?P<half>metade(?!\s+d[oa]\s+(?:ano|m[êe]s|semestre|caminho|dia))|(?:by|in)\s+half\b(?!\s+(?:an?|the)\b)|halv(?:e|es|ed|ing)\b|by\s+a\s+half\b|half\s+(?:of\s+)?(?:the|your|their|our|all|of)(?!\s+(?:the\s+)?(?:year|month|day|battle|way)))\b", _I)  # fmt: skip
_FRACTIONS = {"thirds": ("66.67", 3), "third": ("33.33", 3), "quarters": ("75", 2), "quarter": ("25", 2), "fifth": ("20", 2), "half": ("50", 2)}  # fmt: skip
TIMES = re.compile(
    rf"\b(?:(?P<n>{_N})\s?(?:x\b(?!\s?\d)|×|-?\s?fold\b|\s?vezes\b|\s?times\b)|(?P<w>{_W})[\s-]?(?:vezes|times|fold)\b"
    r"|(?P<two>dobr(?:o|a|ou|am|aram|ar|amos|ando|e|em)|duplic\w+|twice|doubl(?:e|es|ed|ing)(?!-|\s+(?:check|click|opt)))"
    r"|(?P<three>(?:o|ao)\s+triplo|triplic\w+|tripl(?:e|es|ed|ing)|threefold)|(?P<two2>twofold)|(?P<four>qu[áa]drupl\w+|quadruplic\w+))\b", _I)  # fmt: skip
DECADE = re.compile(rf"\b(?P<w>uma|duas|tr[êe]s|an?|one|two|three|{_N})\s+(?:d[ée]cadas?|decades?)\b", _I)
SINGLE = re.compile(
    r"\b(?:h[áa]|faz|for|over|de|after|ap[óo]s|completa\w*|h[áa]\s+mais\s+de)\s+(?P<w>uma?|one|a)\s+(?P<noun>anos?|m[êe]s|years?|month|semestre|trimestre)\b(?!\s+(?:d[eo]|novo|new|of|atr))",
    _I,
)
VAGUE = re.compile(
    r"\b(?:dezenas|centenas|milhares|milh[õo]es|bilh[õo]es|dozens|hundreds|thousands|millions|billions|tens|centena|dezena)\s+(?:d[eo]s?|of)\b|\b(?:by\s+(?:thousands|hundreds|millions)|aos\s+milhares|ilimitad[oa]s?|unlimited)\b"
    r"|\b(?:d[íi]gitos|double[\s-]digit|triple[\s-]digit|six[\s-]figure)\b", _I)  # fmt: skip
NUMBER = re.compile(
    rf"(?<![\w.,/$-])(?:{_MOVED}(?P<low>{_N})\s?(?:-|–|\ba\b|\bto\b)\s?)?(?P<n>{_N})(?:\s?(?P<s>{_S})\b)?|\b(?P<w>{_W})\b|(?<=-)(?P<n2>{_N})\b", _I
)  # fmt: skip
# "four and a half hours", "quatro horas e meia"
_AND_A_HALF = re.compile(r"(?P<en>\s+and\s+a\s+half\b)|\s+[^\W\d_]+\s+e\s+mei[oa]\b", _I)
NOUN = re.compile(
    r"[\s-]+(?:(?:d[eoa]s?|of|em|the|full|novos?|novas?|new|active|open|primeir[oa]s|first|[úu]ltim[oa]s|last|interest-free)\s+)?([^\W\d_]+)"
)

_HEDGES = (
    ("over", re.compile(r"\b(?:mais\s+d[eao]s?|acima\s+de|over|more\s+than|above|upwards\s+of|superior(?:es)?\s+a|passou\s+d[eao]s?|passa\s+d[eao]s?)\s*(?:R\$\s?)?$", _I)),
    ("under", re.compile(r"\b(?:quase|menos\s+d[eao]s?|perto\s+d[eo]s?|almost|nearly|just\s+under|under|close\s+to|less\s+than)\s*(?:R\$\s?)?$", _I)),
    ("about", re.compile(r"\b(?:cerca\s+de|aproximadamente|por\s+volta\s+de|em\s+torno\s+de|algo\s+como|uns|umas|about|around|roughly|approximately|some|circa)\s*$|~\s?$", _I)),
)  # fmt: skip
DISCOUNT_AFTER = re.compile(
    r"^\s*(?:(?:d[eo]|of|em|as\s+a|a)\s+)?(?:(?!e\b|and\b|mas\b|but\b)\w+\s+){0,2}?(?:descont\w+|abatimento|off\b|discount\w*|rebate|cashback|mais\s+barat\w+|cheaper|a\s+menos\s+(?:n[oa]|em)|less\s+(?:on|for)\b|lower\s+price|de\s+redu[çc][ãa]o\s+n[oa]\s+(?:pre[çc]o|valor|mensalidade))",
    _I,
)
DISCOUNT_BEFORE = re.compile(
    r"(?:descont\w+|abatimento|discount\w*|rebate|cashback|sav(?:e|es|ing|ings)|economi\w+|poup\w+|off)\b(?:(?!\b(?:por|for|at|sai|fica|price|pre[çc]o|fee|mensalidade|valor|costs?)\b)[^.!?\d%]){0,40}$",
    _I,
)
PRICE_BEFORE = re.compile(
    r"(?:\b(?:por|for|at|a|sai|fica)(?:\s+(?:apenas|somente|s[óo]|only|just))?|\b(?:custa\w*|costs?|pre[çc]os?|prices?|priced|mensalidade|fee|a\s+partir\s+de|starting\s+at|investimento|investment|valor\s+(?:de|[ée])|apenas|somente|s[óo]|only|just)\b(?:[^\d.!?]{0,40})?)\s*$",
    _I,
)

# Figures that speak of the message or of the talk that it proposes, not of the customer: no claim.
_TALK = re.compile(
    r"\b(?:(?<!station\s)conversa(?!s)\w*|reuni[ãa]o|liga[çc][ãa]o|chamada|bate-papo|papo|caf[ée]|call|chat|talk|conversation\b|meeting|agenda|reserv\w+|separ\w+|spare|leva\w*|take[sn]?|toma\w*|responde\w*|reply|answer\w*|calendar|respondo|tem|have|got|dedic\w+|slot|tempo|time|leitura|read)\b",
    _I,
)
_MEASURED = re.compile(
    r"\b(?:m[ée]di[oa]|em\s+m[ée]dia|average|on\s+average|resposta|response|espera|waiting?|handl\w+|downtime|parad[oa]s?|cada\s+(?:chamado|pedido)|per\s+(?:ticket|order|call))\b",
    _I,
)
_MINUTES = re.compile(r"^min(?:s|utos?|utes?|utinhos)?$", _I)
_OWN_THINGS = re.compile(
    r"^(?:motivos?|raz(?:[ãa]o|[õo]es)|perguntas?|op[çc](?:[ãa]o|[õo]es)|caminhos?|passos?|etapas?|pontos?|ideias?|coisas?|formas?|maneiras?|palavras?|palavrinhas|linhas?|cliques?"
    r"|reasons?|questions?|options?|steps?|ways?|things?|ideas?|points?|words?|lines?|clicks?|possibilidades?|alternativas?|horários|times)$",
    _I,
)
_ORDINAL_ONE = re.compile(r"^(?:º|ª|°|o\b|a\b|st\b)")


# Idioms in which a number counts nothing.
_IDIOM = re.compile(
    r"\b(?:mil\s+(?:desculpas|perd[õo]es|maravilhas|e\s+uma|coisas|raz[õo]es)|thousand\s+(?:apologies|thanks|things)|thanks\s+a\s+million|million\s+thanks"
    r"|(?:ask|think|thinking|pens\w+)\s+(?:twice|duas\s+vezes)|once\s+or\s+twice|uma\s+ou\s+duas|um\s+ou\s+dois|one\s+or\s+two|(?:n?[oa]s|d[oa]s|n[óo]s|ess[ea]s|est[ea]s|entre|pel[oa]s|the|these|those|of\s+us)\s+(?:dois|duas|two)"
    r"|sete\s+chaves|dois\s+dedos|segundo\s+plano|four\s+corners|second\s+to)\b", _I)  # fmt: skip


def read(number: str, scale: str | None, language: str) -> tuple[Decimal, Decimal, Decimal | None]:
    """(value, step of rounding, the same in the other language's writing where that differs)."""
    by = figures.scale_of(scale)
    first = figures.decimal_of(number, language)
    second = figures.decimal_of(number, "pt-br" if language == "en" else "en")
    value, decimals = first if first else (Decimal(0), 0)
    other = second[0] * by if second and second[0] != value and "." in number else None
    return value * by, Decimal(by).scaleb(-decimals), other


def number_at(
    found: re.Match[str], names: tuple[str, ...], language: str
) -> tuple[Decimal, Decimal, Decimal | None] | None:
    """The first of the named digit groups, with the scale group beside it; else the words in group ``w``."""
    part = found.groupdict()
    for name in names:
        if part.get(name):
            return read(part[name], part.get(name.replace("n", "s")), language)
    value = figures.spelled(part["w"]) if part.get("w") else None
    if value is None:
        return None
    last = figures.scale_of(part["w"].split()[-1])
    return value, Decimal(last if value > last > 1 else 0), None


def low_of(found: re.Match[str], language: str) -> Decimal | None:
    """The lower end of a range, in the scale of the upper one; None where there is none."""
    text = found.groupdict().get("low")
    if not text:
        return None
    part = found.groupdict()
    return read(text, part.get("lows") or part.get("s1") or part.get("s"), language)[0]


def hedge(before: str) -> str:
    """ "over", "under" or "about" where the words right before a figure say so."""
    near = before[-24:]
    return next((name for name, pattern in _HEDGES if pattern.search(near)), "")


def money(found: re.Match[str], text: str, language: str) -> Claim | None:
    """One amount."""
    figure = number_at(found, ("n1", "n2"), language)
    if figure is None:
        return None
    part = found.groupdict()
    value, step, other = figure
    if part["cents"]:
        value += (figures.spelled(part["cents"]) or Decimal(0)) / 100
    marks = folded((part["sign"] or "") + (part["coin1"] or "") + (part["coin2"] or ""))[0]
    foreign = bool(re.search(r"us|dol|eur|gbp|pound", marks)) or (part["sign"] or "") in ("€", "£")
    return Claim(
        "money", found.group(), found.span(), "", value, step, other=other, low=low_of(found, language), currency="" if foreign else "BRL"
    )  # fmt: skip


def percent(found: re.Match[str], text: str, language: str) -> Claim | None:
    """One percentage."""
    figure = number_at(found, ("n",), language)
    if figure is None:
        return None
    value, step, other = figure
    if found.group("d"):
        after = figures.spelled(found.group("d")) or Decimal(0)
        value, step = value + after / (10 if after < 10 else 100), Decimal("0.1")
    elif found.group("plus"):
        value, step = value + Decimal("0.5"), Decimal("0.1")
    step = step or Decimal(1)
    return Claim("percent", found.group(), found.span(), "", value, step, other=other, low=low_of(found, language))


def fraction(found: re.Match[str], text: str, language: str) -> Claim | None:
    """A share in words: "um terço", "half of", "3 em cada 10"."""
    if found.group("off"):
        return Claim("percent", found.group(), found.span(), "discount", Decimal(50), Decimal(0))
    for name, (value, step) in _FRACTIONS.items():
        if found.group(name):
            return Claim("percent", found.group(), found.span(), "", Decimal(value), Decimal(step))
    part, whole = (_small(found.group(name)) for name in ("a", "b"))
    if not part or not whole or part > whole:
        return None
    return Claim("percent", found.group(), found.span(), "", part * 100 / whole, min(Decimal(5), 100 / whole))


def times(found: re.Match[str], text: str, language: str) -> Claim | None:
    """A multiple: "3x", "o dobro", "twice"."""
    named = {"two": 2, "two2": 2, "three": 3, "four": 4}
    value = next((Decimal(own) for name, own in named.items() if found.group(name)), None)
    figure = number_at(found, ("n",), language) if value is None else (value, Decimal(0), None)
    if figure is None:
        return None
    claim = Claim("number", found.group(), found.span(), "times", figure[0], Decimal(0))
    return None if is_idiom(claim, text) else claim


def decade(found: re.Match[str], text: str, language: str) -> Claim | None:
    """ "Há duas décadas": a number of years, to the nearest five."""
    count = _small(found.group("w"))
    return Claim("number", found.group(), found.span(), "", count * 10, Decimal(5), noun="anos") if count else None


def single(found: re.Match[str], text: str, language: str) -> Claim | None:
    """ "Há um ano": the one case in which "um" counts."""
    return Claim("number", found.group("w"), found.span("w"), "", Decimal(1), Decimal(0), noun=found.group("noun"))


def vague(found: re.Match[str], text: str, language: str) -> Claim | None:
    """ "Milhares de": a figure that nobody can check, unless the offer's own words say it."""
    return Claim("number", found.group(), found.span(), "vague")


def number(found: re.Match[str], text: str, language: str) -> Claim | None:
    """Any other figure, unless it speaks of the message itself."""
    figure = number_at(found, ("n", "n2"), language)
    if figure is None:
        return None
    value, step, other = figure
    end = found.end()
    if half := _AND_A_HALF.match(text[end : end + 40]):
        value, step = value + Decimal("0.5"), Decimal(0)
        end += half.end("en") if half["en"] else 0
    after = NOUN.match(text[end : end + 40])
    noun = after.group(1) if after else ""
    claim = Claim("number", found.group(), found.span(), "", value, step, noun=noun, other=other, low=low_of(found, language))  # fmt: skip
    return None if _ordinary(claim, text) else claim


def with_role(claim: Claim, follows: bool = False) -> Claim:
    """The claim with what its sentence presents it as: "discount", "price" or nothing."""
    if claim.kind not in ("money", "percent", "number") or claim.role:
        return claim
    # "18% de desconto, R$ 720": the word belongs to the figure before.
    own = DISCOUNT_AFTER.match(claim.before) if follows else None
    near = claim.before[own.end() if own else 0 :][-70:]
    if claim.kind != "number" and (DISCOUNT_AFTER.search(claim.after) or DISCOUNT_BEFORE.search(near)):
        return replace(claim, role="discount", hedge=hedge(near))
    price = claim.kind != "percent" and PRICE_BEFORE.search(near)
    if claim.kind == "number" and (claim.noun or not re.search(r"[.,]\d\d$", claim.text)):
        price = None
    return replace(claim, role="price" if price else "", hedge=hedge(near))


def is_idiom(claim: Claim, text: str) -> bool:
    """True for "mil desculpas", "think twice" and the like."""
    start = max(0, claim.span[0] - 30)
    return any(
        match.start() + start < claim.span[1] and claim.span[0] < match.end() + start
        for match in _IDIOM.finditer(text[start : claim.span[1] + 20])
    )


def _ordinary(claim: Claim, text: str) -> bool:
    value = claim.value or Decimal(0)
    around = text[max(0, claim.span[0] - 45) : claim.span[1] + 45]
    if is_idiom(claim, text):
        return True
    if _MINUTES.match(claim.noun) and value <= 60 and _TALK.search(around) and not _MEASURED.search(around):
        return True
    if value <= 5 and _OWN_THINGS.match(claim.noun):
        return True
    return value == 1 and (bool(_ORDINAL_ONE.match(text[claim.span[1] :])) or (claim.text == "1" and claim.noun != ""))


def _small(text: str) -> Decimal | None:
    if text.isdigit():
        return Decimal(text)
    return {"um": Decimal(1), "uma": Decimal(1), "one": Decimal(1), "a": Decimal(1), "an": Decimal(1)}.get(
        text.lower(), figures.spelled(text)
    )
