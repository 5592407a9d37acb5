"""Django application: how calls come in."""

from django.apps import AppConfig
from django.core.checks import Tags, register


class TelephonyConfig(AppConfig):
    """Voicex: how calls come in."""

    name = "telephony"

    def ready(self) -> None:
        """Register the checks of the set-up: in the highest app, so that they may import all.

        The gate before publishing gets to know of numbers.
        """
        # Engines come from here on, and their modules need the apps to be loaded.
        from agents.versions.gate import gate
        from telephony.doctor import numbers
        from voicex.checks import engines_are_installed, setup_is_usable

        gate.add_check(numbers.numbers_in_use)
        gate.add_questions(numbers.questions_of)
        gate.add_off_check(numbers.switching_off)
        register(setup_is_usable)
        register(engines_are_installed, Tags.files, deploy=True)
