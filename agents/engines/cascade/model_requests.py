"""Requests to a language model, with one retry.

A request is read by its own task, so that words are received while others are being spoken, and so
that a timeout of waiting for them does not cancel the request.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Sequence
from time import monotonic
from typing import Final

from agents.engines import tokens
from agents.engines.base import EngineSetup, LanguageModel
from agents.engines.boundary import guarded
from agents.engines.cascade.response import Response
from agents.engines.cascade.wakeup import Wakeup
from agents.engines.chat.prompt import chat_messages, estimated_tokens
from agents.engines.conversation import Utterance
from agents.engines.health import PartHealth
from agents.engines.model_events import ModelEvent, StillThinking, TextDelta, TokensUsed
from agents.settings.config import AgentConfig
from voicex.errors import EngineBusy, EngineError, EngineTimeout

MODEL_SECONDS: Final = 5.0  # timeout between two signs of life, once there are words
# Without any sign of life for so long a request may be lost: a second one is sent in parallel.
SECOND_CHANCE_SECONDS: Final = 5.0
# Timeouts of the first word. A model that has to be loaded takes 20 s, once; a model that signals
# reasoning gets more time.
FIRST_WORD_SECONDS: Final = 25.0
FIRST_WORD_AGAIN_SECONDS: Final = 12.0  # in a call that has waited that long before
THINKING_SECONDS: Final = 40.0
# A server that said how long to wait is asked again after that, but not before so long for each
# request that it has refused.
LEAST_WAIT_SECONDS: Final = 0.2
MOST_ASKED: Final = 12  # requests for one answer, to a server that says so
MOST_WAITING: Final = 500  # events that were read and not used yet


class AnswerHealth:
    """Counts the requests of one answer. A server that is asked again when it said has failed
    once, however often it says so: a tenant at its own limit is no outage of the provider.
    """

    def __init__(self, health: PartHealth) -> None:
        self._health = health
        self._has_said_when = False

    def answered(self, seconds: float) -> None:
        """Count an answer that began after `seconds`."""
        self._health.answered(seconds)

    def failed(self, error: EngineError) -> None:
        """Count a failure, unless it is one more that says how long to wait."""
        says_when = error.wait_seconds is not None
        if not (says_when and self._has_said_when):
            self._health.failed(error)
        self._has_said_when = self._has_said_when or says_when


class ModelRequest:
    """One request and its stream of events. For the event loop's thread."""

    def __init__(
        self, asked: AsyncGenerator[ModelEvent, None], wakeup: Wakeup, health: AnswerHealth
    ) -> None:
        self.asked_at = wakeup.now()
        self.sign_at = self.asked_at  # time of the latest sign of life
        self.is_thinking = False  # signs of life, but no words yet
        self.written = ""
        self.used: TokensUsed | None = None
        self.error: EngineError | None = None
        self.failed_at = 0.0
        self.is_over = False
        self._asked = asked
        self._wakeup = wakeup
        self._health = health
        self._events: deque[ModelEvent] = deque()
        self._has_room = asyncio.Event()
        self.task: asyncio.Task[None] | None = None

    def start(self, tasks: asyncio.TaskGroup) -> None:
        """Start to read the answer in a task of `tasks`."""
        self.task = tasks.create_task(self.read(), name="ask the model")
        self.task.add_done_callback(self._forget_task)

    def _forget_task(self, _task: asyncio.Task[None]) -> None:
        """Drop the task: a cancelled one references its error, and by its frame this request."""
        self.task = None

    async def read(self) -> None:
        """Read the answer to its end. Never raises: sets `error`."""
        asked_at = monotonic()
        is_answered = False
        items = guarded(self._asked, "an answer")
        try:
            async for event in items:
                if not is_answered:
                    is_answered = True
                    self._health.answered(monotonic() - asked_at)
                self._record(event)
                while len(self._events) >= MOST_WAITING:
                    self._has_room.clear()
                    await self._has_room.wait()
        except EngineError as error:
            self.fail(error)
        finally:
            await items.aclose()
            self.is_over = True
            self._wakeup.notify()

    def fail(self, error: EngineError) -> None:
        """Fail the request, which has no answer or an incomplete one."""
        self._health.failed(error)
        self.error = error
        self.failed_at = self._wakeup.now()

    def take(self) -> ModelEvent | None:
        """The next event; None while there is none."""
        if not self._events:
            return None
        if len(self._events) >= MOST_WAITING:  # resume reading, which was paused
            self.sign_at = self._wakeup.now()
            self._has_room.set()
        return self._events.popleft()

    @property
    def is_answering(self) -> bool:
        """Whether there are words, or it has ended normally."""
        return bool(self.written) or (self.is_over and self.error is None)

    def _record(self, event: ModelEvent) -> None:
        self.sign_at = self._wakeup.now()
        match event:
            case StillThinking():
                self.is_thinking = True
                return
            case TokensUsed():
                self.used = event
                return
            case TextDelta(text):
                self.written += text
        self._events.append(event)
        self._wakeup.notify()


