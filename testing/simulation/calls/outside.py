"""What the agent of a simulated call does outside of it: servers that it asks, people to whom it
puts callers through, and sound of the caller that can be told apart when it was recorded.
"""

import asyncio
import json
import re
from collections import Counter
from collections.abc import Mapping
from contextvars import Context
from enum import IntEnum
from functools import cache
from itertools import count
from typing import Any, Final

from agents.engines.base import EngineSetup
from agents.engines.conversation import Role, ToolCall, Utterance
from agents.http_tools.definition import Body, Definition, Parameter
from agents.settings.groups import Recording, RecordingMode
from agents.tools import hang_up, take_message, transfer_call
from agents.transfers.settings import Transfers
from testing.setups import setup
from testing.simulation.calls.caller import Caller, now_ms
from testing.simulation.calls.providers import Providers
from testing.simulation.choices import Choices
from voicex.errors import EndpointRefused
from voicex.fence import Bounds, Response

LOOK_UP: Final = Definition(
    "look_up", "Looks it up.", "https://shop.example/things/{of}", parameters=(Parameter("of"),)
)
BOOK: Final = Definition(
    "book",
    "Books it.",
    "https://shop.example/bookings",
    method="POST",
    parameters=(Parameter("of"),),
    body_kind=Body.JSON,
    body='{"of": "{of}"}',
    writes=True,
)
SALES: Final = "Sales"
NOTICE: Final = "We record."
HOURS: Final = ("", "Mon-Sun 1:00-2:00")  # it is noon
ON_ITS_WAY: Final = (0.05, 0.0, 0.4, 2.0, 20.0)  # seconds, a request or its answer
_NUMBER: Final = re.compile(r"\d+")


class Wish(IntEnum):
    """What the model wants to have done for an answer."""

    NOTHING = 0
    MESSAGE = 1
    READ = 2
    WRITE = 3
    TRANSFER = 4
    GOODBYE = 5


WANTED: Final = (
    Wish.NOTHING,
    Wish.WRITE,
    Wish.TRANSFER,
    Wish.WRITE,
    Wish.TRANSFER,
    Wish.READ,
    Wish.MESSAGE,
    Wish.GOODBYE,
)


@cache
def agent(mode: RecordingMode, hours: str) -> EngineSetup:
    """The agent, which has calls recorded by `mode` and reaches people in those hours."""
    return setup(
        greeting="Welcome to the simulated agency.",
        stt="local",
        llm="local",
        tts="local",
        recording=Recording(mode, sentence=NOTICE),
        transfers=Transfers(targets=f"{SALES} = +14155550100", hours=hours),
        http_tools=(LOOK_UP, BOOK),
    )


class BusyProviders(Providers):
    """A model that has something done for most of what it is asked. Asked the same again, because
    its process was lost, it wants the same again, as models do.
    """

    def __init__(self, choices: Choices) -> None:
        super().__init__(choices)
        self.transfers_wanted = 0
        self._wants: dict[str, int] = {}  # by number of the question
        self._ids = count(1)

    def _wanted(self, conversation: tuple[Utterance, ...]) -> ToolCall | None:
        last = conversation[-1]
        if last.role is not Role.CALLER:
            return self._wanted_instead(last)
        numbers = _NUMBER.findall(last.text)
        of = numbers[-1] if numbers else ""
        if of not in self._wants:
            wish = self._wants[of] = WANTED[self._choices.pick(len(WANTED))]
            self.messages_wanted += wish is Wish.MESSAGE
            self.transfers_wanted += wish is Wish.TRANSFER
        match self._wants[of]:
            case Wish.MESSAGE:
                return self._call(take_message.NAME, message=f"About {of}.")
            case Wish.READ:
                return self._call(LOOK_UP.name, of=of)
            case Wish.WRITE:
                return self._call(BOOK.name, of=of)
            case Wish.TRANSFER:
                return self._call(transfer_call.NAME, target=SALES)
            case Wish.GOODBYE:
                return self._call(hang_up.NAME)
        return None

    def _wanted_instead(self, last: Utterance) -> ToolCall | None:
        """A message instead of a transfer that cannot be."""
        use = last.tools[-1] if last.tools else None
        if use is None or use.call.name != transfer_call.NAME:
            return None
        if use.result is None or not use.result.is_error:
            return None
        key = f"instead {use.call.id}"
        if key not in self._wants:
            self._wants[key] = self._choices.pick(2)
            self.messages_wanted += self._wants[key]
        return self._call(take_message.NAME, message=key) if self._wants[key] else None

    def _call(self, name: str, **arguments: str) -> ToolCall:
        return ToolCall(name, json.dumps(arguments), id=f"w{next(self._ids)}")


class Server:
    """What the organization's tools ask. A request that was sent arrives even if the process
    dies.
    """

    def __init__(self, choices: Choices) -> None:
        self.booked: Counter[str] = Counter()
        self.keys: Counter[bytes] = Counter()
        self._choices = choices

    async def ask(
        self,
        method: str,
        _url: str,
        *,
        headers: Mapping[str, bytes],
        body: bytes,
        bounds: Bounds,
        allow_private: bool,
    ) -> Response:
        """As `voicex.fence.ask`."""
        takes = [ON_ITS_WAY[self._choices.pick(len(ON_ITS_WAY), odds=0.4)] for _ in range(2)]
        if self._choices.happens(0.05):
            raise EndpointRefused("unreachable")
        if method == "POST":
            loop: Any = asyncio.get_running_loop()
            arrive = (self._arrives, json.loads(body)["of"], headers["Idempotency-Key"])
            loop.call_later(takes[0], *arrive, context=Context())
        await asyncio.sleep(min(sum(takes), bounds.seconds))
        if sum(takes) > bounds.seconds:
            raise EndpointRefused("too_slow")
        if self._choices.happens(0.05):
            return Response(500, "text/plain", b"")
        return Response(200, "application/json", b'{"is": "done"}')

    def _arrives(self, of: str, key: bytes) -> None:
        self.booked[of] += 1
        self.keys[key] += 1


class NumberedCaller(Caller):
    """Each piece of its sound has a number in it."""

    def __init__(self, choices: Choices) -> None:
        super().__init__(choices)
        self.said_at: list[float] = []  # ms of the run, by number
        self.lines: list[int] = []  # on which of its streams, by number
        self.last_line: int | None = None  # of which sound may be kept; of all

    def _sound(self, like: bytes) -> bytes:
        sound, number = super()._sound(like), len(self.said_at)
        self.said_at.append(now_ms())
        self.lines.append(len(self.streams))
        digits = bytes(0xF0 | number >> shift & 7 for shift in (12, 9, 6, 3, 0))
        return like + digits + sound[1 + len(digits) :]


_PIECE: Final = re.compile(rb"[\x05\xff]([\xf0-\xf7]{5})")


def pieces_in(sound: bytes) -> list[tuple[int, int]]:
    """Where in `sound` (bytes), and which pieces of the caller's there are."""
    return [
        (found.start(), sum((digit & 7) << 3 * at for at, digit in enumerate(found[1][::-1])))
        for found in _PIECE.finditer(sound)
    ]
