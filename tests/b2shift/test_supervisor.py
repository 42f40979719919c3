"""The supervisor with real processes: started, revived, given up, stopped; nothing is left running."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from b2shift import supervisor
from b2shift.supervisor import Process
from tests.installation import eventually

ROOT = Path(__file__).resolve().parent.parent.parent

# A child that notes its number in a folder, has a child of its own and ends on SIGTERM.
CHILD = """
import os, signal, subprocess, sys, time
open(os.path.join(sys.argv[1], str(os.getpid())), "w").close()
grandchild = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(120)"])
open(os.path.join(sys.argv[1], str(grandchild.pid)), "w").close()
if "stubborn" in sys.argv:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("up", flush=True)
time.sleep(120)
"""
FAILING = "import sys; sys.exit(7)"
# The supervisor itself in a process of its own, so that it can be signalled.
RUNNER = """
import sys
from b2shift import supervisor
supervisor.LOOK_SECONDS = 0.02
children = [supervisor.Process(name, [sys.executable, "-c", {code!r}, {folder!r}]) for name in {names!r}]
say = lambda text: print(text, flush=True)
sys.exit(supervisor.run(children, ready=lambda: say("ready"), say=say))
"""


def alive(pid: int) -> bool:
    with suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def ignores_sigterm(pid: int) -> bool:
    (line,) = (line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("SigIgn:"))
    return bool(int(line.split()[1], 16) >> (signal.SIGTERM - 1) & 1)


def gone(pids: set[int]) -> bool:
    """True as soon as none of them runs: a killed process takes a moment to end."""
    return eventually(lambda: not any(alive(pid) for pid in pids))


def noted(folder: Path) -> set[int]:
    return {int(path.name) for path in folder.iterdir()}


@pytest.fixture
def started(tmp_path):
    """Starts a supervisor over children that run ``code``; whatever is left in the end is killed."""
    running: list[subprocess.Popen[str]] = []

    def start(code: str, *names: str) -> subprocess.Popen[str]:
        text = RUNNER.format(code=code, folder=str(tmp_path), names=list(names))
        process = subprocess.Popen(
            [sys.executable, "-c", text], cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        running.append(process)
        return process

    yield start
    for process in running:
        process.kill()
        process.wait(10)
        process.stdout.close()
    for pid in noted(tmp_path):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def test_children_start_and_every_stopping_signal_ends_them_all(started, tmp_path):
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        before = noted(tmp_path)
        process = started(CHILD, "web", "worker")
        eventually(lambda before=before: len(noted(tmp_path) - before) == 4)
        own = noted(tmp_path) - before
        assert all(alive(pid) for pid in own)
        eventually(lambda process=process: process.stdout.readline().strip() == "ready")
        process.send_signal(number)
        assert process.wait(30) == 0
        assert gone(own)


def test_a_killed_child_is_started_again_and_its_orphans_are_not_left(started, tmp_path):
    process = started(CHILD, "worker")
    eventually(lambda: len(noted(tmp_path)) == 2)
    first = noted(tmp_path)
    (leader,) = (pid for pid in first if os.getpgid(pid) == pid)
    os.kill(leader, signal.SIGKILL)
    eventually(lambda: len(noted(tmp_path)) == 4)
    assert gone(first)
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    said = process.stdout.read()
    assert "The worker process stopped (exit code -9); starting it again." in said
    assert gone(noted(tmp_path))


def test_after_five_restarts_it_gives_up(started):
    process = started(FAILING, "web")
    assert process.wait(60) == 1
    said = process.stdout.read()
    assert said.count("starting it again") == 5
    assert "The web process stopped 6 times (last exit code 7); see its messages above." in said


def test_giving_up_one_stops_the_healthy_ones(tmp_path, started):
    # Whoever makes the note first is healthy, the other one fails each time.
    mixed = f"""
import os, sys
try:
    os.close(os.open(os.path.join(sys.argv[1], str(os.getppid())), os.O_CREAT | os.O_EXCL))
except FileExistsError:
    sys.exit(3)
exec({CHILD!r})
"""
    process = started(mixed, "healthy", "failing")
    assert process.wait(60) == 1
    others = noted(tmp_path) - {process.pid}
    assert len(others) == 2
    assert gone(others)


def test_a_stubborn_child_is_killed_after_the_grace(tmp_path):
    child = Process("worker", [sys.executable, "-c", CHILD, str(tmp_path), "stubborn"])
    child.start()
    eventually(lambda: len(noted(tmp_path)) == 2)
    eventually(lambda: ignores_sigterm(child.handle.pid))
    supervisor.stop([child], grace=0.2)
    assert child.exit_code() == -signal.SIGKILL
    assert gone(noted(tmp_path))


def test_ten_steady_minutes_wipe_the_slate():
    said: list[str] = []
    child = Process("web", [sys.executable, "-c", FAILING], restarts=supervisor.RESTARTS_ALLOWED)
    child.start()
    child.handle.wait(30)
    child.started_at = time.monotonic() - supervisor.STEADY_SECONDS
    supervisor._revive([child], said.append)
    assert child.restarts == 1
    assert said == ["The web process stopped (exit code 7); starting it again."]
    supervisor.stop([child])


def test_stopping_what_never_started_is_harmless():
    process = Process("web", ["true"])
    supervisor.stop([process])
    assert process.handle is None
