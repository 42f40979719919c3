"""Two wordings of one campaign: written, judged, approved and sent like one, and compared without mistaking chance for a result."""

import random
from collections import Counter

import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as some

from accounts.models import Role
from b2shift.lib.api import Refused
from campaigns import (
    cases,
    checks,
    classification,
    explanation,
    invariants,
    lifecycle,
    outbox,
    planting,
    prescribe,
    repeats,
    tracking,
    variants,
    wording_results,
)
from campaigns.drafting import propose
from campaigns.models import Campaign, Decision, Message
from campaigns.tracking import Visit
from campaigns.wording_results import Result
from tests.campaigns import walk

PERSON = Visit("POST", "Mozilla/5.0 Firefox/140")
OTHER = ("Uma conversa com {{ customer.name }}", walk.BODY.replace("queremos conversar", "gostaríamos de ouvir você"))


def with_two(company, people, **options) -> Campaign:
    """In preparation, with a second wording by the analyst."""
    walk.company_policy({"frequency_cap": None})
    campaign = walk.drafted(company, people, **{"hold_out_share": 0, **options})
    first = campaign.current_draft
    propose.revise(campaign.pk, people[Role.ANALYST], first.subject, first.body, OTHER)
    return campaign


def launched(campaign: Campaign, people) -> Campaign:
    """Submitted, approved by whoever has to, and launched."""
    lifecycle.move(campaign.pk, "submit", people[Role.ANALYST])
    for key in (Role.MANAGER.value, "second_manager"):
        campaign.refresh_from_db()
        if campaign.status == Campaign.Status.IN_REVIEW:
            lifecycle.move(campaign.pk, "approve", people[key])
    outbox.launch(campaign.pk, people[Role.MANAGER])
    campaign.refresh_from_db()
    return campaign


def sent(campaign: Campaign, people) -> Campaign:
    """Everything that may go out has gone out."""
    launched(campaign, people)
    while outbox.work(100, "test"):
        pass
    campaign.refresh_from_db()
    return campaign


# The draw


@given(some.integers(1, 2**40), some.text(min_size=1, max_size=40))
def test_the_draw_is_always_the_same(campaign, code):
    assert variants.drawn(campaign, code) == variants.drawn(campaign, code)
    assert variants.drawn(campaign, code) in (variants.A, variants.B)


@given(some.integers(1, 10**9))
def test_half_of_the_customers_read_each_wording_and_who_is_held_out_says_nothing_about_it(campaign):
    codes = [f"C{number:05}" for number in range(2000)]
    drawn = {code: variants.drawn(campaign, code) for code in codes}
    held = [code for code in codes if classification.drawn("2026:unit:", code) < 0.2]
    for group in (codes, held):
        share = Counter(drawn[code] for code in group)[variants.A] / len(group)
        assert abs(share - 0.5) < 3 / len(group) ** 0.5  # six standard deviations


def test_another_campaign_draws_anew():
    codes = [f"C{number}" for number in range(400)]
    same = sum(variants.drawn(1, code) == variants.drawn(2, code) for code in codes)
    assert 140 < same < 260


# Writing


@pytest.mark.django_db
def test_a_second_wording_is_a_version_of_whoever_wrote_it_and_ends_approvals(company, people):
    walk.company_policy({"frequency_cap": None})
    campaign = walk.approved(company, people)
    first, before = campaign.current_draft, cases.Case(campaign).digest
    draft = propose.revise(campaign.pk, people["admin"], first.subject, first.body, OTHER)
    campaign.refresh_from_db()
    assert (draft.number, draft.edited_by, campaign.status) == (2, people["admin"], Campaign.Status.DRAFT)
    assert (draft.other.subject, draft.other.body) == OTHER
    assert [part["text"] for part in draft.other_sentences][-1] == "{{ link.accept }}\n{{ link.unsubscribe }}"
    assert not campaign.approvals.filter(voided_at=None).exists()
    assert cases.Case(campaign).digest != before
    lifecycle.move(campaign.pk, "submit", people[Role.ANALYST])
    with pytest.raises(Refused):
        lifecycle.move(campaign.pk, "approve", people["admin"])
    assert not campaign.approvals.filter(voided_at=None).exists()


