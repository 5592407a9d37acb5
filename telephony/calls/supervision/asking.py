"""Orders of which the sender learns what became of them."""

import asyncio
from typing import Any, Final

from channels.layers import get_channel_layer

from telephony.calls import live_hub

ANSWER_SECONDS: Final = 1.5  # a member waits for it


async def ask(call_id: int, what: str, *, text: str, address: str) -> str:
    """Send an order as `live_hub.order` does; what became of it, "" where no process says that in
    time.

    Raises as `live_hub.order`.
    """
    layer = get_channel_layer()
    async with asyncio.timeout(live_hub.SEND_SECONDS):  # it subscribes at Redis
        channel = await layer.new_channel()
    answered: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def listen() -> None:
        while True:  # until cancelled, for which the layer forgets the channel
            told = await layer.receive(channel)
            if not answered.done():
                answered.set_result(str(told.get("answer", "")))

    listening = asyncio.create_task(listen(), name="order-answer")
    try:
        await asyncio.sleep(0)  # one that never began would not have the channel forgotten
        await live_hub.order(call_id, what, text=text, address=address, answer_to=channel)
        either: list[asyncio.Future[Any]] = [answered, listening]
        await asyncio.wait(either, timeout=ANSWER_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        return answered.result() if answered.done() else ""
    finally:
        listening.cancel()
        ended = asyncio.gather(listening, return_exceptions=True)
        await asyncio.wait([ended], timeout=live_hub.SEND_SECONDS)  # it unsubscribes
