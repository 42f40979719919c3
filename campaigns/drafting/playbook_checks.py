"""What a playbook's texts must fulfil before they may be saved. Pure: limits and lists come from the caller.

A text states no figure, date, product or name by itself: those come from facts through slots. The message keeps the ways out
that the law and good manners ask for.
"""

import dataclasses
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from campaigns import claims, evidence
from campaigns.drafting.playbook import Texts, sentences_of, slots
from campaigns.evidence import DraftText, FactValue, Limits

SLOTS = (
    "offer.name",
    "offer.product",
    "offer.benefit",
    "offer.discount",
    "offer.price",
    "offer.valid_until",
    "tenure_min",
)
ALWAYS_KNOWN = frozenset({"offer.name", "offer.product", "offer.benefit"})
SUBJECTS = frozenset({"subject", "subject_again"})
WITHOUT_SLOTS = frozenset({"call_to_action", "decline", "sign_off", "opt_out"})
# What each text must hold, and the links that it may hold.
NEEDED = {
    "offer": "[offer.benefit]",
    "call_to_action": "{{ link.accept }}",
    "decline": "{{ link.decline }}",
    "opt_out": "{{ link.unsubscribe }}",
}
LINKS = {"call_to_action": {"accept", "offer"}, "decline": {"decline"}, "opt_out": {"unsubscribe"}}
LENGTHS = {
    "subject": 78, "subject_again": 78, "opening": 600, "value": 1200, "offer": 400, "call_to_action": 300, "decline": 300,
    "sign_off": 200, "opt_out": 300, "because": 300,
}  # fmt: skip
FIGURES = frozenset(
    {
        "unsupported_money", "unsupported_percent", "unsupported_number", "unsupported_date", "relative_deadline", "discount_mismatch",
        "price_mismatch", "validity_mismatch", "weekday_mismatch", "discount_above_ceiling", "unsupported_benefit",
    }
)  # fmt: skip
WHOLE = frozenset({"no_opt_out", "subject_too_long", "empty"})  # asked here of the fields themselves
_ANY_SLOT = re.compile(r"\[[^\[\]\n]{0,60}\]")
_FILLER = {"pt-br": "isto", "en": "this"}


def _(message: str) -> str:
    """Mark an English message for translation; whoever shows it translates it."""
    return message


MESSAGES = {
    "empty": _("This text is missing: write it."),
    "too_long": _("This text has %(text)s characters; at most %(allowed)s fit."),
    "unknown_slot": _("“%(text)s” is not a slot. The slots are: %(allowed)s."),
    "figure_without_slot": _(
        "“%(text)s” is a figure, a date or a benefit of its own: use a slot such as %(allowed)s, or take it out."
    ),
    "missing": _("Write %(allowed)s into this text: the message needs it."),
    "link_elsewhere": _("“%(text)s” does not belong here: each link has a text of its own."),
    "unknown_signal": _("“%(text)s” is not a figure that an opening can speak of."),
    "slot_not_here": _("This text must always be there and takes no slots: take “%(text)s” out."),
    "slot_may_be_unknown": _(
        "Some offers and segments have no %(text)s, and a subject cannot leave it out: take it out."
    ),
    "benefit_may_vanish": _(
        "The sentence with [offer.benefit] is left out where %(text)s is unknown: give %(text)s a sentence of its own."
    ),
}
SUGGESTED = {
    "unsupported_money": "[offer.price]",
    "price_mismatch": "[offer.price]",
    "unsupported_date": "[offer.valid_until]",
    "relative_deadline": "[offer.valid_until]",
    "validity_mismatch": "[offer.valid_until]",
    "unsupported_benefit": "[offer.benefit]",
}


@dataclass(frozen=True)
class Problem:
    """Why a text cannot be saved: the field (``because.nps_mean`` for an opening), a code, and an English message with its parts."""

    field: str
    code: str
    message: str
    params: dict[str, Any] = dataclasses.field(default_factory=dict)


