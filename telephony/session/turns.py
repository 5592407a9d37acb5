"""The turn states of a call as a table of transitions, and the record of a turn.

A call has several state machines. The first is the table `TRANSITIONS` below; each of the others is
small, and belongs to one class:

    machine      states                                         owner
    turn         opening, listening, hearing, transcribing,     `TRANSITIONS`; `Floor` moves it
                 thinking, speaking, leaving, ended
    consent      settled -> notice -> asked -> settled          `consent.Consent`
    keypad       empty -> entering -> complete -> empty         `keypad.Keypad`
    draft        none -> begun -> none (taken or dropped)       `replies.Replies`
    goodbye      none -> said -> cut off -> said again          `replies.Replies`; last words
                                                                that nothing cuts off: "leaving"
    sign of life none -> being made -> audible -> none          `waiting.SignsOfLife`
    silence      counting -> reminded -> again -> left;       `silence.patience.Patience`
                 granted: the caller asked for a moment
    tool         called -> running -> returned                  `tool_runs.ToolRuns`
    transfer     none -> ready -> last words                    `floor.Floor`; nothing cuts it off
    doubt        none -> doubtful -> none (claims or passes)    `barge_in.doubt.Doubt`
    said whole   none -> waited for -> none                     `barge_in.whole.SaidWhole`

A pair of state and event that the table does not list is a programming error. It does not change
the state: it raises in a session without a `report` callback, as in tests, and is logged otherwise.
Events that never change the state, such as a mark or a stage, are not in the table. The diagram in
docs/architecture.md is generated from it, and a test compares them.

In thinking, speaking and leaving there is a current reply; in the other states there is none.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from agents.engines.conversation import Role
from agents.engines.events import AudioDelta, SpeechStarted, SpeechStopped
from telephony.session.events import (
    CallerGone,
    CallerTyped,
    CallFinished,
    CallOpened,
    CallResumed,
    ConsentSettled,
    DigitPressed,
    DigitsEntered,
    FarewellDue,
    ReplyAbandoned,
    ReplyDue,
    ReplyHeard,
    SpeechOutlasted,
)


class TurnState(StrEnum):
    """Whose turn it is."""

    OPENING = "opening"  # the stream is not open yet
    LISTENING = "listening"  # neither speaks; waits for the caller
    HEARING = "hearing"  # the caller speaks, or pauses within the turn
    TRANSCRIBING = "transcribing"  # the caller's turn is over, and being transcribed
    THINKING = "thinking"  # a reply is being generated, not audible yet
    SPEAKING = "speaking"  # its audio is being played
    LEAVING = "leaving"  # the goodbye is generated or said: it cannot be interrupted
    ENDED = "ended"


INITIAL: Final = TurnState.OPENING
OPEN: Final = (
    TurnState.LISTENING,
    TurnState.HEARING,
    TurnState.TRANSCRIBING,
    TurnState.THINKING,
    TurnState.SPEAKING,
)

TRANSITIONS: Final[dict[tuple[TurnState, type], TurnState]] = {
    (TurnState.OPENING, CallOpened): TurnState.LISTENING,
    (TurnState.OPENING, CallResumed): TurnState.LISTENING,
    # The caller's side.
    (TurnState.LISTENING, SpeechStarted): TurnState.HEARING,
    (TurnState.LISTENING, SpeechOutlasted): TurnState.HEARING,
    (TurnState.HEARING, SpeechStarted): TurnState.HEARING,  # again, without the end of the first
    (
        TurnState.TRANSCRIBING,
        SpeechStarted,
    ): TurnState.HEARING,  # the caller continues before the transcription
    (TurnState.THINKING, SpeechStarted): TurnState.HEARING,  # or before the answer is audible
    (TurnState.SPEAKING, SpeechStarted): TurnState.HEARING,  # barge-in
    (TurnState.SPEAKING, DigitPressed): TurnState.LISTENING,  # barge-in by key
    (TurnState.HEARING, SpeechStopped): TurnState.TRANSCRIBING,
    (TurnState.LISTENING, DigitsEntered): TurnState.TRANSCRIBING,  # these words are known at once
    (TurnState.HEARING, DigitsEntered): TurnState.TRANSCRIBING,
    **{(turn, CallerTyped): TurnState.TRANSCRIBING for turn in OPEN},
    # The agent's side.
    (TurnState.LISTENING, ReplyDue): TurnState.THINKING,
    (TurnState.TRANSCRIBING, ReplyDue): TurnState.THINKING,
    (TurnState.THINKING, ReplyDue): TurnState.THINKING,  # in place of a failed one
    (TurnState.TRANSCRIBING, ReplyAbandoned): TurnState.LISTENING,
    (TurnState.THINKING, ReplyAbandoned): TurnState.LISTENING,
    (TurnState.THINKING, AudioDelta): TurnState.SPEAKING,
    (TurnState.SPEAKING, AudioDelta): TurnState.SPEAKING,
    (TurnState.LEAVING, AudioDelta): TurnState.LEAVING,
    (TurnState.SPEAKING, ReplyHeard): TurnState.LISTENING,
    **{(turn, ConsentSettled): TurnState.LISTENING for turn in OPEN},
    # The end.
    **{(turn, FarewellDue): TurnState.LEAVING for turn in OPEN},
    **{(turn, CallerGone): TurnState.ENDED for turn in TurnState},
    **{(turn, CallFinished): TurnState.ENDED for turn in TurnState},
}


class UnlistedMove(Exception):
    """The table of states has no entry for this state and event."""


Report = Callable[[TurnState, type], None]


def raise_unlisted(turn: TurnState, event: type) -> None:
    """The default report for a pair that is not in `TRANSITIONS`. Raises UnlistedMove."""
    raise UnlistedMove(f"{event.__name__} in the state {turn} is not listed in TRANSITIONS")


@dataclass(frozen=True, slots=True)
class TurnRecord:
    """A turn as kept in the transcript.

    Times are milliseconds on the session's clock. `latency_ms` maps stage names to
    milliseconds after the caller's last speech (see `agents.engines.events.Stage`).
    is_sign_of_life: "One moment, please." or "Sorry to interrupt.", which answers nothing.
    endpoint: of the caller's speech, how much silence was to end it, and why: {"wait_ms",
    "reason"}, a `turns.reasons.Reason`, and "finished_percent" where the sound was asked.
    language: its tag, "" where the agent has only one.
    """

    number: int
    role: Role
    text: str
    heard_text: str
    interrupted: bool
    started_ms: int
    ended_ms: int
    latency_ms: dict[str, int] = field(default_factory=dict)
    is_sign_of_life: bool = False
    endpoint: dict[str, int | str] | None = None
    language: str = ""
