"""The editor of an agent: each setting explained by what a caller notices."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, Final

from django import forms
from django.core.validators import RegexValidator
from django.http import QueryDict
from django.utils.formats import number_format
from django.utils.functional import Promise, lazy
from django.utils.text import format_lazy
from django.utils.translation import gettext as say
from django.utils.translation import gettext_lazy as _

from agents import limits, recording_limits
from agents.config import Recording, RecordingMode
from agents.engines.voices import offered
from agents.models import AgentVersion
from agents.publishing import engine_choices
from agents.version_rules import ENGINE_KINDS, default_engine
from telephony.dashboard.agents_forms import ServiceErrors

Text = Any  # translated when it is shown; Django's stubs have no public name for it
MS_PER_MINUTE: Final = 60_000
RECORDING: Final = tuple(asdict(Recording()))
_grouped: Final = lazy(partial(number_format, force_grouping=True), str)
RECORDING_MODES: Final = (
    (RecordingMode.OFF, _("No recording")),
    (RecordingMode.ANNOUNCED, _("Recorded, and announced by a sentence")),
    (RecordingMode.KEY, _("Only when the caller presses a key")),
    (RecordingMode.WORD, _("Only when the caller says a word")),
)


@dataclass(frozen=True, slots=True)
class Group:
    """A titled part of a form: rows of fields."""

    title: str | Promise
    rows: list[list[forms.BoundField]]
    name: str


def _whole_number(
    label: Text, unit: Text, limits: tuple[int, int], help_text: Text
) -> forms.IntegerField:
    lowest, highest = (_grouped(limit) for limit in limits)
    in_words = format_lazy(
        _("{unit}, {lowest} to {highest}."), unit=unit, lowest=lowest, highest=highest
    )
    problem = format_lazy(_("Give a whole number of {range}"), range=in_words)
    return forms.IntegerField(
        label=label,
        min_value=limits[0],
        max_value=limits[1],
        help_text=format_lazy("{text} ({range})", text=help_text, range=in_words),
        error_messages=dict.fromkeys(("min_value", "max_value", "invalid"), problem),
    )


def _milliseconds(name: str, label: Text, help_text: Text) -> forms.IntegerField:
    return _whole_number(label, _("milliseconds"), limits.MILLISECONDS[name], help_text)


class TextField(forms.CharField):
    """A text that a browser may send with other line breaks than it was given."""

    def clean(self, value: Any) -> Any:
        """The text with line breaks as they are stored."""
        return super().clean(_unix(value))

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether anything but line breaks differs."""
        return bool(_unix(initial or "") != _unix(data or ""))


