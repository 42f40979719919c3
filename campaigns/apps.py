from django.apps import AppConfig


class CampaignsConfig(AppConfig):
    """What we say, who agreed and what came back."""

    name = "campaigns"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tell rule segments what they may say about campaigns, and which campaigns use them."""
        from campaigns import rule_parts

        rule_parts.join()
