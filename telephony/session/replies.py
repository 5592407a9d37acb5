"""The agent's side of a call: the reply under way, the draft behind it, what was heard of them.

At most one reply is under way and at most one draft waits. What comes for any other id belongs
to a response that was cancelled, and changes nothing. Whose turn it is, the session decides.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from agents.engines.conversation import Role
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
from telephony.session.playout import Piece, Playout
from telephony.session.reply import Held, Reply
from telephony.session.resuming.state import SavedReply
from telephony.session.speech import CallerSpeech
from telephony.session.tool_runs import ToolRuns
from telephony.session.transcript import Transcript
from telephony.session.waiting import SignsOfLife
from telephony.spoken.languages import in_english
from voicex.reasons.ends import EndReason

# A voice that never ends its sentence is cut off so much later than a long answer.
UNENDED_MS: Final = 30_000


class Replies:
    """The agent's replies in one call. Commands come in the order to carry them out.

    `now_ms` is the session's clock.
    """

    def __init__(self, transcript: Transcript, language: CallLanguage, config: AgentConfig) -> None:
        turn_taking = config.turn_taking
        self.signs = SignsOfLife(transcript, language, turn_taking.sign_of_life_ms)
        self.failures = 0  # since the last answer
        self.unspoken = 0  # apologies in a row for which there was no voice
        self.tools = ToolRuns(transcript, config.http_tools, language)
        self.current: Reply | None = None  # under way: being made, sent or heard
        self.draft_replies_begun = 0
        self.draft_replies_committed = 0
        self._transcript = transcript
        self._language = language
        self._draft: Reply | None = None
        self._longest_ms = turn_taking.longest_answer_ms
        self.begun = 0
        self._is_goodbye_cut_off = False  # the turn that was cut off last should have hung up
        self._is_greeting_cut_off = False  # that turn was the greeting
        self._unsaid: Reply | None = None  # a fixed text that was stopped before its first sound

    @property
    def is_goodbye(self) -> bool:
        """Whether the call ends when the reply under way has been heard."""
        return self.current is not None and self.current.hang_up

    # --- beginning one -------------------------------------------------------------------

    def say(self, text: str, *, hang_up: bool = False, is_greeting: bool = False) -> Say:
        """Speak a fixed text as the next reply."""
        self.current = self._begin(None, text, hang_up=hang_up)
        self.current.is_greeting = is_greeting
        return Say(self.current.id, text, in_english=in_english(text))

    def apologize(self, sentence: str) -> Say:
        """Something went wrong: ask again with `sentence`, and more than once in other words."""
        self.failures += 1
        return self.ask_again(
            sentence if self.failures == 1 else self._language.phrases.still_trouble
        )

    def ask_again(self, sentence: str) -> Say:
        """Ask for what was said once more, with `sentence`."""
        said = self.say(sentence)
        if self.current:
            self.current.is_apology = True
        return said

    def say_farewell(self, sentence: str, end_reason: EndReason) -> Say:
        """Say why the call ends, and end it for `end_reason` after that."""
        said = self.say(sentence, hang_up=True)
        if self.current:
            self.current.end_reason = end_reason
        return said

    def say_that_it_takes_time(self) -> Say:
        """Tell the caller who waits that the line is not dead; no reply, and none is stopped."""
        unsaid = self._unsaid
        sign = self._begin(None)
        self._unsaid = unsaid
        return self.signs.say(sign)

    def nod(self) -> Say:
        """Let the caller who tells something hear that the agent listens; it is no reply either."""
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
        """Have everything answered that was said. stages: those that lie behind it.

        tool_rounds: how many answers before it, in a row, called tools.
        """
        self.signs.expect_nothing()
        self.current = self._begin(speech_ended_ms)
        self.current.tool_rounds = tool_rounds
        self.current.stages.update(stages or {})
        return Respond(self.current.id, self._transcript.conversation())

    def resume(self) -> Say | None:
        """Say what is unheard of the reply that was cut off; None when it is nothing.

        A goodbye stays one: the call ends when its rest was heard.
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
        """Whether the newest turn is a goodbye that was cut off, with all of its words heard."""
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
        """Begin the answer to `words`, should they turn out to be all; its audio is held back."""
        self._draft = self._begin(speech.ended_ms)
        self.draft_replies_begun += 1
        conversation = self._transcript.conversation(words, again=speech.is_again)
        return Respond(self._draft.id, conversation)

    def take_draft_reply(self, stages: Mapping[Stage, int]) -> list[Held]:
        """They were all: the draft is the reply under way. Returns what was held back of it."""
        draft, self._draft = self._draft, None
        if draft is None:  # pragma: no cover  # `has_draft_reply` is asked first
            return []
        self.draft_replies_committed += 1
        draft.stages = {**stages, **draft.stages}
        self.current = draft
        return draft.held

    def discard_draft_reply(self) -> Iterator[Command]:
        """They were not: forget the draft, which was not heard."""
        yield from self.signs.drop_nod()
        if self._draft:
            yield Cancel(self._draft.id, heard_ms=0)
            self._draft = None

    # --- what becomes of one -------------------------------------------------------------

    def reach(self, event: StageReached, now_ms: int) -> tuple[()]:
        """Record when a stage was first reached."""
        for reply in (self.current, self._draft):
            if reply and reply.id == event.response_id:
                reply.stages.setdefault(event.stage, now_ms)
        return ()

    def is_under_way(self, response_id: str) -> bool:
        """Whether it is the id of the reply under way: not of a draft, not of a cancelled one."""
        return self.current is not None and self.current.id == response_id

    def heard(self, now_ms: int) -> tuple[str, int] | None:
        """The reply under way and how many milliseconds of it were heard; None without one."""
        if self.current is None:
            return None
        return self.current.id, self.current.playout.heard_ms(now_ms)

    def play(self, event: AudioDelta, now_ms: int) -> Iterator[Command]:
        """Send the engine's audio to the caller, or hold it back while it is a draft's."""
        if (reply := self.current) and reply.id == event.response_id:
            yield from self.signs.give_way()
            if reply.is_too_long:
                return
            if self._is_too_long(reply, event):
                yield from self._cut_short(reply, now_ms)
                return
            reply.playout.wait_for(self.signs.rest_ms(now_ms))
            yield from self._send(
                reply, reply.playout.push(event.audio, event.text, now_ms), now_ms
            )
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
        """Time passes: send what was held back to make a longer message, before it is missed."""
        if reply := self.current:
            yield from self._send(reply, reply.playout.release(now_ms), now_ms)

    def end(self, event: ResponseEnded, now_ms: int) -> Iterator[Command]:
        """The engine has given everything: send the rest."""
        reply = self.current
        if reply is None or reply.id != event.response_id:
            self._hold(event)
            return
        if reply.is_answer and not reply.has_called:  # a call of a tool is no answer yet
            self.failures = 0
        yield from self._send(reply, reply.playout.finish(now_ms), now_ms)
        if reply.number is not None:
            yield self.keep(reply, now_ms)

    def call(self, event: ToolCalled, now_ms: int) -> Iterator[Command]:
        """The engine wants a tool run; a draft's is not, unless the draft is the answer."""
        if (reply := self.current) and reply.id == event.response_id:
            for command in self.tools.begin(reply, event, now_ms):
                if isinstance(command, RunTool):
                    self.signs.expect(self.tools.filler_of(event.name), now_ms)
                yield command
        else:
            self._hold(event)

    def fail(self, event: ResponseFailed, now_ms: int) -> Iterator[Command]:
        """The engine gives no more: what was spoken is kept, for nothing is said twice."""
        if self._draft and self._draft.id == event.response_id:
            self._draft = None  # asked again when the turn is over
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
        # Twilio also returns the marks that `clear` flushed; those were not heard.
        if reply and response_id == reply.id and position.isdecimal():
            reply.playout.played(int(position), now_ms)
            # It comes back behind its sound: the first of that was heard so much sooner.
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

    # --- elsewhere -----------------------------------------------------------------------

    def save(self) -> SavedReply | None:
        """The reply under way, and where it stands; drafts are begun anew."""
        reply = self.current
        if reply is None:
            return None
        return SavedReply(
            playout=reply.playout.save(),
            is_answer=reply.is_answer,
            fixed_text=reply.fixed_text,
            hang_up=reply.hang_up,
            end_reason=reply.end_reason,
            is_interjection=reply.is_interjection,
            is_broken=reply.has_failed,
            number=reply.number,
            has_called=reply.has_called,
            tool_rounds=reply.tool_rounds,
            runs=self.tools.save(reply),
            is_greeting=reply.is_greeting,
        )

    def say_rest(self, rest: str, lost: SavedReply) -> Say:
        """Say what was unheard of a reply when its line was lost."""
        said = self.say(rest, hang_up=lost.hang_up, is_greeting=lost.is_greeting)
        if self.current:
            self.current.end_reason = EndReason.named(lost.end_reason) or EndReason.AGENT_HUNG_UP
            self.current.is_interjection = lost.is_interjection
        return replace(said, is_fixed=rest == lost.fixed_text)

    def ask_for_rest(self, now_ms: int, *, tool_rounds: int) -> Respond:
        """Have the answer finished that broke off with the words that were heard."""
        asked = self.ask(now_ms, tool_rounds=tool_rounds)
        *before, last = asked.conversation
        if last.role is Role.AGENT and not last.tools:
            last = replace(last, is_unfinished=True, interrupted=False)
        return replace(asked, conversation=(*before, last))

    def run_again(self, lost: SavedReply, now_ms: int) -> Iterator[Command]:
        """Wait for the tools of an answer whose line was lost."""
        self.current = self._begin(now_ms)
        self.current.has_called = True
        self.current.tool_rounds = lost.tool_rounds
        self.current.playout.finish(now_ms)
        for run in lost.runs:
            yield self.tools.begin_again(self.current, run)

    # --- its end -------------------------------------------------------------------------

    def overdue_mark(self, now_ms: int) -> MarkPlayed | None:
        """The mark that the carrier has lost: what comes before it has long been played."""
        if self.current and self.current.playout.is_overdue(now_ms):
            return MarkPlayed(self.current.playout.last_mark)
        return None

    def take_finished(self) -> Reply | None:
        """The reply under way, when it is over: all of it was heard or it had nothing to say, and
        no tool that it wants runs.
        """
        if self.current is None or not self.current.playout.is_heard() or self.current.tools:
            return None
        reply, self.current = self.current, None
        return reply

    def record_heard(self, now_ms: int) -> Iterator[Command]:
        """Keep what was heard by now of the reply under way."""
        if self.current and self.current.number is not None:
            yield self.keep(self.current, now_ms)

    def keep(self, reply: Reply, now_ms: int, *, interrupted: bool = False) -> SaveTurn:
        """Keep it as a turn: what was said, and how much of that was heard by now."""
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
        """Whatever the agent says or is about to say: no more of it."""
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
