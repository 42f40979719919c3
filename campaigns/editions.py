"""The editions of the rules: prepare the next one, change it, give it up, put it into force with a second administrator.

An edition takes force at once or at a moment that the publisher chooses; until then any administrator may withdraw it.

Every verb locks the edition and looks at its state first, so that two people at once never end in a mixture.
"""

import hashlib
import json
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import AuditEntry, BusinessUnit, Role, User
from b2shift.lib.api import Refused
from campaigns import lifecycle, policies, policy_kinds, term_rules
from campaigns.models import PolicyRule, PolicyVersion

S = PolicyVersion.State
FARTHEST = timedelta(days=366)


def prepare(actor: User, note: str, copied: int | None = None) -> PolicyVersion:
    """The next edition with a copy of every rule of edition number ``copied``: one that was withdrawn, or rules of earlier days.

    Without it the rules in force are copied, or those of the scheduled edition where there is one. Refused where one is in
    preparation already, and ("unknown_edition") for a number that there is not.
    """
    _must_be_admin(actor)
    try:
        with transaction.atomic():
            current = PolicyVersion.objects.select_for_update().filter(state__in=[S.SCHEDULED, S.PUBLISHED]).first()
            source = current if copied is None else PolicyVersion.objects.filter(number=copied).first()
            if copied is not None and source is None:
                raise Refused("unknown_edition", _("There is no edition of this number."))
            last = PolicyVersion.objects.order_by("-number").values_list("number", flat=True).first() or 0
            version = PolicyVersion.objects.create(number=last + 1, note=note.strip(), created_by=actor)
            rules = source.rules.all() if source else []
            PolicyRule.objects.bulk_create(
                PolicyRule(
                    version=version, kind=rule.kind, business_unit_id=rule.business_unit_id, parameters=rule.parameters
                )
                for rule in rules
            )
            audit.record(
                actor,
                "policy.prepare",
                version,
                _("Policy %(version)s prepared") % {"version": version},
                note=note.strip(),
                copied=source.number if source else None,
            )
    except IntegrityError as error:  # the database keeps one edition in preparation
        raise Refused("already_prepared", _("The next edition is already in preparation. Change that one.")) from error
    return version


def save_rule(version_id: int, kind: str, unit: str | None, parameters: dict[str, Any], actor: User) -> PolicyRule:
    """Set one rule of an edition in preparation; raises ``Refused`` where the parameters are not of the kind."""
    _must_be_admin(actor)
    try:
        typed = policies.rule(kind, parameters, unit)
    except ValueError as error:
        raise Refused("bad_parameters", str(error)) from error
    for clause in getattr(typed.parameters, "clauses", ()):
        if clause.conditions is not None and (wrong := term_rules.condition_problem(clause.conditions)):
            raise Refused("bad_parameters", wrong)
    kept = typed.parameters.model_dump(mode="json")
    with transaction.atomic():
        version = _in_preparation(version_id)
        rule = version.rules.filter(kind=kind, business_unit_id=unit).first() or PolicyRule(
            version=version, kind=kind, business_unit_id=unit
        )
        if rule.pk and policies.rule(kind, rule.parameters, unit) == typed:
            return rule
        rule.parameters = kept
        rule.save()
        _lay_hand_on(version, actor)
        summary = _("Rule %(rule)s of policy %(version)s changed") % {
            "rule": rule.get_kind_display(),
            "version": version,
        }
        audit.record(actor, "policy.change", version, summary, kind=kind, unit=unit, parameters=kept)
    return rule


def save_clause(
    version_id: int, kind: str, unit: str | None, place: int, clause: dict[str, Any], actor: User, seen: str
) -> PolicyRule:
    """Set one clause of a rule that asks something of customers; ``place`` after the last one adds it.

    ``seen``: ``clauses_seen`` of what the person changed; refused where somebody changed the clauses since.
    """
    with transaction.atomic():
        clauses = _clauses_as_seen(version_id, kind, unit, seen, actor)
        if place >= policy_kinds.MOST_CLAUSES:
            text = _("A rule holds at most %(most)s groups of conditions: join some of them.")
            raise Refused("too_many_clauses", text % {"most": policy_kinds.MOST_CLAUSES})
        return save_rule(version_id, kind, unit, {"clauses": [*clauses[:place], clause, *clauses[place + 1 :]]}, actor)


