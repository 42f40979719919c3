"""Who is reached and what may leave, as plain rules over facts. Pure: the statements of audience and gate say the same in SQL.

The statements decide, because only they see what changed a moment ago; they report the facts that they saw, and these rules
say again what follows from them. A replay compares the two.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from campaigns import policies

CALL_INSTEAD = frozenset({"no_contact", "bounced", "no_consent"})
LATER = frozenset({"not_sending", "policy_changed", "approval", "channel_closed", "contact_changed", "quiet_hours"})

# Why a customer is not what rules or the offer ask for.
SCREENED = ("ineligible", "inapplicable", "unsuitable", "too_costly", "not_eligible")

# What is true of one customer of a target, a letter each.
FACTS: dict[str, str] = {
    "m": "merged",
    "t": "contested",
    "o": "objected",
    "n": "not_eligible",
    "i": "ineligible",
    "a": "inapplicable",
    "u": "unsuitable",
    "v": "too_costly",
    "p": "outcome_pause",
    "c": "capped",
    "r": "outranked",
    "k": "contact",
    "x": "erased",
    "e": "email",
    "b": "bounced",
    "g": "granted",
    "d": "denied",
}


@dataclass(frozen=True)
class Terms:
    """What one campaign's audience is classified by. ``salt`` starts the hash that draws the hold-out."""

    salt: str
    hold_out: float
    by_call: bool
    calls: bool
    consent_required: bool
    follow_up: bool


def drawn(salt: str, code: str) -> float:
    """A customer's place between 0 and 1 in the draw of the hold-out: always the same for the same salt and code."""
    return int(hashlib.sha256(f"{salt}{code}".encode()).hexdigest()[:8], 16) / 2**32


def audience(facts: str, code: str, terms: Terms) -> tuple[str, str]:
    """(outcome, reason) of one customer: mail, call, held_out, out or later; ``facts`` are letters of ``FACTS``."""
    reason = _reason(facts, terms)
    call = reason == "by_call" or (terms.calls and "d" not in facts and reason in CALL_INSTEAD)
    if terms.follow_up and reason in ("capped", "outranked"):
        return "later", reason
    if (not reason or call) and drawn(terms.salt, code) < terms.hold_out:
        return "held_out", reason
    if not reason:
        return "mail", ""
    return ("call" if call else "out"), reason


def _reason(facts: str, terms: Terms) -> str:
    for letter in "mtoniauvpcr":
        if letter in facts:
            return FACTS[letter]
    denied = "d" in facts
    if terms.by_call:
        return "no_consent" if denied else "by_call"
    refused = denied or (terms.consent_required and "g" not in facts)
    tests = {
        "no_contact": "k" not in facts or ("e" not in facts and "x" not in facts),
        "erased": "x" in facts,
        "bounced": "b" in facts,
        "no_consent": refused,
    }
    return next((reason for reason, holds in tests.items() if holds), "")


@dataclass(frozen=True)
class Mail:
    """What the gate saw of one message: contacts and rejections are counted in each window of the policy, in its order."""

    status: str
    edition: str
    approvals: int
    needed: int
    merged: bool
    objection: str
    contact: bool
    erased: bool
    bounced: bool
    granted: bool | None
    answered: bool
    rejections: Sequence[int]
    contacts: Sequence[int]
    same_address: bool
    local: datetime
    screened: str = ""


def gate(mail: Mail, rules: Sequence[policies.Rule], unit: str, purpose: str) -> tuple[str, str]:
    """(state, reason) that follow for one message: dispatching, queued or suppressed."""
    caps = [most for cap in policies.applying(rules, "frequency_cap", unit) for _days, most in cap.windows]
    pauses = [pause.rejections for pause in policies.applying(rules, "outcome_pause", unit)]
    consents = policies.applying(rules, "consent", unit)
    required = not consents or any(purpose in consent.purposes for consent in consents)
    quiet = policies.applying(rules, "quiet_hours", unit)
    tests: Mapping[str, bool] = {
        "not_sending": mail.status != "sending",
        "policy_changed": mail.edition != "published",
        "approval": mail.approvals < mail.needed,
        "channel_closed": "email" not in policies.open_channels(rules, unit, purpose),
        "merged": mail.merged,
        "contested": mail.objection == "contested",
        "objected": mail.objection == "objected",
        **{reason: mail.screened == reason for reason in SCREENED},
        "no_contact": not mail.contact,
        "erased": mail.erased,
        "bounced": mail.bounced,
        "no_consent": mail.granted is False or (required and mail.granted is None),
        "answered": mail.answered,
        "outcome_pause": any(count >= most for count, most in zip(mail.rejections, pauses, strict=True)),
        "capped": any(count >= most for count, most in zip(mail.contacts, caps, strict=True)),
        "contact_changed": not mail.same_address,
        "quiet_hours": any(policies.is_quiet(hours, mail.local) for hours in quiet),
    }
    reason = next((name for name, holds in tests.items() if holds), "")
    if not reason:
        return "dispatching", ""
    return ("queued" if reason in LATER else "suppressed"), reason
