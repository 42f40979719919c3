"""A database clock that can be put forward: weeks of caps, approvals and pauses pass in minutes.

The product asks the database for the time by name (``now()``, ``clock_timestamp()``, ``statement_timestamp()``). A search path
with ``public`` before the catalogue lets functions of ours answer: the real time and an offset. Tables that are made
afterwards have them in their defaults, too.
"""

from datetime import datetime, timedelta

import psycopg
from django.utils import timezone

_NAMES = {
    "now": "STABLE",
    "transaction_timestamp": "STABLE",
    "statement_timestamp": "STABLE",
    "clock_timestamp": "VOLATILE",
}
MADE = "CREATE SCHEMA virtual; CREATE TABLE virtual.clock AS SELECT interval '0' AS ahead;" + "".join(
    f"CREATE FUNCTION public.{name}() RETURNS timestamptz {kind} LANGUAGE sql "
    f"AS 'SELECT pg_catalog.{name}() + ahead FROM virtual.clock';"
    for name, kind in _NAMES.items()
)
_real = timezone.now
_ahead = timedelta()


def install(conninfo: str, database: str) -> None:
    """Make the clock in an empty database; every later connection to it uses it."""
    with psycopg.connect(conninfo, autocommit=True) as made:
        made.execute(MADE)
        made.execute(f"ALTER DATABASE {database} SET search_path = public, pg_catalog")  # type: ignore[arg-type]
        # Walkers are killed, the server is not: what it has committed stays without waiting for the disk.
        made.execute(f"ALTER DATABASE {database} SET synchronous_commit = off")  # type: ignore[arg-type]


def forward(conninfo: str, seconds: float) -> None:
    """Put the clock forward for everybody."""
    with psycopg.connect(conninfo, autocommit=True) as other:
        other.execute("UPDATE virtual.clock SET ahead = ahead + make_interval(secs => %s)", [seconds])


def follow(seconds: float) -> None:
    """Let this process's Python clock be as far ahead as the database's."""
    global _ahead
    _ahead = timedelta(seconds=seconds)
    timezone.now = _now


def _now() -> datetime:
    return _real() + _ahead
