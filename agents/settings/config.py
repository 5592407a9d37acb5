"""The frozen description of an agent that a live call sees. Pure: no Django here.

Its fields that have a declaration are settings, stored in columns of a version; the groups of
further settings are in `agents.settings.groups`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Final, NamedTuple

from agents.budget import Budget
from agents.documents.passages import Passage
from agents.documents.settings import Documents
from agents.hours.settings import Opening
from agents.http_tools.definition import Definition
from agents.redaction.settings import Privacy
from agents.settings.after_call import AfterCall
from agents.settings.groups import (
    ENDPOINTING_MS,
    MAX_CALL_SECONDS,
    Messages,
    Recording,
    RecordingMode,
    Reminders,
    Tools,
    TurnTaking,
)
from agents.settings.kinds import EngineName, SingleLine, Text, declared
from agents.settings.kinds import translatable as _
from agents.settings.speech import Speech, languages_in
from agents.speech.heard.language_words import code_of
from agents.transfers.settings import Transfers
from agents.variables.settings import Memory, Variables

__all__ = [
    "ENDPOINTING_MS",
    "LANGUAGE",
    "MAX_CALL_SECONDS",
    "MOST_FACTS",
    "AfterCall",
    "AgentConfig",
    "Budget",
    "Documents",
    "Fact",
    "Memory",
    "Messages",
    "Opening",
    "Passage",
    "Privacy",
    "Recording",
    "RecordingMode",
    "Reminders",
    "Speech",
    "Tools",
    "Transfers",
    "TurnTaking",
    "Variables",
    "WrittenFact",
    "facts_in",
    "gap_in",
    "parse_facts",
]

LANGUAGE: Final = r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*"  # en, en-US, pt-BR
MOST_FACTS: Final = 1_000  # that are read of a text; a version with far fewer is refused


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact: a question (or topic) and what to say about it."""

    topic: str
    text: str


class WrittenFact(NamedTuple):
    """A fact as written in the editor; incomplete facts are left out of calls."""

    topic: str
    text: str
    is_filled: bool


