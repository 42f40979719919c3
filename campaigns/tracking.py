"""What comes back: each sign appended once, with who probably made it. Only people's signs teach.

Scanners open and click everything within seconds; they are recognised and kept apart, never dropped, so that the figures can be
explained. An answer or an unsubscribe acts on POST only.
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils import timezone

from accounts import audit
from accounts.models import Consent, Contact
from campaigns import calls, links
from campaigns.models import Interaction, Message

ANSWERS = {"accept": Interaction.Kind.ACCEPT, "decline": Interaction.Kind.REJECT}
REASONS = ("price", "timing", "not_relevant", "has_another", "other")
ON_ITS_WAY = (Message.State.SENT, Message.State.UNCERTAIN, Message.State.DISPATCHING)
ANSWERABLE_FOR = timedelta(days=180)
TOO_FAST = timedelta(seconds=3)
TRAP_SHADOW = timedelta(seconds=60)

_MACHINES = re.compile(
    r"bot\b|crawl|spider|slurp|preview|scan|proofpoint|mimecast|barracuda|safelinks|symantec|fireeye|trendmicro|forcepoint|"
    r"curl/|wget/|python-|libwww|java/|go-http-client|okhttp|axios|node-fetch|httpclient|phantomjs|facebookexternalhit|whatsapp|"
    r"skypeuripreview|slackbot|telegrambot",
    re.IGNORECASE,
)
# Image proxies fetch on behalf of somebody, or ahead of everybody: an opening that cannot be verified.
_PROXIES = re.compile(r"googleimageproxy|yahoomailproxy|ggpht|cloudflare|outlook-?express|ms-?office", re.IGNORECASE)


@dataclass(frozen=True)
class Visit:
    """What is known of a request to a public page, without its address: method, user agent, whether it was a prefetch."""

    method: str
    agent: str
    prefetch: bool = False


def find(message_id: UUID, *, ever: bool = False) -> Message | None:
    """The message that a public address names, when it went out (and, unless ``ever``, not longer than 180 days ago)."""
    known = Message.objects.select_related(
        "contact", "customer", "campaign__offer", "campaign__business_unit", "campaign__strategy"
    )
    message = known.filter(pk=message_id, state__in=ON_ITS_WAY, contact__isnull=False).first()
    if message is None or ever or message.dispatched_at is None:
        return message
    return message if message.dispatched_at > timezone.now() - ANSWERABLE_FOR else None


def origin_of(message: Message, visit: Visit, *, passive: bool) -> Interaction.Origin:
    """Person, machine or unknown. ``passive`` signs (opens, clicks) that come too fast or beside a trap are no person's."""
    if not visit.agent or _MACHINES.search(visit.agent) or visit.method == "HEAD" or visit.prefetch:
        return Interaction.Origin.MACHINE
    if not passive:
        return Interaction.Origin.HUMAN
    if _fell_into_trap(message):
        return Interaction.Origin.MACHINE
    if _PROXIES.search(visit.agent):
        return Interaction.Origin.UNVERIFIED
    age = timezone.now() - (message.dispatched_at or message.created_at)
    return Interaction.Origin.UNVERIFIED if age < TOO_FAST else Interaction.Origin.HUMAN


def record_sent(message: Message) -> None:
    """The mail was accepted by the server."""
    _append(message, Interaction.Kind.SENT, Interaction.Origin.MACHINE, "sent")


def record_open(message: Message, visit: Visit) -> None:
    """The image of the mail was fetched."""
    origin = origin_of(message, visit, passive=True)
    _append(message, Interaction.Kind.OPEN, origin, f"open:{origin}")


def record_click(message: Message, link: str, visit: Visit) -> None:
    """A link of the catalogue was followed; the trap marks what follows within a minute as a machine's."""
    trapped = link == links.TRAP
    origin = Interaction.Origin.MACHINE if trapped else origin_of(message, visit, passive=True)
    _append(message, Interaction.Kind.CLICK, origin, f"click:{link}:{origin}", reason_code=link)


def record_answer(message: Message, answer: str, reason: str, visit: Visit) -> bool:
    """The recipient accepted or declined; False when that answer was known already. An acceptance becomes a call to make."""
    kind = ANSWERS[answer]
    origin = origin_of(message, visit, passive=False)
    human = origin == Interaction.Origin.HUMAN
    with transaction.atomic():
        new = _append(
            message,
            kind,
            origin,
            str(kind) if human else f"{kind}:{origin}",
            reason_code=reason if reason in REASONS else "",
        )
        if new and human and kind == Interaction.Kind.ACCEPT:
            calls.for_recipients(message.campaign, [message.customer_id], "accepted", calls.ANSWER_WITHIN_DAYS)
    return new and human


def record_unsubscribe(message: Message) -> bool:
    """Withdraw the consent for the campaign's purpose, at once and for every later mail; False when it was withdrawn already."""
    contact, purpose = message.contact, message.campaign.strategy.purpose
    if contact is None:
        return False
    with transaction.atomic():
        _append(message, Interaction.Kind.UNSUBSCRIBE, Interaction.Origin.HUMAN, "unsubscribe")
        locked = Contact.objects.select_for_update().get(pk=contact.pk)
        if Consent.objects.filter(contact=locked, purpose=purpose, granted=False).exists():
            return False
        values = {"granted": False, "source": "unsubscribe", "legal_basis": "", "at": Now()}
        Consent.objects.update_or_create(contact=locked, purpose=purpose, defaults=values)
        audit.record(
            None, "consent.withdraw", locked, f"Consent withdrawn: {purpose}", purpose=purpose, message=str(message.pk)
        )
    return True


def record_bounce(message: Message) -> None:
    """The receiving server says that the mailbox does not exist: nobody writes to it again."""
    with transaction.atomic():
        _append(message, Interaction.Kind.BOUNCE, Interaction.Origin.MACHINE, "bounce")
        if message.contact_id is not None:
            Contact.objects.filter(pk=message.contact_id, bounced_at=None).update(bounced_at=Now())


def answer_of(message: Message) -> str:
    """The recipient's last answer, "accept" or "decline"; empty when there is none."""
    kinds = message.interactions.filter(kind__in=ANSWERS.values(), origin=Interaction.Origin.HUMAN)
    last = kinds.order_by("-id").values_list("kind", flat=True).first()
    return next((answer for answer, kind in ANSWERS.items() if kind == last), "")


def _fell_into_trap(message: Message) -> bool:
    recent = timezone.now() - TRAP_SHADOW
    return message.interactions.filter(kind=Interaction.Kind.CLICK, reason_code=links.TRAP, at__gt=recent).exists()


def _append(message: Message, kind: str, origin: str, key: str, reason_code: str = "") -> bool:
    """Append one sign; False when its key exists."""
    try:
        with transaction.atomic():
            Interaction.objects.create(
                message=message,
                customer_id=message.customer_id,
                campaign_id=message.campaign_id,
                kind=kind,
                origin=origin,
                key=f"{message.pk}:{key}",
                reason_code=reason_code,
            )
    except IntegrityError:
        return False
    return True
