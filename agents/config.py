"""The frozen description of an agent that a live call sees. Pure: no Django here."""

from dataclasses import dataclass, field
from typing import Final

ENDPOINTING_MS: Final = 200
MAX_CALL_SECONDS: Final = 4 * 3600  # Twilio ends a call after four hours by itself


@dataclass(frozen=True, slots=True)
class TurnTaking:
    """When the agent listens and when it speaks; all times in milliseconds.

    `pause_ms` of silence begins the transcription; `endpointing_ms` of silence ends the
    turn; `barge_in_ms` of speech silences the agent when `interruptible`.
    """

    pause_ms: int = 64
    endpointing_ms: int = ENDPOINTING_MS
    barge_in_ms: int = 64  # two windows of voice activity; clicks and noise never last that long
    interruptible: bool = True
    # Begin the answer at the first short pause already; unheard when the caller goes on.
    speculate: bool = True
    max_call_ms: int = MAX_CALL_SECONDS * 1000


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing the agent knows: a question (or topic) and what to say about it."""

    topic: str
    text: str


@dataclass(frozen=True, slots=True)
class AgentConfig:
    """One immutable version of an agent.

    `stt`, `llm` and `tts` are names in the engine registry; `options` holds settings
    of those engines as `"<engine>.<name>": value`.
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
    options: dict[str, object] = field(default_factory=dict)


def parse_facts(text: str) -> tuple[Fact, ...]:
    """Facts from an editor's text: one a line or paragraph, `topic: what to say`.

    A line without a colon is a fact whose topic is the line itself. Blank lines are
    passed over; nothing is refused, for a half-written fact must not stop a call.
    """
    facts = []
    for line in text.splitlines():
        line = line.strip().lstrip("-*").strip()
        if not line:
            continue
        topic, colon, said = line.partition(": ")
        # A time ("open 9: 30") or a long sentence before a colon is not a topic.
        if colon and said.strip() and len(topic) <= 120:
            facts.append(Fact(topic=topic.strip(), text=said.strip()))
        else:
            facts.append(Fact(topic=line, text=line))
    return tuple(facts)
