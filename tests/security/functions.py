"""Every function of ours that takes a text, found by its signature."""

import datetime as dt
import enum
import inspect
import typing
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import FunctionType, ModuleType, UnionType
from typing import Any, Final, Literal

import numpy as np

from agents.analysis.fields import CallField
from agents.analysis.lines import Record
from agents.engines.chat.json_frames import JsonFrames
from agents.engines.chat.tool_calls import _Arguments, _Begun
from agents.engines.conversation import Role, Utterance
from agents.engines.local.dialogue.composing import Agent
from agents.engines.local.dialogue.knowledge import ANY_BUSINESS, Knowledge
from agents.engines.local.dialogue.notes.notes import Knows, Notes
from agents.engines.local.dialogue.persona import Persona
from agents.redaction.conversation import Kind
from agents.redaction.texts import Text
from agents.settings.config import AgentConfig, Fact, Recording, RecordingMode, Transfers
from agents.speech.heard.given_words import GivenWords
from agents.speech.heard.language_choice import LanguageChoice
from agents.speech.notes.loops import Loop
from agents.speech.notes.source_lines import SourceLines
from agents.speech.reply.bare_mark import BareMark
from agents.speech.reply.blocks import Blocks
from agents.speech.reply.characters import Characters
from agents.speech.reply.filter import ReplyFilter
from agents.speech.reply.inline.given import Given
from agents.speech.reply.inline.markup import Markup
from agents.speech.reply.line_marks import LineMarks
from agents.speech.reply.opening import Opening
from agents.speech.reply.pieces import ReplyPieces
from agents.speech.reply.roles import Roles
from agents.speech.reply.tag_reader import TagReader
from agents.speech.said.said import Said
from agents.speech.text.mojibake import WholeLetters
from agents.speech.text.sentences import SentenceChunker
from agents.speech.tool_calls.narrated import NarratedCalls, _Names
from agents.speech.tool_calls.written import WrittenCall
from agents.speech.turns.end_of_turn import Bounds
from agents.speech.turns.ending import TurnEnding
from agents.speech.turns.english import ENGLISH
from agents.speech.turns.words import Question, TurnWords
from agents.transfers.targets import Target, targets_in
from agents.versions import differences
from telephony.session.consent import Consent
from telephony.session.language.speaking import CallLanguage
from telephony.session.replies.playout import Playout
from telephony.session.replies.replies import Replies
from telephony.session.transcript import Transcript
from tests.security.modules import modules

