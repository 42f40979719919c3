"""Who writes the words of a campaign: the agents where a model is configured and their words stand every check, else the playbook."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.models import User
from b2shift.lib.api import Refused
from campaigns import checks, letters, lifecycle, playbooks, policies, queries, traces
from campaigns.agents import compose, prompts
from campaigns.agents.compose import Brief, Composed, NotUsable, Pair
from campaigns.drafting import facts as drafting_facts
from campaigns.drafting import playbook, propose
from campaigns.drafting.facts import Known
from campaigns.drafting.playbook import Written
from campaigns.drafting.propose import Words
from campaigns.models import Campaign, Draft, Offer
from campaigns.strategies import Choice, Signal, company_figures
from segments.models import SegmentProfile
from segments.queries import profiles_in_force

SHORTEST = 5.0  # seconds that agents can begin anything with
SAME = {
    "code": "same_wording",
    "message": "It says the same as the first wording: say it in another way.",
    "params": {},
}


@dataclass(frozen=True)
class Order:
    """What is to be written. ``candidates``: the choices that are open, the house's own first.

    ``campaign_of`` makes the unsaved campaign of a choice. ``beside``: the words that a second wording is to be tested against.
    """

    profile: SegmentProfile
    candidates: Sequence[Choice]
    campaign_of: Callable[[Choice], Campaign]
    rules: list[policies.Rule]
    company: dict[str, float]
    user: User | None
    language: str
    step: int
    seconds: float
    beside: Draft | None = None


def write(order: Order) -> tuple[Choice, Words]:
    """The choice that is played, and its words; with the reason where the agents were asked and the playbook wrote."""
    own = order.candidates[0]
    if not compose.is_configured():
        return own, by_playbook(order, own)
    try:
        made = _composed(order)
    except NotUsable as problem:
        return own, by_playbook(order, own, problem)
    choice = next(each for each in order.candidates if (each.strategy, each.offer) == made.pair)
    return choice, _words(made, _known(order, choice.offer))


def write_again(campaign_id: int, actor: User) -> Draft:
    """Other words by the agents for a campaign in preparation, for the strategy and offer that it has, as its next version.

    Whoever asks for them has edited the campaign. ``Refused`` with nothing changed where no model is configured, where ``actor``
    may not write now, and where the agents give nothing usable. A planted draft is withdrawn by it, see ``_withdrawn``.
    """
    campaign, last = _asked(campaign_id, actor)
    if campaign.is_planted:
        return _withdrawn(campaign_id, actor)
    order = _again(campaign, actor)
    return propose.put(
        campaign_id, actor, _words(_usable(order), _known(order, order.candidates[0].offer)), last.number
    )


def write_other(campaign_id: int, actor: User) -> Draft:
    """A second wording by the agents, to be tested against the words that there are: the next version has both.

    It takes the place of a second wording that there was. Asked for, refused and withdrawn as ``write_again``; refused, too, for
    calls, and where the present words are blocked: they would have to be shown to the model.
    """
    campaign, last = _asked(campaign_id, actor)
    if campaign.channel == Campaign.Channel.CALL:
        raise Refused("no_mail", _("Two wordings can be tested in mails only."))
    if campaign.is_planted:
        return _withdrawn(campaign_id, actor)
    order = replace(_again(campaign, actor), beside=last)
    first = Words(Written(last.subject, last.body, last.sentences), propose.known(last), last.drafter)
    if checks.blocking(propose.findings_of(campaign, first, order.rules)):
        raise Refused("blocked", _("The checks block the first wording: mend it before a second one is written."))
    made = _words(_usable(order), first.facts)
    both = replace(made, written=first.written, drafter=first.drafter, other=made.written, other_drafter=made.drafter)
    return propose.put(campaign_id, actor, both, last.number)


def _asked(campaign_id: int, actor: User) -> tuple[Campaign, Draft]:
    found = propose.editable(campaign_id, actor)
    if not compose.is_configured():
        raise Refused("no_model", _("No language model is configured: edit the words by hand."))
    return found


def _withdrawn(campaign_id: int, actor: User) -> Draft:
    """End a planted draft whose words are to be replaced: nobody has found the error or missed it, so it counts for nobody."""
    with transaction.atomic():
        campaign, last = propose.editable(campaign_id, actor, locked=True)
        lifecycle.uncover(campaign, "cancel", actor)
    return last


def _usable(order: Order) -> Composed:
    try:
        return _composed(order)
    except NotUsable as problem:
        reason = _("The agents gave nothing usable; the words stay as they are. %(reason)s")
        raise Refused("not_usable", reason % {"reason": traces.reason_in_words(problem.reason)}) from problem


def _again(campaign: Campaign, actor: User) -> Order:
    profile = (
        SegmentProfile.objects.select_related("segment", "run")
        .filter(run=campaign.run, segment=campaign.segment)
        .first()
    )
    if campaign.offer is None or profile is None:
        raise Refused("no_offer", _("There is no offer or no profile of the segment to write about."))
    kept = campaign.expected_effect.get("rationale", {})
    signals = tuple(Signal(**signal) for signal in kept.get("signals", []))
    choice = Choice(campaign.strategy, campaign.offer, float(kept.get("score", 0.5)), signals, ())
    rules = queries.rules_of(queries.policy_in_force() or campaign.policy_version)
    company = company_figures([each.figures for each in profiles_in_force()])
    return Order(
        profile,
        [choice],
        lambda _one: campaign,
        rules,
        company,
        actor,
        campaign.language,
        campaign.step,
        settings.AGENT_SECONDS,
    )


def by_playbook(order: Order, choice: Choice, problem: NotUsable | None = None) -> Words:
    """The house's own words, deterministic."""
    known = _known(order, choice.offer)
    strongest = [
        signal.figure for signal in sorted(choice.signals, key=lambda signal: -signal.points) if signal.points > 0
    ]
    with translation.override(order.language):
        public = drafting_facts.words(known, order.language)
    texts = playbooks.texts_for(choice.strategy, order.language)
    written = playbook.write(texts, public, order.language, order.step, strongest)
    reason, run = (problem.reason, problem.run) if problem else ("", None)
    return Words(written, known, Draft.Drafter.PLAYBOOK, texts.version, fallback_reason=reason, agent_run=run)


