"""The form of an agent: its own fields, and those of the version that it publishes."""

from functools import partial
from typing import Any, ClassVar, Final

from django import forms
from django.utils.translation import gettext as say
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from agents import option_limits, platform_models, text_limits, turn_limits
from agents.config import TurnTaking
from agents.engines import registry
from agents.models import Agent
from agents.publishing import engine_choices

Text = Any  # translated when it is shown; Django's stubs have no public name for it
TEXT_FIELDS: Final = ("greeting", "prompt", "facts", "language", "voice", "stt", "llm", "tts")
TURN_FIELDS: Final = ("interruptible", *turn_limits.LIMITS)


def _engine(kind: registry.Kind, label: Text) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label,
        choices=partial(engine_choices, kind),
        required=False,
        widget=UnfoldAdminSelectWidget,
    )


def _text(label: Text, rows: int, help_text: Text) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        strip=False,  # else every save would change a text that ends with a line break
        widget=UnfoldAdminTextareaWidget(attrs={"rows": rows}),
        help_text=help_text,
    )


def _milliseconds(name: str, label: Text, help_text: Text) -> forms.IntegerField:
    lowest, highest = turn_limits.LIMITS[name]
    return forms.IntegerField(
        label=label,
        min_value=lowest,
        max_value=highest,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=help_text,
    )


class AgentForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """An agent as one edits it; `version_fields()` is what to publish."""

    greeting = _text(_("Greeting"), 2, _("What a caller hears first."))
    prompt = _text(_("Prompt"), 8, _("Who the agent is and how it speaks."))
    facts = _text(_("Facts"), 14, _("One a line: topic: what to say."))
    language = forms.CharField(
        label=_("Language"), max_length=12, widget=UnfoldAdminTextInputWidget
    )
    voice = forms.CharField(
        label=_("Voice"), max_length=80, required=False, widget=UnfoldAdminTextInputWidget
    )
    stt = _engine("stt", _("Speech to text"))
    llm = _engine("llm", _("Language model"))
    tts = _engine("tts", _("Text to speech"))
    interruptible = forms.BooleanField(
        label=_("The caller may interrupt"),
        required=False,
        widget=UnfoldBooleanSwitchWidget,
        help_text=_("A caller who speaks silences the agent."),
    )
    pause_ms = _milliseconds(
        "pause_ms", _("Short pause"), _("Silence that begins the transcription.")
    )
    endpointing_ms = _milliseconds(
        "endpointing_ms", _("End of turn"), _("Silence that ends the caller's turn.")
    )
    barge_in_ms = _milliseconds(
        "barge_in_ms", _("Speech that interrupts"), _("Speech that silences the agent.")
    )
    max_call_ms = _milliseconds("max_call_ms", _("Longest call"), _("The longest call."))
    engine_settings = forms.JSONField(
        label=_("Engine settings"),
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_(
            'For example {"openai.llm_model": "gpt-4o"}. On the platform\'s key, the models are '
            "limited to those of OPENAI_MODELS, if that is set."
        ),
    )

    class Meta:
        model = Agent
        fields: ClassVar = ["org", "name", "is_active"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        agent = kwargs.get("instance")
        kwargs["initial"] = self._published(agent) | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)

    @staticmethod
    def _published(agent: Agent | None) -> dict[str, Any]:
        version = agent.published if agent else None
        stored = version.settings if version else {}
        turn_taking = TurnTaking(**stored.get("turn_taking", {}))
        if version is None:
            texts: dict[str, Any] = {"language": "en"}
        else:
            texts = {name: getattr(version, name) for name in TEXT_FIELDS}
        return (
            texts
            | {name: getattr(turn_taking, name) for name in TURN_FIELDS}
            | {"engine_settings": stored.get("engines", {})}
        )

    def clean_engine_settings(self) -> dict[str, Any]:
        """Named values; nothing is the same as none."""
        value = self.cleaned_data["engine_settings"] or {}
        if not isinstance(value, dict):
            raise forms.ValidationError(say("Engine settings are an object of named values"))
        if found := option_limits.problems(value):
            raise forms.ValidationError(found)
        return value

    def clean(self) -> dict[str, Any]:
        """The form's data, turn-taking checked as a whole."""
        data = super().clean() or {}
        org = self.instance.org if self.instance.pk else data.get("org")
        if org and "engine_settings" in data:
            for problem in platform_models.problems(org, data["engine_settings"]):
                self.add_error("engine_settings", problem)
        if data.keys() >= set(TURN_FIELDS):
            for problem in turn_limits.problems({name: data[name] for name in TURN_FIELDS}):
                self.add_error("pause_ms", problem)
        for name in text_limits.TEXTS:
            if problem := text_limits.problem(name, data.get(name, "")):
                self.add_error(name, problem)
        # A browser sends line breaks as CR LF.
        return data | {
            name: data[name].replace("\r\n", "\n") for name in TEXT_FIELDS if name in data
        }

    def version_fields(self) -> dict[str, Any]:
        """The fields of the version; of the settings, only what differs from the defaults."""
        data, usual = self.cleaned_data, TurnTaking()
        turn_taking = {
            name: data[name] for name in TURN_FIELDS if data[name] != getattr(usual, name)
        }
        stored = {"turn_taking": turn_taking, "engines": data["engine_settings"]}
        return {name: data[name] for name in TEXT_FIELDS} | {
            "settings": {name: value for name, value in stored.items() if value}
        }
