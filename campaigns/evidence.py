"""Evidence: every figure, price, discount, date, product and name in a draft must rest on a fact or on the offer. Pure.

``check`` reads a text as a careful auditor would and says what nothing supports. It knows no company and no database: facts,
offer, links and limits come from the caller, so the same function judges our own drafts, a model's, a person's edit and
the files of ``check_draft``.
"""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from campaigns import claims
from campaigns.claims import Claim, Support
from campaigns.names import find_names
from campaigns.phrases import find_phrase

Field = Literal["subject", "body"]


def _(message: str) -> str:
    """Mark an English message for translation; whoever shows it translates it."""
    return message


MESSAGES: dict[str, str] = {
    "unsupported_money": _("No fact and no offer supports the amount “%(text)s”."),
    "unsupported_percent": _("No fact and no offer supports the percentage “%(text)s”."),
    "unsupported_number": _("No fact and no offer supports the figure “%(text)s”."),
    "unsupported_date": _("No fact and no offer supports the date “%(text)s”."),
    "unsupported_name": _("No fact and no offer supports the name “%(text)s”."),
    "unsupported_benefit": _("The offer does not grant “%(text)s”."),
    "discount_mismatch": _("The discount “%(text)s” is not the offer's (%(allowed)s)."),
    "discount_above_ceiling": _("The discount %(text)s is above the policy's ceiling of %(allowed)s%%."),
    "price_mismatch": _("The price “%(text)s” is not the offer's (%(allowed)s)."),
    "validity_mismatch": _("The date “%(text)s” is not the end of the offer (%(allowed)s)."),
    "relative_deadline": _("“%(text)s” is a deadline that no fact supports: give the offer's date."),
    "figure_out_of_context": _("“%(text)s” matches a fact of another meaning (%(allowed)s): check the sentence."),
    "forbidden_claim": _("The phrase “%(text)s” may not be used."),
    "unknown_field": _("“%(text)s” is not a merge field. Use the contact's first name, the customer's name or a link."),
    "unknown_link": _("“%(text)s” is not a link of the catalogue."),
    "raw_link": _("“%(text)s” is an address of its own: use a link of the catalogue."),
    "markup": _("“%(text)s” is markup: a message is plain text."),
    "hidden_character": _("The text contains an invisible character (%(text)s)."),
    "no_opt_out": _("The message does not offer to unsubscribe."),
    "empty": _("The message has no subject or no body."),
    "subject_too_long": _("The subject has %(text)s characters; inboxes cut it after %(allowed)s."),
    "unknown_fact": _("The sentence names the fact “%(text)s”, which does not exist."),
    "offer_expired": _("The offer ended on %(text)s."),
}
WARNINGS = frozenset({"figure_out_of_context", "subject_too_long"})
SUBJECT_LIMIT = 78


@dataclass(frozen=True)
class FactValue:
    """One checked figure. ``value`` is plain: "4210.50", "12.5" (percent), "2026-12-31", words."""

    key: str
    label: str
    value: str
    unit: str
    as_of: str = ""


@dataclass(frozen=True)
class OfferTerms:
    """The terms that a message may promise. ``words`` are the offer's own texts (benefit, in both languages)."""

    code: str
    name: str
    product: str = ""
    discount_percent: float = 0.0
    price: float | None = None
    valid_until: date | None = None
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Limits:
    """What policy says about words."""

    max_discount_percent: float = 100.0
    forbidden: tuple[str, ...] = ()


@dataclass(frozen=True)
class DraftText:
    """Subject and body with merge fields; ``sentences`` are (text, fact keys) where the drafter named them."""

    subject: str
    body: str
    sentences: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True)
class EvidenceFinding:
    """One claim that nothing supports: where it stands (``span`` within ``field``) and why it blocks or warns."""

    code: str
    severity: Literal["block", "warn"]
    field: Field
    sentence: str
    span: tuple[int, int]
    message: str
    params: dict[str, Any] = dataclasses.field(default_factory=dict)


def check(
    draft: DraftText,
    facts: Iterable[FactValue],
    offer: OfferTerms | None,
    limits: Limits,
    language: str,
    links: Sequence[str] | Mapping[str, str] = ("accept", "decline", "offer", "unsubscribe"),
    today: date | None = None,
) -> list[EvidenceFinding]:
    """All findings of a draft in reading order, blocking or not; an empty list means that every claim is supported.

    With ``today`` an offer that has ended blocks.
    """
    known = list(facts)
    support = Support.of([(fact.label, fact.value, fact.unit, fact.as_of) for fact in known], offer)
    found: list[EvidenceFinding] = []
    if not draft.subject.strip() or not draft.body.strip():
        found.append(_finding("empty", "body", draft.body, (0, 0), {}))
    for place, text in (("subject", draft.subject), ("body", draft.body)):
        found += _check_text(text, place, support, offer, limits, language, links)  # type: ignore[arg-type]
    found += _check_whole(draft, {fact.key for fact in known}, offer, limits, links, today)
    return sorted(found, key=lambda finding: (finding.field == "body", finding.span))


