"""The company's rules, as pure arithmetic: the same function judges a draft, an approval and a send.

No Django and no clock: callers bring rules, figures and local times. Rules of the whole company bind every
business unit; a unit's own rule can only be stricter (every rule that applies must pass).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import ValidationError

from campaigns import screens
from campaigns.phrases import find_phrase
from campaigns.policy_kinds import KINDS, Parameters, QuietHours
from segments.rules.tree import Field

Stage = Literal["draft", "approval", "send"]
Severity = Literal["block", "warn", "info"]


def _(message: str) -> str:
    """Mark an English message for translation; whoever shows it translates it."""
    return message


@dataclass(frozen=True)
class Rule:
    """One rule: its kind, the business unit that it binds (None: all) and its typed parameters."""

    kind: str
    unit: str | None
    parameters: Parameters


def rule(kind: str, parameters: Mapping[str, Any], unit: str | None = None) -> Rule:
    """Read one rule; raises ValueError with a sentence per problem when the parameters are not of its kind."""
    model = KINDS.get(kind)
    if model is None:
        raise ValueError(f"unknown kind of rule: {kind}")
    try:
        return Rule(kind, unit, model.model_validate(dict(parameters)))
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, item['loc'])) or kind}: {item['msg']}" for item in error.errors())
        raise ValueError(problems) from error


@dataclass(frozen=True)
class Benefit:
    """What an offer gives one customer, in BRL: ``cost`` is None where the offer does not say it.

    ``yearly_value`` is what the customer (of a segment: the one in the middle) pays in a year; None where nobody knows.
    """

    cost: float | None
    yearly_value: float | None = None

    @property
    def year_percent(self) -> float | None:
        """The cost in percent of the yearly value; None where it cannot be told."""
        if self.cost is None or not self.yearly_value:
            return None
        return round(100 * self.cost / self.yearly_value, 2)


@dataclass(frozen=True)
class Moment:
    """What is about to happen. What is None is unknown at this stage and is judged later, never assumed."""

    stage: Stage
    unit: str
    play: str = ""
    purpose: str = "marketing"
    language: str = "pt-br"
    discount_percent: float = 0.0
    channel: str | None = None
    benefit: "Benefit | None" = None
    product: str = ""
    customer: screens.Facts | None = None
    audience: int | None = None
    text: str | None = None
    approvals: int | None = None
    least_approvals: int = 0
    local_time: datetime | None = None
    consent: bool | None = None
    contacted_at: tuple[datetime, ...] | None = None
    rejected_at: tuple[datetime, ...] | None = None


@dataclass(frozen=True)
class PolicyFinding:
    """One rule that does not pass: what was found and what would pass. ``message`` takes ``params`` by %-format."""

    code: str
    severity: Severity
    message: str
    rule: str
    value: Any
    allowed: Any
    params: Mapping[str, Any] = field(default_factory=dict)


def applying(rules: Iterable[Rule], kind: str, unit: str) -> list[Any]:
    """The parameters of every rule of ``kind`` that binds ``unit``: the company's own and the unit's."""
    return [found.parameters for found in rules if found.kind == kind and found.unit in (None, unit)]


def evaluate(rules: Iterable[Rule], moment: Moment) -> list[PolicyFinding]:
    """Everything that stands against ``moment``, hardest first; an empty list means that policy agrees."""
    known = list(rules)
    found = [finding for judge in _JUDGES for finding in judge(known, moment)]
    return sorted(found, key=lambda finding: ("block", "warn", "info").index(finding.severity))


def discount_ceiling(rules: Iterable[Rule], unit: str) -> float:
    """The largest discount in percent that passes every ceiling; 0 where no ceiling is written (closed by default)."""
    return min((limit.max_percent for limit in applying(rules, "discount_ceiling", unit)), default=0.0)


def open_channels(rules: Iterable[Rule], unit: str, purpose: str) -> frozenset[str]:
    """The channels that every rule leaves open for a purpose; both where no rule speaks of channels."""
    found = frozenset({"email", "call"})
    for channels in applying(rules, "channels", unit):
        found &= channels.of(purpose)
    return found


def given(cost: float | None, price: float | None, discount_percent: float) -> float | None:
    """What an offer gives one customer in BRL: what we spend on it and the discount on its price; None: neither is said."""
    off = None if price is None or not discount_percent else price * discount_percent / 100
    known = [value for value in (cost, off) if value is not None]
    return sum(known) if known else None


def year_percent_ceiling(rules: Iterable[Rule], unit: str) -> float | None:
    """The largest share of a customer's yearly value, in percent, that an offer may cost; None where no rule says one."""
    found = (limit.max_year_percent for limit in applying(rules, "benefit_ceiling", unit))
    return min((percent for percent in found if percent is not None), default=None)


def screens_of(rules: Iterable[Rule], moment: Moment, fields: Mapping[str, Field]) -> list[screens.Screen]:
    """What every customer must be like for the campaign of ``moment``, in the order in which it is judged."""
    known, found = list(rules), []
    for kind, reason in screens.REASONS.items():
        for rule_ in applying(known, kind, moment.unit):
            about = (moment.play, moment.purpose, moment.product)
            found += screens.of_clauses(reason, rule_.clauses, *about, fields)
    share = year_percent_ceiling(known, moment.unit)
    if share is not None and moment.benefit and moment.benefit.cost:
        found.append(screens.of_value(moment.benefit.cost, share))
    return found


