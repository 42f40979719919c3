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
GRACE_SECONDS = 15.0


@dataclass
class Process:
    """One child process in a session of its own, so that Ctrl-C reaches it only through us."""

    name: str
    command: list[str]
    restarts: int = 0
    handle: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def start(self) -> None:
        """Start the process; its output goes where ours goes."""
        self.handle = subprocess.Popen(self.command, cwd=BASE_DIR, env=os.environ.copy(), start_new_session=True)

    def exit_code(self) -> int | None:
        """None while it runs."""
        return self.handle.poll() if self.handle else None

    def signal(self, number: int) -> None:
        """Signal the process and its children, if any is left."""
        if self.handle:
            with suppress(ProcessLookupError):
                os.killpg(self.handle.pid, number)


def product(port: int, host: str) -> list[Process]:
    """Web, worker and scheduler of this installation."""
    python = [sys.executable, "-m"]
    celery = [*python, "celery", "-A", "b2shift", "--quiet"]
    return [
        Process(
            "web",
            [
                *python,
                "gunicorn",
                "b2shift.wsgi",
                "--bind",
                f"{host}:{port}",
                "--workers",
                "2",
                "--threads",
                "4",
                "--worker-class",
                "gthread",
                "--log-level",
                "warning",
                "--timeout",
                "120",
                "--preload",
            ],
        ),
        Process(
            "worker",
            [*celery, "worker", "--concurrency", "2", "--loglevel", "WARNING", "--without-gossip", "--without-mingle"],
        ),
        Process("scheduler", [*celery, "beat", "--loglevel", "WARNING", "--pidfile="]),
    ]


class Stop(Exception):
    """Somebody asked us to stop."""


def _asked_to_stop(number: int, frame: object) -> None:
    raise Stop


def run(processes: list[Process], *, ready: Callable[[], None], say: Callable[[str], None]) -> int:
    """Keep ``processes`` running until Ctrl-C or SIGTERM, then stop them; the exit code is returned.

    A process that dies is started again (five times at most): work is rows, so nothing is lost meanwhile.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _asked_to_stop)
    try:
        for process in processes:
            process.start()
        ready()
        while True:
            time.sleep(0.5)
            _revive(processes, say)
    except Stop:
        say("Stopping …")
        return 0
    except _GivenUp as error:
        say(str(error))
        return 1
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        stop(processes)


class _GivenUp(Exception):
    pass


def _revive(processes: list[Process], say: Callable[[str], None]) -> None:
    for process in processes:
        code = process.exit_code()
        if code is None:
            continue
        if process.restarts >= RESTARTS_ALLOWED:
            raise _GivenUp(
                f"The {process.name} process stopped {RESTARTS_ALLOWED + 1} times (last exit code {code}); "
                "see its messages above."
            )
        process.restarts += 1
        say(f"The {process.name} process stopped (exit code {code}); starting it again.")
        process.signal(signal.SIGKILL)
        process.start()


def stop(processes: list[Process]) -> None:
    """Ask all to stop, wait a while, insist."""
    for process in processes:
        process.signal(signal.SIGTERM)
    deadline = time.monotonic() + GRACE_SECONDS
    for process in processes:
        if process.handle:
            with suppress(subprocess.TimeoutExpired):
                process.handle.wait(max(0.1, deadline - time.monotonic()))
        process.signal(signal.SIGKILL)
