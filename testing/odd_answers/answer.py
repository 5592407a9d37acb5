"""What an odd answer is: how a provider's server really answers, now and then."""

from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass

from testing.providers.behaviour import Behaviour
from testing.providers.http_server import Answer, BreakOff, Request

EVENTS = "text/event-stream"
JSON = "application/json"

Body = Callable[[str], Iterable[bytes]]  # an answer that says a text, in pieces as they are sent


@dataclass(frozen=True)
class Asked:
    """A request that is answered oddly.

    text: what a plain answer would say (llm: the reply; stt: the transcript), and what there is
    to be spoken (tts). number: of the request, from 1.
    """

    request: Request
    answer: Answer
    behaviour: Behaviour
    number: int
    text: str


def always(request: Request) -> bool:
    """Every request is answered so."""
    return True


def while_sent(parameter: str) -> Callable[[Request], bool]:
    """Only requests whose JSON has `parameter` are answered so; others plainly."""
    return lambda request: parameter in request.json


@dataclass(frozen=True)
class OddAnswer:
    """One odd answer, and the requests it is given to. body: where it is nothing but that."""

    give: Callable[[Asked], Awaitable[None]]
    applies: Callable[[Request], bool] = always
    body: Body | None = None


class Collected(Answer):
    """An answer that is kept in place of being sent: for readers that need no connection."""

    def __init__(self) -> None:
        self.content_type, self.body = "", b""

    async def begin(self, content_type: str, status: int = 200, *, encoding: str = "") -> None:
        """Keep the content type."""
        self.content_type = content_type

    async def send(self, data: bytes) -> None:
        """Keep a piece of the body."""
        self.body += data


async def body_of(odd: OddAnswer, text: str) -> tuple[bytes, str]:
    """The body that says `text` in that way, and its content type."""
    kept = Collected()
    with suppress(BreakOff):  # behind its last byte
        await odd.give(Asked(Request("POST", "/", {}), kept, Behaviour(), 1, text))
    return kept.body, kept.content_type


def served(body: Body, content_type: str = EVENTS, status: int = 200) -> OddAnswer:
    """An answer with that body, a piece at a time."""

    async def give(asked: Asked) -> None:
        await asked.answer.begin(content_type, status)
        for piece in body(asked.text):
            await asked.answer.send(piece)

    return OddAnswer(give, body=body)


def cut_after(body: Body) -> OddAnswer:
    """The connection is closed after that body, without the end that HTTP wants."""

    async def give(asked: Asked) -> None:
        await asked.answer.begin(EVENTS)
        for piece in body(asked.text):
            await asked.answer.send(piece)
        raise BreakOff

    return OddAnswer(give)


def refusing(
    body: object, status: int = 400, applies: Callable[[Request], bool] = always
) -> OddAnswer:
    """A refusal, as long as it applies. body: JSON, or plain text."""

    async def give(asked: Asked) -> None:
        if isinstance(body, str):
            await asked.answer.begin("text/plain", status)
            await asked.answer.send(body.encode())
        else:
            await asked.answer.send_json(body, status)

    return OddAnswer(give, applies)
