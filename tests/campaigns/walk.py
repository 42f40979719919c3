"""Campaigns walked through their real life: drafted, submitted, approved by another person, launched, sent."""

from decimal import Decimal

from django.utils import timezone

from accounts.models import Role
from campaigns import catalogue, levers, lifecycle, outbox, queries
from campaigns.models import Campaign, Draft, Offer, PolicyRule, PolicyVersion, Strategy
from segments.models import Membership, Run, Segment
from tests.company import Company

BODY = """Olá {{ contact.first_name }},

queremos conversar sobre {{ customer.name }}.

{{ link.accept }}
{{ link.unsubscribe }}"""
OPEN_HOURS = {"quiet_hours": None}


def twin(company: Company) -> Company:
    """An older run with segments of its own over the same customers: a segment has one living campaign at a time."""
    run = Run.objects.create(state=Run.State.SUPERSEDED, seed=2, budget_seconds=1, customers=company.run.customers)
    number = Segment.objects.count() + 1
    segment = Segment.objects.create(passport=f"S-{number:03}", name=f"Segmento anterior {number}", born_in=run)
    Membership.objects.bulk_create(
        Membership(run=run, customer=customer, segment=segment, confidence=0.9, x=0, y=0)
        for customer in company.members(0)
    )
    return Company(run, [segment], company.customers)


def new_policy(changes: dict[str, dict | None]) -> PolicyVersion:
    """The policy in force with some kinds of rule replaced (None: dropped), published as the next edition."""
    current = queries.policy_in_force()
    rules = [
        (rule.kind, rule.business_unit_id, rule.parameters) for rule in current.rules.all() if rule.kind not in changes
    ]
    rules += [(kind, None, parameters) for kind, parameters in changes.items() if parameters is not None]
    version = PolicyVersion.objects.create(number=current.number + 1)
    for kind, unit, parameters in rules:
        PolicyRule.objects.create(version=version, kind=kind, business_unit_id=unit, parameters=parameters)
    now = timezone.now()
    PolicyVersion.objects.filter(pk=current.pk).update(state=PolicyVersion.State.RETIRED, in_force_until=now)
    PolicyVersion.objects.filter(pk=version.pk).update(
        state=PolicyVersion.State.PUBLISHED, published_at=now, in_force_from=now
    )
    version.refresh_from_db()
    return version


def company_policy(changes: dict[str, dict | None] | None = None) -> PolicyVersion:
    """The catalogue's own policy without quiet hours (tests run at any hour), with ``changes``."""
    catalogue.seed()
    return new_policy({**OPEN_HOURS, **(changes or {})})


def drafted(
    company, people, *, segment=0, strategy="gestao-retain", parent=None, channel="email", **fields
) -> Campaign:
    """A campaign of the analyst with one version of its words."""
    play = Strategy.objects.get(code=strategy)
    step = parent.step + 1 if parent else 1
    offer = Offer.objects.filter(business_unit=play.business_unit_id, play=play.play, step=step).first()
    campaign = Campaign.objects.create(
        title=f"{play.name}: passo {step}", segment=company.segments[segment], run=company.run, strategy=play, offer=offer, channel=channel,
        business_unit=play.business_unit, policy_version=queries.policy_in_force(), author=people[Role.ANALYST], parent=parent, step=step,
        **{"hold_out_share": 0.1, **fields},
    )  # fmt: skip
    Draft.objects.create(
        campaign=campaign,
        number=1,
        drafter="person",
        edited_by=people[Role.ANALYST],
        subject="Sobre {{ customer.name }}",
        body=BODY,
    )
    return campaign


def approved(company, people, **options) -> Campaign:
    """Submitted by its author and approved by the marketing manager (and a second one where policy asks for two)."""
    campaign = drafted(company, people, **options)
    lifecycle.move(campaign.pk, "submit", people[Role.ANALYST])
    lifecycle.move(campaign.pk, "approve", people[Role.MANAGER])
    campaign.refresh_from_db()
    if campaign.status == Campaign.Status.IN_REVIEW:
        lifecycle.move(campaign.pk, "approve", people["second_manager"])
        campaign.refresh_from_db()
    return campaign


def lift(strategy: str, people, value: str = "10") -> None:
    """Campaigns of this strategy from now on come first in the arbitration."""
    levers.set_lever(Strategy.objects.get(code=strategy), Decimal(value), "test", people[Role.MANAGER])


def sending(company, people, **options) -> Campaign:
    """Approved and launched: mails may go out."""
    campaign = approved(company, people, **options)
    return outbox.launch(campaign.pk, people[Role.MANAGER])


def sent(company, people, **options) -> Campaign:
    """All mails that may go out have gone out."""
    campaign = sending(company, people, **options)
    while outbox.work(100, "test"):
        pass
    campaign.refresh_from_db()
    return campaign
