"""The events of one streamed chat completion, from the bytes of its body."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Final

import structlog

from agents.engines.chat.answer import ChatAnswer
from agents.engines.chat.faults import ProviderFault
from agents.engines.chat.json_frames import JsonFrames, TooLarge
from agents.engines.model_events import Finished, FinishReason, ModelEvent, StillThinking, TextDelta
from agents.engines.openai.errors import provider_errors, short
from agents.engines.openai.plain_bytes import NotReadable, PlainBytes
from voicex.bounds.retry_after import seconds_to_wait
from voicex.errors import EngineBusy, EngineError, EngineReason, EngineRefused

log = structlog.get_logger(__name__)

WHAT: Final = "an answer"
THINKING_EVERY_SECONDS: Final = 0.25
# After the answer's last word: for its count of tokens, where the server does not end the body.
COUNT_SECONDS: Final = 0.3
FRAMES_AT_ONCE: Final = 100  # read without a break: a millisecond or two
PART_BYTES: Final = 4_096  # of a piece, likewise: lines without a frame take a microsecond each
# After an end before which no word came, or behind which more words came: so it was no end.
EMPTY_SECONDS: Final = 2.0
END_SECONDS: Final = 0.05  # after its end mark, so that the connection can be used again

_BUSY: Final = ("429", "rate_limit", "too_many", "overloaded", "busy", "queue")
_KEY: Final = ("401", "403", "invalid_api_key", "authentication", "permission")


class ChatStream:
    """One streamed answer. `answer` has its counts; `fault` is what the server said instead of
    words.

    has_tools: it called tools, and came whole (else they are not run). never_thinks: the model was
    told not to reason, so what came as thoughts alone is the answer.
    """

    def __init__(self, *, never_thinks: bool = False) -> None:
        self._never_thinks = never_thinks
        self.answer = ChatAnswer()
        self.has_words = False
        self.has_tools = False
        self._deltas = 0  # with words
        self._frames = JsonFrames()
        self._plain = PlainBytes()

    @property
    def fault(self) -> ProviderFault | None:
        """An error that came in the place of an answer; None when words came before it."""
        return None if self.has_words else self.answer.fault

    async def events(self, body: AsyncIterator[bytes]) -> AsyncGenerator[ModelEvent, None]:
        """Parse the response body into events, while it is received.

        TextDelta and StillThinking at once, then Finished if there were words or tools, and after
        that each ToolCall, if the answer is complete. Words received before an error are yielded
        first. Raises EngineError.
        """
        failure: EngineError | None = None
        clock = asyncio.get_running_loop().time
        said_at = clock()
        try:
            with provider_errors(WHAT):
                async with aclosing(self._until_its_end(body)) as pieces:
                    async for piece in pieces:
                        for number, frame in enumerate(self._frames.push(piece), 1):
                            if not number % FRAMES_AT_ONCE:
                                await asyncio.sleep(0)  # other calls are due
                            if text := self._noted(self.answer.take(frame)):
                                yield TextDelta(text)
                                said_at = clock()
                        if self.answer.fault:
                            break
                        if clock() - said_at >= THINKING_EVERY_SECONDS:
                            yield StillThinking()
                            said_at = clock()
        except (TooLarge, NotReadable) as error:
            detail = f"openai, {WHAT}: {str(error) or 'too large'}"
            failure = EngineError(detail, reason=EngineReason.UNREADABLE)
        except EngineError as error:
            failure = error
        if self.answer.has_finished or self._frames.is_done:
            failure = None  # the answer is whole, whatever came after it
        rest = "".join([self.answer.take(frame) for frame in self._frames.flush()])
        if text := self._noted(rest + self.answer.flush()):
            yield TextDelta(text)
        if self._frames.unreadable:
            log.warning("chat_frames_unreadable", count=self._frames.unreadable)
        if failure := self._failure(failure):
            raise failure
        reason = self.answer.finish_reason(is_ended=self._frames.is_done)
        if text := self._noted(self._misplaced(reason)):
            log.warning("answer_in_thoughts")
            yield TextDelta(text)
        calls = self.answer.tools.all() if reason is FinishReason.WHOLE else ()
        self.has_tools = bool(calls)
        if self.has_words or calls:
            yield Finished(reason)
        for call in calls:
            yield call
        if self.answer.tools.unreadable:
            log.warning("tool_calls_unreadable", count=self.answer.tools.unreadable)

    async def _until_its_end(self, body: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
        """The body, in parts; when the answer is over, only for a moment more."""
        clock = asyncio.get_running_loop().time
        due: float | None = None
        has_come = self._has_come
        while True:
            try:
                async with asyncio.timeout_at(due):
                    piece = await anext(body)
            except StopAsyncIteration:
                if rest := self._plain.flush():
                    yield rest
                return
            except TimeoutError:
                if due is None:
                    raise
                return
            piece = self._plain.push(piece)
            for at in range(0, len(piece), PART_BYTES):
                if at:
                    await asyncio.sleep(0)  # other calls are due
                yield piece[at : at + PART_BYTES]
            has_more, has_come = self._has_come != has_come, self._has_come
            if self._frames.is_done:
                due = min(due or clock() + END_SECONDS, clock() + END_SECONDS)
            elif self.answer.goes_on:  # an end is none: the next words may be a while in coming
                due = clock() + EMPTY_SECONDS if due is None or has_more else due
            elif not self.answer.has_finished:
                due = None
            else:
                is_said = self.has_words or self.answer.tools
                due = due or clock() + (COUNT_SECONDS if is_said else EMPTY_SECONDS)

    def _misplaced(self, reason: FinishReason) -> str:
        """The answer where a server took it for thoughts: vLLM's parsers expect some."""
        if not self._never_thinks or self.has_words or self.answer.tools:
            return ""
        is_ended = self.answer.has_finished or self._frames.is_done
        is_whole = is_ended and reason is FinishReason.WHOLE
        return self.answer.thoughts.text if is_whole else ""

    @property
    def _has_come(self) -> tuple[int, int]:
        """What an answer that goes on is waited for again: words, and pieces of calls."""
        return self._deltas, self.answer.tools.pieces

    def _noted(self, text: str) -> str:
        if text.strip():
            self.has_words = True
            self._deltas += 1
        return text

    def _failure(self, failure: EngineError | None) -> EngineError | None:
        """What is wrong with an answer that has ended; `failure`: of its transport."""
        if self.answer.fault:
            return _from_fault(self.answer.fault)
        if failure or self.has_words or self.answer.tools:
            return failure
        if self.answer.other and not self.answer.has_finished:
            said = json.dumps(self.answer.other)
        else:
            said = "" if self.answer.has_finished else self._frames.rest
        if said:
            detail = f"openai, {WHAT}: {short(said)}"
            return EngineError(detail, reason=EngineReason.UNREADABLE)
        return None


def _from_fault(fault: ProviderFault) -> EngineError:
    detail = f"openai, {WHAT}: {short(f'{fault.code} {fault.said}'.strip())}"
    wait = seconds_to_wait({}, fault.body, fault.said, now=datetime.now(UTC))
    if any(sign in fault.code for sign in _BUSY):
        return EngineBusy(detail, wait_seconds=wait)
    if any(sign in fault.code for sign in _KEY):
        return EngineRefused(detail, reason=EngineReason.KEY_REFUSED)
    return EngineError(detail, wait_seconds=wait)
