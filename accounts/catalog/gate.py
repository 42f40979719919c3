"""The data gate: whether the data may be used now, decided in one place for pages, API, commands and tasks.

``blocks(purpose)`` says what stands against it, in words that say what to do. Unknown is not bad: a dataset that was never
loaded or never profiled stops nothing. Age counts from the day of the last delivery, never from the dates inside the data.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.catalog import queries
from accounts.catalog.queries import Shown, ShownColumn
from accounts.models import GateOverride, GateRule, Import
from b2shift.lib.api import Refused
from b2shift.templatetags.b2shift import number

SEGMENTATION, ACTIVATION = "segmentation", "activation"
PURPOSES = (SEGMENTATION, ACTIVATION)
FINISHED = (Import.State.PUBLISHED, Import.State.UNCHANGED, Import.State.FAILED)


@dataclass(frozen=True)
class Finding:
    """One reason not to use the data: what is wrong, what to do; ``override`` lifts it until it ends."""

    rule: GateRule
    what: str
    remedy: str
    override: GateOverride | None = None

    @property
    def text(self) -> str:
        """Both sentences."""
        return f"{self.what} {self.remedy}"


def blocks(purpose: str) -> list[Finding]:
    """What forbids ``purpose`` now: findings of rules in force that no override lifts."""
    return [each for each in standing(purpose) if each.override is None]


def ensure(purpose: str) -> None:
    """Raise ``Refused`` with the reasons and the remedy when the data may not be used; changes nothing."""
    found = blocks(purpose)
    if found:
        raise Refused("data_gate", _("The data gate is closed.") + " " + " ".join(each.text for each in found))


def standing(purpose: str) -> list[Finding]:
    """Every finding for ``purpose``, those that an override lifts included."""
    wanted = {SEGMENTATION: "stops_segmentation", ACTIVATION: "stops_activation"}[purpose]
    return judge(list(rules().filter(is_active=True, **{wanted: True})))


def judge(found: list[GateRule]) -> list[Finding]:
    """The findings of these rules, from the state of the data now."""
    if not found:
        return []
    data = _Data()
    findings = []
    for rule in found:
        lifted = rule.live_overrides[0] if rule.live_overrides else None  # type: ignore[attr-defined]
        findings += [
            Finding(rule, what, remedy, lifted) for what, remedy in _JUDGES[GateRule.Kind(rule.kind)](rule, data)
        ]
    return findings


def rules() -> QuerySet[GateRule]:
    """All rules with ``live_overrides``: those that hold now."""
    live = GateOverride.objects.filter(ended_at=None, until__gt=Now()).select_related("given_by")
    return GateRule.objects.select_related("changed_by").prefetch_related(
        Prefetch("overrides", queryset=live, to_attr="live_overrides")
    )


class _Data:
    """What the rules look at, read at most once."""

    def __init__(self) -> None:
        self._shown: list[Shown] | None = None

    @property
    def shown(self) -> list[Shown]:
        if self._shown is None:
            self._shown = queries.shown()
        return self._shown

    def of(self, rule: GateRule) -> list[Shown]:
        """The dataset that the rule names; for a rule that names none, every source."""
        if rule.dataset:
            return [each for each in self.shown if each.entry.name == rule.dataset]
        return [each for each in self.shown if each.entry.source is not None]

    def column(self, rule: GateRule) -> ShownColumn | None:
        """The column that the rule names, in the versions of its dataset alone: profiles of columns are large."""
        of = [each for each in self.shown if each.entry.name == rule.dataset]
        return next((each for each in queries.columns(of) if each.field.name == rule.column), None)


Said = list[tuple[str, str]]


def _stale(rule: GateRule, data: _Data) -> Said:
    """A limit of 0 means the promise of each source."""
    said: Said = []
    for each in data.of(rule):
        limit = rule.threshold or each.promise
        if each.age is not None and each.age > limit:
            words = {"dataset": each.entry.title, "days": number(int(each.age)), "limit": number(limit)}
            said.append((
                _("“%(dataset)s” was last delivered %(days)s days ago; at most %(limit)s are allowed.") % words,
                _("Import a newer file."),
            ))  # fmt: skip
    return said


def _quality(rule: GateRule, data: _Data) -> Said:
    return [
        (
            _("The quality score of “%(dataset)s” is %(score)s; at least %(limit)s is asked for.")
            % {"dataset": each.entry.title, "score": number(each.score, 0), "limit": number(rule.threshold)},
            _("Look at its findings in the catalogue, mend the file and import it again."),
        )
        for each in data.of(rule)
        if each.score is not None and each.score < rule.threshold
    ]


def _missing(rule: GateRule, data: _Data) -> Said:
    column = data.column(rule)
    if column is None or column.missing_share is None or 100 * column.missing_share <= rule.threshold:
        return []
    words = {
        "column": column.field.header, "dataset": column.of.entry.title, "share": number(round(100 * column.missing_share, 1)),
        "limit": number(rule.threshold),
    }  # fmt: skip
    return [(
        _("%(share)s%% of “%(column)s” in “%(dataset)s” are missing; at most %(limit)s%% are allowed.") % words,
        _("Import a file in which the column is filled."),
    )]  # fmt: skip


def _drop(rule: GateRule, data: _Data) -> Said:
    """Without a dataset: customers in the base after the last import against those after the one before."""
    pairs: list[tuple[Any, int, int]] = []
    if rule.dataset:
        pairs = [(each.entry.title, each.profile.rows, each.before.rows)
                 for each in data.of(rule) if each.profile and each.before]  # fmt: skip
    else:
        counts = Import.objects.filter(state__in=FINISHED[:2]).exclude(customers=None).order_by("-pk")
        last = [each or 0 for each in counts.values_list("customers", flat=True)[:2]]
        pairs = [(_("Customers"), last[0], last[1])] if len(last) == 2 else []
    return [
        (
            _("“%(dataset)s” fell from %(before)s to %(now)s rows in the last load; at most %(limit)s%% less is allowed.")
            % {"dataset": title, "before": number(before), "now": number(now), "limit": number(rule.threshold)},
            _("Check that the last file was complete and import it again."),
        )
        for title, now, before in pairs
        if before and 100 * (before - now) / before > rule.threshold
    ]  # fmt: skip


def _failed(rule: GateRule, data: _Data) -> Said:
    count = max(1, int(rule.threshold))
    last = list(Import.objects.filter(state__in=FINISHED).order_by("-pk").values_list("state", flat=True)[:count])
    if len(last) < count or any(state != Import.State.FAILED for state in last):
        return []
    what = ngettext("The last import failed.", "The last %(count)s imports failed.", count) % {"count": count}
    return [(what, _("Open the imports, mend the files and send them again."))]


_JUDGES: dict[GateRule.Kind, Callable[[GateRule, _Data], Said]] = {
    GateRule.Kind.STALE: _stale, GateRule.Kind.QUALITY: _quality, GateRule.Kind.MISSING: _missing,
    GateRule.Kind.DROP: _drop, GateRule.Kind.FAILED: _failed,
}  # fmt: skip
