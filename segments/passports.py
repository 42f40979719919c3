"""Permanent identity: which new cluster is which living segment, and what happened to those that are neither.

Clusters are matched to living segments by the assignment that shares the most members; whoever is left over was born,
split off, merged into another, or died. Names, colours and history stay with the passport.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.audit import record
from accounts.models import User
from b2shift.lib.api import Refused
from segments.models import Membership, Run, Segment, SegmentEvent

SAME = 0.25
"""Share of the joint members (Jaccard) from which a cluster continues a segment."""
MOSTLY = 0.5
"""A part or a fusion is named as such when most of the smaller side's members went that way."""
COLOURS = 8


@dataclass(frozen=True)
class Matching:
    """Outcome over cluster labels and segment ids.

    ``continued`` label → segment; ``origin`` new label → segments most of its members came from (a split) ;
    ``merged`` dead segment → label that took most of its members; ``born`` labels and ``dead`` segments, in order.
    """

    continued: dict[int, int]
    born: list[int]
    dead: list[int]
    origin: dict[int, int] = field(default_factory=dict)
    merged: dict[int, int] = field(default_factory=dict)


def match(clusters: Mapping[int, set[int]], living: Mapping[int, set[int]]) -> Matching:
    """Match clusters (label → customer ids) to living segments (id → customer ids). Pure.

    Only customers known to both sides count, so that growth of the base changes nobody's identity. Equal overlaps are
    decided by the lower label and id: the answer is a function of the input.
    """
    both = set().union(*clusters.values()) & set().union(*living.values()) if clusters and living else set()
    new = {label: members & both for label, members in sorted(clusters.items())}
    old = {pk: members & both for pk, members in sorted(living.items())}
    continued = _assigned(new, old)
    born = [label for label in new if label not in continued]
    dead = [pk for pk in old if pk not in continued.values()]
    return Matching(
        continued,
        born,
        dead,
        origin={label: pk for label in born if (pk := _home(new[label], old)) is not None},
        merged={pk: label for pk in dead if (label := _home(old[pk], new)) is not None},
    )


def _assigned(new: Mapping[int, set[int]], old: Mapping[int, set[int]]) -> dict[int, int]:
    """Label → segment by the assignment of the largest total overlap, pairs below ``SAME`` left out."""
    import numpy as np
    from scipy.optimize import linear_sum_assignment

    if not new or not old:
        return {}
    labels, pks = list(new), list(old)
    overlap = np.array([[_jaccard(new[label], old[pk]) for pk in pks] for label in labels])
    rows, columns = linear_sum_assignment(overlap, maximize=True)
    return {labels[r]: pks[c] for r, c in zip(rows.tolist(), columns.tolist(), strict=True) if overlap[r, c] >= SAME}


def _jaccard(one: set[int], two: set[int]) -> float:
    union = len(one | two)
    return len(one & two) / union if union else 0.0


def _home(members: set[int], groups: Mapping[int, set[int]]) -> int | None:
    """The group that holds most of ``members``, if more than half."""
    if not members:
        return None
    best = max(groups, key=lambda key: (len(members & groups[key]), -key), default=None)
    return best if best is not None and len(members & groups[best]) > MOSTLY * len(members) else None


def migration(
    before: Mapping[int, int | None], after: Mapping[int, int | None]
) -> dict[int | None, dict[int | None, float]]:
    """Who moved: segment before → segment after → share of the former's customers; each row sums to 1. Pure.

    Both sides map customer → segment, None for no segment. Only customers on both sides count; empty rows are left out.
    """
    counts: dict[int | None, dict[int | None, int]] = {}
    for customer, origin in before.items():
        if customer in after:
            row = counts.setdefault(origin, {})
            row[after[customer]] = row.get(after[customer], 0) + 1
    return {
        origin: {target: count / sum(row.values()) for target, count in row.items()} for origin, row in counts.items()
    }


def living(previous: Run | None) -> dict[int, set[int]]:
    """Members of each living clustered segment in the published run, by segment id."""
    found: dict[int, set[int]] = {
        pk: set()
        for pk in Segment.objects.filter(kind=Segment.Kind.CLUSTERED, retired_in=None).values_list("pk", flat=True)
    }
    if previous is not None:
        rows = Membership.objects.filter(run=previous, segment__in=found).values_list("segment_id", "customer_id")
        for segment, customer in rows.iterator(chunk_size=10_000):
            found[segment].add(customer)
    return found


