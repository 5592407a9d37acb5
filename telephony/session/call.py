"""The state machine of one live call: events in, commands out. Pure.

    session = CallSession(config)
    commands = session.receive(SpeechStarted(at_ms=1200), now_ms=1290)

The session makes all decisions about turns and performs no I/O. It has no socket, task or clock:
each event comes with `now_ms`, milliseconds since the stream opened. Its parts know the rest:

    floor, turns              whose turn it is, and the moves that pass it on
    barge_in                  whether a sound over the agent's voice is a wish to speak
    speech, keypad            what the caller says and enters
    agent_turn                what follows what the agent says
    replies                   what the agent says and has done, and how much of it was heard
    consent                   whether the call may be recorded
    silence                   what is done when nothing happens
    resuming                  its state as a value, and how it continues in another process
    supervision               what members have it say, and tell its model
    transcript                the turns; the model's memory is derived from them, heard text only

A response may be started at a short pause, before the caller's turn is over (a *draft*). Its audio
is held back until the turn has ended; it is cancelled if the caller continues.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, Self

from agents.engines.events import (
    AudioDelta,
    PartlyHeard,
    ResponseEnded,
    ResponseFailed,
    SpeechLasted,
    SpeechPaused,
    SpeechResumed,
    SpeechStarted,
    SpeechStopped,
    Stage,
    StageReached,
    ToolCalled,
    Transcribed,
    TranscriptionFailed,
    TurnEndHeard,
)
from agents.settings.config import AgentConfig
from telephony.session.agent_turn import AgentTurn
from telephony.session.barge_in.doubt import Doubt
from telephony.session.commands import Command, Feed
from telephony.session.events import (
    BudgetSpent,
    CallerGone,
    CallerTyped,
    CallOpened,
    CallResumed,
    DigitPressed,
    Event,
    FrameHeard,
    HangUpAsked,
    LeaveAsked,
    MarkPlayed,
    MoveAsked,
    NoteGiven,
    SayAsked,
    Tick,
    ToolReturned,
    TransferReady,
)
from telephony.session.floor import Floor
from telephony.session.keypad import TypedInput
from telephony.session.resuming.resumption import Resumption
from telephony.session.resuming.saving import Parts, restore, state_of
from telephony.session.resuming.state import CallState
from telephony.session.silence.timekeeping import Timekeeper
from telephony.session.supervision.words import Supervision
from telephony.session.transcript import Transcript
from telephony.session.turns import Report, TurnState, raise_unlisted
from voicex.reasons.ends import EndReason

MEDIA_LOST_MS: Final = 20_000  # Twilio sends 50 frames a second, even during silence


class CallSession:
    """The conversation of one media stream, see above. Not thread-safe. Never blocks."""

    def __init__(
        self,
        config: AgentConfig,
        *,
        report: Report = raise_unlisted,
        transcript: Transcript | None = None,
    ) -> None:
        """report: called with state and event for a pair that the state table does not list;
        transcript: the turns of former streams of the call.
        """
        self.config = config
        self._floor = Floor(config, report, transcript)
        self._speech = self._floor.speech
        self._replies = self._floor.replies
        self._consent = self._floor.consent
        self._doubt = Doubt(self._floor, config)
        self._typed = TypedInput(self._floor, self._doubt.whole)
        self._agent_turn = AgentTurn(self._floor)
        self._time = Timekeeper(self._floor, config, self._doubt, self._agent_turn)
        self._resumption = Resumption(self._floor, self._typed.keypad, config.transfers)
        self._supervision = Supervision(self._floor)
        self._has_audio = True

    @classmethod
    def restored(
        cls, config: AgentConfig, state: CallState, *, report: Report = raise_unlisted
    ) -> Self:
        """Restore the session of a call from the `state` that another process has written.

        Its first event is CallResumed, in place of CallOpened. config: of the same version.
        """
        session = cls(config, report=report)
        restore(session._parts, state)
        session._resumption.restore(state)
        return session

    def snapshot(self, *, now_ms: int) -> CallState:
        """The state with which another process can continue this call."""
        pending = self._resumption.state
        return pending or state_of(self._parts, version=self.config.version, now_ms=now_ms)

    @property
    def _parts(self) -> Parts:
        return Parts(self._floor, self._doubt, self._typed, self._time)

    def receive(self, event: Event, *, now_ms: int) -> list[Command]:
        """Process `event`; the commands to carry out, in order. After the end: none."""
        if type(event) is FrameHeard:
            is_heard = self.hear(len(event.payload), now_ms=now_ms)
            return [Feed(event.payload)] if is_heard else []
        if self._floor.state is TurnState.ENDED:
            return []
        self._time.note(event, now_ms)
        turn = self._floor.state
        commands = list(_HANDLERS[type(event)](self, event, now_ms))
        if self._floor.state is not turn:
            self._floor.record_state(turn, now_ms)
            commands += self._resumption.turn(now_ms)
        return commands

    def hear(self, size: int, *, now_ms: int) -> bool:
        """As `receive` of a FrameHeard of `size` bytes: whether to Feed it. Fast: 50 a second."""
        if self._floor.state is TurnState.ENDED:
            return False
        self._speech.frame(size, now_ms)
        return True

    @property
    def media_ms(self) -> int:
        """The media clock: milliseconds of audio received from the caller."""
        return self._speech.media_ms

    @property
    def state(self) -> TurnState:
        """Whose turn it is."""
        return self._floor.state

    @property
    def transcript(self) -> Transcript:
        """The turns of the call, with the text that was heard."""
        return self._floor.transcript

    @property
    def end_reason(self) -> str:
        """Why the call ended, a value of `EndReason`; "" while it continues."""
        return self._floor.end_reason

    def heard(self, now_ms: int) -> tuple[str, int] | None:
        """The current reply and how many milliseconds of it were heard; None without one."""
        return self._replies.heard(now_ms)

    @property
    def draft_replies(self) -> tuple[int, int]:
        """The number of answers started before the caller's turn was over, and of those played."""
        return self._replies.draft_replies_begun, self._replies.draft_replies_committed

    # --- the line is open ----------------------------------------------------------------------

    def _on_call_opened(self, event: CallOpened, now_ms: int) -> Iterable[Command]:
        self._has_audio = event.has_audio
        self._speech.frame_at_ms = now_ms
        return self._floor.open(has_audio=event.has_audio)

    def _on_call_resumed(self, event: CallResumed, now_ms: int) -> Iterable[Command]:
        self._speech.frame_at_ms = now_ms
        return self._resumption.begin(event, now_ms)

    # --- the caller speaks ---------------------------------------------------------------------

    def _on_speech_started(self, event: SpeechStarted, now_ms: int) -> Iterator[Command]:
        self._speech.start(event.at_ms, continues=event.continues)
        if not self._floor.is_protected():
            heard_ms = self._floor.answer_heard_ms(now_ms)
            self._floor.ending.start(event.at_ms, heard_ms, continues=event.continues)
            yield from self._doubt.begin(now_ms)

    def _on_speech_paused(self, event: SpeechPaused, now_ms: int) -> Iterable[Command]:
        self._speech.pause(event.at_ms)
        self._floor.ending.pause(event.at_ms)
        self._doubt.pause(now_ms)
        return ()

    def _on_speech_resumed(self, event: SpeechResumed, now_ms: int) -> Iterable[Command]:
        self._speech.resume()
        self._floor.ending.resume(event.at_ms)
        self._doubt.resume(now_ms)
        return self._replies.discard_draft_reply()

    def _on_speech_stopped(self, event: SpeechStopped, now_ms: int) -> Iterator[Command]:
        self._speech.stop(now_ms)
        yield from self._doubt.stop(now_ms)
        if self._floor.state is TurnState.HEARING and not self._typed.is_mixed:
            self._speech.is_taken = False
            self._floor.move(SpeechStopped)
            if self._speech.result is None:
                self._floor.ending.stop_without_text(self.media_ms - event.at_ms)
        if self._floor.state is TurnState.TRANSCRIBING:
            yield from self._take_speech(now_ms)

    def _take_speech(self, now_ms: int) -> Iterator[Command]:
        """The caller's turn is over: react to its words, as soon as they are transcribed."""
        match self._speech.result:
            case Transcribed(words):
                yield from self._answer(words, now_ms)
            case TranscriptionFailed():
                yield from self._floor.apologize(self._floor.phrases.say_again)

    def _on_transcribed(self, event: Transcribed, now_ms: int) -> Iterator[Command]:
        self._speech.stages[Stage.STT] = now_ms
        is_turn = yield from self._doubt.hear(event, now_ms)
        if not is_turn:
            return
        if self._floor.state is TurnState.HEARING:
            self._speech.result = event
            yield from self._floor.judge_pause(event.text, now_ms)
            is_draft_wanted = self.config.turn_taking.speculate and not self._consent.is_open
            is_draft_wanted = is_draft_wanted and self._floor.language.stays(event, self._speech)
            if event.text and is_draft_wanted and self._floor.ending.takes_draft():
                yield self._replies.draft_reply(event.text, self._speech)
        elif self._floor.state is TurnState.TRANSCRIBING:
            self._speech.result = event
            yield from self._take_speech(now_ms)
        elif event.text:  # said over a protected reply, or beside a key press
            yield from self._replies.record_heard(now_ms)  # it precedes these words
            yield from self._floor.take_words(event.text, now_ms)
            if self._consent.is_notice and self._consent.is_word(event.text):
                yield from self._floor.settle_consent_at_once(now_ms, is_given=True)
            elif self._typed.keypad.is_empty:
                yield from self._floor.answer_what_waits()

    def _on_turn_end_heard(self, event: TurnEndHeard, _now_ms: int) -> Iterable[Command]:
        is_awaited = self._floor.state is TurnState.HEARING and self._speech.result is not None
        return self._floor.judge_sound(event.finished) if is_awaited else ()

    def _on_hearing_failed(self, event: TranscriptionFailed, now_ms: int) -> Iterator[Command]:
        yield from self._doubt.fail(event, now_ms)
        if self._floor.state in (TurnState.HEARING, TurnState.TRANSCRIBING):
            self._speech.result = event  # requested again when the turn is over
        if self._floor.state is TurnState.TRANSCRIBING:
            yield from self._take_speech(now_ms)

    # --- the caller's turn is over -------------------------------------------------------------

    def _answer(self, words: str, now_ms: int) -> Iterator[Command]:
        """Answer a turn with these words; "" for a noise."""
        if not words or (yield from self._time.waits_out(words, now_ms)):
            yield from self._floor.continue_after_noise(now_ms)
            return
        if self._speech.is_typed:
            self._floor.ending.pass_over()
        else:
            self._floor.take_in(words)
        words = yield from self._typed.join(words)
        yield from self._floor.take_words(words, now_ms)
        if self._consent.is_open:
            yield from self._floor.settle_consent(is_given=self._consent.is_word(words))
        elif remark := self._time.remark_on_turn(now_ms):
            yield from remark
        elif self._replies.has_draft_reply:
            for event in self._floor.take_draft_reply():
                yield from self.receive(event, now_ms=now_ms)
        else:
            yield self._floor.ask(self._speech.stages)

    # --- time, and the end ---------------------------------------------------------------------

    def _on_tick(self, _event: Tick, now_ms: int) -> Iterator[Command]:
        if self._has_audio and now_ms - self._speech.frame_at_ms > MEDIA_LOST_MS:
            yield from self._floor.finish(EndReason.MEDIA_LOST, now_ms)
            return
        turn = self._floor.state
        yield from self._doubt.poll(now_ms)
        yield from self._replies.release(now_ms)
        yield from self._replies.signs.poll(now_ms)
        if lost := self._replies.overdue_mark(now_ms):
            yield from self._agent_turn.mark(lost, now_ms)
            if self._floor.state is TurnState.ENDED:  # it was a goodbye
                return
        if self._floor.state is TurnState.LISTENING and self._consent.is_overdue(now_ms):
            yield from self._floor.settle_consent(is_given=False)
        yield from self._typed.poll(now_ms, self._answer)
        self._doubt.whole.end_wait(now_ms)
        yield from self._resumption.poll(now_ms)
        yield from self._supervision.poll(now_ms)
        if now_ms >= self._time.limit_ms and not self._replies.is_goodbye:
            yield from self._floor.call_time(now_ms, self._time.end_reason)
            return
        if self._floor.state is turn:
            yield from self._floor.give_sign_of_life(now_ms)
            yield from self._time.give_up_on_silence(now_ms)
        if self._floor.state is turn:
            is_entering = not self._typed.keypad.is_empty
            yield from self._time.poll(now_ms, has_audio=self._has_audio, is_entering=is_entering)

    def _on_caller_typed(self, event: CallerTyped, now_ms: int) -> Iterable[Command]:
        return self._typed.type(event.text, now_ms, self._answer)

    def _on_leave_asked(self, _event: LeaveAsked, now_ms: int) -> Iterable[Command]:
        if self._replies.is_goodbye:
            return ()
        sentence = self._floor.phrases.restarting
        return self._floor.end_gracefully(sentence, EndReason.RESTARTING, now_ms)

    def _on_caller_gone(self, event: CallerGone, now_ms: int) -> Iterable[Command]:
        return self._floor.finish(event.reason, now_ms, because=CallerGone)


