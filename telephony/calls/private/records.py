"""The records of a private call, redacted by `agents.redaction` before they are written.

The event loop hands over turns unredacted; the writer thread examines each together with the turns
before it, and writes all that change: a turn is stored again if only the next turn shows that its
digits are part of a number. The same thread reports to the recording which audio is settled and
which has to be muted (`telephony.calls.private.muting`). Unredacted text stays in the memory of
this process.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

import structlog
from django.db import transaction

from agents.engines.conversation import Role
from agents.redaction.conversation import Found, Kind, Span, find, kinds_of, replaced
from agents.redaction.names import words_of
from agents.redaction.texts import NAME, Text
from agents.settings.config import AgentConfig, Privacy
from telephony.calls.private import flight_record as flight_record
from telephony.calls.private.muting import Settled
from telephony.calls.private.stretches import FOREVER, Stretch, Stretches
from telephony.calls.resuming.owners_recorder import OwnersRecorder
from telephony.calls.streams.earlier import FIRST, Earlier
from telephony.calls.turn_records import TurnRecords, row_of
from telephony.process.record_writer import write_or_keep
from telephony.session.events import Event
from telephony.session.resuming.state import CallState, forgetful
from telephony.session.turns import TurnRecord
from usage.records import dead_letters, turns
from usage.records.database import AWAY

log = structlog.get_logger(__name__)

Show = Callable[[TurnRecord], object]
# The number of latest turns that are examined with each new one.
LOOKED_AT: Final = 12


@dataclass(frozen=True, slots=True)
class _Kept:
    """An unredacted turn, and its position in the audio."""

    turn: TurnRecord
    text: Text
    stretch: Stretch


@dataclass(frozen=True, slots=True)
class _Moment:
    """The position on the media clock (ms) when the event loop handed over a job."""

    unknown_since_ms: int
    lost: tuple[Stretch, ...]


class _Taker:
    """Redacts the turns of one call. For the writer thread; jobs are idempotent."""

    def __init__(
        self,
        call_id: int,
        kinds: frozenset[Kind],
        *,
        show: Show,
        settle: Callable[[Settled], None],
        earlier: Earlier = FIRST,
        written: Iterable[TurnRecord] = (),
        names: frozenset[str] = frozenset(),
    ) -> None:
        """earlier, written: as in `records_of`. names: words of names known before the call."""
        self._earlier = earlier
        self._call_id = call_id
        self._kinds = kinds
        self._show = show
        self._settle = settle
        self._kept: dict[int, _Kept] = {}
        self._names = names
        self._silent: set[int] = set()  # turns with redactions
        self._has_numbers = False
        self._written = {turn.number: turn for turn in written}
        self._refused: set[int] = set()  # turns whose write failed once
        self._unread: dict[int, Stretch] = {}  # turns whose redaction failed, with their positions
        self._settled_ms = 0  # as last reported during the call
        self._is_read = False  # whether the call is over and all is reported

    def write_turn(self, turn: TurnRecord, stretch: Stretch, moment: _Moment) -> None:
        """Write `turn`, and earlier turns whose redaction changes with it."""
        if turn.is_sign_of_life:  # contains no data of the caller, and answers no question
            self._save(turn)
            self._show(turn)
            return
        if turn.role is Role.TOOL:
            turn = replace(turn, text=turn.text.partition(" ")[0], heard_text="")
            self._save(turn)  # only the tool's name is kept: arguments and result are not examined
            return
        self._unread[turn.number] = stretch
        before = self._kept.get(turn.number)
        if before is not None and before.text.said == turn.text:
            text = before.text
        else:
            text = Text(turn.role, turn.text)
        self._kept[turn.number] = _Kept(turn, text, stretch)
        numbers = self._looked_at(turn.number)
        found = self._write(numbers, is_over=False)
        for number in numbers:
            self._unread.pop(number, None)
        self._show(self._without(self._kept[turn.number], found.spans[numbers.index(turn.number)]))
        unsettled = numbers[min(found.unsettled, len(numbers) - 1)]
        self._publish_settled(self._kept[unsettled].stretch.begin_ms, moment, is_over=False)

    def _looked_at(self, number: int) -> list[int]:
        """The turns to examine: the latest ones, more if an older turn was kept again."""
        numbers = sorted(self._kept)
        return numbers[min(numbers.index(number), max(0, len(numbers) - LOOKED_AT)) :]

    def write_rest(self, moment: _Moment) -> None:
        """Write all turns once more after the end of the call."""
        unknown: tuple[Stretch, ...]
        try:
            self._write(sorted(self._kept), is_over=True)
        except AWAY:
            raise
        except Exception as error:  # boundary: else a recording would never be closed
            log.error("private_call_not_read", call_id=self._call_id, error=type(error).__name__)
            unknown = (Stretch(self._settled_ms, FOREVER),)
        else:
            unknown = tuple(self._unread.values())
        self._is_read = not unknown
        self._publish_settled(FOREVER, replace(moment, lost=(*moment.lost, *unknown)), is_over=True)

    def write_flight_record(self, packed: bytes) -> None:
        """Write the flight record, but only if the redaction of all turns succeeded."""
        if not self._is_read:
            return
        record = flight_record.without(
            packed, self._kinds, known=self._names, has_numbers=self._has_numbers
        )
        write_or_keep(turns.save_flight_record, self._call_id, record)

    def without_words(self, state: CallState) -> CallState:
        """The state with redacted turns, and without any other spoken text."""
        turns = (
            self._written.get(turn.number, replace(turn, text="", heard_text=""))
            for turn in state.turns.turns
        )
        return forgetful(state, tuple(turns))

    def _write(self, numbers: list[int], *, is_over: bool) -> Found:
        kept = [self._kept[number] for number in numbers]
        texts = [each.text for each in kept]
        found = find(texts, self._kinds, is_over=is_over, known=self._names)
        self._names = found.names
        for number, spans in zip(numbers, found.spans, strict=True):
            (self._silent.add if spans else self._silent.discard)(number)
        labels = {span.label for spans in found.spans for span in spans}
        self._has_numbers = bool(labels - {NAME})
        for each, spans in zip(kept, found.spans, strict=True):
            self._save(self._without(each, spans))
        return found

    def _save(self, turn: TurnRecord) -> None:
        """Write a turn unless that text is written already. A failed transaction has written
        nothing.
        """
        if self._written.get(turn.number) == turn:
            return
        row = row_of(self._earlier.in_call(turn))
        is_written = write_or_keep(turns.save_turn, self._call_id, **row)
        if not is_written:
            self._refused.add(turn.number)
        elif turn.number in self._refused:  # a redaction was added to an already kept turn
            dead_letters.forget("save_turn", self._call_id, number=turn.number)
        transaction.on_commit(partial(self._written.__setitem__, turn.number, turn))

    def _without(self, kept: _Kept, spans: tuple[Span, ...]) -> TurnRecord:
        turn = kept.turn
        text = replaced(turn.text, spans)
        if turn.text.startswith(turn.heard_text):
            heard = replaced(turn.text, spans, up_to=len(turn.heard_text))
        else:
            alone = [Text(turn.role, turn.heard_text)]
            [own] = find(alone, self._kinds, is_over=True, known=self._names).spans
            heard = replaced(turn.heard_text, own)
        return replace(turn, text=text, heard_text=heard)

    def _publish_settled(self, settled_ms: int, moment: _Moment, *, is_over: bool) -> None:
        known_ms = FOREVER
        if not is_over:
            unread = [each.begin_ms for each in self._unread.values()]
            known_ms = min([moment.unknown_since_ms, *unread])
            settled_ms = self._settled_ms = min(settled_ms, known_ms)
        silent = [self._kept[number].stretch for number in sorted(self._silent)]
        self._settle(
            Settled(
                settled_ms=settled_ms,
                known_ms=known_ms,
                silent=(*silent, *moment.lost),
                is_over=is_over,
            )
        )


def records_of(
    call_id: int,
    config: AgentConfig,
    *,
    recorder: OwnersRecorder,
    show: Show,
    settle: Callable[[Settled], None],
    earlier: Earlier = FIRST,
    written: Iterable[TurnRecord] = (),
) -> TurnRecords:
    """The records of a stream: `PrivateRecords` if `config` demands redaction.

    earlier: the call's former streams. written: the turns that the session begins with, as they are
    stored.
    """
    if not config.privacy.is_on:
        return TurnRecords(call_id, recorder=recorder, earlier=earlier)
    return PrivateRecords(
        call_id,
        config.privacy,
        recorder=recorder,
        show=show,
        settle=settle,
        earlier=earlier,
        written=written,
        names=words_of(config.caller_name),
    )


class PrivateRecords(TurnRecords):
    """`TurnRecords` with redaction by `privacy`. For the event loop's thread."""

    def __init__(
        self,
        call_id: int,
        privacy: Privacy,
        *,
        recorder: OwnersRecorder,
        show: Show,
        settle: Callable[[Settled], None],
        earlier: Earlier = FIRST,
        written: Iterable[TurnRecord] = (),
        names: frozenset[str] = frozenset(),
    ) -> None:
        """show: shows a turn to a caller on a page, on the event loop's thread. settle: called with
        the settled audio, on the writer thread. earlier, written: as in `records_of`. names: words
        that are redacted with the caller's names, in lower case.
        """
        super().__init__(call_id, recorder=recorder, earlier=earlier)
        self._show = show
        self._stretches = Stretches()
        self._loop = asyncio.get_running_loop()
        self._taker = _Taker(
            call_id,
            kinds_of(privacy),
            show=self._show_from_thread,
            settle=settle,
            earlier=earlier,
            written=written,
            names=names,
        )

    def observe(self, event: Event, media_ms: int) -> None:
        """`event` is about to be received, at `media_ms` on the media clock."""
        self._stretches.observe(event, media_ms)

    def keep(self, turn: TurnRecord, *, now_ms: int, media_ms: int) -> bool:
        """Keep this turn; returns False, as it is shown only after it was examined."""
        stretch = self._stretches.keep(turn, now_ms=now_ms, media_ms=media_ms)
        # In order: audio after a turn must not be settled before that turn was examined.
        self._recorder.submit(self._taker.write_turn, turn, stretch, self._moment(media_ms))
        return False

    def without_words(self, state: CallState) -> CallState:
        """The state as it may be stored. On the writer thread."""
        return self._taker.without_words(state)

    def received(self, media_ms: int) -> None:
        """The event was received, and all resulting turns were kept."""
        self._stretches.received(media_ms)

    def finish(self, packed: bytes | None, media_ms: int) -> None:
        """The stream is over: redact the rest, and hand over its packed flight record."""
        self._stretches.end(media_ms)
        # Handed over last, as all turns are examined once more, and billing records should not wait
        # for it.
        self._recorder.submit_apart(self._taker.write_rest, self._moment(media_ms))
        if packed is not None:
            self._recorder.submit(self._taker.write_flight_record, packed)

    def _moment(self, media_ms: int) -> _Moment:
        return _Moment(self._stretches.unknown_since(media_ms), self._stretches.lost)

    def _show_from_thread(self, turn: TurnRecord) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._show, turn)