def remove_clause(version_id: int, kind: str, unit: str | None, place: int, actor: User, seen: str) -> None:
    """Take one clause out of a rule, and with the last one the rule itself."""
    with transaction.atomic():
        clauses = _clauses_as_seen(version_id, kind, unit, seen, actor)
        left = [clause for number, clause in enumerate(clauses) if number != place]
        if left:
            save_rule(version_id, kind, unit, {"clauses": left}, actor)
        else:
            rule = PolicyRule.objects.get(version=version_id, kind=kind, business_unit=unit)
            remove_rule(version_id, rule.pk, actor)


def clauses_of(version_id: int, kind: str, unit: str | None) -> list[dict[str, Any]]:
    """The stored clauses of a rule; none where there is no such rule."""
    rule = PolicyRule.objects.filter(version=version_id, kind=kind, business_unit=unit).first()
    return list(rule.parameters["clauses"]) if rule else []


def clauses_seen(clauses: list[dict[str, Any]]) -> str:
    """The clauses in 32 characters: what a form carries along, so that nobody overwrites what they have not seen."""
    return hashlib.sha256(json.dumps(clauses, sort_keys=True).encode()).hexdigest()[:32]


def _clauses_as_seen(version_id: int, kind: str, unit: str | None, seen: str, actor: User) -> list[dict[str, Any]]:
    _must_be_admin(actor)
    _in_preparation(version_id)
    clauses = clauses_of(version_id, kind, unit)
    if clauses_seen(clauses) != seen:
        raise Refused(
            "changed_meanwhile",
            _("Somebody changed this while you were editing. Reload the page and look at their change first."),
        )
    return clauses


def remove_rule(version_id: int, rule_id: int, actor: User) -> None:
    """Take a rule out of an edition in preparation: a business unit's own, or one that the company may do without."""
    _must_be_admin(actor)
    with transaction.atomic():
        version = _in_preparation(version_id)
        removable = Q(business_unit__isnull=False) | Q(kind__in=policy_kinds.OPTIONAL)
        rule = version.rules.filter(removable, pk=rule_id).first()
        if rule is None:
            raise Refused("no_such_rule", _("This rule of the company stays: it can be changed, not removed."))
        gone = {"kind": rule.kind, "unit": rule.business_unit_id, "parameters": rule.parameters}
        rule.delete()
        _lay_hand_on(version, actor)
        audit.record(
            actor,
            "policy.change",
            version,
            _("A rule of policy %(version)s removed") % {"version": version},
            removed=gone,
        )


def discard(version_id: int, actor: User) -> None:
    """Give up the edition in preparation; what is in force stays."""
    _must_be_admin(actor)
    with transaction.atomic():
        version = _in_preparation(version_id)
        audit.record(actor, "policy.discard", version, _("Policy %(version)s discarded") % {"version": version})
        version.delete()


def publish(version_id: int, actor: User, seen: str, starts: datetime | None = None) -> PolicyVersion:
    """Put the prepared edition into force, at once or from ``starts`` on; ``seen`` is the fingerprint of what the person read.

    A second administrator must do it: nobody who prepared or changed it. Agreements under the old edition end when it begins.
    """
    _must_be_admin(actor)
    with transaction.atomic():
        version = _in_preparation(version_id)
        if actor.pk in hands(version):
            raise Refused("second_admin", _("Another administrator must publish this edition: you worked on it."))
        if fingerprint(version) != seen:
            raise Refused(
                "changed_meanwhile",
                _("The edition was changed after you opened it. Read the changes again before you publish."),
            )
        _ensure_time_to_write(version)
        _begin_due()
        if PolicyVersion.objects.filter(state=S.SCHEDULED).exists():
            raise Refused(
                "already_scheduled",
                _("Another edition is scheduled. Withdraw it, or publish this one once it is in force."),
            )
        now = _clock()
        _ensure_ahead(starts, now)
        PolicyVersion.objects.filter(pk=version.pk).update(
            state=S.SCHEDULED, published_by=actor, published_at=now, in_force_from=starts or now
        )
        summary = _("Policy %(version)s scheduled") if starts else _("Policy %(version)s put into force")
        begins = {"starts": starts.isoformat()} if starts else {}
        action = "policy.schedule" if starts else "policy.publish"
        audit.record(actor, action, version, summary % {"version": version}, rules=seen, **begins)
        if starts is None:
            _replace(version.pk, now)
    lifecycle.expire()
    version.refresh_from_db()
    return version


def begin() -> PolicyVersion | None:
    """Write down that the scheduled edition is in force, where its moment has come, and end what was agreed under the old one.

    The rules count from that moment on whether this ran or not; a second call changes nothing.
    """
    with transaction.atomic():
        begun = _begin_due()
    if begun:
        lifecycle.expire()
    return begun


