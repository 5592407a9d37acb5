"""Django application: what happened and what it cost."""

from django.apps import AppConfig


class UsageConfig(AppConfig):
    """Voicex: what happened and what it cost."""

    name = "usage"
