"""What was decided automatically about one customer, in plain words: with which data, by which rule, agreed by whom. Reads only.

No internals: no keys, codes or weights. Texts are in the reader's language.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Max
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.models import Consent, Customer, Origin, Purpose
from accounts.queries import family
from accounts.sources import BY_NAME
from b2shift.templatetags.b2shift import percent
from campaigns.audience import REASONS
from campaigns.models import Campaign, Contest, Message
from campaigns.strategies import FIGURES
from segments import queries as segment_queries
from segments import score_words, wording
from segments.models import SegmentProfile

MOST_CAMPAIGNS = 50
REASONS_SHOWN = 3


@dataclass(frozen=True)
class Group:
    """The segment that a customer was put into, since when and by what it stands out; ``named_by`` confirmed its name."""

    name: str
    on: datetime | None
    differences: list[str]
    named_by: str
    by_rule: list[str]


@dataclass(frozen=True)
class Scored:
    """One score in words, with what moved it."""

    title: str
    value: str
    reasons: list[str]
    on: datetime


@dataclass(frozen=True)
class Told:
    """One campaign: what became of the customer in it and why, why the campaign was proposed, who agreed to it."""

    campaign: Campaign
    on: datetime
    outcome: str
    reason: str
    why: list[str]
    approved: list[tuple[str, datetime]]
    edition: int


@dataclass(frozen=True)
class Used:
    """One kind of data with the newest day on which it came in."""

    title: str
    on: date | None


@dataclass(frozen=True)
class Explanation:
    """All of it, for one customer."""

    customer: Customer
    group: Group | None
    scores: list[Scored] = field(default_factory=list)
    campaigns: list[Told] = field(default_factory=list)
    data: list[Used] = field(default_factory=list)
    people: int = 0
    consents: list[tuple[str, int, int]] = field(default_factory=list)
    contests: list[Contest] = field(default_factory=list)

    @property
    def kept_out(self) -> str:
        """Why no automated campaign speaks to the customer now; empty where one may."""
        states = {
            "contested" if each.state == Contest.State.OPEN else "objected"
            for each in self.contests
            if _keeps_out(each)
        }
        return next((str(REASONS[name]) for name in ("contested", "objected") if name in states), "")


def explain(customer: Customer) -> Explanation:
    """Everything that was decided about ``customer``, which was fetched through ``visible_to``."""
    contacts = Consent.objects.filter(contact__customer__in=family(customer.pk), contact__erased_at=None)
    counted = contacts.values("purpose", "granted").annotate(number=Count("pk")).order_by("purpose")
    people: int = customer.contacts.filter(erased_at=None).count()
    return Explanation(
        customer=customer,
        group=_group(customer),
        scores=_scores(customer),
        campaigns=_campaigns(customer),
        data=_data(customer),
        people=people,
        consents=_consents(counted),
        contests=list(
            Contest.objects.filter(customer__in=family(customer.pk))
            .select_related("answered_by", "campaign")
            .order_by("-id")
        ),
    )


def _keeps_out(contest: Contest) -> bool:
    return contest.state == Contest.State.OPEN or contest.stays_out


def _group(customer: Customer) -> Group | None:
    membership = segment_queries.membership_of(customer)
    by_rule = [segment.display_name for segment in segment_queries.rules_of(customer)]
    if membership is None:
        return Group("", None, [], "", by_rule) if by_rule else None
    if membership.segment is None:
        return Group("", membership.run.finished_at, [], "", by_rule)
    profile = SegmentProfile.objects.filter(run=membership.run, segment=membership.segment).first()
    entries = [each for each in (profile.differentiators if profile else []) if each.get("kind") == "effect"]
    return Group(
        membership.segment.display_name,
        membership.run.finished_at,
        [wording.difference(entry) for entry in entries[:REASONS_SHOWN]],
        str(membership.segment.named_by or ""),
        by_rule,
    )


def _scores(customer: Customer) -> list[Scored]:
    found = []
    risk = segment_queries.risk_of(customer)
    if risk and risk.value is not None:
        reasons = [wording.driver(entry) for entry in risk.drivers[:REASONS_SHOWN]]
        found.append(Scored(score_words.title(risk.kind), percent(risk.value, 0), reasons, risk.computed_at))
    units = segment_queries.unit_names()
    for score in segment_queries.chances_of(customer):
        told = [score_words.driver(entry) for entry in score.drivers[:REASONS_SHOWN]]
        title = score_words.title(score.kind, units.get(score.target, score.target))
        reasons = [f"{each['text']}: {each['effect']}" for each in told]
        found.append(Scored(title, percent(score.value or 0.0, 0), reasons, score.computed_at))
    return found


def _campaigns(customer: Customer) -> list[Told]:
    related = ("campaign__strategy", "campaign__offer", "campaign__policy_version")
    rows = Message.objects.filter(customer__in=family(customer.pk)).select_related(*related).order_by("-created_at")
    return [_told(message) for message in rows[:MOST_CAMPAIGNS]]


def _told(message: Message) -> Told:
    campaign = message.campaign
    agreed = campaign.approvals.select_related("approver").order_by("created_at")
    signals: list[dict[str, Any]] = campaign.expected_effect.get("rationale", {}).get("signals", [])
    outcome, reason = _outcome(message)
    return Told(
        campaign,
        message.dispatched_at or message.created_at,
        outcome,
        reason,
        _why(signals),
        [(str(each.approver), each.created_at) for each in agreed],
        campaign.policy_version.number,
    )


def _why(signals: Iterable[dict[str, Any]]) -> list[str]:
    """The figures of the group that spoke for the campaign, the strongest first."""
    found = []
    for signal in signals:
        if signal["points"] > 0:
            text = (
                _("%(figure)s of the group above the company's")
                if signal["value"] > signal["benchmark"]
                else _("%(figure)s of the group below the company's")
            )
            found.append(text % {"figure": FIGURES[signal["figure"]]})
    return found[:REASONS_SHOWN]


def _outcome(message: Message) -> tuple[str, str]:
    """What became of the customer in the campaign, in a sentence, and the reason in words."""
    reason = str(REASONS.get(message.reason, message.reason))
    state = Message.State
    if message.state == state.HELD_OUT:
        lot = _("By lot: a part of each group is not contacted, so that the effect of contact can be measured.")
        return _("Not contacted"), lot
    if message.channel == Campaign.Channel.CALL:
        return _("A person of our team calls"), reason
    if message.variant and not reason:
        reason = _(
            "Which of two wordings of the e-mail: by lot, so that the answers show which of them is heard better."
        )
    sentences = {
        state.SENT: pgettext("explanation", "An e-mail was sent"),
        state.QUEUED: pgettext("explanation", "An e-mail is waiting to be sent"),
        state.DISPATCHING: pgettext("explanation", "An e-mail is going out"),
        state.UNCERTAIN: pgettext("explanation", "Whether the e-mail arrived is not known"),
        state.FAILED: pgettext("explanation", "The e-mail could not be delivered"),
    }
    return sentences.get(state(message.state), _("Left out of the campaign")), reason


def _data(customer: Customer) -> list[Used]:
    """The kinds of files that brought rows of the customer, the newest first."""
    rows = (
        Origin.objects.filter(customer__in=family(customer.pk))
        .values("file__source")
        .annotate(on=Max("file__run__finished_at"))
    )
    used = [Used(_source(row["file__source"]), row["on"] and row["on"].date()) for row in rows]
    return sorted(used, key=lambda each: (each.on or date.min, each.title), reverse=True)


def _source(name: str) -> str:
    declared = BY_NAME.get(name)
    return str(declared.title) if declared and declared.title else name


def _consents(counted: Iterable[Any]) -> list[tuple[str, int, int]]:
    """(purpose, people who agree, people who do not) by purpose."""
    found: dict[str, list[int]] = {}
    for row in counted:
        found.setdefault(row["purpose"], [0, 0])[0 if row["granted"] else 1] += row["number"]
    return [(str(Purpose(purpose).label), yes, no) for purpose, (yes, no) in found.items()]