def withdraw(version_id: int, actor: User) -> PolicyVersion:
    """Give up a scheduled edition before it begins; what is in force stays."""
    _must_be_admin(actor)
    with transaction.atomic():
        version = PolicyVersion.objects.select_for_update(of=("self",)).filter(pk=version_id).first()
        if version is None or version.state != S.SCHEDULED:
            raise Refused("not_scheduled", _("This edition is not scheduled: there is nothing to withdraw."))
        put = PolicyVersion.objects.filter(pk=version.pk, state=S.SCHEDULED, in_force_from__gt=Now())
        if not put.update(state=S.WITHDRAWN):
            raise Refused(
                "already_begun", _("These rules are in force already. Prepare the next edition to change them.")
            )
        audit.record(actor, "policy.withdraw", version, _("Policy %(version)s withdrawn") % {"version": version})
    version.refresh_from_db()
    return version


def _begin_due() -> PolicyVersion | None:
    due = (
        PolicyVersion.objects.select_for_update(of=("self",))
        .filter(state=S.SCHEDULED, in_force_from__lte=Now())
        .first()
    )
    if due is None or due.in_force_from is None:
        return None
    _replace(due.pk, due.in_force_from)
    audit.record(None, "policy.begin", due, _("Policy %(version)s took force") % {"version": due})
    return due


def _replace(version_id: int, moment: datetime) -> None:
    """The edition in force ends at the moment at which the scheduled one begins."""
    PolicyVersion.objects.filter(state=S.PUBLISHED).update(state=S.RETIRED, in_force_until=moment)
    PolicyVersion.objects.filter(pk=version_id, state=S.SCHEDULED).update(state=S.PUBLISHED)


def _ensure_time_to_write(version: PolicyVersion) -> None:
    """Refuse quiet hours that together never end: nothing could be sent, and what waits would wait for ever."""
    rules = [policies.rule(each.kind, each.parameters, each.business_unit_id) for each in version.rules.all()]
    for unit in BusinessUnit.objects.order_by("name"):
        if not policies.leaves_time(rules, unit.pk):
            text = _(
                "The quiet hours of %(unit)s and of the company together leave no time to write: shorten one of them."
            )
            raise Refused("no_time_to_write", text % {"unit": unit})


def _ensure_ahead(starts: datetime | None, now: datetime) -> None:
    if starts is not None and starts <= now:
        raise Refused(
            "starts_in_the_past",
            _("This moment is over. Choose a later one, or none: then the rules count at once."),
        )
    if starts is not None and starts > now + FARTHEST:
        raise Refused("starts_too_late", _("Choose a moment within the next twelve months."))


def _clock() -> datetime:
    """What the database's clock says."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        found: datetime = cursor.fetchone()[0]
        return found


def fingerprint(version: PolicyVersion) -> str:
    """The content of an edition in 32 characters: all its rules and its note."""
    rules = sorted(
        [rule.kind, rule.business_unit_id or "", json.dumps(rule.parameters, sort_keys=True)]
        for rule in version.rules.all()
    )
    return hashlib.sha256(json.dumps([version.note, rules]).encode()).hexdigest()[:32]


def hands(version: PolicyVersion) -> set[int]:
    """Users who prepared or changed an edition, read from the audit trail: they cannot publish it."""
    entries = AuditEntry.objects.filter(target="policyversion", target_id=str(version.pk), actor__isnull=False)
    found = set(entries.filter(action__in=["policy.prepare", "policy.change"]).values_list("actor_id", flat=True))
    return found | ({version.created_by_id} if version.created_by_id else set())


def who_may_publish(version: PolicyVersion) -> QuerySet[User]:
    """Administrators with access who had no hand in the edition."""
    return User.objects.filter(role=Role.ADMIN, is_active=True).exclude(pk__in=hands(version)).order_by("name")


def _lay_hand_on(version: PolicyVersion, actor: User) -> None:
    """The database refuses ``published_by = created_by``: it must know the last person who changed the edition."""
    PolicyVersion.objects.filter(pk=version.pk).update(created_by=actor)


def _in_preparation(version_id: int) -> PolicyVersion:
    version = PolicyVersion.objects.select_for_update(of=("self",)).filter(pk=version_id).first()
    if version is None or version.state != S.DRAFT:
        raise Refused("not_in_preparation", _("This edition is not in preparation: it cannot be changed."))
    return version


def _must_be_admin(actor: User) -> None:
    if actor.role != Role.ADMIN or not actor.is_active:
        raise Refused("not_allowed", _("Only an administrator can change this."))
