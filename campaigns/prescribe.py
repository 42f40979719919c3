"""Drafts for the segments that can be acted on: choose the play, gather the facts, have the words written, put them up for review.

Run twice it adds nothing: a segment with a living campaign is left alone. The model is asked outside any transaction.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import BusinessUnit, User
from b2shift.lib.api import Refused
from campaigns import audience, authors, catalogue, decisions, policies, queries, strategies
from campaigns.agents import compose
from campaigns.drafting import propose
from campaigns.drafting.propose import Proposal
from campaigns.models import Campaign, Draft, Offer, PolicyVersion, Strategy
from campaigns.strategies import Choice
from segments.models import SegmentProfile
from segments.queries import current_profiles, profiles_in_force, published_run

Progress = Callable[[int, int, str], None]


@dataclass
class Outcome:
    """What one prescription did: new campaigns, and segments left alone with the reason."""

    drafter: str
    campaigns: list[Campaign] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class _Desk:
    """What all segments of one prescription share."""

    version: PolicyVersion
    rules: list[policies.Rule]
    strategies: list[Strategy]
    offers: list[Offer]
    company: dict[str, float]
    ceilings: dict[str, float]
    actor: User | None
    language: str
    ends: float


def run(
    actor: User | None = None, passport: str | None = None, language: str = "pt-br", progress: Progress | None = None
) -> Outcome:
    """One draft per segment that can be activated and has no living campaign; raises ``Refused`` where nothing can be drafted."""
    catalogue.seed()
    desk = _desk(actor, language)
    profiles = [
        p for p in profiles_in_force() if p.activatable and (passport is None or p.segment.passport == passport)
    ]
    if not profiles:
        raise Refused(
            "no_segment",
            _("No segment of the published run can be acted on.")
            if passport is None
            else _("This segment cannot be acted on."),
        )
    outcome = Outcome(Draft.Drafter.MODEL if compose.is_configured() else Draft.Drafter.PLAYBOOK)
    for number, profile in enumerate(profiles, 1):
        if progress:
            progress(number, len(profiles), profile.segment.passport)
        if Campaign.objects.filter(segment=profile.segment, parent=None, status__in=queries.LIVING).exists():
            outcome.skipped.append((profile.segment.passport, "living"))
            continue
        campaign = _prescribe(desk, profile)
        if campaign is None:
            outcome.skipped.append((profile.segment.passport, "no_strategy"))
        else:
            outcome.campaigns.append(campaign)
    return outcome


def follow_up(parent: Campaign) -> Campaign | None:
    """The next rung of ``parent`` as a proposal for review; None where no offer of the next step can be written about.

    Raises ``Refused`` ("already_living") where the rung has a living campaign.
    """
    desk = _desk(None, parent.language)
    step = parent.step + 1
    desk.offers = [offer for offer in desk.offers if _affordable(desk.rules, offer, None)]
    offer = strategies.first_offer(parent.strategy, desk.offers, desk.ceilings, step)
    if offer is None or step >= parent.strategy.max_steps:
        return None
    profile = (
        SegmentProfile.objects.select_related("segment", "run").filter(run=parent.run, segment=parent.segment).first()
    )
    if profile is None:
        return None
    signals = tuple(
        strategies.Signal(**signal) for signal in parent.expected_effect.get("rationale", {}).get("signals", [])
    )
    choice = Choice(
        parent.strategy, offer, float(parent.expected_effect.get("rationale", {}).get("score", 0.5)), signals, ()
    )
    campaign = _campaign(desk, profile, choice, parent.channel)
    campaign.parent, campaign.step = parent, step
    _choice, words = authors.write(_order(desk, profile, [choice], step, lambda _one: campaign))
    with transaction.atomic():
        saved = propose.save(Proposal(campaign, words), None)
        remember_step(parent, desk.offers, desk.ceilings, Campaign.Channel.EMAIL, offer)
    return saved


def remember_step(
    parent: Campaign, offers: list[Offer], ceilings: dict[str, float], channel: str, offer: Offer | None = None
) -> None:
    """What follows ``parent``: a mail with an offer of the next rung, or a call."""
    strategy = parent.strategy
    inputs = {
        "strategy": [strategy.code, strategy.play, strategy.business_unit_id, strategy.is_active],
        "rungs": strategy.max_steps,
        "step": parent.step,
        "profile": SegmentProfile.objects.filter(run=parent.run_id, segment=parent.segment_id).exists(),
        "offers": [strategies.offer_basis(row) for row in offers],
        "ceilings": ceilings,
        "channels": sorted(policies.open_channels(_rules_in_force(), strategy.business_unit_id, strategy.purpose)),
    }
    output = {"channel": str(channel), "offer": offer.code if offer else None}
    decisions.record(decisions.Kind.FOLLOW_UP, inputs, output, campaign=parent, subject=f"step {parent.step + 1}")


def _rules_in_force() -> list[policies.Rule]:
    version = queries.policy_in_force()
    return queries.rules_of(version) if version else []


def step_terms() -> tuple[list[Offer], dict[str, float]]:
    """Offers and discount ceilings that a next step may use today; nothing where no policy is in force."""
    version = queries.policy_in_force()
    if version is None:
        return [], {}
    rules = queries.rules_of(version)
    return [offer for offer in _offers() if _affordable(rules, offer, None)], _ceilings(rules)


def _offers() -> list[Offer]:
    today = timezone.localdate()
    active = Offer.objects.filter(is_active=True).order_by("code")
    return list(active.exclude(valid_until__lt=today).exclude(valid_from__gt=today))


def _affordable(rules: list[policies.Rule], offer: Offer, yearly_value: float | None) -> bool:
    """Whether the ceilings of policy let an offer be made to customers of this yearly value (None: not known)."""
    percent, unit = float(offer.discount_percent), offer.business_unit_id
    benefit = policies.Benefit(queries.given(offer), yearly_value)
    return not policies.evaluate(rules, policies.Moment("draft", unit, discount_percent=percent, benefit=benefit))


def _ceilings(rules: list[policies.Rule]) -> dict[str, float]:
    units = BusinessUnit.objects.values_list("code", flat=True)
    return {unit: policies.discount_ceiling(rules, unit) for unit in units}


def _desk(actor: User | None, language: str) -> _Desk:
    found = published_run()
    version = queries.policy_in_force()
    in_force = list(current_profiles(found)) if found else profiles_in_force()
    if not in_force:
        raise Refused("no_run", _("There are no published segments yet. Run the segmentation first."))
    if version is None:
        raise Refused("no_policy", _("There is no policy in force."))
    rules = queries.rules_of(version)
    return _Desk(
        version=version,
        rules=rules,
        actor=actor,
        language=language,
        ends=time.monotonic() + settings.AGENT_TOTAL_SECONDS,
        strategies=list(Strategy.objects.filter(is_active=True).select_related("business_unit").order_by("code")),
        offers=_offers(),
        company=strategies.company_figures([profile.figures for profile in in_force]),
        ceilings=_ceilings(rules),
    )


def _prescribe(desk: _Desk, profile: SegmentProfile) -> Campaign | None:
    median = profile.figures.get("mrr_median")
    yearly = None if median is None else 12 * float(median)
    offers = [offer for offer in desk.offers if _affordable(desk.rules, offer, yearly)]
    given = (profile.figures, desk.company, desk.strategies, offers, desk.ceilings)
    refused = queries.refused_offers(profile.segment_id)
    own, basis = strategies.choose(*given, refused), strategies.basis(*given, refused)
    if own is None:
        _remember(desk, profile, basis, None, None)
        return None
    order = _order(
        desk,
        profile,
        strategies.candidates(*given, refused),
        1,
        lambda one: _campaign(desk, profile, one, Campaign.Channel.EMAIL),
    )
    written, words = authors.write(order)
    picked = [written.strategy.code, written.offer.code]
    basis |= {"picked": picked} if words.agents_basis else {}
    choice = strategies.pick(*given, picked, refused) or own
    campaign = _reaching(desk, profile, choice)
    try:
        with transaction.atomic():
            saved = propose.save(Proposal(campaign, words), desk.actor)
            _remember(desk, profile, basis, choice, saved)
        return saved
    except Refused as refusal:
        if refusal.code in ("already_living", "segment_archived"):
            return None
        raise


def _order(
    desk: _Desk,
    profile: SegmentProfile,
    open_choices: list[Choice],
    step: int,
    campaign_of: Callable[[Choice], Campaign],
) -> authors.Order:
    seconds = desk.ends - time.monotonic()
    return authors.Order(
        profile, open_choices, campaign_of, desk.rules, desk.company, desk.actor, desk.language, step, seconds
    )


def _reaching(desk: _Desk, profile: SegmentProfile, choice: Choice) -> Campaign:
    """The unsaved campaign, by call where nobody can or may be written to, with what may be expected of it."""
    campaign = _campaign(desk, profile, choice, Campaign.Channel.EMAIL)
    counted = audience.preview(campaign)
    channels = policies.open_channels(desk.rules, choice.strategy.business_unit_id, choice.strategy.purpose)
    if "email" not in channels or (not counted.mails and "call" in channels):
        campaign.channel = Campaign.Channel.CALL
        counted = audience.preview(campaign)
    sent, accepted = queries.responses(choice.strategy.play)
    effect = strategies.expected_effect(
        choice.strategy.play, counted.mails + counted.calls, profile.figures.get("mrr_median"), sent, accepted
    )
    campaign.expected_effect = {**effect, "rationale": strategies.rationale(choice)}
    return campaign


def _remember(
    desk: _Desk, profile: SegmentProfile, basis: dict[str, Any], choice: Choice | None, campaign: Campaign | None
) -> None:
    """What the segment was given, or that nothing fits it, with all that the choice looked at."""
    versions = {"edition": desk.version.pk, "run": profile.run_id}
    decisions.record(
        decisions.Kind.CHOICE,
        basis,
        strategies.outcome(choice),
        campaign=campaign,
        subject=profile.segment.passport,
        versions=versions,
    )


def _campaign(desk: _Desk, profile: SegmentProfile, choice: Choice, channel: str) -> Campaign:
    sent, accepted = queries.responses(choice.strategy.play)
    return Campaign(
        title=f"{profile.segment.name} · {choice.offer.name}"[:160],
        segment=profile.segment,
        run=profile.run,
        strategy=choice.strategy,
        offer=choice.offer,
        business_unit=choice.strategy.business_unit,
        policy_version=desk.version,
        channel=channel,
        language=desk.language,
        author=desk.actor,
        hold_out_share=policies.hold_out_share(desk.rules, choice.strategy.business_unit_id),
        expected_effect={
            **strategies.expected_effect(choice.strategy.play, 0, profile.figures.get("mrr_median"), sent, accepted),
            "rationale": strategies.rationale(choice),
        },
    )


def report(outcome: Outcome) -> dict[str, Any]:
    """The outcome in JSON for the command and the API."""
    rows = []
    for campaign in outcome.campaigns:
        draft = campaign.current_draft
        rows.append(
            {
                "id": campaign.pk,
                "segment": campaign.segment.passport,
                "strategy": campaign.strategy.code,
                "offer": campaign.offer.code if campaign.offer else None,
                "channel": campaign.channel,
                "status": campaign.status,
                "drafter": draft.drafter if draft else None,
                "fallback_reason": campaign.expected_effect.get("fallback_reason", ""),
                "findings": draft.findings if draft else [],
            }
        )
    return {
        "drafter": outcome.drafter,
        "campaigns": rows,
        "skipped": [{"segment": passport, "reason": reason} for passport, reason in outcome.skipped],
    }
