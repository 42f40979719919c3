"""What the rest of the product reads about campaigns. Reads only."""

import re
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Now

from accounts.models import ContractLine, User
from campaigns import policies
from campaigns.evidence import FactValue, Limits, OfferTerms
from campaigns.models import (
    Approval,
    Campaign,
    Draft,
    Fact,
    Interaction,
    Message,
    Offer,
    Playbook,
    PolicyRule,
    PolicyVersion,
    Transition,
)
from segments.models import SegmentProfile

MOST_PRODUCTS = 300
_PLAYBOOK_VERSION = re.compile(r"(?:^|\+)playbook-(\d+)-v(\d+)$")  # by itself, or after that of the agents' prompts
LIVING = (
    Campaign.Status.DRAFT,
    Campaign.Status.IN_REVIEW,
    Campaign.Status.APPROVED,
    Campaign.Status.SENDING,
    Campaign.Status.PAUSED,
    Campaign.Status.TRACKING,
)


def policy_in_force() -> PolicyVersion | None:
    """The edition in force by the database's clock, whether its beginning was written down yet or not; None before the first."""
    begun = Q(state=PolicyVersion.State.SCHEDULED, in_force_from__lte=Now())
    published = Q(state=PolicyVersion.State.PUBLISHED)
    return PolicyVersion.objects.filter(begun | published).order_by("-number").first()


def policy_to_come() -> PolicyVersion | None:
    """What the next edition is compared with: the scheduled one where there is one, else the one in force."""
    known = (PolicyVersion.State.SCHEDULED, PolicyVersion.State.PUBLISHED)
    return PolicyVersion.objects.filter(state__in=known).order_by("-number").first()


def is_in_force(version: PolicyVersion) -> bool:
    """Whether an edition is the one in force at this moment."""
    current = policy_in_force()
    return current is not None and current.pk == version.pk


def rules_of(version: PolicyVersion) -> list[policies.Rule]:
    """The typed rules of an edition."""
    if version.published_at is None:
        return _read_rules(version.pk)
    return list(_published_rules(version.pk, version.published_at))


@lru_cache(maxsize=64)
def _published_rules(version: int, published_at: datetime) -> tuple[policies.Rule, ...]:
    """Rules that the database never lets change: read once by each process."""
    return tuple(_read_rules(version))


def _read_rules(version: int) -> list[policies.Rule]:
    rows = PolicyRule.objects.filter(version=version)
    return [policies.rule(row.kind, row.parameters, row.business_unit_id) for row in rows]


def offer_terms(offer: Offer | None) -> OfferTerms | None:
    """An offer as the evidence check reads it."""
    if offer is None:
        return None
    price = None if offer.price is None else float(offer.price)
    words = tuple(filter(None, (offer.benefit, offer.benefit_en, offer.legal, offer.legal_en)))
    return OfferTerms(
        offer.code, offer.name, offer.product, float(offer.discount_percent), price, offer.valid_until, words
    )


def known_products() -> list[str]:
    """Products that contracts or offers name, those of the catalogue first; at most ``MOST_PRODUCTS``."""
    offered = Offer.objects.exclude(product="").order_by("product").values_list("product", flat=True).distinct()
    sold = (
        ContractLine.objects.exclude(product="")
        .values("product")
        .annotate(lines=Count("pk"))
        .order_by("-lines", "product")
        .values_list("product", flat=True)[:MOST_PRODUCTS]
    )
    return list(dict.fromkeys([*offered, *sold]))[:MOST_PRODUCTS]


def is_known_product(product: str, offer_id: int | None) -> bool:
    """Whether a contract line or an offer other than this one names the product."""
    others = Offer.objects.filter(product=product).exclude(pk=offer_id or 0)
    return others.exists() or ContractLine.objects.filter(product=product).exists()


def fact_values(facts: Iterable[Fact]) -> list[FactValue]:
    """Rows as the evidence check reads them."""
    return [
        FactValue(fact.key, fact.label, fact.value, fact.unit, fact.as_of.isoformat() if fact.as_of else "")
        for fact in facts
    ]


def benefit_of(campaign: Campaign, rules: list[policies.Rule]) -> policies.Benefit | None:
    """What the campaign's offer gives one customer; None without an offer. The yearly value only where a rule asks for it."""
    offer = campaign.offer
    if offer is None:
        return None
    asked = policies.year_percent_ceiling(rules, campaign.business_unit_id) is not None
    yearly = yearly_value(campaign.run_id, campaign.segment_id) if asked else None
    return policies.Benefit(given(offer), yearly)


