"""The hash chain over the append-only logs: sealing, checking, anchors.

Rows are written without a hash, so that no writer waits for another. A sealer links what is new in order of its number; one
sealer works at a time, the others turn back. A check names every row that was altered, deleted or slipped in. A row that does
not carry the product's own stamp (``accounts.stamps``) is never sealed, and named. Who owns the database could write a whole new
chain: anchors that were exported before say so.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import Any

from django.db import connection, models, transaction
from django.db.models import Case, Exists, Max, OuterRef, When
from django.db.models.functions import Now

from accounts import stamps
from accounts.models import AuditEntry, Link
from b2shift.lib import canonical

BATCH = 1000
START = "0" * 64
# Numbers are given before rows are committed: a row may become visible after later ones. Never so many later.
REORDERED = 50_000
SEALED_WITHIN = timedelta(minutes=1)


@dataclass(frozen=True)
class Log:
    """An append-only table under the chain: its name there, its model, the columns that the hash covers, its clock.

    The stamp of a row covers the same columns but those that the database fills: the number and the clock.
    """

    name: str
    model: type[models.Model]
    columns: tuple[str, ...]
    clock: str = "at"


@dataclass(frozen=True)
class Flaw:
    """One row that is not as it was written: ``kind`` is altered, deleted, unsealed, foreign or missing_link."""

    log: str
    kind: str
    row: int

    def __str__(self) -> str:
        return f"{self.log} {self.row}: {self.kind}"


AUDIT = Log("audit", AuditEntry, ("id", "at", "actor_id", "action", "target", "target_id", "summary", "detail"))


def hash_of(previous: str, row: dict[str, Any]) -> str:
    """The hash of a row's link after ``previous``."""
    return hashlib.sha256(f"{previous}\n{canonical.text(row)}".encode()).hexdigest()


def seal(log: Log) -> int:
    """Link every row of the product's own that has no link yet; returns how many. Nothing where another sealer is at work."""
    done = 0
    while linked := _seal_batch(log):
        done += linked
    return done


def flaws(log: Log, since: int = 1) -> Iterator[Flaw]:
    """Every row from position ``since`` on that is not as it was sealed, and every row that nobody sealed in time."""
    previous, expected = _before(log, since), since
    for link, row in _pairs(log, since):
        if link.position != expected:
            yield Flaw(log.name, "missing_link", expected)
            previous = _before(log, link.position)
        if row is None:
            yield Flaw(log.name, "deleted", link.row)
        elif hash_of(previous, row) != link.hash:
            yield Flaw(log.name, "altered", link.row)
        previous, expected = link.hash, link.position + 1
    yield from unsealed(log)


def unsealed(log: Log) -> Iterator[Flaw]:
    """Rows without a link that the product did not write, and those older than the time within which every row is sealed."""
    links = Link.objects.filter(log=log.name, row=OuterRef("pk"))
    late = Case(When(**{f"{log.clock}__lt": Now() - SEALED_WITHIN}, then=True), default=False)
    rows = log.model._default_manager.filter(~Exists(links)).annotate(late=late).order_by("pk")
    for row in rows.values(*log.columns, "stamp", "late").iterator():
        if not _is_own(log, row):
            yield Flaw(log.name, "foreign", row["id"])
        elif row["late"]:
            yield Flaw(log.name, "unsealed", row["id"])


def row_flaw(log: Log, pk: int) -> str:
    """What is wrong with one row ("altered"), "unsealed" where it waits for its seal, empty where it is as it was sealed."""
    return row_flaws(log, [pk]).get(pk, "")


def row_flaws(log: Log, rows: Sequence[int]) -> dict[int, str]:
    """``row_flaw`` of each of many rows, in three queries; rows as they were sealed are left out."""
    links = {link.row: link for link in Link.objects.filter(log=log.name, row__in=rows)}
    earlier = [link.position - 1 for link in links.values()]
    hashes = dict(Link.objects.filter(log=log.name, position__in=earlier).values_list("position", "hash"))
    stored = {row["id"]: row for row in log.model._default_manager.filter(pk__in=list(links)).values(*log.columns)}
    found = {}
    for pk in rows:
        if pk not in links:
            found[pk] = "unsealed"
            continue
        position = links[pk].position - 1
        previous = hashes[position] if position in hashes else _before(log, position + 1)
        if pk not in stored or hash_of(previous, stored[pk]) != links[pk].hash:
            found[pk] = "altered"
    return found


def anchor(log: Log) -> dict[str, Any]:
    """The newest link, to be kept outside the database: ``{log, position, hash, sealed_at}``; position 0 before the first."""
    last = Link.objects.filter(log=log.name).order_by("-position").first()
    if last is None:
        return {"log": log.name, "position": 0, "hash": START, "sealed_at": None}
    return {"log": log.name, "position": last.position, "hash": last.hash, "sealed_at": last.sealed_at.isoformat()}


def holds(log: Log, kept: dict[str, Any]) -> bool:
    """Whether an exported anchor still stands in the chain."""
    if kept["position"] == 0:
        return True
    return Link.objects.filter(log=log.name, position=kept["position"], hash=kept["hash"]).exists()


def _seal_batch(log: Log) -> int:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext('chain'), hashtext(%s))", [log.name])
            if not cursor.fetchone()[0]:
                return 0
        last = Link.objects.filter(log=log.name).order_by("-position").first()
        previous, position = (last.hash, last.position) if last else (START, 0)
        links = []
        for place, row in enumerate(_waiting(log), position + 1):
            previous = hash_of(previous, row)
            links.append(Link(log=log.name, position=place, row=row["id"], hash=previous))
        Link.objects.bulk_create(links)
    return len(links)


def _waiting(log: Log) -> list[dict[str, Any]]:
    highest = Link.objects.filter(log=log.name).aggregate(row=Max("row"))["row"] or 0
    linked = Link.objects.filter(log=log.name, row=OuterRef("pk"))
    rows = log.model._default_manager.filter(~Exists(linked), pk__gt=highest - REORDERED).order_by("pk")
    own = (row for row in rows.values(*log.columns, "stamp").iterator(BATCH) if _is_own(log, row))
    return [{name: row[name] for name in log.columns} for row in islice(own, BATCH)]


def _is_own(log: Log, row: dict[str, Any]) -> bool:
    covered = {name: row[name] for name in log.columns if name not in ("id", log.clock)}
    return stamps.holds(log.name, row["stamp"], covered)


def _before(log: Log, position: int) -> str:
    link = Link.objects.filter(log=log.name, position__lt=position).order_by("-position").first()
    return link.hash if link else START


def _pairs(log: Log, since: int) -> Iterator[tuple[Link, dict[str, Any] | None]]:
    links = Link.objects.filter(log=log.name, position__gte=since).order_by("position").iterator(BATCH)
    while batch := list(islice(links, BATCH)):
        found = log.model._default_manager.filter(pk__in=[link.row for link in batch])
        rows = {row["id"]: row for row in found.values(*log.columns)}
        yield from ((link, rows.get(link.row)) for link in batch)
