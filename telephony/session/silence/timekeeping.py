"""The timeouts of a session.

In each state of the table an event is awaited, with a limit:

    state                        awaited                                       then
    listening                    words of the caller (`patience.Patience`)     a reminder, a goodbye
    hearing                      news of the speech, `SPEECH_LOST_MS`; an      the turn is taken
                                 end of it, `LONGEST_TURN_MS`
    transcribing                 its words, `WORDS_LOST_MS`                    asked to say it again
    thinking, speaking, leaving  news of the reply, `REPLY_LOST_MS`            the reply has failed

Engines have shorter timeouts of their own; these are the last resort.
"""

from collections.abc import Generator, Iterator
from typing import Final

from agents.engines.conversation import Role
from agents.engines.events import (
    AudioDelta,
    ResponseEnded,
    ResponseFailed,
    SpeechPaused,
    SpeechResumed,
    SpeechStarted,
    SpeechStopped,
    StageReached,
    ToolCalled,
    Transcribed,
    TranscriptionFailed,
)
from agents.settings.config import AgentConfig
from agents.speech.heard.hold_requests import asks_for_a_moment
from agents.speech.heard.recordings import is_recording
from telephony.session.agent_turn import AgentTurn
from telephony.session.barge_in.doubt import Doubt
from telephony.session.commands import Cancel, Command, EndTurn, SaveTurn, Say
from telephony.session.events import Event, MarkPlayed, ReplyDue, ToolReturned
from telephony.session.floor import FAILURES_BEFORE_GIVING_UP, Floor
from telephony.session.silence.nods import Nods
from telephony.session.silence.patience import Step
from telephony.session.turns import TurnState
from telephony.spoken.phrases import Phrases
from voicex.reasons.ends import EndReason

LONGEST_TURN_MS: Final = 60_000  # speech, as much as an engine keeps
SPEECH_LOST_MS: Final = 30_000  # shorter pauses are common
WORDS_LOST_MS: Final = 15_000  # 8 s for two requests and the wait between, and a slow machine
# After several failures a caller who is silent for so long has probably left.
GIVING_UP_MS: Final = 45_000
# Words that seemed to be for somebody else are answered after this silence.
ASIDE_MS: Final = 3_000
REPLY_LOST_MS: Final = 60_000  # a reasoning model may take 40 s until its first word
# The end is announced with time left for one or two answers, and not in very short calls.
ANNOUNCED_MS: Final = 30_000
ANNOUNCED_LATEST_MS: Final = 8_000
SHORTEST_ANNOUNCED_MS: Final = 120_000
# The limit of consecutive announcements that are waited out: half an hour of a queue.
MOST_RECORDINGS: Final = 40
# The time from a spent budget to the goodbye.
WOUND_UP_MS: Final = 30_000

_OF_SPEECH: Final = frozenset(
    {
        SpeechStarted,
        SpeechPaused,
        SpeechResumed,
        SpeechStopped,
        Transcribed,
        TranscriptionFailed,
    }
)


