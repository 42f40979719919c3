"""``manage.py up`` refuses what cannot work before it touches anything. See also ``tests/faults/test_up_prepares.py``."""

import socket
from pathlib import Path

import pytest

from tests.installation import Installation


@pytest.fixture
def taken():
    """A port that somebody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_a_taken_port_is_named_and_nothing_is_started(tmp_path: Path, taken: int):
    place = Installation(tmp_path / "home")
    done = place.manage("up", "--port", str(taken), check=False)
    assert done.returncode == 1
    assert done.stderr.strip().splitlines()[-1].endswith(f"choose another port: make run PORT={taken + 1}")
    assert f"Port {taken} on 127.0.0.1 cannot be used" in done.stderr
    assert "Traceback" not in done.stderr
    assert "Database" not in done.stdout
    assert not (tmp_path / "home" / "postgres").exists()


def test_an_address_that_is_not_ours_is_named(tmp_path: Path):
    place = Installation(tmp_path / "home")
    done = place.manage("up", "--host", "203.0.113.7", "--port", str(place.port), check=False)
    assert done.returncode == 1
    assert "203.0.113.7" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "home" / "postgres").exists()
