"""The stored history of offers, strategies and playbooks: who changed what and when, and two versions side by side."""

from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from accounts.models import User
from campaigns import playbooks
from campaigns.models import Offer, Playbook, Strategy
from campaigns.term_words import label, terms_in_words
from campaigns.views import preview

Row = Offer | Strategy | Playbook


def timeline(row: Playbook) -> list[dict[str, Any]]:
    """The versions of a playbook as items of the timeline, the newest first."""
    items = []
    found = _versions(row)
    for number, version in enumerate(found):
        before = found[number - 1]["event"] if number else None
        told = [label for label, old, new in _texts(before, version["event"]) if old != new] if before else []
        items.append(
            {
                "at": version["at"],
                "title": _("Version %(number)s · %(who)s") % {"number": version["number"], "who": version["who"]},
                "text": ", ".join(told) or ("" if before else _("The first words.")),
                "icon": "pencil" if before else "plus",
                "tone": "brand",
            }
        )
    return items[::-1]


def compared(row: Row, asked: QueryDict) -> dict[str, Any]:
    """Two versions (``a`` before ``b``; without, the last change) with the runs of what went and came by field."""
    found = _versions(row)
    new = _asked(asked.get("b"), len(found), len(found))
    old = _asked(asked.get("a"), len(found), max(1, new - 1))
    before, after = found[old - 1], found[new - 1]
    changes = [
        {"label": label, "runs": preview.difference(was, now)}
        for label, was, now in _texts(before["event"], after["event"])
        if was != now
    ]
    return {"versions": found, "old": before, "new": after, "changes": changes}


def _versions(row: Row) -> list[dict[str, Any]]:
    """Stored moments from the first on, numbered, leaving out those that differ in nothing that people see."""
    events = row.events.select_related("pgh_context").order_by("pgh_id")  # type: ignore[union-attr]
    found: list[dict[str, Any]] = []
    for event in events:
        if found and all(old == new for _label, old, new in _texts(found[-1]["event"], event)):
            continue
        found.append({"number": len(found) + 1, "at": event.pgh_created_at, "event": event, "actor": _actor(event)})
    people = {user.pk: str(user) for user in User.objects.filter(pk__in={version["actor"] for version in found})}
    for version in found:
        version["who"] = people.get(version["actor"]) or _("B2Shift")
        if isinstance(row, Playbook):
            version["number"] = version["event"].version
    return found


def _texts(before: Any, after: Any) -> list[tuple[str, str, str]]:
    """(label, before, after) of every field of two moments."""
    if hasattr(after, "subject_again"):
        named = [name for name in playbooks.TEXTS if name != "because"]
        told = [(playbooks.label(name), getattr(before, name), getattr(after, name)) for name in named]
        figures = dict.fromkeys([*before.because, *after.because])
        return told + [
            (playbooks.label(f"because.{figure}"), before.because.get(figure, ""), after.because.get(figure, ""))
            for figure in figures
        ]
    old, new = terms_in_words(before), terms_in_words(after)
    model = Offer if hasattr(after, "product") else Strategy
    return [(label(model, name), old[name], new[name]) for name in new]


def _asked(text: str | None, most: int, default: int) -> int:
    return int(text) if text and text.isdecimal() and 1 <= int(text[:9]) <= most else default


def _actor(event: Any) -> int:
    return int(event.pgh_context.metadata.get("user") or 0) if event.pgh_context else 0
