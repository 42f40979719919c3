"""``manage.py up``: the whole product on one machine; what ``make run`` calls."""

import json
import socket
import tempfile
import time
import urllib.error
import urllib.request
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError, call_command
from django.db import connection
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from accounts import people
from accounts.models import Customer
from b2shift import assets, supervisor
from b2shift.lib.embedded import server
from campaigns import catalogue, decisions
from campaigns.models import Campaign
from segments.models import Run
from segments.queries import current_profiles, published_run


class Command(BaseCommand):
    """Migrates, loads the demo company where there is nothing yet, then runs web, worker and scheduler until Ctrl-C."""

    help = "Start everything on this machine: database, demo company (when empty), web, worker and scheduler."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Options of the command."""
        parser.add_argument("--port", type=int, default=8000, help="port of the web pages (default 8000)")
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1)")
        parser.add_argument("--customers", type=int, default=1500, help="size of the demo company (default 1500)")
        parser.add_argument("--prepare-only", action="store_true", help="prepare the data and stop")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run all steps in order; each says what it does and how long it took."""
        if not options["prepare_only"]:
            self._check_port(options["host"], options["port"])
        started_here = self._start_database()
        try:
            self._prepare(options["customers"])
            if not options["prepare_only"]:
                self._serve(options["host"], options["port"])
        finally:
            connection.close()
            if started_here:
                self._stop_database()

    def _check_port(self, host: str, port: int) -> None:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                raise CommandError(
                    f"Port {port} on {host} cannot be used ({error.strerror}). Is B2Shift running already? "
                    f"Stop it, or choose another port: make run PORT={port + 1}"
                ) from error

    def _start_database(self) -> bool:
        embedded = settings.DATABASES["default"]["ENGINE"] == "b2shift.lib.embedded"
        data = settings.B2SHIFT_HOME / "postgres"
        running = embedded and server.is_running(data)
        with self._step("Database"):
            connection.ensure_connection()
        return embedded and not running

    def _stop_database(self) -> None:
        data = settings.B2SHIFT_HOME / "postgres"
        try:
            server.stop(data)
        except server.StopFailed as error:
            self.stderr.write(self.style.WARNING(f"The database in {data} goes on running. {error}"))

    def _prepare(self, customers: int) -> None:
        with self._step("Tables"):
            call_command("migrate", verbosity=0, interactive=False)
        with self._step("Pages"):
            assets.collect()
        people.seed_units()
        catalogue.seed(quiet_hours=not settings.B2SHIFT_DEMO)
        if settings.B2SHIFT_DEMO:
            people.seed_demo_users()
            if not Customer.objects.exists():
                self._load_demo_company(customers)
            self._propose_from_it()
        decisions.seal()

    def _load_demo_company(self, customers: int) -> None:
        with tempfile.TemporaryDirectory() as folder:
            out = str(Path(folder) / "demo")
            with self._step(f"Demo company of {customers} customers"):
                today = timezone.localdate().isoformat()
                _quietly("demo_data", f"--customers={customers}", "--seed=7", f"--out={out}", f"--as-of={today}")
            with self._step("Import"):
                _quietly("import_data", out)

    def _propose_from_it(self) -> None:
        """Segments and drafts, each where there were none ever: also after a start that was interrupted before them."""
        if not Run.objects.exists():
            with self._step("Segments"):
                _quietly("segment", "--seed=7", "--budget=120")
        run = published_run()
        ready = run is not None and current_profiles(run).filter(activatable=True).exists()
        if not ready:
            self.stdout.write("    Nothing can be acted on in these data yet; start another run in the pages.")
        elif not Campaign.objects.exists():
            with self._step("Campaign drafts"):
                _quietly("prescribe")

    def _serve(self, host: str, port: int) -> None:
        begun = timezone.now()
        connection.close()
        code = supervisor.run(
            supervisor.product(port, host),
            ready=lambda: self._announce(host, port, begun),
            say=lambda text: self.stdout.write(text),
        )
        if code:
            raise SystemExit(code)

    def _announce(self, host: str, port: int, begun: datetime) -> None:
        url = f"http://{'localhost' if host in {'127.0.0.1', '0.0.0.0'} else host}:{port}"  # noqa: S104 - only compared
        with self._step("Web, worker, scheduler"):
            _wait_for("web", lambda: _answers(f"{url}/healthz"))
            # A scheduler that is stopped while it writes its entries dies with a traceback.
            _wait_for("scheduler", lambda: _scheduled(begun))
            connection.close()
        self.stdout.write(self.style.SUCCESS(f"\nB2Shift is ready: {url}"))
        if settings.B2SHIFT_DEMO:
            self.stdout.write("\nDemo sign-ins (one per role):")
            for login in people.demo_logins():
                self.stdout.write(f"  {login['role']!s:<22} {login['email']:<36} {login['password']}")
        self.stdout.write("\nCtrl-C stops everything.")
        self.stdout.flush()

    @contextmanager
    def _step(self, name: str) -> Iterator[None]:
        self.stdout.write(f"  {name} …", ending="")
        self.stdout.flush()
        begun = time.monotonic()
        yield
        self.stdout.write(f" done in {time.monotonic() - begun:.1f} s")
        self.stdout.flush()


def _quietly(*command: str) -> None:
    call_command(*command, stdout=StringIO(), stderr=StringIO())


def _wait_for(process: str, arrived: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if arrived():
            return
        time.sleep(0.1)
    raise CommandError(f"The {process} process was not ready within {seconds:.0f} s; see its messages above.")


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - our own address
            return bool(json.load(answer).get("ok"))
    except (urllib.error.URLError, OSError, ValueError):
        return False


def _scheduled(begun: datetime) -> bool:
    """The scheduler has written every entry of its table since ``begun``."""
    names = list(settings.CELERY_BEAT_SCHEDULE)
    return PeriodicTask.objects.filter(name__in=names, date_changed__gte=begun).count() == len(names)
