"""``kill -9`` at any point of an import: the live data stay as they were, the next try succeeds, nothing is left behind."""

import itertools
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.accounts import files
from tests.installation import ROOT, Installation, eventually

pytestmark = pytest.mark.fault
ROWS = 8_000
LIVE = (
    "customer", "picture", "contractline", "proposal", "npsanswer", "ticket", "ticketmonth", "usageday", "contact", "consent", "dataset",
    "importfile", "finding", "quarantinedrow", "origin",
)  # fmt: skip
STATES = "SELECT state FROM accounts_import ORDER BY id"
# The server works on for a killed client until it notices: a COMMIT that was sent in time still counts.
OTHERS = "SELECT 1 FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
DURATION = """
    SELECT extract(epoch FROM finished_at - started_at) FROM accounts_import WHERE state = 'published' ORDER BY id DESC LIMIT 1"""
SWEEP = "from accounts import ingest; [ingest.execute(each) for each in ingest.sweep()]"


@pytest.fixture(scope="module")
def installation(tmp_path_factory):
    made = Installation(tmp_path_factory.mktemp("home") / "home", B2SHIFT_IMPORT_LEASE_SECONDS="2")
    made.home.mkdir(parents=True, exist_ok=True)
    made.manage("migrate", "--verbosity", "0")
    made.json("import_data", str(files.write(tmp_path_factory.mktemp("first"), files.COMPANY)))
    yield made
    made.close()


def many(folder, name):
    """So many contract lines that reading and publishing them takes a while; ``name`` tells one such file from another."""
    lines = "".join(files.contract(code=f"T{n % 900:05}", product=f"{name}{n}") for n in range(ROWS))
    return files.write(folder / name, {"dados_clientes.csv": files.CONTRACT_HEADER + lines})


def digest(installation):
    """All live tables, row by row, and the lake files that they point at, byte by byte."""
    whole = "SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM accounts_"
    rows = [installation.sql(whole + table + " t") for table in LIVE]
    pointed = installation.sql("SELECT jsonb_array_elements_text(files) FROM accounts_dataset ORDER BY 1")
    return rows, [(path, (installation.home / "lake" / path).read_bytes()) for (path,) in pointed]


def readers(installation):
    """The process ids of children that read files for this installation."""
    found = []
    for entry in Path("/proc").iterdir():
        with suppress(OSError):
            line = (entry / "cmdline").read_bytes() if entry.name.isdigit() else b""
            if b"accounts.lake.child" in line and str(installation.home).encode() in line:
                found.append(int(entry.name))
    return found


def kill_somewhere(installation, folder, moment, child):
    """Start an import and kill its reader or all of it after ``moment`` seconds; True when it was not over by then."""
    started = len(installation.sql(STATES))
    process = installation.start(sys.executable, "manage.py", "import_data", str(folder))
    running = "SELECT 1 FROM accounts_import WHERE state = 'running'"
    eventually(
        lambda: len(installation.sql(STATES)) > started and (installation.sql(running) or process.poll() is not None)
    )
    time.sleep(moment)  # the random moment is what this test is about
    for pid in readers(installation) if child else ():
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
            process.wait(60)
    installation.kill(process)
    eventually(lambda: not readers(installation) and not installation.sql(OTHERS))
    return installation.sql(STATES)[-1] != ("published",)


def test_ten_kills_change_nothing_and_the_next_try_succeeds(installation, tmp_path):
    seed = random.randrange(10**6)
    chance, names = random.Random(seed), (f"B{number}" for number in itertools.count())
    installation.json("import_data", str(many(tmp_path, "A")))
    before, folder, kills = digest(installation), many(tmp_path, next(names)), 0
    seconds = float(installation.sql(DURATION)[0][0])
    while kills < 10:
        if kill_somewhere(installation, folder, chance.uniform(0, seconds), child=bool(kills % 2)):
            kills += 1
            assert digest(installation) == before, f"kill {kills} of seed {seed}"
        else:  # it was over by then: this machine is faster than the one that was measured
            before, folder = digest(installation), many(tmp_path, next(names))
            seconds = min(seconds, float(installation.sql(DURATION)[0][0]))
        installation.sql("UPDATE accounts_import SET state = 'cancelled' WHERE state = 'running'")
    retry = installation.json("import_data", str(folder))
    assert (retry["state"], retry["sources"][0]["added"], retry["sources"][0]["removed"]) == ("published", ROWS, ROWS)
    assert installation.sql("SELECT count(*) FROM accounts_contractline") == [(ROWS,)]
    installation.manage("shell", "-c", SWEEP)
    labels = {label for (label,) in installation.sql("SELECT label FROM accounts_import WHERE state = 'published'")}
    left = list((installation.home / "lake/curated").rglob("*.parquet"))
    assert {path.name.split(".")[0] for path in left} <= labels
    assert not list((installation.home / "work").iterdir())


def test_a_worker_that_died_is_found_and_its_import_comes_back(installation, tmp_path):
    last = "SELECT state FROM accounts_import ORDER BY id DESC LIMIT 1"
    with installation.holding("accounts_contractline"):  # it gets as far as publishing, and no further
        process = installation.start(sys.executable, "manage.py", "import_data", str(many(tmp_path, "Q")))
        eventually(lambda: installation.sql("SELECT 1 FROM pg_locks WHERE NOT granted"), 60)
        installation.kill(process)
    eventually(lambda: not installation.sql(OTHERS))
    assert installation.sql(last) == [("running",)]
    installation.sql("UPDATE accounts_import SET created_at = created_at - interval '1 hour'")

    def finished() -> bool:
        installation.manage("shell", "-c", SWEEP)
        return installation.sql(last) == [("published",)]

    eventually(finished, 60)
    assert installation.sql("SELECT count(*) FROM accounts_contractline WHERE product LIKE 'Q%'") == [(ROWS,)]


def test_two_imports_of_one_source_follow_one_another(installation, tmp_path):
    """Two processes at once, each with all customers and a value of its own: the outcome is one after the other."""
    process = []
    for value in (1, 2):
        lines = "".join(f"T{n:05};{value}\n" for n in range(900))
        folder = files.write(tmp_path / str(value), {"mrr.csv": "CLIENTE;MRR_12M\n" + lines})
        command = [sys.executable, "manage.py", "import_data", str(folder)]
        process.append(subprocess.Popen(command, cwd=ROOT, env=installation.environment, stdout=subprocess.DEVNULL))
    assert [each.wait(120) for each in process] == [0, 0]
    counts = installation.sql(
        "SELECT f.accepted, f.changed FROM accounts_importfile f JOIN accounts_import i ON i.id = f.run_id WHERE f.source = 'mrr' "
        "ORDER BY i.finished_at DESC LIMIT 2"
    )
    assert counts[0] == (900, 900)  # the second saw all that the first had published
    assert len(installation.sql("SELECT DISTINCT mrr FROM accounts_picture WHERE mrr IS NOT NULL")) == 1
    assert installation.sql("SELECT rows FROM accounts_dataset WHERE source = 'mrr'") == [(900,)]
