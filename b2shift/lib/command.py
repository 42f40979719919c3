"""The base of the product's commands that read or write data."""

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, connection

EMBEDDED = "b2shift.lib.embedded"


class DataCommand(BaseCommand):
    """A command that finds the tables it needs: made on the embedded database, asked for on any other server."""

    def execute(self, *args: Any, **options: Any) -> str | None:
        """Run the command; raises ``CommandError`` with one clear line where there is no database to work on."""
        self._find_tables()
        output: str | None = super().execute(*args, **options)
        return output

    def _find_tables(self) -> None:
        try:
            empty = "django_migrations" not in connection.introspection.table_names()
        except OperationalError as error:
            raise CommandError(f"The database cannot be reached: {str(error).splitlines()[0]}") from error
        if not empty:
            return
        if settings.DATABASES["default"]["ENGINE"] != EMBEDDED:
            raise CommandError("The database has no tables yet. Make them with: manage.py migrate")
        call_command("migrate", verbosity=0, interactive=False)
