"""From answers to the next step: one draft for review or a call, never a mail, and never twice."""

import pytest
from django.core import mail
from django.db import connection

from accounts.models import Role
from b2shift.lib.api import Refused
from campaigns import audience, learning, lifecycle, outbox, prescribe, tasks, tracking
from campaigns.models import CallTask, Campaign, Interaction, Message
from campaigns.tracking import Visit
from tests.campaigns import walk

pytestmark = pytest.mark.django_db
PERSON = Visit("POST", "Mozilla/5.0 Firefox/140")


def age(campaign: Campaign, days: int) -> None:
    """Let ``days`` pass since the mails of ``campaign``."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE campaigns_message SET dispatched_at = dispatched_at - make_interval(days => %(d)s), "
            "finished_at = finished_at - make_interval(days => %(d)s) WHERE campaign_id = %(c)s AND dispatched_at IS NOT NULL",
            {"d": days, "c": campaign.pk},
        )


def reached(campaign: Campaign) -> list[Message]:
    return [
        tracking.find(pk) for pk in campaign.messages.filter(state="sent").order_by("pk").values_list("pk", flat=True)
    ]


@pytest.fixture
def campaign(company, people) -> Campaign:
    walk.company_policy({"frequency_cap": None})
    return walk.sent(company, people, hold_out_share=0.1)


def test_nothing_follows_while_answers_may_still_come(campaign):
    assert learning.follow_up() == {"silent": 0, "drafts": 0, "calls": 0}
    assert not campaign.follow_ups.exists()
    assert not Interaction.objects.filter(kind="silence").exists()


def test_a_rejection_yields_a_stronger_offer_at_once_as_a_draft_for_review(campaign):
    declined = reached(campaign)[0]
    tracking.record_answer(declined, "decline", "price", PERSON)
    sent_before = len(mail.outbox)
    assert learning.follow_up()["drafts"] == 1
    step = campaign.follow_ups.get()
    assert (step.step, step.segment, step.run, step.strategy) == (2, campaign.segment, campaign.run, campaign.strategy)
    assert step.offer.step == 2
    assert step.status in (Campaign.Status.DRAFT, Campaign.Status.IN_REVIEW)
    assert step.current_draft.body
    assert len(mail.outbox) == sent_before
    assert audience.preview(step).total == 1


def test_a_second_run_adds_nothing(campaign):
    tracking.record_answer(reached(campaign)[0], "decline", "", PERSON)
    learning.follow_up()
    assert learning.follow_up() == {"silent": 0, "drafts": 0, "calls": 0}
    assert tasks.follow_up() == {"silent": 0, "drafts": 0, "calls": 0}
    assert campaign.follow_ups.count() == 1


def test_of_two_that_draft_the_same_step_one_is_refused(campaign):
    """As when two schedulers ask at once: neither sees the other's draft until it is written."""
    tracking.record_answer(reached(campaign)[0], "decline", "", PERSON)
    first = prescribe.follow_up(campaign)
    with pytest.raises(Refused) as refused:
        prescribe.follow_up(campaign)
    assert refused.value.code == "already_living"
    assert list(campaign.follow_ups.all()) == [first]


def test_silence_yields_the_next_step_for_those_who_did_not_accept(campaign, people):
    everybody = reached(campaign)
    tracking.record_answer(everybody[0], "accept", "", PERSON)
    tracking.record_answer(everybody[1], "decline", "", PERSON)
    age(campaign, 8)
    done = learning.follow_up()
    assert done == {"silent": len(everybody) - 2, "drafts": 1, "calls": 0}
    step = campaign.follow_ups.get()
    lifecycle.move(step.pk, "approve", people[Role.MANAGER])
    addressed = set(step.messages.values_list("customer", flat=True))
    assert addressed == {message.customer_id for message in everybody[1:]}
    held = set(campaign.messages.filter(state="held_out").values_list("customer", flat=True))
    assert held
    assert not held & addressed


def test_an_unsubscribed_recipient_is_not_written_to_again(campaign, people):
    everybody = reached(campaign)
    tracking.record_unsubscribe(everybody[0])
    age(campaign, 8)
    learning.follow_up()
    step = campaign.follow_ups.get()
    lifecycle.move(step.pk, "approve", people[Role.MANAGER])
    assert step.messages.get(customer=everybody[0].customer).reason == "no_consent"


def test_who_accepts_the_first_step_while_the_second_waits_gets_no_second_mail(campaign, people):
    age(campaign, 8)
    learning.follow_up()
    step = campaign.follow_ups.get()
    lifecycle.move(step.pk, "approve", people[Role.MANAGER])
    step.refresh_from_db()
    if step.status == Campaign.Status.IN_REVIEW:
        lifecycle.move(step.pk, "approve", people["second_manager"])
    outbox.launch(step.pk, people[Role.MANAGER])
    late = reached(campaign)[0]
    tracking.record_answer(late, "accept", "", PERSON)
    while outbox.work(100, "test"):
        pass
    found = step.messages.get(customer=late.customer)
    assert (found.state, found.reason) == ("suppressed", "answered")
    assert step.messages.filter(state="sent").exists()


def test_a_follow_up_that_a_person_rejected_ends_the_ladder(campaign, people):
    tracking.record_answer(reached(campaign)[0], "decline", "", PERSON)
    learning.follow_up()
    lifecycle.move(campaign.follow_ups.get().pk, "reject", people[Role.MANAGER], reason_code="offer")
    age(campaign, 30)
    assert learning.follow_up()["drafts"] == 0
    assert learning.follow_up()["calls"] == 0
    assert campaign.follow_ups.count() == 1


def test_the_last_rung_is_a_call_of_the_rep_and_names_its_reason(campaign):
    campaign.strategy.max_steps = 2
    campaign.strategy.save()
    everybody = reached(campaign)
    tracking.record_answer(everybody[0], "decline", "", PERSON)
    assert learning.follow_up()["calls"] == 1
    age(campaign, 8)
    assert learning.follow_up()["calls"] == len(everybody) - 1
    assert learning.follow_up()["calls"] == 0
    made = {task.customer_id: task for task in CallTask.objects.filter(campaign=campaign, message__state="sent")}
    assert set(made) == {message.customer_id for message in everybody}
    assert made[everybody[0].customer_id].reason == "declined"
    assert made[everybody[1].customer_id].reason == "silent"
    assert made[everybody[1].customer_id].assigned_to == everybody[1].customer.owner


def test_a_ladder_of_one_step_ends_there(campaign):
    campaign.strategy.max_steps = 1
    campaign.strategy.save()
    tracking.record_answer(reached(campaign)[0], "decline", "", PERSON)
    age(campaign, 30)
    done = learning.follow_up()
    assert (done["drafts"], done["calls"]) == (0, 0)


def test_machines_do_not_teach(campaign):
    tracking.record_answer(reached(campaign)[0], "decline", "", Visit("POST", "Googlebot"))
    assert learning.follow_up()["drafts"] == 0


def test_those_written_to_too_recently_wait_for_the_next_wave(company, people):
    walk.company_policy({"frequency_cap": {"messages": 1, "days": 7, "long_messages": 5, "long_days": 30}})
    campaign = walk.sent(company, people, hold_out_share=0)
    everybody = reached(campaign)
    for message in everybody[:3]:
        tracking.record_answer(message, "decline", "", PERSON)
    learning.follow_up()
    step = campaign.follow_ups.get()
    assert audience.preview(step).excluded == {"capped": 3}
    assert audience.freeze(step) == {}
    age(campaign, 8)
    assert sum(audience.freeze(step).values()) == len(everybody)
    assert not step.messages.filter(reason="capped").exists()
