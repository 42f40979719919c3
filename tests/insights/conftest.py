"""Campaigns walked through their real life: proposed, submitted, approved by another, launched, sent."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db.models import F
from django.test import Client

from accounts.models import User
from campaigns import catalogue, editions, lifecycle, outbox, prescribe, tracking
from campaigns.models import Campaign, Message, PolicyVersion
from segments.models import Score
from tests.company import Company

BROWSER = tracking.Visit("GET", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0")
SCANNER = tracking.Visit("GET", "Mozilla/5.0 (compatible; Proofpoint scan)")


@pytest.fixture
def scored(company) -> Company:
    """Churn indicators: 5 of the 20 customers of the first segment and all 15 of the third above the line; noise has none."""
    rows = []
    for number, risky in ((0, 5), (1, 0), (2, 15)):
        for place, customer in enumerate(company.members(number)):
            rows.append(Score(customer=customer, value=0.8 if place < risky else 0.5))
    rows += [Score(customer=customer, value=None) for customer in company.members(3)]
    Score.objects.bulk_create(rows)
    return company


@pytest.fixture
def any_hour(company, people) -> PolicyVersion:
    """The catalogue with rules that let mails out at any hour, put into force by a second administrator."""
    catalogue.seed()
    version = editions.prepare(people["admin"], "any hour")
    never = {"start": "00:00", "end": "00:00", "weekends": False}
    editions.save_rule(version.pk, "quiet_hours", None, never, people["admin"])
    return editions.publish(version.pk, people["second_admin"], editions.fingerprint(version))


@pytest.fixture
def proposed(company, people, any_hour) -> Callable[..., Campaign]:
    """The product's own proposal for a segment, in review; ``actor`` asked for it."""

    def make(number: int = 0, actor: User | None = None) -> Campaign:
        (campaign,) = prescribe.run(actor, company.segments[number].passport).campaigns
        if campaign.status == Campaign.Status.DRAFT:
            lifecycle.move(campaign.pk, "submit", actor)
        campaign.refresh_from_db()
        return campaign

    return make


@pytest.fixture
def sent(proposed, people) -> Campaign:
    """A campaign to the first segment whose mails went out an hour ago."""
    campaign = proposed(0, people["analyst"])
    for approver in ("marketing_manager", "second_manager")[: lifecycle.approvals_needed(campaign)]:
        lifecycle.move(campaign.pk, "approve", people[approver])
    outbox.launch(campaign.pk, people["marketing_manager"])
    while outbox.work(200, "test"):
        pass
    Message.objects.filter(campaign=campaign).update(dispatched_at=F("dispatched_at") - timedelta(hours=1))
    campaign.refresh_from_db()
    return campaign


@pytest.fixture
def client_of(client_of) -> Callable[[str], Client]:
    """A signed-in client that reads English."""

    def make(key: str) -> Client:
        client = client_of(key)
        client.cookies["django_language"] = "en"
        return client

    return make
