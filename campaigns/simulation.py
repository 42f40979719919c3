"""Simulate before publish: what the prepared edition would have done with the decisions of the last 90 days.

Both editions judge the same contacts, so that the difference is theirs alone. A simulation is a row: asked for by a person,
carried out by a worker, found again by the sweep when the worker died.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import Role, User
from b2shift.lib.api import Refused
from campaigns import audience, editions, eligibility, gate, policies, queries, replays, screens
from campaigns.models import Campaign, PolicySimulation, PolicyVersion

log = structlog.get_logger(__name__)
DAYS = 90
LONGEST_PAUSE = 365  # days that a refusal may count, see policy_kinds.OutcomePause
LEASE = timedelta(minutes=10)
S = PolicySimulation.State

DECIDED = ["capped", "outcome_pause", "no_consent", *screens.REASONS.values(), screens.OF_VALUE]
# Contacts that a rule decided: sent, or left out by a cap, a pause, a missing consent or what is asked of customers.
# Who has no address is out anyway, and so is who refused: no rule lets a mail through against that. Who was never asked may
# have gone to a call instead.
_CONTACTS = f"""
    SELECT coalesce(cu.merged_into_id, cu.id), m.campaign_id, c.business_unit_id, s.purpose,
           coalesce(m.dispatched_at, m.finished_at, m.created_at) AT TIME ZONE {gate.ZONE}, co.granted IS TRUE
    FROM campaigns_message m
    JOIN campaigns_campaign c ON c.id = m.campaign_id JOIN campaigns_strategy s ON s.id = c.strategy_id
    JOIN accounts_customer cu ON cu.id = m.customer_id JOIN accounts_contact ct ON ct.id = m.contact_id
    LEFT JOIN accounts_consent co ON co.contact_id = ct.id AND co.purpose = s.purpose
    WHERE (m.channel = 'email' OR m.reason = 'no_consent') AND co.granted IS NOT FALSE
      AND m.created_at > now() - make_interval(days => %(days)s)
      AND (m.dispatched_at IS NOT NULL OR (m.state = 'suppressed' AND m.reason = ANY(%(decided)s)))
    ORDER BY 5, 2, 1
"""  # noqa: S608 - the parts are constants of this app
_REJECTIONS = """
    SELECT coalesce(cu.merged_into_id, cu.id), i.at AT TIME ZONE %(zone)s FROM campaigns_interaction i
    JOIN accounts_customer cu ON cu.id = i.customer_id
    WHERE i.kind = 'reject' AND i.origin = 'human' AND i.at > now() - make_interval(days => %(days)s)
