"""Answers of models outside of a call: as text, bounded, and with the tokens that they used.

On an event loop of the caller's own, which ends afterwards (`closing_connections`).
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, asynccontextmanager, suppress
from typing import Final, Protocol

from agents.engines import registry, tokens
from agents.engines.base import LanguageModel
from agents.engines.chat.prompt import ChatMessage, estimated_tokens
from agents.engines.conversation import ToolCall, Utterance
from agents.engines.model_events import TextDelta, TokensUsed

CLOSING_SECONDS: Final = 5.0  # of connections; a server that hangs may not hold the worker


class Metered(Protocol):
    """What tokens are added to."""

    tokens_in: int
    tokens_out: int


async def text_answer(
    model: LanguageModel,
    conversation: Sequence[Utterance],
    *,
    messages: list[ChatMessage],
    longest: int,
    metered: Metered,
) -> tuple[str, list[ToolCall]]:
    """What `model` says next, without spaces around it, and the tools that it calls.

    messages: of the request, to estimate its tokens: a provider counts them at the end of an
    answer, and charges for one that was cut off as well. longest: in characters; an answer is left
    once it is longer. Raises what the model does.
    """
    text, calls, used, is_refused = "", [], None, False
    try:
        async with aclosing(model.reply(tuple(conversation))) as events:
            async for event in events:
                match event:
                    case TextDelta():
                        text += event.text
                        if len(text) > longest:
                            break
                    case ToolCall():
                        calls.append(event)
                    case TokensUsed():
                        used = event
    except Exception:
        is_refused = not text and not calls
        raise
    finally:
        if used is None and not is_refused:
            used = TokensUsed(estimated_tokens(messages), tokens.estimate(text))
        if used is not None:
            metered.tokens_in += used.tokens_in
            metered.tokens_out += used.tokens_out
    return text.strip(), calls


@asynccontextmanager
async def closing_connections() -> AsyncGenerator[None]:
    """Closes, behind the block, what engines have opened on this loop."""
    try:
        yield
    finally:
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSING_SECONDS):
                await registry.aclose()
