"""The agent's turn in a call: events of its replies, and what follows a reply that is over.

The replies themselves are in `telephony.session.replies`, the moves that follow in
`telephony.session.floor`.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from agents.engines.events import AudioDelta, EngineEvent, ResponseEnded, ResponseFailed
from telephony.session.commands import Command
from telephony.session.events import (
    MarkPlayed,
    ReplyAbandoned,
    ReplyDue,
    ReplyHeard,
    SpeechOutlasted,
    ToolReturned,
)
from telephony.session.floor import Floor
from telephony.session.replies.reply import Reply
from telephony.session.replies.tool_runs import MOST_ROUNDS
from telephony.session.turns import TurnState
from voicex.reasons.ends import EndReason

# If no voice works the carrier says it: see `telephony.webhooks.callbacks`.
UNSPOKEN_BEFORE_GIVING_UP: Final = 2


class AgentTurn:
    """The agent's side of one call. Methods yield commands; `now_ms` is the session's clock."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._replies = floor.replies

    def play(self, event: AudioDelta, now_ms: int) -> Iterable[Command]:
        """Audio of a reply has come from the engine: send it, or hold it back for a draft."""
        if self._replies.signs.is_of(event.response_id):
            return self._take_sign(event, now_ms)
        if event.audio and self._replies.is_under_way(event.response_id):
            self._floor.move(AudioDelta)
        return self._replies.play(event, now_ms)

    def end(self, event: ResponseEnded, now_ms: int) -> Iterator[Command]:
        """The engine has finished a reply."""
        if self._replies.signs.is_of(event.response_id):
            yield from self._take_sign(event, now_ms)
            return
        yield from self._replies.end(event, now_ms)
        yield from self.check_finished(now_ms)

    def end_tool(self, event: ToolReturned, now_ms: int) -> Iterator[Command]:
        """A tool that a reply has called has returned."""
        is_awaited = self._replies.tools.is_of(event.call_id, self._replies.current)
        yield from self._replies.tools.end(event, now_ms)
        if is_awaited:
            yield from self.check_finished(now_ms)
        else:  # the answer that has called it was given up
            self._replies.owes_result = True
            yield from self._floor.answer_what_waits()

    def fail(self, event: ResponseFailed, now_ms: int) -> Iterator[Command]:
        """The engine has failed to make the rest of a reply."""
        if self._replies.signs.is_of(event.response_id):
            yield from self._take_sign(event, now_ms)
            return
        yield from self._replies.fail(event, now_ms)
        yield from self.check_finished(now_ms)

    def mark(self, event: MarkPlayed, now_ms: int) -> Iterator[Command]:
        """The caller has heard a reply up to a mark."""
        yield from self._replies.mark(event, now_ms)
        yield from self.check_finished(now_ms)

    def _take_sign(self, event: EngineEvent, now_ms: int) -> Iterable[Command]:
        """An event of a sign of life, which is only used while the caller still waits."""
        signs, is_hearing = self._replies.signs, self._floor.state is TurnState.HEARING
        is_wanted = is_hearing if signs.is_nod else self._floor.is_awaited
        return signs.take(event, now_ms) if is_wanted else signs.give_way()

    # --- a reply is over -----------------------------------------------------------------

    def check_finished(self, now_ms: int) -> Iterator[Command]:
        """React to the end of the reply: it was heard, had no audio, or failed before any audio."""
        reply = self._replies.take_finished()
        if reply is None:
            return
        self._floor.patience.restart(now_ms)
        if reply.number is not None:
            yield self._replies.keep(reply, now_ms)
        if self._floor.is_transferring and self._floor.state is not TurnState.LEAVING:
            if self._floor.state is TurnState.SPEAKING:
                self._floor.move(ReplyHeard)
            yield from self._floor.leave_for_transfer(now_ms)
        elif reply.has_called and not _ends_the_call(reply):
            yield from self._continue_with_results(reply, now_ms)
        elif reply.number is not None:
            yield from self._continue_heard(reply, now_ms)
        elif not reply.has_failed:
            yield from self._continue_without(reply, now_ms)
        else:
            yield from self._continue_unheard(reply, now_ms)

    def _continue_heard(self, reply: Reply, now_ms: int) -> Iterator[Command]:
        """The reply was heard, to its end or up to a failure."""
        self._replies.unspoken = 0
        if reply.is_answer and reply.is_too_long:
            self._floor.move(ReplyHeard)
            yield self._floor.say(self._floor.phrases.go_on)
            return
        if reply.is_answer and reply.has_failed:
            self._floor.move(ReplyHeard)
            yield from self._floor.apologize(self._floor.phrases.broke_off)
            return
        if reply.hang_up:
            yield from self._floor.finish(self._reason_of(reply), now_ms)
            return
        self._floor.move(ReplyHeard)
        if self._floor.consent.is_notice:
            is_given = self._floor.consent.announced(now_ms, whole=not reply.has_failed)
            if is_given is not None:
                yield from self._floor.settle_consent(is_given=is_given)
        if self._floor.state is TurnState.LISTENING and self._floor.speech.is_speaking:
            self._floor.move(SpeechOutlasted)
        yield from self._floor.answer_what_waits()

    def _continue_with_results(self, reply: Reply, now_ms: int) -> Iterator[Command]:
        """Answer the results of the reply's tools, also if the reply broke off."""
        if self._floor.state is TurnState.SPEAKING:
            self._floor.move(ReplyHeard)
        if reply.tool_rounds >= MOST_ROUNDS:
            yield from self._floor.apologize(self._floor.phrases.trouble)
            return
        self._floor.move(ReplyDue)
        # The caller waits since the last words heard of the agent, else since their own.
        waits_from_ms = self._floor.speech.ended_ms if reply.number is None else now_ms
        yield self._replies.ask(waits_from_ms, tool_rounds=reply.tool_rounds + 1)

    def _continue_unheard(self, reply: Reply, now_ms: int) -> Iterator[Command]:
        """The reply failed before its first audio."""
        if reply.hang_up:
            yield from self._floor.finish(self._reason_of(reply), now_ms)
        elif not reply.is_apology:
            yield from self._floor.apologize(self._floor.phrases.trouble)
        else:
            self._replies.unspoken += 1
            if self._replies.unspoken < UNSPOKEN_BEFORE_GIVING_UP:
                self._floor.move(ReplyAbandoned)
                if reply.is_interjection:
                    yield from self._floor.answer_what_waits()
            else:
                yield from self._floor.finish(EndReason.ENGINE_FAILED, now_ms)

    def _continue_without(self, reply: Reply, now_ms: int) -> Iterator[Command]:
        """The reply had no text, or none that can be spoken."""
        if self._floor.state is TurnState.LEAVING:  # it was the goodbye: the carrier speaks one
            yield from self._floor.finish(self._reason_of(reply, is_silent=True), now_ms)
            return
        self._floor.move(ReplyAbandoned)
        if reply.is_interjection:
            yield from self._floor.answer_what_waits()
        if self._floor.consent.is_notice:  # the voice returned no audio
            yield from self._floor.settle_consent(is_given=False)
        if reply.hang_up:
            yield from self._floor.end_gracefully(
                self._floor.phrases.goodbye, reply.end_reason, now_ms
            )

    def _reason_of(self, reply: Reply, *, is_silent: bool = False) -> EndReason:
        """The end reason after a goodbye. If the goodbye broke off the carrier says one, unless the
        caller is put through.
        """
        is_lost = reply.has_failed or is_silent
        if is_lost and reply.end_reason is not EndReason.TRANSFERRED:
            return EndReason.ENGINE_FAILED
        return reply.end_reason


def _ends_the_call(reply: Reply) -> bool:
    """Whether the call ends with a reply that has called tools as well."""
    is_heard = reply.number is not None or reply.tool_rounds >= MOST_ROUNDS
    return reply.hang_up and is_heard and not reply.must_answer
