"""Runs the product's processes side by side: starts them, starts them again when one dies, stops them all."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from b2shift.env import BASE_DIR

RESTARTS_ALLOWED = 5
STEADY_SECONDS = 600.0
GRACE_SECONDS = 15.0
LOOK_SECONDS = 0.5
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)  # the last: the terminal was closed


@dataclass
class Process:
    """One child process in a session of its own, so that Ctrl-C reaches it only through us.

    ``restarts`` counts deaths since the process last ran for ten minutes.
    """

    name: str
    command: list[str]
    restarts: int = 0
    handle: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    started_at: float = 0.0

    def start(self) -> None:
        """Start the process; its output goes where ours goes."""
        self.handle = subprocess.Popen(self.command, cwd=BASE_DIR, env=os.environ.copy(), start_new_session=True)
        self.started_at = time.monotonic()

    def exit_code(self) -> int | None:
        """None while it runs."""
        return self.handle.poll() if self.handle else None

    def ask_to_stop(self) -> None:
        """SIGTERM to the process itself: it ends its own children when they have finished what they do."""
        if self.handle and self.handle.poll() is None:
            self.handle.terminate()

    def kill(self) -> None:
        """SIGKILL to the process and to whatever is left of its children."""
        if self.handle:
            with suppress(ProcessLookupError):
                os.killpg(self.handle.pid, signal.SIGKILL)
            self.handle.wait()


def product(port: int, host: str) -> list[Process]:
    """Web, worker and scheduler of this installation."""
    python = [sys.executable, "-m"]
    quiet_root = "ignore:You're running the worker with superuser privileges"  # a demo in a container often does
    celery = [sys.executable, "-W", quiet_root, "-m", "celery", "-A", "b2shift", "--quiet"]
    web = ["gunicorn", "b2shift.wsgi", "--bind", f"{host}:{port}", "--workers", "2", "--threads", "4"]
    web += ["--worker-class", "gthread", "--log-level", "warning", "--timeout", "120", "--preload"]
    worker = ["worker", "--concurrency", "2", "--loglevel", "WARNING", "--without-gossip", "--without-mingle"]
    return [
        Process("web", [*python, *web]),
        Process("worker", [*celery, *worker]),
        Process("scheduler", [*celery, "beat", "--loglevel", "WARNING", "--pidfile="]),
    ]


class Stop(Exception):
    """Somebody asked us to stop."""


def _asked_to_stop(number: int, frame: object) -> None:
    raise Stop


def run(processes: list[Process], *, ready: Callable[[], None], say: Callable[[str], None]) -> int:
    """Keep ``processes`` running until Ctrl-C, SIGTERM or SIGHUP, then stop them; the exit code is returned.

    A process that dies is started again (five times at most): work is rows, so nothing is lost meanwhile.
    """
    for number in STOPPING:
        signal.signal(number, _asked_to_stop)
    try:
        for process in processes:
            process.start()
        ready()
        while True:
            time.sleep(LOOK_SECONDS)
            _revive(processes, say)
    except Stop:
        say("Stopping …")
        return 0
    except _GivenUp as error:
        say(str(error))
        return 1
    finally:
        for number in STOPPING:
            signal.signal(number, signal.SIG_IGN)
        stop(processes)


class _GivenUp(Exception):
    pass


def _revive(processes: list[Process], say: Callable[[str], None]) -> None:
    for process in processes:
        code = process.exit_code()
        if code is None:
            continue
        if time.monotonic() - process.started_at >= STEADY_SECONDS:
            process.restarts = 0
        if process.restarts >= RESTARTS_ALLOWED:
            raise _GivenUp(
                f"The {process.name} process stopped {RESTARTS_ALLOWED + 1} times (last exit code {code}); "
                "see its messages above."
            )
        process.restarts += 1
        say(f"The {process.name} process stopped (exit code {code}); starting it again.")
        process.kill()
        process.start()


def stop(processes: list[Process], grace: float = GRACE_SECONDS) -> None:
    """Ask all to stop, wait ``grace`` seconds, insist. Afterwards neither they nor their children run."""
    for process in processes:
        process.ask_to_stop()
    deadline = time.monotonic() + grace
    for process in processes:
        if process.handle:
            with suppress(subprocess.TimeoutExpired):
                process.handle.wait(max(0.1, deadline - time.monotonic()))
        process.kill()
