"""Django application: what answers."""

from django.apps import AppConfig


class AgentsConfig(AppConfig):
    """Voicex: what answers."""

    name = "agents"
