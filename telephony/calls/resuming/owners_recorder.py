"""Records of one stream of a call, which are written only while the call is that stream's.

A process that was frozen, or whose line broke without a word, may be the last to learn that another
one continues its call. What it writes then would take the place of what the other one wrote, or
close what the other one still needs.
"""

from collections.abc import Callable
from functools import wraps
from time import monotonic
from typing import Any, Final, Self

from django.db import transaction

from telephony.calls.streams.live_call import LiveCall
from telephony.process.record_writer import RecordWriter
from usage.takeover import states

# A process that stood still for so long may find that its calls are continued elsewhere.
FROZEN_SECONDS: Final = 3.0
# Without sound, or without a tick, for so long it may as well. A carrier sends 50 frames a second,
# and asks elsewhere once it has lost the line.
SILENT_SECONDS: Final = 0.3
LATE_SECONDS: Final = 1.0


class Liveness:
    """When the line and the clock of one call were alive last, by the monotonic clock."""

    def __init__(self) -> None:
        self.heard_at = self.ticked_at = monotonic()

    @property
    def is_sure(self) -> bool:
        """Whether both were a moment ago: then no other process has asked for the call."""
        now = monotonic()
        return now - self.heard_at < SILENT_SECONDS and now - self.ticked_at < LATE_SECONDS

    def tick(self) -> bool:
        """The clock ticks; False when the process stood still before."""
        before, self.ticked_at = self.ticked_at, monotonic()
        return self.ticked_at - before <= FROZEN_SECONDS


class OwnersRecorder:
    """Writes records as `RecordWriter` does, in doubt only those of the owner of the call.

    For the event loop's thread, where a method does not say otherwise.
    """

    def __init__(
        self,
        recorder: RecordWriter,
        call_id: int,
        *,
        generation: int,
        is_resumable: bool,
        liveness: Liveness | None = None,
    ) -> None:
        """is_resumable: other processes may continue the call."""
        self._recorder = recorder
        self._call_id = call_id
        self._generation = generation
        self._is_resumable = is_resumable
        self._liveness = liveness or Liveness()
        self._is_doubtful = False

    @classmethod
    def of(cls, call: LiveCall, recorder: RecordWriter, liveness: Liveness) -> Self:
        """For the stream of `call`."""
        return cls(
            recorder,
            call.call_id,
            generation=call.generation,
            is_resumable=call.is_resumable,
            liveness=liveness,
        )

    def doubt(self) -> None:
        """From now on another process may have continued the call."""
        self._is_doubtful = True

    def submit(self, service: Callable[..., Any], /, *args: Any, **kwargs: Any) -> None:
        """As `RecordWriter.submit`."""
        self._recorder.submit(self._in_doubt(service), *args, **kwargs)

    def submit_apart(self, service: Callable[..., Any], /, *args: Any, **kwargs: Any) -> None:
        """As `RecordWriter.submit_apart`: behind the end of the stream, which nothing replaces."""
        self._recorder.submit_apart(self._in_doubt(service, is_held=False), *args, **kwargs)

    def submit_newest(
        self, of: Any, service: Callable[..., Any], /, *args: Any, **kwargs: Any
    ) -> None:
        """As `RecordWriter.submit_newest`."""
        guarded = self._in_doubt(service)
        self._recorder.submit_newest(_apart(of, guarded, service), guarded, *args, **kwargs)

    def submit_in_place(
        self, of: Any, service: Callable[..., Any], /, *args: Any, **kwargs: Any
    ) -> None:
        """As `RecordWriter.submit_in_place`."""
        guarded = self._in_doubt(service)
        self._recorder.submit_in_place(_apart(of, guarded, service), guarded, *args, **kwargs)

    def submit_owned(self, service: Callable[..., Any], /, *args: Any, **kwargs: Any) -> None:
        """As `submit`, for a record that is never written without a look. On any thread."""
        self._recorder.submit(self._owners(service), *args, **kwargs)

    def is_owner(self) -> bool:
        """Whether the call is still this stream's. Reads the database; not on the loop's thread."""
        return not self._is_resumable or states.is_owner(self._call_id, self._generation)

    def _in_doubt(self, service: Callable[..., Any], *, is_held: bool = True) -> Callable[..., Any]:
        is_sure = self._liveness.is_sure and not self._is_doubtful
        return service if is_sure else self._owners(service, is_held=is_held)

    def _owners(self, service: Callable[..., Any], *, is_held: bool = True) -> Callable[..., Any]:
        """is_held: the call's row stays locked meanwhile, so that nobody takes the call over."""
        if not self._is_resumable:
            return service
        call_id, generation = self._call_id, self._generation

        @wraps(service)  # by its name a record that is refused is kept
        def if_owner(*args: Any, **kwargs: Any) -> None:
            if not is_held:
                if states.is_owner(call_id, generation):
                    service(*args, **kwargs)
                return
            with transaction.atomic():
                if states.hold(call_id, generation):
                    service(*args, **kwargs)

        return if_owner


def _apart(of: Any, guarded: Callable[..., Any], service: Callable[..., Any]) -> Any:
    """What a record replaces: one in doubt never a sure one, or neither might be written."""
    return of if guarded is service else ("in doubt", of)
