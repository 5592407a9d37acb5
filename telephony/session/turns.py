"""Whose turn it is: the states of a call as a table, and what is kept of each turn.

`TRANSITIONS` is the whole machine. An event without an entry does not change whose turn
it is. The diagram in docs/architecture.md is made from this table, and a test compares.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from agents.engines.conversation import Role
from agents.engines.events import AudioDelta, SpeechStarted, SpeechStopped
from telephony.session.events import (
    AnswerDue,
    CallerGone,
    CallerTyped,
    CallFinished,
    CallOpened,
    DigitPressed,
    DigitsEntered,
    ReplyAbandoned,
    ReplyHeard,
    TimeIsUp,
)


class Turn(StrEnum):
    """Whose turn it is."""

    LISTENING = "listening"  # nobody speaks; the caller may
    HEARING = "hearing"  # the caller speaks, or pauses within the turn
    THINKING = "thinking"  # the caller's turn is over, the answer is not audible yet
    SPEAKING = "speaking"  # audio is sent that is not proven heard
    ENDED = "ended"


TRANSITIONS: Final[dict[tuple[Turn, type], Turn]] = {
    (Turn.LISTENING, CallOpened): Turn.THINKING,  # the greeting
    (Turn.LISTENING, SpeechStarted): Turn.HEARING,
    (Turn.HEARING, SpeechStopped): Turn.THINKING,
    (Turn.THINKING, SpeechStarted): Turn.HEARING,  # the caller goes on before the answer
    (Turn.THINKING, AudioDelta): Turn.SPEAKING,
    (Turn.THINKING, ReplyAbandoned): Turn.LISTENING,
    (Turn.SPEAKING, SpeechStarted): Turn.HEARING,  # barge-in
    (Turn.SPEAKING, ReplyHeard): Turn.LISTENING,
    (Turn.SPEAKING, DigitPressed): Turn.LISTENING,  # barge-in by key
    (Turn.LISTENING, AnswerDue): Turn.THINKING,
    (Turn.LISTENING, DigitsEntered): Turn.THINKING,
    (Turn.HEARING, DigitsEntered): Turn.THINKING,
    **{(turn, CallerTyped): Turn.THINKING for turn in Turn if turn is not Turn.ENDED},
    **{(turn, TimeIsUp): Turn.THINKING for turn in Turn if turn is not Turn.ENDED},
    **{(turn, CallerGone): Turn.ENDED for turn in Turn},
    **{(turn, CallFinished): Turn.ENDED for turn in Turn},
}


@dataclass(frozen=True, slots=True)
class TurnRecord:
    """One stretch of one speaker, as the transcript keeps it.

    Times are milliseconds on the session's clock. `latency_ms` maps stage names to
    milliseconds after the caller's last speech (see `agents.engines.events.Stage`).
    is_sign_of_life: "One moment, please.", which answers nothing.
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
