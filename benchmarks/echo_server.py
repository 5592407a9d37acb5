"""Servers that send each message back and do nothing else: `... echo_server KIND PORT`.

The limit that any server in Python on these libraries has.
"""

import argparse
import asyncio
from typing import Any

import uvicorn
import uvloop
from websockets.asyncio.server import ServerConnection, serve

from voicex.server import MAX_SOCKET_MESSAGE_BYTES


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """An ASGI application without a framework."""
    assert scope["type"] == "websocket"
    await receive()
    await send({"type": "websocket.accept"})
    while (event := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": event["text"]})


async def _echo(connection: ServerConnection) -> None:
    async for message in connection:
        await connection.send(message)


async def _websockets(port: int) -> None:
    async with serve(_echo, "127.0.0.1", port, compression=None):
        await asyncio.Event().wait()


def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=("websockets", "uvicorn"))
    parser.add_argument("port", type=int)
    options = parser.parse_args()
    if options.kind == "websockets":
        uvloop.run(_websockets(options.port))
    else:  # as voicex.server starts it
        uvicorn.run(
            application,
            port=options.port,
            loop="uvloop",
            ws="auto",
            ws_max_size=MAX_SOCKET_MESSAGE_BYTES,
            ws_per_message_deflate=False,
            lifespan="off",
            log_config=None,
            access_log=False,
        )


if __name__ == "__main__":
    main()
