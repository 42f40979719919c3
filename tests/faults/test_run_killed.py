"""``kill -9`` in the middle of a run: the published segments stay, and the run comes back. Two at once: one is refused."""

import subprocess
import sys

import psycopg
import pytest

from tests.installation import ROOT, Installation, eventually

pytestmark = pytest.mark.fault
PUBLISHED = """SELECT run.id, member.customer_id, member.segment_id FROM segments_run run
JOIN segments_membership member ON member.run_id = run.id WHERE run.state = 'published' ORDER BY 2"""
LIVING = "SELECT id, passport, name, retired_in_id FROM segments_segment ORDER BY id"
WAITING = "SELECT 1 FROM pg_locks WHERE relation = 'segments_membership'::regclass AND NOT granted"
SEGMENT = (sys.executable, "manage.py", "segment", "--json", "--budget", "20", "--seed")


@pytest.fixture(scope="module")
def installation(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    made = Installation(folder / "home")
    made.home.mkdir(parents=True, exist_ok=True)
    made.manage("migrate", "--verbosity", "0")
    made.manage("demo_data", "--customers", "200", "--seed", "4", "--out", str(folder / "files"))
    made.manage("import_data", str(folder / "files"))
    made.json("segment", "--seed", "1", "--budget", "20")
    yield made
    made.close()


def state(installation):
    return installation.sql(PUBLISHED), installation.sql(LIVING)


@pytest.mark.parametrize("moment", ["searching", "publishing"])
def test_a_killed_run_leaves_the_published_one_and_is_done_again(installation, moment):
    before = state(installation)
    assert before[0]
    with psycopg.connect(installation._conninfo()) as lock:
        # Publishing is one transaction that cannot end while this one holds the table of members.
        lock.execute("LOCK TABLE segments_membership IN SHARE ROW EXCLUSIVE MODE")
        process = installation.start(*SEGMENT, "1")
        reached = "SELECT 1 FROM segments_run WHERE state = 'running' AND progress >= 5"
        eventually(lambda: installation.sql(reached if moment == "searching" else WAITING), 120)
        installation.kill(process)
    assert state(installation) == before
    installation.sql("UPDATE segments_run SET lease_until = now() - interval '1 second' WHERE state = 'running'")
    assert resumed(installation) == [("published",)]
    members, _ = state(installation)
    assert {row[1:] for row in members} == {row[1:] for row in before[0]}, "one seed, one answer, after a death too"
    assert len({row[0] for row in members}) == 1
    assert members[0][0] != before[0][0][0]


def resumed(installation):
    """Sweep as the scheduler does, and work on what it gives back."""
    code = "from segments import runs; [runs.execute(each) for each in runs.sweep()]"
    installation.manage("shell", "-c", code)
    return installation.sql("SELECT state FROM segments_run ORDER BY id DESC LIMIT 1")


def test_two_runs_started_at_once_do_not_interleave(installation):
    processes = [
        subprocess.Popen([*SEGMENT, seed], cwd=ROOT, env=installation.environment, stderr=subprocess.PIPE, text=True)
        for seed in ("2", "3")
    ]
    errors = [process.communicate(timeout=200)[1] for process in processes]
    codes = sorted(process.returncode for process in processes)
    assert codes in ([0, 1], [0, 0]), errors
    if codes == [0, 1]:
        assert "Another run" in "".join(errors)
    customers = installation.sql("SELECT count(*) FROM accounts_customer")[0][0]
    counted = installation.sql("SELECT count(*), count(DISTINCT customer_id) FROM segments_membership GROUP BY run_id")
    assert set(counted) == {(customers, customers)}
    assert installation.sql("SELECT count(*) FROM segments_run WHERE state = 'published'") == [(1,)]
    assert installation.sql("SELECT count(*) FROM segments_run WHERE state IN ('running', 'queued')") == [(0,)]
