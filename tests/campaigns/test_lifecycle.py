"""The life of a campaign: every state, verb and role by the table; what an approval binds; and two people at once."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import AuditEntry, Role
from b2shift.lib.api import Refused
from campaigns import catalogue, lifecycle, outbox, prescribe
from campaigns.drafting import propose
from campaigns.models import Approval, CallTask, Campaign, Message, Offer, PolicyRule, PolicyVersion, Transition
from tests.campaigns import walk

S = Campaign.Status
# How to walk to each state: (verb, person, what it carries).
APPROVE = ("approve", "marketing_manager", {})
LAUNCH = ("launch", "marketing_manager", {})
PATHS = {
    S.DRAFT: [("request_changes", "marketing_manager", {"comment": "mais curto"})],
    S.IN_REVIEW: [],
    S.APPROVED: [APPROVE],
    S.SENDING: [APPROVE, LAUNCH],
    S.PAUSED: [APPROVE, LAUNCH, ("pause", "marketing_manager", {})],
    S.TRACKING: [APPROVE, LAUNCH, ("finish", None, {})],
    S.COMPLETED: [APPROVE, LAUNCH, ("finish", None, {}), ("complete", None, {})],
    S.REJECTED: [("reject", "marketing_manager", {"reason_code": "timing"})],
    S.CANCELLED: [("cancel", "marketing_manager", {})],
}
CARRIED = {"reject": {"reason_code": "timing"}, "request_changes": {"comment": "mais curto"}}


@pytest.fixture
def campaign_at(company, people):
    def make(state):
        walk.company_policy({"frequency_cap": None})
        found = Campaign.objects.filter(segment__passport="S-001").first() or prescribe.run(None, "S-001").campaigns[0]
        for verb, who, carried in PATHS[state]:
            if verb == "finish":
                while outbox.work(100, "test"):  # the last one finishes it
                    pass
            else:
                lifecycle.move(found.pk, verb, people[who] if who else None, **carried)
        found.refresh_from_db()
        assert found.status == state
        return found

    return make


def _counts():
    return [model.objects.count() for model in (Transition, Approval, Message, AuditEntry)]


@pytest.mark.django_db
@pytest.mark.parametrize("state", list(S))
def test_every_verb_and_role_by_the_table(campaign_at, people, state):
    found = campaign_at(state)
    # The second manager has approved nothing and written nothing: only state and role decide.
    waiting = found.messages.filter(state="queued").exists()
    actors = {role: people[role] for role in Role} | {Role.MANAGER: people["second_manager"], None: None}
    for verb, rule in lifecycle.TABLE.items():
        for role, actor in actors.items():
            expected = state in rule.sources and (role in rule.roles or (role is None and rule.system))
            expected = expected and not (verb == "finish" and waiting)
            before = _counts()
            try:
                with transaction.atomic():
                    moved = lifecycle.move(found.pk, verb, actor, **CARRIED.get(verb, {}))
                    assert expected, (state, verb, role)
                    assert moved.status == rule.target
                    assert Campaign.objects.get(pk=found.pk).status == rule.target
                    assert Transition.objects.filter(
                        campaign=found, verb=verb, actor=actor, to_status=rule.target
                    ).exists()
                    assert AuditEntry.objects.filter(action=f"campaign.{verb}", actor=actor).exists()
                    raise InterruptedError  # take it back for the next one
            except InterruptedError:
                pass
            except Refused as refusal:
                outcome = (expected, refusal.code)
                if outcome not in ((False, "wrong_status"), (False, "not_allowed"), (False, "still_sending")):
                    pytest.fail(f"{state} {verb} {role}: {outcome}")
                assert _counts() == before
            assert Campaign.objects.get(pk=found.pk).status == state


@pytest.mark.django_db
@pytest.mark.parametrize("state", list(S))
def test_buttons_agree_with_the_table(campaign_at, people, state):
    found = campaign_at(state)
    for role in Role:
        offered = {choice.verb for choice in lifecycle.verbs_for(found, people[role])}
        assert offered == {
            verb for verb, rule in lifecycle.TABLE.items() if state in rule.sources and role in rule.roles
        }
    assert lifecycle.verbs_for(found, None) == []


@pytest.mark.django_db
def test_an_inactive_person_is_refused(campaign_at, people):
    found = campaign_at(S.IN_REVIEW)
    people["marketing_manager"].is_active = False
    people["marketing_manager"].save()
    with pytest.raises(Refused) as refused:
        lifecycle.move(found.pk, "approve", people["marketing_manager"])
    assert refused.value.code == "not_allowed"
    assert not Approval.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("hand", ["author", "editor"])
def test_own_work_is_never_approved(company, people, hand):
    manager = people["marketing_manager"]
    found = prescribe.run(manager if hand == "author" else None, "S-001").campaigns[0]
    if hand == "editor":
        draft = found.current_draft
        propose.revise(found.pk, manager, draft.subject, draft.body.replace("Olá", "Oi"))
        # A later version by somebody else does not wash the hands of the first editor.
        draft = found.current_draft
        propose.revise(found.pk, people["analyst"], draft.subject, draft.body.replace("Oi", "Bom dia"))
        lifecycle.move(found.pk, "submit", people["analyst"])
    with pytest.raises(Refused) as refused:
        lifecycle.move(found.pk, "approve", manager)
    assert refused.value.code == "own_work"
    assert not Approval.objects.exists()
    assert not Message.objects.exists()
    assert lifecycle.move(found.pk, "approve", people["second_manager"]).status == S.APPROVED


def _two_needed():
    version = PolicyVersion.objects.get(state="published")
    PolicyVersion.objects.filter(pk=version.pk).update(state="draft")
    rule = PolicyRule.objects.get(version=version, kind="approvers")
    rule.parameters |= {"audience_above": 5}
    rule.save()
    PolicyVersion.objects.filter(pk=version.pk).update(state="published")


@pytest.mark.django_db
def test_two_people_above_the_limits(company, people):
    catalogue.seed()
    _two_needed()
    found = prescribe.run(None, "S-001").campaigns[0]
    assert lifecycle.approvals_needed(found) == 2
    assert lifecycle.move(found.pk, "approve", people["marketing_manager"]).status == S.IN_REVIEW
    with pytest.raises(Refused) as refused:
        lifecycle.move(found.pk, "approve", people["marketing_manager"])
    assert refused.value.code == "already_approved"
    assert Approval.objects.count() == 1
    assert lifecycle.move(found.pk, "approve", people["admin"]).status == S.APPROVED
    assert Approval.objects.filter(voided_at=None).values("approver").distinct().count() == 2


def _change_offer(found):
    Offer.objects.filter(pk=found.offer_id).update(discount_percent=1)


def _change_benefit(found):
    Offer.objects.filter(pk=found.offer_id).update(benefit="Outro benefício")


def _change_policy(found):
    PolicyVersion.objects.filter(state="published").update(state="retired")
    PolicyVersion.objects.create(number=99, state="draft")
    PolicyVersion.objects.filter(number=99).update(state="published")


def _change_hold_out(found):
    Campaign.objects.filter(pk=found.pk).update(hold_out_share=0.2)


def _change_language(found):
    Campaign.objects.filter(pk=found.pk).update(language="en")


def _run_out(found):
    Approval.objects.filter(campaign=found).update(expires_at=Now() - timedelta(seconds=1))


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change", [_change_offer, _change_benefit, _change_policy, _change_hold_out, _change_language, _run_out]
)
def test_a_change_ends_the_agreement(campaign_at, people, change):
    found = campaign_at(S.APPROVED)
    assert lifecycle.is_agreed(found)
    change(found)
    with pytest.raises(Refused) as refused:
        lifecycle.move(found.pk, "launch", people["marketing_manager"])
    assert refused.value.code == "not_agreed"
    assert Campaign.objects.get(pk=found.pk).status == S.APPROVED
    assert lifecycle.expire() >= 1
    found.refresh_from_db()
    assert found.status == S.IN_REVIEW
    assert not found.approvals.filter(voided_at=None).exists()
    assert lifecycle.expire() == 0


@pytest.mark.django_db
def test_an_unchanged_agreement_stays(campaign_at):
    found = campaign_at(S.APPROVED)
    assert lifecycle.expire() == 0
    found.refresh_from_db()
    assert found.status == S.APPROVED


@pytest.mark.django_db
def test_an_approval_holds_for_the_hours_of_the_policy(campaign_at):
    approval = campaign_at(S.APPROVED).approvals.get()
    assert approval.expires_at - approval.created_at == timedelta(hours=72)


@pytest.mark.django_db
def test_cancelling_takes_the_queue_back(campaign_at, people):
    found = campaign_at(S.SENDING)
    queued = found.messages.filter(state="queued").count()
    assert queued > 0
    lifecycle.move(found.pk, "cancel", people["marketing_manager"])
    assert found.messages.filter(state="cancelled").count() == queued
    assert not found.messages.filter(state="queued").exists()


@pytest.mark.django_db
@pytest.mark.django_db
def test_a_campaign_does_not_finish_while_mails_wait(campaign_at, people):
    found = campaign_at(S.SENDING)
    assert found.messages.filter(state="queued").exists()
    with pytest.raises(Refused) as refused:
        lifecycle.move(found.pk, "finish", None)
    assert refused.value.code == "still_sending"
    found.refresh_from_db()
    assert found.status == S.SENDING


@pytest.mark.django_db
@pytest.mark.parametrize(("verb", "reason"), [("reject", "rejected"), ("cancel", "cancelled")])
def test_giving_up_what_was_out_leaves_no_mail_and_no_call(campaign_at, people, verb, reason):
    found = campaign_at(S.SENDING)
    customer = found.messages.filter(state="queued").first()
    CallTask.objects.create(
        customer=customer.customer, campaign=found, message=customer, reason="silence", due_on=timezone.localdate()
    )
    lifecycle.move(found.pk, "void", None, reason_code="policy_changed")
    manager = people["marketing_manager"]
    lifecycle.move(found.pk, verb, manager, reason_code="timing", comment="agora não")
    assert not found.messages.filter(state="queued").exists()
    assert found.messages.filter(state="cancelled", reason=reason).exists()
    (task,) = CallTask.objects.filter(campaign=found, customer=customer.customer)
    assert (task.state, task.closed_by) == (CallTask.State.DISMISSED, manager)
    assert task.note


def test_an_edit_returns_an_approved_campaign(campaign_at, people):
    found = campaign_at(S.APPROVED)
    draft = found.current_draft
    propose.revise(found.pk, people["analyst"], draft.subject, draft.body.replace("Olá", "Oi"))
    found.refresh_from_db()
    assert found.status == S.DRAFT
    assert not found.approvals.filter(voided_at=None).exists()
    assert found.current_draft.number == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("needed", [1, 2])
def test_two_approvers_at_once(company, people, needed):
    catalogue.seed()
    if needed == 2:
        _two_needed()
    found = prescribe.run(None, "S-001").campaigns[0]
    gate = threading.Barrier(2)
    outcomes = []

    def approve(who):
        try:
            gate.wait(timeout=20)
            outcomes.append(lifecycle.move(found.pk, "approve", people[who]).status)
        except Refused as refusal:
            outcomes.append(refusal.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=approve, args=(who,)) for who in ("marketing_manager", "second_manager")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    found.refresh_from_db()
    assert found.status == S.APPROVED
    assert Approval.objects.filter(voided_at=None).count() == needed
    assert sorted(outcomes) == (["approved", "wrong_status"] if needed == 1 else ["approved", "in_review"])
    assert Transition.objects.filter(verb="approve", to_status="approved").count() == 1
    assert Message.objects.filter(campaign=found).count() == 20
