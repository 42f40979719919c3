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

from campaigns import claims, comparisons, days, figures, reading, surface
from campaigns.claims import Claim
from campaigns.names import find_names
from campaigns.phrases import find_phrase
from campaigns.support import Support

Field = Literal["subject", "body"]


def _(message: str) -> str:
    """Mark an English message for translation; whoever shows it translates it."""
    return message


MESSAGES: dict[str, str] = {
    "unsupported_money": _(
        "Nothing supports the amount “%(text)s”: take it out, or use an amount of the facts or the offer."
    ),
    "unsupported_percent": _(
        "Nothing supports the percentage “%(text)s”: take it out, or use a percentage of the facts."
    ),
    "unsupported_number": _(
        "Nothing supports the figure “%(text)s”: take it out, or use a figure of the facts or the offer."
    ),
    "unsupported_date": _(
        "Nothing supports the date “%(text)s”: take it out, or use a date of the facts or the offer."
    ),
    "unsupported_name": _(
        "Nothing supports the name “%(text)s”: address people and customers with merge fields, and name only the offer and"
        " what the facts name."
    ),
    "unsupported_benefit": _("The offer does not grant “%(text)s”: take it out, or choose an offer that grants it."),
    "unsupported_comparison": _(
        "No fact supports the comparison “%(text)s”: take it out, or add the fact that it rests on."
    ),
    "discount_mismatch": _("The discount “%(text)s” is not the offer's: write %(allowed)s or take it out."),
    "discount_above_ceiling": _(
        "The discount %(text)s is above the policy's ceiling: at most %(allowed)s%% is possible."
    ),
    "price_mismatch": _("The price “%(text)s” is not the offer's: write %(allowed)s or take it out."),
    "validity_mismatch": _("The date “%(text)s” is not the end of the offer: write %(allowed)s or take it out."),
    "weekday_mismatch": _("The weekday beside “%(text)s” is wrong for that date: correct it or take it out."),
    "relative_deadline": _("“%(text)s” is a deadline that no fact supports: give the offer's date."),
    "figure_of_another_fact": _(
        "“%(text)s” is a figure that the facts have, but not of this (%(allowed)s): write the figure that belongs here."
    ),
    "figure_out_of_context": _("“%(text)s” matches a fact of another meaning (%(allowed)s): check the sentence."),
    "forbidden_claim": _("Policy forbids the phrase “%(text)s”: say it in another way."),
    "unknown_field": _("“%(text)s” is not a merge field. Use the contact's first name, the customer's name or a link."),
    "placeholder": _("“%(text)s” is a placeholder that nobody filled: write the text or use a merge field."),
    "unknown_link": _("“%(text)s” is not a link of the catalogue: choose one of the catalogue."),
    "raw_link": _("“%(text)s” is an address of its own: use a link of the catalogue."),
    "personal_data": _(
        "“%(text)s” is a telephone number or a document number: take it out and use a link of the catalogue."
    ),
    "markup": _("“%(text)s” is markup: a message is plain text."),
    "hidden_character": _("The text contains an invisible character (%(text)s): delete it."),
    "mixed_alphabets": _("“%(text)s” mixes letters of two alphabets: type the word again."),
    "no_opt_out": _("The message does not offer to unsubscribe: add the link that unsubscribes."),
    "empty": _("The message has no subject or no body: write both."),
    "subject_too_long": _("The subject has %(text)s characters; inboxes cut it after %(allowed)s."),
    "unknown_fact": _("The sentence names the fact “%(text)s”, which does not exist: name another or none."),
    "offer_expired": _("The offer ended on %(text)s: choose another or extend it."),
}
WARNINGS = frozenset({"figure_out_of_context", "subject_too_long"})
SUBJECT_LIMIT = 78
LINKS = ("accept", "decline", "offer", "unsubscribe")


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
    links: Sequence[str] | Mapping[str, str] = LINKS,
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
    own = reading.find(sentence, language)
    for fact in facts:
        support = Support.of([(fact.label, fact.value, fact.unit, fact.as_of)], None)
        stated = any(support.matching(claim) or (claim.kind == "date" and support.day(claim)) for claim in own)
        quoted = fact.unit == "text" and len(fact.value) > 3 and bool(find_phrase(sentence, fact.value))
        if stated or quoted:
            keys.append(fact.key)
    return keys


def has_opt_out(links: Sequence[str] | Mapping[str, str]) -> bool:
    """True when one of the links unsubscribes."""
    return bool(surface.opt_outs(links))


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
    for code, span in surface.problems(text, links):
        shown = f"U+{ord(text[span[0]]):04X}" if code == "hidden_character" else text[span[0] : span[1]]
        found.append(_finding(code, place, text, span, {"text": shown}))
    for phrase in limits.forbidden:
        found += [
            _finding("forbidden_claim", place, text, span, {"text": phrase}) for span in find_phrase(text, phrase)
        ]
    own = reading.find(text, language)
    for claim in own:
        verdict = _judge(claim, support, offer, limits)
        if verdict:
            code, allowed = verdict
            found.append(_finding(code, place, text, claim.span, {"text": claim.text, "allowed": allowed}))
    for claim in comparisons.find(text):
        if not comparisons.supported(claim, text, support.texts):
            found.append(_finding("unsupported_comparison", place, text, claim.span, {"text": claim.text}))
    figures_at = [claim.span for claim in own if claim.kind in ("money", "date", "deadline")]
    for claim in find_names(text, language, support.words, support.texts):
        if any(start <= claim.span[0] and claim.span[1] <= end for start, end in figures_at):
            continue  # "Oct", "BRL" and "Friday" belong to what was judged already
        found.append(_finding("unsupported_name", place, text, claim.span, {"text": claim.text}))
    return found


