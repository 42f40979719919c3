"""What the left navigation offers to whom: one list, shown where the page exists and the role may use it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

MANAGER, REP, SUCCESS = "marketing_manager", "sales_rep", "customer_success"
ANALYST, EXECUTIVE, ADMIN = "analyst", "executive", "admin"
EVERYBODY = frozenset({MANAGER, REP, SUCCESS, ANALYST, EXECUTIVE, ADMIN})


@dataclass(frozen=True)
class Entry:
    """A link: label, URL name (without arguments), icon of the sprite, roles that see it."""

    label: str | Promise
    url: str
    icon: str
    roles: frozenset[str]


SECTIONS: list[tuple[str | Promise, list[Entry]]] = [
    (
        _("Work"),
        [
            Entry(_("Home"), "home", "home", EVERYBODY),
            Entry(_("Customers"), "customers", "building-skyscraper", EVERYBODY),
            Entry(_("Campaigns"), "campaigns", "speakerphone", EVERYBODY),
            Entry(_("Approvals"), "approvals", "checklist", frozenset({MANAGER, ADMIN})),
            Entry(_("Review quality"), "review-quality", "eye", frozenset({MANAGER, ADMIN})),
            Entry(_("Arbitration"), "arbitration", "trophy", frozenset({MANAGER, ANALYST, EXECUTIVE, ADMIN})),
            Entry(_("Contested decisions"), "contests", "scale", frozenset({MANAGER, ADMIN})),
            Entry(_("Tasks"), "call-tasks", "phone-call", frozenset({MANAGER, REP, SUCCESS, ADMIN})),
            Entry(_("Mailbox"), "mailbox", "mailbox", frozenset({MANAGER, ADMIN})),
        ],
    ),
    (
        _("Insight"),
        [
            Entry(_("Segments"), "segments", "chart-bubble", EVERYBODY),
            Entry(
                _("Executive view"),
                "executive",
                "presentation-analytics",
                frozenset({MANAGER, ANALYST, EXECUTIVE, ADMIN}),
            ),
        ],
    ),
    (
        _("Data"),
        [
            Entry(_("Imports"), "imports", "database-import", frozenset({ANALYST, ADMIN})),
            Entry(_("Data catalogue"), "catalog", "books", frozenset({MANAGER, SUCCESS, ANALYST, EXECUTIVE, ADMIN})),
            Entry(_("Cleansing"), "repairs", "sparkles", frozenset({ANALYST, ADMIN})),
            Entry(_("Duplicates"), "duplicates", "copy", frozenset({MANAGER, ANALYST, ADMIN})),
        ],
    ),
    (
        _("Offers and rules"),
        [
            Entry(_("Offers"), "offers", "tags", frozenset({MANAGER, ANALYST, ADMIN})),
            Entry(_("Strategies"), "strategies", "target-arrow", frozenset({MANAGER, ANALYST, ADMIN})),
            Entry(_("Playbooks"), "playbooks", "book", frozenset({MANAGER, ANALYST, ADMIN})),
            Entry(_("Policies"), "policies", "shield-check", frozenset({MANAGER, ANALYST, ADMIN})),
        ],
    ),
    (
        _("Administration"),
        [
            Entry(_("Audit"), "audit", "history", frozenset({ANALYST, ADMIN})),
            Entry(_("Users"), "users", "users", frozenset({ADMIN})),
            Entry(_("API docs"), "api-docs", "api", frozenset({ANALYST, ADMIN})),
            Entry(_("Style guide"), "styleguide", "layout-grid", frozenset({ADMIN})),
        ],
    ),
]


def address(name: str) -> str | None:
    """The path of a URL name without arguments; None where no app serves it."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return None


def sections_for(role: str) -> list[dict[str, Any]]:
    """Sections with at least one link for ``role``: ``[{"label", "links": [{"label", "href", "icon"}]}]``."""
    shown = []
    for label, entries in SECTIONS:
        found = [(entry, address(entry.url)) for entry in entries if role in entry.roles]
        links = [{"label": entry.label, "href": href, "icon": entry.icon} for entry, href in found if href]
        if links:
            shown.append({"label": label, "links": links})
    return shown


def context(request: HttpRequest) -> dict[str, Any]:
    """Template context: ``navigation`` of the person who is logged in (empty for anybody else)."""
    user = getattr(request, "user", None)
    role = str(getattr(user, "role", "")) if user is not None and user.is_authenticated else ""
    return {"navigation": sections_for(role) if role else []}
