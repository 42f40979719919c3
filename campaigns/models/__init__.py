"""Tables of what we say, who agreed and what came back."""

from campaigns.models.campaign import Approval, Campaign, CampaignQuerySet, Draft, Fact, Transition
from campaigns.models.catalogue import Offer, Play, PolicyRule, PolicyVersion, Strategy
from campaigns.models.contact import CallTask, Interaction, Message

__all__ = [
    "Approval",
    "CallTask",
    "Campaign",
    "CampaignQuerySet",
    "Draft",
    "Fact",
    "Interaction",
    "Message",
    "Offer",
    "Play",
    "PolicyRule",
    "PolicyVersion",
    "Strategy",
    "Transition",
]
