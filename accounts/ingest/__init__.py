"""Imports: from files to the live tables, atomically. Only this package writes what files say."""

from accounts.ingest.answers import answer
from accounts.ingest.run import execute, import_directory, start, sweep
from accounts.ingest.uploads import receive

__all__ = ["answer", "execute", "import_directory", "receive", "start", "sweep"]
