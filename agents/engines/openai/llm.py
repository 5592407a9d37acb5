"""Answers by OpenAI's chat completions, or a compatible server's, token by token."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, aclosing
from dataclasses import replace
from typing import Any, Final

import openai
import structlog
from openai import AsyncAPIResponse

from agents.engines import options, tokens
from agents.engines.access import Credentials
from agents.engines.base import EngineSetup, LanguageModel
from agents.engines.chat import options as chat_options
from agents.engines.chat.answer import ChatAnswer
from agents.engines.chat.content_filters import FilteredTurns, is_of_a_filter
from agents.engines.chat.failed_calls import failed_call
from agents.engines.chat.prompt import (
    ChatMessage,
    chat_messages,
    estimated_tokens,
    task_messages,
    unread_tokens,
)
from agents.engines.chat.request import ChatRequest, said_in
from agents.engines.chat.stream import WHAT, ChatStream
from agents.engines.chat.too_long import FEWEST_TURNS, Shortened, is_of_length
from agents.engines.conversation import ToolCall, Utterance
from agents.engines.model_events import Finished, FinishReason, ModelEvent, TextDelta, TokensUsed
from agents.engines.openai import client
from agents.engines.openai.client import aclose, client_for, connect, warm
from agents.engines.openai.errors import provider_errors, refusal
from agents.engines.openai.model_keepalive import load, model_keepalive
from agents.engines.openai.past_calls import PastCalls
from agents.engines.openai.server_habits import server_habits
from voicex.errors import EngineError, EngineReason, EngineSilent

__all__ = ["OpenAILanguageModel", "aclose", "connect", "keep", "make_llm", "model_of", "warm"]

log = structlog.get_logger(__name__)

FILTER_STATUSES: Final = frozenset({400, 403, 422, 451})
DEFAULT_MODEL: Final = "gpt-4o-mini"
# Seconds to the next byte. Long, as a model may have to be loaded; the session has its own
# timeouts.
READ_SECONDS: Final = 60.0


def make_llm(setup: EngineSetup) -> LanguageModel:
    """The engine for one call. Raises ConfigurationError without a key or a server.

    Agent options: `openai.llm_model`, `openai.temperature`, `openai.max_tokens`,
    `openai.reasoning_effort`, and `openai.extra_body`, an object of what else a server takes.
    """
    return OpenAILanguageModel(setup)


def model_of(credentials: Credentials) -> str:
    """The model of agents without a setting."""
    return credentials.default("openai.llm_model") or DEFAULT_MODEL


async def keep(credentials: Credentials | None) -> None:
    """Keep models loaded that would soon be unloaded. Never raises.

    credentials: the platform's if agents use its model; else None.
    """
    if credentials is not None:
        model_keepalive.wanted(credentials.of(client.ENGINE), model_of(credentials))
    async with asyncio.TaskGroup() as tasks:
        for access, model in model_keepalive.due():
            tasks.create_task(load(access, model), name="keep a model loaded")


class OpenAILanguageModel:
    """One streamed request for each answer; closing the answer closes its connection."""

    def __init__(self, setup: EngineSetup) -> None:
        client.check_access(setup.credentials)
        self._config = setup.config
        self._credentials = setup.credentials
        self._model = options.text(setup.config, "openai.llm_model", model_of(setup.credentials))
        self._task = setup.task
        access = setup.credentials.of(client.ENGINE)
        self._wanted = chat_options.wanted(setup.config, access, task=setup.task)
        self._has_told = False  # a truncated prompt was logged; once for each call
        self._filtered = FilteredTurns()
        self._shortened = Shortened()
        self._past = PastCalls()

    async def reply(self, conversation: tuple[Utterance, ...]) -> AsyncGenerator[ModelEvent, None]:
        """TextDelta as the model writes, StillThinking while it does not; Finished, the tools that
        it calls, TokensUsed.

        The text is unfiltered, and may contain parts that are not meant for a voice.
        """
        model_keepalive.asked(self._credentials.of(client.ENGINE), self._model)
        asked, conversation = conversation, self._filtered.left_out_of(conversation)
        conversation = self._shortened.of(conversation)

        def messages(*, has_tools: bool, tells_calls: bool) -> list[ChatMessage]:
            return self._messages(conversation, has_tools=has_tools, tells_calls=tells_calls)

        request = ChatRequest(
            model=self._model,
            messages=messages,
            wanted=self._wanted,
            habits=server_habits.of("llm", self._credentials.of(client.ENGINE), self._model),
            past=self._past,
        )
        written: list[str] = []
        calls: list[ToolCall] = []
        wasted = TokensUsed(0, 0)
        while True:
            stream = ChatStream(never_thinks=chat_options.never_thinks(self._wanted))
            try:
                async with aclosing(self._events(request, stream)) as events:
                    async for event in events:
                        if isinstance(event, TextDelta):
                            written.append(event.text)
                        elif isinstance(event, ToolCall):
                            calls.append(event)
                        yield event
            except _NotTaken:
                wasted = _sum(wasted, stream.answer)
                continue
            except _TooLong as error:
                if not self._shortened.shorten(conversation):
                    raise error.refusal from None
                conversation = self._shortened.of(conversation)
                log.warning("conversation_shortened", model=self._model, kept=len(conversation))
                continue
            except _Filtered as error:
                self._filtered.add_last_of(asked)
                raise error.refusal from None
            break
        self._remember(request, is_answered=stream.has_words or stream.has_tools)
        if calls:
            self._past.keep(calls, stream.answer.tools.beside, stream.answer.thoughts.all())
        used = self._tokens_used(stream.answer, request.messages, "".join(written))
        yield replace(
            used,
            tokens_in=used.tokens_in + wasted.tokens_in,
            tokens_out=used.tokens_out + wasted.tokens_out,
        )
        if not (stream.has_words or stream.has_tools):
            if stream.answer.is_filtered:
                self._filtered.add_last_of(asked)
            raise EngineSilent("openai, an answer without words")

    def _messages(
        self, conversation: tuple[Utterance, ...], *, has_tools: bool, tells_calls: bool
    ) -> list[ChatMessage]:
        if self._task is not None:
            return task_messages(self._task.instructions, conversation)
        return chat_messages(
            self._config, conversation, has_tools=has_tools, tells_calls=tells_calls
        )

    async def _events(
        self, request: ChatRequest, stream: ChatStream
    ) -> AsyncGenerator[ModelEvent, None]:
        """One attempt. Raises EngineError, and _NotTaken if a changed request may succeed."""
        failed: str | None = None  # the model's text that its server could not parse as a call
        with provider_errors(WHAT):
            try:
                async with (
                    self._asked(request.body()) as response,
                    aclosing(stream.events(response.iter_bytes())) as events,
                ):
                    async for event in events:
                        yield event
            except openai.APIStatusError as error:
                body = error.message if error.body is None else error.body
                failed = failed_call(body)
                said = said_in(body)
                if _is_too_long(request, error.status_code, said):
                    raise _TooLong(refusal(error, WHAT)) from error
                if error.status_code in FILTER_STATUSES and is_of_a_filter(f"{error.code} {said}"):
                    raise _Filtered(refusal(error, WHAT)) from error
                if failed is None and not request.learn(error.status_code, said):
                    raise
                if failed is None:
                    raise _NotTaken from error
            except EngineError as error:
                fault = stream.answer.fault
                failed = failed_call(fault.body) if fault else None
                if stream.fault and _is_too_long(request, 400, said_in(stream.fault.body)):
                    raise _TooLong(error) from error
                if failed is None:
                    if stream.fault is None or not request.learn(400, said_in(stream.fault.body)):
                        raise
                    raise _NotTaken from error
        is_silent = failed is None and not (stream.has_words or stream.has_tools)
        if is_silent and stream.answer.is_at_limit and request.give_room():
            raise _NotTaken
        if failed is not None:
            log.warning("call_unread_by_server", model=self._model, is_given=bool(failed))
            for event in _of_failed(failed, stream):
                yield event

    def _asked(self, body: dict[str, object]) -> AbstractAsyncContextManager[AsyncAPIResponse[Any]]:
        usual = client.TIMEOUT
        return client_for(self._credentials).chat.completions.with_streaming_response.create(
            model=self._model,
            messages=[],
            extra_headers={"Accept": "text/event-stream, application/json"},
            extra_body=body,  # all of it: the SDK's own parameters would be checked one by one
            timeout=openai.Timeout(
                connect=usual.connect, read=READ_SECONDS, write=usual.write, pool=usual.pool
            ),
        )

    def _remember(self, request: ChatRequest, *, is_answered: bool) -> None:
        for habit in request.confirm(is_answered=is_answered):
            log.warning("server_takes_no", parameter=habit, model=self._model)

    def _tokens_used(
        self, answer: ChatAnswer, messages: list[ChatMessage], written: str
    ) -> TokensUsed:
        """The provider's counts; estimates for invalid ones."""
        expected = estimated_tokens(messages)
        unread = unread_tokens(expected, answer.tokens_in)
        if unread and not self._has_told:
            self._has_told = True
            log.warning(
                "prompt_cut", model=self._model, expected=expected, counted=answer.tokens_in
            )
        return TokensUsed(
            expected if answer.tokens_in is None else answer.tokens_in,
            tokens.estimate(written) if answer.tokens_out is None else answer.tokens_out,
            unread,
        )


