"""One transaction makes a finished run the published one: identities, profiles, members, scores, then the pointer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import numpy as np
from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from b2shift.lib.api import Refused
from segments import challenge, drift, passports, pipeline, profiles, queries, scoring, wording
from segments.features import FEATURES
from segments.models import Membership, Run, Segment, SegmentProfile
from segments.passports import Identity, Matching
from segments.pipeline import Result
from segments.profiles import Profile

BATCH = 5_000


def publish(run: Run, result: Result) -> None:
    """Record what a run found. Without a trustworthy clustering only the run itself and the scores change.

    Where the published run is worth clearly more, it stays, and the run records why; an analyst may override that.
    Raises Refused where the run is no longer this worker's (its lease ran out); nothing is written then.
    """
    found = result.choice.clustering
    described = (
        profiles.describe(result.frame, result.prepared.matrix, found.labels, result.risks.values) if found else []
    )
    compared = _compared(run, result)
    with transaction.atomic():
        held = Run.objects.select_for_update().filter(pk=run.pk, owner=run.owner, state=Run.State.RUNNING).first()
        if held is None:
            raise Refused("lease_lost", _("The run was given up because its worker did not report in time."))
        scoring.save(result.frame, result.risks)
        if found is None:
            _close(
                run, result, Run.State.CANCELLED if result.choice.reason.code == "cancelled" else Run.State.INCONCLUSIVE
            )
            return
        if compared.get("kept") and not held.override:
            reason = pipeline.plain({"code": "champion_kept", **compared})
            _close(run, result, Run.State.KEPT, reason=reason)
            return
        segments = _identities(run, result, described)
        _profiles(run, result, described, segments)
        Membership.objects.bulk_create(_members(run, result, segments), batch_size=BATCH)
        spread = _spread(result)
        Run.objects.filter(state=Run.State.PUBLISHED).update(state=Run.State.SUPERSEDED)
        quality = pipeline.facts(result)["quality"] | pipeline.plain({"compared": compared})
        _close(run, result, Run.State.PUBLISHED, quality=quality, **spread)


def _compared(run: Run, result: Result) -> dict[str, Any]:
    """What this run and the published one are worth on today's customers; empty where there is nothing to compare."""
    champion = queries.published_run()
    if champion is None or result.choice.clustering is None:
        return {}
    place = {pk: row for row, pk in enumerate(result.frame.ids.tolist())}
    labels = np.full(len(place), -1, dtype=np.int64)
    number: dict[int, int] = {}
    members = Membership.objects.filter(run=champion, segment__isnull=False).order_by("segment_id")
    for segment, customer in members.values_list("segment_id", "customer_id").iterator(chunk_size=10_000):
        if customer in place:
            labels[place[customer]] = number.setdefault(segment, len(number))
    steady = {
        number[row.segment_id]: row.stability or 0.0
        for row in queries.current_profiles(champion)
        if row.segment_id in number
    }
    matrix = result.prepared.matrix
    theirs = challenge.worth(matrix, labels, steady, run.seed)
    found = {entry.label: entry.mean for entry in result.choice.stabilities}
    ours = challenge.worth(matrix, result.clustering.labels, found, run.seed)
    return {
        "champion_run": champion.pk,
        "champion": asdict(theirs),
        "challenger": asdict(ours),
        "kept": challenge.keeps(theirs, ours),
    }


def _close(run: Run, result: Result, state: str, **over: Any) -> None:
    spread = {} if "drift" in over else _spread(result)
    facts = pipeline.facts(result) | spread | over
    Run.objects.filter(pk=run.pk).update(
        state=state, finished_at=Now(), lease_until=None, progress=100, step="done", **facts
    )


def _spread(result: Result) -> dict[str, Any]:
    """How each feature is spread now, and what moved since the run that is published."""
    columns = {feature.name: result.frame.feature(feature.name) for feature in FEATURES}
    before = queries.published_run()
    told = drift.moved(before.distributions, columns) if before else []
    return {
        # not rounded: a value that lies on an edge must stay on its side of it
        "distributions": {name: drift.summary(values) for name, values in columns.items()},
        "drift": {"against": before.pk if before else None, "features": pipeline.plain(told)},
    }


def _identities(run: Run, result: Result, described: list[Profile]) -> dict[int, Segment]:
    labels, ids = result.clustering.labels, result.frame.ids
    clusters = {number: set(ids[labels == number].tolist()) for number in range(len(described))}
    matching = passports.match(clusters, passports.living(queries.published_run()))
    return passports.settle(run, matching, _named(matching, described))


def _named(matching: Matching, described: list[Profile]) -> dict[int, Identity]:
    """A name per newborn that neither a continuing segment nor another newborn has."""
    taken = set(Segment.objects.filter(pk__in=matching.continued.values()).values_list("name", flat=True))
    found = {}
    for label in matching.born:
        profile = described[label]
        name = wording.names(profile.differentiators, profile.industry, taken)
        found[label] = Identity(name["pt-br"], name["en"])
        taken.add(name["pt-br"])
    return found


def _profiles(run: Run, result: Result, described: list[Profile], segments: dict[int, Segment]) -> None:
    stabilities = {entry.label: entry for entry in result.choice.stabilities}
    rows = []
    for label, profile in enumerate(described):
        steady = stabilities.get(label)
        reason = profiles.blocked_reason(profile.size, len(result.frame.ids), steady.mean if steady else None)
        rows.append(
            SegmentProfile(
                run=run,
                segment=segments[label],
                size=profile.size,
                share=profile.share,
                activatable=not reason,
                blocked_reason=reason,
                stability=steady.mean if steady else None,
                stability_low=steady.low if steady else None,
                stability_high=steady.high if steady else None,
                figures=pipeline.plain(profile.figures),
                differentiators=pipeline.plain(profile.differentiators),
                typical=profile.typical,
                rules=pipeline.plain(profile.rules),
            )
        )
    SegmentProfile.objects.bulk_create(rows)


def _members(run: Run, result: Result, segments: dict[int, Segment]) -> Iterator[Membership]:
    found = result.clustering
    rows = zip(
        result.frame.ids.tolist(), found.labels.tolist(), found.confidence.tolist(), result.points.tolist(), strict=True
    )
    for customer_id, label, confidence, (x, y) in rows:
        yield Membership(
            run=run,
            customer_id=customer_id,
            segment=segments.get(label),
            confidence=round(confidence, 4),
            x=round(x, 4),
            y=round(y, 4),
        )
