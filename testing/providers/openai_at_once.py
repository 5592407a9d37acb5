"""The fake OpenAI server of one test: it answers without waiting, and the engines end with it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from agents.engines.openai import tts
from testing.guard import GUARD_SECONDS
from testing.providers.behaviour import Behaviour
from testing.providers.openai_server import OpenAIServer


@asynccontextmanager
async def openai_at_once(**behaviour: Any) -> AsyncIterator[OpenAIServer]:
    """A server with this `Behaviour`, for GUARD_SECONDS at most; TimeoutError after them.

    What the engines keep between calls (clients, MP3 decoders) is closed with it.
    """
    async with OpenAIServer(Behaviour.at_once(**behaviour)) as fake, asyncio.timeout(GUARD_SECONDS):
        yield fake
        await tts.aclose()
