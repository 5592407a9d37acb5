"""The floor of a call: who has it, and the moves that pass it on.

`telephony.session.call` says which event leads to which of these moves.
"""

from collections.abc import Iterator
from typing import Final

from agents.engines.events import SpeechStarted
from agents.settings.config import AgentConfig
from telephony.session import interruption
from telephony.session.commands import Clear, Command, HangUp, SaveTurn
from telephony.session.consent import Consent
from telephony.session.events import (
    AnswerDue,
    CallFinished,
    CallOpened,
    DigitPressed,
    DigitsEntered,
    ReplyAbandoned,
    ReplyHeard,
    TimeIsUp,
)
from telephony.session.phrases import phrases_for
from telephony.session.replies import Replies
from telephony.session.reply import Reply
from telephony.session.speech import CallerSpeech
from telephony.session.transcript import Transcript
from telephony.session.turns import TRANSITIONS, Turn

# A caller who says nothing for so long after several failures has most likely gone.
GIVING_UP_MS: Final = 45_000
FAILURES_BEFORE_GIVING_UP: Final = 2
# Without any voice the carrier says it: see `telephony.twilio.callbacks`.
UNSPOKEN_BEFORE_GIVING_UP: Final = 2


class Floor:
    """One call's. Moves yield the commands that they take; `now_ms` is the session's clock."""

    def __init__(self, config: AgentConfig) -> None:
        self.turn = Turn.LISTENING
        self.end_reason = ""
        self.is_time_up = False  # the last words are being said: nothing cuts them off
        self.turn_from_ms = 0  # since when it is this turn
        self.transcript = Transcript()
        self.speech = CallerSpeech()
        self.consent = Consent(config.recording)
        self.phrases = phrases_for(config.language)
        self.replies = Replies(self.transcript, self.phrases, config.turn_taking)
        self._config = config

    def move(self, event: type) -> None:
        """Whose turn it is after `event`: `TRANSITIONS` knows."""
        self.turn = TRANSITIONS.get((self.turn, event), self.turn)

    def note_turn(self, now_ms: int) -> None:
        """It is another turn than before."""
        self.turn_from_ms = now_ms
        if self.turn in (Turn.THINKING, Turn.SPEAKING):
            self.replies.signs.begin(now_ms)

    # --- beginning and ending a call -----------------------------------------------------

    def open(self, *, has_audio: bool) -> Iterator[Command]:
        """Say that the call is recorded, or ask whether it may be; else greet."""
        notice = self.consent.begin() if has_audio else ""  # else nothing to record
        if notice:
            self.move(CallOpened)
            yield self.replies.say(notice)
        else:
            yield from self._greet()

    def settle_consent(self, *, is_given: bool) -> Iterator[Command]:
        """There is an answer, or none in time: the conversation begins."""
        yield from self.consent.settle(is_given=is_given)
        yield from self._greet()

    def settle_consent_at_once(self, now_ms: int, *, is_given: bool) -> Iterator[Command]:
        """The answer came out of turn: whosever turn it was, it is nobody's any more."""
        yield from self.silence(now_ms)
        for event in (DigitPressed, DigitsEntered, ReplyAbandoned):
            self.move(event)
        yield from self.settle_consent(is_given=is_given)

    def call_time(self, now_ms: int) -> Iterator[Command]:
        """The call has lasted long enough: say so, and hang up when that was heard."""
        yield from self.take_leave(self.phrases.time_is_up, "agent_hung_up", now_ms)

    def take_leave(self, sentence: str, reason: str, now_ms: int) -> Iterator[Command]:
        """The call has to end for `reason`, a static name: say why, and hang up after that."""
        yield from self.silence(now_ms)
        # No later answer may cut off the last words.
        yield from self.consent.settle(is_given=False)
        self.move(TimeIsUp)
        self.is_time_up = True
        yield self.replies.say_farewell(sentence, reason)

    def give_up_on_silence(self, now_ms: int) -> Iterator[Command]:
        """When nothing works any more, and the caller says nothing any more: end it in words."""
        is_vain = self.replies.failures >= FAILURES_BEFORE_GIVING_UP
        is_silent = self.turn is Turn.LISTENING and now_ms - self.turn_from_ms >= GIVING_UP_MS
        if is_vain and is_silent:
            yield from self.take_leave(self.phrases.giving_up, "caller_silent", now_ms)

    def finish(
        self, reason: str, now_ms: int, *, because: type = CallFinished
    ) -> Iterator[Command]:
        """The call ends here and now; reason: a static name."""
        yield from self.replies.stop(now_ms)
        self.move(because)
        self.end_reason = reason
        yield HangUp(reason)

    def _greet(self) -> Iterator[Command]:
        self.move(CallOpened)
        if self._config.greeting:
            yield self.replies.say(self._config.greeting)
        else:
            self.move(ReplyAbandoned)

    # --- taking the floor from the agent -------------------------------------------------

    def is_protected(self) -> bool:
        """Whether what is said, or about to be, may not be cut off by the caller."""
        if self.consent.is_notice or self.is_time_up:
            return self.replies.current is not None
        return self.turn is Turn.SPEAKING and not interruption.silences(self._config.turn_taking)

    def silence(self, now_ms: int) -> Iterator[Command]:
        """Stop whatever the agent says or is about to say; Clear goes first."""
        if self.turn is Turn.SPEAKING or self.replies.signs.is_audible:
            yield Clear()
        yield from self.replies.stop(now_ms)

    # --- giving it to the agent ----------------------------------------------------------

    def keep_words(self, words: str, now_ms: int) -> SaveTurn:
        """Keep what the caller said or entered as a turn."""
        speech = self.speech
        speech.keep()
        return SaveTurn(
            self.transcript.keep_caller(
                words, again=speech.is_again, started_ms=speech.started_ms, now_ms=now_ms
            )
        )

    def apologize(self, sentence: str) -> Iterator[Command]:
        """The caller was not understood, or there is no answer: let `sentence` say so."""
        if self.consent.is_open:  # an answer that nobody understood is no yes
            self.move(ReplyAbandoned)
            yield from self.settle_consent(is_given=False)
        else:
            yield self.replies.apologize(sentence)

    @property
    def is_awaited(self) -> bool:
        """Whether the caller waits for an answer, or for it to go on."""
        reply = self.replies.current
        if self.consent.is_open or (reply is not None and not reply.is_answer):
            return False
        if self.turn is Turn.THINKING:
            return True
        return self.turn is Turn.SPEAKING and reply is not None and not reply.playout.is_complete

    def give_sign_of_life(self, now_ms: int) -> Iterator[Command]:
        """When the caller has waited in silence for too long: ask for a moment's patience."""
        if self.is_awaited and self.replies.signs.is_due(self.replies.current, now_ms):
            yield self.replies.say_that_it_takes_time()

    def go_on_after_noise(self, now_ms: int) -> Iterator[Command]:
        """The caller said nothing, it was a cough: go on with what it cut off, if it did."""
        if rest := self.replies.resume():
            yield rest
        elif self.replies.is_goodbye_spoken:
            yield from self.finish("agent_hung_up", now_ms)
        elif self.transcript.is_answer_due:
            yield self.replies.ask(self.speech.ended_ms)
        elif not self.consent.is_open and self.speech.is_unanswered(now_ms):
            yield self.replies.ask_again(self.phrases.say_again)
        else:
            self.move(ReplyAbandoned)

    def answer_what_waits(self) -> Iterator[Command]:
        """Answer what the caller said over a reply that could not be interrupted."""
        is_free = self.turn is Turn.LISTENING and not self.consent.is_open
        if is_free and self.transcript.is_answer_due:
            self.move(AnswerDue)
            yield self.replies.ask(self.speech.ended_ms)

    # --- the agent is done with it -------------------------------------------------------

    def check_finished(self, now_ms: int) -> Iterator[Command]:
        """When the reply is over: it was heard, made no sound, or failed before the first one."""
        reply = self.replies.take_finished()
        if reply is None:
            return
        if reply.number is not None:
            yield self.replies.keep(reply, now_ms)
            yield from self._go_on_after(reply, now_ms)
        elif not reply.has_failed:
            yield from self._go_on_without(reply, now_ms)
        else:
            yield from self._go_on_unheard(reply, now_ms)

    def _go_on_after(self, reply: Reply, now_ms: int) -> Iterator[Command]:
        self.replies.unspoken = 0
        if reply.is_answer and (reply.has_failed or reply.is_too_long):
            self.move(ReplyHeard)
            self.move(AnswerDue)  # still: it was not all of it
            if reply.is_too_long:
                yield self.replies.say(self.phrases.go_on)
            else:
                yield from self.apologize(self.phrases.broke_off)
            return
        self.move(ReplyHeard)
        if reply.hang_up:
            # Of last words that broke off the carrier says the rest.
            reason = "engine_failed" if reply.has_failed else reply.end_reason
            yield from self.finish(reason, now_ms)
            return
        if self.consent.is_notice:
            is_given = self.consent.told(now_ms, whole=not reply.has_failed)
            if is_given is not None:
                yield from self.settle_consent(is_given=is_given)
        if self.replies.current is None and self.speech.is_going_on:
            # Over a reply that could not be interrupted.
            self.move(SpeechStarted)
        yield from self.answer_what_waits()

    def _go_on_unheard(self, reply: Reply, now_ms: int) -> Iterator[Command]:
        """It failed before its first sound."""
        if reply.hang_up:
            yield from self.finish("engine_failed", now_ms)
        elif not reply.is_apology:
            yield from self.apologize(self.phrases.trouble)
        else:
            self.replies.unspoken += 1
            if self.replies.unspoken < UNSPOKEN_BEFORE_GIVING_UP:
                self.move(ReplyAbandoned)
            else:
                yield from self.finish("engine_failed", now_ms)

    def _go_on_without(self, reply: Reply, now_ms: int) -> Iterator[Command]:
        """It had nothing to say, or nothing that a voice can."""
        self.move(ReplyAbandoned)
        if self.consent.is_notice:  # the voice made no sound of it
            yield from self.settle_consent(is_given=False)
        if reply.hang_up and self.is_time_up:  # these were the last words: the carrier says some
            yield from self.finish("engine_failed", now_ms)
        elif reply.hang_up:
            yield from self.take_leave(self.phrases.goodbye, reply.end_reason, now_ms)
