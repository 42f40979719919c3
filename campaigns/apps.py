from django.apps import AppConfig


class CampaignsConfig(AppConfig):
    """What we say, who agreed and what came back."""

    name = "campaigns"
    default_auto_field = "django.db.models.BigAutoField"
