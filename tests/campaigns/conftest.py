"""A model that plays the agents, over real HTTP."""

import pytest

from tests.campaigns.brain import Brain
from tests.model_peer import Peer


@pytest.fixture
def peer():
    made = Peer()
    yield made
    made.close()


@pytest.fixture
def configured(settings, peer):
    settings.OPENAI_API_KEY, settings.OPENAI_BASE_URL, settings.OPENAI_TIMEOUT_SECONDS = "test-key", peer.url, 2
    peer.brain = Brain()
    return peer
