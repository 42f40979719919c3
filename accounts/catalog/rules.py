"""The gate's rules and the overrides, written: administrators only, each change audited."""

from dataclasses import asdict, dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from accounts.audit import record
from accounts.catalog.datasets import find
from accounts.models import GateOverride, GateRule, Role, User
from b2shift.lib.api import Refused

LONGEST_OVERRIDE = 30  # days
SHORTEST_REASON = 10  # characters: "ok" is no reason


@dataclass(frozen=True)
class Terms:
    """What an administrator enters for a rule."""

    kind: str
    threshold: float
    dataset: str = ""
    column: str = ""
    stops_segmentation: bool = False
    stops_activation: bool = False
    is_active: bool = True


def save(terms: Terms, user: User, rule_id: int | None = None) -> GateRule:
    """Write a new rule or change one. Refused for terms that make no sense, with nothing changed."""
    _admin(user)
    _sensible(terms)
    with transaction.atomic():
        before: dict[str, object] = {}
        if rule_id is None:
            rule = GateRule(**asdict(terms))
        else:
            rule = _locked(rule_id)
            before = {name: getattr(rule, name) for name in asdict(terms)}
            for name, value in asdict(terms).items():
                setattr(rule, name, value)
        rule.changed_by, rule.changed_at = user, Now()
        rule.save()
        record(user, "gate_rule.save", rule, str(rule), before=before, after=asdict(terms))
    rule.refresh_from_db()
    return rule


def override(rule_id: int, reason: str, days: int, user: User) -> GateOverride:
    """Go on in spite of a rule for some days; one override holds at a time. Refused without a reason."""
    _admin(user)
    reason = " ".join(reason.split())
    if not SHORTEST_REASON <= len(reason) <= 300:
        raise Refused("reason_missing", _("Say in a sentence why the data may be used all the same."))
    if not 1 <= days <= LONGEST_OVERRIDE:
        raise Refused("bad_expiry", _("An override holds between 1 and %(days)s days.") % {"days": LONGEST_OVERRIDE})
    with transaction.atomic():
        rule = _locked(rule_id)
        _running(rule).update(ended_at=Now())
        given = GateOverride.objects.create(rule=rule, reason=reason, given_by=user, until=Now() + timedelta(days=days))
        record(user, "gate.override", rule, f"{rule}: {days} d"[:300], reason=reason, days=days)
    given.refresh_from_db()
    return given


def end_override(rule_id: int, user: User) -> None:
    """Let a rule hold again at once. Refused when nothing lifts it."""
    _admin(user)
    with transaction.atomic():
        rule = _locked(rule_id)
        if not _running(rule).update(ended_at=Now()):
            raise Refused("no_override", _("Nothing lifts this rule now."))
        record(user, "gate.end_override", rule, str(rule))


def _running(rule: GateRule) -> QuerySet[GateOverride]:
    return GateOverride.objects.filter(rule=rule, ended_at=None, until__gt=Now())


def _locked(rule_id: int) -> GateRule:
    rule = GateRule.objects.select_for_update().filter(pk=rule_id).first()
    if rule is None:
        raise Refused("gone", _("This rule no longer exists."))
    return rule


def _admin(user: User) -> None:
    if user.role != Role.ADMIN or not user.is_active:
        raise Refused("not_allowed", _("Only administrators change the data gate."))


def _sensible(terms: Terms) -> None:
    if terms.kind not in GateRule.Kind.values:
        raise Refused("unknown_kind", _("There is no such kind of rule."))
    if not (terms.stops_segmentation or terms.stops_activation):
        raise Refused("stops_nothing", _("Choose what the rule stops: segmentation, activation or both."))
    if not 0 <= terms.threshold <= 10_000:
        raise Refused("bad_limit", _("The limit must lie between 0 and 10,000."))
    if terms.kind != GateRule.Kind.STALE and not 0 <= terms.threshold <= 100:
        raise Refused("bad_limit", _("The limit must lie between 0 and 100."))
    entry = find(terms.dataset) if terms.dataset else None
    if terms.dataset and entry is None:
        raise Refused("unknown_dataset", _("There is no such dataset or column."))
    if terms.kind == GateRule.Kind.MISSING and (entry is None or entry.column(terms.column) is None):
        raise Refused("no_column", _("Choose a dataset and write the name of one of its columns."))
    if terms.kind != GateRule.Kind.MISSING and terms.column:
        raise Refused("column_in_vain", _("Only rules about missing values name a column."))