class Timekeeper:
    """The timeouts of one call. Times on the session's clock, milliseconds."""

    def __init__(
        self, floor: Floor, config: AgentConfig, doubt: Doubt, agent_turn: AgentTurn
    ) -> None:
        self._floor = floor
        self._agent_turn = agent_turn
        self._replies = floor.replies
        self._speech = floor.speech
        self._patience = floor.patience
        self._nods = Nods(floor, doubt) if config.turn_taking.nods else None
        self.limit_ms = config.turn_taking.max_call_ms
        self.end_reason = EndReason.AGENT_HUNG_UP  # the reason at the maximum duration
        self.is_announced = False
        self._recordings = 0  # consecutive
        self._speech_at_ms = 0  # the latest event of the caller's speech
        self._reply_at_ms = 0  # and of the current reply
        self._reply_id = ""

    @property
    def _phrases(self) -> Phrases:
        return self._floor.phrases

    def note(self, event: Event, now_ms: int) -> None:
        """Note an event, which may restart a timeout."""
        if type(event) in _OF_SPEECH:
            self._speech_at_ms = now_ms
            self._patience.sound(now_ms)
            return
        match event:
            case (
                StageReached(response_id=response_id)
                | AudioDelta(response_id=response_id)
                | ToolCalled(response_id=response_id)
                | ResponseEnded(response_id=response_id)
            ):
                is_news = response_id == self._reply_id
            case MarkPlayed(name):
                is_news = name.rpartition(":")[0] == self._reply_id
            case _:
                is_news = type(event) is ToolReturned
        if is_news:
            self._reply_at_ms = now_ms

    def poll(self, now_ms: int, *, has_audio: bool, is_entering: bool) -> Iterator[Command]:
        """Time passes. has_audio: the caller sends audio; is_entering: a number is being entered by
        keys.
        """
        match self._floor.state:
            case TurnState.LISTENING:
                if is_entering or self._floor.consent.is_open:
                    self._patience.restart(now_ms)
                else:
                    yield from self._fill_silence(now_ms, has_audio=has_audio)
            case TurnState.HEARING:
                self._patience.sound(now_ms)
                yield from self._end_speech(now_ms)
                if self._nods and has_audio:
                    yield from self._nods.poll(now_ms)
            case TurnState.TRANSCRIBING:
                self._patience.sound(now_ms)
                if now_ms - self._floor.turn_from_ms >= WORDS_LOST_MS:
                    yield from self._floor.apologize(self._phrases.say_again)
            case TurnState.THINKING | TurnState.SPEAKING | TurnState.LEAVING:
                self._patience.restart(now_ms)
                yield from self._end_stalled_reply(now_ms)

    def give_up_on_silence(self, now_ms: int) -> Iterator[Command]:
        """End the call with a goodbye after repeated failures and silence of the caller."""
        floor = self._floor
        is_vain = self._replies.failures >= FAILURES_BEFORE_GIVING_UP
        is_silent = (
            floor.state is TurnState.LISTENING and now_ms - floor.turn_from_ms >= GIVING_UP_MS
        )
        if is_vain and is_silent:
            yield from floor.end_gracefully(
                self._phrases.giving_up, EndReason.CALLER_SILENT, now_ms
            )

    @property
    def is_winding_up(self) -> bool:
        """Whether the call ends before its maximum duration, because a budget is spent."""
        return self.end_reason is EndReason.BUDGET_SPENT

    def wind_up(self, now_ms: int) -> list[Command]:
        """A budget is spent: shorten the call. Says nothing itself.

        The end is announced like that of the maximum duration. It is never later than that.
        """
        if not self.is_winding_up and now_ms + WOUND_UP_MS < self.limit_ms:
            self.end_at(now_ms + WOUND_UP_MS)
        return []

    def end_at(self, limit_ms: int) -> None:
        """Set the end of a call whose budget is spent."""
        self.limit_ms = limit_ms
        self.end_reason = EndReason.BUDGET_SPENT

    def waits_out(self, words: str, now_ms: int) -> Generator[Command, None, bool]:
        """Whether these words are a recorded announcement, which needs no answer.

        It is kept as a turn, so that the transcript shows what was left unanswered.
        """
        if self._speech.is_typed or not is_recording(words, self._floor.language.tag):
            self._recordings = 0
            return False
        self._recordings += 1
        self._patience.answered(now_ms)
        self._patience.grant()
        if self._recordings > MOST_RECORDINGS:
            return False
        speech = self._speech
        turn = self._floor.transcript.keep_announcement(
            words, again=speech.is_again, started_ms=speech.started_ms, now_ms=now_ms
        )
        speech.keep()
        yield SaveTurn(turn)
        return True

    def remark_on_turn(self, now_ms: int) -> list[Command]:
        """A special reaction to a turn in place of an answer; [] for none."""
        turn = self._floor.transcript.last
        if self._speech.is_taken:
            said = self._remark(self._phrases.interrupting)
            if reply := self._replies.current:
                reply.is_interjection = True
            return [said]
        if turn is None or not asks_for_a_moment(turn.text, self._floor.language.tag):
            return []
        self._patience.grant()
        return [
            *self._replies.discard_draft_reply(),
            self._remark(self._phrases.take_your_time),
        ]

    def _remark(self, sentence: str) -> Say:
        self._floor.move(ReplyDue)
        return self._replies.ask_again(sentence)

    # --- the caller is silent ------------------------------------------------------------------

    def _fill_silence(self, now_ms: int, *, has_audio: bool) -> Iterator[Command]:
        if self._is_time_to_announce(now_ms):
            self.is_announced = True
            yield self._remark(self._phrases.almost_over)
            return
        if self._floor.is_aside_kept and now_ms - self._floor.turn_from_ms >= ASIDE_MS:
            self._floor.is_aside_kept = False  # the caller waits for an answer
            yield from self._floor.answer_what_waits()
            return
        # After failures `give_up_on_silence` applies.
        if not has_audio or self._replies.failures >= FAILURES_BEFORE_GIVING_UP:
            return
        match self._patience.step(now_ms):
            case Step.FIRST:
                yield self._remark(self._phrases.still_there[0])
            case Step.SECOND:
                yield self._remark(self._phrases.still_there[1])
            case Step.GOODBYE:
                yield from self._leave(now_ms)

    def _is_time_to_announce(self, now_ms: int) -> bool:
        rest_ms = self.limit_ms - now_ms
        if self.is_announced or not ANNOUNCED_LATEST_MS <= rest_ms <= ANNOUNCED_MS:
            return False
        last = self._floor.transcript.last
        is_after_reply = last is not None and last.role is Role.AGENT
        is_worth_it = self.limit_ms >= SHORTEST_ANNOUNCED_MS or self.is_winding_up
        return is_after_reply and is_worth_it

    def _leave(self, now_ms: int) -> Iterator[Command]:
        sentence = self._phrases.unanswered
        yield from self._floor.end_gracefully(sentence, EndReason.CALLER_INACTIVE, now_ms)

    # --- something does not come ---------------------------------------------------------------

    def _end_speech(self, now_ms: int) -> Iterator[Command]:
        """End the turn of a caller who never stops, or whose speech has no further events."""
        if self._patience.is_exhausted(now_ms) and not self._floor.consent.is_open:
            yield from self._leave(now_ms)
            return
        news_at_ms = max(self._speech_at_ms, self._floor.turn_from_ms)
        is_lost = now_ms - news_at_ms >= SPEECH_LOST_MS
        if is_lost or self._speech.lasted_ms >= LONGEST_TURN_MS:
            yield from self._replies.discard_draft_reply()
            self._speech.take(now_ms)
            self._floor.move(SpeechStopped)
            yield EndTurn()

    def _end_stalled_reply(self, now_ms: int) -> Iterator[Command]:
        """Fail a reply that has had no events for too long."""
        reply = self._replies.current
        if reply is None:  # pragma: no cover # in these states there is always a reply
            return
        if reply.id != self._reply_id:
            self._reply_id = reply.id
            self._reply_at_ms = now_ms
        elif now_ms - self._reply_at_ms >= REPLY_LOST_MS:
            self._reply_at_ms = now_ms
            reply.tools.clear()
            if not reply.playout.is_complete:
                heard_ms = reply.playout.heard_ms(now_ms)
                yield from self._replies.fail(ResponseFailed(reply.id, "Stalled"), now_ms)
                yield Cancel(reply.id, heard_ms)
            yield from self._agent_turn.check_finished(now_ms)
            # The caller has waited long enough: do not wait for further silence.
            is_vain = self._replies.failures >= FAILURES_BEFORE_GIVING_UP
            if is_vain and self._floor.state is TurnState.LISTENING:
                yield from self._floor.end_gracefully(
                    self._phrases.giving_up, EndReason.ENGINE_FAILED, now_ms
                )
