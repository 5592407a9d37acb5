"""Writes records of a stream only while that stream owns the call.

A process that was frozen, or lost its connection silently, may not know that another process
continues its call. Its records would then overwrite those of the new owner, or close what the owner
still needs.
"""

from collections.abc import Callable
from functools import wraps
from time import monotonic
from typing import Any, Final, Self

from django.db import transaction

from telephony.calls.streams.live_call import LiveCall
from telephony.process.record_writer import RecordWriter
from usage.takeover import states

# After a stall of this many seconds the calls of a process may have been taken over.
FROZEN_SECONDS: Final = 3.0
# Likewise after this many seconds without audio or a tick. A carrier sends 50 frames a second, and
# asks another process once it has lost the connection.
SILENT_SECONDS: Final = 0.3
LATE_SECONDS: Final = 1.0


class Liveness:
    """The times of the latest audio and tick of a call, on the monotonic clock."""

    def __init__(self) -> None:
        self.heard_at = self.ticked_at = monotonic()

    @property
    def is_sure(self) -> bool:
        """Whether both are recent: then no other process can have taken over the call."""
        now = monotonic()
        return now - self.heard_at < SILENT_SECONDS and now - self.ticked_at < LATE_SECONDS

    def tick(self) -> bool:
        """Note a tick; False when the process was stalled before it."""
        before, self.ticked_at = self.ticked_at, monotonic()
        return self.ticked_at - before <= FROZEN_SECONDS


class OwnersRecorder:
    """Writes records as `RecordWriter` does, but checks the ownership first when it is in doubt.

    For the event loop's thread, unless a method says otherwise.
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
        """is_resumable: whether other processes may continue the call."""
        self._recorder = recorder
        self._call_id = call_id
        self._generation = generation
        self._is_resumable = is_resumable
        self._liveness = liveness or Liveness()
        self._is_doubtful = False

    @classmethod
    def of(cls, call: LiveCall, recorder: RecordWriter, liveness: Liveness) -> Self:
        """The recorder for the stream of `call`."""
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
        """As `RecordWriter.submit_apart`: queued behind the end of the stream, and never
        replaced.
        """
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

    def submit_owned(self, service: Callable[..., Any], /, *args: Any, **kwargs: Any) -> bool:
        """As `submit`, but always checks the ownership. Safe on any thread. False: the writer's
        queue is full.
        """
        return self._recorder.submit(self._owners(service), *args, **kwargs)

    @property
    def generation(self) -> int:
        """The generation of the stream."""
        return self._generation

    @property
    def is_resumable(self) -> bool:
        """Whether another process may continue the call."""
        return self._is_resumable

    def is_owner(self) -> bool:
        """Whether this stream still owns the call. Reads the database; not on the event loop's
        thread.
        """
        return not self._is_resumable or states.is_owner(self._call_id, self._generation)

    def _in_doubt(self, service: Callable[..., Any], *, is_held: bool = True) -> Callable[..., Any]:
        is_sure = self._liveness.is_sure and not self._is_doubtful
        return service if is_sure else self._owners(service, is_held=is_held)

    def _owners(self, service: Callable[..., Any], *, is_held: bool = True) -> Callable[..., Any]:
        """is_held: lock the call's row meanwhile, so that no process can take over the call."""
        if not self._is_resumable:
            return service
        call_id, generation = self._call_id, self._generation

        @wraps(service)  # refused records are stored by this name
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
    """The key by which a record replaces another: doubtful records never replace certain ones, or
    neither might be written.
    """
    return of if guarded is service else ("in doubt", of)
