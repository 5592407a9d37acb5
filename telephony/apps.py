"""Django application: how calls come in."""

from django.apps import AppConfig


class TelephonyConfig(AppConfig):
    """Voicex: how calls come in."""

    name = "telephony"