@dataclass(frozen=True)
class Identity:
    """What a newborn segment is called."""

    name: str
    name_en: str


def settle(run: Run, matching: Matching, identities: Mapping[int, Identity]) -> dict[int, Segment]:
    """Write births, deaths and events of a run, inside the caller's transaction; returns label → segment.

    ``identities`` holds one entry per born label.
    """
    segments = dict(zip(matching.continued, _by_id(list(matching.continued.values())), strict=True))
    colours = [segment.colour for segment in segments.values()]
    for label in matching.born:
        segments[label] = _born(run, identities[label], colours)
        colours.append(segments[label].colour)
    Segment.objects.filter(pk__in=matching.dead).update(retired_in=run)
    SegmentEvent.objects.bulk_create(_events(run, matching, segments))
    return segments


def _by_id(pks: Sequence[int]) -> list[Segment]:
    found = Segment.objects.in_bulk(pks)
    return [found[pk] for pk in pks]


def _born(run: Run, identity: Identity, colours: Sequence[int]) -> Segment:
    colour = min(range(COLOURS), key=lambda c: (colours.count(c), c))
    return Segment.objects.create(
        passport=_next_passport(), name=identity.name, name_en=identity.name_en, colour=colour, born_in=run
    )


def _next_passport() -> str:
    numbers = [
        int(text[2:])
        for text in Segment.objects.values_list("passport", flat=True)
        if text[:2] == "S-" and text[2:].isdigit()
    ]
    return f"S-{max(numbers, default=0) + 1:03}"


def _events(run: Run, matching: Matching, segments: Mapping[int, Segment]) -> list[SegmentEvent]:
    kinds = SegmentEvent.Kind
    passports = {segment.pk: segment.passport for segment in [*segments.values(), *_by_id(matching.dead)]}

    def event(segment_id: int, kind: str, **detail: object) -> SegmentEvent:
        return SegmentEvent(run=run, segment_id=segment_id, kind=kind, detail=detail)

    found = [event(pk, kinds.CONTINUED) for pk in matching.continued.values()]
    for label in matching.born:
        origin = matching.origin.get(label)
        found.append(event(segments[label].pk, kinds.BIRTH, **({"from": passports[origin]} if origin else {})))
    for origin in dict.fromkeys(matching.origin.values()):
        parts = [segments[label].passport for label, pk in matching.origin.items() if pk == origin]
        found.append(event(origin, kinds.SPLIT, into=parts))
    for pk in matching.dead:
        heir = matching.merged.get(pk)
        found.append(
            event(
                pk,
                kinds.DEATH if heir is None else kinds.MERGE,
                **({"into": segments[heir].passport} if heir is not None else {}),
            )
        )
    for heir in dict.fromkeys(matching.merged.values()):
        parts = [passports[pk] for pk, label in matching.merged.items() if label == heir]
        found.append(event(segments[heir].pk, kinds.MERGE, **{"from": parts}))
    return found


def rename(
    segment_id: int, actor: User, name: str, name_en: str, description: str, description_en: str = ""
) -> Segment:
    """Give a segment the name a person chose; it survives later runs. Recorded in the passport and the audit trail.

    Raises Refused for a name that another living segment has.
    """
    with transaction.atomic():
        segment = Segment.objects.select_for_update().get(pk=segment_id)
        if Segment.objects.filter(name__iexact=name, retired_in=None).exclude(pk=segment.pk).exists():
            raise Refused("name_taken", _("Another segment has this name. Choose a different one."))
        before = segment.name
        segment.name, segment.name_en, segment.named_by = name, name_en, actor
        segment.description, segment.description_en, segment.suggestion = description, description_en, {}
        segment.save(update_fields=["name", "name_en", "named_by", "description", "description_en", "suggestion"])
        SegmentEvent.objects.create(
            segment=segment, kind=SegmentEvent.Kind.RENAMED, actor=actor, detail={"before": before, "after": name}
        )
        record(actor, "segment.rename", segment, f"{before} → {name}", before=before, after=name)
    return segment