# Where every function that takes a text is called, or excused by name: what these are for is text.
OF_TEXT: Final = (
    "agents.analysis",
    "agents.settings.config", "agents.versions.differences", "agents.engines.chat.prompt",
    "agents.engines.conversation", "agents.engines.local.dialogue", "agents.redaction",
    "agents.speech", "agents.settings.version_texts", "telephony.browser.stream",
    "telephony.twilio.mediastream", "telephony.session", "telephony.spoken",
    "telephony.stored.wav", "agents.engines.chat.json_frames", "agents.engines.chat.tool_calls",
    "usage.reads.call_search", "voicex.logs",
)  # fmt: skip
# Why each of these is not called. A test asserts that they are there, and cannot be called.
EXCUSED: Final[dict[str, str]] = {
    "agents.analysis.answer._fields": "a part of checked",
    "agents.analysis.gathering.matched": "two lists, bounded in number; words_of is tried",
    "agents.engines.chat.tool_calls._calls_of": "a part of ToolCalls, which bounds its calls",
    "agents.engines.chat.tool_calls._several_in": "a part of ToolCalls, which bounds its calls",
    "agents.engines.chat.prompt._append": "fills a list that it is given; joins, reads nothing",
    "agents.engines.chat.prompt._append_tools": "fills a list that it is given; reads nothing",
    "agents.speech.interruption.said_whole.stretch_of_rest": "as stretches, which is tried",
    "agents.speech.interruption.said_whole._rests": "reads LONGEST characters; _words is tried",
    "agents.speech.interruption.said_whole._Said.find": "a part of stretches, which is tried",
    "agents.speech.interruption.said_whole._Said.begins_at_its_end": "so is this one",
    "agents.speech.turns.names.takes_back": "words of ours beside a turn; judged is tried",
    "telephony.twilio.mediastream.Encoder.media": "what we send, no text of anybody's",
    "telephony.twilio.mediastream.Encoder.mark": "a name of ours",
    "telephony.twilio.mediastream._read_otherwise": "a part of decode, which bounds its message",
    "telephony.twilio.mediastream._told": "a part of decode, which bounds its message",
    "telephony.browser.stream.BrowserTransport.play": "what we send, no text of anybody's",
    "telephony.browser.stream.BrowserTransport.end": "a reason of ours",
    "telephony.session.floor.Floor.finish": "a reason of ours",
    "telephony.session.floor.Floor.end_gracefully": "a sentence of ours",
    "telephony.session.replies.signs_of_life.SignsOfLife.is_of": "an id of ours",
    "telephony.session.replies.signs_of_life.SignsOfLife.expect": "a sentence, bounded when saved",
    "telephony.session.replies.tool_runs.ToolRuns.is_of": "an id of ours",
    "telephony.session.replies.tool_runs.ToolRuns.filler_of": "a name, looked up in a table",
    "telephony.session.floor.Floor.keep_words": "hands the words to Transcript.keep_caller",
    "telephony.session.floor.Floor.take_words": "hands them to CallLanguage.hear and keep_words",
    "telephony.session.floor.Floor.apologize": "a sentence of ours",
    "telephony.session.floor.Floor.say": "a sentence of ours",
    "telephony.session.floor.Floor.take_in": "hands the words to TurnEnding.joins",
    "telephony.session.floor.Floor.judge_pause": "hands the words to TurnEnding.judge",
    "telephony.session.keypad.Keypad.press": "one digit",
    "telephony.session.keypad.Keypad.restore": "what a keypad held, which bounds it",
    "telephony.session.keypad.TypedInput.join": "puts a turn and the keys of a keypad together",
    "telephony.session.keypad.TypedInput.press": "one digit",
    "telephony.session.keypad.TypedInput.type": "cuts its text, and hands it to the session",
    "telephony.session.keypad.TypedInput.restore": "texts that were cut before",
    "telephony.session.language.speaking.CallLanguage.hear": "hands them to LanguageChoice.take",
    "telephony.session.language.speaking.CallLanguage.restore": "a tag of ours",
    "telephony.session.resuming.lost_replies.ask_for_rest": "keeps the words beside the reply",
    "telephony.session.resuming.lost_replies.say_rest": "compares two sentences of ours",
    "telephony.session.replies.replies.Replies.draft_reply": "as Transcript.conversation",
    "telephony.session.silence.timekeeping.Timekeeper.waits_out": "hands them to is_recording",
    "agents.speech.heard.events.HeardEvents.add": "a part of read, which bounds its events",
    "agents.speech.heard.events._state_of": "a part of read, which bounds its events",
    "agents.speech.said.patterns.parts_of_timestamp": "of what a pattern found, a date and a time",
    "agents.speech.said.codes.said_document": "of what a pattern found, two short numbers",
    "agents.speech.said.english._emergency": "of what a pattern found, two short numbers",
    "agents.versions.differences._changed": "a part of _lines, which bounds its lines",
    "agents.versions.differences._one_after_the_other": "a part of _lines",
    "agents.versions.differences._pieces": "a part of _mixed",
    "agents.engines.local.dialogue.composing._Answers.of": "a part of compose",
    "agents.engines.local.dialogue.phrases._place": "a part of question_heard",
    "agents.speech.audio.any_rate.Stream.push": "sound, bounded by who reads it",
    "agents.speech.audio.any_rate._OddRate.push": "a part of Stream.push",
    "agents.speech.audio.resample._Resampled.push": "sound, bounded by who reads it",
    "agents.speech.interruption.echo.EchoFinder.is_echo": "sound, bounded by who reads it",
    "agents.redaction.beside.add_echoes": "a part of find",
    "agents.redaction.beside.add_what_goes_with_cards": "a part of find",
    "agents.redaction.chains._is_other": "looks at one subject of a text",
    "agents.redaction.chains._subject": "a part of find",
    "agents.redaction.chains.is_card": "a part of find",
    "agents.redaction.conversation._add_names": "a part of find",
    "agents.redaction.conversation._labels": "a part of find",
    "agents.redaction.conversation._span": "a part of find",
    "agents.redaction.conversation.replaced": "joins what find has found",
    "agents.redaction.names._joined": "a part of places",
    "agents.redaction.names._neighbours": "a part of places",
    "agents.redaction.numerals._in_parts": "a part of _compound, which bounds its word",
    "agents.redaction.runs._connected": "a part of scan",
    "agents.redaction.runs._run": "a part of scan",
    "agents.redaction.runs._sort": "a part of scan",
    "agents.redaction.scattered._is_like_a_part": "looks at one run of a scan",
    "agents.redaction.scattered._may_be_a_part": "looks at one run of a scan",
    "agents.redaction.subjects.subjects_in": "a part of Text",
    "agents.speech.audio.both_bands._ToBoth.push": "sound, bounded by who reads it",
    "agents.speech.text.sentences._judge_stop": "a part of SentenceChunker.push",
    "agents.speech.said.money._money": "a part of in_words",
    "agents.speech.said.english_dates._closed": "a part of in_words",
    "agents.speech.said.english_dates._named": "a part of in_words",
    "agents.speech.said.german._with_stop": "a part of in_words",
    "agents.speech.said.german_dates._closed": "a part of in_words",
    "agents.speech.said.german_dates._date": "a part of in_words",
    "agents.speech.said.numbers.apart": "a part of in_words",
    "agents.speech.said.numbers.applied": "a part of in_words",
    "agents.speech.tool_calls.arguments.unwrapped": "looks a few names up",
    "agents.speech.tool_calls.brackets.Closings.end_in": "looks one place up",
    "agents.speech.tool_calls.brackets.Closings.end_behind": "looks one place up",
    "agents.speech.tool_calls.brackets.OpenBracket.end_in": "end_of_brackets hands its text to it",
    "agents.speech.tool_calls.written._anchored": "a part of calls_in, which takes the first",
    "agents.speech.tool_calls.written._behind": "a part of calls_in",
    "agents.speech.tool_calls.written._read_or_raw": "writes what was read",
    "agents.speech.audio.wav.WavReader.push": "sound, bounded by who reads it",
    "agents.speech.audio.wav._Layout.mono": "a part of WavReader.push",
    "agents.speech.audio.wide_sound.WideSound.push": "sound, bounded by what it keeps",
    "agents.speech.audio.wide_voice.WideVoice.forget": "takes a name of ours",
    "agents.speech.audio.wide_voice.WideVoice.push": "sound, bounded by what it keeps",
    "agents.speech.audio.wide_voice.WideVoice.take": "sound, bounded by what it keeps",
    "agents.speech.audio.wideband.ToWideband.push": "sound of ours",
    "telephony.browser.stream.BrowserTransport.is_sound": "what we send, no text of anybody's",
    "telephony.browser.stream.BrowserTransport.read": "decode, which is called, and one split",
    "voicex.logs.drop_quotes": "looks at the names of fields, which are ours",
    "voicex.logs.drop_personal": "looks at the names of fields, which are ours",
    "voicex.logs.redact": "calls redacted for each field",
}
# Functions that take a name of ours and do something with files, sockets or models.
ACTS: Final = frozenset((
    "agents.engines.local.embeddings.encode", "agents.meaning.finding._nearest_to",
    "agents.engines.google.tts._make_client",
    "agents.engines.local.tts._render", "agents.engines.sound.mp3.pool",
    "agents.engines.local.onnx_tensors.float_constants",
    "agents.engines.local.onnx_tensors.float_initializers",
    "agents.engines.end_of_turn.smart_turn.shortened",
    "agents.engines.openai.client._make_client", "agents.engines.openai.client._make_server",
    "dashboard.organization.credentials._checked", "voicex.catalogues._po",
    "usage.papers.printing._drawn",
    "voicex.catalogues.load", "voicex.logs.configure", "voicex.processes.supervisor.listen",
    # Lists of ours: two secrets at most, and names of columns.
    "usage.hooks.signing.headers_of", "usage.models.outbox._one_of",
))  # fmt: skip
FEW_WORDS: Final = "Hello there"
TOOLS: Final = ("take_message", "hours")


