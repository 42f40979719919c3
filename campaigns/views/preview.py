"""What the campaign page shows of words and judgements: mail with its sentences, findings, differences, reasons."""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, User
from campaigns import channels, claims, lifecycle, policy_words, strategies, variants
from campaigns.drafting.facts import shown
from campaigns.models import Campaign, Draft, Fact, Offer, Strategy, Wording
from segments.models import Membership

SAMPLES = 12
VERBS: dict[str, tuple[Any, str, str]] = {
    "submit": (_("Submit for review"), "send", "primary"),
    "approve": (_("Approve"), "check", "primary"),
    "request_changes": (_("Request changes"), "pencil", ""),
    "reject": (_("Reject"), "x", "danger"),
    "edit": (_("Edit"), "edit", ""),
    "launch": (_("Send now"), "send", "primary"),
    "pause": (_("Pause"), "player-pause", ""),
    "resume": (_("Resume"), "player-play", "primary"),
    "finish": (_("Everything sent"), "mail-check", ""),
    "complete": (_("Complete"), "flag", ""),
    "void": (_("Back to review"), "arrow-back-up", ""),
    "cancel": (_("Cancel campaign"), "ban", "danger"),
}
TONES = {
    "draft": "neutral",
    "in_review": "warn",
    "approved": "info",
    "sending": "brand",
    "paused": "warn",
    "tracking": "info",
    "completed": "good",
    "rejected": "bad",
    "cancelled": "neutral",
}


@dataclass(frozen=True)
class Recipient:
    """Whose name the preview uses; ``code`` is empty for the example."""

    code: str
    company: str
    first_name: str


def samples(campaign: Campaign, user: User) -> list[Recipient]:
    """A few visible customers of the audience with a contact, for the switch of the preview."""
    reached: QuerySet[Any] = campaign.messages.filter(state__in=["queued", "sent", "dispatching"])
    if not reached.exists():
        reached = Membership.objects.filter(run=campaign.run_id, segment=campaign.segment_id)
    ids = reached.values("customer_id")
    visible = Customer.objects.visible_to(user).filter(pk__in=ids, contacts__is_primary=True, contacts__erased_at=None)
    return [
        Recipient(customer.code, customer.name or customer.code, contact.first_name)
        for customer in visible.prefetch_related("contacts").order_by("code")[:SAMPLES]
        for contact in customer.contacts.all()[:1]
    ]


def example(campaign: Campaign) -> Recipient:
    """Somebody who does not exist, in the campaign's language."""
    return Recipient("", "Example Company" if campaign.language == "en" else "Empresa Exemplo", "Ana")


def mail(draft: Draft, recipient: Recipient, language: str) -> dict[str, Any]:
    """Subject and paragraphs of sentences ``{"pieces", "facts"}``; a piece is text, or a link with its kind, in the mail's language.

    Of two wordings the first, see ``mails``.
    """
    return mails(draft, recipient, language)[0]


def mails(draft: Draft, recipient: Recipient, language: str) -> list[dict[str, Any]]:
    """The ``mail`` of each wording, with its ``variant`` and its ``drafter`` (None where it was not noted)."""
    drafters = {variants.B: draft.other_drafter}
    with translation.override(language):
        legal = channels.legal_lines(draft.campaign)
        return [
            {
                "variant": variant,
                "drafter": Draft.Drafter(written) if (written := drafters.get(variant, draft.drafter)) else None,
                "legal": legal,
                **_mail(wording, recipient),
            }
            for variant, wording in draft.wordings.items()
        ]


def _mail(draft: Wording, recipient: Recipient) -> dict[str, Any]:
    words = {"contact.first_name": recipient.first_name, "customer.name": recipient.company}
    rest = 0
    paragraphs: list[list[dict[str, Any]]] = [[]]
    for part in draft.sentences:
        start = draft.body.find(part["text"], rest)
        if start < 0:
            continue
        gap = draft.body[rest:start]
        if "\n\n" in gap and paragraphs[-1]:
            paragraphs.append([])
        if gap.strip():
            paragraphs[-1].append({"pieces": _pieces(gap.strip(), words), "facts": []})
        paragraphs[-1].append({"pieces": _pieces(part["text"], words), "facts": part.get("facts", [])})
        rest = start + len(part["text"])
    if draft.body[rest:].strip():
        paragraphs.append([{"pieces": _pieces(draft.body[rest:].strip(), words), "facts": []}])
    return {
        "subject": "".join(piece["text"] for piece in _pieces(draft.subject, words)),
        "paragraphs": paragraphs,
    }


def _pieces(text: str, words: dict[str, str]) -> list[dict[str, str]]:
    found, rest = [], 0
    for match in claims.MERGE_FIELD.finditer(text):
        name = match.group(1)
        found.append({"text": text[rest : match.start()], "link": ""})
        kind = name.removeprefix("link.")
        link = kind if name.startswith("link.") and kind in channels.LABELS else ""
        found.append({"text": channels.LABELS[link]() if link else words.get(name, match.group()), "link": link})
        rest = match.end()
    found.append({"text": text[rest:], "link": ""})
    return [piece for piece in found if piece["text"]]


