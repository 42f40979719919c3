"""Surrogate rules as sentences, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from math import floor
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from b2shift.templatetags.b2shift import percent
from segments import wording
from segments.features import BY_NAME

COUNTED = ("count", "rank")
INDUSTRY = "industry:"
"""As ``segments.surrogates`` names its columns; web processes do not load that module."""


def condition(told: Mapping[str, Any]) -> str:
    """One condition: "monthly recurring revenue above R$ 2,100", "modules in use fewer than 2"."""
    if told["feature"].startswith(INDUSTRY):
        name = wording.industry(told["feature"].removeprefix(INDUSTRY))
        text = _("industry: %(name)s") if told["way"] == "above" else _("industry other than %(name)s")
        return text % {"name": name}
    feature = BY_NAME.get(told["feature"])
    if feature is None:  # a feature of an older version of the product
        return str(told["feature"])
    name = str(feature.meaning)
    name = name if name[:2].isupper() else name[:1].lower() + name[1:]
    text = _compared(told["way"], feature.unit, float(told["threshold"])) % {"name": name}
    return (
        _("%(condition)s or unknown") % {"condition": text} if told["or_unknown"] and told["way"] != "unknown" else text
    )


def _compared(way: str, unit: str, threshold: float) -> str:
    if way == "known":
        return _("%(name)s known")
    if way == "unknown":
        return _("%(name)s unknown")
    if unit in COUNTED:  # "above 1.5 modules" is nobody's language
        least = wording.amount(floor(threshold) + 1, unit)
        text = _("%(name)s of at least {limit}") if way == "above" else _("%(name)s below {limit}")
        return text.replace("{limit}", least.replace("%", "%%"))
    limit = wording.amount(threshold, unit).replace("%", "%%")
    text = _("%(name)s above {limit}") if way == "above" else _("%(name)s of at most {limit}")
    return text.replace("{limit}", limit)


def sentences(rules: Mapping[str, Any]) -> list[dict[str, str]]:
    """Each rule as ``{text, share, precision}``; nothing where no rule holds."""
    return [
        {
            "text": upper_first(wording.joined([condition(each) for each in rule["conditions"]])),
            "share": percent(rule["share"], 0),
            "precision": percent(rule["precision"], 0),
        }
        for rule in rules.get("rules", [])
    ]


def upper_first(text: str) -> str:
    """The text with a capital first letter, the rest as it is."""
    return text[:1].upper() + text[1:]


def both_languages(rules: Mapping[str, Any]) -> dict[str, list[str]]:
    """The rules in Portuguese and in English, for files and prompts."""
    found = {}
    for language in wording.LANGUAGES:
        with override(language):
            found[language] = [rule["text"] for rule in sentences(rules)]
    return found
