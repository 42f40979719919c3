"""Terms of offers and strategies as people read them: labels, values with their units, conditions as sentences."""

from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from b2shift.templatetags.b2shift import brl, day, percent
from campaigns import terms
from segments.rules import checks as rule_checks
from segments.rules import words as rule_words
from segments.rules.tree import Invalid


def label(model: Any, name: str) -> str:
    """The name of a term."""
    return capfirst(str(model._meta.get_field(name.removesuffix("_id")).verbose_name))


def terms_in_words(row: Any) -> dict[str, str]:
    """The terms of a row (or of a moment of its history) as a reader would write them, by field."""
    shown = {
        "discount_percent": lambda value: percent(value / 100, 2 if value % 1 else 0),
        "price": brl,
        "cost": brl,
        "valid_from": day,
        "valid_until": day,
        "eligibility": condition_in_words,
        "is_active": lambda value: _("yes") if value else _("no"),
    }
    found = {}
    for name in terms.OFFER_TERMS if hasattr(row, "product") else terms.STRATEGY_TERMS:
        value = getattr(row, name)
        choice = getattr(row, f"get_{name}_display", None)
        label = row.business_unit.name if name == "business_unit_id" else choice() if choice else value
        found[name] = _("nothing") if value in (None, "") else str(shown.get(name, str)(label))
    return found


def condition_in_words(conditions: Any) -> str:
    """A condition tree as a sentence; what is no longer readable is said to be so."""
    try:
        return rule_words.sentence(rule_checks.stored(conditions))
    except Invalid:
        return _("conditions that are no longer readable")
