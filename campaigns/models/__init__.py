"""Tables of what we say, who agreed and what came back."""

from campaigns.models.agents import AgentRun, AgentStep
from campaigns.models.arbitration import ArbitrationRun, Lever, Standing
from campaigns.models.campaign import (
    Approval,
    Campaign,
    CampaignComment,
    CampaignQuerySet,
    Draft,
    Fact,
    Transition,
    Wording,
)
from campaigns.models.catalogue import (
    THEMES,
    CatalogueFile,
    Offer,
    Play,
    PolicyRule,
    PolicySimulation,
    PolicyVersion,
    Review,
    Strategy,
    Theme,
    theme_of,
)
from campaigns.models.contact import CallTask, Interaction, Message
from campaigns.models.contest import Contest
from campaigns.models.decision import Decision
from campaigns.models.plant import Plant
from campaigns.models.playbook import Playbook

__all__ = [
    "THEMES",
    "AgentRun",
    "AgentStep",
    "Approval",
    "ArbitrationRun",
    "CallTask",
    "Campaign",
    "CampaignComment",
    "CampaignQuerySet",
    "CatalogueFile",
    "Contest",
    "Decision",
    "Draft",
    "Fact",
    "Interaction",
    "Lever",
    "Message",
    "Offer",
    "Plant",
    "Play",
    "Playbook",
    "PolicyRule",
    "PolicySimulation",
    "PolicyVersion",
    "Review",
    "Standing",
    "Strategy",
    "Theme",
    "Transition",
    "Wording",
    "theme_of",
]