"""
_MRR = "SELECT customer_id, mrr FROM accounts_picture WHERE mrr IS NOT NULL"


def ask(version_id: int, actor: User) -> PolicySimulation:
    """Ask for a simulation of an edition as it stands; the one that waits or runs already where there is one.

    One that is done can be repeated: contacts go on, and the edition that it was compared with may be another by now.
    """
    if actor.role != Role.ADMIN or not actor.is_active:
        raise Refused("not_allowed", _("Only an administrator can change this."))
    version = PolicyVersion.objects.get(pk=version_id)
    if version.state != PolicyVersion.State.DRAFT:
        raise Refused("not_in_preparation", _("This edition is not in preparation: it cannot be changed."))
    found = latest(version)
    if found and found.state in (S.QUEUED, S.RUNNING):
        return found
    try:
        with transaction.atomic():
            made = PolicySimulation.objects.create(
                version=version, fingerprint=editions.fingerprint(version), asked_by=actor
            )
            audit.record(actor, "policy.simulate", version, _("Policy %(version)s simulated") % {"version": version})
    except IntegrityError as error:  # one waits or runs already, of the edition as it was a moment ago
        raise Refused("already_running", _("A simulation of this edition is running. Wait for it.")) from error
    return made


def latest(version: PolicyVersion) -> PolicySimulation | None:
    """The newest simulation of the edition exactly as it is; None when it was changed since."""
    return version.simulations.filter(fingerprint=editions.fingerprint(version)).first()


def run(simulation_id: int) -> None:
    """Carry out a simulation that waits; safe to call twice."""
    claimed = PolicySimulation.objects.filter(pk=simulation_id, state=S.QUEUED).update(
        state=S.RUNNING, started_at=Now(), lease_until=Now() + LEASE
    )
    if not claimed:
        return
    simulation = PolicySimulation.objects.select_related("version").get(pk=simulation_id)
    try:
        result, state, error = simulate(simulation.version), S.DONE, ""
    except Exception as failure:  # kept with the row, so that a person sees it and may ask again
        log.exception("policy.simulation_failed", simulation=simulation_id)
        result, state, error = {}, S.FAILED, type(failure).__name__
    PolicySimulation.objects.filter(pk=simulation_id, state=S.RUNNING).update(
        state=state, result=result, error=error, finished_at=Now(), lease_until=None
    )


def sweep() -> list[int]:
    """Simulations that wait for a worker, those whose worker died included."""
    PolicySimulation.objects.filter(state=S.RUNNING, lease_until__lt=Now()).update(state=S.QUEUED, lease_until=None)
    return list(PolicySimulation.objects.filter(state=S.QUEUED).values_list("pk", flat=True))


def simulate(version: PolicyVersion) -> dict[str, Any]:
    """The figures: customers and messages gained and lost with reasons, money at stake (BRL a month), campaigns that change."""
    current = queries.policy_to_come()
    contacts, rejections, mrr = _contacts(), _rejections(), _mrr()
    campaigns = list(_campaigns({one.campaign for one in contacts}))
    plans = [_plan(campaign) for campaign in campaigns]
    old, new = queries.rules_of(current) if current else [], queries.rules_of(version)
    before = replays.judge(old, contacts, plans, rejections, _screened(old, campaigns, contacts))
    after = replays.judge(new, contacts, plans, rejections, _screened(new, campaigns, contacts))
    found = replays.compare(contacts, before, after)
    discounts = {plan.campaign: plan.discount for plan in plans}
    return {
        "days": DAYS, "contacts": len(contacts), "against": current.number if current else None,
        "scheduled": bool(current and not queries.is_in_force(current)),
        "customers": len({one.customer for one in contacts}),
        "gained": list(found.gained), "lost": list(found.lost),
        "gained_for": dict(found.gained_for), "lost_for": dict(found.lost_for),
        "messages_before": found.messages_before, "messages_after": found.messages_after,
        "units": {unit: list(pair) for unit, pair in found.units.items()},
        "mrr_gained": sum(mrr.get(customer, 0.0) for customer in found.gained),
        "mrr_lost": sum(mrr.get(customer, 0.0) for customer in found.lost),
        "discount_before": _discount(contacts, before, discounts, mrr),
        "discount_after": _discount(contacts, after, discounts, mrr),
        "campaigns": _changed(campaigns, before, after),
    }  # fmt: skip


def _contacts() -> list[replays.Contact]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT time_zone FROM accounts_contact")
        zones = gate.known_zones(row[0] for row in cursor.fetchall())
        cursor.execute(
            _CONTACTS, {"days": DAYS, "decided": DECIDED, "zones": zones, "fallback_zone": settings.TIME_ZONE}
        )
        return [replays.Contact(*row) for row in cursor.fetchall()]


def _screened(
    rules: list[policies.Rule], campaigns: Iterable[Campaign], contacts: list[replays.Contact]
) -> dict[tuple[int, int], str]:
    """Contacted customers who are not what the rules ask for, as the data are today: reason by campaign and customer."""
    reached: dict[int, list[int]] = {}
    for one in contacts:
        reached.setdefault(one.campaign, []).append(one.customer)
    found: dict[tuple[int, int], str] = {}
    for campaign in campaigns:
        asked = eligibility.screens(campaign, rules, with_offer=False)
        if not asked or campaign.pk not in reached:
            continue
        reason, parameters = eligibility.reason_in_sql(asked, "x.id")
        query = f"SELECT x.id, {reason} FROM unnest(%(customers)s::bigint[]) x(id)"  # noqa: S608 - made by this app
        with connection.cursor() as cursor:
            cursor.execute(query, {**parameters, "customers": sorted(set(reached[campaign.pk]))})
            found |= {(campaign.pk, customer): failed for customer, failed in cursor.fetchall() if failed}
    return found


def _rejections() -> dict[int, list[datetime]]:
    found: dict[int, list[datetime]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_REJECTIONS, {"days": DAYS + LONGEST_PAUSE, "zone": settings.TIME_ZONE})
        for customer, at in cursor.fetchall():
            found.setdefault(customer, []).append(at)
    return found


def _mrr() -> dict[int, float]:
    with connection.cursor() as cursor:
        cursor.execute(_MRR)
        return {customer: float(value) for customer, value in cursor.fetchall()}


def _campaigns(contacted: set[int]) -> Iterable[Campaign]:
    """Campaigns of the contacts and those that wait to go out."""
    waiting = Q(status__in=[Campaign.Status.DRAFT, Campaign.Status.IN_REVIEW, Campaign.Status.APPROVED])
    return Campaign.objects.filter(waiting | Q(pk__in=contacted)).select_related("strategy", "offer", "policy_version")


def _plan(campaign: Campaign) -> replays.Plan:
    draft = campaign.current_draft
    return replays.Plan(
        campaign=campaign.pk,
        unit=campaign.business_unit_id,
        play=campaign.strategy.play,
        purpose=campaign.strategy.purpose,
        discount=float(campaign.offer.discount_percent) if campaign.offer else 0.0,
        audience=audience.preview(campaign).total,
        text=f"{draft.subject}\n{draft.body}" if draft else "",
        language=campaign.language,
        channel=campaign.channel,
        benefit=_benefit(campaign),
        least_approvals=campaign.strategy.least_approvals,
    )


def _benefit(campaign: Campaign) -> policies.Benefit | None:
    """What the offer gives, with the yearly value whatever rules ask for it: both editions judge the same campaign."""
    yearly = queries.yearly_value(campaign.run_id, campaign.segment_id)
    return policies.Benefit(queries.given(campaign.offer), yearly) if campaign.offer else None


def _discount(
    contacts: list[replays.Contact], judged: replays.Judgement, discounts: dict[int, float], mrr: dict[int, float]
) -> float:
    """Discount offered a month: the largest that a customer was offered, on its monthly revenue."""
    offered: dict[int, float] = {}
    for one, code in zip(contacts, judged.contacts, strict=True):
        if not code:
            offered[one.customer] = max(offered.get(one.customer, 0.0), discounts.get(one.campaign, 0.0))
    return sum(percent / 100 * mrr.get(customer, 0.0) for customer, percent in offered.items())


def _changed(campaigns: list[Campaign], before: replays.Judgement, after: replays.Judgement) -> list[dict[str, Any]]:
    return [
        {
            "id": one.pk, "title": one.title,
            "blocked_before": list(before.campaigns[one.pk]), "blocked_after": list(after.campaigns[one.pk]),
            "approvals_before": before.approvals[one.pk], "approvals_after": after.approvals[one.pk],
        }
        for one in campaigns
        if (before.campaigns[one.pk], before.approvals[one.pk]) != (after.campaigns[one.pk], after.approvals[one.pk])
    ]  # fmt: skip