def problems(
    texts: Texts, language: str, forbidden: Sequence[str], signals: Collection[str], names: Sequence[str] = ()
) -> list[Problem]:
    """All problems in the order of the fields; an empty list means that the texts may be saved.

    ``signals`` are the figures that openings may speak of, ``names`` proper names of the house (its units).
    """
    found: list[Problem] = []
    for name, text in fields_of(texts):
        kind = name.partition(".")[0]
        if kind == "because" and name.partition(".")[2] not in signals:
            found.append(_own(name, "unknown_signal", text=name.partition(".")[2]))
        found += _of_text(name, kind, text, language, forbidden, names)
    return found


def fields_of(texts: Texts) -> Iterator[tuple[str, str]]:
    """Each text with the name of its field, openings by signal last."""
    for each in dataclasses.fields(texts):
        if each.name not in ("because", "version"):
            yield each.name, getattr(texts, each.name)
    for figure, text in texts.because.items():
        yield f"because.{figure}", text


def _of_text(
    name: str, kind: str, text: str, language: str, forbidden: Sequence[str], names: Sequence[str]
) -> Iterator[Problem]:
    if not text.strip():
        yield _own(name, "empty")
        return
    if len(text) > LENGTHS[kind]:
        yield _own(name, "too_long", text=len(text), allowed=LENGTHS[kind])
    if kind in NEEDED and not _holds(text, NEEDED[kind]):
        yield _own(name, "missing", allowed=NEEDED[kind])
    yield from _slots(name, kind, text)
    yield from _links(name, kind, text)
    yield from _claims(name, kind, text, language, forbidden, names)


def _holds(text: str, needed: str) -> bool:
    return needed.replace(" ", "") in text.replace(" ", "")


def _slots(name: str, kind: str, text: str) -> Iterator[Problem]:
    known = {f"[{key}]" for key in slots(text) if key in SLOTS}
    for match in _ANY_SLOT.finditer(text):
        if match.group() not in known:
            yield _own(name, "unknown_slot", text=match.group(), allowed=", ".join(f"[{key}]" for key in SLOTS))
        elif kind in WITHOUT_SLOTS:
            yield _own(name, "slot_not_here", text=match.group())
        elif kind in SUBJECTS and match.group()[1:-1] not in ALWAYS_KNOWN:
            yield _own(name, "slot_may_be_unknown", text=match.group())
    if kind == "offer":
        for sentence in sentences_of(text):
            others = [key for key in slots(sentence) if key in SLOTS and key not in ALWAYS_KNOWN]
            if "offer.benefit" in slots(sentence) and others:
                yield _own(name, "benefit_may_vanish", text=f"[{others[0]}]")


def _links(name: str, kind: str, text: str) -> Iterator[Problem]:
    for match in claims.MERGE_FIELD.finditer(text):
        field = match.group(1)
        link = field.removeprefix("link.")
        if field.startswith("link.") and link in evidence.LINKS and link not in LINKS.get(kind, set()):
            yield _own(name, "link_elsewhere", text=match.group())


def _claims(
    name: str, kind: str, text: str, language: str, forbidden: Sequence[str], names: Sequence[str]
) -> Iterator[Problem]:
    """What the evidence check says about the text where slots are neutral words: whatever it finds has no fact behind it."""
    neutral = _ANY_SLOT.sub(_FILLER[language], text)
    facts = [FactValue(f"house.{number}", "house", value, "text") for number, value in enumerate(names)]
    limits = Limits(forbidden=tuple(forbidden))
    draft = DraftText(neutral, "") if kind in SUBJECTS else DraftText("", neutral)
    seen = set()
    for finding in evidence.check(draft, facts, None, limits, language):
        if finding.code in WHOLE or finding.params.get("text") in seen:
            continue
        seen.add(finding.params.get("text"))
        if finding.code in FIGURES:
            suggested = SUGGESTED.get(finding.code, "[offer.discount]")
            yield _own(name, "figure_without_slot", text=finding.params.get("text"), allowed=suggested)
        else:
            yield Problem(name, finding.code, finding.message, dict(finding.params))


def _own(name: str, code: str, **params: Any) -> Problem:
    return Problem(name, code, MESSAGES[code], params)
