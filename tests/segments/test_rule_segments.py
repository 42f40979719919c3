"""A rule segment through its life: defined, counted, changed, used by campaigns, archived."""

import pytest

from accounts.models import AuditEntry, Customer, Import, Picture, Role
from b2shift.lib.api import Refused
from campaigns import audience, invariants, lifecycle, prescribe
from campaigns.models import Campaign, Message
from insights import kpis, snapshots
from insights.models import FigureSnapshot
from segments import queries, tasks
from segments.models import Membership, RuleSegment, RuleVersion, Run, Segment, SegmentEvent
from segments.rules import counting, overlap, uses, verbs
from segments.rules.tree import Invalid
from segments.rules.verbs import Identity
from tests.campaigns import walk
from tests.segments.rule_shapes import RICH, defined, leaf, rule

pytestmark = pytest.mark.django_db


def members(segment):
    found = RuleSegment.objects.get(segment=segment)
    return set(Membership.objects.filter(run=found.run, segment=segment).values_list("customer__code", flat=True))


def codes(customers):
    return {customer.code for customer in customers}


def test_a_defined_segment_has_a_passport_members_a_profile_and_a_history(company, people):
    segment = defined(people)
    assert (segment.passport, segment.kind) == ("R-001", Segment.Kind.RULE)
    assert members(segment) == codes(company.members(0) + company.members(1))
    (profile,) = queries.rule_profiles()
    assert (profile.size, profile.share, profile.activatable) == (38, 38 / 60, True)
    assert profile.figures["mrr_total"] == 20 * 4000 + 18 * 2000
    assert len(profile.typical) == 6
    assert [event.kind for event in segment.events.all()] == [SegmentEvent.Kind.BIRTH]
    assert AuditEntry.objects.filter(action="segment.define", target_id=str(segment.pk)).exists()
    assert company.run == queries.published_run(), "the clustered segments stay in force"
    assert Run.objects.get() == company.run, "a count is not a clustering run"
    assert queries.membership_of(company.members(0)[0]).segment == company.segments[0]
    assert list(queries.rules_of(company.members(0)[0])) == [segment]


def test_too_small_can_be_seen_but_not_acted_on(company, people):
    defined(people, rule(leaf("mrr", "at_least", 10**6)), "Ninguém")
    (profile,) = queries.rule_profiles()
    assert (profile.size, profile.activatable, profile.blocked_reason) == (0, False, "too_small")


def test_counting_again_changes_nothing_until_the_data_change(company, people):
    segment = defined(people)
    first = RuleSegment.objects.get(segment=segment)
    assert counting.due() == []
    assert tasks.count_rules() == 0
    verbs.ask(segment.pk, people[Role.ANALYST])
    assert tasks.count_rules() == 1
    again = RuleSegment.objects.get(segment=segment)
    assert (again.run_id, again.asked_at) == (first.run_id, None)
    assert again.counted_at >= first.counted_at

    Picture.objects.filter(customer__in=company.members(0)).update(mrr=1)
    Import.objects.create(state=Import.State.PUBLISHED, source_path="x")
    assert counting.due() == [segment.pk]
    tasks.count_rule(segment.pk)
    assert members(segment) == codes(company.members(1))
    assert RuleSegment.objects.get(segment=segment).run_id > first.run_id
    assert Membership.objects.filter(run=first.run_id).count() == 38, "the earlier members stay recorded"


class Killed(counting.Pool):
    """A worker that ends after it wrote the members and before it described them."""

    def read(self, state):
        raise KeyboardInterrupt


def test_a_count_that_breaks_off_leaves_the_members_in_force(company, people):
    segment = defined(people)
    before = RuleSegment.objects.values().get(segment=segment)
    Import.objects.create(state=Import.State.PUBLISHED, source_path="x")
    with pytest.raises(KeyboardInterrupt):
        counting.count(segment.pk, Killed())
    assert RuleSegment.objects.values().get(segment=segment) == before
    assert Run.every.count() == 2
    assert len(members(segment)) == 38
    assert counting.count_due() == 1, "the next worker finds it"