class LineField(forms.CharField):
    """A line whose spaces around it mean nothing."""

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether anything but the spaces around it differs."""
        return str(initial or "").strip() != str(data or "").strip()


def _unix(text: Any) -> Any:
    return text.replace("\r\n", "\n").replace("\r", "\n") if isinstance(text, str) else text


def _text(name: str, label: Text, rows: int, help_text: Text) -> TextField:
    return TextField(
        label=label,
        required=False,
        strip=False,  # else opening and saving would change a text that ends with a line break
        max_length=limits.CHARACTERS[name],
        widget=forms.Textarea(attrs={"rows": rows}),
        help_text=help_text,
    )


class AgentForm(ServiceErrors):
    """Everything that a version of an agent says; `version` is what it says so far."""

    TEXTS: Final = ("greeting", "prompt", "facts")
    TURN_TAKING: Final = ("pause_ms", "endpointing_ms", "barge_in_ms", "interruptible")
    VERSION_FIELDS: Final = (*TEXTS, "language", "voice", *ENGINE_KINDS)
    LAYOUT: Final[Sequence[tuple[str, Promise, Sequence[Sequence[str]]]]] = (
        ("says", _("What it says and knows"), (("greeting",), ("prompt",), ("facts",))),
        (
            "voice",
            _("Voice and engines"),
            (("language", "voice"), ("stt", "llm", "tts")),
        ),
        (
            "turns",
            _("Taking turns"),
            (("endpointing_ms", "pause_ms"), ("interruptible",), ("barge_in_ms", "max_call")),
        ),
        (
            "recording",
            _("Recording"),
            (("recording_mode",), ("recording_sentence",), ("recording_key", "recording_word")),
        ),
    )

    greeting = _text(
        "greeting",
        _("Greeting"),
        2,
        _("Said as soon as the call is connected. Empty: the agent waits for the caller."),
    )
    prompt = _text(
        "prompt",
        _("Prompt"),
        6,
        _("Who the agent is and how it shall speak; for engines with a language model."),
    )
    facts = _text(
        "facts",
        _("Facts"),
        12,
        _(
            "One a line, as “topic: what to say”. For example: What are your opening hours?: We "
            "are open from eight to six. A line with [[double brackets]] waits to be filled in: "
            "the agent leaves it out."
        ),
    )
    language = LineField(
        label=_("Language"),
        max_length=limits.CHARACTERS["language"],
        validators=[
            RegexValidator(rf"^{limits.LANGUAGE}\Z", _("Write it like en, en-US or pt-BR."))
        ],
        help_text=_("Such as en or en-US. The local engines know English only."),
    )
    voice = LineField(
        label=_("Voice"),
        required=False,
        max_length=limits.CHARACTERS["voice"],
        widget=forms.TextInput(attrs={"list": "voices", "autocomplete": "off"}),
        help_text=_("A name of the text-to-speech engine. Empty: its default."),
    )
    stt = forms.ChoiceField(label=_("Speech to text"), required=False)
    llm = forms.ChoiceField(label=_("Language model"), required=False)
    tts = forms.ChoiceField(label=_("Text to speech"), required=False)
    endpointing_ms = _milliseconds(
        "endpointing_ms",
        _("End of turn"),
        _(
            "The agent waits this long after the caller has stopped. Shorter feels brisk, but cuts "
            "off people who think while they speak."
        ),
    )
    pause_ms = _milliseconds(
        "pause_ms",
        _("Short pause"),
        _(
            "After so much silence the agent prepares its answer, unheard. Shorter answers sooner; "
            "longer costs less, because fewer answers are prepared in vain."
        ),
    )
    interruptible = forms.BooleanField(
        label=_("The caller may interrupt"),
        required=False,
        help_text=_(
            "The agent falls silent when the caller speaks over it. Off: it finishes first."
        ),
    )
    barge_in_ms = _milliseconds(
        "barge_in_ms",
        _("Speech that interrupts"),
        _(
            "How long the caller must speak over the agent to silence it. Longer lets a cough or "
            "an “mhm” pass; shorter gives way at once."
        ),
    )
    max_call = _whole_number(
        _("Longest call"),
        _("minutes"),
        (1, limits.MILLISECONDS["max_call_ms"][1] // MS_PER_MINUTE),
        _("The agent then says goodbye and hangs up."),
    )
    recording_mode = forms.ChoiceField(
        label=_("Record calls"),
        choices=RECORDING_MODES,
        help_text=_("Many countries ask for consent: decide with somebody who knows your law."),
    )
    recording_sentence = TextField(
        label=_("What callers hear about it"),
        required=False,
        max_length=limits.CHARACTERS["recording.sentence"],
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_(
            "Said at the beginning. For example: This call is recorded. Or: May we record this "
            "call? Press 1 if you agree."
        ),
    )
    recording_key = LineField(
        label=_("Key that consents"),
        required=False,
        help_text=_("One key: 0 to 9, * or #. Name it in the sentence."),
    )
    recording_word = LineField(
        label=_("Word that consents"),
        required=False,
        max_length=limits.CHARACTERS["recording.word"],
        help_text=_("In lower case, such as yes. Name it in the sentence."),
    )

    def __init__(self, data: QueryDict | None = None, *, version: AgentVersion) -> None:
        self.version = version
        turn_taking, recording = version.turn_taking, version.recording
        initial = {
            **{name: getattr(version, name) for name in self.VERSION_FIELDS},
            **{name: getattr(turn_taking, name) for name in self.TURN_TAKING},
            "max_call": -(-turn_taking.max_call_ms // MS_PER_MINUTE),  # rounded up
            **{f"recording_{name}": value for name, value in asdict(recording).items()},
        }
        super().__init__(data, initial=initial)
        for kind in ENGINE_KINDS:
            field = self.fields[kind]
            assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared so above
            field.choices = engine_choices(kind)

    def groups(self) -> list[Group]:
        """The fields as the page lays them out."""
        return [
            Group(title, [[self[name] for name in row] for row in rows], name)
            for name, title, rows in self.LAYOUT
        ]

    def voices(self) -> list[tuple[str, str]]:
        """Voice and engine of what the field offers, those of the chosen engine first."""
        language = str(self["language"].value() or "")
        chosen = str(self["tts"].value() or default_engine("tts"))
        engines = [chosen, *(name for name, label in engine_choices("tts") if name)]
        return [(v, name) for name in dict.fromkeys(engines) for v in offered(name, language)]

    def clean(self) -> dict[str, Any]:
        """A pause comes before the end of the turn; whoever is recorded hears of it."""
        values = super().clean() or {}
        pause, end = values.get("pause_ms"), values.get("endpointing_ms")
        if pause and end and pause > end:
            self.add_error(
                "pause_ms",
                say("It cannot be longer than the end of turn, which is %(ms)d ms.") % {"ms": end},
            )
        if "recording_mode" in values:
            for name, problem in recording_limits.problems(self._recording(values)).items():
                if f"recording_{name}" not in self.errors:
                    self.add_error(f"recording_{name}", problem)
        return values

    def changes(self) -> dict[str, Any]:
        """What differs from the version, as `agents.changes` has it.

        What the form does not show, such as settings of engines, is never among it.
        """
        values, different = self.cleaned_data, set(self.changed_data)
        found: dict[str, Any] = {n: values[n] for n in self.VERSION_FIELDS if n in different}
        turn_taking: dict[str, Any] = {
            name: values[name] for name in self.TURN_TAKING if name in different
        }
        if "max_call" in different:
            turn_taking["max_call_ms"] = values["max_call"] * MS_PER_MINUTE
        said = self._recording(values)
        recording = {n: said.get(n) for n in RECORDING if f"recording_{n}" in different}
        settings = {"turn_taking": turn_taking, "recording": recording}
        if shown := {name: group for name, group in settings.items() if group}:
            found["settings"] = shown
        return found

    @staticmethod
    def _recording(values: dict[str, Any]) -> dict[str, str]:
        recording = {name: values.get(f"recording_{name}", "") for name in RECORDING}
        recording["word"] = recording["word"].lower()
        # What nobody asks for needs no value; an empty field then means the usual one.
        return {n: v for n, v in recording.items() if v or n == recording["mode"]}
