"""The short forms of agents; the services check their data again."""

from collections.abc import Callable
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from agents.engines import registry
from agents.providers.credentials import platform_has_access
from agents.settings import limits
from agents.starters.english import ENGLISH
from agents.starters.speaking import lacking
from agents.starters.starters import LANGUAGE_NAMES, LANGUAGES, STARTERS
from dashboard import labels
from dashboard.merging import MergingForm

# A field that the page writes by itself: the warnings that were shown, so that the next press
# accepts them (`agents.versions.gate`).
ACCEPTED: Final = "accepted"
MOST_ACCEPTED: Final = 2_000  # characters: 200 warnings


class ServiceErrors(forms.Form):
    """A form that shows errors of a service."""

    def add_service_errors(self, error: ValidationError) -> None:
        """Add each problem to its field, or to the form if there is no such field."""
        for name, problems in error.update_error_dict({}).items():
            if name in self.fields:
                self.add_error(name, problems)
                continue
            for problem in problems:
                # The name is the file's or the version's: without it, a problem means little.
                said = " ".join(problem.messages)
                is_named = name not in ("__all__", "settings")
                self.add_error(None, f"{name}: {said}" if is_named else said)


class StarterForm(ServiceErrors):
    """The starting point and the language of a new agent."""

    starter = forms.ChoiceField(
        label=_("Template"), choices=[(key, each.title) for key, each in STARTERS.items()]
    )
    speaks = forms.ChoiceField(label=_("The agent speaks"), choices=LANGUAGE_NAMES, required=False)

    def __init__(
        self, *args: Any, has_access: Callable[[str], bool] = platform_has_access, **kwargs: Any
    ) -> None:
        """has_access: whether there is a key for an engine."""
        super().__init__(*args, **kwargs)
        self._lacking = {tag: lacking(tag, has_access) for tag in LANGUAGES}
        self.initial.setdefault("speaks", self._usual())
        self.fields["speaks"].help_text = " ".join(
            gettext(
                "Without an API key for %(engines)s, agents only speak English. In %(language)s, "
                "the agent answers once you add that key under Credentials."
            )
            % {
                "engines": ", ".join(map(registry.title_of, self._lacking[tag])),
                "language": labels.language(tag),
            }
            for tag in LANGUAGES
            if tag != ENGLISH.tag and self._lacking[tag]
        )

    def clean_speaks(self) -> str:
        """One of LANGUAGES; the default if none was chosen."""
        return self.cleaned_data["speaks"] or self._usual()

    def _usual(self) -> str:
        """The reader's language if an agent in it can answer at once, else English."""
        own = (get_language() or "").partition("-")[0]
        return own if own in LANGUAGES and not self._lacking[own] else ENGLISH.tag


class NewAgentForm(StarterForm):
    """The starting point and the name of a new agent."""

    name = forms.CharField(
        label=_("Name"),
        max_length=limits.CHARACTERS["name"],
        required=False,
        help_text=_("Shown here and in reports. Leave blank to use the template’s name."),
    )


class NameForm(MergingForm, ServiceErrors):
    """An agent's name, and whether it answers."""

    name = forms.CharField(
        label=_("Name"),
        max_length=limits.CHARACTERS["name"],
        help_text=_("Shown here and in reports."),
    )
    is_active = forms.BooleanField(
        label=_("Answers calls"),
        required=False,
        help_text=_("When off, its numbers aren’t answered: callers hear Twilio’s error."),
    )


class CopyForm(ServiceErrors):
    """The name of a copy."""

    name = forms.CharField(label=_("Name of the copy"), max_length=limits.CHARACTERS["name"])


class NoteForm(ServiceErrors):
    """The note of a version: what changed, and why."""

    note = forms.CharField(
        label=_("What changed"),
        max_length=limits.CHARACTERS["note"],
        required=False,
        help_text=_("Optional. Shown in the list of versions."),
    )


class FileForm(ServiceErrors):
    """An exported agent."""

    file = forms.FileField(label=_("File"), allow_empty_file=True)


class ImportForm(FileForm):
    """An exported agent that becomes a new one."""

    name = forms.CharField(
        label=_("Name"),
        max_length=limits.CHARACTERS["name"],
        required=False,
        help_text=_("Leave blank to use the name in the file."),
    )