@dataclass(frozen=True, slots=True)
class TextFunction:
    """A function or method: `call` gives it one text in each place that takes one."""

    name: str
    call: Callable[[str], object]
    words: tuple[str, ...]  # that its module knows
    is_of_text: bool


def _knowledge() -> Knowledge:
    facts = tuple(Fact(*each.split(": ")) for each in ANY_BUSINESS)
    return Knowledge(facts, lambda texts: np.ones((len(texts), 2), np.float32))


def _agent() -> Agent:
    return Agent(Persona("Mia"), "Hello", _knowledge())


# Values for parameters that are no text, by their type.
MADE: Final[dict[Any, Callable[[], object]]] = {
    bool: lambda: True,
    int: lambda: 3,
    float: lambda: 1.5,
    dt.datetime: lambda: dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
    frozenset[Kind]: lambda: frozenset(Kind),
    Collection[str]: lambda: TOOLS,
    Iterable[WrittenCall]: lambda: [WrittenCall(each, "{}") for each in TOOLS],
    frozenset[str]: lambda: frozenset(("anna", "will")),
    Notes: Notes,
    Record: lambda: Record(()),
    Sequence[CallField]: lambda: (CallField("Guests"),),
    Knows: lambda: lambda _clause: False,
    Agent: _agent,
    Persona: lambda: Persona("Mia"),
    Mapping[str, str]: dict,
    differences._Patience: differences._Patience,
    tuple[Fact, ...]: tuple,
    Transfers: lambda: Transfers("Sales = +14155550100\nFront desk = +14155550101"),
    tuple[Target, ...]: lambda: targets_in("Sales = +14155550100\nFront desk = +14155550101"),
    Target: lambda: Target("Sales", "+14155550100"),
    TurnWords: lambda: ENGLISH,
    TurnWords | None: lambda: ENGLISH,
    Question: lambda: Question.NUMBER,
    frozenset[tuple[str, ...]]: lambda: frozenset((("all", "right"), ("mhm",))),
    Fact: lambda: Fact("Opening hours", "We open at nine"),
}
# An object of each class whose methods take texts.
OBJECTS: Final[dict[type, Callable[[], object]]] = {
    differences._Patience: differences._Patience,
    Agent: _agent,
    Knowledge: _knowledge,
    Said: Said,
    SentenceChunker: SentenceChunker,
    BareMark: BareMark,
    JsonFrames: JsonFrames,
    _Begun: lambda: _Begun(0, None, "hours", _Arguments('{"day": ')),
    GivenWords: GivenWords,
    Blocks: Blocks,
    Characters: Characters,
    LineMarks: lambda: LineMarks(language="de", name="Mia"),
    Given: Given,
    Markup: Markup,
    Loop: Loop,
    Opening: Opening,
    ReplyFilter: ReplyFilter,
    ReplyPieces: lambda: ReplyPieces(tools=TOOLS),
    NarratedCalls: lambda: NarratedCalls(TOOLS),
    _Names: lambda: _Names(TOOLS),
    Roles: lambda: Roles("Mia"),
    SourceLines: SourceLines,
    TagReader: TagReader,
    WholeLetters: WholeLetters,
    TurnEnding: lambda: TurnEnding("en", Bounds(200, 2_500)),
    LanguageChoice: lambda: LanguageChoice(("en", "de", "fr")),
    Consent: lambda: Consent(Recording(mode=RecordingMode.WORD, sentence="May we?")),
    Playout: lambda: Playout("r1"),
    Replies: lambda: Replies(
        Transcript(),
        CallLanguage(("en",), Transcript(), TurnEnding("en", Bounds(200, 2_500))),
        AgentConfig("1", 1, "Mia", greeting="", prompt="", facts=()),
    ),
    Transcript: Transcript,
}


