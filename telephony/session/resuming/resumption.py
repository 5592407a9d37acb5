"""Resumes a call on a new stream, usually in another process.

    the lost process was     here, once the stream is open
    not greeting yet,        from the beginning
      or asking for consent
    listening, hearing,      listen; where nothing is heard soon, or the gap was long, the caller
      transcribing           hears of it and is asked to go on; known words are answered
    thinking                 the answer is begun again, tools are asked for again under their keys
    speaking, leaving        the rest is said, from the word that was heard last
    putting through          the caller hears what is left of that, and is put through
    over                     nothing: it hangs up

Lost is what was in flight: speech without a transcription, and the unheard part of an answer that
was still being generated. Nothing that was heard is repeated.
"""

from collections.abc import Iterator
from typing import Final

from agents.speech.interruption.said_whole import LONGEST
from agents.transfers.settings import Transfers
from telephony.session.commands import Command, Record, SaveTurn
from telephony.session.events import CallResumed, MoveAsked, ReplyDue, TransferReady
from telephony.session.floor import Floor
from telephony.session.keypad import Keypad
from telephony.session.resuming import lost_replies
from telephony.session.resuming.departure import Departure
from telephony.session.resuming.state import CallState, SavedReply
from telephony.session.turns import TurnState
from voicex.reasons.ends import EndReason

# After a longer gap callers think that the line is dead.
SHORT_MS: Final = 2_500
# How long to listen for a caller who was speaking when the line was lost.
SPEAKING_MS: Final = 1_500
# Shorter if the words up to a pause are known, as the turn may have been complete.
PAUSED_MS: Final = 700
# For a caller who was silent: their words may have been lost in the gap.
SILENT_MS: Final = 4_000
_OF_THE_CALLER: Final = (TurnState.LISTENING, TurnState.HEARING, TurnState.TRANSCRIBING)


