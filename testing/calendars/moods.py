"""Faults of a calendar's server, each for one request."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from testing.providers.http_server import Answer, BreakOff, Request

FOREVER: Final = 60.0  # seconds; a client gives up long before


class Mood(Enum):
    """A kind of fault."""

    RATE_LIMIT = "429, to be tried again at once"
    LONG_LIMIT = "429, to be tried again in a minute"
    SLOW = "no answer"
    HTML = "a page that says OK"
    FAULT = "a page of a fault"
    TORN = "the connection breaks off"
    LOST = "it is done, and the answer is lost"
    EXPIRED = "the token is not good any more"
    JUNK = "JSON of another form"
    QUOTA = "403, and in its words that a quota is used up"
    DONE_500 = "it is done, and the answer is a fault"
    PAYMENT = "409, and no conflict of times"


@dataclass
class Moods:
    """The faults of the next requests, in order. method: of the affected requests, "" for all."""

    left: list[tuple[str, Mood]] = field(default_factory=list)

    def will(self, *moods: Mood, method: str = "") -> None:
        """Set the faults of the next requests of that method."""
        self.left += [(method, mood) for mood in moods]

    async def take(self, request: Request, answer: Answer, does: Callable[[], object]) -> bool:
        """Apply the next fault; returns whether there was one. does: performs the request."""
        for at, (method, mood) in enumerate(self.left):
            if method in ("", request.method):
                del self.left[at]
                await _answer(mood, answer, does)
                return True
        return False


async def _answer(mood: Mood, answer: Answer, does: Callable[[], object]) -> None:
    match mood:
        case Mood.RATE_LIMIT:
            await answer.refuse_for(0)
        case Mood.LONG_LIMIT:
            await answer.refuse_for(60)
        case Mood.SLOW:
            await asyncio.sleep(FOREVER)
        case Mood.HTML | Mood.FAULT:
            await answer.begin("text/html", 200 if mood is Mood.HTML else 502)
            await answer.send(b"<html><body>Please sign in</body></html>")
        case Mood.TORN:
            raise BreakOff
        case Mood.LOST:
            does()
            raise BreakOff
        case Mood.EXPIRED:
            await answer.send_json({"error": {"code": 401, "message": "Invalid Credentials"}}, 401)
        case Mood.QUOTA:
            error = {"domain": "usageLimits", "reason": "quotaExceeded"}
            said = {"code": 403, "message": "Calendar usage limits exceeded.", "errors": [error]}
            await answer.send_json({"error": said}, 403)
        case Mood.DONE_500:
            does()
            await answer.send_json({"status": "error", "error": {"message": "Internal"}}, 500)
        case Mood.PAYMENT:
            said = {"code": "ErrorWithCode", "message": "payment_not_created_error"}
            await answer.send_json({"status": "error", "error": said}, 409)
        case Mood.JUNK:
            await answer.send_json([1, {"data": None}])
