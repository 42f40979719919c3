"""Runs from request to end, on planted groups and the real clustering."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from accounts.models import AuditEntry, Customer, Role
from b2shift.lib.api import Refused
from segments import runs
from segments.models import Membership, Run, Score, Segment, SegmentProfile
from tests.segments.conftest import FRESH, LARGE, UNHAPPY

State = Run.State


def by_customer(run):
    return dict(Membership.objects.filter(run=run).values_list("customer__code", "segment__passport"))


def test_it_finds_the_planted_groups_and_publishes_them(plant, segmented):
    plant()
    run = segmented()
    assert (run.state, run.progress, run.customers, run.noise_share) == (State.PUBLISHED, 100, 135, 0.0)
    groups = {}
    for code, passport in by_customer(run).items():
        groups.setdefault(passport, set()).add(code[0])
    assert sorted(map(sorted, groups.values())) == [["A"], ["B"], ["C"]]
    assert SegmentProfile.objects.filter(run=run, activatable=True, stability__gte=0.75).count() == 3
    assert run.reason["code"] == "chosen"
    assert [line["chosen"] for line in run.leaderboard].count(True) == 1
    assert Score.objects.filter(value__isnull=False).count() == 135
