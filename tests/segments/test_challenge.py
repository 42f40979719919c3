"""Champion and challenger: what a new run must be worth to take the place of the published one."""

from dataclasses import replace
from io import StringIO

import numpy as np
import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from segments import challenge, pipeline, publication, runs, wording
from segments.challenge import Worth
from segments.leaderboard import Choice
from segments.management.commands.segment import told
from segments.models import Membership, Run, Segment
from segments.resampling import Stability
from tests.segments.conftest import FRESH, LARGE, UNHAPPY

unit = st.floats(0, 1)


@given(steady=unit, apart=st.floats(-1, 1), lost=st.floats(0, 1))
def test_only_a_clear_loss_keeps_the_champion(steady, apart, lost):
    champion, challenger = Worth(steady, apart), Worth(steady, apart - lost)
    assert not challenge.keeps(challenger, champion)
    assert challenge.keeps(champion, challenger) == (challenger.total < champion.total - challenge.MARGIN)


def test_worth_by_hand():
    matrix = np.array([[0.0], [0.0], [9.0], [9.0], [5.0]])
    found = challenge.worth(matrix, np.array([0, 0, 1, 1, -1]), {0: 1.0, 1: 0.5}, seed=1)
    assert (found.steady, found.apart) == (0.6, 1.0)
    assert challenge.worth(matrix, np.full(5, -1), {}, seed=1) == Worth(0.0, 0.0)


def poorer(seed: int, override_champion: bool = False) -> tuple[Run, pipeline.Result]:
    """A run in the hands of a worker whose search found two unsteady halves of the base."""
    run = runs.start(None, seed, 30, override=override_champion)
    Run.objects.filter(pk=run.pk).update(state=Run.State.RUNNING, owner="worker:1:a")
    run.refresh_from_db()
    result = pipeline.compute(seed, 30, lambda share, step: None, lambda: False, lambda frame: None)
    rng = np.random.default_rng(seed)
    halves = rng.integers(0, 2, len(result.frame.ids))
    found = replace(result.clustering, labels=halves, confidence=np.full(len(halves), 0.5), algorithm="kmeans")
    choice: Choice = replace(
        result.choice, clustering=found, stabilities=tuple(Stability(i, 0.4, 0.3, 0.5, 5) for i in (0, 1))
    )
    return run, replace(result, choice=choice)


@pytest.fixture
def champion(plant, segmented):
    plant()
    return segmented(seed=1)


def test_a_clearly_worse_run_leaves_the_published_one_and_says_why(champion, client_of):
    before = set(Membership.objects.values_list("run", "customer", "segment"))
    run, result = poorer(seed=2)
    publication.publish(run, result)
    run.refresh_from_db()
    champion.refresh_from_db()
    assert (run.state, champion.state) == (Run.State.KEPT, Run.State.PUBLISHED)
    assert set(Membership.objects.values_list("run", "customer", "segment")) == before
    assert Segment.objects.filter(retired_in=None).count() == 3
    assert run.reason["champion_run"] == champion.pk
    assert run.leaderboard
    with override("en"):
        assert f"Run {champion.pk} stays published" in wording.reason(run.reason)
    page = client_of("analyst").get(reverse("run", args=[run.pk]))
    assert b'name="override"' in page.content
    assert b'name="override"' not in client_of("executive").get(reverse("run", args=[run.pk])).content


def test_the_command_answers_with_the_segments_in_force(champion):
    run, result = poorer(seed=2)
    publication.publish(run, result)
    run.refresh_from_db()
    answer = told(run, 1.0)
    assert (answer["state"], answer["published_run"]) == ("kept", champion.pk)
    assert sorted(segment["size"] for segment in answer["segments"]) == [40, 45, 50]


def test_an_analyst_may_override(champion):
    run, result = poorer(seed=2, override_champion=True)
    publication.publish(run, result)
    run.refresh_from_db()
    champion.refresh_from_db()
    assert (run.state, champion.state) == (Run.State.PUBLISHED, Run.State.SUPERSEDED)
    assert run.quality["compared"]["kept"] is True


def test_the_form_and_the_command_take_the_override(champion, client_of, segmented):
    client_of("analyst").post(reverse("run-start"), {"seed": 5, "budget": 30, "override": "on"})
    run = Run.objects.get(state=Run.State.QUEUED)
    assert run.override
    runs.execute(run.pk)
    call_command("segment", seed=6, budget=30, override=True, as_json=True, stdout=StringIO())
    assert Run.objects.first().override


def test_a_published_run_loses_worth_as_customers_come_that_it_never_saw(plant, segmented):
    plant(LARGE, FRESH)
    segmented(seed=1)
    plant(UNHAPPY)
    run = segmented(seed=2)
    assert run.state == Run.State.PUBLISHED
    compared = run.quality["compared"]
    assert compared["champion"]["steady"] < 0.75 < compared["challenger"]["steady"]
