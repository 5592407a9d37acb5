"""Servers that send each message back and do nothing else: `... echo_server KIND PORT`.

websockets  that library alone
uvicorn     an ASGI application on uvicorn, started as usual: the limit
asgi        the same on our own protocol class, which such an application does not use
direct      an application that takes our protocol's fast lane, as calls do
"""

import argparse
import asyncio
from typing import Any, Final

import uvicorn
import uvloop
from websockets.asyncio.server import ServerConnection, serve

from voicex.server import MAX_SOCKET_MESSAGE_BYTES
from voicex.web.fast_websocket import EXTENSION, FastProtocol, FastSocket


async def by_asgi(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """An ASGI application without a framework."""
    assert scope["type"] == "websocket"
    await receive()
    await send({"type": "websocket.accept"})
    while (event := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": event["text"]})


async def by_fast_lane(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """An ASGI application that takes over its socket."""
    await receive()
    await send({"type": "websocket.accept"})
    direct: FastSocket = scope["extensions"][EXTENSION]["socket"]
    await direct.deliver(direct.write, lambda: None)


async def _echo(connection: ServerConnection) -> None:
    async for message in connection:
        await connection.send(message)


async def _websockets(port: int) -> None:
    async with serve(_echo, "127.0.0.1", port, compression=None):
        await asyncio.Event().wait()


APPLICATIONS: Final = {"uvicorn": by_asgi, "asgi": by_asgi, "direct": by_fast_lane}


def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=("websockets", *APPLICATIONS))
    parser.add_argument("port", type=int)
    options = parser.parse_args()
    if options.kind == "websockets":
        uvloop.run(_websockets(options.port))
    else:  # as voicex.server starts it
        uvicorn.run(
            APPLICATIONS[options.kind],
            port=options.port,
            loop="uvloop",
            ws="auto" if options.kind == "uvicorn" else FastProtocol,
            ws_max_size=MAX_SOCKET_MESSAGE_BYTES,
            ws_per_message_deflate=False,
            lifespan="off",
            log_config=None,
            access_log=False,
        )


if __name__ == "__main__":
    main()