def test_a_rule_of_things_no_longer_known_keeps_its_members_and_says_so(company, people):
    segment = defined(people)
    version = RuleVersion.objects.create(segment=segment, number=2, conditions=rule(leaf("gone", "yes")))
    RuleSegment.objects.filter(segment=segment).update(version=version)
    counting.count_due()
    assert RuleSegment.objects.get(segment=segment).error == "invalid"
    assert len(members(segment)) == 38
    assert counting.due() == []


def test_a_change_is_a_new_version_and_a_late_one_is_refused(company, people):
    segment = defined(people)
    other = rule(leaf("mrr", "below", 2000))
    verbs.change(segment.pk, people[Role.MANAGER], Identity("Receita baixa"), other, 1)
    assert members(segment) == codes(company.members(0) + company.members(1)), "until they are counted"
    counting.count_due()
    assert members(segment) == codes(company.members(2) + company.members(3))
    kinds = [event.kind for event in segment.events.all()]
    assert kinds == [SegmentEvent.Kind.CHANGED, SegmentEvent.Kind.RENAMED, SegmentEvent.Kind.BIRTH]
    with pytest.raises(Refused) as refused:
        verbs.change(segment.pk, people[Role.ANALYST], Identity("Outro"), RICH, 1)
    assert refused.value.code == "changed_meanwhile"
    assert RuleVersion.objects.count() == 2
    assert Segment.objects.get(pk=segment.pk).name == "Receita baixa"


def test_names_are_unique_and_nothing_is_written_for_conditions_that_do_not_hold(company, people):
    defined(people)
    for name, conditions, error in (
        ("receita ALTA", RICH, Refused),
        ("Outro", rule(leaf("senha", "at_least", 1)), Invalid),
        ("Outro", rule(leaf("segment", "any_of", ["S-999"])), Invalid),
    ):
        with pytest.raises(error):
            verbs.define(people[Role.ANALYST], Identity(name), conditions)
    assert (RuleSegment.objects.count(), Segment.objects.filter(kind=Segment.Kind.RULE).count()) == (1, 1)


def test_rules_may_speak_of_segments_but_not_in_a_circle(company, people):
    rich = defined(people)
    loud = defined(
        people, rule(leaf("segment", "any_of", ["S-002", rich.passport]), leaf("segment", "none_of", ["S-001"])), "Dois"
    )
    assert members(loud) == codes(company.members(1))
    with pytest.raises(Invalid) as refused:
        verbs.change(
            rich.pk, people[Role.ANALYST], Identity(rich.name), rule(leaf("segment", "any_of", [loud.passport])), 1
        )
    assert [problem.code for problem in refused.value.problems] == ["circle"]
    assert [use.name for use in uses.of_segment(rich)] == ["Dois"]
    with pytest.raises(Refused, match="Dois"):
        verbs.archive(rich.pk, people[Role.ANALYST])

    verbs.change(rich.pk, people[Role.ANALYST], Identity(rich.name), rule(leaf("industry", "any_of", ["VAREJO"])), 1)
    assert counting.count_due() == 2, "who speaks of a segment follows it"
    assert members(loud) == codes(company.members(1) + company.members(2))


def test_campaigns_keep_the_members_that_they_were_drafted_from(company, people):
    walk.company_policy()
    segment = defined(people)
    outcome = prescribe.run(people[Role.ANALYST], segment.passport)
    (campaign,) = outcome.campaigns
    drafted = RuleSegment.objects.get(segment=segment).run
    assert (campaign.segment, campaign.run) == (segment, drafted)
    assert audience.preview(campaign).total == 38

    verbs.change(segment.pk, people[Role.ANALYST], Identity(segment.name), rule(leaf("mrr", "at_least", 4000)), 1)
    counting.count_due()
    assert len(members(segment)) == 20
    assert audience.preview(Campaign.objects.get()).total == 38
    lifecycle.move(campaign.pk, "approve", people[Role.MANAGER])
    if Campaign.objects.get().status == Campaign.Status.IN_REVIEW:
        lifecycle.move(campaign.pk, "approve", people["second_manager"])
    audience.freeze(Campaign.objects.get())
    assert Message.objects.filter(campaign=campaign).count() == 38
    assert invariants.audit() == []


