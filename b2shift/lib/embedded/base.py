"""Django's PostgreSQL backend, pointed at the embedded server."""

from typing import Any

from django.conf import settings
from django.db.backends.postgresql import base

from b2shift.lib.embedded import server


class DatabaseWrapper(base.DatabaseWrapper):
    """Starts the embedded server at the first connection, so that any command that needs data finds it running."""

    def get_connection_params(self) -> dict[str, Any]:
        """Connection parameters with the running server's socket folder as host."""
        self.settings_dict["HOST"] = server.socket_dir(settings.B2SHIFT_HOME / "postgres")
        params: dict[str, Any] = super().get_connection_params()
        return params