@pytest.mark.django_db
def test_the_digest_binds_both_wordings_and_stays_as_it_was_without_a_second(company, people):
    campaign = with_two(company, people)
    both = cases.Case(campaign)
    assert both.bound["other_words"]["subject"] == OTHER[0]
    first = campaign.current_draft
    propose.revise(campaign.pk, people[Role.ANALYST], first.subject, first.body, (OTHER[0], OTHER[1] + "\n\nAté logo."))
    other = cases.Case(campaign)
    assert {**other.bound, "words": 0} != {**both.bound, "words": 0}  # also apart from the number of the version
    propose.revise(campaign.pk, people[Role.ANALYST], first.subject, first.body)
    assert "other_words" not in cases.Case(campaign).bound
    assert campaign.current_draft.other is None
    assert campaign.drafts.count() == 4


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("other", "code"),
    [
        (("Só o assunto", "  \n "), "half_a_wording"),
        (("", "Só o texto"), "half_a_wording"),
        (None, "same_wording"),
        (OTHER, "unchanged"),
    ],
)
def test_a_second_wording_that_tests_nothing_is_refused(company, people, other, code):
    campaign = with_two(company, people)
    first = campaign.current_draft
    with pytest.raises(Refused) as refused:
        propose.revise(
            campaign.pk, people[Role.ANALYST], first.subject, first.body, other or (first.subject, first.body + "\n")
        )
    assert refused.value.code == code
    assert campaign.drafts.count() == 2


@pytest.mark.django_db
def test_calls_have_one_wording(company, people):
    walk.company_policy()
    campaign = walk.drafted(company, people, channel="call")
    first = campaign.current_draft
    with pytest.raises(Refused) as refused:
        propose.revise(campaign.pk, people[Role.ANALYST], first.subject, first.body, OTHER)
    assert refused.value.code == "no_mail"
    assert campaign.drafts.count() == 1


@pytest.mark.django_db
def test_half_a_wording_cannot_be_stored(company, people):
    campaign = with_two(company, people)
    draft = campaign.current_draft
    draft.pk, draft.number, draft.other_subject = None, 3, ""
    draft._state.adding = True
    with pytest.raises(IntegrityError, match="a_second_wording_is_whole"), transaction.atomic():
        draft.save()
    assert campaign.drafts.count() == 2


# Checks


@pytest.mark.django_db
def test_a_finding_of_the_second_wording_says_so_and_blocks(company, people):
    campaign = with_two(company, people)
    first = campaign.current_draft
    assert first.findings == []
    bad = (OTHER[0], OTHER[1] + "\n\nSão 73% de desconto.")
    draft = propose.revise(campaign.pk, people[Role.ANALYST], first.subject, first.body, bad)
    found = checks.blocking(draft.findings)
    assert found
    assert {finding["variant"] for finding in found} == {"B"}
    with pytest.raises(Refused):
        lifecycle.move(campaign.pk, "submit", people[Role.ANALYST])
    assert not Message.objects.exists()
    swapped = propose.revise(campaign.pk, people[Role.ANALYST], *bad, (first.subject, first.body))
    assert checks.blocking(swapped.findings)
    assert not any("variant" in finding for finding in swapped.findings)


@pytest.mark.django_db
def test_judgements_of_both_wordings_replay_and_so_do_those_from_before_there_were_two(company, people):
    campaign = with_two(company, people)
    first = campaign.current_draft
    bad = (OTHER[0], OTHER[1] + "\n\nSão 73% de desconto.")
    propose.revise(campaign.pk, people[Role.ANALYST], first.subject, first.body, bad)
    propose.revise(campaign.pk, people[Role.ANALYST], *bad)
    made = list(Decision.objects.filter(kind=Decision.Kind.WORDS, campaign=campaign).order_by("pk"))
    assert len(made) == 3
    assert all(repeats.replay(one).identical for one in made)
    old = made[-1]
    old.body = old.body.replace('"other":null,', "")
    assert '"other"' not in old.body
    again = repeats._replay(old, "")
    assert (again.differences, again.changed) == ([], {})


# Sending