def test_a_segment_with_a_living_campaign_is_not_archived_and_nothing_changes(company, people):
    walk.company_policy()
    segment = defined(people)
    (campaign,) = prescribe.run(None, segment.passport).campaigns
    before = list(SegmentEvent.objects.values())
    with pytest.raises(Refused) as refused:
        verbs.archive(segment.pk, people[Role.ADMIN])
    assert refused.value.code == "in_use"
    assert list(SegmentEvent.objects.values()) == before
    assert Segment.objects.get(pk=segment.pk).retired_in is None

    lifecycle.move(campaign.pk, "reject", people[Role.MANAGER], reason_code="other", comment="não")
    verbs.archive(segment.pk, people[Role.ADMIN])
    assert Segment.objects.get(pk=segment.pk).retired_in is not None
    assert list(queries.rule_profiles()) == []
    assert counting.due() == []
    with pytest.raises(Refused) as refused:
        prescribe.run(None, segment.passport)
    assert refused.value.code == "no_segment"
    for again in (
        lambda: verbs.archive(segment.pk, people[Role.ADMIN]),
        lambda: verbs.ask(segment.pk, people[Role.ADMIN]),
    ):
        with pytest.raises(Refused):
            again()


def test_without_a_clustering_run_a_rule_segment_can_be_acted_on(company, people):
    walk.company_policy()
    Run.objects.filter(pk=company.run.pk).update(state=Run.State.SUPERSEDED)
    segment = defined(people)
    assert [campaign.segment for campaign in prescribe.run(None).campaigns] == [segment]


def test_events_of_campaigns_define_segments(company, people):
    walk.company_policy({"frequency_cap": None})
    campaign = walk.sent(company, people)
    sent = Message.objects.filter(campaign=campaign, state=Message.State.SENT)
    segment = defined(people, rule(leaf("campaign_sent", "at_least", 1, days=5)), "Receberam")
    assert members(segment) == set(sent.values_list("customer__code", flat=True)) != set()
    silent = defined(people, rule(leaf("campaign_declined", "at_most", 0, days=5)), "Não recusaram")
    assert len(members(silent)) == 60


def test_overlap_counts_what_a_person_may_see(company, people):
    segment, first = defined(people), company.segments[0]
    whole = overlap.measured(segment, first, people[Role.ANALYST])
    assert (whole.both, whole.only_first, whole.only_second, whole.jaccard) == (20, 18, 0, 20 / 38)
    own = overlap.measured(segment, first, people[Role.REP])
    assert (own.both, own.only_first, own.only_second) == (10, 9, 0)
    near = overlap.neighbours(segment, people[Role.ANALYST])
    assert [(each.segment.passport, each.overlap.both, each.overlap.only_second) for each in near] == [
        ("S-001", 20, 0),
        ("S-002", 18, 0),
    ]


def test_figures_of_rule_segments_stand_beside_the_others(company, people):
    segment = defined(people)
    runs = {profile.run for profile in queries.profiles_in_force()}
    rows = {row.passport: row for row in kpis.segment_figures(people[Role.EXECUTIVE], *runs)}
    assert (rows[segment.passport].customers, rows["S-001"].customers) == (38, 20)
    assert rows[segment.passport].mrr == 20 * 4000 + 18 * 2000
    snapshots.take()
    assert FigureSnapshot.objects.get(segment=segment, metric="customers").value == 38


def test_old_members_are_forgotten_unless_something_was_made_from_them(company, people, monkeypatch):
    monkeypatch.setattr(counting, "KEPT_RUNS", 2)
    walk.company_policy()
    segment = defined(people)
    (campaign,) = prescribe.run(None, segment.passport).campaigns
    for number in range(4):
        Import.objects.create(state=Import.State.PUBLISHED, source_path=str(number))
        counting.count_due()
    kept = set(Run.every.filter(state=Run.State.RULE).values_list("pk", flat=True))
    assert len(kept) == 3
    assert campaign.run_id in kept


def test_a_merged_customer_leaves_at_the_next_count(company, people):
    segment = defined(people)
    one, two = company.members(0)[:2]
    Customer.every.filter(pk=two.pk).update(merged_into=one)
    verbs.ask(segment.pk, people[Role.ANALYST])
    counting.count_due()
    assert two.code not in members(segment)
    assert one.code in members(segment)
