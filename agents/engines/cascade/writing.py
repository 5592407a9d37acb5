"""Splits a model's answer into pieces for the voice, and completes answers that break off."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, closing
from dataclasses import replace
from typing import Final

import structlog

from agents.engines.cascade.flush_timer import FlushTimer
from agents.engines.cascade.model_requests import ModelRequests
from agents.engines.cascade.response import Response
from agents.engines.cascade.wakeup import Wakeup
from agents.engines.conversation import Role, ToolCall, Utterance
from agents.engines.events import Stage
from agents.engines.model_events import Finished, FinishReason, TextDelta
from agents.speech.reply.hanging_up import is_mark
from agents.speech.reply.pieces import ReplyPieces
from agents.speech.tool_calls.arguments import offered_name
from agents.speech.tool_calls.written import quoted_in
from agents.tools import hang_up, registry
from voicex.errors import EngineCutShort, EngineError, EngineSilent

log = structlog.get_logger(__name__)

MOST_ATTEMPTS: Final = 2  # the answer, and one request for its rest
LONGEST_DELTA: Final = 500  # characters processed at once: some 5 ms of the event loop


async def written(
    model_requests: ModelRequests, conversation: tuple[Utterance, ...], response: Response
) -> AsyncGenerator[str | ToolCall, None]:
    """The pieces of an answer. If it breaks off in mid-sentence, that sentence is requested again.

    Tool calls come last, once the answer is known to be complete. Raises EngineError if it cannot
    be completed.
    """
    said = ""
    for attempt in range(1, MOST_ATTEMPTS + 1):
        error: EngineError | None = None
        asked = conversation
        if attempt > 1:
            asked = (*conversation, Utterance(Role.AGENT, said, is_unfinished=True))
        pieces = _pieces(model_requests, asked, response)
        try:
            async with aclosing(pieces):
                async for piece in pieces:
                    if isinstance(piece, str):
                        if asked is not conversation:
                            piece, asked = _joined(said, piece), conversation
                        said += piece
                    yield piece
        except EngineCutShort as cut:
            error = cut
        except EngineError as broken:
            if not said and attempt == 1 and not response.has_words:
                raise  # already retried
            error = broken
        if error is None:
            return
        if attempt == MOST_ATTEMPTS or not error.retryable:
            raise error
        log.warning("answer_broke_off", response_id=response.id, **error.for_the_log())


def _joined(said: str, piece: str) -> str:
    """Prepend the blank that the broken answer held back to the first piece of its rest.

    Words are never split. Scripts without blanks get none.
    """
    needs_blank = said[-1:].isascii() and not said[-1:].isspace() and not piece[:1].isspace()
    return f" {piece}" if said and needs_blank else piece


async def _pieces(
    model_requests: ModelRequests, conversation: tuple[Utterance, ...], response: Response
) -> AsyncGenerator[str | ToolCall, None]:
    """The pieces for the voice and the tool calls in the answer to one request.

    Raises EngineError; EngineCutShort for an incomplete answer.
    """
    tools = [tool.name for tool in registry.offered(model_requests.config)]
    pieces = ReplyPieces(
        model_requests.config.language,
        name=model_requests.config.name,
        thinks_first=model_requests.thinks_first,
        tools=tools,
    )
    calls: list[ToolCall] = []
    reason = FinishReason.WHOLE
    with closing(Wakeup()) as wakeup, closing(FlushTimer(wakeup, response)) as late:
        events = model_requests.reply(conversation, response, wakeup)
        async with aclosing(events):
            async for event in events:
                cut: list[str] = []
                match event:
                    case TextDelta() if pieces.is_over:
                        break  # the model writes the caller's turns, too
                    case TextDelta(text):
                        if not response.has_words:
                            response.has_words = True
                            response.reach(Stage.LLM)
                        for start in range(0, len(text), LONGEST_DELTA):
                            if start:
                                await asyncio.sleep(0)  # let other calls run
                            cut += pieces.push(text[start : start + LONGEST_DELTA])
                        late.expect(is_waiting=pieces.is_waiting)
                    case Finished():
                        reason = event.reason
                    case ToolCall():
                        calls.append(replace(event, name=offered_name(event.name, tools)))
                if not cut and late.is_due():
                    cut = pieces.due()
                for piece in cut:
                    yield piece
                    late.spoken(is_waiting=pieces.is_waiting)
    if reason is not FinishReason.WHOLE and not pieces.is_over:
        raise EngineCutShort(reason.value)
    for piece in pieces.flush():
        yield piece
    model_requests.thinks_first = pieces.has_restarted
    if pieces.removed:
        log.info("reply_filtered", response_id=response.id, removed=sorted(pieces.removed))
    if not calls:  # otherwise the server parses tool calls itself
        calls = _called_in_words(pieces, conversation)
        if calls:
            named = [call.name for call in calls]
            log.info("calls_in_words", response_id=response.id, tools=named)
    wanted = _wanted(calls, has_mark=pieces.hang_up)
    if pieces.is_empty and not wanted:
        raise EngineSilent("an answer without words")
    for call in wanted:
        yield call


def _called_in_words(pieces: ReplyPieces, conversation: tuple[Utterance, ...]) -> list[ToolCall]:
    """The tool calls in the text, except those that the model may only have quoted."""
    written = pieces.calls()
    if not written:
        return []
    quoted = quoted_in(written, _of_others(conversation))
    if quoted:
        log.warning("calls_quoted", tools=sorted(call.name for call in quoted))
    return [ToolCall(call.name, call.arguments) for call in written if call not in quoted]


def _of_others(conversation: tuple[Utterance, ...]) -> Iterator[str]:
    """The words of caller and tools since the agent's last turn, which this answer is about.

    Older text is excluded: after an answer of the caller the model may call a tool named there.
    """
    has_caller = False
    for each in reversed(conversation):
        if each.role is Role.CALLER:
            has_caller = True
            yield each.text
        elif has_caller and each.text:
            return
        yield from (use.result.text for use in each.tools if use.result is not None)


def _wanted(calls: list[ToolCall], *, has_mark: bool) -> list[ToolCall]:
    """Normalise tool calls: `hang_up` has many names, and comes once, as the last one."""
    others = [call for call in calls if not is_mark(call.name)]
    return [*others, hang_up.CALL] if has_mark or len(others) < len(calls) else others
