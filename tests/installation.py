"""A whole installation in a folder of its own: real processes, real database, real broker. For journeys and faults."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg

ROOT = Path(__file__).resolve().parent.parent
PASSWORD = "journey-of-a-thousand-miles"


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def eventually(check: Callable[[], Any], seconds: float = 30) -> Any:
    """The first true result of ``check``; fails loudly when there is none in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if result := check():
            return result
        time.sleep(0.05)
    raise AssertionError(f"{check} was not true within {seconds} s")


class Installation:
    """``B2SHIFT_HOME`` with everything that runs on it; ``close()`` stops it all."""

    def __init__(self, home: Path, **environment: str) -> None:
        self.home = home
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        self.environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith(("B2SHIFT", "DJANGO", "PYTEST"))},
            "B2SHIFT_HOME": str(home),
            "B2SHIFT_DEMO": "1",
            "B2SHIFT_DEMO_PASSWORD": PASSWORD,
            "B2SHIFT_URL": self.url,
            "CELERY_BROKER_URL": "",
            "DATABASE_URL": "",
            "OPENAI_API_KEY": "",
            "EMAIL_URL": "",
            **environment,
        }
        self.processes: list[subprocess.Popen[bytes]] = []

    def manage(self, *arguments: str, check: bool = True, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a management command to its end; ``environment`` differs for this command only."""
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(
            command, cwd=ROOT, env={**self.environment, **environment}, capture_output=True, text=True, check=False
        )
        if check and done.returncode:
            raise AssertionError(
                f"manage.py {' '.join(arguments)} exited with {done.returncode}:\n{done.stderr[-4000:]}"
            )
        return done

    def json(self, *arguments: str) -> dict[str, Any]:
        """The JSON object that a management command prints."""
        return json.loads(self.manage(*arguments, "--json").stdout)

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        """Start a process of the installation in a session of its own."""
        log = (self.home / "processes.log").open("ab")
        process = subprocess.Popen(
            command, cwd=ROOT, env=self.environment, stdout=log, stderr=log, start_new_session=True
        )
        self.processes.append(process)
        return process

    def worker(self, concurrency: int = 2) -> subprocess.Popen[bytes]:
        """A Celery worker on the embedded broker."""
        return self.start(
            sys.executable, "-m", "celery", "-A", "b2shift", "--quiet", "worker", "--concurrency", str(concurrency),
            "--loglevel", "WARNING", "--without-gossip", "--without-mingle", "--hostname", f"w{len(self.processes)}@test",
        )  # fmt: skip

    def up(self, customers: int = 300) -> subprocess.Popen[bytes]:
        """``manage.py up``, waited for until it answers."""
        process = self.start(sys.executable, "manage.py", "up", "--port", str(self.port), "--customers", str(customers))
        eventually(lambda: self.answers() or process.poll() is not None, 240)
        assert process.poll() is None, (self.home / "processes.log").read_text()[-4000:]
        return process

    def answers(self) -> bool:
        """True when the web process answers."""
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=5) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def sql(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Rows of a query against the installation's database."""
        with psycopg.connect(self._conninfo(), autocommit=True) as connection:
            cursor = connection.execute(query, parameters or None)
            return cursor.fetchall() if cursor.description else []

    @contextmanager
    def holding(self, table: str) -> Iterator[None]:
        """Nobody writes to the table meanwhile: whatever would waits."""
        with psycopg.connect(self._conninfo()) as connection:
            connection.execute(f"LOCK TABLE {table} IN SHARE MODE")
            yield

    def log(self) -> str:
        """What the processes said so far."""
        path = self.home / "processes.log"
        return path.read_text() if path.exists() else ""

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """``kill -9`` the process and its children."""
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)

    def close(self) -> None:
        """Stop everything and forget the home."""
        for process in self.processes:
            if process.poll() is None:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGTERM)
        for process in self.processes:
            with suppress(subprocess.TimeoutExpired):
                process.wait(20)
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        from b2shift.lib.embedded import server

        server.stop(self.home / "postgres")
        shutil.rmtree(self.home, ignore_errors=True)

    def _conninfo(self) -> str:
        from b2shift.lib.embedded import server

        return server.conninfo(self.home / "postgres")
