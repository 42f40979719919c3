"""The rules in plain words, in the language of the reader; and what two editions say differently."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import Purpose
from b2shift.templatetags.b2shift import brl, number, percent
from campaigns import policies, policy_kinds
from campaigns.models import Campaign, Play, PolicyRule
from segments.rules import checks as rule_checks
from segments.rules import words as rule_words
from segments.rules.tree import Invalid

Kind = PolicyRule.Kind


@dataclass(frozen=True)
class Change:
    """What one rule says differently: sentences that go and sentences that come. ``state``: added, removed or changed."""

    kind: str
    label: str
    unit: str | None
    state: str
    before: tuple[str, ...]
    after: tuple[str, ...]


def sentences(rule: policies.Rule) -> list[str]:
    """A rule as sentences that together say all of it: two rules that differ never read the same."""
    return _SAY[rule.kind](rule.parameters)


def changes(before: Iterable[policies.Rule], after: Iterable[policies.Rule]) -> list[Change]:
    """The rules on which two editions differ, in the order of the kinds, the company's rules before a unit's own."""
    old = {(rule.kind, rule.unit): rule for rule in before}
    new = {(rule.kind, rule.unit): rule for rule in after}
    order = list(Kind.values)
    keys = sorted({*old, *new}, key=lambda key: (order.index(key[0]), key[1] or ""))
    return [_change(key, old.get(key), new.get(key)) for key in keys if old.get(key) != new.get(key)]


def _change(key: tuple[str, str | None], old: policies.Rule | None, new: policies.Rule | None) -> Change:
    said, says = sentences(old) if old else [], sentences(new) if new else []
    state = "added" if old is None else "removed" if new is None else "changed"
    gone = tuple(text for text in said if text not in says)
    come = tuple(text for text in says if text not in said)
    return Change(key[0], str(Kind(key[0]).label), key[1], state, gone, come)


def _discount(rule: policy_kinds.DiscountCeiling) -> list[str]:
    return [_("No offer may give a discount of more than %(value)s.") % {"value": _percent(rule.max_percent)}]


def _benefit(rule: policy_kinds.BenefitCeiling) -> list[str]:
    found = []
    if rule.max_cost is not None:
        found.append(_("No offer may cost us more than %(value)s per customer.") % {"value": brl(rule.max_cost)})
    if rule.max_year_percent is not None:
        found.append(
            _("No offer may cost us more than %(value)s of what a customer pays in a year.")
            % {"value": _percent(rule.max_year_percent)}
        )
    return found


def _channels(rule: policy_kinds.Channels) -> list[str]:
    said = {
        frozenset({"email"}): _("For the purpose “%(purpose)s”: only by e-mail."),
        frozenset({"call"}): _("For the purpose “%(purpose)s”: only by a call, made by a person."),
        frozenset({"email", "call"}): _("For the purpose “%(purpose)s”: by e-mail or by a call, made by a person."),
    }
    return [said[rule.of(name)] % {"purpose": Purpose(name).label} for name in Purpose.values]


def _conditions(rule: policy_kinds.Conditions) -> list[str]:
    return [clause_in_words(clause) for clause in rule.clauses]


def clause_in_words(clause: policy_kinds.Clause) -> str:
    """One clause with everything that it says: for which campaigns, what is asked, and what becomes of the undecided."""
    said = [_scope(clause)]
    if clause.conditions is not None:
        try:
            said.append(rule_words.sentence(rule_checks.stored(clause.conditions)))
        except Invalid:
            said.append(_("Conditions that are no longer readable: nobody is contacted."))
    if clause.not_owning:
        said.append(_("Who has the offered product already is left out."))
    kept = clause.undecided == "let_pass"
    return " ".join([*said, _("Who cannot be decided for lack of data may be contacted.") if kept
                     else _("Who cannot be decided for lack of data is left out.")])  # fmt: skip


def _scope(clause: policy_kinds.Clause) -> str:
    named = {
        "plays": ", ".join(_play(name) for name in clause.plays),
        "purposes": ", ".join(str(Purpose(name).label) for name in clause.purposes),
    }
    if clause.plays and clause.purposes:
        return _("Campaigns with the intention %(plays)s, for the purpose %(purposes)s:") % named
    if clause.plays:
        return _("Campaigns with the intention %(plays)s:") % named
    return _("Campaigns for the purpose %(purposes)s:") % named if clause.purposes else _("All campaigns:")


def _frequency(rule: policy_kinds.FrequencyCap) -> list[str]:
    found = []
    for days, allowed in rule.windows:
        times = ngettext("%(count)s contact", "%(count)s contacts", allowed) % {"count": number(allowed)}
        span = ngettext("any %(count)s day", "any %(count)s days", days) % {"count": number(days)}
        found.append(
            _("At most %(times)s with the same customer in %(span)s, all business units together.")
            % {"times": times, "span": span}
        )
    return found


def _quiet(rule: policy_kinds.QuietHours) -> list[str]:
    clock = {"start": f"{rule.start:%H:%M}", "end": f"{rule.end:%H:%M}"}
    found = [_("Nobody is written to between %(start)s and %(end)s, in the recipient's own time zone.") % clock]
    return [
        *found,
        _("Nobody is written to on Saturdays and Sundays.")
        if rule.weekends
        else _("Saturdays and Sundays are days like any other."),
    ]


def _consent(rule: policy_kinds.ConsentRule) -> list[str]:
    needed = [
        _("Contact for the purpose “%(purpose)s” needs the person's recorded consent.")
        % {"purpose": Purpose(name).label}
        for name in rule.purposes
    ]
    calls = (
        _("Where nobody can be written to, a rep may call.")
        if rule.calls_without_contact
        else _("Where nobody can be written to, nobody calls either.")
    )
    return [*needed, calls]


def _claims(rule: policy_kinds.ForbiddenClaims) -> list[str]:
    portuguese = [_("Forbidden in Portuguese: “%(phrase)s”") % {"phrase": phrase} for phrase in rule.pt]
    english = [_("Forbidden in English: “%(phrase)s”") % {"phrase": phrase} for phrase in rule.en]
    return [*portuguese, *english] or [_("No phrase is forbidden.")]


def _approvers(rule: policy_kinds.Approvers) -> list[str]:
    more = _approvals(rule.approvals_above)
    hours = ngettext(
        "An approval holds for %(count)s hour.", "An approval holds for %(count)s hours.", rule.valid_hours
    )
    limits = {"discount": _percent(rule.discount_from), "audience": number(rule.audience_above), "approvals": more}
    plays = [
        _("Every campaign of the kind “%(play)s”: %(approvals)s.") % {"play": _play(play), "approvals": more}
        for play in rule.always_plays
    ]
    return [
        _("An ordinary campaign: %(approvals)s.") % {"approvals": _approvals(rule.approvals)},
        _("From a discount of %(discount)s on: %(approvals)s.") % limits,
        _("For more than %(audience)s customers: %(approvals)s.") % limits,
        *plays,
        hours % {"count": number(rule.valid_hours)},
    ]


def _approvals(count: int) -> str:
    return ngettext("%(count)s approval", "approvals by %(count)s different people", count) % {"count": number(count)}


def _ladder(rule: policy_kinds.Ladder) -> list[str]:
    silence = ngettext(
        "After %(count)s day without an answer the next step follows.",
        "After %(count)s days without an answer the next step follows.",
        rule.silence_days,
    )
    call = ngettext(
        "A call is due within %(count)s day.", "A call is due within %(count)s days.", rule.call_within_days
    )
    return [silence % {"count": number(rule.silence_days)}, call % {"count": number(rule.call_within_days)}]


def _pause(rule: policy_kinds.OutcomePause) -> list[str]:
    refusals = ngettext("%(count)s refusal", "%(count)s refusals", rule.rejections)
    span = ngettext("the last day", "the last %(count)s days", rule.days)
    said = {"refusals": refusals % {"count": number(rule.rejections)}, "span": span % {"count": number(rule.days)}}
    return [_("A customer with %(refusals)s in %(span)s is left alone.") % said]


def _hold_out(rule: policy_kinds.HoldOut) -> list[str]:
    if not rule.share:
        return [_("Everybody in the audience is contacted; the effect of contact cannot be measured.")]
    return [
        _("%(share)s of each audience is deliberately not contacted, to measure what contact changes.")
        % {"share": percent(rule.share, 2 if rule.share * 100 % 1 else 0)}
    ]


_SAY: dict[str, Callable[[Any], list[str]]] = {
    Kind.DISCOUNT_CEILING: _discount,
    Kind.BENEFIT_CEILING: _benefit,
    Kind.CHANNELS: _channels,
    Kind.ELIGIBILITY: _conditions,
    Kind.APPLICABILITY: _conditions,
    Kind.SUITABILITY: _conditions,
    Kind.FREQUENCY_CAP: _frequency,
    Kind.QUIET_HOURS: _quiet,
    Kind.CONSENT: _consent,
    Kind.FORBIDDEN_CLAIMS: _claims,
    Kind.APPROVERS: _approvers,
    Kind.LADDER: _ladder,
    Kind.OUTCOME_PAUSE: _pause,
    Kind.HOLD_OUT: _hold_out,
}


def _percent(value: float) -> str:
    return percent(value / 100, 2 if value % 1 else 0)


def _play(name: str) -> str:
    return str(Play(name).label) if name in Play.values else name


def shown(rule: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of a finding as people read them: figures with their separators, channels and purposes by name."""
    if not rule:
        return dict(params)
    names = (
        {str(code): str(label) for code, label in (*Campaign.Channel.choices, *Purpose.choices)}
        if rule in _NAMED
        else {}
    )
    return {key: _as_read(value, names) for key, value in params.items()}