@cache
def functions() -> tuple[TextFunction, ...]:
    """All that can be called."""
    return tuple(each for each, _ in _looked_at() if isinstance(each, TextFunction))


@cache
def left_out() -> frozenset[str]:
    """Names of those that are for text, and that cannot be called."""
    return frozenset(each for each, of_text in _looked_at() if isinstance(each, str) and of_text)


@cache
def _looked_at() -> tuple[tuple[TextFunction | str, bool], ...]:
    return tuple(each for module in modules() for each in _of_module(module))


def _of_module(module: ModuleType) -> Iterator[tuple[TextFunction | str, bool]]:
    of_text = any(f"{module.__name__}.".startswith(f"{each}.") for each in OF_TEXT)
    words = tuple(_words_of(module))
    for name, value in vars(module).items():
        if getattr(value, "__module__", "") != module.__name__:
            continue
        if inspect.isfunction(value):
            found = _found(f"{module.__name__}.{name}", value, words, None, of_text=of_text)
        elif isinstance(value, type) and of_text:
            yield from _of_class(value, words)
            continue
        else:
            continue
        if found is not None:
            yield found, of_text


def _of_class(kind: type, words: tuple[str, ...]) -> Iterator[tuple[TextFunction | str, bool]]:
    for name, value in vars(kind).items():
        if inspect.isfunction(value) and not name.startswith("_"):
            full = f"{kind.__module__}.{kind.__name__}.{name}"
            found = _found(full, value, words, OBJECTS.get(kind, _nothing), of_text=True)
            if found is not None:
                yield found, True


