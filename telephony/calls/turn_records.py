"""Hands the turns and the flight record of a call to the record writer."""

from typing import Any

from telephony.calls.resuming.owners_recorder import OwnersRecorder
from telephony.calls.streams.earlier import FIRST, Earlier
from telephony.session.events import Event
from telephony.session.resuming.state import CallState
from telephony.session.turns import TurnRecord
from usage.records import turns


def row_of(turn: TurnRecord) -> dict[str, Any]:
    """A turn as `turns.save_turn` takes it."""
    return {
        "number": turn.number,
        "role": turn.role.value,
        "text": turn.text,
        "heard_text": turn.heard_text,
        "interrupted": turn.interrupted,
        "started_ms": turn.started_ms,
        "ended_ms": turn.ended_ms,
        "latency_ms": turn.latency_ms,
        "endpoint": turn.endpoint,
        "language": turn.language,
    }


class TurnRecords:
    """The text records of one call, without redaction. For the event loop's thread."""

    def __init__(self, call_id: int, *, recorder: OwnersRecorder, earlier: Earlier = FIRST) -> None:
        """earlier: the call's former streams."""
        self._call_id = call_id
        self._recorder = recorder
        self._earlier = earlier

    def observe(self, event: Event, media_ms: int) -> None:
        """`event` is about to be processed, at `media_ms` of the media clock."""

    def keep(self, turn: TurnRecord, *, now_ms: int, media_ms: int) -> bool:
        """Keep this turn; one with the same number is replaced. now_ms: the session's clock.

        Returns whether it may be shown as it is.
        """
        self._recorder.submit_in_place(  # so that no earlier turn is missing
            ("turn", self._call_id, turn.number),
            turns.save_turn,
            self._call_id,
            **row_of(self._earlier.in_call(turn)),
        )
        return True

    def without_words(self, state: CallState) -> CallState:
        """The part of a call's state that may be stored. On the writer thread."""
        return state

    def received(self, media_ms: int) -> None:
        """The event was processed, and all resulting turns were kept."""

    def finish(self, packed: bytes | None, media_ms: int) -> None:
        """The stream is over. packed: its packed record; None keeps that of an earlier one."""
        if packed is not None:
            self._recorder.submit(turns.save_flight_record, self._call_id, packed)
