"""What moved since an earlier run, in sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from b2shift.templatetags.b2shift import percent
from segments import wording
from segments.features import BY_NAME

NOTABLE, LARGE = 0.1, 0.25
"""As in ``segments.drift``, which web processes do not load: it needs numpy."""
COVERAGE = 0.05
SHOWN = 6


def level(psi: float) -> str:
    """How far a feature moved: a code for a badge's tone."""
    return "bad" if psi >= LARGE else "warn" if psi >= NOTABLE else "good"


def level_words(psi: float) -> str:
    """How far a feature moved, in a word or two."""
    return {"bad": _("moved a lot"), "warn": _("moved"), "good": _("stable")}[level(psi)]


def sentences(moved: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """The features that moved notably, the furthest first: ``{text, level, words}``."""
    notable = [row for row in moved if row["psi"] >= NOTABLE and row["name"] in BY_NAME]
    return [
        {"text": sentence(row), "level": level(row["psi"]), "words": level_words(row["psi"])} for row in notable[:SHOWN]
    ]


def sentence(row: Mapping[str, Any]) -> str:
    """How one feature moved: its median, or how many customers it is known of where that changed more."""
    feature = BY_NAME[row["name"]]
    words = {"name": str(feature.meaning)}
    known = {"before": percent(row["known_before"], 0), "after": percent(row["known_after"], 0)}
    if abs(row["known_after"] - row["known_before"]) >= COVERAGE:
        return _("%(name)s: known of %(before)s of the customers then, of %(after)s now.") % {**words, **known}
    medians = {
        "before": wording.amount(row["before"], feature.unit),
        "after": wording.amount(row["after"], feature.unit),
    }
    if medians["before"] == medians["after"]:
        return _("%(name)s: spread differently around the same median, %(after)s.") % {**words, **medians}
    return _("%(name)s: the median went from %(before)s to %(after)s.") % {**words, **medians}
