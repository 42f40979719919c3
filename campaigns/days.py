"""Dates and deadlines of a text, as Portuguese and English write them. Pure."""

# ruff: noqa: E501 - patterns are read alternative by alternative

import re

from campaigns import figures
from campaigns.claims import Claim
from campaigns.phrases import folded

_I = re.IGNORECASE
_LONG_PT = r"janeiro|fevereiro|mar[çc]o|abril|maio|junho|julho|agosto|setembro|outubro|novembro|dezembro"
_LONG_EN = r"january|february|march|april|may|june|july|august|september|october|november|december"
_SHORT_PT = r"jan|fev|mar|abr|mai|jun|jul|ago|set|out|nov|dez"
_SHORT_EN = r"jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec"
_DAY = r"(?:\d{1,2}(?:º|ª|°|o|st|nd|rd|th)?)"
_ORDINALS = {
    "primeiro": 1, "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9, "tenth": 10,
    "eleventh": 11, "twelfth": 12, "thirteenth": 13, "fourteenth": 14, "fifteenth": 15, "sixteenth": 16, "seventeenth": 17, "eighteenth": 18,
    "nineteenth": 19, "twentieth": 20, "thirtieth": 30,
}  # fmt: skip
_ORDINAL = "(?:(?:twenty|thirty)[\\s-])?(?:" + "|".join(sorted(_ORDINALS, key=len, reverse=True)) + ")"
_WEEKDAYS = {
    "segunda": 0, "terca": 1, "quarta": 2, "quinta": 3, "sexta": 4, "sabado": 5, "domingo": 6, "monday": 0, "tuesday": 1, "wednesday": 2,
    "thursday": 3, "friday": 4, "saturday": 5, "sunday": 6,
}  # fmt: skip
_PT_DAY = r"(?:segunda|ter[çc]a|quarta|quinta|sexta|s[áa]bado|domingo)"
_EN_DAY = r"(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday)"
_WEEKDAY = rf"(?:{_PT_DAY}(?:-feira|\s+feira)?|{_EN_DAY})"
_YEAR = r"(?P<y{0}>\d{{4}}|'?\d{{2}}(?!\d|\s*(?:%|anos|years|dias|days|h\b|:)))"


def _dates(language: str) -> re.Pattern[str]:
    """The pattern of one language; Portuguese month names are read in English texts too, short ones only in their own."""
    month = rf"(?:{_LONG_PT}|{_LONG_EN}|{_SHORT_EN if language == 'en' else _SHORT_PT})"
    only = rf"(?:{_LONG_EN}|{_SHORT_EN})"
    return re.compile(
        r"\b(?P<iso>\d{4}[-/]\d{1,2}[-/]\d{1,2})\b|(?<![\d/.,])(?P<slash>\d{1,2}\s?[/.-]\s?\d{1,2}\s?[/.-]\s?(?:\d{4}|\d{2})|\d{1,2}/\d{1,2})(?![\d/%])"
        r"|(?<![\d/.,])(?P<my>(?:0?[1-9]|1[0-2])/\d{4})(?![\d/])"
        rf"|\b(?P<d1>{_DAY}|{_ORDINAL}|{figures.SPELLED})\s+(?:de\s+|of\s+|/\s*)?(?P<m1>{month})\b\.?(?:,?\s+(?:de\s+|of\s+)?{_YEAR.format(1)})?"
        rf"|\b(?P<dm>\d{{1,2}})[-/](?P<mm>{month})\b\.?(?:[-/]{_YEAR.format(5)})?"
        rf"|\b(?P<m2>{only})\b\.?\s+(?:the\s+)?(?P<d2>\d{{1,2}}|{_ORDINAL})(?:st|nd|rd|th)?(?![\d%]|[.,]\d{{1,2}}(?!\d)|\s+(?:anos|years))(?:,?\s+(?P<y2>\d{{4}}))?"
        rf"|\b(?P<m3>{month})(?:\s+(?:de\s+|of\s+)?|/)(?P<y3>\d{{4}}|(?<=/)\d{{2}})\b"
        r"|\b(?P<quarter>(?:[1-4]\s?[ºo°]|primeiro|segundo|terceiro|quarto)\s+trimestre|(?:first|second|third|fourth)\s+quarter|Q[1-4]\b)(?:\s+(?:de\s+|of\s+)?(?P<y4>\d{4}))?"
        rf"|\b(?:em|at[ée]|in|by|until|since|desde|before|next|this|last|de|of|d?o\s+m[êe]s\s+de|from|para|through|late|early|mid-?|end\s+of)\s*\b(?P<m4>{_LONG_PT}|(?-i:January|February|March|April|May|June|July|August|September|October|November|December))\b(?!\s+(?:de\s+|of\s+)?\d)"
        r"|\b(?:no|ao|do|o|at[ée](?:\s+o)?|dia)\s+dia\s+(?P<alone>\d{1,2})\b(?!\s?[/.-]\s?\d)|\b(?:the|by|until|on)\s+(?P<alone2>\d{1,2}(?:st|nd|rd|th))\b(?!\s+(?!and|or|at|is|to)[a-z])", _I)  # fmt: skip


