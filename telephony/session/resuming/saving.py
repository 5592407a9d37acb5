"""Converts the parts of a session to a saved state, and back."""

from dataclasses import dataclass

from agents.engines.events import Transcribed
from telephony.session.barge_in.doubt import Doubt
from telephony.session.floor import Floor
from telephony.session.keypad import TypedInput
from telephony.session.resuming import lost_replies
from telephony.session.resuming.state import FORMAT, CallState, SavedCaller
from telephony.session.silence.timekeeping import Timekeeper
from telephony.session.turns import TurnState


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a session whose state is saved."""

    floor: Floor
    doubt: Doubt
    typed: TypedInput
    time: Timekeeper


def state_of(parts: Parts, *, version: int, now_ms: int) -> CallState:
    """The state of a session. version: of its agent."""
    floor = parts.floor
    consent = floor.consent
    return CallState(
        format=FORMAT,
        agent_version=version,
        at_ms=now_ms,
        doing=floor.state,
        turns=floor.transcript.save(),
        caller=_caller(parts),
        reply=lost_replies.save(floor.replies),
        consent=None if consent.is_open else consent.is_given,
        replies=floor.replies.begun,
        tools=floor.replies.tools.last_id,
        signs_of_life=floor.replies.signs.said,
        failures=floor.replies.failures,
        is_end_announced=parts.time.is_announced,
        turn_from_ms=floor.turn_from_ms,
        transfer=floor.transfer,
        language=floor.language.tag,
        is_language_wished=floor.language.is_wished,
        ends_at_ms=parts.time.limit_ms if parts.time.is_winding_up else None,
        owes_result=floor.replies.owes_result,
    )


def _caller(parts: Parts) -> SavedCaller:
    floor = parts.floor
    is_heard = floor.state in (TurnState.HEARING, TurnState.TRANSCRIBING)
    result = floor.speech.result if is_heard else None
    digits, is_number_over, pressed_at_ms = parts.typed.keypad.save()
    is_granted, reminders, silent_from_ms, sound_at_ms = floor.patience.save()
    asked_again, asked_again_at_ms = floor.speech.save()
    return SavedCaller(
        words=result.text if isinstance(result, Transcribed) else "",
        is_again=floor.speech.is_again,
        pause_ms=floor.ending.pause_ms,
        has_echo=parts.doubt.has_echo,
        digits=digits,
        is_number_over=is_number_over,
        pressed_at_ms=pressed_at_ms,
        typed=tuple(parts.typed.texts),
        is_granted=is_granted,
        reminders=reminders,
        silent_from_ms=silent_from_ms,
        sound_at_ms=sound_at_ms,
        asked_again=asked_again,
        asked_again_at_ms=asked_again_at_ms,
        is_aside_kept=floor.is_aside_kept,
    )


def restore(parts: Parts, state: CallState) -> None:
    """Restore the parts of a new session from a state, which contains nothing in flight."""
    floor, caller = parts.floor, state.caller
    floor.transcript.restore(state.turns)
    floor.replies.begun = state.replies
    floor.replies.tools.restore(state.tools)
    floor.replies.signs.said = state.signs_of_life
    floor.replies.owes_result = state.owes_result
    floor.replies.failures = state.failures
    floor.consent.is_given = bool(state.consent)
    floor.language.restore(state.language, is_wished=state.is_language_wished)
    floor.patience.restore(
        caller.is_granted, caller.reminders, caller.silent_from_ms, caller.sound_at_ms
    )
    floor.speech.restore(caller.asked_again, caller.asked_again_at_ms, at_ms=state.at_ms)
    floor.speech.is_again = caller.is_again
    floor.ending.pause_ms = caller.pause_ms
    floor.turn_from_ms = state.turn_from_ms
    floor.is_aside_kept = caller.is_aside_kept
    parts.doubt.has_echo = caller.has_echo
    parts.typed.keypad.restore(caller.digits, caller.is_number_over, caller.pressed_at_ms)
    parts.typed.restore(caller.typed)
    parts.time.is_announced = state.is_end_announced
    if state.ends_at_ms is not None:
        parts.time.end_at(state.ends_at_ms)
