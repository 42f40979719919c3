from django.apps import AppConfig


class InsightsConfig(AppConfig):
    """What it means."""

    name = "insights"
    default_auto_field = "django.db.models.BigAutoField"
