"""Whether others get their turns while an answer is read."""

import asyncio
from collections.abc import Iterable

from agents.engines.chat.stream import ChatStream


async def turns_beside(pieces: Iterable[bytes]) -> int:
    """How often another task had its turn while a stream read a body of these pieces."""
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    async def body():
        for piece in pieces:
            yield piece

    beside = asyncio.create_task(others())
    async for _event in ChatStream().events(body()):
        pass
    beside.cancel()
    return turns
