from django.apps import AppConfig


class SegmentsConfig(AppConfig):
    """Groups of customers that behave alike."""

    name = "segments"
    default_auto_field = "django.db.models.BigAutoField"
