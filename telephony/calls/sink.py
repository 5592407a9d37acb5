"""Passes events from an engine or tool to the call that owns it."""

from collections.abc import Callable

from telephony.session.events import Event


class EventSink:
    """Passes events to a call until it is closed. Owned by the call; for the event loop's thread.

    The call owns its engine, and the engine only references this sink. Once it is closed there is
    no reference cycle, so both are freed at once, with the audio and text of the call.
    """

    __slots__ = ("_take",)

    def __init__(self, take: Callable[[Event], None]) -> None:
        self._take: Callable[[Event], None] | None = take

    def emit(self, event: Event) -> None:
        """Pass on `event`; ignored after `close`."""
        if self._take is not None:
            self._take(event)

    def close(self) -> None:
        """Drop the reference to the call. Idempotent."""
        self._take = None
