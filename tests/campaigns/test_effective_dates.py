"""When an edition takes force: by the database's clock at the chosen moment, whoever writes it down, and not before."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry, Role
from b2shift.lib.api import Refused
from campaigns import catalogue, editions, gate, invariants, lifecycle, outbox, policies, queries, tasks
from campaigns.models import Campaign, Message, PolicyVersion
from tests.campaigns import walk

pytestmark = pytest.mark.django_db
S = PolicyVersion.State


def scheduled(people, days: float = 2, ceiling: float = 14) -> PolicyVersion:
    version = editions.prepare(people["admin"], "Teto menor")
    editions.save_rule(version.pk, "discount_ceiling", None, {"max_percent": ceiling}, people["admin"])
    return publish(people, version, timezone.now() + timedelta(days=days))


def publish(people, version: PolicyVersion, starts=None) -> PolicyVersion:
    return editions.publish(version.pk, people["second_admin"], editions.fingerprint(version), starts)


def moment_comes(version: PolicyVersion) -> None:
    PolicyVersion.objects.filter(pk=version.pk).update(in_force_from=Now() - timedelta(seconds=1))
    version.refresh_from_db()


def states() -> list[tuple[int, str]]:
    return list(PolicyVersion.objects.order_by("number").values_list("number", "state"))


def ceiling() -> float:
    return policies.discount_ceiling(queries.rules_of(queries.policy_in_force()), "RD")


def test_until_its_moment_the_old_rules_count_and_from_then_on_the_new_ones(people):
    catalogue.seed()
    version = scheduled(people)
    assert states() == [(1, S.PUBLISHED), (2, S.SCHEDULED)]
    assert (queries.policy_in_force().number, ceiling()) == (1, 15)
    assert tasks.begin_policy() == 0
    moment_comes(version)
    assert (queries.policy_in_force().number, ceiling()) == (2, 14)  # before anybody wrote it down
    assert states() == [(1, S.PUBLISHED), (2, S.SCHEDULED)]
    assert [tasks.begin_policy(), tasks.begin_policy()] == [1, 0]
    assert states() == [(1, S.RETIRED), (2, S.PUBLISHED)]
    assert (queries.policy_in_force().number, ceiling()) == (2, 14)
    first, second = PolicyVersion.objects.order_by("number")
    assert first.in_force_until == second.in_force_from == version.in_force_from
    assert AuditEntry.objects.filter(action="policy.begin").count() == 1
    assert "editions_follow_one_another" not in {each.invariant for each in invariants.audit()}


def test_an_approval_under_the_old_edition_ends_exactly_then(company, people):
    walk.company_policy()
    campaign = walk.approved(company, people)
    version = scheduled(people)
    assert lifecycle.expire() == 0
    assert lifecycle.is_agreed(Campaign.objects.get(pk=campaign.pk))
    moment_comes(version)
    assert not lifecycle.is_agreed(Campaign.objects.get(pk=campaign.pk))
    with pytest.raises(Refused):
        outbox.launch(campaign.pk, people[Role.MANAGER])
    assert tasks.begin_policy() == 1
    campaign.refresh_from_db()
    assert campaign.status == Campaign.Status.IN_REVIEW
    assert campaign.transitions.first().reason_code == "policy_changed"
    assert not campaign.approvals.filter(voided_at=None).exists()
    lifecycle.move(campaign.pk, "approve", people["second_manager"])
    campaign.refresh_from_db()
    assert campaign.policy_version == version


def test_what_waits_for_a_decision_is_bound_to_the_new_rules_and_shows_them(company, people, client_of):
    walk.company_policy()
    campaign = walk.drafted(company, people)
    lifecycle.move(campaign.pk, "submit", people[Role.ANALYST])
    address = reverse("api-campaign", args=[campaign.pk])
    read = client_of(Role.MANAGER).get(address).json()
    version = editions.prepare(people["admin"], "Dois aprovadores")
    approvers = version.rules.get(kind="approvers", business_unit=None).parameters
    editions.save_rule(version.pk, "approvers", None, {**approvers, "approvals": 2}, people["admin"])
    editions.save_rule(version.pk, "hold_out", None, {"share": 0.25}, people["admin"])
    publish(people, version)
    campaign.refresh_from_db()
    assert (campaign.status, campaign.policy_version, campaign.hold_out_share) == ("in_review", version, 0.25)
    now = client_of(Role.MANAGER).get(address).json()
    assert (read["approvals_needed"], now["approvals_needed"]) == (1, 2)
    assert now["audience"]["held_out"] > read["audience"]["held_out"]
    with pytest.raises(Refused) as refused:
        lifecycle.move(campaign.pk, "approve", people[Role.MANAGER], seen=read["digest"])
    assert refused.value.code == "changed_meanwhile"
    campaign.refresh_from_db()
    assert (campaign.status, campaign.approvals.count(), campaign.messages.count()) == ("in_review", 0, 0)
    lifecycle.move(campaign.pk, "approve", people[Role.MANAGER], seen=now["digest"])
    assert lifecycle.move(campaign.pk, "approve", people["second_manager"]).status == "approved"
    assert not mail.outbox


def test_who_read_the_rules_of_yesterday_reads_again_also_before_anybody_wrote_the_new_ones_down(company, people):
    walk.company_policy()
    version = scheduled(people)
    campaign = walk.drafted(company, people)
    lifecycle.move(campaign.pk, "submit", people[Role.ANALYST])
    seen = lifecycle.digest(Campaign.objects.get(pk=campaign.pk))
    moment_comes(version)
    with pytest.raises(Refused) as refused:
        lifecycle.move(campaign.pk, "approve", people[Role.MANAGER], seen=seen)
    assert refused.value.code == "changed_meanwhile"
    assert not campaign.messages.exists()
    assert tasks.begin_policy() == 1
    shown = lifecycle.digest(Campaign.objects.get(pk=campaign.pk))
    assert lifecycle.move(campaign.pk, "approve", people[Role.MANAGER], seen=shown).status == "approved"


def test_one_of_two_agreements_under_other_rules_ends_and_the_frozen_audience_stays(company, people):
    walk.company_policy({"approvers": {"approvals": 2}})
    campaign = walk.drafted(company, people)
    lifecycle.move(campaign.pk, "submit", people[Role.ANALYST])
    lifecycle.move(campaign.pk, "approve", people[Role.MANAGER])
    frozen = list(campaign.messages.order_by("pk").values_list("customer", "state"))
    version = editions.prepare(people["admin"], "Outro grupo de controle")
    editions.save_rule(version.pk, "hold_out", None, {"share": 0.3}, people["admin"])
    publish(people, version)
    campaign.refresh_from_db()
    assert (campaign.status, campaign.hold_out_share) == ("in_review", 0.1)
    assert [each.void_reason for each in campaign.approvals.all()] == ["policy_changed"]
    lifecycle.move(campaign.pk, "approve", people[Role.MANAGER])
    assert lifecycle.move(campaign.pk, "approve", people["second_manager"]).status == "approved"
    assert list(campaign.messages.order_by("pk").values_list("customer", "state")) == frozen


def test_quiet_hours_that_never_end_cannot_be_published(people):
    catalogue.seed()
    version = editions.prepare(people["admin"], "Janela de envio")
    editions.save_rule(version.pk, "quiet_hours", None, {"start": "20:00", "end": "08:00"}, people["admin"])
    editions.save_rule(version.pk, "quiet_hours", "RD", {"start": "08:00", "end": "20:00"}, people["admin"])
    before = (states(), AuditEntry.objects.count())
    with pytest.raises(Refused) as refused:
        publish(people, version)
    assert refused.value.code == "no_time_to_write"
    assert (states(), AuditEntry.objects.count()) == before
    editions.save_rule(version.pk, "quiet_hours", "RD", {"start": "08:00", "end": "19:59"}, people["admin"])
    assert publish(people, version).state == S.PUBLISHED


def test_mails_of_a_unit_that_may_never_write_hold_nobody_up(company, people, monkeypatch):
    """An edition from before this was refused may still be in force."""
    monkeypatch.setattr(editions, "_ensure_time_to_write", lambda version: None)
    catalogue.seed()
    walk.new_policy({"quiet_hours": {"start": "00:00", "end": "12:00"}, "frequency_cap": None})
    version = editions.prepare(people["admin"], "Sem horário")
    editions.save_rule(version.pk, "quiet_hours", "GESTAO", {"start": "12:00", "end": "00:00"}, people["admin"])
    publish(people, version)
    campaign = walk.sending(company, people, hold_out_share=0)
    while outbox.work(100, "test"):
        pass
    waiting = campaign.messages.filter(state="queued", channel="email")
    assert waiting.exists()
    assert not waiting.filter(not_before__lte=Now() + timedelta(hours=20)).exists()
    assert not mail.outbox


def test_the_gate_reads_the_clock_and_not_the_state(company, people):
    walk.company_policy()
    campaign = walk.sending(company, people, hold_out_share=0)
    version = scheduled(people)
    assert outbox.work(1, "test") == 1
    assert len(mail.outbox) == 1
    moment_comes(version)
    message = outbox.claim(1, "test").get()
    ticket = gate.Ticket(
        str(message.pk), message.customer_id, "test", message.contact.email, lifecycle.digest(campaign), 1
    )
    assert gate.dispatch(ticket, gate.limits_for(campaign), gate.known_zones([])) == gate.Verdict(
        "queued", "policy_changed"
    )
    Message.objects.filter(pk=message.pk).update(owner="", lease_until=None)
    while outbox.work(100, "test"):
        pass
    campaign.refresh_from_db()
    assert (len(mail.outbox), campaign.status) == (1, Campaign.Status.IN_REVIEW)
    lifecycle.move(campaign.pk, "approve", people["second_manager"])  # under the edition whose moment has come
    outbox.launch(campaign.pk, people[Role.MANAGER])
    assert outbox.work(1, "test") == 1
    assert len(mail.outbox) == 2


def test_withdrawn_before_it_begins_and_not_after(people):
    catalogue.seed()
    version = scheduled(people)
    assert editions.withdraw(version.pk, people["admin"]).state == S.WITHDRAWN
    assert (queries.policy_in_force().number, tasks.begin_policy()) == (1, 0)
    again = scheduled(people)
    assert again.number == 3
    assert again.rules.get(kind="discount_ceiling", business_unit=None).parameters == {"max_percent": 14}
    moment_comes(again)
    before = states()
    with pytest.raises(Refused):
        editions.withdraw(again.pk, people["admin"])
    assert states() == before


@pytest.mark.parametrize("moved", [timedelta(seconds=-1), timedelta(days=400)])
def test_a_moment_that_is_over_or_far_away_is_refused(people, moved):
    catalogue.seed()
    version = editions.prepare(people["admin"], "Fora do prazo")
    entries = AuditEntry.objects.count()
    with pytest.raises(Refused):
        publish(people, version, timezone.now() + moved)
    assert states() == [(1, S.PUBLISHED), (2, S.DRAFT)]
    assert AuditEntry.objects.count() == entries


def test_one_edition_is_scheduled_and_the_next_is_prepared_from_it(people):
    catalogue.seed()
    first = scheduled(people)
    following = editions.prepare(people["admin"], "Depois")
    assert following.rules.get(kind="discount_ceiling", business_unit=None).parameters == {"max_percent": 14}
    with pytest.raises(Refused) as refused:
        publish(people, following)
    assert refused.value.code == "already_scheduled"
    with pytest.raises(IntegrityError), transaction.atomic():
        PolicyVersion.objects.filter(pk=following.pk).update(state=S.SCHEDULED, in_force_from=Now(), created_by=None)
    moment_comes(first)
    publish(people, following)  # what has begun is written down on the way
    assert states() == [(1, S.RETIRED), (2, S.RETIRED), (3, S.PUBLISHED)]
    assert AuditEntry.objects.filter(action="policy.begin").count() == 1


def test_a_withdrawn_edition_and_earlier_rules_can_be_prepared_from(people, client_of):
    catalogue.seed()
    withdrawn = scheduled(people)
    editions.withdraw(withdrawn.pk, people["admin"])
    client = client_of("admin")
    page = client.get(reverse("policies")).content.decode()
    assert f'<option value="{withdrawn.number}">' in page
    client.post(reverse("policy-prepare"), {"note": "Outra vez", "copied": str(withdrawn.number)})
    again = PolicyVersion.objects.get(state=S.DRAFT)
    assert again.rules.get(kind="discount_ceiling", business_unit=None).parameters == {"max_percent": 14}
    assert AuditEntry.objects.get(action="policy.prepare", target_id=str(again.pk)).detail["copied"] == withdrawn.number
    publish(people, again)
    back = client.post(
        reverse("api-policies"), {"note": "Como era", "copied": 1}, content_type="application/json"
    ).json()
    kept = [
        (rule.kind, rule.business_unit_id, rule.parameters) for rule in PolicyVersion.objects.get(number=1).rules.all()
    ]
    copied = PolicyVersion.objects.get(number=back["number"])
    assert [(rule.kind, rule.business_unit_id, rule.parameters) for rule in copied.rules.all()] == kept


@pytest.mark.parametrize("number", [0, 99, -1, "x", 2**70])
def test_an_edition_that_there_is_not_cannot_be_copied(people, client_of, number):
    catalogue.seed()
    before = (states(), AuditEntry.objects.count())
    told = client_of("admin").post(
        reverse("api-policies"), {"note": "Outra", "copied": number}, content_type="application/json"
    )
    assert told.status_code in (400, 409)
    page = client_of("admin").post(reverse("policy-prepare"), {"note": "Outra", "copied": str(number)})
    assert "aria-invalid" in page.content.decode()
    assert (states(), AuditEntry.objects.count()) == before


def test_a_date_does_not_spare_the_second_administrator(people):
    catalogue.seed()
    version = editions.prepare(people["admin"], "Sozinho")
    with pytest.raises(Refused):
        editions.publish(version.pk, people["admin"], editions.fingerprint(version), timezone.now() + timedelta(days=1))
    assert states() == [(1, S.PUBLISHED), (2, S.DRAFT)]


def test_pages_schedule_show_withdraw_and_compare(people, client_of, english):
    catalogue.seed()
    version = editions.prepare(people["admin"], "Teto menor")
    editions.save_rule(version.pk, "discount_ceiling", None, {"max_percent": 14}, people["admin"])
    second = client_of("second_admin")
    second.cookies["django_language"] = "en"
    seen = editions.fingerprint(version)
    wrong = second.post(reverse("policy-publish", args=[2]), {"seen": seen, "starts": "soon"}, follow=True)
    assert "Enter a day and a time." in wrong.content.decode()
    starts = timezone.localtime() + timedelta(days=3)
    page = second.post(
        reverse("policy-publish", args=[2]), {"seen": seen, "starts": f"{starts:%Y-%m-%dT%H:%M}"}, follow=True
    ).content.decode()
    assert "Edition v2 takes force on" in page
    assert f"In force from {starts:%d/%m/%Y %H:%M}" in " ".join(page.split()) or f"{starts:%Y}" in page
    own = second.get(reverse("policy", args=[2])).content.decode()
    assert reverse("policy-withdraw", args=[2]) in own
    reader = client_of("analyst")
    assert reverse("policy-withdraw", args=[2]) not in reader.get(reverse("policy", args=[2])).content.decode()
    assert reader.post(reverse("policy-withdraw", args=[2])).status_code == 403
    told = client_of("executive").get(reverse("policy-compare"))
    assert told.status_code == 403
    compared = second.get(reverse("policy-compare"), {"a": 1, "b": 2}).content.decode()
    assert "<ins>No offer may give a discount of more than 14%.</ins>" in compared
    back = second.get(reverse("policy-compare"), {"a": 2, "b": 1}).content.decode()
    assert "<ins>No offer may give a discount of more than 15%.</ins>" in back
    assert second.get(reverse("policy-compare"), {"a": 1, "b": 9}).status_code == 200
    assert second.get(reverse("policy-compare")).context["after"].number == 2
    second.post(reverse("policy-withdraw", args=[2]))
    assert states() == [(1, S.PUBLISHED), (2, S.WITHDRAWN)]
    assert "Was to take force on" in second.get(reverse("policies")).content.decode()


def test_the_api_schedules_and_withdraws(people, client_of):
    catalogue.seed()
    version = editions.prepare(people["admin"], "Por API")
    starts = (timezone.now() + timedelta(days=1)).isoformat()
    body = {"seen": editions.fingerprint(version), "starts": starts}
    second = client_of("second_admin")
    told = second.post(reverse("api-policy-publish", args=[2]), body, content_type="application/json").json()
    assert (told["state"], bool(told["in_force_from"])) == ("scheduled", True)
    assert client_of("analyst").post(reverse("api-policy-withdraw", args=[2])).status_code == 403
    assert second.post(reverse("api-policy-withdraw", args=[2])).json()["state"] == "withdrawn"
    assert second.post(reverse("api-policy-withdraw", args=[2])).status_code == 409
