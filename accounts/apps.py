"""Django application: who may do what."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Organizations, members, keys and secrets."""

    name = "accounts"

    def ready(self) -> None:
        """Listen to sign-ups, log-ins, and changes of how one logs in."""
        from accounts import login_changes, signals  # noqa: F401 - receivers need the models