def forbidden_phrases(rules: Iterable[Rule], unit: str) -> list[str]:
    """All forbidden phrases that bind ``unit``; a claim is forbidden in whatever language the mail is."""
    lists = applying(rules, "forbidden_claims", unit)
    return list(dict.fromkeys(phrase for claims in lists for phrase in (*claims.pt, *claims.en)))


def approvals_needed(rules: Iterable[Rule], moment: Moment) -> int:
    """How many different people must agree; 2 where no rule is written. An unknown audience counts as large.

    Rules may ask for more than the strategy does (``Moment.least_approvals``), never for fewer.
    """
    needed = 0
    for limits in applying(rules, "approvers", moment.unit):
        large = moment.audience is None or moment.audience > limits.audience_above
        above = moment.discount_percent >= limits.discount_from or large or moment.play in limits.always_plays
        needed = max(needed, limits.approvals_above if above else limits.approvals)
    return max(needed or 2, moment.least_approvals)


def approval_hours(rules: Iterable[Rule], unit: str) -> int:
    """For how many hours an approval holds: the shortest of what applies, 72 by default."""
    return min((limits.valid_hours for limits in applying(rules, "approvers", unit)), default=72)


def hold_out_share(rules: Iterable[Rule], unit: str) -> float:
    """The share (0–0.5) kept without contact: the largest of what applies, 0.1 by default."""
    return max((kept.share for kept in applying(rules, "hold_out", unit)), default=0.1)


def is_quiet(hours: QuietHours, local: datetime) -> bool:
    """True when ``local`` (the recipient's wall clock) lies in the quiet hours."""
    if hours.weekends and local.weekday() >= 5:
        return True
    clock = local.time().replace(tzinfo=None)
    if hours.start <= hours.end:
        return hours.start <= clock < hours.end
    return clock >= hours.start or clock < hours.end


def next_open(rules: Iterable[Rule], unit: str, local: datetime) -> datetime:
    """The first moment from ``local`` on that no quiet hour forbids, to the minute; ``local`` itself when it passes."""
    hours = applying(rules, "quiet_hours", unit)
    moment = local
    for _step in range(2 * 14 * 24 * 60):
        blocking = [quiet for quiet in hours if is_quiet(quiet, moment)]
        if not blocking:
            return moment
        moment = min(_after(quiet, moment) for quiet in blocking)
    raise ValueError("the quiet hours leave no time to write")


def leaves_time(rules: Iterable[Rule], unit: str) -> bool:
    """False where the quiet hours of a unit, its own and the company's, cover every minute of a week."""
    try:
        next_open(rules, unit, datetime(2026, 1, 5))  # noqa: DTZ001 - any wall clock will do
    except ValueError:
        return False
    return True


def _after(quiet: QuietHours, local: datetime) -> datetime:
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    end = local.replace(hour=quiet.end.hour, minute=quiet.end.minute, second=0, microsecond=0)
    return end if local < end and is_quiet(quiet, end - timedelta(minutes=1)) else midnight + timedelta(days=1)


def _discount(rules: list[Rule], moment: Moment) -> list[PolicyFinding]:
    ceiling = discount_ceiling(rules, moment.unit)
    if moment.discount_percent <= ceiling:
        return []
    message = _("The discount of %(value)s%% is above the ceiling of %(allowed)s%%.")
    return [_finding("discount_above_ceiling", message, "discount_ceiling", moment.discount_percent, ceiling)]


def _benefit(rules: list[Rule], moment: Moment) -> list[PolicyFinding]:
    limits, benefit = applying(rules, "benefit_ceiling", moment.unit), moment.benefit
    if benefit is None or not limits:
        return []
    if benefit.cost is None:
        message = _(
            "The offer does not say what it costs per customer, and the rule “benefit ceiling” asks for it: enter the cost."
        )
        return [_finding("benefit_unknown", message, "benefit_ceiling", None, None)]
    found = []
    most = min((limit.max_cost for limit in limits if limit.max_cost is not None), default=None)
    if most is not None and benefit.cost > most:
        message = _("The offer costs R$ %(value)s per customer, above the ceiling of R$ %(allowed)s.")
        found.append(_finding("benefit_above_ceiling", message, "benefit_ceiling", benefit.cost, most))
    share, percent = year_percent_ceiling(rules, moment.unit), benefit.year_percent
    if share is not None and percent is not None and percent > share:
        message = _(
            "The offer costs %(value)s%% of what a typical customer here pays in a year, above the ceiling of %(allowed)s%%."
        )
        found.append(_finding("benefit_above_share", message, "benefit_ceiling", percent, share))
    return found


