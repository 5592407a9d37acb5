"""The floor of a call (the right to speak): who has it, and the moves that pass it on.

`telephony.session.call` maps events to these moves.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from agents.engines.events import Stage
from agents.settings.config import AgentConfig
from agents.speech.turns.end_of_turn import Bounds
from agents.speech.turns.ending import TurnEnding
from telephony.session.commands import Clear, Command, EndTurnAfter, HangUp, Respond, SaveTurn, Say
from telephony.session.consent import Consent
from telephony.session.events import (
    CallFinished,
    CallOpened,
    ConsentSettled,
    FarewellDue,
    ReplyAbandoned,
    ReplyDue,
    SpeechOutlasted,
    TransferReady,
)
from telephony.session.language.speaking import CallLanguage
from telephony.session.replies.replies import Replies
from telephony.session.replies.reply import Held
from telephony.session.silence.patience import Patience
from telephony.session.speech import CallerSpeech
from telephony.session.transcript import Transcript
from telephony.session.turns import INITIAL, TRANSITIONS, Report, TurnState, raise_unlisted
from telephony.spoken.phrases import Phrases
from voicex.reasons.ends import EndReason

FAILURES_BEFORE_GIVING_UP: Final = 2


class Floor:
    """The floor of one call: the turn state, and every transition of it.

    Moves yield the resulting commands; `now_ms` is the session's clock. report: called for a
    transition that the table does not list. transcript: as in `CallSession`.
    """

    def __init__(
        self,
        config: AgentConfig,
        report: Report = raise_unlisted,
        transcript: Transcript | None = None,
    ) -> None:
        self.state = INITIAL
        self.end_reason = ""
        self.turn_from_ms = 0  # when the current state began
        # The accepted transfer, which follows the current reply.
        self.transfer: TransferReady | None = None
        self.transcript = transcript or Transcript()
        self.speech = CallerSpeech()
        self.consent = Consent(config.recording)
        waits = config.turn_taking
        self.ending = TurnEnding(
            config.language, Bounds(waits.endpointing_ms, waits.longest_wait_ms)
        )
        self.language = CallLanguage(config.languages, self.transcript, self.ending)
        self.patience = Patience(waits)
        self.replies = Replies(self.transcript, self.language, config)
        # The caller's latest words seem to be for somebody else: answered only after ASIDE_MS.
        self.is_aside_kept = False
        self._config = config
        self._report = report

    @property
    def phrases(self) -> Phrases:
        """The fixed sentences in the current language."""
        return self.language.phrases

    def move(self, event: type) -> None:
        """Go to the state that `TRANSITIONS` lists for `event`."""
        target = TRANSITIONS.get((self.state, event))
        if target is None:
            self._report(self.state, event)
        else:
            self.state = target

    def record_state(self, before: TurnState, now_ms: int) -> None:
        """Note that the state has changed from `before`."""
        self.turn_from_ms = now_ms
        is_same_wait = before is TurnState.TRANSCRIBING and self.state is TurnState.THINKING
        if (
            self.state in (TurnState.TRANSCRIBING, TurnState.THINKING, TurnState.SPEAKING)
            and not is_same_wait
        ):
            if self.state is TurnState.TRANSCRIBING and self.speech.result is None:
                # The caller has also waited during the transcription.
                own_ms = self._config.turn_taking.endpointing_ms
                now_ms = min(now_ms, self.speech.ended_ms + own_ms)
            self.replies.signs.begin(now_ms)

    # --- beginning and ending a call -----------------------------------------------------

    def open(self, *, has_audio: bool) -> Iterator[Command]:
        """Begin the call with the recording notice or question, if any, else with the greeting."""
        self.move(CallOpened)
        yield from self.language.announce()
        notice = self.consent.begin() if has_audio else ""  # nothing to record otherwise
        if notice:
            yield self.say(notice)
        else:
            yield from self._greet()

    def settle_consent(self, *, is_given: bool) -> Iterator[Command]:
        """The consent is decided: the conversation begins."""
        yield from self.consent.settle(is_given=is_given)
        self.move(ConsentSettled)
        yield from self._greet()

    def settle_consent_at_once(self, now_ms: int, *, is_given: bool) -> Iterator[Command]:
        """The answer came before the end of the question: stop the agent, and begin."""
        yield from self.silence(now_ms)
        yield from self.settle_consent(is_given=is_given)

    def call_time(self, now_ms: int, reason: EndReason) -> Iterator[Command]:
        """The maximum duration is reached: say so, and hang up when that was heard."""
        yield from self.end_gracefully(self.phrases.time_is_up, reason, now_ms)

    def end_gracefully(self, sentence: str, reason: EndReason, now_ms: int) -> Iterator[Command]:
        """End the call for `reason`: say why, and hang up when that was heard."""
        yield from self.silence(now_ms)
        # No later answer to the consent question may interrupt the goodbye.
        yield from self.consent.settle(is_given=False)
        self.move(FarewellDue)
        yield self.replies.say_farewell(sentence, reason)

    @property
    def is_transferring(self) -> bool:
        """Whether a transfer was accepted and the caller is about to be put through."""
        return self.transfer is not None

    def put_through(self, transfer: TransferReady, now_ms: int) -> Iterator[Command]:
        """Put the caller through, after the current reply and an announcement.

        From now on nothing interrupts the agent: the caller has asked for the transfer already.
        """
        if self.state is TurnState.LEAVING:  # already leaving for another reason
            return
        self.transfer = transfer
        if self.replies.current is None:
            yield from self.leave_for_transfer(now_ms)

    def leave_for_transfer(self, now_ms: int) -> Iterator[Command]:
        """Announce the transfer; the caller is put through when that was heard."""
        sentence = self.phrases.putting_through
        yield from self.end_gracefully(sentence, EndReason.TRANSFERRED, now_ms)

    def finish(
        self, reason: str, now_ms: int, *, because: type = CallFinished
    ) -> Iterator[Command]:
        """End the call at once; reason: a value of `EndReason`."""
        yield from self.replies.stop(now_ms)
        self.move(because)
        self.end_reason = reason
        yield HangUp(reason)

    def _greet(self) -> Iterator[Command]:
        if self._config.greeting:
            yield self.say(self._config.greeting, is_greeting=True)

    # --- taking the floor from the agent -------------------------------------------------

    def is_protected(self) -> bool:
        """Whether the current reply must not be interrupted by the caller."""
        if self.consent.is_notice or self.state is TurnState.LEAVING or self.is_transferring:
            return True
        if self.speech.is_taken and self.state is TurnState.TRANSCRIBING:
            return True
        reply = self.replies.current
        if reply is not None and reply.is_interjection:
            return True
        if self.state is not TurnState.SPEAKING:
            return False
        waits = self._config.turn_taking
        is_greeting = reply is not None and reply.is_greeting
        return not waits.interruptible or (is_greeting and not waits.greeting_interruptible)

    def silence(self, now_ms: int) -> Iterator[Command]:
        """Stop the current reply and any draft; Clear is the first command."""
        if self.state is TurnState.SPEAKING or self.replies.signs.is_audible:
            yield Clear()
        yield from self.replies.stop(now_ms)

    # --- giving it to the agent ----------------------------------------------------------

    def ask(self, stages: Mapping[Stage, int] | None = None) -> Respond:
        """Request an answer to the conversation. stages: latency stages reached so far."""
        self.move(ReplyDue)
        return self.replies.ask(self.speech.ended_ms, stages)

    def take_draft_reply(self) -> list[Held]:
        """Use the draft as the answer. Returns the commands for its held-back audio."""
        self.move(ReplyDue)
        return self.replies.take_draft_reply(self.speech.stages)

    def say(self, sentence: str, *, is_greeting: bool = False) -> Say:
        """Say a fixed sentence as the next reply."""
        self.move(ReplyDue)
        return self.replies.say(sentence, is_greeting=is_greeting)

    def keep_words(self, words: str, now_ms: int, *, is_aside: bool = False) -> SaveTurn:
        """Keep the caller's words or digits as a turn. is_aside: probably said to somebody else."""
        self.is_aside_kept = is_aside and (self.is_aside_kept or not self.transcript.is_answer_due)
        speech, ending = self.speech, self.ending.take()
        endpoint = None if speech.is_typed else ending
        speech.keep()
        self.patience.answered(now_ms)
        from_ms = speech.started_ms
        turn = self.transcript.keep_caller(
            words, again=speech.is_again, started_ms=from_ms, now_ms=now_ms, endpoint=endpoint
        )
        return SaveTurn(turn)

    def take_words(self, words: str, now_ms: int) -> Iterator[Command]:
        """Keep the words as a turn, and switch to the language that they ask for."""
        yield from self.language.hear(words, self.speech)
        yield self.keep_words(words, now_ms)

    def take_in(self, words: str) -> None:
        """The caller's words are transcribed; they may continue the turn before."""
        if self.ending.joins(words):
            self.transcript.pass_over()

    def judge_pause(self, words: str, now_ms: int) -> Iterator[EndTurnAfter]:
        """The silence that ends the turn in this pause, if it differs from the agent's default."""
        self.take_in(words)
        turn = self.transcript.conversation(words, again=self.speech.is_again) if words else ()
        text = turn[-1].text if turn else ""
        prediction = self.ending.judge(text, self.transcript.asked)
        ask_sound = self.ending.asks_sound(now_ms - self.speech.ended_ms)
        if ask_sound or prediction.wait_ms > self._config.turn_taking.endpointing_ms:
            yield EndTurnAfter(prediction.wait_ms, ask_sound=ask_sound)

    def judge_sound(self, finished: float) -> Iterator[EndTurnAfter]:
        """As `judge_pause`, with the end-of-turn model's judgement of the audio."""
        prediction = self.ending.hear(finished)
        if prediction:
            yield EndTurnAfter(prediction.wait_ms)

    def answer_heard_ms(self, now_ms: int) -> int | None:
        """Milliseconds heard of the answer to the turn before, 0 before its first audio.

        None without a current answer.
        """
        if self.state is TurnState.TRANSCRIBING:
            return 0
        reply = self.replies.current
        if reply is None or not reply.is_answer:
            return None
        return reply.playout.heard_ms(now_ms)

    def apologize(self, sentence: str) -> Iterator[Command]:
        """Say `sentence`: the caller was not understood, or the answer has failed."""
        if self.consent.is_open:  # an unintelligible answer is no consent
            yield from self.settle_consent(is_given=False)
        else:
            self.move(ReplyDue)
            yield self.replies.apologize(sentence)

    @property
    def is_awaited(self) -> bool:
        """Whether the caller waits for an answer or for the rest of one."""
        reply = self.replies.current
        if self.consent.is_open or (reply is not None and not reply.is_answer):
            return False
        if self.state in (TurnState.TRANSCRIBING, TurnState.THINKING):
            return True
        return self.state is TurnState.SPEAKING and reply is not None and not reply.is_made

    def give_sign_of_life(self, now_ms: int) -> Iterator[Command]:
        """Say a sign of life if the caller has waited in silence for too long."""
        if self.is_awaited and self.replies.signs.is_due(self.replies.current, now_ms):
            yield self.replies.say_that_it_takes_time()

    def continue_after_noise(self, now_ms: int) -> Iterator[Command]:
        """The sound was a noise, not speech: continue the reply that it interrupted, if any."""
        yield from self.replies.discard_draft_reply()
        is_expected = not self.consent.is_open and not self.patience.is_granted
        if rest := self.replies.resume():
            self.move(ReplyDue)
            yield rest
        elif self.replies.is_goodbye_spoken:
            yield from self.finish(EndReason.AGENT_HUNG_UP, now_ms)
        elif self.is_answer_due:
            yield self.ask()
        elif is_expected and self.speech.is_unanswered(now_ms):
            self.move(ReplyDue)
            yield self.replies.ask_again(self.phrases.say_again)
        else:
            self.move(ReplyAbandoned)
            if self.speech.is_going_on:  # the turn had no words
                self.move(SpeechOutlasted)

    def answer_what_waits(self) -> Iterator[Command]:
        """Answer what the caller said during a protected reply, and what a tool has returned."""
        is_free = self.state is TurnState.LISTENING and not self.consent.is_open
        if is_free and self.is_answer_due:
            yield self.ask()

    @property
    def is_answer_due(self) -> bool:
        """Whether the caller has said something, or a tool returned, that was not answered."""
        is_due = self.transcript.is_answer_due or self.replies.owes_result
        return is_due and not self.is_aside_kept
