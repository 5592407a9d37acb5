"""The frozen description of an agent that a live call sees. Pure: no Django here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice
from typing import Final

ENDPOINTING_MS: Final = 200
MOST_FACTS: Final = 1_000  # that are read of a text; a version with far fewer is refused
MAX_CALL_SECONDS: Final = 4 * 3600  # Twilio ends a call after four hours by itself


@dataclass(frozen=True, slots=True)
class TurnTaking:
    """When the agent listens and when it speaks; all times in milliseconds.

    `pause_ms` of silence begins the transcription; `endpointing_ms` of silence ends the
    turn; `barge_in_ms` of speech silences the agent when `interruptible`. After
    `sign_of_life_ms` without a sound of an answer the caller is asked to wait, and after
    `longest_answer_ms` of one whether the agent is to go on.
    """

    pause_ms: int = 64
    endpointing_ms: int = ENDPOINTING_MS
    barge_in_ms: int = 64  # two windows of voice activity; clicks and noise never last that long
    interruptible: bool = True
    # Begin the answer at the first short pause already; unheard when the caller goes on.
    speculate: bool = True
    max_call_ms: int = MAX_CALL_SECONDS * 1000
    # After so much silence where an answer is due the caller is told that it takes a moment.
    sign_of_life_ms: int = 1_500
    # No answer speaks for longer without asking the caller whether to go on.
    longest_answer_ms: int = 120_000


class RecordingMode(StrEnum):
    """Whether a call is recorded, and how the caller is told or asked."""

    OFF = "off"
    ANNOUNCED = "announced"  # told by a sentence; who stays on the line is recorded
    KEY = "key"  # only after the caller has pressed a key
    WORD = "word"  # only after the caller has said a word


@dataclass(frozen=True, slots=True)
class Recording:
    """How calls are recorded; off unless the agent's makers decide otherwise.

    `sentence` tells or asks the caller, at the beginning; `key` (one of 0-9*#) and `word`
    (lower case, as one says it) are what gives consent in the mode of that name.
    """

    mode: RecordingMode = RecordingMode.OFF
    sentence: str = ""
    key: str = "1"
    word: str = "yes"


@dataclass(frozen=True, slots=True)
class Privacy:
    """What is taken out of the text and sound that are kept of a call; nothing by default.

    card_numbers: of payment cards, with expiry date and security code. numbers: any of 5 or more
    digits. names: those that callers give of themselves. See `agents.redaction`.
    """

    card_numbers: bool = False
    numbers: bool = False
    names: bool = False

    @property
    def is_on(self) -> bool:
        """Whether anything is taken out."""
        return self.card_numbers or self.numbers or self.names


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing the agent knows: a question (or topic) and what to say about it."""

    topic: str
    text: str


@dataclass(frozen=True, slots=True)
class AgentConfig:
    """One immutable version of an agent.

    `stt`, `llm` and `tts` are names in the engine registry; `options` holds settings
    of those engines as `"<engine>.<name>": value`. `cuts` holds the pieces in which a voice gets
    the greeting and the sentence about recording, by the whole text.
    """

    agent_id: str
    version: int
    name: str
    prompt: str
    facts: tuple[Fact, ...]
    greeting: str
    language: str = "en"
    voice: str = ""
    stt: str = "local"
    llm: str = "local"
    tts: str = "local"
    turn_taking: TurnTaking = TurnTaking()
    recording: Recording = Recording()
    privacy: Privacy = Privacy()
    options: dict[str, object] = field(default_factory=dict)
    cuts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def parse_facts(text: str) -> tuple[Fact, ...]:
    """Facts from an editor's text: one a line or paragraph, `topic: what to say`.

    A line without a colon is a fact whose topic is the line itself. Blank lines are
    passed over; nothing is refused, for a half-written fact must not stop a call. A line
    with a gap (`gap_in`) is left out: the agent says that it does not know, and makes nothing up.
    """
    return tuple(fact for fact, is_filled in facts_in(text) if is_filled)


def written_facts(text: str) -> tuple[Fact, ...]:
    """All facts of the editor's text, also those that wait to be filled in."""
    return tuple(fact for fact, _ in facts_in(text))


def facts_in(text: str) -> tuple[tuple[Fact, bool], ...]:
    """All facts of the editor's text, each with whether it is filled in."""
    return tuple((_fact(line), not gap_in(line)) for line in _lines(text))


def unfilled_facts(text: str) -> list[str]:
    """The topics of the facts that wait to be filled in, in the order of the editor's text."""
    return [line.partition(": ")[0] for line in _lines(text) if gap_in(line)]


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