_PATTERNS = {"en": _dates("en"), "pt": _dates("pt")}
_SOON = (
    rf"hoje|amanh[ãa]|depois\s+de\s+amanh[ãa]|meia-noite|(?:o\s+|a\s+|este\s+|esta\s+)?(?:pr[óo]xim[oa]\s+)?(?:{_WEEKDAY})|o?\s*(?:natal|black\s+friday)|(?:o\s+)?(?:fim|final)\s+d[aoe]s?\s*(?:semana|m[êe]s|ano|dia|ste\s+\w+|sta\s+\w+)|esta\s+semana|este\s+m[êe]s"
    rf"|a\s+semana\s+que\s+vem|o\s+m[êe]s\s+que\s+vem|christmas|black\s+friday|year[\s-]end|eod|eow|today|tomorrow|tonight|midnight|(?:this|next)\s+(?:week|month|year|{_EN_DAY})|(?:the\s+)?(?:end|close)\s+of\s+(?:the\s+|this\s+|next\s+)?(?:day|week|month|quarter|year|business)"
)
DEADLINE = re.compile(
    rf"\b(?:at[ée]|s[óo]|somente|apenas|termina\w*|acaba\w*|expira\w*|encerra\w*|vence\w*|v[áa]lid[oa]s?|until|till|by|only|just|ends?|expires?|closes?|before|through|valid)\s+(?:(?:s[óo]|em|on|n[ao]|para)\s+)?(?:{_SOON})\b"
    rf"|\b(?:next|this|coming|on)\s+{_EN_DAY}\b|\b(?:(?:n?[ao]\s+)?pr[óo]xim[oa]|n?est[ae]|n[ao])\s+(?:{_PT_DAY})(?:-feira)?\b(?!\s+(?:parte|etapa|vez|fase|op[çc]|reuni|coluna|linha|maior))"
    r"|\b[úu]ltim[oa]s?\s+(?:chances?|dias?|horas?|vagas?|unidades?|oportunidades?)\b(?!\s+\d)|\b(?:por\s+)?tempo\s+limitado\b|\bvagas\s+limitadas\b|\b(?:restam|faltam)\s+poucos\b|\bpor\s+poucos\s+dias\b"
    r"|\b(?:acaba|termina|expira|ends|expires)\s+(?:logo|em\s+breve|soon|amanh[ãa]|hoje|tomorrow|today)\b|\bs[óo]\s+hoje\b|\btoday\s+only\b|\bact\s+now\b"
    r"|\b(?:last\s+chance|final\s+(?:days?|hours?|call)|limited[\s-]time|limited\s+(?:seats|spots)|few\s+(?:days|hours|spots|seats)\s+left|while\s+(?:supplies|stocks)\s+last)\b", _I)  # fmt: skip
# A weekday right beside a date, which was read before and stands as NUL characters.
_DATED_AFTER = re.compile(r"\s*[,(]?\s*(?:dia\s+|the\s+)?\x00", _I)
_DATED_BEFORE = re.compile(r"\x00\s*[,(]?\s*(?:uma\s+|a\s+)?$", _I)
_INVITES = re.compile(r"\b(?:convers\w+|fal(?:ar|amos)|reuni\w+|liga\w*|call|chat|talk|meet\w*|speak|que\s+tal|pod(?:emos|e)|disponibilidade|agenda\w*|hor[áa]rio|mostr\w+|dispon[íi]vel|available|free|show|suit\w*|work\s+for\s+you)\b", _I)  # fmt: skip
# A day without "until": "on Wednesday", "next Friday".
_BARE = re.compile(r"(?:n?[ao]|on|next|this|pr[óo]xim\w+|n?est[ae])\b", _I)
_BEFORE_DATE = re.compile(rf"\b(?P<day>{_WEEKDAY})(?:,|\s*\(|\s+dia|\s)\s*(?:dia\s+|the\s+)?$", _I)
_AFTER_DATE = re.compile(rf"^\s*(?:,|\()\s*(?:uma\s+|a\s+)?(?P<day>{_WEEKDAY})\b", _I)
VALIDITY = re.compile(
    r"\b(?:v[áa]lid\w*|vale(?:m)?|vig[êe]ncia|validade|condi[çc][ãa]o|condi[çc][õo]es|oferta|proposta|desconto|pre[çc]o|benef[íi]cio|valid|offer|discount|terms|price|available|good)\b",
    _I,
)
UNTIL = re.compile(r"(?:\bat[ée]|expira\w*|termina\w*|encerra\w*|prazo|\buntil|\btill|\bby|\bexpires?|\bends?|deadline|\bthrough)\b[^.!?]{0,24}$", _I)  # fmt: skip


