"""The base of the commands that leave traces in the audit trail or the record of decisions."""

from contextlib import suppress
from typing import Any, ClassVar

from django.db import DatabaseError

from accounts import chain
from b2shift.lib.command import DataCommand


class RecordedCommand(DataCommand):
    """Seals its traces when it ends, however it ends: where no scheduler runs nobody else would."""

    logs: ClassVar[tuple[chain.Log, ...]] = (chain.AUDIT,)

    def execute(self, *args: Any, **options: Any) -> str | None:
        """Run the command, then link what it wrote into the chain."""
        try:
            return super().execute(*args, **options)
        finally:
            with suppress(DatabaseError):  # a database that is away has its own message
                for log in self.logs:
                    chain.seal(log)
