"""What a model writes, in the pieces that a voice gets; an answer that breaks off is finished."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, closing
from typing import Final

import structlog

from agents.engines.base import Finished, FinishReason, TextDelta
from agents.engines.cascade.flush_timer import FlushTimer
from agents.engines.cascade.model_requests import ModelRequests
from agents.engines.cascade.response import Response
from agents.engines.cascade.wakeup import Wakeup
from agents.engines.conversation import Role, ToolCall, Utterance
from agents.engines.events import Stage
from agents.speech.reply.hanging_up import is_mark
from agents.speech.reply.pieces import ReplyPieces
from agents.speech.tool_calls.written import quoted_in
from agents.tools import hang_up, registry
from voicex.errors import EngineCutShort, EngineError, EngineSilent

log = structlog.get_logger(__name__)

MOST_ATTEMPTS: Final = 2  # the answer, and the rest of one that broke off
LONGEST_DELTA: Final = 500  # characters that are read at once, some 5 ms of the event loop


async def written(
    model_requests: ModelRequests, conversation: tuple[Utterance, ...], response: Response
) -> AsyncGenerator[str | ToolCall, None]:
    """The pieces of an answer; of one that breaks off in a sentence, that sentence anew.

    The tools that it wants come last, when it is sure that it is whole. Raises EngineError when
    it cannot be finished.
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
                raise  # it had its second chance
            error = broken
        if error is None:
            return
        if attempt == MOST_ATTEMPTS or not error.retryable:
            raise error
        log.warning("answer_broke_off", response_id=response.id, **error.for_the_log())


def _joined(said: str, piece: str) -> str:
    """The first piece of an answer's rest, with the blank before it that the broken one held back.

    Words are given whole. Scripts without blanks get none.
    """
    needs_blank = said[-1:].isascii() and not said[-1:].isspace() and not piece[:1].isspace()
    return f" {piece}" if said and needs_blank else piece


async def _pieces(
    model_requests: ModelRequests, conversation: tuple[Utterance, ...], response: Response
) -> AsyncGenerator[str | ToolCall, None]:
    """The pieces of one attempt. Raises EngineError, EngineCutShort for one without its end."""
    pieces = ReplyPieces(
        model_requests.config.language,
        name=model_requests.config.name,
        thinks_first=model_requests.thinks_first,
        tools=[tool.name for tool in registry.offered(model_requests.config)],
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
                        break  # the model plays the caller's part too, and may for long
                    case TextDelta(text):
                        if not response.has_words:
                            response.has_words = True
                            response.reach(Stage.LLM)
                        for start in range(0, len(text), LONGEST_DELTA):
                            if start:
                                await asyncio.sleep(0)  # other calls are due
                            cut += pieces.push(text[start : start + LONGEST_DELTA])
                        late.expect(is_waiting=pieces.is_waiting)
                    case Finished():
                        reason = event.reason
                    case ToolCall():
                        calls.append(event)
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
    if not calls:  # else the server has read them, and may have left them in the text
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
    """The calls in the text, without those that the model may only have read out."""
    written = pieces.calls()
    if not written:
        return []
    quoted = quoted_in(written, _of_others(conversation))
    if quoted:
        log.warning("calls_quoted", tools=sorted(call.name for call in quoted))
    return [ToolCall(call.name, call.arguments) for call in written if call not in quoted]


def _of_others(conversation: tuple[Utterance, ...]) -> Iterator[str]:
    """What callers said and tools gave since the agent's last turn: it is answered now.

    Once a caller has answered, the model may call what it read there.
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
    """What a model wants done. The end of the call is named in many ways, comes once, and last."""
    others = [call for call in calls if not is_mark(call.name)]
    return [*others, hang_up.CALL] if has_mark or len(others) < len(calls) else others