# What the date behind it is of: the beginning of something, the end of something, the end of the offer.
SINCE = re.compile(r"\b(?:desde|since)\s+(?:o\s+|the\s+)?(?:dia\s+)?$", _I)
ENDS = re.compile(
    r"\b(?:termina|acaba|vence|encerra\w*|expira|renova(?:-se)?|vai\s+at[ée]|ends|expires|renews|[ée])\s*(?:em|no|on|in)?\s*(?:dia\s+)?$",
    _I,
)
ENDS_OFFER = re.compile(
    r"\b(?:oferta|proposta|condi[çc][ãa]o|condi[çc][õo]es|desconto|offer|discount|terms)\b[^.!?]{0,30}\b(?:acaba\w*|vence\w*|fecha\w*|termina\w*|closes?|aceite)\b[^.!?]{0,12}$|\b(?:data\s+limite|prazo|vig[êe]ncia\s+da\s+(?:proposta|oferta))[^.!?]{0,16}$",
    _I,
)


def dates(text: str, language: str) -> list[re.Match[str]]:
    """Everything in a text that reads as a date."""
    return list(_PATTERNS["en" if language == "en" else "pt"].finditer(text))


def date_claim(found: re.Match[str], text: str, language: str) -> Claim | None:
    """One date with its possible readings."""
    readings = _readings(found, language)
    return Claim("date", found.group(), found.span(), days=readings) if readings else None


def deadline(found: re.Match[str], text: str, language: str) -> Claim | None:
    """Urgency or a day without a date. A day that a question proposes for a talk is none, nor one beside its date."""
    start = max(text.rfind(mark, 0, found.start()) for mark in ".!\n?") + 1
    end = min((place for mark in ".!\n?" if (place := text.find(mark, found.end())) >= 0), default=len(text))
    proposed = text[end : end + 1] == "?" or _BARE.match(found.group())
    asked = proposed and _INVITES.search(text[start:end])
    dated = _DATED_AFTER.match(text[found.end() :][:16]) or _DATED_BEFORE.search(text[: found.start()][-12:])
    return None if asked or dated else Claim("deadline", found.group(), found.span())


def weekday_of(claim: Claim) -> int | None:
    """The weekday (Monday is 0) that stands right beside a date; None without one."""
    found = _BEFORE_DATE.search(claim.before) or _AFTER_DATE.search(claim.after)
    return _WEEKDAYS.get(folded(found.group("day"))[0].split()[0]) if found else None


def is_validity(claim: Claim) -> bool:
    """True when the sentence gives the date as the end of something."""
    return bool(UNTIL.search(claim.before) or UNTIL.search(claim.text[: 12]) or re.search(r"v[áa]lid|\bvalid\b", claim.before[-40:], _I))  # fmt: skip


def _readings(found: re.Match[str], language: str) -> tuple[tuple[int | None, int | None, int | None], ...]:
    part = found.groupdict()
    if part["iso"]:
        year, month, day = (int(number) for number in re.split(r"[-/]", part["iso"]))
        return ((year, month, day),)
    if part["slash"]:
        return _slashed(part["slash"], language)
    if part["my"]:
        of_year, shown = part["my"].split("/")
        return ((int(shown), int(of_year), None),)
    if part["alone"] or part["alone2"]:
        return ((None, None, int(re.sub(r"\D", "", part["alone"] or part["alone2"]))),)
    if part["quarter"]:
        first = 3 * _quarter(part["quarter"]) - 2
        return tuple((_year(part["y4"]), month, None) for month in range(first, first + 3))
    number = figures.month_of(part["m1"] or part["m2"] or part["m3"] or part["m4"] or part["mm"] or "")
    if number is None:
        return ()
    shown = part["y1"] or part["y2"] or part["y3"] or part["y5"]
    return ((_year(shown), number, _day(part["d1"] or part["d2"] or part["dm"])),)


def _slashed(text: str, language: str) -> tuple[tuple[int | None, int | None, int | None], ...]:
    numbers = [int(number) for number in re.split(r"\s?[/.-]\s?", text)]
    year = None if len(numbers) < 3 else numbers[2] + (2000 if numbers[2] < 100 else 0)
    orders = [(numbers[1], numbers[0])] + ([(numbers[0], numbers[1])] if language == "en" else [])
    # what is no day of any month stays a date that nothing can support
    return tuple((year, month, day) for month, day in orders if 1 <= month <= 12) or ((year, 0, 0),)


def _quarter(text: str) -> int:
    plain = folded(text)[0]
    for number, names in enumerate((("1", "primeiro", "first"), ("2", "segundo", "second"), ("3", "terceiro", "third")), 1):  # fmt: skip
        if any(name in plain for name in names):
            return number
    return 4


def _year(text: str | None) -> int | None:
    return None if not text else int(text.strip("'")) + (2000 if len(text.strip("'")) == 2 else 0)


def _day(text: str | None) -> int | None:
    if not text:
        return None
    if re.match(r"\d", text):
        return int(re.match(r"\d+", text).group())  # type: ignore[union-attr]
    words = re.split(r"[\s-]+", folded(text)[0].strip())
    if words[-1] in _ORDINALS:
        return _ORDINALS[words[-1]] + {"twenty": 20, "thirty": 30}.get(words[0] if len(words) > 1 else "", 0)
    value = figures.spelled(text)
    return int(value) if value is not None else 0
