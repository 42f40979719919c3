from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Who we serve and who we are."""

    name = "accounts"
    default_auto_field = "django.db.models.BigAutoField"
