"""Imports: from files to the live tables, atomically. Only this package writes what files say."""

from accounts.ingest.answers import answer
from accounts.ingest.inbox import watch
from accounts.ingest.mending import retry_by_themselves
from accounts.ingest.run import again, cancel, execute, import_directory, start, sweep
from accounts.ingest.uploads import receive

__all__ = [
    "again",
    "answer",
    "cancel",
    "execute",
    "import_directory",
    "receive",
    "retry_by_themselves",
    "start",
    "sweep",
    "watch",
]
