"""How words become a mail: one approved text, merged and escaped here, as plain text and HTML.

A draft is plain text with merge fields of a closed list. Values never become markup, headers or links: the HTML comes from one
template that escapes everything, links are ours by id, and control characters are taken out of what goes into a header.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import formataddr, parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from campaigns import links, variants
from campaigns.models import Campaign, Draft, Message, Wording

FIELD = re.compile(r"\{\{\s*([a-z_.]+)\s*\}\}")
CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
SAMPLE_ID = "00000000-0000-4000-8000-000000000000"


class UnknownField(ValueError):
    """The text asks for something that no mail has."""


@dataclass(frozen=True)
class Rendered:
    """One mail as the recipient gets it."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True)
class Piece:
    """A stretch of a line: words, or a link with its address."""

    text: str
    href: str = ""
    kind: str = ""


def variant_of(draft: Draft, message: Message) -> str:
    """Which wording of ``draft`` the customer of ``message`` reads: "A", "B", or "" where there is one only."""
    return variants.drawn(message.campaign_id, message.customer.code) if draft.other else ""


def render(draft: Draft, message: Message) -> EmailMultiAlternatives:
    """The mail of one message (its contact, customer and campaign loaded), in the wording that was drawn for this customer.

    Raises ``UnknownField`` or ``ValueError``.
    """
    contact = message.contact
    if contact is None:
        raise ValueError("a mail needs a contact")
    campaign = message.campaign
    words = draft.wordings[variant_of(draft, message)]
    merged = _render(
        words, campaign, message.customer.name or message.customer.code, contact.first_name, str(message.pk)
    )
    unsubscribe = links.address(settings.B2SHIFT_URL, links.UNSUBSCRIBE, message.pk)
    mail = EmailMultiAlternatives(
        merged.subject,
        merged.text,
        _sender(campaign),
        [contact.email],
        headers={
            "Message-ID": message.message_id,
            "List-Unsubscribe": f"<{unsubscribe}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
    )
    mail.attach_alternative(merged.html, "text/html")
    return mail


def preview(draft: Draft, campaign: Campaign) -> Rendered:
    """What a recipient would read (of two wordings the first), with an example recipient and links that lead nowhere."""
    english = campaign.language == "en"
    words = next(iter(draft.wordings.values()))
    return _render(words, campaign, "Example Company" if english else "Empresa Exemplo", "Ana", SAMPLE_ID)


def _render(wording: Wording, campaign: Campaign, customer: str, first_name: str, identity: str) -> Rendered:
    addresses = links.addresses(settings.B2SHIFT_URL, identity)
    words = {"customer.name": _one_line(customer), "contact.first_name": _one_line(first_name)}
    with translation.override(campaign.language):
        paragraphs = [
            [_pieces(line, words, addresses) for line in block.splitlines()]
            for block in re.split(r"\n\s*\n", wording.body.strip())
        ]
        subject = _one_line("".join(piece.text for piece in _pieces(wording.subject, words, {})))
        context = {
            "subject": subject,
            "paragraphs": paragraphs,
            "links": addresses,
            "unit": campaign.business_unit.name,
            "legal": legal_lines(campaign),
            "language": "en" if campaign.language == "en" else "pt-BR",
            **{f"has_{link}": f"link.{link}" in FIELD.findall(wording.body) for link in sorted(links.MERGEABLE)},
        }
        html = render_to_string("mail/message.html", context)
        text = render_to_string(
            "mail/message.txt", context | {"lines": [_plain(paragraph) for paragraph in paragraphs]}
        )
    return Rendered(subject, text, html)


def legal_lines(campaign: Campaign) -> list[str]:
    """The offer's legal text, line by line, in the mail's language: ours, never the drafter's, and without merge fields."""
    if campaign.offer is None:
        return []
    return [_one_line(line) for line in campaign.offer.legal_in(campaign.language).splitlines() if line.strip()]


def _pieces(line: str, words: Mapping[str, str], addresses: Mapping[str, str]) -> list[Piece]:
    found: list[Piece] = []
    rest = 0
    for match in FIELD.finditer(line):
        found.append(Piece(line[rest : match.start()]))
        found.append(_field(match.group(1), words, addresses))
        rest = match.end()
    found.append(Piece(line[rest:]))
    if not words["contact.first_name"] and found and "contact.first_name" in line:
        found = [
            Piece(re.sub(r"\s+(?=[,!.:]|$)", "", piece.text), piece.href, piece.kind) for piece in found
        ]  # "Olá ," → "Olá,"
    return [piece for piece in found if piece.text]


def _field(name: str, words: Mapping[str, str], addresses: Mapping[str, str]) -> Piece:
    if name in words:
        return Piece(words[name])
    kind = name.removeprefix("link.")
    if name.startswith("link.") and kind in links.MERGEABLE and kind in addresses:
        return Piece(LABELS[kind](), addresses[kind], kind)
    raise UnknownField(name)


def _plain(paragraph: list[list[Piece]]) -> str:
    return "\n".join("".join(_plain_piece(piece, alone=len(line) == 1) for piece in line) for line in paragraph)


def _plain_piece(piece: Piece, *, alone: bool) -> str:
    """A link alone on its line says what it is for; inside a sentence the sentence has said so."""
    if not piece.href:
        return piece.text
    return f"{piece.text}: {piece.href}" if alone else piece.href


def _one_line(value: str) -> str:
    return CONTROLS.sub(" ", value).strip()


def _sender(campaign: Campaign) -> str:
    return formataddr((campaign.business_unit.name, parseaddr(settings.DEFAULT_FROM_EMAIL)[1]))


LABELS: dict[str, Callable[[], str]] = {
    links.ACCEPT: lambda: _("I am interested"),
    links.DECLINE: lambda: _("Not for me"),
    links.OFFER: lambda: _("See the offer"),
    links.UNSUBSCRIBE: lambda: _("Unsubscribe"),
}
