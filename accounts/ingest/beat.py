"""Keeps an import's lease alive while one statement or one file takes longer than the lease."""

import threading
from datetime import timedelta

import structlog
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models.functions import Now

from accounts.models import Import

log = structlog.get_logger(__name__)


class Heart:
    """``with Heart(id, owner):`` renews the lease every third of it, on a connection of its own.

    It says only that the process lives; who may publish is decided by the publication's last statement.
    """

    def __init__(self, import_id: int, owner: str) -> None:
        self.import_id, self.owner = import_id, owner
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._beat, name=f"import-{import_id}", daemon=True)

    def __enter__(self) -> "Heart":
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.thread.join()

    def _beat(self) -> None:
        try:
            while not self.over.wait(settings.IMPORT_LEASE_SECONDS / 3):
                self._once()
        finally:
            connection.close()

    def _once(self) -> None:
        held = Import.objects.filter(pk=self.import_id, state=Import.State.RUNNING, owner=self.owner)
        try:
            held.update(lease_until=Now() + timedelta(seconds=settings.IMPORT_LEASE_SECONDS))
        except DatabaseError as error:
            log.warning("import_lease", import_id=self.import_id, error=str(error))
            connection.close()