def _channel(rules: list[Rule], moment: Moment) -> list[PolicyFinding]:
    allowed = open_channels(rules, moment.unit, moment.purpose)
    if moment.channel is None or moment.channel in allowed:
        return []
    message = _("The channel “%(value)s” may not be used for the purpose “%(purpose)s”; open: %(allowed)s.")
    kept = _finding("channel_closed", message, "channels", moment.channel, sorted(allowed))
    return [
        replace(kept, params={**kept.params, "purpose": moment.purpose, "allowed": ", ".join(sorted(allowed)) or "–"})
    ]


def _customer(rules: list[Rule], moment: Moment) -> list[PolicyFinding]:
    if moment.customer is None:
        return []
    kinds = {reason: kind for kind, reason in screens.REASONS.items()} | {screens.OF_VALUE: "benefit_ceiling"}
    known = moment.customer.known
    message = _("The customer does not meet what policy asks for (%(allowed)s); known: %(value)s.")
    failed = [screen for screen in screens_of(rules, moment, moment.customer.fields) if not screen.passes(known)]
    found = []
    for screen in failed:
        value, asked = screen.found(known), screen.asked()
        shown = "; ".join(f"{name} {each}" for name, each in value.items()) or "–"
        finding = _finding(screen.reason, message, kinds[screen.reason], value, asked)
        found.append(replace(finding, params={"value": shown, "allowed": asked or "–"}))
    return found


def _claims(rules: list[Rule], moment: Moment) -> list[PolicyFinding]:
    if moment.text is None:
        return []
    message = _("The phrase “%(value)s” may not be used.")
    phrases = forbidden_phrases(rules, moment.unit)
    return [
        _finding("forbidden_claim", message, "forbidden_claims", phrase, None)
        for phrase in phrases
        if find_phrase(moment.text, phrase)
    ]


def _approvals(rules: list[Rule], moment: Moment) -> list[PolicyFinding]:
    if moment.approvals is None:
        return []
    needed = approvals_needed(rules, moment)
    if moment.approvals >= needed:
        return []
    severity: Severity = "block" if moment.stage == "send" else "info"
    message = _("%(value)s of %(allowed)s approvals given.")
    return [_finding("approvals_missing", message, "approvers", moment.approvals, needed, severity)]


def _consent(rules: list[Rule], moment: Moment) -> list[PolicyFinding]:
    needed = any(moment.purpose in granted.purposes for granted in applying(rules, "consent", moment.unit))
    if moment.consent is not False or not needed:
        return []
    message = _("The contact has not agreed to the purpose “%(allowed)s”.")
    return [_finding("consent_missing", message, "consent", False, moment.purpose)]


def _frequency(rules: list[Rule], moment: Moment) -> list[PolicyFinding]:
    if moment.contacted_at is None or moment.local_time is None:
        return []
    found = []
    message = _("%(value)s contacts in the last %(days)s days; at most %(allowed)s are allowed.")
    for days, allowed in (window for cap in applying(rules, "frequency_cap", moment.unit) for window in cap.windows):
        since = moment.local_time - timedelta(days=days)
        recent = sum(since < at <= moment.local_time for at in moment.contacted_at)
        if recent >= allowed:
            found.append(_finding("frequency_cap", message, "frequency_cap", recent, allowed, params={"days": days}))
    return found


def _quiet(rules: list[Rule], moment: Moment) -> list[PolicyFinding]:
    if moment.local_time is None:
        return []
    hours = applying(rules, "quiet_hours", moment.unit)
    if not any(is_quiet(quiet, moment.local_time) for quiet in hours):
        return []
    opens = next_open(rules, moment.unit, moment.local_time)
    message = _("It is a quiet hour for the recipient (%(value)s); the next one open is %(allowed)s.")
    return [
        _finding(
            "quiet_hours", message, "quiet_hours", f"{moment.local_time:%Y-%m-%d %H:%M}", f"{opens:%Y-%m-%d %H:%M}"
        )
    ]


def _pause(rules: list[Rule], moment: Moment) -> list[PolicyFinding]:
    if moment.rejected_at is None or moment.local_time is None:
        return []
    found = []
    message = _("%(value)s refusals in the last %(days)s days; the customer is left alone after %(allowed)s.")
    for pause in applying(rules, "outcome_pause", moment.unit):
        since = moment.local_time - timedelta(days=pause.days)
        recent = sum(since < at <= moment.local_time for at in moment.rejected_at)
        if recent >= pause.rejections:
            params = {"days": pause.days}
            found.append(
                _finding("paused_after_rejections", message, "outcome_pause", recent, pause.rejections, params=params)
            )
    return found


_JUDGES = (_discount, _benefit, _channel, _customer, _claims, _approvals, _consent, _frequency, _quiet, _pause)


def _finding(
    code: str,
    message: str,
    kind: str,
    value: Any,
    allowed: Any,
    severity: Severity = "block",
    params: Mapping[str, Any] | None = None,
) -> PolicyFinding:
    """One finding; ``value`` and ``allowed`` are always among the message's parameters, whole numbers without ``.0``."""
    shown = {"value": _plain(value), "allowed": _plain(allowed), **(params or {})}
    return PolicyFinding(code, severity, message, kind, value, allowed, shown)


def _plain(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value