def _composed(order: Order) -> Composed:
    if order.seconds < SHORTEST:
        raise NotUsable("seconds: no time left for the agents in this prescription")
    by_pair: dict[Pair, Choice] = {(each.strategy, each.offer): each for each in order.candidates}

    def judge(pair: Pair, written: Written) -> list[dict[str, Any]]:
        words = Words(written, _known(order, pair[1]), Draft.Drafter.MODEL)
        found = checks.blocking(propose.findings_of(order.campaign_of(by_pair[pair]), words, order.rules))
        return [*found, SAME] if order.beside and order.beside.body == written.body else found

    return compose.compose(
        Brief(
            order.profile, order.user, list(by_pair), order.rules, order.company, order.language, order.step, order.seconds,
            facts=lambda offer: _known(order, offer),
            frame=cache(lambda strategy: playbooks.texts_for(strategy, order.language)),  # one version for the whole run
            judge=judge,
            beside=letters.spoken(order.beside.subject, order.beside.sentences) if order.beside else None,
        )
    )  # fmt: skip


def _words(made: Composed, known: list[Known]) -> Words:
    return Words(
        made.written,
        known,
        Draft.Drafter.MODEL,
        f"{prompts.VERSION}+{made.frame}",
        made.call,
        agent_run=made.run,
        agents_basis=made.basis,
    )


def _known(order: Order, offer: Offer) -> list[Known]:
    """What words about the offer may rest on: a second wording on what the first one rests on."""
    if order.beside:
        return propose.known(order.beside)
    tenure = drafting_facts.tenure_min(order.profile)
    return drafting_facts.gather(order.profile, offer, order.language, tenure, timezone.localdate())
