"""``kill -9`` in the middle of an import: the live data stay as they were, and the import comes back by itself."""

import sys

import pytest

from tests.accounts import files
from tests.installation import Installation, eventually

pytestmark = pytest.mark.fault
ROWS = 60_000
COUNTS = "SELECT (SELECT count(*) FROM accounts_customer), (SELECT count(*) FROM accounts_contractline), (SELECT count(*) FROM accounts_dataset)"


@pytest.fixture
def installation(tmp_path):
    made = Installation(tmp_path / "home", B2SHIFT_IMPORT_LEASE_SECONDS="2")
    made.home.mkdir(parents=True, exist_ok=True)
    made.manage("migrate", "--verbosity", "0")
    yield made
    made.close()


def many(tmp_path):
    lines = "".join(files.contract(code=f"T{n % 900:05}", product=f"P{n}") for n in range(ROWS))
    return files.write(tmp_path / "many", {"dados_clientes.csv": files.CONTRACT_HEADER + lines})


@pytest.mark.parametrize("moment", ["reading", "publishing"])
def test_a_killed_import_leaves_the_data_as_they_were_and_is_found_again(installation, tmp_path, moment):
    installation.json("import_data", str(files.write(tmp_path / "first", files.COMPANY)))
    before = installation.sql(COUNTS)
    process = installation.start(sys.executable, "manage.py", "import_data", str(many(tmp_path)))
    share = 5 if moment == "reading" else 65
    running = "SELECT 1 FROM accounts_import WHERE state = 'running' AND progress >= %s"
    eventually(lambda: installation.sql(running, share))
    installation.kill(process)
    assert installation.sql(COUNTS) == before
    assert installation.sql("SELECT state FROM accounts_import ORDER BY id DESC LIMIT 1") == [("running",)]
    sweep = "from accounts import ingest; [ingest.execute(each) for each in ingest.sweep()]"

    def finished() -> bool:
        installation.sql(
            "UPDATE accounts_import SET created_at = created_at - interval '1 hour' WHERE state <> 'published'"
        )
        installation.manage("shell", "-c", sweep)
        return installation.sql("SELECT state FROM accounts_import ORDER BY id DESC LIMIT 1") == [("published",)]

    eventually(finished, 60)
    assert installation.sql("SELECT count(*) FROM accounts_contractline") == [
        (ROWS,)
    ]  # the two customers of before are among them