def findings(found: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Findings in the reader's language."""
    return [
        {**item, "words": translated(item["message"]) % policy_words.shown(item.get("rule", ""), item["params"])}
        for item in found
    ]


def facts(rows: Iterable[Fact]) -> dict[str, list[dict[str, Any]]]:
    """Facts that may be written to a customer, and those that are only for the decision, with values as read here."""
    language = "en" if get_language() == "en" else "pt-br"
    groups: dict[str, list[dict[str, Any]]] = {"public": [], "internal": []}
    for fact in rows:
        group = groups["internal" if fact.key.startswith("segment.") else "public"]
        group.append({"fact": fact, "value": shown(fact.unit, fact.value, language), "number": len(group) + 1})
    return groups


def note(words: dict[str, Any], public: list[dict[str, Any]]) -> None:
    """Give each sentence of ``mail`` its notes: the facts that it rests on, by their numbers in the list beside it."""
    numbered = {row["fact"].key: row for row in public}
    for paragraph in words["paragraphs"]:
        for sentence in paragraph:
            sentence["notes"] = [numbered[key] for key in sentence["facts"] if key in numbered]


def rationale(campaign: Campaign) -> dict[str, Any]:
    """Why this play: signals with label, unit and direction; figures without data by label; the next best strategies."""
    kept = campaign.expected_effect.get("rationale", {})
    signals = [
        {
            **signal,
            "label": strategies.FIGURES.get(signal["figure"], signal["figure"]),
            "unit": strategies.UNITS.get(signal["figure"], "number"),
        }
        for signal in kept.get("signals", [])
    ]
    missing = [strategies.FIGURES.get(name, name) for name in kept.get("missing", [])]
    others = kept.get("others", [])
    name = "name_en" if get_language() == "en" else "name"
    names = dict(Strategy.objects.filter(code__in=[code for code, _score in others]).values_list("code", name))
    shown_others = [(names.get(code) or code, score) for code, score in others]
    return {
        "score": kept.get("score"),
        "signals": signals,
        "missing": missing,
        "others": shown_others,
        "passed": _passed(kept.get("passed", []), name),
    }


def _passed(rows: list[list[Any]], name: str) -> list[dict[str, Any]]:
    """Pairs that were passed over, by the names of strategy and offer."""
    strategy_names = dict(Strategy.objects.filter(code__in=[row[0] for row in rows]).values_list("code", name))
    offer_names = dict(Offer.objects.filter(code__in=[row[1] for row in rows]).values_list("code", "name"))
    return [
        {"strategy": strategy_names.get(code) or code, "offer": offer_names.get(offer, offer), "times": times}
        for code, offer, times in rows
    ]


def difference(before: str, after: str) -> list[tuple[str, str]]:
    """Two texts as runs of ("same" | "gone" | "new", text), by words."""
    old, new = re.findall(r"\s+|[^\s]+", before), re.findall(r"\s+|[^\s]+", after)
    runs: list[tuple[str, str]] = []
    for kind, a1, a2, b1, b2 in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            runs.append(("same", "".join(old[a1:a2])))
            continue
        runs += [(name, "".join(part)) for name, part in (("gone", old[a1:a2]), ("new", new[b1:b2])) if part]
    return runs


def differences(old: Draft, new: Draft) -> list[dict[str, Any]]:
    """What went and what came in each wording of two versions; a wording that one of them does not have is empty there."""
    several = old.other is not None or new.other is not None
    pairs = [("subject", "body", "A"), ("other_subject", "other_body", "B")] if several else [("subject", "body", "")]
    return [
        {
            "variant": variant,
            "subject": difference(getattr(old, subject), getattr(new, subject)),
            "body": difference(getattr(old, body), getattr(new, body)),
        }
        for subject, body, variant in pairs
    ]


def timeline(campaign: Campaign) -> list[dict[str, Any]]:
    """Steps, versions and comments, newest first."""
    items = [
        {
            "at": step.at,
            "title": f"{VERBS[step.verb][0] if step.verb in VERBS else step.verb} · {step.actor or gettext('B2Shift')}",
            "text": " ".join(
                filter(
                    None,
                    [
                        str(
                            lifecycle.REASONS.get(step.reason_code) or lifecycle.OWN_REASONS.get(step.reason_code) or ""
                        ),
                        step.comment,
                    ],
                )
            ),
            "icon": VERBS[step.verb][1] if step.verb in VERBS else "point",
            "tone": TONES.get(step.to_status, "neutral"),
        }
        for step in campaign.transitions.select_related("actor")
    ]
    items += [
        {
            "at": draft.created_at,
            "title": gettext("Version %(number)s · %(who)s")
            % {"number": draft.number, "who": draft.edited_by or draft.get_drafter_display()},
            "text": draft.subject,
            "icon": "file-text",
            "tone": "ai" if draft.by_agents else "neutral",
        }
        for draft in campaign.drafts.select_related("edited_by")
    ]
    items += [
        {"at": said.created_at, "title": str(said.author), "text": said.text, "icon": "message", "tone": "neutral"}
        for said in campaign.comments.select_related("author")
    ]
    return sorted(items, key=lambda item: item["at"], reverse=True)