@pytest.mark.django_db
@pytest.mark.usefixtures("english")
def test_each_recipient_reads_the_wording_that_was_drawn_and_the_message_says_which(company, people):
    campaign = sent(with_two(company, people), people)
    messages = list(campaign.messages.filter(state="sent").select_related("customer"))
    assert {message.variant for message in messages} == {"A", "B"}
    subjects = {found.extra_headers["Message-ID"]: found.subject for found in mail.outbox}
    for message in messages:
        assert message.variant == variants.drawn(campaign.pk, message.customer.code)
        assert ("Uma conversa" in subjects[message.message_id]) == (message.variant == "B")
    assert not campaign.messages.exclude(state="sent").exclude(variant="").exists()
    told = explanation.explain(messages[0].customer).campaigns[0]
    assert "by lot" in told.reason
    assert invariants._broken("wordings_are_as_drawn", [(invariants.FIXED["wordings_are_as_drawn"], None)], None) == []
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE campaigns_message SET variant = CASE variant WHEN 'A' THEN 'B' ELSE 'A' END WHERE id = %s",
            [messages[0].pk],
        )
        cursor.execute(invariants.FIXED["wordings_are_as_drawn"])
        assert cursor.fetchall() == [(str(messages[0].pk),)]


@pytest.mark.django_db
def test_the_variant_is_stored_before_the_mail_leaves(company, people, monkeypatch):
    campaign = launched(with_two(company, people), people)
    seen: list[str] = []

    def dies(self, given) -> None:
        message = Message.objects.get(message_id=given.extra_headers["Message-ID"])
        seen.append(message.variant)
        raise KeyboardInterrupt  # the process is killed while the mail is on the wire

    monkeypatch.setattr("campaigns.transport.Line.deliver", dies)
    with pytest.raises(KeyboardInterrupt):
        outbox.work(1, "dead")
    message = campaign.messages.get(state="dispatching")
    assert seen == [message.variant] == [variants.drawn(campaign.pk, message.customer.code)]
    Message.objects.filter(pk=message.pk).update(lease_until="2020-01-01T00:00Z")
    assert outbox.sweep()["uncertain"] == 1
    message.refresh_from_db()
    assert (message.state, message.variant) == ("uncertain", seen[0])


@pytest.mark.django_db
def test_a_mail_that_waits_for_another_try_has_no_variant_yet(company, people, monkeypatch):
    campaign = launched(with_two(company, people), people)
    later = outbox.Delivery(outbox.Fate.LATER, "451 try later")
    monkeypatch.setattr("campaigns.transport.Line.deliver", lambda self, given: later)
    outbox.work(1, "test")
    message = campaign.messages.get(attempts=1)
    assert (message.state, message.variant, message.dispatched_at) == ("queued", "", None)


@pytest.mark.django_db
def test_with_one_wording_messages_have_no_variant(company, people):
    walk.company_policy({"frequency_cap": None})
    campaign = walk.sent(company, people)
    assert campaign.messages.filter(state="sent").exists()
    assert set(campaign.messages.values_list("variant", flat=True)) == {""}
    assert wording_results.of(campaign) is None


@pytest.mark.django_db
def test_only_first_versions_with_one_wording_are_copied_into_planted_drafts(company, people):
    walk.company_policy({"frequency_cap": None})
    for campaign in prescribe.run().campaigns:
        draft = campaign.current_draft
        propose.revise(
            campaign.pk, people[Role.ANALYST], draft.subject, draft.body, (draft.subject, draft.body + " Até logo.")
        )
    plant = planting.plant(people["second_admin"], random.Random(1))
    assert Campaign.every.get(pk=plant.campaign_id).current_draft.other is None


# Results


def test_noise_is_no_result():
    found = wording_results.compare(2, Result("A", 60, 2, 1), Result("B", 58, 5, 0), 0.03)
    assert found.ahead == ""
    assert found.gap[0] < 0 < found.gap[2]
    assert found.more > 1000
    nothing = wording_results.compare(2, Result("A", 60, 0, 0), Result("B", 0, 0, 0), 0.03)
    assert (nothing.ahead, nothing.gap) == ("", None)
    assert nothing.results[1].acceptance is None


