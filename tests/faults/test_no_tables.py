"""A command on a database without tables: makes them where the database is ours, asks for them where it is somebody's."""

from collections.abc import Iterator
from subprocess import CompletedProcess

import pytest

from b2shift.lib.embedded import server
from tests.installation import Installation

pytestmark = pytest.mark.fault


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Iterator[Installation]:
    """A home in which nothing was started yet."""
    new = Installation(tmp_path_factory.mktemp("bare"))
    yield new
    new.close()


def test_a_bare_home_gets_its_tables_from_the_first_command(place):
    assert place.json("audit_invariants") == {"ok": True, "violations": []}


def test_another_server_is_not_touched(place):
    place.sql("CREATE DATABASE somebodys")
    url = f"postgresql://postgres@/somebodys?host={server.socket_dir(place.home / 'postgres')}"
    done = place.manage("import_data", str(place.home), check=False, DATABASE_URL=url)
    assert (done.returncode, last_line(done)) == (
        1,
        "CommandError: The database has no tables yet. Make them with: manage.py migrate",
    )


def test_a_server_that_is_away_is_named_in_one_line(place):
    done = place.manage("segment", check=False, DATABASE_URL="postgresql://nobody@127.0.0.1:1/nothing")
    assert done.returncode == 1
    assert last_line(done).startswith("CommandError: The database cannot be reached: ")


def last_line(done: CompletedProcess[str]) -> str:
    return done.stderr.strip().splitlines()[-1]
