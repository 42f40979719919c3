"""Imports: from files to the live tables, atomically. Only this package writes what files say."""

from accounts.ingest.run import execute, import_directory, start, sweep

__all__ = ["execute", "import_directory", "start", "sweep"]