@dataclass(frozen=True, slots=True)
class AgentConfig:
    """One immutable version of an agent.

    `stt`, `llm` and `tts` are names in the engine registry; `options` holds settings
    of those engines as `"<engine>.<name>": value`. `cuts` holds the pieces in which a voice gets
    the greeting, the sentence about recording and those of tools, by the whole text. `http_tools`
    are those of its organization as they were when the version was made. `variable_names` are the
    variables in its texts, none once `agents.variables.filling` has filled them in for a call;
    `learned_facts` are then the facts without what is of one call, as many as there are facts;
    `said_once` are pieces of the greeting that no other call will have; `note` tells a model what
    is known as the call begins; `caller_name` is the name that is remembered of its
    caller. `passages` are those of its documents, whose text no call has, and `passage_vectors`
    what they mean (agents.meaning.carrying), "" where their words alone are compared.
    """

    agent_id: str
    version: int
    name: str
    # Said whole, and rendered before it is said: a minute and a half of speech at most.
    greeting: str = field(
        metadata=declared(
            Text(1_000, rows=2),
            _("Greeting"),
            _("Said as soon as the call connects. Leave blank to let the caller speak first."),
            section="says",
            empty=_("none (the caller speaks first)"),
        )
    )
    prompt: str = field(
        metadata=declared(
            Text(50_000, rows=6),
            _("Prompt"),
            _("Who the agent is and how it should speak. For engines with a language model."),
            section="says",
            empty=_("none"),
        )
    )
    facts: tuple[Fact, ...] = field(
        metadata=declared(
            Text(50_000, rows=12),
            _("Facts"),
            _(
                "One per line, as “topic: what to say”. For example: What are your opening hours?: "
                "We are open from eight to six. The agent leaves out lines with [[double "
                "brackets]] until you fill them in."
            ),
            section="says",
            empty=_("none"),
        )
    )
    language: str = field(
        default="en",
        metadata=declared(
            SingleLine(12, pattern=LANGUAGE, hint=_("Use a tag such as en, en-US or pt-BR.")),
            _("Language"),
            _("For example en or en-US. The local engines only support English."),
            section="voice",
        ),
    )
    voice: str = field(
        default="",
        metadata=declared(
            SingleLine(80),
            _("Voice"),
            _("A voice of the text-to-speech engine. Leave blank for its default."),
            section="voice",
            empty=_("default"),
            beside=True,
        ),
    )
    stt: str = field(
        default="local",
        metadata=declared(
            EngineName("stt"),
            _("Speech-to-text"),
            _("Turns what callers say into text."),
            section="voice",
        ),
    )
    llm: str = field(
        default="local",
        metadata=declared(
            EngineName("llm"),
            _("Language model"),
            _("Writes the answers."),
            section="voice",
            beside=True,
        ),
    )
    tts: str = field(
        default="local",
        metadata=declared(
            EngineName("tts"),
            _("Text-to-speech"),
            _("Speaks the answers."),
            section="voice",
            beside=True,
        ),
    )
    turn_taking: TurnTaking = field(default_factory=TurnTaking)
    recording: Recording = field(default_factory=Recording)
    privacy: Privacy = field(default_factory=Privacy)
    messages: Messages = field(default_factory=Messages)
    transfers: Transfers = field(default_factory=Transfers)
    speech: Speech = field(default_factory=Speech)
    tools: Tools = field(default_factory=Tools)
    after_call: AfterCall = field(default_factory=AfterCall)
    opening: Opening = field(default_factory=Opening)
    variables: Variables = field(default_factory=Variables)
    memory: Memory = field(default_factory=Memory)
    documents: Documents = field(default_factory=Documents)
    budget: Budget = field(default_factory=Budget)
    options: dict[str, object] = field(default_factory=dict)
    cuts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    http_tools: tuple[Definition, ...] = ()
    variable_names: tuple[str, ...] = ()
    learned_facts: tuple[Fact, ...] = ()
    said_once: tuple[str, ...] = ()
    note: str = ""
    caller_name: str = ""
    passages: tuple[Passage, ...] = ()
    passage_vectors: str = ""

    def puts_through(self, now: datetime) -> bool:
        """Whether transfers are possible at that time, by their own hours or else the opening
        hours.
        """
        if self.transfers.hours.strip():
            return self.transfers.is_open(now)
        return self.opening.is_open(now)

    @property
    def languages(self) -> tuple[str, ...]:
        """The tags of all languages of the agent, the main one first."""
        main = code_of(self.language)
        others = languages_in(self.speech.languages)
        return (self.language, *(tag for tag in others if code_of(tag) != main))


def parse_facts(text: str) -> tuple[Fact, ...]:
    """Facts from an editor's text: one a line or paragraph, `topic: what to say`.

    A line without a colon is a fact whose topic is the line itself. Blank lines are skipped, and
    nothing is refused, because an incomplete fact must not stop a call. A line with a gap
    (`gap_in`) is left out, so that the agent says that it does not know.
    """
    return tuple(fact for fact, is_filled in facts_in(text) if is_filled)


def facts_in(text: str) -> tuple[tuple[Fact, bool], ...]:
    """All facts of the editor's text, each with whether it is filled in."""
    return tuple((_fact(line), not gap_in(line)) for line in _lines(text))


def gap_in(text: str) -> str:
    """The first "[[Monday to Friday]]" within a line of `text`, which a member has yet to fill in.

    "" when there is none.
    """
    for line in text.split("\n"):
        # No pattern: one that looks for an end from each beginning takes the square of the time.
        begin = line.find("[[")
        end = line.find("]]", begin + 2) if begin >= 0 else -1
        if end >= 0:
            return line[begin : end + 2]
    return ""


def _fact(line: str) -> Fact:
    topic, colon, said = line.partition(": ")
    # A time ("open 9: 30") or a long sentence before a colon is not a topic.
    if colon and said.strip() and len(topic) <= 120:
        return Fact(topic=topic.strip(), text=said.strip())
    return Fact(topic=line, text=line)


def _lines(text: str) -> list[str]:
    """Its lines without their bullets, MOST_FACTS of them; no blank ones."""
    bare = (line.strip().lstrip("-*").strip() for line in text.splitlines())
    return list(islice(filter(None, bare), MOST_FACTS))
