from django.apps import AppConfig

# Here and not in the package itself: the process that reads files imports ``b2shift.lib`` and needs no Celery.
from b2shift.celery import app as celery_app

__all__ = ["B2ShiftConfig", "celery_app"]


class B2ShiftConfig(AppConfig):
    """The project itself: template tags, commands and the broker's schema."""

    name = "b2shift"
    default_auto_field = "django.db.models.BigAutoField"
