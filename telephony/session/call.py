"""One live call as a pure machine: events in, commands out.

    session = CallSession(config)
    commands = session.receive(SpeechStarted(at_ms=1200), now_ms=1290)

The session decides everything about turns; it does nothing itself. It knows no socket,
no task and no clock: `now_ms` counts milliseconds since the stream opened and is given
with each event. Whose turn it is follows `turns.TRANSITIONS`; what the caller heard
follows `playout.Playout`; the model's memory is derived from the turns, heard text only.

A response may be begun before the caller's turn is over (a *draft*, begun at the first
short pause). Its audio is held back; it is played when the turn turns out to be over,
and cancelled unheard when the caller goes on.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final

from agents.config import AgentConfig
from agents.engines.conversation import Role
from agents.engines.events import (
    AudioDelta,
    ResponseEnded,
    ResponseFailed,
    SpeechPaused,
    SpeechResumed,
    SpeechStarted,
    SpeechStopped,
    Stage,
    StageReached,
    Transcribed,
    TranscriptionFailed,
)
from telephony.session import interruption
from telephony.session.commands import (
    Cancel,
    Clear,
    Command,
    Feed,
    HangUp,
    Play,
    Record,
    Respond,
    SaveTurn,
    Say,
)
from telephony.session.consent import Consent
from telephony.session.events import (
    CallerGone,
    CallerTyped,
    CallFinished,
    CallOpened,
    DigitPressed,
    DigitsEntered,
    Event,
    FrameHeard,
    HangUpAsked,
    MarkPlayed,
    ReplyAbandoned,
    ReplyHeard,
    Tick,
    TimeIsUp,
)
from telephony.session.keypad import Keypad
from telephony.session.phrases import phrases_for
from telephony.session.playout import Piece, Playout
from telephony.session.reply import Reply
from telephony.session.speech import CallerSpeech
from telephony.session.transcript import Transcript
from telephony.session.turns import TRANSITIONS, Turn

MEDIA_LOST_MS: Final = 20_000  # Twilio sends 50 frames a second, silence included
FAILURES_BEFORE_GIVING_UP: Final = 2


class CallSession:
    """The conversation of one media stream. See the module's docstring."""

    def __init__(self, config: AgentConfig) -> None:
        self.config = config
        self.turn = Turn.LISTENING
        self.transcript = Transcript()
        self.end_reason = ""
        self.drafts_begun = 0
        self.drafts_committed = 0
        self._speech = CallerSpeech()
        self._keypad = Keypad()
        self._typed: list[str] = []  # by the caller, and not taken as a turn yet
        self._has_audio = True
        self._consent = Consent(config.recording)
        self._phrases = phrases_for(config.language)
        self._replies_begun = 0
        self._reply: Reply | None = None
        self._draft: Reply | None = None
        self._failures = 0
        self._handlers: dict[type, Callable[[Any, int], Iterator[Command]]] = {
            CallOpened: self._on_call_opened,
            SpeechStarted: self._on_speech_started,
            SpeechPaused: self._on_speech_paused,
            SpeechResumed: self._on_speech_resumed,
            SpeechStopped: self._on_speech_stopped,
            Transcribed: self._on_transcribed,
            TranscriptionFailed: self._on_transcription_failed,
            StageReached: self._on_stage_reached,
            AudioDelta: self._on_audio_delta,
            ResponseEnded: self._on_response_ended,
            ResponseFailed: self._on_response_failed,
            MarkPlayed: self._on_mark_played,
            DigitPressed: self._on_digit_pressed,
            CallerTyped: self._on_caller_typed,
            CallerGone: self._on_caller_gone,
            HangUpAsked: self._on_hang_up_asked,
            Tick: self._on_tick,
        }

    def receive(self, event: Event, *, now_ms: int) -> list[Command]:
        """What to do about `event`. After the end: nothing."""
        if self.turn is Turn.ENDED:
            return []
        if type(event) is FrameHeard:  # 50 a second: no detour
            self._speech.frame(len(event.payload), now_ms)
            return [Feed(event.payload)]
        return list(self._handlers[type(event)](event, now_ms))

    @property
    def media_ms(self) -> int:
        """The media clock: how much audio of the caller has come."""
        return self._speech.media_ms

    # --- opening and ending ------------------------------------------------------------

    def _on_call_opened(self, event: CallOpened, now_ms: int) -> Iterator[Command]:
        self._has_audio = event.has_audio
        self._speech.frame_at_ms = now_ms
        notice = self._consent.begin() if event.has_audio else ""  # else nothing to record
        if notice:
            self._move(CallOpened)
            yield self._say(notice)
        else:
            yield from self._greet()

    def _greet(self) -> Iterator[Command]:
        self._move(CallOpened)
        if self.config.greeting:
            yield self._say(self.config.greeting)
        else:
            self._move(ReplyAbandoned)

    def _on_caller_gone(self, event: CallerGone, now_ms: int) -> Iterator[Command]:
        yield from self._stop_replies(now_ms)
        self._move(CallerGone)
        self.end_reason = event.reason
        yield HangUp(event.reason)

    def _on_hang_up_asked(self, event: HangUpAsked, now_ms: int) -> Iterator[Command]:
        yield from self._finish(event.reason, now_ms)

    def _finish(self, reason: str, now_ms: int) -> Iterator[Command]:
        yield from self._stop_replies(now_ms)
        self._move(CallFinished)
        self.end_reason = reason
        yield HangUp(reason)

    def _on_tick(self, _event: Tick, now_ms: int) -> Iterator[Command]:
        if self._has_audio and now_ms - self._speech.frame_at_ms > MEDIA_LOST_MS:
            yield from self._finish("media_lost", now_ms)
            return
        if self._reply and self._reply.playout.is_overdue(now_ms):
            # The marks are lost; what was sent has long been played.
            yield from self._on_mark_played(MarkPlayed(self._reply.playout.last_mark), now_ms)
        if self.turn is Turn.LISTENING and self._consent.is_overdue(now_ms):
            yield from self._settle_consent(is_given=False)
        yield from self._take_number(now_ms)
        yield from self._take_typed(now_ms)
        if now_ms >= self.config.turn_taking.max_call_ms and not self._is_saying_goodbye():
            yield from self._silence(now_ms)
            self._move(TimeIsUp)
            yield self._say(self._phrases.time_is_up, hang_up=True)

    def _is_saying_goodbye(self) -> bool:
        return self._reply is not None and self._reply.hang_up

    # --- consent to a recording ----------------------------------------------------------

    def _on_notice_heard(self, now_ms: int) -> Iterator[Command]:
        if self._consent.told(now_ms):
            yield from self._settle_consent(is_given=self._consent.is_told)

    def _end_what_goes_on(self, now_ms: int) -> Iterator[Command]:
        """Whosever turn it is: nobody's any more."""
        yield from self._silence(now_ms)
        for event in (DigitPressed, DigitsEntered, ReplyAbandoned):
            self._move(event)

    def _settle_consent(self, *, is_given: bool) -> Iterator[Command]:
        """There is an answer, or none in time: record or do not, and begin the conversation."""
        self._consent.settle()
        if is_given:
            yield Record(self._consent.mode)
        yield from self._greet()

    def _is_protected(self) -> bool:
        """Whether what is said, or about to be, may not be cut off by the caller."""
        if self._consent.is_notice:
            return self._reply is not None
        return self.turn is Turn.SPEAKING and not interruption.silences(self.config.turn_taking)

    # --- the caller ----------------------------------------------------------------------

    def _on_speech_started(self, event: SpeechStarted, now_ms: int) -> Iterator[Command]:
        self._speech.start(event.at_ms, continues=event.continues)
        if self._is_protected():
            return
        yield from self._silence(now_ms)
        self._move(SpeechStarted)

    def _on_speech_paused(self, event: SpeechPaused, now_ms: int) -> Iterator[Command]:
        self._speech.pause(event.at_ms)
        yield from ()

    def _on_speech_resumed(self, _event: SpeechResumed, now_ms: int) -> Iterator[Command]:
        self._speech.words = None
        yield from self._drop_draft()

    def _on_speech_stopped(self, _event: SpeechStopped, now_ms: int) -> Iterator[Command]:
        self._speech.stop(now_ms)
        if self.turn is not Turn.HEARING:
            return
        self._move(SpeechStopped)
        if self._speech.is_lost:
            yield from self._say_trouble(self._phrases.say_again)
        elif self._speech.words is not None:
            yield from self._answer(self._speech.words, now_ms)

    def _on_transcribed(self, event: Transcribed, now_ms: int) -> Iterator[Command]:
        self._speech.stages[Stage.STT] = now_ms
        if self.turn is Turn.HEARING:
            self._speech.words = event.text
            if event.text and self.config.turn_taking.speculate and not self._consent.is_open:
                self._draft = self._begin(speech_ended_ms=self._speech.ended_ms)
                self.drafts_begun += 1
                again = self._speech.is_again
                conversation = self.transcript.conversation(event.text, again=again)
                yield Respond(self._draft.id, conversation)
        elif self.turn is Turn.THINKING and self._reply is None:
            yield from self._answer(event.text, now_ms)
        elif event.text:  # said over a reply that may not be interrupted, or beside a key press
            yield self._keep_caller_turn(event.text, now_ms)
            if self._consent.is_notice and self._consent.is_word(event.text):
                yield from self._end_what_goes_on(now_ms)
                yield from self._settle_consent(is_given=True)

    def _on_transcription_failed(
        self, event: TranscriptionFailed, now_ms: int
    ) -> Iterator[Command]:
        if self.turn is Turn.HEARING:
            self._speech.is_lost = True  # asked for again when the turn is over
        elif self.turn is Turn.THINKING and self._reply is None:
            yield from self._say_trouble(self._phrases.say_again)

    def _answer(self, words: str, now_ms: int) -> Iterator[Command]:
        """The caller's turn is over and these are its words."""
        if not words:
            yield from self._nothing_was_said(now_ms)
            return
        yield self._keep_caller_turn(words, now_ms)
        if self._consent.is_open:
            self._move(ReplyAbandoned)
            yield from self._settle_consent(is_given=self._consent.is_word(words))
            return
        if self._draft is None:
            self._reply = self._begin(speech_ended_ms=self._speech.ended_ms)
            yield Respond(self._reply.id, self.transcript.conversation())
        else:
            self._reply, self._draft = self._draft, None
            self.drafts_committed += 1
        self._reply.stages = {**self._speech.stages, **self._reply.stages}
        for event in self._reply.held:
            yield from self.receive(event, now_ms=now_ms)

    def _nothing_was_said(self, now_ms: int) -> Iterator[Command]:
        """A cough or a noise: go on with what it cut off, if it did."""
        last = self.transcript.last
        if unheard := self.transcript.unheard():
            yield self._say(unheard)
        elif last and last.role is Role.CALLER:  # its answer was still being made
            self._reply = self._begin(speech_ended_ms=self._speech.ended_ms)
            yield Respond(self._reply.id, self.transcript.conversation())
        else:
            self._move(ReplyAbandoned)

    def _keep_caller_turn(self, words: str, now_ms: int) -> SaveTurn:
        speech = self._speech
        speech.keep()
        return SaveTurn(
            self.transcript.keep_caller(
                words, again=speech.is_again, started_ms=speech.started_ms, now_ms=now_ms
            )
        )

    # --- the keyboard ------------------------------------------------------------------------

    def _on_caller_typed(self, event: CallerTyped, now_ms: int) -> Iterator[Command]:
        self._typed.append(event.text)
        yield from self._take_typed(now_ms)

    def _take_typed(self, now_ms: int) -> Iterator[Command]:
        if not self._typed or self._is_protected():  # it waits until the reply was heard
            return
        yield from self._silence(now_ms)
        self._move(CallerTyped)
        self._speech.type(now_ms, now_ms)
        words = " ".join(self._typed)
        self._typed.clear()
        yield from self._answer(words, now_ms)

    # --- the keypad ------------------------------------------------------------------------

    def _on_digit_pressed(self, event: DigitPressed, now_ms: int) -> Iterator[Command]:
        if self._consent.is_question:
            yield from self._on_consent_pressed(event.digit, now_ms)
            return
        if self.turn is Turn.SPEAKING and not self._is_protected():
            yield from self._silence(now_ms)
            self._move(DigitPressed)
        self._keypad.press(event.digit, now_ms)
        yield from self._take_number(now_ms)

    def _on_consent_pressed(self, digit: str, now_ms: int) -> Iterator[Command]:
        """The right key may come before the question is over; another one is a no after it."""
        is_given = self._consent.is_key(digit)
        if self._consent.is_notice and not is_given:
            return
        yield from self._end_what_goes_on(now_ms)
        yield from self._settle_consent(is_given=is_given)

    def _take_number(self, now_ms: int) -> Iterator[Command]:
        # While the agent thinks or speaks the number waits.
        if self.turn not in (Turn.LISTENING, Turn.HEARING) or not self._keypad.is_complete(now_ms):
            return
        self._move(DigitsEntered)
        self._speech.type(self._keypad.pressed_at_ms, now_ms)
        yield from self._drop_draft()
        yield from self._answer(self._keypad.take(), now_ms)

    # --- the agent ---------------------------------------------------------------------------

    def _begin(self, *, speech_ended_ms: int | None, hang_up: bool = False) -> Reply:
        self._replies_begun += 1
        response_id = f"r{self._replies_begun}"
        return Reply(response_id, Playout(response_id), speech_ended_ms, hang_up=hang_up)

    def _say(self, text: str, *, hang_up: bool = False) -> Say:
        """Speak a fixed text as the next reply."""
        self._reply = self._begin(speech_ended_ms=None, hang_up=hang_up)
        return Say(self._reply.id, text)

    def _on_stage_reached(self, event: StageReached, now_ms: int) -> Iterator[Command]:
        for reply in (self._reply, self._draft):
            if reply and reply.id == event.response_id:
                reply.stages.setdefault(event.stage, now_ms)
        yield from ()

    def _on_audio_delta(self, event: AudioDelta, now_ms: int) -> Iterator[Command]:
        if self._draft and event.response_id == self._draft.id:
            self._draft.held.append(event)
        elif self._reply and event.response_id == self._reply.id:
            if event.audio:
                self._move(AudioDelta)
            pieces = self._reply.playout.push(event.audio, event.text, now_ms)
            yield from self._play(self._reply, pieces, now_ms)

    def _play(self, reply: Reply, pieces: list[Piece], now_ms: int) -> Iterator[Command]:
        for piece in pieces:
            if reply.number is None:
                reply.stages.setdefault(Stage.SENT, now_ms)
                yield self._keep_reply(reply, now_ms)
            yield Play(piece.payload, piece.mark)

    def _on_response_ended(self, event: ResponseEnded, now_ms: int) -> Iterator[Command]:
        if self._draft and event.response_id == self._draft.id:
            self._draft.held.append(event)
        elif (reply := self._reply) and event.response_id == reply.id:
            reply.hang_up |= event.hang_up
            yield from self._play(reply, reply.playout.finish(now_ms), now_ms)
            if reply.is_answer:
                self._failures = 0
            if reply.number is None:  # it had nothing to say
                self._reply = None
                self._move(ReplyAbandoned)
                if self._consent.is_notice:  # the voice made no sound of it
                    yield from self._settle_consent(is_given=False)
                if reply.hang_up:
                    yield from self._finish("agent_hung_up", now_ms)
            else:
                yield self._keep_reply(reply, now_ms)
                yield from self._check_heard(reply, now_ms)

    def _on_response_failed(self, event: ResponseFailed, now_ms: int) -> Iterator[Command]:
        if self._draft and event.response_id == self._draft.id:
            self._draft = None  # asked again when the turn is over
        elif (reply := self._reply) and event.response_id == reply.id:
            if reply.number is not None:  # never repeat what was spoken
                self._consent.break_off()
                yield from self._play(reply, reply.playout.finish(now_ms), now_ms)
                yield from self._check_heard(reply, now_ms)
            elif not reply.is_answer:  # not even a fixed text could be spoken
                yield from self._finish("engine_failed", now_ms)
            else:
                yield from self._say_trouble(self._phrases.trouble)

    def _say_trouble(self, sentence: str) -> Iterator[Command]:
        if self._consent.is_open:  # an answer that nobody understood is no yes
            self._move(ReplyAbandoned)
            yield from self._settle_consent(is_given=False)
            return
        self._failures += 1
        if self._failures < FAILURES_BEFORE_GIVING_UP:
            yield self._say(sentence)
        else:
            yield self._say(self._phrases.giving_up, hang_up=True)

    # --- what was heard ------------------------------------------------------------------------

    def _on_mark_played(self, event: MarkPlayed, now_ms: int) -> Iterator[Command]:
        response_id, _, position = event.name.rpartition(":")
        reply = self._reply
        # Twilio also returns the marks that `clear` flushed; those were not heard.
        if reply is None or response_id != reply.id or not position.isdecimal():
            return
        reply.playout.played(int(position), now_ms)
        reply.stages.setdefault(Stage.MARK, now_ms)
        yield from self._check_heard(reply, now_ms)

    def _check_heard(self, reply: Reply, now_ms: int) -> Iterator[Command]:
        if not reply.playout.is_heard():
            return
        yield self._keep_reply(reply, now_ms)
        self._reply = None
        self._move(ReplyHeard)
        if reply.hang_up:
            yield from self._finish("agent_hung_up", now_ms)
            return
        if self._consent.is_notice:
            yield from self._on_notice_heard(now_ms)
        if self._reply is None and self._speech.is_going_on:
            # Over a reply that could not be interrupted.
            self._move(SpeechStarted)

    def _silence(self, now_ms: int) -> Iterator[Command]:
        """Stop whatever the agent says or is about to say; Clear goes first."""
        if self.turn is Turn.SPEAKING:
            yield Clear()
        yield from self._stop_replies(now_ms)

    def _stop_replies(self, now_ms: int) -> Iterator[Command]:
        yield from self._drop_draft()
        reply, self._reply = self._reply, None
        if reply is None:
            return
        yield Cancel(reply.id, heard_ms=reply.playout.heard_ms(now_ms))
        if reply.number is not None:
            yield self._keep_reply(reply, now_ms, interrupted=True)

    def _drop_draft(self) -> Iterator[Command]:
        if self._draft:
            yield Cancel(self._draft.id, heard_ms=0)
            self._draft = None

    def _keep_reply(self, reply: Reply, now_ms: int, *, interrupted: bool = False) -> SaveTurn:
        if reply.number is None:
            reply.number = self.transcript.next_number
        return SaveTurn(
            self.transcript.keep_agent(
                reply.number,
                reply.playout,
                latency_ms=reply.latency_ms(),
                interrupted=interrupted,
                now_ms=now_ms,
            )
        )

    def _move(self, event: type) -> None:
        self.turn = TRANSITIONS.get((self.turn, event), self.turn)
