"""What other rules would have done with contacts that were decided already. Pure: no Django, no clock.

Each customer's contacts are gone through in their order. A contact that an edition lets pass counts towards the caps of the
later ones, as it would have; one that it refuses does not. Quiet hours only delay, so they neither win nor lose anybody.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from campaigns import policies

DELAYS = frozenset({"quiet_hours"})


@dataclass(frozen=True)
class Contact:
    """One contact that was decided: by which campaign, for whom, when on the recipient's clock (naive), and with whose consent."""

    customer: int
    campaign: int
    unit: str
    purpose: str
    at: datetime
    consent: bool


@dataclass(frozen=True)
class Plan:
    """One campaign: what its words and offer are judged by. ``discount`` in percent, ``audience`` in customers.

    ``least_approvals``: how many people its strategy asks for, whatever the rules say.
    """

    campaign: int
    unit: str
    play: str
    purpose: str
    discount: float
    audience: int
    text: str
    language: str = "pt-br"
    channel: str | None = None
    benefit: policies.Benefit | None = None
    least_approvals: int = 0


@dataclass
class Judgement:
    """What an edition would have done: refusal code per contact (empty: it goes), and per campaign codes and approvals."""

    contacts: list[str] = field(default_factory=list)
    campaigns: dict[int, tuple[str, ...]] = field(default_factory=dict)
    approvals: dict[int, int] = field(default_factory=dict)


def judge(
    rules: Iterable[policies.Rule],
    contacts: Sequence[Contact],
    plans: Iterable[Plan],
    rejections: Mapping[int, Sequence[datetime]],
    screened: Mapping[tuple[int, int], str] | None = None,
) -> Judgement:
    """Every contact and campaign under ``rules``; ``rejections`` are a customer's refusals on its own clock.

    ``screened``: why a customer is not what the rules ask for, by campaign and customer.
    """
    known = list(rules)
    found = Judgement()
    for plan in plans:
        moment = policies.Moment(
            stage="approval", unit=plan.unit, play=plan.play, purpose=plan.purpose, language=plan.language,
            discount_percent=plan.discount, audience=plan.audience, text=plan.text,
            channel=plan.channel, benefit=plan.benefit, least_approvals=plan.least_approvals,
        )  # fmt: skip
        blocking = [each.code for each in policies.evaluate(known, moment) if each.severity == "block"]
        found.campaigns[plan.campaign] = tuple(sorted(set(blocking)))
        found.approvals[plan.campaign] = policies.approvals_needed(known, moment)
    passed: dict[int, list[datetime]] = defaultdict(list)
    verdicts = {}
    for place in sorted(range(len(contacts)), key=lambda index: (contacts[index].at, contacts[index].campaign)):
        one = contacts[place]
        failed = (screened or {}).get((one.campaign, one.customer), "")
        code = failed or _refusal(known, one, passed[one.customer], rejections.get(one.customer, ()), found)
        verdicts[place] = code
        if not code:
            passed[one.customer].append(one.at)
    found.contacts = [verdicts[place] for place in range(len(contacts))]
    return found


def _refusal(
    rules: list[policies.Rule], one: Contact, before: Sequence[datetime], rejected: Sequence[datetime], found: Judgement
) -> str:
    if found.campaigns.get(one.campaign):
        return "campaign_blocked"
    moment = policies.Moment(
        stage="send", unit=one.unit, purpose=one.purpose, local_time=one.at, consent=one.consent,
        contacted_at=tuple(before), rejected_at=tuple(at for at in rejected if at <= one.at),
    )  # fmt: skip
    codes = [each.code for each in policies.evaluate(rules, moment) if each.severity == "block"]
    return next((code for code in codes if code not in DELAYS), "")


@dataclass(frozen=True)
class Difference:
    """Two judgements of the same contacts: customers and messages gained and lost, with the reason that takes or took them."""

    gained: tuple[int, ...]
    lost: tuple[int, ...]
    messages_before: int
    messages_after: int
    gained_for: Mapping[str, int]
    lost_for: Mapping[str, int]
    units: Mapping[str, tuple[int, int]]


def compare(contacts: Sequence[Contact], before: Judgement, after: Judgement) -> Difference:
    """A customer is lost who had at least one contact before and has none after; gained is the other way round."""
    had = {one.customer for one, code in zip(contacts, before.contacts, strict=True) if not code}
    has = {one.customer for one, code in zip(contacts, after.contacts, strict=True) if not code}
    why_lost = {one.customer: code for one, code in zip(contacts, after.contacts, strict=True) if code}
    why_out = {one.customer: code for one, code in zip(contacts, before.contacts, strict=True) if code}
    units: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for one, old, new in zip(contacts, before.contacts, after.contacts, strict=True):
        units[one.unit][0] += not old
        units[one.unit][1] += not new
    return Difference(
        gained=tuple(sorted(has - had)),
        lost=tuple(sorted(had - has)),
        messages_before=sum(not code for code in before.contacts),
        messages_after=sum(not code for code in after.contacts),
        gained_for=Counter(why_out[customer] for customer in has - had),
        lost_for=Counter(why_lost[customer] for customer in had - has),
        units={unit: (old, new) for unit, (old, new) in sorted(units.items())},
    )
