"""Django application: who may do what."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Organizations, members, keys and secrets."""

    name = "accounts"