_HANDLERS: Final[Mapping[type, Callable[[CallSession, Any, int], Iterable[Command]]]] = {
    CallOpened: CallSession._on_call_opened,
    CallResumed: CallSession._on_call_resumed,
    SpeechStarted: CallSession._on_speech_started,
    SpeechPaused: CallSession._on_speech_paused,
    SpeechResumed: CallSession._on_speech_resumed,
    SpeechStopped: CallSession._on_speech_stopped,
    SpeechLasted: lambda session, event, now_ms: session._doubt.last(event, now_ms),
    PartlyHeard: lambda session, event, now_ms: session._doubt.hear_part(event, now_ms),
    Transcribed: CallSession._on_transcribed,
    TurnEndHeard: CallSession._on_turn_end_heard,
    TranscriptionFailed: CallSession._on_hearing_failed,
    CallerTyped: CallSession._on_caller_typed,
    DigitPressed: lambda session, event, now_ms: session._typed.press(
        event.digit, now_ms, session._answer
    ),
    StageReached: lambda session, event, now_ms: session._replies.reach(event, now_ms),
    AudioDelta: lambda session, event, now_ms: session._agent_turn.play(event, now_ms),
    ToolCalled: lambda session, event, now_ms: session._replies.call(event, now_ms),
    ToolReturned: lambda session, event, now_ms: session._agent_turn.end_tool(event, now_ms),
    TransferReady: lambda session, event, now_ms: session._floor.put_through(event, now_ms),
    ResponseEnded: lambda session, event, now_ms: session._agent_turn.end(event, now_ms),
    ResponseFailed: lambda session, event, now_ms: session._agent_turn.fail(event, now_ms),
    MarkPlayed: lambda session, event, now_ms: session._agent_turn.mark(event, now_ms),
    Tick: CallSession._on_tick,
    SayAsked: lambda session, event, now_ms: session._supervision.say(event, now_ms),
    NoteGiven: lambda session, event, now_ms: session._supervision.note(event, now_ms),
    HangUpAsked: lambda session, event, now_ms: session._floor.finish(event.reason, now_ms),
    LeaveAsked: CallSession._on_leave_asked,
    BudgetSpent: lambda session, _event, now_ms: session._time.wind_up(now_ms),
    MoveAsked: lambda session, event, now_ms: session._resumption.depart(event, now_ms),
    CallerGone: CallSession._on_caller_gone,
}
