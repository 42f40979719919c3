"""The probabilities of trained models on the account page."""

from __future__ import annotations

from typing import Any

from accounts.models import Customer
from segments import queries, score_words


def chances(customer: Customer) -> list[dict[str, Any]]:
    """Each chance of a customer with its sentence and its drivers in words."""
    units = queries.unit_names()
    found = []
    for score in queries.chances_of(customer):
        unit = units.get(score.target, score.target)
        found.append(
            {
                "score": score,
                "title": score_words.title(score.kind, unit),
                "frequency": score_words.frequency(score.value or 0.0, score.kind, unit),
                "drivers": [score_words.driver(entry) for entry in score.drivers],
            }
        )
    return found
