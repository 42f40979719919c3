"""A campaign as it is at one moment: what is looked up about it is looked up once, whoever asks.

Guards, buttons, the queue and the page of one campaign all need the same findings, audience and digest, each of which costs
queries. A case is short-lived: make a new one after anything was written.
"""

import json
from dataclasses import asdict
from functools import cached_property
from typing import Any

from django.db.models import QuerySet

from b2shift.lib import canonical
from campaigns import audience, checks, policies, queries
from campaigns.models import Approval, Campaign, Draft, Offer


class Case:
    """Words, audience, findings, agreement of one campaign, each fetched when it is first asked for."""

    def __init__(self, campaign: Campaign) -> None:
        self.campaign = campaign

    @cached_property
    def draft(self) -> Draft | None:
        """The newest version of the words."""
        return self.campaign.current_draft

    @cached_property
    def audience(self) -> audience.Preview:
        """Who is reached and who is left out, in numbers."""
        return audience.preview(self.campaign)

    @cached_property
    def findings(self) -> list[dict[str, Any]]:
        """Everything that stands against the campaign by the rules in force."""
        return checks.standing(self.campaign, draft=self.draft, counted=self.audience)

    @cached_property
    def blocking(self) -> list[dict[str, Any]]:
        """The findings that prevent submission and approval."""
        return checks.blocking(self.findings)

    @cached_property
    def needed(self) -> int:
        """How many different people must agree, by the edition that the campaign is bound to."""
        return policies.approvals_needed(queries.rules_of(self.campaign.policy_version), self.moment)

    @property
    def moment(self) -> policies.Moment:
        """What the policy is asked when it says how many people must agree."""
        campaign = self.campaign
        return policies.Moment(
            stage="approval",
            unit=campaign.business_unit_id,
            play=campaign.strategy.play,
            discount_percent=float(campaign.offer.discount_percent) if campaign.offer else 0.0,
            audience=self.audience.total,
            least_approvals=campaign.strategy.least_approvals,
        )

    @property
    def approvals(self) -> QuerySet[Approval]:
        """Approvals of exactly this state of things that still hold."""
        return queries.live_approvals(self.campaign, self.digest)

    @cached_property
    def given(self) -> int:
        """How many different people have agreed to exactly this state of things."""
        return self.approvals.values("approver").distinct().count()

    @cached_property
    def digest(self) -> str:
        """SHA-256 of what an approval binds."""
        return canonical.digest(self.bound)

    @cached_property
    def bound(self) -> dict[str, Any]:
        """What an approval binds: words, audience with hold-out, policy edition, offer terms, channel, language."""
        campaign, draft = self.campaign, self.draft
        offer = campaign.offer
        terms = None if offer is None else [
            offer.code, offer.name, offer.product, offer.business_unit_id, offer.benefit, offer.benefit_en, f"{offer.discount_percent:.2f}",
            None if offer.price is None else f"{offer.price:.2f}", offer.valid_until.isoformat() if offer.valid_until else None,
        ]  # fmt: skip
        return {
            "campaign": campaign.pk,
            "words": [draft.number, draft.subject, draft.body, draft.sentences] if draft else None,
            **({"other_words": asdict(draft.other)} if draft and draft.other else {}),
            "audience": audience.fingerprint(campaign),
            "policy": campaign.policy_version_id,
            "offer": terms,
            **({"offer_further": further} if (further := _further_terms(offer)) else {}),
            "strategy": [campaign.strategy.code, campaign.strategy.purpose],
            "channel": campaign.channel,
            "language": campaign.language,
            "send_at": campaign.send_at.isoformat() if campaign.send_at else None,
        }


def _further_terms(offer: Offer | None) -> list[tuple[str, str]]:
    """What an offer says beyond its first terms, where it says it: an offer without them is bound as ever."""
    if offer is None:
        return []
    named = ("cost", "valid_from", "legal", "legal_en")
    found = [(name, str(getattr(offer, name))) for name in named if getattr(offer, name) not in (None, "")]
    if offer.eligibility:
        found.append(("eligibility", json.dumps(offer.eligibility, sort_keys=True)))
    return found