def supporting(sentence: str, facts: Iterable[FactValue], offer: OfferTerms | None, language: str) -> list[str]:
    """Keys of the facts that the claims of ``sentence`` rest on, for a sentence that a person wrote."""
    keys = []
    own = claims.find(sentence, language)
    for fact in facts:
        support = Support.of([(fact.label, fact.value, fact.unit, fact.as_of)], None)
        stated = any(claims.supported_by_fact(claim, support) for claim in own)
        quoted = fact.unit == "text" and len(fact.value) > 3 and bool(find_phrase(sentence, fact.value))
        if stated or quoted:
            keys.append(fact.key)
    return keys


def has_opt_out(links: Sequence[str] | Mapping[str, str]) -> bool:
    """True when one of the links unsubscribes."""
    return bool(claims.opt_outs(links))


def blocking(findings: Iterable[EvidenceFinding]) -> list[EvidenceFinding]:
    """Those that prevent approval."""
    return [finding for finding in findings if finding.severity == "block"]


def _check_text(
    text: str,
    place: Field,
    support: Support,
    offer: OfferTerms | None,
    limits: Limits,
    language: str,
    links: Sequence[str] | Mapping[str, str],
) -> list[EvidenceFinding]:
    found = []
    for code, span in claims.surface_problems(text, links):
        shown = f"U+{ord(text[span[0]]):04X}" if code == "hidden_character" else text[span[0] : span[1]]
        found.append(_finding(code, place, text, span, {"text": shown}))
    for phrase in limits.forbidden:
        found += [
            _finding("forbidden_claim", place, text, span, {"text": phrase}) for span in find_phrase(text, phrase)
        ]
    for claim in claims.find(text, language):
        verdict = _judge(claim, support, offer, limits)
        if verdict:
            code, allowed = verdict
            found.append(_finding(code, place, text, claim.span, {"text": claim.text, "allowed": allowed}))
    for claim in find_names(text, language, support.words, support.texts):
        found.append(_finding("unsupported_name", place, text, claim.span, {"text": claim.text}))
    return found


def _judge(claim: Claim, support: Support, offer: OfferTerms | None, limits: Limits) -> tuple[str, Any] | None:
    """The code and what would pass, or None when the claim is supported."""
    if claim.kind == "percent":
        return _judge_percent(claim, support, offer, limits)
    if claim.kind == "money":
        price = offer.price if offer else None
        if claim.role == "price" and not (price is not None and claim.equals(price)) and not support.quoted(claim):
            return ("price_mismatch", price) if price is not None else ("unsupported_money", None)
        return None if support.money(claim) else ("unsupported_money", None)
    if claim.kind == "date":
        ends = offer.valid_until if offer else None
        if claim.role == "validity" and ends is not None and not claim.same_day(ends):
            return "validity_mismatch", ends.isoformat()
        return None if support.day(claim) else ("unsupported_date", None)
    if claim.kind == "deadline":
        return None if support.quoted(claim) else ("relative_deadline", None)
    if claim.kind == "benefit":
        free = offer is not None and (offer.discount_percent == 100 or offer.price == 0)
        return None if free or support.quoted(claim) else ("unsupported_benefit", None)
    if not support.number(claim):
        return "unsupported_number", None
    elsewhere = support.other_meaning(claim)
    return ("figure_out_of_context", elsewhere) if elsewhere else None


def _judge_percent(claim: Claim, support: Support, offer: OfferTerms | None, limits: Limits) -> tuple[str, Any] | None:
    granted = offer.discount_percent if offer else 0.0
    if claim.role == "discount":
        if claim.value is not None and float(claim.value) > limits.max_discount_percent:
            return "discount_above_ceiling", f"{limits.max_discount_percent:g}"
        if not claim.equals(granted) or granted == 0:
            return None if support.quoted(claim) else ("discount_mismatch", f"{granted:g}%")
        return None
    return None if support.percent(claim) else ("unsupported_percent", None)


def _check_whole(
    draft: DraftText,
    keys: set[str],
    offer: OfferTerms | None,
    limits: Limits,
    links: Sequence[str] | Mapping[str, str],
    today: date | None,
) -> list[EvidenceFinding]:
    found = []
    if not claims.offers_opt_out(draft.body, links):
        found.append(_finding("no_opt_out", "body", draft.body, (len(draft.body), len(draft.body)), {}))
    if len(draft.subject) > SUBJECT_LIMIT:
        shown: dict[str, Any] = {"text": len(draft.subject), "allowed": SUBJECT_LIMIT}
        found.append(_finding("subject_too_long", "subject", draft.subject, (0, len(draft.subject)), shown))
    if offer and offer.discount_percent > limits.max_discount_percent:
        shown = {"text": f"{offer.discount_percent:g}%", "allowed": f"{limits.max_discount_percent:g}"}
        found.append(_finding("discount_above_ceiling", "body", "", (0, 0), shown))
    if offer and offer.valid_until and today and offer.valid_until < today:
        found.append(_finding("offer_expired", "body", "", (0, 0), {"text": offer.valid_until.isoformat()}))
    for text, named in draft.sentences:
        start = max(draft.body.find(text), 0)
        found += [
            _finding("unknown_fact", "body", draft.body, (start, start + len(text)), {"text": key})
            for key in named
            if key not in keys
        ]
    return found


def _finding(code: str, place: Field, text: str, span: tuple[int, int], params: dict[str, Any]) -> EvidenceFinding:
    severity: Literal["block", "warn"] = "warn" if code in WARNINGS else "block"
    shown = {"text": "", "allowed": "", **params}
    return EvidenceFinding(code, severity, place, claims.sentence_at(text, span), span, MESSAGES[code], shown)
