"""``kill -9`` while 1,000 mails go out: nobody is written to twice, and every recipient ends in one state."""

import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.installation import Installation, eventually, free_port

pytestmark = [pytest.mark.fault, pytest.mark.timeout(240)]

SIZE = 1000
SENDERS = 2
KILL_AT = (60, 300, 650)


class Mails:
    """What the mail server accepted."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def accepted(self) -> list[str]:
        return self.path.read_text().splitlines() if self.path.exists() else []


@pytest.fixture
def mails(tmp_path) -> Mails:
    return Mails(tmp_path / "accepted.txt")


@pytest.fixture
def installation(tmp_path, mails):
    port = free_port()
    home = tmp_path / "home"
    home.mkdir()
    made = Installation(
        home, EMAIL_URL=f"smtp://127.0.0.1:{port}", OUTBOX_LEASE_SECONDS="4", OUTBOX_RATE_PER_MINUTE="100000"
    )
    made.start(sys.executable, "-m", "tests.faults.peer", str(port), str(mails.path))
    try:
        made.manage("migrate", "--verbosity", "0")
        yield made
    finally:
        made.close()


def test_no_recipient_is_written_to_twice(installation, mails):
    seeding = installation.start(sys.executable, "-m", "tests.faults.thousand")
    assert seeding.wait(60) == 0, installation.log()[-3000:]
    installation.start(sys.executable, "-m", "tests.faults.clock")
    for mark in KILL_AT:
        worker = installation.worker(SENDERS)
        eventually(lambda mark=mark: len(mails.accepted()) >= mark, 60)
        installation.kill(worker)
        assert len(mails.accepted()) < SIZE, "the worker was done before it was killed: this proves nothing"
    installation.worker(SENDERS)
    eventually(
        lambda: (
            not installation.sql("SELECT 1 FROM campaigns_message WHERE state IN ('queued', 'dispatching') LIMIT 1")
        ),
        90,
    )

    states = dict(installation.sql("SELECT state, count(*) FROM campaigns_message GROUP BY 1"))
    assert set(states) <= {"sent", "uncertain"}
    assert sum(states.values()) == SIZE
    assert states.get("uncertain", 0) <= SENDERS * len(KILL_AT)

    counted = Counter(mails.accepted())
    assert not [message for message, times in counted.items() if times > 1]
    sent = {row[0] for row in installation.sql("SELECT message_id FROM campaigns_message WHERE state = 'sent'")}
    uncertain = {
        row[0] for row in installation.sql("SELECT message_id FROM campaigns_message WHERE state = 'uncertain'")
    }
    assert sent <= set(counted)
    assert set(counted) - sent <= uncertain

    eventually(lambda: installation.sql("SELECT status FROM campaigns_campaign") == [("tracking",)], 30)
    assert installation.json("audit_invariants") == {"ok": True, "violations": []}
