"""The pages: of members, of the operator, and their live sockets. It has no tables."""

from django.apps import AppConfig


class DashboardConfig(AppConfig):
    """Voicex: what its members and operators see."""

    name = "dashboard"
