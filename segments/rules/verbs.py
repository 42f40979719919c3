"""What people do with rule segments: define, change, archive, have counted. Each records itself in passport and audit trail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from accounts.audit import record
from accounts.models import Role, User
from b2shift.lib.api import Refused
from segments.models import RuleSegment, RuleVersion, Segment, SegmentEvent
from segments.passports import COLOURS
from segments.rules import checks, tree, uses

EDITORS = (Role.ANALYST, Role.MANAGER, Role.ADMIN)
ATTEMPTS = 5


@dataclass(frozen=True)
class Identity:
    """What a person says of a segment."""

    name: str
    name_en: str = ""
    description: str = ""


def define(actor: User, identity: Identity, conditions: Any) -> Segment:
    """A new rule segment; a worker counts its members. Raises ``tree.Invalid``, or Refused for a name that is taken."""
    root = checks.checked(conditions)
    with transaction.atomic():
        _free(identity.name, None)
        segment = _created(actor, identity)
        version = RuleVersion.objects.create(segment=segment, number=1, conditions=tree.dump(root), author=actor)
        RuleSegment.objects.create(segment=segment, version=version, author=actor, asked_at=Now())
        SegmentEvent.objects.create(
            segment=segment, kind=SegmentEvent.Kind.BIRTH, actor=actor, detail={"rule": version.number}
        )
        record(actor, "segment.define", segment, f"{segment.passport} {segment.name}", conditions=version.conditions)
    return segment


def change(segment_id: int, actor: User, identity: Identity, conditions: Any, based_on: int) -> RuleVersion:
    """The next version of a rule, or only another name; campaigns keep the members that they were made from.

    Raises ``tree.Invalid``, and Refused where the segment is archived, the name is taken, or somebody else changed the
    rule since version ``based_on``.
    """
    with transaction.atomic():
        rule = _held(segment_id)
        segment = rule.segment
        root = checks.checked(conditions, segment.passport)
        latest = segment.rule_versions.first()
        if latest is None or latest.number != based_on:
            raise Refused(
                "changed_meanwhile",
                _("Somebody changed this rule in the meantime. Open it again and repeat your change."),
            )
        _free(identity.name, segment)
        before, told = segment.name, tree.dump(root)
        _describe(segment, actor, identity)
        if told == latest.conditions:
            record(actor, "segment.describe", segment, f"{before} → {segment.name}")
            return latest
        version = RuleVersion.objects.create(segment=segment, number=latest.number + 1, conditions=told, author=actor)
        RuleSegment.objects.filter(pk=rule.pk).update(version=version, asked_at=Now(), error="")
        SegmentEvent.objects.create(
            segment=segment, kind=SegmentEvent.Kind.CHANGED, actor=actor, detail={"rule": version.number}
        )
        record(
            actor, "segment.change_rule", segment, f"{segment.passport} v{version.number}",
            before=latest.conditions, after=told,
        )  # fmt: skip
    return version


def archive(segment_id: int, actor: User) -> Segment:
    """Retire a rule segment; its passport, members and campaigns of the past stay readable.

    Raises Refused, and changes nothing, while a living campaign or another rule uses it or it is archived already.
    """
    with transaction.atomic():
        # Who drafts a campaign for a rule segment holds the same lock: none can be in the making here.
        segment = Segment.objects.select_for_update().get(pk=segment_id)
        rule = _held(segment_id)
        living = [use for use in uses.of_segment(segment) if use.living]
        if living:
            names = ", ".join(f"“{use.name}”" for use in living[:3])
            raise Refused(
                "in_use", _("Still in use by %(names)s. End that first; nothing was changed.") % {"names": names}
            )
        if rule.run is None:
            raise Refused("not_counted", _("Its members are still being counted. Try again in a minute."))
        segment.retired_in = rule.run
        segment.save(update_fields=["retired_in"])
        SegmentEvent.objects.create(
            segment=segment, kind=SegmentEvent.Kind.DEATH, actor=actor, detail={"rule": rule.version.number if rule.version else 0}
        )  # fmt: skip
        record(actor, "segment.archive", segment, f"{segment.passport} {segment.name}")
    return segment


def ask(segment_id: int, actor: User) -> RuleSegment:
    """Have the members counted again now. Refused for an archived segment."""
    with transaction.atomic():
        rule = _held(segment_id)
        RuleSegment.objects.filter(pk=rule.pk).update(asked_at=Now())
        record(actor, "segment.count", rule.segment, rule.segment.passport)
    return rule


def _held(segment_id: int) -> RuleSegment:
    rules = RuleSegment.objects.select_for_update(of=("self",)).select_related("segment", "version", "run")
    rule = rules.get(segment=segment_id)
    if rule.segment.retired_in_id:
        raise Refused("archived", _("This segment is archived. Duplicate it to go on with its rule."))
    return rule


def _free(name: str, own: Segment | None) -> None:
    others = Segment.objects.filter(name__iexact=name, retired_in=None)
    if (others.exclude(pk=own.pk) if own else others).exists():
        raise Refused("name_taken", _("Another segment has this name. Choose a different one."))


def _created(actor: User, identity: Identity) -> Segment:
    for _attempt in range(ATTEMPTS):
        try:
            with transaction.atomic():
                return Segment.objects.create(
                    passport=_next_passport(), kind=Segment.Kind.RULE, named_by=actor, colour=_colour(),
                    **_columns(identity),
                )  # fmt: skip
        except IntegrityError:
            continue  # somebody took the number at the same moment
    raise Refused("busy", _("Several segments are being created at this moment. Try again."))


def _next_passport() -> str:
    taken = Segment.objects.filter(kind=Segment.Kind.RULE).values_list("passport", flat=True)
    return f"R-{max((int(text[2:]) for text in taken if text[2:].isdigit()), default=0) + 1:03}"


def _colour() -> int:
    """The colour that the fewest living segments have."""
    used = list(Segment.objects.filter(retired_in=None).values_list("colour", flat=True))
    return min(range(COLOURS), key=lambda colour: (used.count(colour), colour))


def _describe(segment: Segment, actor: User, identity: Identity) -> None:
    if segment.name != identity.name:
        SegmentEvent.objects.create(
            segment=segment, kind=SegmentEvent.Kind.RENAMED, actor=actor,
            detail={"before": segment.name, "after": identity.name},
        )  # fmt: skip
    for column, value in _columns(identity).items():
        setattr(segment, column, value)
    segment.save(update_fields=list(_columns(identity)))


def _columns(identity: Identity) -> dict[str, Any]:
    return {
        "name": identity.name,
        "name_en": identity.name_en,
        "description": identity.description,
    }
