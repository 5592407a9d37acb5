"""The way of events from what works for a call, such as its engine, to the call that owns it."""

from collections.abc import Callable

from telephony.session.events import Event


class EventSink:
    """Passes events on until the call closes it. Owned by a call; for the event loop's thread.

    The call owns its engine, and the engine only this: once it is closed neither keeps the other,
    so both go, with the sound and the words of the call, as soon as nothing else holds them.
    """

    __slots__ = ("_take",)

    def __init__(self, take: Callable[[Event], None]) -> None:
        self._take: Callable[[Event], None] | None = take

    def emit(self, event: Event) -> None:
        """Pass `event` on; after `close` nothing is left that it could change."""
        if self._take is not None:
            self._take(event)

    def close(self) -> None:
        """Pass nothing on any more. Idempotent."""
        self._take = None