class Resumption:
    """Continues one call. Times on the call's clock, milliseconds."""

    def __init__(self, floor: Floor, keypad: Keypad, transfers: Transfers) -> None:
        """keypad: of the call, which is a new one. transfers: the agent's targets."""
        self._floor = floor
        self._transfers = transfers
        self._state: CallState | None = None
        self._asks_at_ms: int | None = None
        self._departure = Departure(floor, keypad)

    @property
    def state(self) -> CallState | None:
        """The state to resume from; None once the call is resumed."""
        return self._state

    def restore(self, state: CallState) -> None:
        """The call is not new: `state` was written by the process that has lost it."""
        self._state = state

    def begin(self, event: CallResumed, now_ms: int) -> Iterator[Command]:
        """The new stream is open."""
        state, self._state = self._state, None
        if state is None:
            return
        yield from self._floor.language.announce()
        if state.consent is None or state.doing is TurnState.OPENING:
            yield from self._floor.open(has_audio=True)
            return
        self._floor.move(CallResumed)
        self._floor.transfer = self._known_transfer(state)
        if state.consent:
            yield Record(self._floor.consent.mode, is_continued=True)
        if words := state.caller.words:
            yield from self._floor.take_words(words, now_ms)
        is_short = now_ms - event.lost_at_ms <= SHORT_MS
        if state.reply is not None:
            yield from self._finish(state.reply, event.lost_at_ms, now_ms, is_short=is_short)
        elif self._floor.transfer is not None:
            yield from self._floor.put_through(self._floor.transfer, now_ms)
        elif state.doing is TurnState.ENDED:
            yield from self._floor.finish(EndReason.INTERNAL_ERROR, now_ms)
        elif is_short:
            self._asks_at_ms = now_ms + _patience_ms(state)
        else:
            yield from self._ask()

    def depart(self, event: MoveAsked, now_ms: int) -> Iterator[Command]:
        """Another process is to continue the call."""
        return self._departure.ask(event, now_ms)

    def turn(self, now_ms: int) -> Iterator[Command]:
        """It is another's turn: a good moment to leave, where the call is to."""
        return self._departure.poll(now_ms)

    def poll(self, now_ms: int) -> Iterator[Command]:
        """Time passes: ask a silent caller to continue."""
        yield from self._departure.poll(now_ms)
        if self._asks_at_ms is None:
            return
        if self._floor.state is not TurnState.LISTENING or self._floor.speech.is_going_on:
            self._asks_at_ms = None
        elif now_ms >= self._asks_at_ms:
            self._asks_at_ms = None
            yield from self._ask()

    def _ask(self) -> Iterator[Command]:
        """Answer what is known and unanswered, or ask the caller to repeat what was lost."""
        if self._floor.is_answer_due:
            yield self._floor.ask()
        else:  # words said aside stay marked, as a question follows
            self._floor.move(ReplyDue)
            yield self._floor.replies.ask_again(self._floor.phrases.cut_off_saying)

    def _finish(
        self, reply: SavedReply, lost_at_ms: int, now_ms: int, *, is_short: bool
    ) -> Iterator[Command]:
        """Continue the interrupted reply after the part that was heard."""
        playout, heard = lost_replies.heard_of(reply, lost_at_ms)
        if reply.number is not None:
            yield SaveTurn(self._floor.transcript.cut(reply.number, heard))
        said = playout.text
        if reply.fixed_text.startswith(heard):
            said = reply.fixed_text
        rest = said[len(heard) :].strip()
        before = self._before_rest(reply, heard)
        is_made = not reply.is_answer or (playout.is_complete and not reply.is_broken)
        transfer, is_last = self._floor.transfer, reply.end_reason == EndReason.TRANSFERRED
        if is_last and transfer is None:  # in a state of an older release
            yield from self._floor.apologize(self._floor.phrases.trouble)
        elif transfer is not None and not is_last:  # regardless of its tools' results
            if rest and is_made and not reply.runs:
                yield from self._say(rest, reply, now_ms, before, is_short=is_short)
            else:
                yield from self._floor.put_through(transfer, now_ms)
        elif reply.runs or (reply.has_called and (reply.must_answer or not reply.hang_up)):
            yield from self._run_again(reply, now_ms)
        elif rest and is_made:
            yield from self._say(rest, reply, now_ms, before, is_short=is_short)
        elif not is_made:
            self._floor.move(ReplyDue)
            rounds = reply.tool_rounds
            yield lost_replies.ask_for_rest(
                self._floor.replies, now_ms, tool_rounds=rounds, heard=before
            )
        elif reply.hang_up:
            yield from self._floor.finish(reply.end_reason, now_ms)
        else:
            yield from self._floor.answer_what_waits()

    def _before_rest(self, reply: SavedReply, heard: str) -> str:
        """What was heard of the reply on all streams, as far as a sentence may go on from there."""
        apology = self._floor.phrases.cut_off
        own = "" if apology.startswith(heard.strip()) else heard.removeprefix(apology)
        return f"{reply.heard_before} {own}".strip()[-LONGEST:]

    def _known_transfer(self, state: CallState) -> TransferReady | None:
        """The accepted transfer, if its target is known."""
        transfer = state.transfer
        if transfer is None or not (transfer.address or self._transfers.named(transfer.name)):
            return None
        return transfer

    def _run_again(self, reply: SavedReply, now_ms: int) -> Iterator[Command]:
        self._floor.move(ReplyDue)
        if reply.runs:
            yield from lost_replies.run_again(self._floor.replies, reply, now_ms)
        else:  # its tools had returned
            yield self._floor.replies.ask(now_ms, tool_rounds=reply.tool_rounds + 1)

    def _say(
        self, rest: str, reply: SavedReply, now_ms: int, before: str, *, is_short: bool
    ) -> Iterator[Command]:
        if not is_short:
            rest = f"{self._floor.phrases.cut_off} {rest}"
        if reply.hang_up and not reply.is_answer:  # a goodbye, which is never interrupted
            reason = EndReason.named(reply.end_reason) or EndReason.AGENT_HUNG_UP
            yield from self._floor.end_gracefully(rest, reason, now_ms)
            return
        self._floor.move(ReplyDue)
        yield lost_replies.say_rest(self._floor.replies, rest, reply, before)


def _patience_ms(state: CallState) -> int:
    """How long to listen before the agent says anything."""
    if state.doing is TurnState.LISTENING:
        return SILENT_MS
    return PAUSED_MS if state.caller.words else SPEAKING_MS
