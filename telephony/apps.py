"""Django application: how calls come in."""

from django.apps import AppConfig
from django.core.checks import Tags, register


class TelephonyConfig(AppConfig):
    """Voicex: how calls come in."""

    name = "telephony"

    def ready(self) -> None:
        """Register the checks of the set-up: in the highest app, so that they may import all.

        Sockets get to know of changed rights.
        """
        # Engines come from here on, and their modules need the apps to be loaded.
        from telephony.admission import revocations
        from voicex.checks import engines_are_installed, setup_is_usable

        revocations.connect()
        register(setup_is_usable)
        register(engines_are_installed, Tags.files, deploy=True)