def test_a_difference_beyond_chance_names_who_is_ahead_with_its_interval():
    found = wording_results.compare(2, Result("A", 1000, 30, 0), Result("B", 1000, 70, 0), 0.03)
    assert (found.ahead, found.more) == ("B", 0)
    assert found.gap == pytest.approx((1.46, 4.0, 6.66), abs=0.05)


def test_enough_mails_without_a_difference_ask_for_no_more():
    found = wording_results.compare(2, Result("A", 9000, 450, 0), Result("B", 9000, 455, 0), 0.03)
    assert (found.ahead, found.more) == ("", 0)


def test_the_interval_is_newcombe_s():
    """The first example of Newcombe (1998), table II, method 10: 56/70 against 48/80, 95%."""
    before = wording_results.Z99
    wording_results.Z99 = 1.959964
    try:
        found = wording_results.compare(1, Result("A", 70, 56, 0), Result("B", 80, 48, 0), 0.03)
    finally:
        wording_results.Z99 = before
    assert found.gap == pytest.approx((5.24, 20.0, 33.39), abs=0.01)


@given(some.integers(1, 500), some.integers(1, 500), some.data())
def test_any_counts_can_be_compared_and_the_order_does_not_matter(sent_a, sent_b, data):
    one = Result("A", sent_a, data.draw(some.integers(0, sent_a)), 0)
    two = Result("B", sent_b, data.draw(some.integers(0, sent_b)), 0)
    found, turned = wording_results.compare(1, one, two, 0.03), wording_results.compare(1, two, one, 0.03)
    assert found.ahead == turned.ahead
    assert found.more == turned.more >= 0
    assert -100.001 <= found.gap[0] <= found.gap[1] <= found.gap[2] <= 100.001
    assert found.ahead == "" or found.gap[0] > 0


def test_ten_looks_at_equal_wordings_name_a_leader_as_seldom_as_one_look_at_five_percent():
    chance, wrong, rounds = random.Random(7), 0, 300
    for _round in range(rounds):
        accepted = [0, 0]
        for look in range(1, 11):
            accepted = [each + sum(chance.random() < 0.1 for _mail in range(50)) for each in accepted]
            one, two = (Result(name, look * 50, count, 0) for name, count in zip("AB", accepted, strict=True))
            if wording_results.compare(1, one, two, 0.1).ahead:
                wrong += 1
                break
    assert wrong / rounds < 0.08


@pytest.mark.django_db
def test_only_answers_by_people_to_the_mails_of_the_tested_version_are_compared(company, people):
    campaign = sent(with_two(company, people), people)
    groups = {
        variant: [
            tracking.find(pk)
            for pk in campaign.messages.filter(state="sent", variant=variant).values_list("pk", flat=True)
        ]
        for variant in ("A", "B")
    }
    tracking.record_answer(groups["B"][0], "accept", "", PERSON)
    tracking.record_answer(groups["A"][0], "decline", "price", PERSON)
    tracking.record_open(groups["A"][1], PERSON)
    found = wording_results.of(campaign)
    assert found.number == 2
    assert [(one.variant, one.sent, one.accepted, one.declined) for one in found.results] == [
        ("A", len(groups["A"]), 0, 1),
        ("B", len(groups["B"]), 1, 0),
    ]
    assert (found.ahead, found.more > 0) == ("", True)


@pytest.mark.django_db
def test_a_program_reads_what_the_wordings_brought(company, people, client_of):
    campaign = with_two(company, people)
    client, address = client_of(Role.MANAGER), reverse("api-campaign", args=[campaign.pk])
    assert client.get(address).json()["wordings"] is None
    sent(campaign, people)
    answered = campaign.messages.filter(state="sent", variant="B").first()
    tracking.record_answer(tracking.find(answered.pk), "accept", "", PERSON)
    told, counted = client.get(address).json()["wordings"], wording_results.of(campaign)
    assert (told["number"], told["ahead"], told["more"]) == (2, "", counted.more)
    one, two = told["results"]
    assert [(each["variant"], each["accepted"], each["declined"]) for each in (one, two)] == [("A", 0, 0), ("B", 1, 0)]
    assert one["sent"] + two["sent"] == campaign.messages.filter(state="sent").count()
    assert two["acceptance"] == pytest.approx(list(counted.results[1].acceptance))
