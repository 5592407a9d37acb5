"""A uvicorn server in the loop of a test."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn

from testing.guard import GUARD_SECONDS


@asynccontextmanager
async def running(config: uvicorn.Config) -> AsyncIterator[uvicorn.Server]:
    """The server; it ends with the block."""
    server = uvicorn.Server(config)
    config.load()
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    try:
        yield server
    finally:
        await _end(server)


def port_of(server: uvicorn.Server) -> int:
    """Where it listens."""
    port: int = server.servers[0].sockets[0].getsockname()[1]
    return port


async def _end(server: uvicorn.Server) -> None:
    """What `server.shutdown()` does, without its pauses of 0.1 s."""
    for listening in server.servers:
        listening.close()
    for connection in list(server.server_state.connections):
        connection.shutdown()
    async with asyncio.timeout(GUARD_SECONDS):
        state = server.server_state
        while state.connections or state.tasks:  # noqa: ASYNC110  # uvicorn tells nobody
            await asyncio.sleep(0.001)
    for listening in server.servers:
        await listening.wait_closed()
