"""``manage.py up`` on a fresh home: prepares once, changes nothing the second time, and leaves nothing running."""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from b2shift.lib.embedded import server
from tests.installation import Installation, eventually

pytestmark = pytest.mark.fault
KEPT = (
    "accounts_customer",
    "accounts_import",
    "accounts_user",
    "segments_run",
    "campaigns_campaign",
    "campaigns_policyversion",
)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory) -> Iterator[Installation]:
    """A home with a demo company of 120 customers."""
    place = Installation(tmp_path_factory.mktemp("up"))
    done = place.manage("up", "--prepare-only", "--customers", "120")
    assert not server.is_running(place.home / "postgres"), done.stdout + done.stderr
    yield place
    place.close()


def rows(place: Installation) -> dict[str, int]:
    return {table: place.sql(f"SELECT count(*) FROM {table}")[0][0] for table in KEPT}  # noqa: S608 - our own names


def descendants(pid: int) -> set[int]:
    """A process and everything below it."""
    parents = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            except (FileNotFoundError, ProcessLookupError):
                continue
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def test_the_demo_company_is_there_and_the_database_is_stopped(prepared):
    counts = rows(prepared)
    assert counts["accounts_customer"] == 120
    assert counts["accounts_import"] == 1
    assert counts["segments_run"] == 1
    assert counts["campaigns_policyversion"] == 1
    assert prepared.sql("SELECT count(DISTINCT role) FROM accounts_user")[0][0] == 6


def test_a_second_start_changes_nothing(prepared):
    before = rows(prepared)
    done = prepared.manage("up", "--prepare-only", "--customers", "120")
    assert rows(prepared) == before
    assert "Demo company" not in done.stdout
    assert "Segments" not in done.stdout


def test_a_start_that_was_interrupted_after_the_import_goes_on(prepared):
    before = rows(prepared)
    prepared.sql("TRUNCATE segments_run CASCADE")
    done = prepared.manage("up", "--prepare-only", "--customers", "120")
    assert "Segments" in done.stdout
    assert "Demo company" not in done.stdout
    assert rows(prepared)["segments_run"] == before["segments_run"]


def test_stopping_it_leaves_nothing_running(prepared):
    server.stop(prepared.home / "postgres")  # looking at its rows started it; ``up`` stops only what it started
    process = prepared.start(sys.executable, "manage.py", "up", "--port", str(prepared.port), "--customers", "120")
    eventually(lambda: "B2Shift is ready" in prepared.log(), 240)  # and not a moment later
    family = descendants(process.pid)
    os.kill(process.pid, signal.SIGTERM)
    assert process.wait(60) == 0
    eventually(lambda: not any(Path(f"/proc/{pid}/cmdline").exists() for pid in family))
    assert not prepared.answers()
    assert not server.is_running(prepared.home / "postgres"), prepared.log()
    assert "Stopping" in prepared.log()
    assert "Traceback" not in prepared.log()
