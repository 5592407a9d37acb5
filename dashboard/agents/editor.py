"""The editor of an agent: each setting explained by what a caller notices."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from django import forms
from django.core.validators import RegexValidator
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as say
from django.utils.translation import gettext_lazy as _

from agents.engines.voices import offered
from agents.models import AgentVersion
from agents.settings import limits, recording_limits
from agents.settings.config import Privacy, Recording, RecordingMode
from agents.settings.version_rules import ENGINE_KINDS, default_engine
from agents.versions.publishing import engine_choices
from dashboard.agents.fields import LineField, TextField, milliseconds, text_field, whole_number
from dashboard.agents.forms import ServiceErrors

MS_PER_MINUTE: Final = 60_000
RECORDING: Final = tuple(asdict(Recording()))
PRIVACY: Final = tuple(asdict(Privacy()))
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
        (
            "privacy",
            _("Privacy: what is not kept of a call"),
            tuple((f"privacy_{name}",) for name in PRIVACY),
        ),
    )

    greeting = text_field(
        "greeting",
        _("Greeting"),
        2,
        _("Said as soon as the call is connected. Empty: the agent waits for the caller."),
    )
    prompt = text_field(
        "prompt",
        _("Prompt"),
        6,
        _("Who the agent is and how it shall speak; for engines with a language model."),
    )
    facts = text_field(
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
    endpointing_ms = milliseconds(
        "endpointing_ms",
        _("End of turn"),
        _(
            "The agent waits this long after the caller has stopped. Shorter feels brisk, but cuts "
            "off people who think while they speak."
        ),
    )
    pause_ms = milliseconds(
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
    barge_in_ms = milliseconds(
        "barge_in_ms",
        _("Speech that interrupts"),
        _(
            "How long the caller must speak over the agent to silence it. Longer lets a cough or "
            "an “mhm” pass; shorter gives way at once."
        ),
    )
    max_call = whole_number(
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
    privacy_card_numbers = forms.BooleanField(
        label=_("Take out card numbers"),
        required=False,
        help_text=_(
            "Of payment cards, with the expiry date and the security code that are said with them: "
            "spoken, typed or keyed in, also in several turns or read back by the agent."
        ),
    )
    privacy_numbers = forms.BooleanField(
        label=_("Take out other numbers"),
        required=False,
        help_text=_(
            "Any of five or more digits, such as telephone and account numbers, but not times, "
            "dates and prices. Also the number that a caller leaves to be called back: you will "
            "not find it in the transcript. The number that the call comes from is kept."
        ),
    )
    privacy_names = forms.BooleanField(
        label=_("Take out names of callers"),
        required=False,
        help_text=_(
            "Names that callers give of themselves, such as “my name is Anna Smith”, also spelled. "
            "Names of others stay. The name of a caller who asks to be called back is not in the "
            "transcript either."
        ),
    )

    def __init__(self, data: QueryDict | None = None, *, version: AgentVersion) -> None:
        self.version = version
        turn_taking, recording = version.turn_taking, version.recording
        initial = {
            **{name: getattr(version, name) for name in self.VERSION_FIELDS},
            **{name: getattr(turn_taking, name) for name in self.TURN_TAKING},
            "max_call": -(-turn_taking.max_call_ms // MS_PER_MINUTE),  # rounded up
            **{f"recording_{name}": value for name, value in asdict(recording).items()},
            **{f"privacy_{name}": value for name, value in asdict(version.privacy).items()},
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
        """What differs from the version, as `agents.versions.changes` has it.

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
        privacy = {n: values[f"privacy_{n}"] for n in PRIVACY if f"privacy_{n}" in different}
        settings = {"turn_taking": turn_taking, "recording": recording, "privacy": privacy}
        if shown := {name: group for name, group in settings.items() if group}:
            found["settings"] = shown
        return found

    @staticmethod
    def _recording(values: dict[str, Any]) -> dict[str, str]:
        recording = {name: values.get(f"recording_{name}", "") for name in RECORDING}
        recording["word"] = recording["word"].lower()
        # What nobody asks for needs no value; an empty field then means the usual one.
        return {n: v for n, v in recording.items() if v or n == recording["mode"]}