class ModelRequests:
    """The requests of a call to its model."""

    def __init__(
        self,
        llm: LanguageModel,
        *,
        setup: EngineSetup,
        health: PartHealth,
        tasks: asyncio.TaskGroup,
    ) -> None:
        self._llm = llm
        self._setup = setup
        self._health = health
        self._tasks = tasks
        self._has_waited_long = False
        self.thinks_first = False  # the model reasons, and only marks the end of that

    @property
    def config(self) -> AgentConfig:
        """The agent's configuration."""
        return self._setup.config

    async def reply(
        self, conversation: tuple[Utterance, ...], response: Response, wakeup: Wakeup
    ) -> AsyncGenerator[ModelEvent | None, None]:
        """Stream the model's events, and None whenever `wakeup` was notified of something else.

        Raises EngineError after words, or when the retry has failed too.
        """
        health = AnswerHealth(self._health)
        requests = [self._ask(conversation, wakeup, health)]
        try:
            while not (answering := next((r for r in requests if r.is_answering), None)):
                due = self._ensure_asked(requests, conversation, wakeup, health)
                await wakeup.wait_until(due)
                yield None
            for other in requests:
                if other is not answering:
                    _give_up(other)
            while True:
                while (event := answering.take()) is not None:
                    yield event
                if answering.is_over:
                    break
                due = answering.sign_at + MODEL_SECONDS
                if wakeup.now() >= due:
                    answering.fail(EngineTimeout())
                    break
                await wakeup.wait_until(due)
                yield None
            if answering.error is not None:
                raise answering.error
        finally:
            for request in requests:
                _give_up(request)
                response.meter(self._cost(request, conversation))

    def _ask(
        self, conversation: tuple[Utterance, ...], wakeup: Wakeup, health: AnswerHealth
    ) -> ModelRequest:
        request = ModelRequest(self._llm.reply(conversation), wakeup, health)
        request.start(self._tasks)
        return request

    def _ensure_asked(
        self,
        requests: list[ModelRequest],
        conversation: tuple[Utterance, ...],
        wakeup: Wakeup,
        health: AnswerHealth,
    ) -> float:
        """Send a second request if useful; returns when to check again. Raises EngineError.

        Only while nothing of the answer was heard.
        """
        now = wakeup.now()
        first = requests[0]
        is_thinking = any(request.is_thinking for request in requests)
        patience = FIRST_WORD_AGAIN_SECONDS if self._has_waited_long else FIRST_WORD_SECONDS
        end = first.asked_at + (THINKING_SECONDS if is_thinking else patience)
        if now >= end:
            self._has_waited_long = True
            for request in requests:
                if request.error is None:
                    request.fail(EngineTimeout())
            raise EngineTimeout
        if not any(request.error is None for request in requests):
            again_at = _ask_again_at(requests, end)
            if now < again_at:
                return again_at
            requests.append(self._ask(conversation, wakeup, health))
        second_chance_at = first.asked_at + SECOND_CHANCE_SECONDS
        is_lost = not is_thinking and now >= second_chance_at
        if len(requests) == 1 and is_lost:
            requests.append(self._ask(conversation, wakeup, health))
        return end if is_thinking or len(requests) > 1 else min(end, second_chance_at)

    def _cost(self, request: ModelRequest, conversation: tuple[Utterance, ...]) -> TokensUsed:
        """The tokens as counted by the provider; an estimate for an incomplete answer."""
        if request.used is not None:
            return request.used
        if request.error is not None and not request.written:
            return TokensUsed(0, 0)
        asked = chat_messages(self._setup.config, conversation)
        return TokensUsed(estimated_tokens(asked), tokens.estimate(request.written))


def _ask_again_at(requests: Sequence[ModelRequest], end: float) -> float:
    """When to send another request after all have failed. Raises the error if none is useful.

    end: of the caller's patience. Once at once; after that, and if the server wants us to wait,
    when it says.
    """
    last = max(requests, key=lambda request: request.failed_at)
    error = last.error
    if error is None:
        return last.failed_at
    if error.wait_seconds is None:
        if len(requests) > 1 or not error.retryable:
            raise error
        return last.failed_at
    again_at = last.failed_at + max(error.wait_seconds, LEAST_WAIT_SECONDS * len(requests))
    if not error.retryable or len(requests) >= MOST_ASKED:
        raise error
    if again_at >= end:
        # A server that fails, and is not busy, may answer the next request nevertheless.
        if len(requests) > 1 or isinstance(error, EngineBusy):
            raise error
        return last.failed_at
    return again_at


def _give_up(request: ModelRequest) -> None:
    if request.task is not None and not request.task.done():
        request.task.cancel()
