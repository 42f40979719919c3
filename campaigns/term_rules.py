"""What the terms of an offer or of a strategy must fulfil whoever writes them: a form, the API, a file. Words per field."""

from typing import Any

from django.utils.translation import gettext as _

from campaigns import evidence, surface
from campaigns.models import THEMES, Offer, Play, Review, Strategy, Theme
from segments.rules import checks as rule_checks
from segments.rules import words as rule_words
from segments.rules.tree import Invalid

CLOSED_TEXT = frozenset({"markup", "unknown_field", "placeholder", "hidden_character", "mixed_alphabets"})
PAIRS = (("legal", "legal_en"), ("legal_en", "legal"))


def problems(row: Offer | Strategy) -> dict[str, str]:
    """What is wrong by field, in words that say what to do; empty when the terms may be saved."""
    return _of_offer(row) if isinstance(row, Offer) else _of_strategy(row)


def _of_offer(offer: Offer) -> dict[str, str]:
    found: dict[str, str] = {}
    if offer.valid_from and offer.valid_until and offer.valid_until < offer.valid_from:
        found["valid_until"] = _("The offer would end before it begins. Choose a later day.")
    for name, other in PAIRS:
        text = getattr(offer, name)
        if wrong := text_problem(text):
            found[name] = wrong
        elif not text.strip() and getattr(offer, other).strip():
            found[name] = _("The text is there in the other language: write it in this one too.")
    if offer.eligibility is not None and (wrong := condition_problem(offer.eligibility)):
        found["eligibility"] = wrong
    return found


def _of_strategy(strategy: Strategy) -> dict[str, str]:
    found: dict[str, str] = {}
    portfolio = THEMES.get(strategy.business_unit_id, {})
    if strategy.theme and strategy.theme not in portfolio:
        known = ", ".join(str(Theme(name).label) for name in portfolio) or _("none")
        found["theme"] = _("The portfolio of this business unit has: %(themes)s.") % {"themes": known}
    elif strategy.theme and strategy.play not in portfolio[strategy.theme]:
        fitting = ", ".join(str(Play(name).label) for name in portfolio[strategy.theme])
        found["play"] = _("This portfolio goes with the intention: %(plays)s.") % {"plays": fitting}
    if strategy.must_be_reviewed and strategy.review != Review.ALWAYS:
        found["review"] = _("Credit and payments are always reviewed by a person. Leave the review at “always”.")
    return found


def text_problem(text: str) -> str:
    """Why a text cannot go out word for word; empty when it can."""
    if "{{" in text or "}}" in text:
        return _("This text goes out as it is: merge fields have no place in it.")
    for code, (start, end) in surface.problems(text, ()):
        if code in CLOSED_TEXT:
            shown = f"U+{ord(text[start]):04X}" if code == "hidden_character" else text[start:end]
            return _(evidence.MESSAGES[code]) % {"text": shown}
    return ""


def condition_problem(conditions: Any) -> str:
    """What is wrong with a condition tree (``segments.rules``); empty when it may stand."""
    try:
        rule_checks.checked(conditions)
    except Invalid as refused:
        return " ".join(dict.fromkeys(rule_words.problem(problem) for problem in refused.problems))
    return ""
