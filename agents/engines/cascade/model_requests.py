"""Asking a language model: one request, and the second chance that it gets.

A request is read by a task of its own, so that words which are written while others are being
spoken are there at once, and so that waiting for them can be given up without giving them up.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from time import monotonic
from typing import Final

from agents.engines import tokens
from agents.engines.base import (
    EngineSetup,
    LanguageModel,
    ModelEvent,
    StillThinking,
    TextDelta,
    TokensUsed,
)
from agents.engines.boundary import guarded
from agents.engines.cascade.response import Response
from agents.engines.cascade.wakeup import Wakeup
from agents.engines.chat.prompt import chat_messages, estimated_tokens
from agents.engines.conversation import Utterance
from agents.engines.health import PartHealth
from agents.settings.config import AgentConfig
from voicex.errors import EngineError, EngineTimeout

MODEL_SECONDS: Final = 5.0  # between two signs of life, once there are words
# Without any sign of life a request may be lost: then it is asked once more, beside the first.
SECOND_CHANCE_SECONDS: Final = 5.0
# To the first word. A model that has to be loaded takes 20 s, once; one that shows that it thinks
# is worth more patience.
FIRST_WORD_SECONDS: Final = 25.0
FIRST_WORD_AGAIN_SECONDS: Final = 12.0  # in a call that has waited for so long before
THINKING_SECONDS: Final = 40.0
MOST_WAITING: Final = 500  # events that were read and not taken yet


class ModelRequest:
    """One request, read as it is answered. For the event loop's thread."""

    def __init__(
        self, asked: AsyncGenerator[ModelEvent, None], wakeup: Wakeup, health: PartHealth
    ) -> None:
        self.asked_at = wakeup.now()
        self.sign_at = self.asked_at  # of life: the latest
        self.is_thinking = False  # it shows signs of life, and no words yet
        self.written = ""
        self.used: TokensUsed | None = None
        self.error: EngineError | None = None
        self.is_over = False
        self._asked = asked
        self._wakeup = wakeup
        self._health = health
        self._events: deque[ModelEvent] = deque()
        self._has_room = asyncio.Event()
        self.task: asyncio.Task[None] | None = None

    def start(self, tasks: asyncio.TaskGroup) -> None:
        """Have it read by a task of `tasks`."""
        self.task = tasks.create_task(self.read(), name="ask the model")
        self.task.add_done_callback(self._forget_task)

    def _forget_task(self, _task: asyncio.Task[None]) -> None:
        """A cancelled task keeps its error, and with it the frame that holds this request."""
        self.task = None

    async def read(self) -> None:
        """Read it to its end. Raises nothing: `error` says what went wrong."""
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
        """It did not answer, or not to the end."""
        self._health.failed(error)
        self.error = error

    def take(self) -> ModelEvent | None:
        """The next event; None while there is none."""
        if not self._events:
            return None
        if len(self._events) >= MOST_WAITING:  # it was kept waiting itself
            self.sign_at = self._wakeup.now()
            self._has_room.set()
        return self._events.popleft()

    @property
    def is_answering(self) -> bool:
        """Whether there are words, or it has ended in order."""
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
    """A call's way to ask its model."""

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
        self.thinks_first = False  # its model reasons, and marks only the end of that

    @property
    def config(self) -> AgentConfig:
        """The agent that the model writes for."""
        return self._setup.config

    async def reply(
        self, conversation: tuple[Utterance, ...], response: Response, wakeup: Wakeup
    ) -> AsyncGenerator[ModelEvent | None, None]:
        """What the model writes, and None whenever `wakeup` was notified of nothing of it.

        Raises EngineError: after words, or when a second chance was in vain.
        """
        requests = [self._ask(conversation, wakeup)]
        try:
            while not (answering := next((r for r in requests if r.is_answering), None)):
                due = self._ensure_asked(requests, conversation, wakeup)
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

    def _ask(self, conversation: tuple[Utterance, ...], wakeup: Wakeup) -> ModelRequest:
        request = ModelRequest(self._llm.reply(conversation), wakeup, self._health)
        request.start(self._tasks)
        return request

    def _ensure_asked(
        self, requests: list[ModelRequest], conversation: tuple[Utterance, ...], wakeup: Wakeup
    ) -> float:
        """Ask once more where that may help; returns when to check again. Raises EngineError.

        Nothing of any of the requests was heard yet.
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
        running = [request for request in requests if request.error is None]
        error = next((request.error for request in requests if request.error), None)
        if not running and error and (len(requests) > 1 or not error.retryable):
            raise error
        second_chance_at = first.asked_at + SECOND_CHANCE_SECONDS
        is_lost = not is_thinking and now >= second_chance_at
        if len(requests) == 1 and (not running or is_lost):
            requests.append(self._ask(conversation, wakeup))
        return end if is_thinking or len(requests) > 1 else min(end, second_chance_at)

    def _cost(self, request: ModelRequest, conversation: tuple[Utterance, ...]) -> TokensUsed:
        """As the provider counts it; an estimate of an answer that was cut off."""
        if request.used is not None:
            return request.used
        if request.error is not None and not request.written:
            return TokensUsed(0, 0)
        asked = chat_messages(self._setup.config, conversation)
        return TokensUsed(estimated_tokens(asked), tokens.estimate(request.written))


def _give_up(request: ModelRequest) -> None:
    if request.task is not None and not request.task.done():
        request.task.cancel()