Verdict = tuple[str, Any] | None


def _judge(claim: Claim, support: Support, offer: OfferTerms | None, limits: Limits) -> Verdict:
    """The code and what would pass, or None when the claim is supported."""
    if claim.kind == "percent":
        return _judge_percent(claim, support, offer, limits)
    if claim.kind == "money":
        return _judge_money(claim, support, offer)
    if claim.kind == "date":
        return _judge_date(claim, support, offer)
    if claim.kind == "deadline":
        return None if support.quoted(claim) else ("relative_deadline", None)
    if claim.kind == "benefit":
        free = claim.role == "free" and offer is not None and (offer.discount_percent == 100 or offer.price == 0)
        return None if free or support.quoted(claim) else ("unsupported_benefit", None)
    return _judge_number(claim, support, offer)


def _judge_percent(claim: Claim, support: Support, offer: OfferTerms | None, limits: Limits) -> Verdict:
    granted = offer.discount_percent if offer else 0.0
    if claim.role == "discount":
        return _judge_discount(claim, support, granted, limits)
    found = support.matching(claim)
    if not found:
        # what the sentence does not call a rise or a fall may be the offer's discount, named shortly: "os 10% valem até"
        granted_here = granted > 0 and claim.equals(granted) and not claim.direction
        if granted_here and (instead := support.instead(claim)):
            return "figure_of_another_fact", instead
        return None if granted_here or support.in_words(claim) else ("unsupported_percent", None)
    conflict = support.conflict(claim, found)
    return ("figure_of_another_fact", conflict) if conflict else None


def _judge_discount(claim: Claim, support: Support, granted: float, limits: Limits) -> Verdict:
    if claim.value is not None and float(claim.value) > limits.max_discount_percent:
        return "discount_above_ceiling", f"{limits.max_discount_percent:g}"
    granted_here = granted > 0 and claim.equals(granted)
    known = any(claim.equals(own) for own in support.discounts())
    own_words = any(find_phrase(text, f"{claim.text}{claim.after[:12]}") for text in support.texts)
    return None if granted_here or known or own_words else ("discount_mismatch", f"{granted:g}%")


def _judge_money(claim: Claim, support: Support, offer: OfferTerms | None) -> Verdict:
    price = offer.price if offer else None
    is_price = price is not None and bool(claim.currency) and claim.equals(price)
    if is_price and claim.role != "discount":
        instead = "" if claim.role == "price" else support.instead(claim)
        return ("figure_of_another_fact", instead) if instead else None
    if claim.role == "discount":
        told = support.quoted(claim) or support.savings(claim)
        return None if told and claim.currency else ("unsupported_money", None)
    if claim.role == "price" and not support.prices(claim):
        return ("price_mismatch", f"{price:.2f}") if price is not None else ("unsupported_money", None)
    found = support.matching(claim)
    if not found:
        return None if support.in_words(claim) and claim.currency else ("unsupported_money", None)
    conflict = support.conflict(claim, found)
    return ("figure_of_another_fact", conflict) if conflict else None


def _judge_date(claim: Claim, support: Support, offer: OfferTerms | None) -> Verdict:
    ends = offer.valid_until if offer else None
    whole = [date(y, m, d) for y, m, d in claim.days if y and m and d and figures.iso_day(f"{y:04}-{m:02}-{d:02}")]
    if not whole and all(day for _year, _month, day in claim.days):  # "30/11": of the year in which it is known
        whole = [when for when in (ends, *(when for when, _label in support.days)) if when and claim.same_day(when)]
    weekday = days.weekday_of(claim)
    if weekday is not None and whole and all(day.weekday() != weekday for day in whole):
        return "weekday_mismatch", None
    if ends is not None and not claim.same_day(ends):
        of_the_offer = days.is_validity(claim) or days.ENDS_OFFER.search(claim.before)
        if of_the_offer and not support.names_day(claim):
            return "validity_mismatch", ends.isoformat()
    elif ends is not None and _belongs_elsewhere(claim, support):
        return "unsupported_date", None
    return None if support.day(claim) else ("unsupported_date", None)


def _belongs_elsewhere(claim: Claim, support: Support) -> bool:
    """The offer's end stands where the date of a fact belongs: "a customer since …", "your contract ends on …"."""
    if support.fact_day(claim):
        return False
    if days.SINCE.search(claim.before):
        return True
    ends = days.ENDS.search(claim.before) and not days.VALIDITY.search(claim.before + claim.after)
    return bool(ends) and support.other_day(claim)


def _judge_number(claim: Claim, support: Support, offer: OfferTerms | None) -> Verdict:
    if claim.role == "price" and offer and offer.price is not None and claim.equals(offer.price):
        return None
    found = support.matching(claim)
    if not found:
        known = support.in_words(claim) or support.year(claim)
        return None if known else ("unsupported_number", None)
    conflict = support.conflict(claim, found)
    if conflict:
        return "figure_of_another_fact", conflict
    stray = support.stray(claim, found)
    return ("figure_out_of_context", stray) if stray and not support.in_words(claim) else None


def _check_whole(
    draft: DraftText,
    keys: set[str],
    offer: OfferTerms | None,
    limits: Limits,
    links: Sequence[str] | Mapping[str, str],
    today: date | None,
) -> list[EvidenceFinding]:
    found = []
    if not surface.offers_opt_out(draft.body, links):
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
