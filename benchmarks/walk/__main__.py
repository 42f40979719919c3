"""Random events against a living installation: ``python -m benchmarks.walk [--events 1000000] [--walkers 3] [--json]``.

Walkers in processes of their own act at once as people of every role, recipients, senders and the scheduler, over a real
database and a real mail server; now and then one is killed with ``kill -9`` and days pass on the database's clock. Afterwards
an oracle of its own (``oracle.py``) and ``audit_invariants`` look for mails without a valid approval, approvals by authors,
customers above a cap, and mails sent twice. An event is one act or one message that a sender took.
"""

import argparse
import json
import mmap
import os
import random
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
DAYS_EVERY = 4_000  # events
KILL_EVERY = 30_000
WORDS = struct.Struct("<Q")  # a walker's events, one after another in a shared file behind
AHEAD = struct.Struct("<d")  # the seconds that the clock is ahead


def main() -> int:
    """Walk, or be one walker."""
    args = _arguments()
    sys.path.insert(0, str(ROOT))
    if args.walker is not None:
        return _be_walker(args)
    home = Path(tempfile.mkdtemp(prefix="b2shift-walk-"))
    os.environ.update(_environment(home, _free_port()))
    os.chdir(ROOT)
    try:
        figures = _measure(args, home)
    finally:
        from b2shift.lib.embedded import server

        server.stop(home / "postgres")
        if not args.keep:
            shutil.rmtree(home, ignore_errors=True)
    print(
        json.dumps(figures) if args.json else "\n".join(f"{name:<44}{value!s:>24}" for name, value in figures.items())
    )
    return int(bool(sum(figures["breaches"].values()) or figures["crashes"] or not figures["audit_ok"]))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--walkers", type=int, default=3)
    parser.add_argument("--customers", type=int, default=1_500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", action="store_true", help="leave the home behind")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--walker", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--counts", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def _environment(home: Path, port: int) -> dict[str, str]:
    return {
        "B2SHIFT_HOME": str(home), "B2SHIFT_DEMO": "1", "DATABASE_URL": "", "DJANGO_SETTINGS_MODULE": "b2shift.settings",
        "EMAIL_URL": f"smtp://127.0.0.1:{port}", "OUTBOX_LEASE_SECONDS": "20", "OUTBOX_RATE_PER_MINUTE": "1000000",
        "OPENAI_API_KEY": "", "CELERY_BROKER_URL": "",
    }  # fmt: skip


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _measure(args: argparse.Namespace, home: Path) -> dict[str, Any]:
    from b2shift.lib.embedded import server
    from benchmarks.walk import clock, oracle

    conninfo = server.conninfo(home / "postgres")
    clock.install(conninfo, server.DATABASE)
    say("a company")
    quiet = {"stdout": subprocess.DEVNULL, "check": True}
    subprocess.run(
        [sys.executable, "manage.py", "up", "--prepare-only", "--customers", str(args.customers)],
        env=os.environ,
        **quiet,
    )
    _people()
    accepted = home / "accepted.txt"
    port = os.environ["EMAIL_URL"].rpartition(":")[2]
    peer = subprocess.Popen([sys.executable, "-m", "tests.faults.peer", port, str(accepted)])
    try:
        walked = _walk(args, home, conninfo)
        clock.forward(conninfo, 3600)
        last = "from campaigns import decisions, outbox; outbox.sweep(); decisions.seal()"
        subprocess.run([sys.executable, "manage.py", "shell", "-c", last], **quiet)
    finally:
        peer.terminate()
    say("looking for breaches")
    found = oracle.breaches(conninfo, accepted)
    audit = subprocess.run(
        [sys.executable, "manage.py", "audit_invariants", "--json"], capture_output=True, text=True, check=False
    )
    told = json.loads(audit.stdout)
    for kind, rows in found.items():
        for row in rows[:5]:
            say(f"{kind}: {row}")
    return {
        **walked, "mails_accepted": len(accepted.read_text().splitlines()), **_counts(conninfo),
        "breaches": {kind: len(rows) for kind, rows in found.items()}, "audit_ok": told["ok"], "audit": told["violations"],
    }  # fmt: skip


def _people() -> None:
    """More people of the deciding roles, some of whom lose their access during the walk."""
    import django

    django.setup()
    from accounts.models import Role, User

    for role in (Role.MANAGER, Role.ADMIN, Role.ANALYST, Role.REP):
        for number in range(2):
            User.objects.create_user(f"walker.{role}.{number}@people.example", None, name=f"{role} {number}", role=role)


def _walk(args: argparse.Namespace, home: Path, conninfo: str) -> dict[str, Any]:
    """Keep the walkers going until their events are enough; the figures of the walk."""
    from benchmarks.walk import clock

    path, chance = home / "counts", random.Random(args.seed)  # noqa: S311 - chance, not a secret
    path.write_bytes(bytes(AHEAD.size + WORDS.size * args.walkers))
    started, kills, crashes, days, done = time.monotonic(), 0, 0, 0.0, 0
    walkers = {number: _start(args, number, path, args.seed) for number in range(args.walkers)}
    next_kill, next_day = KILL_EVERY, DAYS_EVERY
    while done < args.events:
        time.sleep(0.25)
        done = sum(value for (value,) in WORDS.iter_unpack(path.read_bytes()[AHEAD.size :]))
        if done >= next_day:
            passed = chance.uniform(0.2, 3)
            clock.forward(conninfo, passed * 86_400)
            days, next_day = days + passed, next_day + DAYS_EVERY
            with path.open("r+b") as shared:
                shared.write(AHEAD.pack(days * 86_400))
        if done >= next_kill:
            walkers[chance.randrange(args.walkers)].send_signal(signal.SIGKILL)
            kills, next_kill = kills + 1, next_kill + KILL_EVERY
            say(f"{done:,} events")
        for number, process in walkers.items():
            if process.poll() is not None:
                crashes += process.returncode != -signal.SIGKILL
                walkers[number] = _start(args, number, path, args.seed + (kills + crashes) * 100)
    for process in walkers.values():
        process.terminate()
        process.wait()
    seconds = round(time.monotonic() - started)
    walked = {"events": done, "seconds": seconds, "walkers": args.walkers}
    return walked | {"kills": kills, "crashes": crashes, "days_passed": round(days)}


def _start(args: argparse.Namespace, number: int, counts: Path, seed: int) -> "subprocess.Popen[bytes]":
    command = [
        sys.executable,
        "-m",
        "benchmarks.walk",
        "--walker",
        str(number),
        "--seed",
        str(seed),
        "--counts",
        str(counts),
    ]
    return subprocess.Popen(command, cwd=ROOT)


def _be_walker(args: argparse.Namespace) -> int:
    """Act until told to stop; what the product does not refuse in its own way is a crash."""
    import django

    django.setup()
    from django.db import close_old_connections

    from benchmarks.walk import acts, clock

    walk, no = acts.Walk(args.seed * 1_000 + args.walker), acts.refusals()
    with args.counts.open("r+b") as file:
        shared = mmap.mmap(file.fileno(), 0)
        place = AHEAD.size + args.walker * WORDS.size
        (done,) = WORDS.unpack_from(shared, place)
        while True:
            clock.follow(*AHEAD.unpack_from(shared))
            try:
                done += walk.step()
            except no:
                done += 1
            except Exception:
                traceback.print_exc()
                return 1
            WORDS.pack_into(shared, place, done)
            close_old_connections()


def _counts(conninfo: str) -> dict[str, int]:
    """How much of everything there was, so that a walk that never got anywhere shows."""
    import psycopg

    names = ("campaign", "draft", "approval", "transition", "message", "interaction", "policyversion")
    with psycopg.connect(conninfo) as db:
        return {f"{name}s": int(db.execute(f"SELECT count(*) FROM campaigns_{name}").fetchone()[0]) for name in names}


def say(step: str) -> None:
    """One line of progress on standard error."""
    print(f"{time.strftime('%H:%M:%S')} {step} …", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