def _sum(used: TokensUsed, answer: ChatAnswer) -> TokensUsed:
    """With what an answer without words has cost; one that was refused has no counts."""
    return TokensUsed(
        used.tokens_in + (answer.tokens_in or 0), used.tokens_out + (answer.tokens_out or 0)
    )


def _of_failed(written: str, stream: ChatStream) -> tuple[ModelEvent, ...]:
    """Parse the model's text for a tool call that its server could not parse.

    Raises EngineError without one; most models succeed when asked again.
    """
    if not written:
        detail = f"openai, {WHAT}: a tool's call that the server could not read"
        raise EngineError(detail, reason=EngineReason.UNREADABLE)
    if stream.has_words:  # those are given, and may be in it once more
        written = written[min(filter(None, map(written.find, "<{[")), default=0) :]
    stream.has_words = True
    return TextDelta(written), Finished(FinishReason.WHOLE)


def _is_too_long(request: ChatRequest, status: int, said: str) -> bool:
    """Whether it was refused for its length, and has turns to leave out.

    Where a parameter is named, that may be what is too much: it is left out first.
    """
    if not is_of_length(status, said) or request.is_amount_named(said):
        return False
    turns = [each for each in request.messages if each["role"] in ("user", "assistant")]
    return len(turns) > FEWEST_TURNS


class _TooLong(Exception):
    """The request was longer than the model reads. refusal: the error that this is."""

    def __init__(self, refusal: EngineError) -> None:
        super().__init__()
        self.refusal = refusal


class _Filtered(Exception):
    """A content filter refused the request. refusal: the error to raise."""

    def __init__(self, refusal: EngineError) -> None:
        super().__init__()
        self.refusal = refusal


class _NotTaken(Exception):
    """The server refused the request, or had no room to answer it: a changed one will be sent."""
