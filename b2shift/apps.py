from django.apps import AppConfig


class B2ShiftConfig(AppConfig):
    """The project itself: template tags, commands and the broker's schema."""

    name = "b2shift"
    default_auto_field = "django.db.models.BigAutoField"
