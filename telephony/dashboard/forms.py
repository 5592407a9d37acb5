"""The forms of the dashboard; what they accept is checked again by the services."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.http import QueryDict

from accounts.models import Organization
from agents.config import TurnTaking
from agents.models import Agent, AgentVersion
from agents.publishing import engine_choices
from agents.turn_limits import LIMITS
from agents.version_rules import ENGINE_KINDS

MS_PER_MINUTE: Final = 60_000


class OrganizationForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """The name of a new organization."""

    class Meta:
        model = Organization
        fields = ("name",)


class SettingsForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """An organization's name and its Twilio account. Auth tokens go in, and never out again."""

    auth_token = forms.CharField(
        label="Twilio auth token",
        required=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )
    auth_token_next = forms.CharField(
        label="Next auth token",
        required=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text="Only while you change the token at Twilio: both are accepted meanwhile.",
    )
    forget_tokens = forms.BooleanField(
        label="Forget the stored tokens",
        required=False,
        help_text="Webhooks are then no longer checked for Twilio's signature.",
    )

    class Meta:
        model = Organization
        fields = ("name", "twilio_account_sid")
        help_texts: Final = {
            "twilio_account_sid": ("When given, calls from any other Twilio account are refused.")
        }

    def __init__(self, *args: Any, has_token: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stored = "One is stored; leave this empty to keep it." if has_token else "None is stored."
        self.fields["auth_token"].help_text = (
            f"Proves that a webhook comes from your Twilio account. {stored} It is kept "
            "encrypted and never shown."
        )

    def clean(self) -> dict[str, Any]:
        """Forgetting the tokens and giving new ones contradict each other."""
        values = super().clean() or {}
        if values.get("forget_tokens") and (
            values.get("auth_token") or values.get("auth_token_next")
        ):
            self.add_error(
                "forget_tokens", "Either give a token or have the stored ones forgotten, not both."
            )
        return values


class KeyForm(forms.Form):
    """What a new key is called."""

    label = forms.CharField(
        required=False,
        max_length=80,
        help_text="For your eyes only, such as the name of the number it is for.",
    )


@dataclass(frozen=True, slots=True)
class Group:
    """A titled part of a form: rows of fields."""

    title: str
    rows: list[list[forms.BoundField]]


def _whole_number(
    label: str, unit: str, limits: tuple[int, int], help_text: str
) -> forms.IntegerField:
    lowest, highest = limits
    range_in_words = f"{unit}, {lowest} to {highest:,}."
    problem = f"Give a whole number of {range_in_words}"
    return forms.IntegerField(
        label=label,
        min_value=lowest,
        max_value=highest,
        help_text=f"{help_text} {range_in_words.capitalize()}",
        error_messages=dict.fromkeys(("min_value", "max_value", "invalid"), problem),
    )


def _milliseconds(name: str, label: str, help_text: str) -> forms.IntegerField:
    return _whole_number(label, "milliseconds", LIMITS[name], help_text)


class AgentForm(forms.Form):
    """Everything about an agent that a member can change.

    Give `agent` (with its published version) to edit it; without, the form makes a new one.
    """

    TURN_TAKING: Final = ("pause_ms", "endpointing_ms", "barge_in_ms", "interruptible", "max_call")
    VERSION_FIELDS: Final = ("prompt", "facts", "greeting", "language", "voice", *ENGINE_KINDS)
    LAYOUT: Final[Sequence[tuple[str, Sequence[Sequence[str]]]]] = (
        ("Who answers", (("name",), ("is_active",))),
        ("What it says and knows", (("greeting",), ("prompt",), ("facts",))),
        ("Voice and engines", (("language", "voice"), ("stt", "llm", "tts"))),
        (
            "Taking turns",
            (("endpointing_ms", "pause_ms"), ("interruptible",), ("barge_in_ms", "max_call")),
        ),
    )

    # The page writes this field itself: always the number of the version that is published.
    base_version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    name = forms.CharField(max_length=80, help_text="Shown here and in reports.")
    is_active = forms.BooleanField(
        label="Answers calls",
        required=False,
        help_text="An inactive agent's webhook URL is refused.",
    )
    greeting = forms.CharField(
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Said as soon as the call is connected. Empty: the agent waits for the caller.",
    )
    prompt = forms.CharField(
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="Who the agent is and how it shall speak; for engines with a language model.",
    )
    facts = forms.CharField(
        required=False,
        max_length=50_000,
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text="One a line, as “topic: what to say”. "
        "For example: What are your opening hours?: We are open from eight to six.",
    )
    language = forms.CharField(
        max_length=12,
        validators=[
            RegexValidator(
                r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*\Z", "Write it like en, en-US or pt-BR."
            )
        ],
        help_text="Such as en or en-US.",
    )
    voice = forms.CharField(
        required=False, max_length=80, help_text="A name of the voice engine. Empty: its default."
    )
    stt = forms.ChoiceField(label="Speech to text", required=False)
    llm = forms.ChoiceField(label="Language model", required=False)
    tts = forms.ChoiceField(label="Text to speech", required=False)
    endpointing_ms = _milliseconds(
        "endpointing_ms", "End of turn", "Silence after which the caller's turn is over."
    )
    pause_ms = _milliseconds(
        "pause_ms", "Short pause", "Silence at which the answer is prepared already."
    )
    interruptible = forms.BooleanField(
        label="The caller may interrupt",
        required=False,
        help_text="The agent falls silent when the caller speaks over it.",
    )
    barge_in_ms = _milliseconds(
        "barge_in_ms", "Speech that interrupts", "How long the caller must speak over the agent."
    )
    max_call = _whole_number(
        "Longest call",
        "minutes",
        (1, LIMITS["max_call_ms"][1] // MS_PER_MINUTE),
        "The agent then says goodbye.",
    )

    def __init__(self, data: QueryDict | None = None, *, agent: Agent | None = None) -> None:
        self.version: AgentVersion = (agent and agent.published) or AgentVersion()
        super().__init__(data, initial=self._initial_of(agent))
        for kind in ENGINE_KINDS:
            field = self.fields[kind]
            assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared so above
            field.choices = engine_choices(kind)

    def _initial_of(self, agent: Agent | None) -> dict[str, Any]:
        turn_taking = asdict(TurnTaking(**self.version.settings.get("turn_taking", {})))
        return {
            "name": agent.name if agent else "",
            "is_active": agent.is_active if agent else True,
            **{name: getattr(self.version, name) for name in self.VERSION_FIELDS},
            **{name: turn_taking[name] for name in self.TURN_TAKING if name in turn_taking},
            "max_call": turn_taking["max_call_ms"] // MS_PER_MINUTE,
        }

    def groups(self) -> list[Group]:
        """The fields as the page lays them out."""
        return [
            Group(title, [[self[name] for name in row] for row in rows])
            for title, rows in self.LAYOUT
        ]

    def clean(self) -> dict[str, Any]:
        """A pause comes before the end of the turn; nobody's newer version is overwritten."""
        values = super().clean() or {}
        pause, end = values.get("pause_ms"), values.get("endpointing_ms")
        if pause and end and pause > end:
            self.add_error(
                "pause_ms", f"It cannot be longer than the end of turn, which is {end} ms."
            )
        if values.get("base_version") != self.version.number:
            self.add_error(
                None,
                f"Version {self.version.number} was published while you were editing. What you "
                "wrote is kept below; publish again to put it in the place of that version.",
            )
        return values

    def version_fields(self) -> dict[str, Any]:
        """The cleaned values as `agents.publishing` takes them.

        The settings are left out when nobody touched them, so that opening a form and
        saving it publishes nothing.
        """
        values = self.cleaned_data
        fields = {name: values[name] for name in self.VERSION_FIELDS}
        if set(self.TURN_TAKING) & set(self.changed_data):
            turn_taking = self.version.settings.get("turn_taking", {}) | {
                name: values[name] for name in self.TURN_TAKING if name != "max_call"
            }
            turn_taking["max_call_ms"] = values["max_call"] * MS_PER_MINUTE
            fields["settings"] = self.version.settings | {"turn_taking": turn_taking}
        return fields

    def add_service_errors(self, error: ValidationError) -> None:
        """Show what a service refused, beside the field where there is one."""
        for name, messages in error.update_error_dict({}).items():
            self.add_error(name if name in self.fields else None, messages)
