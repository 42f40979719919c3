"""Putting a planted draft into the queue: a copy of a real one with one error. Off by the clock unless a rate is set."""

import random
from datetime import timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import Role, User
from b2shift.lib.api import Refused
from campaigns import lifecycle, queries, seeding
from campaigns.models import Campaign, Draft, Fact, Offer, Plant
from segments.models import SegmentProfile
from segments.queries import published_run

SOURCES = 40  # newest campaigns that are looked at
HOURS_A_WEEK = 7 * 24
OPEN = (Campaign.Status.DRAFT, Campaign.Status.IN_REVIEW)


def plant(actor: User | None, chance: random.Random | None = None) -> Plant:
    """A new planted draft in review (``actor`` None: the clock); raises ``Refused`` where no real draft lends itself."""
    if actor is not None and (actor.role != Role.ADMIN or not actor.is_active):
        raise Refused("not_allowed", _("Only an administrator can plant a draft."))
    chance = chance or random.SystemRandom()
    for source in _sources(chance):
        try:
            with transaction.atomic():
                if planted := _plant(source, actor, chance):
                    return planted
        except Refused:  # its terms do not stand today: the next one may
            continue
    raise Refused("nothing_to_plant", _("No draft lends itself: prescribe a campaign first, or decide the open ones."))


def by_the_clock(chance: random.Random | None = None) -> Plant | None:
    """What the scheduler asks every hour: now and then, at no hour that can be foreseen, up to the weekly rate."""
    rate, chance = settings.PLANTED_DRAFTS_PER_WEEK, chance or random.SystemRandom()
    if not rate or chance.random() >= rate / HOURS_A_WEEK:
        return None
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('campaigns.planting'))")
        if Plant.objects.filter(created_at__gt=Now() - timedelta(days=7)).count() >= rate:
            return None
        try:
            return plant(None, chance)
        except Refused:
            return None


def _sources(chance: random.Random) -> list[Campaign]:
    """Real first steps of segments in force, those first whose segment has nothing else in the queue."""
    run = published_run()
    if run is None:
        return []
    acting = SegmentProfile.objects.filter(run=run, activatable=True).values("segment")
    planted = Campaign.every.filter(is_planted=True, status__in=OPEN).values("segment")
    found = Campaign.objects.filter(
        parent=None, offer__is_active=True, segment__in=acting, drafts__number=1, drafts__other_body=""
    )
    found = (
        found.exclude(segment__in=planted)
        .select_related("offer", "strategy", "business_unit", "segment")
        .order_by("-pk")
    )
    waiting = set(Campaign.objects.filter(parent=None, status__in=OPEN).values_list("segment", flat=True))
    several = list(found[:SOURCES])
    chance.shuffle(several)
    return sorted(several, key=lambda each: each.segment_id in waiting)


def _plant(source: Campaign, actor: User | None, chance: random.Random) -> Plant | None:
    first, version, run = source.drafts.get(number=1), queries.policy_in_force(), published_run()
    found = seeding.errors(first.body, source.language, _terms(source.offer), chance) if version and run else []
    if not found or version is None or run is None:
        return None
    kind = chance.choice(sorted({each.kind for each in found}))
    error = chance.choice([each for each in found if each.kind == kind])
    campaign = Campaign.every.create(
        title=source.title, segment=source.segment, run=run, strategy=source.strategy, offer=source.offer, language=source.language,
        business_unit=source.business_unit, policy_version=version, channel=source.channel, expected_effect=source.expected_effect,
        hold_out_share=source.hold_out_share, is_planted=True,
    )  # fmt: skip
    planted = Plant.objects.create(
        campaign=campaign,
        source=source,
        kind=error.kind,
        original=error.original,
        changed=error.changed,
        planted_by=actor,
    )
    _copy_words(first, campaign, error)
    audit.record(actor, "plant.create", planted, f"{campaign.title}: {error.kind}")
    lifecycle.move(campaign.pk, "submit", None)
    return planted


def _copy_words(first: Draft, campaign: Campaign, error: seeding.Error) -> None:
    draft = Draft.objects.create(
        campaign=campaign,
        number=1,
        drafter=first.drafter if first.edited_by_id is None else Draft.Drafter.PLAYBOOK,
        prompt_version=first.prompt_version,
        model_call=first.model_call,  # as with the real one, the page says how the draft came to be
        agent_run=first.agent_run,
        subject=first.subject,
        body=first.body.replace(error.original, error.changed),
        sentences=[{**part, "text": part["text"].replace(error.original, error.changed)} for part in first.sentences],
        findings=first.findings,
    )
    facts = list(first.facts.all())
    for fact in facts:
        fact.pk, fact.draft = None, draft
        fact._state.adding = True
    Fact.objects.bulk_create(facts)


def _terms(offer: Offer | None) -> seeding.Terms:
    """What the copy may truthfully say, and what other offers are called."""
    others = list(Offer.objects.filter(is_active=True).exclude(pk=offer.pk if offer else 0).order_by("code"))
    return seeding.Terms(
        discount=f"{offer.discount_percent:.0f}" if offer else "",
        product=offer.product if offer else "",
        name=offer.name if offer else "",
        other_products=sorted({other.product for other in others if other.product}),
        other_names=sorted({other.name for other in others}),
    )
