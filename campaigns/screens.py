"""What a customer must be like before a campaign speaks to it: typed conditions, judged one by one. Pure.

Conditions are the trees of ``segments.rules.tree``: truth has three values, and each clause says what becomes of those whom
the data do not decide. The statements of audience and gate say the same in SQL (``campaigns.eligibility``).
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from campaigns.policy_kinds import Clause
from segments.rules.tree import Branch, Condition, Field, Invalid, Known, conditions, holds, parse

# Kinds of rule that ask something of the customer, in the order in which they are judged, with the reason that they give.
REASONS: dict[str, str] = {"eligibility": "ineligible", "applicability": "inapplicable", "suitability": "unsuitable"}
OF_VALUE, OF_OFFER = "too_costly", "not_eligible"


@dataclass(frozen=True)
class Facts:
    """What is known of one customer, and the fields that conditions may speak of."""

    known: Known
    fields: Mapping[str, Field]


@dataclass(frozen=True)
class Screen:
    """One thing that is asked; ``reason`` is the code of whoever fails. Without a ``root`` (unreadable, or impossible) all fail.

    ``undecided``: whether those pass of whom the data do not tell.
    """

    reason: str
    root: Branch | None
    undecided: bool = False

    def passes(self, known: Known) -> bool:
        """Whether the customer passes."""
        if self.root is None:
            return False
        truth = holds(self.root, known)
        return self.undecided if truth is None else truth

    def asked(self) -> str:
        """The conditions in short, for a finding."""
        leaves = conditions(self.root) if self.root else ()
        return "; ".join(" ".join(map(str, filter(None, (leaf.field, leaf.operator, leaf.value)))) for leaf in leaves)

    def found(self, known: Known) -> dict[str, str]:
        """What is known of the customer about the fields that are asked for."""
        fields = dict.fromkeys(leaf.field for leaf in conditions(self.root)) if self.root else {}
        return {field: str(known.values.get(field)) for field in fields}


def of_clauses(
    reason: str, clauses: Iterable[Clause], play: str, purpose: str, product: str, fields: Mapping[str, Field]
) -> list[Screen]:
    """Those clauses that concern a campaign of this play and purpose; ``product`` is what its offer sells (empty: nothing)."""
    found = []
    for clause in clauses:
        if clause.concerns(play, purpose):
            try:
                parts = _parts(clause, product, fields)
            except Invalid:
                found.append(Screen(reason, None))
                continue
            if parts:
                found.append(Screen(reason, Branch("all", parts), clause.undecided == "let_pass"))
    return found


def of_value(cost: float, percent: float) -> Screen:
    """The customer pays enough in a year for ``cost`` (BRL) to be at most ``percent`` of it; unknown revenue does not pass."""
    if not percent:
        return Screen(OF_VALUE, None)
    least = math.ceil(round(cost * 10_000 / (12 * percent), 6)) / 100
    return Screen(OF_VALUE, Branch("all", (Condition("mrr", "at_least", least),)))


def of_offer(stored: Any, fields: Mapping[str, Field]) -> Screen:
    """The conditions that an offer carries itself: who cannot be decided may not receive it."""
    try:
        return Screen(OF_OFFER, parse(stored, fields))
    except Invalid:
        return Screen(OF_OFFER, None)


def _parts(clause: Clause, product: str, fields: Mapping[str, Field]) -> tuple[Branch | Condition, ...]:
    parts: list[Branch | Condition] = []
    if clause.conditions is not None:
        parts.append(parse(clause.conditions, fields))
    if clause.not_owning and product:
        parts.append(Condition("product", "none_of", (product,)))
    return tuple(parts)