def _as_read(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return number(value)
    return ", ".join(names.get(part, part) for part in value.split(", ")) if isinstance(value, str) and names else value


_NAMED = frozenset({Kind.CHANNELS, Kind.CONSENT})


def of_code(code: str) -> str:
    """What a finding of policy is about, in a few words; the code itself where it has none."""
    return str(_CODES.get(code, code))


_CODES: dict[str, Any] = {
    "discount_above_ceiling": gettext_lazy("Discount above the ceiling"),
    "benefit_above_ceiling": gettext_lazy("Cost of the offer above the ceiling"),
    "benefit_above_share": gettext_lazy("Cost of the offer too high for the customers' yearly value"),
    "benefit_unknown": gettext_lazy("Cost of the offer not stated"),
    "ineligible": gettext_lazy("Not eligible by policy"),
    "inapplicable": gettext_lazy("The campaign does not apply to this customer"),
    "unsuitable": gettext_lazy("Not suitable for this customer now"),
    "too_costly": gettext_lazy("The offer costs too much for what this customer pays"),
    "channel_closed": gettext_lazy("Channel not open for this purpose"),
    "forbidden_claim": gettext_lazy("Forbidden phrase"),
    "frequency_cap": gettext_lazy("Contacted often enough"),
    "paused_after_rejections": gettext_lazy("Pause after rejections"),
    "consent_missing": gettext_lazy("No consent for this purpose"),
    "campaign_blocked": gettext_lazy("The campaign itself would be blocked"),
}
