"""Django application: who may do what."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Organizations, members, keys and secrets."""

    name = "accounts"

    def ready(self) -> None:
        """Listen to sign-ups."""
        from accounts import signals  # noqa: F401 - its receivers need the models
