"""Offers, strategies and playbooks as files: what is sent is looked at row by row, confirmed once, and holds as a whole or not at all.

The same file a second time changes nothing. Every row obeys the rules of the forms; a cell of ours that was made safe for
spreadsheets is read back as it was.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from accounts import audit
from accounts.ingest import small
from accounts.models import Role, User
from b2shift.lib.api import Refused
from b2shift.lib.export import plain_cell
from campaigns import lifecycle, playbooks, strategies, terms
from campaigns.exchange_rows import Change, changes_of
from campaigns.models import CatalogueFile, Offer, Playbook, Strategy

Kind = CatalogueFile.Kind
UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")
MOST_ROWS = {Kind.OFFERS: 1_000, Kind.STRATEGIES: 500, Kind.PLAYBOOKS: 300}
OPENINGS = tuple(f"because.{figure}" for figure in strategies.FIGURES)
PLAIN_TEXTS = tuple(name for name in playbooks.TEXTS if name != "because")
COLUMNS: dict[str, tuple[str, ...]] = {
    Kind.OFFERS: ("code", *(name.removesuffix("_id") for name in terms.OFFER_TERMS)),
    Kind.STRATEGIES: ("code", *(name.removesuffix("_id") for name in terms.STRATEGY_TERMS)),
    Kind.PLAYBOOKS: ("strategy", "language", *PLAIN_TEXTS, *OPENINGS),
}
KEYS: dict[str, tuple[str, ...]] = {
    Kind.OFFERS: ("code",),
    Kind.STRATEGIES: ("code",),
    Kind.PLAYBOOKS: ("strategy", "language"),
}
WRITERS: dict[str, frozenset[Role]] = {
    Kind.OFFERS: frozenset({Role.ADMIN}),
    Kind.STRATEGIES: frozenset({Role.ADMIN}),
    Kind.PLAYBOOKS: playbooks.EDITORS,
}


@dataclass(frozen=True)
class Plan:
    """What a file would do. ``seen`` names exactly this: rows, and the state that they were compared with."""

    changes: list[Change] = field(default_factory=list)

    def of(self, verb: str) -> list[Change]:
        """The rows that would be ``add``, ``change``, ``same`` or are ``refuse``."""
        return [change for change in self.changes if change.verb == verb]

    @property
    def counts(self) -> dict[str, int]:
        """Rows by verb."""
        return {verb: len(self.of(verb)) for verb in ("add", "change", "same", "refuse")}

    @property
    def seen(self) -> str:
        """What the confirmation carries along."""
        told = [[c.line, c.verb, c.key, c.differences, c.problems] for c in self.changes]
        return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()[:32]

    @property
    def can_be_applied(self) -> bool:
        """Nothing is refused and something would change."""
        return not self.of("refuse") and bool(self.of("add") or self.of("change"))


def rows_of(kind: str, shown: Iterable[Any]) -> list[list[Any]]:
    """Rows for an export, in the order of ``COLUMNS``."""
    return [[_cell(row, name) for name in COLUMNS[kind]] for row in shown]


def as_json(shown: Iterable[Playbook]) -> list[dict[str, Any]]:
    """Playbooks for an export as JSON."""
    return [
        {
            "strategy": row.strategy.code,
            "language": row.language,
            **{name: getattr(row, name) for name in playbooks.TEXTS},
        }
        for row in shown
    ]


def receive(kind: str, file: UploadedFile, actor: User) -> CatalogueFile:
    """Keep what a file holds, so that it can be looked at; changes nothing of the catalogue.

    Raises ``Refused`` for other roles and for a file that cannot be read or has columns that do not belong to it.
    """
    _may_write(kind, actor)
    name = (file.name or "")[-200:]
    header, rows = _json_rows(file) if name.lower().endswith(".json") else _table(kind, file)
    _check_header(kind, header)
    kept = [
        {"line": line, "cells": {column: _read(line, cells, number) for number, column in enumerate(header)}}
        for line, cells in rows
    ]
    return CatalogueFile.objects.create(kind=kind, name=name, rows=kept, sent_by=actor)


def plan(sent: CatalogueFile) -> Plan:
    """What the file would do now, row by row; writes nothing."""
    return Plan(changes_of(sent.kind, sent.rows, KEYS[sent.kind]))


def apply(sent_id: int, seen: str, actor: User) -> dict[str, int]:
    """Put the file into force, all of it or nothing; returns rows by verb.

    Raises ``Refused`` where it was done before, where a row is refused, and where it would not do what was ``seen``.
    """
    try:
        counts = _applied(sent_id, seen, actor)
    except IntegrityError as error:  # somebody added the same code at the same time
        raise _changed_meanwhile() from error
    lifecycle.expire()
    return counts


def _applied(sent_id: int, seen: str, actor: User) -> dict[str, int]:
    with transaction.atomic():
        sent = CatalogueFile.objects.select_for_update().get(pk=sent_id)
        _may_write(sent.kind, actor)
        if sent.applied_at is not None:
            raise Refused("applied", _("This file was imported already."))
        found = plan(sent)
        if found.of("refuse"):
            raise Refused("rows_refused", _("Nothing was imported: correct the refused rows and send the file again."))
        if found.seen != seen:
            raise _changed_meanwhile()
        for change in found.changes:
            if change.verb in ("add", "change"):
                _keep(change.row, actor)
        sent.applied_by, sent.applied_at, sent.outcome = actor, Now(), found.counts  # type: ignore[assignment]
        sent.save(update_fields=["applied_by", "applied_at", "outcome"])
        audit.record(actor, f"{sent.kind}.import", sent, sent.name, **found.counts)
    return found.counts


def _changed_meanwhile() -> Refused:
    return Refused(
        "changed_meanwhile", _("The catalogue changed after you looked. Look at the new comparison and confirm again.")
    )


def _keep(row: Any, actor: User) -> None:
    if isinstance(row, Playbook):
        playbooks.save(row, actor)
    else:
        terms.keep(row, actor)


def _may_write(kind: str, actor: User) -> None:
    if actor.role not in WRITERS[kind] or not actor.is_active:
        raise Refused("not_allowed", _("Your role does not allow this step."))


def _table(kind: str, file: UploadedFile) -> tuple[list[str], Sequence[tuple[int, list[Any]]]]:
    table = small.read(file, MOST_ROWS[Kind(kind)])
    header = [plain_cell(name).strip() for name in table.header]
    for line, cells in table.rows:
        if len(cells) > len(header) and any(cells[len(header) :]):
            raise Refused(
                "ragged_row",
                _("Line %(line)s has more cells than the header. Quote texts that hold the separator.")
                % {"line": line},
            )
    return header, table.rows


def _json_rows(file: UploadedFile) -> tuple[list[str], list[tuple[int, list[Any]]]]:
    """Playbooks as JSON: a list of objects; ``because`` may be an object of its own."""
    if (file.size or 0) > small.MOST_BYTES:
        raise Refused(
            "too_large", _("The file is larger than %(size)s MB. Send fewer rows.") % {"size": small.MOST_BYTES >> 20}
        )
    try:
        listed = json.loads(file.read().decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise Refused(
            "no_json", _("This is not JSON (%(error)s). Export it again.") % {"error": str(error)[:80]}
        ) from error
    if not isinstance(listed, list) or not listed or not all(isinstance(item, dict) for item in listed):
        raise Refused("no_json", _("A list of playbooks is expected: [{…}, {…}]."))
    if len(listed) > MOST_ROWS[Kind.PLAYBOOKS]:
        said = {"most": MOST_ROWS[Kind.PLAYBOOKS]}
        raise Refused("too_many_rows", _("The file has more than %(most)s rows. Send fewer at a time.") % said)
    flat = [_flat(item) for item in listed]
    header = list(dict.fromkeys(name for item in flat for name in item))
    if not all(isinstance(value, str) for item in flat for value in item.values()):
        raise Refused("no_json", _("Every text of a playbook must be a text."))
    return header, [(number, [item.get(name) for name in header]) for number, item in enumerate(flat, 1)]


def _flat(item: dict[str, Any]) -> dict[str, Any]:
    plain = {str(name): value for name, value in item.items() if name != "because"}
    openings = item.get("because") or {}
    if not isinstance(openings, dict):
        raise Refused("no_json", _("“because” must be an object with a text per figure."))
    # a whole object says which openings there are: those that it leaves out end
    told = {f"because.{figure}": str(text) for figure, text in openings.items()}
    return plain | (dict.fromkeys(OPENINGS, "") | told if "because" in item else {})


def _check_header(kind: str, header: list[str]) -> None:
    unknown = [name for name in header if name not in COLUMNS[kind]]
    missing = [name for name in KEYS[kind] if name not in header]
    if missing:
        raise Refused(
            "no_key", _("The column “%(name)s” is missing. Export the list to see the columns.") % {"name": missing[0]}
        )
    if unknown:
        said = {"names": ", ".join(unknown[:6])[:200], "known": ", ".join(COLUMNS[kind])}
        raise Refused("unknown_columns", _("Unknown columns: %(names)s. The columns are: %(known)s.") % said)


def _read(line: int, cells: Sequence[Any], number: int) -> str | None:
    """A cell as text; None where the row does not speak of the column."""
    value = cells[number] if number < len(cells) else ""
    if value is None:
        return None
    if UNSTORABLE.search(value):
        raise Refused(
            "bad_character", _("Line %(line)s holds a character that is none. Export the file again.") % {"line": line}
        )
    return plain_cell(value).replace("\r\n", "\n").replace("\r", "\n").strip()


def _cell(row: Offer | Strategy | Playbook, name: str) -> Any:
    if isinstance(row, Playbook):
        if name == "strategy":
            return row.strategy.code
        return row.because.get(name.removeprefix("because."), "") if name in OPENINGS else getattr(row, name)
    if name == "business_unit":
        return row.business_unit_id
    value = getattr(row, name)
    if name == "eligibility":
        return json.dumps(value, ensure_ascii=False) if value else ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if value is None or isinstance(value, int | Decimal) else str(value)
