"""The agent's side of a call: the current reply, the draft, and what was heard of them.

There is at most one current reply and one draft. Events with any other response id belong to a
cancelled response and are ignored. The session decides whose turn it is.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from agents.engines.events import (
    AudioDelta,
    ResponseEnded,
    ResponseFailed,
    Stage,
    StageReached,
    ToolCalled,
)
from agents.settings.config import AgentConfig
from telephony.session.commands import Cancel, Command, Play, Respond, RunTool, SaveTurn, Say
from telephony.session.events import MarkPlayed
from telephony.session.language.speaking import CallLanguage
from telephony.session.replies.playout import Piece, Playout
from telephony.session.replies.reply import Held, Reply
from telephony.session.replies.signs_of_life import SignsOfLife
from telephony.session.replies.tool_runs import ToolRuns
from telephony.session.speech import CallerSpeech
from telephony.session.transcript import Transcript
from telephony.spoken.languages import in_english
from voicex.reasons.ends import EndReason

# How much longer than a long answer a reply may get before a faulty voice is cut off.
UNENDED_MS: Final = 30_000


class Replies:
    """The agent's replies in one call. Commands are returned in order of execution.

    `now_ms` is the session's clock.
    """

    def __init__(self, transcript: Transcript, language: CallLanguage, config: AgentConfig) -> None:
        turn_taking = config.turn_taking
        self.signs = SignsOfLife(transcript, language, turn_taking.sign_of_life_ms)
        self.failures = 0  # since the last answer
        self.unspoken = 0  # consecutive apologies that the voice failed to say
        self.tools = ToolRuns(transcript, config.http_tools, language)
        self.current: Reply | None = None  # the current reply: being generated, sent or heard
        self.owes_result = False  # a tool returned whose answer was given up
        self.draft_replies_begun = 0
        self.draft_replies_committed = 0
        self._transcript = transcript
        self._language = language
        self._draft: Reply | None = None
        self._draft_has_result = False  # the one that was owed when it was begun
        self._longest_ms = turn_taking.longest_answer_ms
        self.begun = 0
        self._is_goodbye_cut_off = False  # the last interrupted turn was a goodbye
        self._is_greeting_cut_off = False  # the last interrupted turn was the greeting
        self._unsaid: Reply | None = None  # a fixed text stopped before its first audio

    @property
    def is_goodbye(self) -> bool:
        """Whether the call ends when the current reply has been heard."""
        return self.current is not None and self.current.hang_up

    # --- beginning one -------------------------------------------------------------------

    def say(self, text: str, *, hang_up: bool = False, is_greeting: bool = False) -> Say:
        """Speak a fixed text as the next reply."""
        self.current = self._begin(None, text, hang_up=hang_up)
        self.current.is_greeting = is_greeting
        return Say(self.current.id, text, in_english=in_english(text))

    def apologize(self, sentence: str) -> Say:
        """Apologize with `sentence`, and with other words when repeated."""
        self.failures += 1
        return self.ask_again(
            sentence if self.failures == 1 else self._language.phrases.still_trouble
        )

    def ask_again(self, sentence: str) -> Say:
        """Ask the caller with `sentence` to repeat what they said."""
        said = self.say(sentence)
        if self.current:
            self.current.is_apology = True
        return said

    def say_farewell(self, sentence: str, end_reason: EndReason) -> Say:
        """Say a goodbye, after which the call ends for `end_reason`."""
        said = self.say(sentence, hang_up=True)
        if self.current:
            self.current.end_reason = end_reason
        return said

    def say_that_it_takes_time(self) -> Say:
        """Say a sign of life to a waiting caller; it is no reply, and stops none."""
        unsaid = self._unsaid
        sign = self._begin(None)
        self._unsaid = unsaid
        return self.signs.say(sign)

    def nod(self) -> Say:
        """Say a backchannel ("mm-hm") to a caller who is telling something; it is no reply
        either.
        """
        unsaid = self._unsaid
        nod = self._begin(None)
        self._unsaid = unsaid
        return self.signs.nod(nod)

    def ask(
        self,
        speech_ended_ms: int,
        stages: Mapping[Stage, int] | None = None,
        *,
        tool_rounds: int = 0,
    ) -> Respond:
        """Request an answer to the conversation. stages: latency stages reached so far.

        tool_rounds: the number of consecutive answers before it that called tools.
        """
        self.signs.expect_nothing()
        self.owes_result = False
        self.current = self._begin(speech_ended_ms)
        self.current.tool_rounds = tool_rounds
        self.current.stages.update(stages or {})
        return Respond(self.current.id, self._transcript.conversation())

    def await_tools(self, now_ms: int, *, tool_rounds: int) -> Reply:
        """Begin an answer that has no words, and ends when the tools have returned that are begun
        for it. tool_rounds: as of `ask`.
        """
        self.current = self._begin(now_ms)
        self.current.has_called = True
        self.current.tool_rounds = tool_rounds
        self.current.playout.finish(now_ms)
        return self.current

    def resume(self) -> Say | None:
        """Say the unheard rest of the interrupted reply; None if there is none.

        The rest of a goodbye is a goodbye: the call ends when it was heard.
        """
        if text := self._unsaid:
            return self.say(text.fixed_text, hang_up=text.hang_up, is_greeting=text.is_greeting)
        unheard = self._transcript.unheard()
        if not unheard:
            return None
        self.current = self._begin(None, unheard, hang_up=self._is_goodbye_cut_off)
        self.current.is_greeting = self._is_greeting_cut_off
        return Say(self.current.id, unheard, is_fixed=False)

    @property
    def is_goodbye_spoken(self) -> bool:
        """Whether the latest turn is an interrupted goodbye of which all words were heard."""
        return (
            self._is_goodbye_cut_off
            and self._transcript.is_cut_off
            and not self._transcript.unheard()
        )

    def _begin(
        self, speech_ended_ms: int | None, fixed_text: str = "", *, hang_up: bool = False
    ) -> Reply:
        self._unsaid = None
        self.begun += 1
        response_id = f"r{self.begun}"
        playout = Playout(response_id)
        return Reply(response_id, playout, speech_ended_ms, fixed_text, hang_up=hang_up)

    # --- the draft -----------------------------------------------------------------------

    @property
    def has_draft_reply(self) -> bool:
        """Whether an answer was begun before the caller's turn is over."""
        return self._draft is not None

    def draft_reply(self, words: str, speech: CallerSpeech) -> Respond:
        """Start a draft: the answer to `words`, with its audio held back."""
        self._draft = self._begin(speech.ended_ms)
        self._draft_has_result = self.owes_result
        self.draft_replies_begun += 1
        conversation = self._transcript.conversation(words, again=speech.is_again)
        return Respond(self._draft.id, conversation)

    def take_draft_reply(self, stages: Mapping[Stage, int]) -> list[Held]:
        """The draft becomes the current reply. Returns the commands for its audio."""
        draft, self._draft = self._draft, None
        if draft is None:  # pragma: no cover # callers check `has_draft_reply`
            return []
        self.draft_replies_committed += 1
        self.owes_result = self.owes_result and not self._draft_has_result
        draft.stages = {**stages, **draft.stages}
        self.current = draft
        return draft.held

    def discard_draft_reply(self) -> Iterator[Command]:
        """The turn continues: cancel the draft, of which nothing was heard."""
        yield from self.signs.drop_nod()
        if self._draft:
            yield Cancel(self._draft.id, heard_ms=0)
            self._draft = None

    # --- what becomes of one -------------------------------------------------------------

    def reach(self, event: StageReached, now_ms: int) -> tuple[()]:
        """Record when a latency stage was first reached."""
        for reply in (self.current, self._draft):
            if reply and reply.id == event.response_id:
                reply.stages.setdefault(event.stage, now_ms)
        return ()

    def is_under_way(self, response_id: str) -> bool:
        """Whether it is the id of the current reply, and not of a draft or a cancelled one."""
        return self.current is not None and self.current.id == response_id

    def heard(self, now_ms: int) -> tuple[str, int] | None:
        """The reply under way and how many milliseconds of it were heard; None without one."""
        if self.current is None:
            return None
        return self.current.id, self.current.playout.heard_ms(now_ms)

    def play(self, event: AudioDelta, now_ms: int) -> Iterator[Command]:
        """Send the engine's audio to the caller, or hold it back for a draft."""
        if (reply := self.current) and reply.id == event.response_id:
            yield from self.signs.give_way()
            if reply.is_too_long:
                return
            if self._is_too_long(reply, event):
                yield from self._cut_short(reply, now_ms)
                return
            reply.playout.wait_for(self.signs.rest_ms(now_ms))
            pieces = reply.playout.push(event.audio, event.text, now_ms)
            yield from self._send(reply, pieces, now_ms)
        else:
            self._hold(event)

    def _is_too_long(self, reply: Reply, event: AudioDelta) -> bool:
        longest_ms = self._longest_ms if event.text else self._longest_ms + UNENDED_MS
        return reply.is_answer and reply.playout.received_ms >= longest_ms

    def _cut_short(self, reply: Reply, now_ms: int) -> Iterator[Command]:
        reply.is_too_long = True
        yield from self._send(reply, reply.playout.finish(now_ms), now_ms)
        yield Cancel(reply.id, heard_ms=reply.playout.heard_ms(now_ms))

    def release(self, now_ms: int) -> Iterator[Command]:
        """Time passes: send held audio before the carrier's buffer is empty."""
        if reply := self.current:
            yield from self._send(reply, reply.playout.release(now_ms), now_ms)

    def end(self, event: ResponseEnded, now_ms: int) -> Iterator[Command]:
        """The engine has finished: send the rest."""
        reply = self.current
        if reply is None or reply.id != event.response_id:
            self._hold(event)
            return
        if reply.is_answer and not reply.has_called:  # a tool call is no answer yet
            self.failures = 0
        yield from self._send(reply, reply.playout.finish(now_ms), now_ms)
        if reply.number is not None:
            yield self.keep(reply, now_ms)

    def call(self, event: ToolCalled, now_ms: int) -> Iterator[Command]:
        """The engine calls a tool. Tools of a draft run only once the draft is used."""
        if (reply := self.current) and reply.id == event.response_id:
            for command in self.tools.begin(reply, event, now_ms):
                if isinstance(command, RunTool):
                    self.signs.expect(self.tools.filler_of(event.name), now_ms)
                yield command
        else:
            self._hold(event)

    def fail(self, event: ResponseFailed, now_ms: int) -> Iterator[Command]:
        """The engine has failed: audio received so far is kept, and not said again."""
        if self._draft and self._draft.id == event.response_id:
            self._draft = None  # requested again when the turn is over
        elif (reply := self.current) and reply.id == event.response_id:
            reply.has_failed = True
            pieces = reply.playout.finish(now_ms, is_cut=event.in_text)
            yield from self._send(reply, pieces, now_ms)

    def mark(self, event: MarkPlayed, now_ms: int) -> Iterator[Command]:
        """The caller has heard the reply up to a mark."""
        response_id, _, position = event.name.rpartition(":")
        if self.signs.is_of(response_id):
            if position.isdecimal():
                yield from self.signs.mark(event, now_ms)
            return
        reply = self.current
        # Twilio also returns marks flushed by `clear`, which were not heard.
        if reply and response_id == reply.id and position.isdecimal():
            reply.playout.played(int(position), now_ms)
            # A mark comes back after its audio, which began earlier by its length.
            began_ms = max(now_ms - int(position), reply.stages.get(Stage.SENT, now_ms))
            reply.stages.setdefault(Stage.MARK, began_ms)

    def _hold(self, event: Held) -> None:
        if self._draft and self._draft.id == event.response_id:
            self._draft.held.append(event)

    def _send(self, reply: Reply, pieces: list[Piece], now_ms: int) -> Iterator[Command]:
        for piece in pieces:
            if reply.number is None:
                reply.stages.setdefault(Stage.SENT, now_ms)
                yield self.keep(reply, now_ms)
            yield Play(piece.payload, piece.mark)

    # --- its end -------------------------------------------------------------------------

    def overdue_mark(self, now_ms: int) -> MarkPlayed | None:
        """The latest mark that the carrier must have lost: the audio before it was played
        long ago.
        """
        if self.current and self.current.playout.is_overdue(now_ms):
            return MarkPlayed(self.current.playout.last_mark)
        return None

    def take_finished(self) -> Reply | None:
        """Take the current reply if it is over: all of it was heard or it was empty, and none of
        its tools is running.
        """
        if self.current is None or not self.current.playout.is_heard() or self.current.tools:
            return None
        reply, self.current = self.current, None
        return reply

    def record_heard(self, now_ms: int) -> Iterator[Command]:
        """Update the turn of the current reply with what was heard by now."""
        if self.current and self.current.number is not None:
            yield self.keep(self.current, now_ms)

    def keep(self, reply: Reply, now_ms: int, *, interrupted: bool = False) -> SaveTurn:
        """Keep a reply as a turn: its text, and the part heard by now."""
        if reply.number is None:
            reply.number = self._transcript.next_number
        return SaveTurn(
            self._transcript.keep_agent(
                reply.number,
                reply.playout,
                latency_ms=reply.latency_ms(),
                interrupted=interrupted,
                now_ms=now_ms,
                is_sign_of_life=reply.is_interjection,
            )
        )

    def stop(self, now_ms: int) -> Iterator[Command]:
        """Cancel the current reply and the draft."""
        yield from self.discard_draft_reply()
        yield from self.signs.stop(now_ms)
        reply, self.current = self.current, None
        if reply is None:
            return
        yield Cancel(reply.id, heard_ms=reply.playout.heard_ms(now_ms))
        if reply.number is not None:
            self._is_goodbye_cut_off = reply.hang_up
            self._is_greeting_cut_off = reply.is_greeting
            yield self.keep(reply, now_ms, interrupted=True)
        elif reply.fixed_text:
            self._unsaid = reply
