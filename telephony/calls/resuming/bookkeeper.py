"""Writes the records of a call beside its turns: usage, resumable state, end.

All records belong to one stream of the call, its generation. Once another stream has replaced it,
writes are refused, and the first refusal ends this stream (`telephony.calls.live_hub`).
"""

from collections.abc import Callable
from functools import partial
from math import inf
from time import monotonic
from typing import Final

import msgspec
from django.utils import timezone

from agents.engines.base import Engine
from agents.engines.events import SpeechStarted, Transcribed
from telephony.calls.resuming.resumed import used_in_all
from telephony.calls.streams.live_call import LiveCall
from telephony.process.recent_calls import recent_calls
from telephony.process.runtime import Runtime
from telephony.session.call import CallSession
from telephony.session.events import DigitPressed
from telephony.session.resuming.state import CallState
from telephony.session.turns import TurnState
from usage.takeover import states

# Changes within this time are written together, such as the first audio of an answer and its
# completion. Less than the interval of ticks, at which it is checked.
BETWEEN_STATES_SECONDS: Final = 0.2
# Events that change the resumable state without producing a turn.
OF_THE_CALLER: Final = frozenset({SpeechStarted, Transcribed, DigitPressed})
Redact = Callable[[CallState], CallState]


class Bookkeeper:
    """Hands over the records of one stream of a call. For the event loop's thread.

    redact: removes from a state what may not be stored; called on the writer thread.
    """

    def __init__(
        self,
        call: LiveCall,
        *,
        session: CallSession,
        engine: Engine,
        runtime: Runtime,
        redact: Redact,
    ) -> None:
        before = call.resumed
        self._call_id = call.call_id
        self._call_sid = call.call_sid
        self._org_id = call.org_id
        self._generation = call.generation
        self._is_resumable = call.is_resumable
        self._caps = call.setup.config.budget.caps
        self._earlier = call.earlier
        self._before = before.used if before else call.earlier.used
        self._said_again = before.unheard_characters if before else 0
        self._snapshots = before.sequence if before else call.earlier.snapshots
        self._session = session
        self._engine = engine
        self._runtime = runtime
        self._redact = redact
        self._is_changed = True
        self._stated_at = -inf
        self._language = call.setup.config.language
        self._noted = self._language  # the carrier may speak in this language
        recent_calls.begin(call.call_sid, language=self._language, generation=call.generation)
        self._note_language()

    def announce(self) -> None:
        """Publish the records written so far, once they are committed."""
        news, announce = ("news", self._call_id), self._runtime.live.announce
        self._runtime.recorder.submit_newest(news, announce, self._org_id, self._call_id)

    def note_change(self) -> None:
        """Note that the resumable state has changed."""
        self._is_changed = True

    def save_changes(self, *, now_ms: int) -> None:
        """Write the state of the call if it has changed and was not just written."""
        if self._is_changed and monotonic() - self._stated_at >= BETWEEN_STATES_SECONDS:
            self.save_state(now_ms=now_ms)

    def save_state(self, *, now_ms: int) -> None:
        """Write the state and the usage of the call. now_ms: the call's clock."""
        if not self._is_resumable or self._session.state is TurnState.ENDED:
            return
        self._is_changed = False
        self._stated_at = monotonic()
        self._note_language()
        self._runtime.recorder.submit_newest(
            ("state", self._call_id),
            self._runtime.live.save_state,
            self._call_id,
            generation=self._generation,
            state=partial(self._redact, self._snapshot(now_ms)),
            used=self._used(),
            now=timezone.now(),
        )

    def _snapshot(self, now_ms: int) -> CallState:
        """The session's state, with data of the call's former streams."""
        earlier = self._earlier
        return msgspec.structs.replace(
            self._session.snapshot(now_ms=now_ms),
            from_ms=earlier.from_ms,
            transfers=earlier.transfers,
        )

    def save_usage(self, *, is_final: bool) -> None:
        """Write the usage so far, which is also the heartbeat."""
        self._note_language()
        if is_final:
            recent_calls.end(self._call_sid, reason=self._session.end_reason)
        self._snapshots += 1
        self._runtime.recorder.submit_newest(
            ("usage", self._call_id),
            self._runtime.live.save_usage,
            self._call_id,
            sequence=self._snapshots,
            **self._used(),
            is_final=is_final,
            generation=self._generation,
            now=timezone.now(),
        )
        if not is_final:  # queued behind it, and so including the usage of this call
            self._runtime.recorder.submit_newest(
                ("budget", self._call_id),
                self._runtime.live.check_budget,
                self._call_id,
                org_id=self._org_id,
                agent=self._caps,
                now=timezone.now(),
            )

    def _note_language(self) -> None:
        """Record the current language, in which the carrier may still speak."""
        language = self._session.transcript.language or self._language
        if language != self._noted:
            self._noted = language
            recent_calls.speak(self._call_sid, language=language)

    def _used(self) -> dict[str, int]:
        media_ms = self._session.media_ms
        return used_in_all(
            self._before,
            stream_ms=media_ms,
            usage=self._engine.usage,
            said_again=self._said_again,
        )

    def leave(self) -> None:
        """Write that the call is handed over to another process, with its state."""
        self.save_usage(is_final=False)
        self._runtime.recorder.submit(states.leave, self._call_id, generation=self._generation)
