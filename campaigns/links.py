"""Addresses in mails. Pure: no Django, no database.

The catalogue is closed: a mail links to these pages of ours and to nothing else, and a click is only ever redirected to them.
"""

from uuid import UUID

ACCEPT, DECLINE, OFFER, UNSUBSCRIBE, TRAP = "accept", "decline", "offer", "unsubscribe", "site"

# Link id → page of ours. ``TRAP`` is hidden from people in the mail: whoever follows it is a scanner.
PAGES: dict[str, str] = {
    ACCEPT: "/r/{id}/?answer=accept",
    DECLINE: "/r/{id}/?answer=decline",
    OFFER: "/r/{id}/",
    UNSUBSCRIBE: "/u/{id}/",
    TRAP: "/r/{id}/",
}
# Merge fields that drafts may use as ``{{ link.NAME }}``.
MERGEABLE = frozenset({ACCEPT, DECLINE, OFFER, UNSUBSCRIBE})


def page(link: str, message: UUID | str) -> str | None:
    """The path behind a link of the catalogue for one message; None for a link outside it."""
    pattern = PAGES.get(link)
    return pattern.format(id=_plain(message)) if pattern else None


def address(base: str, link: str, message: UUID | str) -> str:
    """The absolute address to write into a mail; unsubscribe goes straight to its page (RFC 8058), the others are counted."""
    if link not in PAGES:
        raise KeyError(link)
    identity = _plain(message)
    return f"{base}/u/{identity}/" if link == UNSUBSCRIBE else f"{base}/c/{identity}/{link}/"


def addresses(base: str, message: UUID | str) -> dict[str, str]:
    """All links of one mail by id, and ``open``: the image that tells of an opening."""
    return {link: address(base, link, message) for link in PAGES} | {"open": f"{base}/o/{_plain(message)}.gif"}


def _plain(message: UUID | str) -> str:
    return str(message if isinstance(message, UUID) else UUID(message))