def given(offer: Offer) -> float | None:
    """What an offer gives one customer in BRL; None where it does not say."""
    cost, price = (None if amount is None else float(amount) for amount in (offer.cost, offer.price))
    return policies.given(cost, price, float(offer.discount_percent))


def yearly_value(run_id: int, segment_id: int) -> float | None:
    """Twelve months of the median monthly revenue of a segment as it was profiled; None where it is not known."""
    figures = SegmentProfile.objects.filter(run=run_id, segment=segment_id).values_list("figures", flat=True).first()
    median = (figures or {}).get("mrr_median")
    return None if median is None else 12 * float(median)


def word_limits(rules: list[policies.Rule], unit: str) -> Limits:
    """What the rules say about the words of one business unit."""
    return Limits(policies.discount_ceiling(rules, unit), tuple(policies.forbidden_phrases(rules, unit)))


def live_approvals(campaign: Campaign, digest: str) -> QuerySet[Approval]:
    """Approvals that still hold: not voided, not expired by the database's clock, and of exactly this state of things."""
    return campaign.approvals.filter(voided_at=None, expires_at__gt=Now(), digest=digest)


def hands_on(campaign: Campaign) -> set[int]:
    """Users who wrote or edited any version of the words, or the version of the playbook behind or around it: they can never approve it."""
    drafts = list(Draft.objects.filter(campaign=campaign).values_list("edited_by_id", "prompt_version"))
    hands = {editor for editor, _version in drafts if editor} | ({campaign.author_id} if campaign.author_id else set())
    if campaign.is_planted and campaign.plant.planted_by_id:
        hands.add(campaign.plant.planted_by_id)
    for _editor, version in drafts:
        if found := _PLAYBOOK_VERSION.search(version):
            events = Playbook.pgh_event_model.objects.filter(id=int(found[1]), version=int(found[2]))  # type: ignore[attr-defined]
            hands |= set(events.exclude(edited_by=None).values_list("edited_by_id", flat=True))
    return hands


def refused_offers(segment_id: int) -> list[list[Any]]:
    """Rows of strategy, offer and how many first steps for this segment were rejected as the wrong offer.

    An offer whose terms changed since is another offer: what was said about the old terms counts no longer.
    """
    said = Transition.objects.filter(verb="reject", reason_code="offer", at__gte=F("campaign__offer__updated_at"))
    said = said.filter(campaign__segment=segment_id, campaign__parent=None, campaign__is_planted=False).order_by()
    pair = ("campaign__strategy__code", "campaign__offer__code")
    counted = said.values(*pair).annotate(times=Count("campaign", distinct=True)).order_by(*pair)
    return [[row[pair[0]], row[pair[1]], row["times"]] for row in counted]


def rejected_words(row: Any) -> list[Transition]:
    """Rejections of drafts that were written from this version of a playbook because the words do not fit, the newest first."""
    drafts = Draft.objects.filter(prompt_version=playbook_version(row), campaign__is_planted=False)
    said = Transition.objects.filter(verb="reject", reason_code="words", campaign__in=drafts.values("campaign"))
    return list(said.select_related("campaign", "actor"))


def playbook_version(row: Any) -> str:
    """How a draft names the playbook version that it was written from; ``row`` may be a moment of its history."""
    return f"playbook-{row.id or 0}-v{row.version}"


def responses(play: str) -> tuple[int, int]:
    """(messages sent, of these accepted by a person) over all campaigns of a play."""
    sent = Message.objects.filter(campaign__strategy__play=play, state=Message.State.SENT)
    accepted = Q(interactions__kind=Interaction.Kind.ACCEPT, interactions__origin=Interaction.Origin.HUMAN)
    counts = sent.aggregate(sent=Count("pk", distinct=True), accepted=Count("pk", filter=accepted, distinct=True))
    return counts["sent"], counts["accepted"]


def waiting_for(user: User) -> QuerySet[Campaign]:
    """Campaigns in review, the longest waiting first."""
    return (
        Campaign.every.visible_to(user)
        .as_shown()
        .filter(status=Campaign.Status.IN_REVIEW)
        .select_related("segment", "offer", "strategy", "business_unit", "author", "policy_version", "run")
        .order_by("status_at", "pk")
    )