def _nothing() -> object:
    raise LookupError


def _found(
    name: str,
    function: FunctionType,
    words: tuple[str, ...],
    make: Callable[[], object] | None,
    *,
    of_text: bool,
) -> TextFunction | str | None:
    """How to call `function`; its name when that is not known; None when it takes no text."""
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        return None  # waits for others; what it works out with a text is in functions
    parameters = list(inspect.signature(function, eval_str=True).parameters.values())
    if make is not None:
        parameters = parameters[1:]
    if not any(_text_as(each.annotation, "") is not None for each in parameters):
        return None
    acts = inspect.signature(function, eval_str=True).return_annotation is None
    if name in ACTS or (acts and not of_text):
        return None
    if name in EXCUSED and make is None:
        return name
    try:
        _arguments(parameters, FEW_WORDS)
        if make is not None:
            make()
    except LookupError:
        return name

    def call(text: str) -> object:
        positional, named = _arguments(parameters, text)
        result = function(*([] if make is None else [make()]), *positional, **named)
        return list(result) if inspect.isgenerator(result) else result

    return TextFunction(name, call, words, of_text)


def _arguments(parameters: list[inspect.Parameter], text: str) -> tuple[list[Any], dict[str, Any]]:
    """Arguments with `text` in each place that takes one. Raises LookupError."""
    positional, named = [], {}
    for number, each in enumerate(parameters):
        if each.kind in (each.VAR_POSITIONAL, each.VAR_KEYWORD):
            continue
        # Two texts to compare are not one text: the second has another beginning and rhythm.
        value = _text_as(each.annotation, text if not number else text[3:] or text)
        if value is None:
            if each.default is not each.empty:
                continue
            value = _made(each.annotation)
        if each.kind is each.KEYWORD_ONLY:
            named[each.name] = value
        else:
            positional.append(value)
    return positional, named


def _text_as(annotation: Any, text: str) -> Any:
    """`text` as a parameter of this type takes it; None when it takes no text."""
    if annotation is str or (
        isinstance(annotation, UnionType | typing._UnionGenericAlias)
        and str in typing.get_args(annotation)
    ):
        return text
    if annotation is bytes:
        return text.encode("utf-8", "replace")
    origin, inside = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (Sequence, Iterable, list, tuple) and inside and inside[0] is str:
        return text.split(" ")
    if origin is tuple and inside and inside[0] is Utterance:
        return (
            Utterance(Role.AGENT, "May I have your name, please?"),
            Utterance(Role.CALLER, text),
        )
    if origin is Sequence and inside and inside[0] is Text:
        return (
            Text(Role.AGENT, "May I have your name and your card number, please?"),
            Text(Role.CALLER, text),
        )
    if annotation is Text:
        return Text(Role.CALLER, text)
    if annotation is AgentConfig:
        facts = (Fact(text[:120], text),)
        return AgentConfig("1", 1, "Mia", greeting=text, prompt=text, facts=facts)
    return None


def _made(annotation: Any) -> Any:
    if annotation in MADE:
        return MADE[annotation]()
    if typing.get_origin(annotation) is Literal:
        return typing.get_args(annotation)[0]
    if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
        return next(iter(annotation))
    raise LookupError(annotation)


def _words_of(module: ModuleType) -> Iterator[str]:
    """Some of the words that the module looks for, of each of its collections."""
    for name, value in vars(module).items():
        if not name.startswith("__") and isinstance(value, dict | frozenset | tuple):
            texts = [each for each in value if isinstance(each, str)]
            yield from sorted(texts, key=len)[:3]
