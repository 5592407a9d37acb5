"""How a fake provider behaves: its times, its texts, its faults. Shared by all fakes."""

import asyncio
import json
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Self

# Ways to fail. A number is an HTTP status; "empty" answers well with nothing in it; "cut"
# breaks off after the first piece; "hang" never answers.
FAULTS = ("400", "401", "429", "500", "503", "empty", "cut", "hang")


@dataclass
class Behaviour:
    """Times are milliseconds from the request, or from the piece before."""

    stt_ms: int = 100
    llm_ms: int = 150  # to the first token
    token_ms: int = 20  # from token to token
    tts_ms: int = 100  # to the first byte
    tts_chunk_ms: int = 0  # from chunk to chunk; 0: as fast as the connection takes them
    ms_per_character: int = 60  # length of the audio
    transcripts: list[str] = field(default_factory=list)  # in order; then "caller utterance N"
    replies: list[str] = field(default_factory=list)  # in order; then the default
    languages: list[str] = field(default_factory=list)  # of what is heard, in order; then unsaid
    faults: dict[str, str] = field(default_factory=dict)  # "stt", "llm", "tts" -> one of FAULTS
    has_usage: bool = True  # whether the chat's last chunk counts the tokens
    # "stt", "llm", "tts" -> the name of an odd answer (of `testing.odd_answers`), given as long as
    # it applies; or a list of them, one for each request in order, "" for a plain one, and plain
    # ones when it is used up.
    odd: dict[str, str | list[str]] = field(default_factory=dict)

    @classmethod
    def at_once(cls, **changes: Any) -> Self:
        """No waiting anywhere: for tests that do not check times."""
        instant: dict[str, Any] = {"stt_ms": 0, "llm_ms": 0, "token_ms": 0, "tts_ms": 0}
        return cls(**instant | changes)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """A behaviour from the fields in `text`; TypeError for one that does not exist."""
        return cls(**json.loads(text))

    def update(self, changes: dict[str, object]) -> None:
        """Set the given fields; KeyError for one that does not exist."""
        known = {item.name for item in fields(self)}
        for name, value in changes.items():
            if name not in known:
                raise KeyError(name)
            setattr(self, name, value)

    def odd_name(self, part: str, number: int) -> str:
        """The odd answer for request `number` (from 1) to `part`; "" for a plain one."""
        chosen = self.odd.get(part, "")
        if isinstance(chosen, str):
            return chosen
        return chosen[number - 1] if number <= len(chosen) else ""

    def as_dict(self) -> dict[str, object]:
        """Every field."""
        return asdict(self)


class Gate:
    """Holds an answer back after its first piece, until a test lets it continue.

    So a test shows, without a clock, that the first piece arrives before the last is sent.
    """

    def __init__(self) -> None:
        self._open = asyncio.Event()
        self._open.set()

    def close(self) -> None:
        """Answers stop after their first piece from now on."""
        self._open.clear()

    def open(self) -> None:
        """Let every answer continue."""
        self._open.set()

    async def passed(self) -> None:
        """Return when the gate is open."""
        await self._open.wait()


async def pause(milliseconds: int) -> None:
    """Wait; 0 does not even yield to the loop."""
    if milliseconds:
        await asyncio.sleep(milliseconds / 1000)
