"""Calls for people to make: written by the loop, closed by whoever called; what was said becomes a human signal."""

from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts import audit
from accounts.models import User
from b2shift.lib.api import Refused
from campaigns import eligibility, gate
from campaigns.models import CallTask, Campaign, Interaction

ANSWER_WITHIN_DAYS = 2

_FOR_FROZEN_AUDIENCE = """
    SELECT m.id, m.reason FROM campaigns_message m
    WHERE m.campaign_id = %(campaign)s AND m.channel = 'call' AND m.state = 'suppressed'
"""
# Who stopped being what rules and offer ask for since the audience was frozen is not called; the reason is kept.
_JUDGED = """
    UPDATE campaigns_message m SET channel = 'email', reason = judged.failed
    FROM (SELECT x.id, {screened} AS failed FROM campaigns_message x
          WHERE x.campaign_id = %(campaign)s AND x.channel = 'call' AND x.state = 'suppressed'
            AND NOT EXISTS (SELECT 1 FROM campaigns_calltask k WHERE k.message_id = x.id)) judged
    WHERE m.id = judged.id AND judged.failed <> ''
"""
_FOR_RECIPIENTS = """
    SELECT m.id, %(reason)s AS reason FROM campaigns_message m
    WHERE m.campaign_id = %(campaign)s AND m.customer_id = ANY(%(customers)s::bigint[]) AND m.state IN ('sent', 'uncertain')
"""
_WRITE = """
    INSERT INTO campaigns_calltask (customer_id, campaign_id, message_id, assigned_to_id, reason, talking_points, due_on, state,
                                    outcome, note, created_at)
    SELECT m.customer_id, m.campaign_id, m.id, c.owner_id, wanted.reason, %(points)s, current_date + %(days)s, 'open', '', '', now()
    FROM ({wanted}) wanted JOIN campaigns_message m ON m.id = wanted.id JOIN accounts_customer c ON c.id = m.customer_id
    ON CONFLICT (campaign_id, customer_id) DO NOTHING
"""
# What an outcome says about the offer, beside the call itself.
SIGNALS = {
    CallTask.Outcome.INTERESTED: Interaction.Kind.ACCEPT,
    CallTask.Outcome.NOT_INTERESTED: Interaction.Kind.REJECT,
}


def for_audience(campaign: Campaign) -> int:
    """One call per customer of the frozen audience whom no mail reaches, judged again; a second time adds nothing."""
    limits = gate.limits_for(campaign)
    screened, asked = eligibility.reason_in_sql(eligibility.screens(campaign, limits.rules), "x.customer_id")
    with transaction.atomic():
        if asked:
            with connection.cursor() as cursor:
                cursor.execute(_JUDGED.format(screened=screened), {**asked, "campaign": campaign.pk})
        return _write(campaign, _FOR_FROZEN_AUDIENCE, limits.call_within_days)


def for_recipients(campaign: Campaign, customers: Sequence[int], reason: str, days: int | None = None) -> int:
    """One call per named recipient of a mail of ``campaign``, because of ``reason``; a second time adds nothing."""
    within = gate.limits_for(campaign).call_within_days if days is None else days
    return _write(campaign, _FOR_RECIPIENTS, within, customers=list(customers), reason=reason)


def talking_points(campaign: Campaign) -> str:
    """What to say, one point a line, in the campaign's language: the offer's own words and nothing invented."""
    offer = campaign.offer
    with override(campaign.language):
        points = [_("Segment: %(name)s.") % {"name": campaign.segment.name}]
        if campaign.strategy.objective:
            points.append(_("Aim: %(aim)s") % {"aim": campaign.strategy.objective})
        if offer is not None:
            benefit = offer.benefit_en if campaign.language == "en" else offer.benefit
            points.append(_("Offer: %(name)s. %(benefit)s") % {"name": offer.name, "benefit": benefit})
        points.append(_("Ask what would have to change for this to be worth it, and write it down."))
    return "\n".join(points)


def close(task: CallTask, user: User, outcome: str, note: str) -> None:
    """Record what came of the call; refused when somebody closed it before. ``task`` was fetched through ``visible_to(user)``."""
    if outcome not in CallTask.Outcome.values:
        raise Refused("unknown_outcome", _("Choose what came of the call."))
    with transaction.atomic():
        _leave_open(task, CallTask.State.DONE, user, outcome, note)
        _signal(task, Interaction.Kind.CALL_DONE, f"call:{task.pk}", outcome)
        if outcome in SIGNALS:
            _signal(task, SIGNALS[CallTask.Outcome(outcome)], f"call:{task.pk}:answer", outcome)
        audit.record(
            user, "call.close", task, f"Call closed: {outcome}", campaign=task.campaign_id, customer=task.customer_id
        )


def dismiss(task: CallTask, user: User, note: str) -> None:
    """Take a call off the list without making it; the reason is kept."""
    if not note.strip():
        raise Refused("reason_missing", _("Say why this call is not needed."))
    with transaction.atomic():
        _leave_open(task, CallTask.State.DISMISSED, user, "", note)
        audit.record(user, "call.dismiss", task, "Call dismissed", campaign=task.campaign_id, customer=task.customer_id)


def _leave_open(task: CallTask, state: str, user: User, outcome: str, note: str) -> None:
    changed = CallTask.objects.filter(pk=task.pk, state=CallTask.State.OPEN).update(
        state=state, outcome=outcome, note=note.strip(), closed_at=Now(), closed_by=user
    )
    if not changed:
        raise Refused("already_closed", _("This call was closed already."))


def _signal(task: CallTask, kind: str, key: str, outcome: str) -> None:
    message = task.message
    if message is None:  # a call of somebody's own has no message to hang a sign on
        return
    Interaction.objects.create(
        message=message,
        customer_id=task.customer_id,
        campaign_id=task.campaign_id,
        kind=kind,
        origin=Interaction.Origin.HUMAN,
        key=key,
        reason_code=outcome,
        detail={"by": "call"},
    )


def _write(campaign: Campaign, wanted: str, days: int, **parameters: Any) -> int:
    everything: dict[str, Any] = {
        "campaign": campaign.pk,
        "days": days,
        "points": talking_points(campaign),
        **parameters,
    }
    with connection.cursor() as cursor:
        cursor.execute(_WRITE.format(wanted=wanted), everything)
        return cursor.rowcount
