"""Signs of life for a caller who waits for an answer: "One moment, please."

While a tool with a sentence of its own runs, the caller hears that one first, and sooner.

A sign of life is not an answer. It is a separate turn in the transcript, and not part of the
model's context. It is sent to the carrier only as a whole, so that the answer, which may come at
any moment, never interrupts it.
"""

from collections.abc import Iterator
from typing import Final

from agents.engines.events import (
    AudioDelta,
    EngineEvent,
    ResponseEnded,
    ResponseFailed,
    Stage,
)
from telephony.session.commands import Cancel, Command, Play, SaveTurn, Say
from telephony.session.events import MarkPlayed
from telephony.session.language.speaking import CallLanguage
from telephony.session.replies.reply import Reply
from telephony.session.transcript import Transcript

# The intervals between signs of life; the last one repeats.
NEXT_MS: Final = (5_000, 7_000, 10_000)
# If the first words of the answer are generated, it is audible in a moment, and no sign is needed.
ARRIVING_MS: Final = 600
# A tool that returns quickly needs no sentence, which would delay the answer.
FILLER_MS: Final = 400
LATEST_MS: Final = 400  # how much a sign may be delayed for that


class SignsOfLife:
    """The signs of life of one call. Times on the session's clock, milliseconds."""

    def __init__(self, transcript: Transcript, language: CallLanguage, after_ms: int) -> None:
        self.current: Reply | None = None  # being generated or played
        self._transcript = transcript
        self._language = language
        self._after_ms = after_ms
        self.said = 0  # number in this call; selects the sentence
        self._said_now = 0  # number since the caller began to wait
        self._quiet_from_ms = 0  # start of the silence
        self._filler = ""  # the sentence of a running tool
        self._filler_from_ms = 0
        # Whether the current one is a backchannel ("mm-hm"), which is no turn.
        self.is_nod = False
        self._nodded = 0

    def begin(self, now_ms: int) -> None:
        """The caller begins to wait."""
        self._said_now = 0
        self._quiet_from_ms = now_ms

    def expect(self, filler: str, now_ms: int) -> None:
        """A tool is running. filler: its sentence, "" for the usual one."""
        if filler:
            self._filler, self._filler_from_ms = filler, now_ms

    def expect_nothing(self) -> None:
        """No tool is running any more."""
        self._filler = ""

    @property
    def is_audible(self) -> bool:
        """Whether one was sent to the carrier and is not completely heard."""
        return self.current is not None and self.current.number is not None

    def is_due(self, answer: Reply | None, now_ms: int) -> bool:
        """Whether the caller has waited long enough for `answer` or its continuation."""
        if self.current is not None:
            return False
        quiet_from_ms = self._quiet_from_ms
        if answer is not None:
            quiet_from_ms = max(quiet_from_ms, answer.playout.quiet_from_ms(now_ms))
        gaps = (self._after_ms, *NEXT_MS)
        gap_ms = gaps[min(self._said_now, len(gaps) - 1)]
        if self._filler and not self._said_now and not _has_words(answer):
            return now_ms - max(quiet_from_ms, self._filler_from_ms) >= FILLER_MS
        late_ms = now_ms - quiet_from_ms - gap_ms
        return late_ms >= LATEST_MS or (late_ms >= 0 and not _is_arriving(answer, now_ms))

    def say(self, reply: Reply) -> Say:
        """Have the next sentence spoken, as `reply`."""
        sentences = self._language.phrases.waiting
        sentence = self._filler or sentences[self.said % len(sentences)]
        self.said += not self._filler
        self._filler = ""
        self._said_now += 1
        self.current, self.is_nod = reply, False
        return Say(reply.id, sentence)

    def nod(self, reply: Reply) -> Say:
        """Have the next "mm-hm" spoken, as `reply`, to a caller who goes on telling."""
        sentences = self._language.phrases.listening
        sentence = sentences[self._nodded % len(sentences)]
        self._nodded += 1
        self.current, self.is_nod = reply, True
        return Say(reply.id, sentence)

    def drop_nod(self) -> Iterator[Command]:
        """The caller continues: drop an "mm-hm" that was not sent yet."""
        if self.is_nod:
            yield from self.give_way()

    def is_of(self, response_id: str) -> bool:
        """Whether it is the response id of the current one."""
        return self.current is not None and self.current.id == response_id

    def take(self, event: EngineEvent, now_ms: int) -> Iterator[Command]:
        """Process an engine event for the current one."""
        reply = self.current
        match event:
            case AudioDelta() if reply:
                reply.held.append(event)
            case ResponseEnded() if reply:
                yield from self._send(reply, now_ms)
            case ResponseFailed():
                self._give_up(now_ms)

    def give_way(self) -> Iterator[Command]:
        """The answer has begun: drop a sign that was not sent yet."""
        if self.current is not None and self.current.number is None:
            yield Cancel(self.current.id, heard_ms=0)
            self.current = None

    def rest_ms(self, now_ms: int) -> int:
        """Milliseconds that the carrier still plays of one, before audio that is sent now."""
        if self.current is None:
            return 0
        playout = self.current.playout
        return playout.sent_ms - playout.heard_ms(now_ms)

    def mark(self, event: MarkPlayed, now_ms: int) -> Iterator[Command]:
        """The caller has heard the current one up to a mark."""
        if self.current is not None:
            self.current.playout.played(int(event.name.rpartition(":")[2]), now_ms)
            yield from self._end_if_heard(now_ms)

    def poll(self, now_ms: int) -> Iterator[Command]:
        """Time passes: a mark may be lost."""
        if self.current is not None and self.current.playout.is_overdue(now_ms):
            self.current.playout.played(self.current.playout.sent_ms, now_ms)
            yield from self._end_if_heard(now_ms)

    def stop(self, now_ms: int) -> Iterator[Command]:
        """No more of it."""
        reply, self.current = self.current, None
        if reply is not None:
            yield Cancel(reply.id, heard_ms=reply.playout.heard_ms(now_ms))
            if reply.number is not None and not self.is_nod:
                yield self._keep(reply, now_ms, interrupted=True)

    def _send(self, reply: Reply, now_ms: int) -> Iterator[Command]:
        pieces = []
        for event in reply.held:
            if isinstance(event, AudioDelta):
                pieces += reply.playout.push(event.audio, event.text, now_ms)
        pieces += reply.playout.finish(now_ms)
        reply.held.clear()
        if not pieces:
            self._give_up(now_ms)
            return
        reply.number = self._transcript.next_number
        if not self.is_nod:
            yield self._keep(reply, now_ms)
        for piece in pieces:
            yield Play(piece.payload, piece.mark)

    def _give_up(self, now_ms: int) -> None:
        """The voice has failed; the next sign of life is due as usual."""
        self._quiet_from_ms = now_ms
        self.current = None

    def _end_if_heard(self, now_ms: int) -> Iterator[Command]:
        reply = self.current
        if reply is not None and reply.number is not None and reply.playout.is_heard():
            self.current = None
            self._quiet_from_ms = now_ms
            if not self.is_nod:
                yield self._keep(reply, now_ms)

    def _keep(self, reply: Reply, now_ms: int, *, interrupted: bool = False) -> SaveTurn:
        number = self._transcript.next_number if reply.number is None else reply.number
        return SaveTurn(
            self._transcript.keep_agent(
                number,
                reply.playout,
                latency_ms={},
                interrupted=interrupted,
                now_ms=now_ms,
                is_sign_of_life=True,
            )
        )


def _has_words(answer: Reply | None) -> bool:
    """Whether the answer has words of its own before its tool call."""
    return answer is not None and (answer.number is not None or Stage.LLM in answer.stages)


def _is_arriving(answer: Reply | None, now_ms: int) -> bool:
    """Whether its first words were generated just now."""
    if answer is None:
        return False
    newest = max((answer.stages.get(stage, 0) for stage in (Stage.LLM, Stage.TTS)), default=0)
    return newest > 0 and now_ms - newest < ARRIVING_MS
