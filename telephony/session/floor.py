"""The floor of a call: who has it, and the moves that pass it on.

`telephony.session.call` says which event leads to which of these moves.
"""

from collections.abc import Iterator

from agents.config import AgentConfig
from agents.engines.events import SpeechStarted
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


class Floor:
    """One call's. Moves yield the commands that they take; `now_ms` is the session's clock."""

    def __init__(self, config: AgentConfig) -> None:
        self.turn = Turn.LISTENING
        self.end_reason = ""
        self.is_time_up = False
        self.transcript = Transcript()
        self.speech = CallerSpeech()
        self.consent = Consent(config.recording)
        self.phrases = phrases_for(config.language)
        self.replies = Replies(self.transcript, self.phrases)
        self._config = config

    def move(self, event: type) -> None:
        """Whose turn it is after `event`: `TRANSITIONS` knows."""
        self.turn = TRANSITIONS.get((self.turn, event), self.turn)

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
        yield from self.silence(now_ms)
        self.move(TimeIsUp)
        self.is_time_up = True
        yield self.replies.say(self.phrases.time_is_up, hang_up=True)

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
        if self.turn is Turn.SPEAKING:
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

    def go_on_after_noise(self, now_ms: int) -> Iterator[Command]:
        """The caller said nothing, it was a cough: go on with what it cut off, if it did."""
        if rest := self.replies.resume():
            yield rest
        elif self.replies.is_goodbye_spoken:
            yield from self.finish("agent_hung_up", now_ms)
        elif self.transcript.is_answer_due:
            yield self.replies.ask(self.speech.ended_ms)
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
        elif reply.is_answer:
            yield from self.apologize(self.phrases.trouble)
        else:  # not even a fixed text could be spoken
            yield from self.finish("engine_failed", now_ms)

    def _go_on_after(self, reply: Reply, now_ms: int) -> Iterator[Command]:
        self.move(ReplyHeard)
        if reply.hang_up:
            yield from self.finish("agent_hung_up", now_ms)
            return
        if self.consent.is_notice:
            is_given = self.consent.told(now_ms, whole=not reply.has_failed)
            if is_given is not None:
                yield from self.settle_consent(is_given=is_given)
        if self.replies.current is None and self.speech.is_going_on:
            # Over a reply that could not be interrupted.
            self.move(SpeechStarted)
        yield from self.answer_what_waits()

    def _go_on_without(self, reply: Reply, now_ms: int) -> Iterator[Command]:
        self.move(ReplyAbandoned)
        if self.consent.is_notice:  # the voice made no sound of it
            yield from self.settle_consent(is_given=False)
        if reply.hang_up:
            yield from self.finish("agent_hung_up", now_ms)
