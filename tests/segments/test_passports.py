"""Identity over time: planted splits, merges, births and deaths."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import AuditEntry, Customer
from b2shift.lib.api import Refused
from segments import passports
from segments.models import Membership, Run, Segment, SegmentEvent
from tests.segments.conftest import FRESH, LARGE, UNHAPPY

A, B, C = set(range(100)), set(range(100, 180)), set(range(180, 240))


def test_the_same_groups_under_other_numbers_continue():
    found = passports.match({0: C, 1: A, 2: B}, {11: A, 12: B, 13: C})
    assert found.continued == {0: 13, 1: 11, 2: 12}
    assert (found.born, found.dead) == ([], [])


def test_the_larger_part_of_a_split_continues_and_the_other_is_born_of_it():
    first, second = set(range(60)), set(range(60, 100))
    found = passports.match({0: B, 1: first, 2: second}, {11: A, 12: B})
    assert found.continued == {0: 12, 1: 11}
    assert (found.born, found.origin, found.dead) == ([2], {2: 11}, [])


def test_a_merge_continues_the_larger_and_names_the_heir_of_the_other():
    found = passports.match({0: A | B, 1: C}, {11: A, 12: B, 13: C})
    assert found.continued == {0: 11, 1: 13}
    assert (found.dead, found.merged) == ([12], {12: 0})


def test_a_group_without_common_members_is_born_and_one_without_heirs_dies():
    new = set(range(500, 560))
    found = passports.match({0: A, 1: new}, {11: A, 12: B})
    assert (found.continued, found.born, found.dead) == ({0: 11}, [1], [12])
    assert (found.origin, found.merged) == ({}, {})


def test_growth_of_the_base_changes_nobodys_identity():
    found = passports.match({0: A | set(range(1000, 3000)), 1: B}, {11: A, 12: B})
    assert found.continued == {0: 11, 1: 12}


def test_the_assignment_is_the_best_in_total_not_pair_by_pair():
    # Greedy would give 0 to 11 (its best) and leave 1 without a partner.
    one, two = set(range(60)), set(range(60, 100))
    found = passports.match({0: one | set(range(100, 140)), 1: two}, {11: A, 12: set(range(100, 150)) | set(range(10))})
    assert found.continued == {0: 12, 1: 11}


def test_nothing_living_means_all_are_born():
    assert passports.match({0: A, 1: B}, {}).born == [0, 1]
    assert passports.match({}, {11: A}).dead == [11]


@given(
    before=st.dictionaries(st.integers(0, 40), st.one_of(st.none(), st.integers(1, 4))),
    after=st.dictionaries(st.integers(0, 40), st.one_of(st.none(), st.integers(1, 4))),
)
def test_each_row_of_the_migration_matrix_is_all_of_its_customers(before, after):
    found = passports.migration(before, after)
    assert set(found) == {before[customer] for customer in before.keys() & after.keys()}
    assert all(sum(row.values()) == pytest.approx(1.0) for row in found.values())


def test_the_migration_matrix_by_hand():
    before = {1: 11, 2: 11, 3: 11, 4: None, 5: 12, 6: 12}
    after = {1: 11, 2: 11, 3: 13, 4: 12, 5: None, 7: 13}
    assert passports.migration(before, after) == {
        11: {11: pytest.approx(2 / 3), 13: pytest.approx(1 / 3)},
        None: {12: 1.0},
        12: {None: 1.0},
    }


def kinds(segment):
    return sorted(SegmentEvent.objects.filter(segment=segment).values_list("kind", flat=True))


def test_a_new_seed_on_separable_data_keeps_passports_names_and_colours(plant, segmented):
    plant()
    first = segmented(seed=1)
    before = dict(Membership.objects.filter(run=first).values_list("customer", "segment__passport"))
    looks = list(Segment.objects.values_list("passport", "name", "name_en", "colour"))
    second = segmented(seed=99)
    assert dict(Membership.objects.filter(run=second).values_list("customer", "segment__passport")) == before
    assert list(Segment.objects.values_list("passport", "name", "name_en", "colour")) == looks
    assert all(kinds(segment) == ["birth", "continued"] for segment in Segment.objects.all())


def test_a_run_records_birth_and_death(plant, segmented):
    plant(LARGE, FRESH)
    first = segmented()
    gone = Membership.objects.get(run=first, customer__code="B0000").segment
    Customer.objects.filter(code__startswith="B").delete()
    plant(UNHAPPY)
    second = segmented()
    gone.refresh_from_db()
    stayed = Membership.objects.get(run=second, customer__code="A0000").segment
    new = Membership.objects.get(run=second, customer__code="C0000").segment
    assert gone.retired_in_id == second.pk
    assert kinds(gone) == ["birth", "death"]
    assert kinds(stayed) == ["birth", "continued"]
    assert (kinds(new), new.passport, new.born_in_id) == (["birth"], "S-003", second.pk)


def test_settling_a_split_and_a_merge_writes_their_events(company):
    run = Run.objects.create(seed=1, budget_seconds=1)
    one, two, three = company.segments
    matching = passports.Matching(
        {0: one.pk}, born=[1], dead=[two.pk, three.pk], origin={1: one.pk}, merged={two.pk: 0}
    )
    found = passports.settle(run, matching, {1: passports.Identity("Nova", "New")})
    events = {(e.segment.passport, e.kind): e.detail for e in SegmentEvent.objects.filter(run=run)}
    assert events == {
        ("S-001", "continued"): {},
        ("S-004", "birth"): {"from": "S-001"},
        ("S-001", "split"): {"into": ["S-004"]},
        ("S-002", "merge"): {"into": "S-001"},
        ("S-001", "merge"): {"from": ["S-002"]},
        ("S-003", "death"): {},
    }
    assert (found[1].name, found[1].colour, found[0].pk) == ("Nova", 1, one.pk)
    two.refresh_from_db()
    assert two.retired_in_id == run.pk


def test_a_name_that_a_person_gave_survives_a_run(plant, segmented, people):
    plant()
    segmented()
    segment = Segment.objects.order_by("passport").first()
    passports.rename(segment.pk, people["analyst"], "Contas-chave", "Key accounts", "")
    segmented(seed=8)
    segment.refresh_from_db()
    assert (segment.name, segment.named_by) == ("Contas-chave", people["analyst"])
    assert kinds(segment) == ["birth", "continued", "renamed"]
    assert AuditEntry.objects.get(action="segment.rename").target_id == str(segment.pk)


def test_two_segments_cannot_have_one_name(company, people):
    one, two, _ = company.segments
    with pytest.raises(Refused) as refusal:
        passports.rename(one.pk, people["analyst"], two.name.upper(), "", "")
    one.refresh_from_db()
    assert (refusal.value.code, one.name) == ("name_taken", company.segments[0].name)
    assert not SegmentEvent.objects.exists()
    assert not AuditEntry.objects.filter(action="segment.rename").exists()
