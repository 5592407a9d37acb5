"""What a caller hears who waits for an answer: "One moment, please.", and then patience.

While a tool works that has a sentence for it, the caller hears that one first, and sooner.

A sign of life is no answer. It is a turn of its own in the transcript, and no model remembers it.
It leaves for the carrier once the voice has given all of it, so that the answer, which may come
at any moment, is never in the middle of it.
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
from telephony.session.reply import Reply
from telephony.session.transcript import Transcript

# After so much more silence comes the next one; the last of them again and again.
NEXT_MS: Final = (5_000, 7_000, 10_000)
# An answer whose first words are written is heard a moment later, and nothing has to be said.
ARRIVING_MS: Final = 600
# A tool that answers at once needs no sentence: it would keep its own answer waiting.
FILLER_MS: Final = 400
LATEST_MS: Final = 400  # how much later than due a sign may be for that


class SignsOfLife:
    """The signs of life of one call. Times on the session's clock, milliseconds."""

    def __init__(self, transcript: Transcript, language: CallLanguage, after_ms: int) -> None:
        self.current: Reply | None = None  # being made, or heard
        self._transcript = transcript
        self._language = language
        self._after_ms = after_ms
        self.said = 0  # in this call: each time the next sentence
        self._said_now = 0  # since the caller began to wait
        self._quiet_from_ms = 0  # the caller has heard nothing since
        self._filler = ""  # of a tool that works
        self._filler_from_ms = 0
        # The current one is an "mm-hm" to a caller who tells something: it is no turn.
        self.is_nod = False
        self._nodded = 0

    def begin(self, now_ms: int) -> None:
        """The caller begins to wait."""
        self._said_now = 0
        self._quiet_from_ms = now_ms

    def expect(self, filler: str, now_ms: int) -> None:
        """A tool works; filler: what to say in place of the next sentence, "" for nothing else."""
        if filler:
            self._filler, self._filler_from_ms = filler, now_ms

    def expect_nothing(self) -> None:
        """No tool works any more."""
        self._filler = ""

    @property
    def is_audible(self) -> bool:
        """Whether one has left for the carrier and was not heard to its end."""
        return self.current is not None and self.current.number is not None

    def is_due(self, answer: Reply | None, now_ms: int) -> bool:
        """Whether the caller has waited long enough for `answer`, or for it to continue."""
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
        """The caller goes on: an "mm-hm" that has not left comes too late."""
        if self.is_nod:
            yield from self.give_way()

    def is_of(self, response_id: str) -> bool:
        """Whether it is the id of the one under way."""
        return self.current is not None and self.current.id == response_id

    def take(self, event: EngineEvent, now_ms: int) -> Iterator[Command]:
        """The engine has an event for the one under way."""
        reply = self.current
        match event:
            case AudioDelta() if reply:
                reply.held.append(event)
            case ResponseEnded() if reply:
                yield from self._send(reply, now_ms)
            case ResponseFailed():
                self._give_up(now_ms)

    def give_way(self) -> Iterator[Command]:
        """The answer is there: one that has not left is not needed any more."""
        if self.current is not None and self.current.number is None:
            yield Cancel(self.current.id, heard_ms=0)
            self.current = None

    def rest_ms(self, now_ms: int) -> int:
        """How long the carrier still plays one, for what is sent behind it."""
        if self.current is None:
            return 0
        playout = self.current.playout
        return playout.sent_ms - playout.heard_ms(now_ms)

    def mark(self, event: MarkPlayed, now_ms: int) -> Iterator[Command]:
        """The caller has heard the one under way up to a mark."""
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
        """The voice is silent: the next one may be not, and has its time."""
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
    """Whether it says something itself before its tool works, or is about to."""
    return answer is not None and (answer.number is not None or Stage.LLM in answer.stages)


def _is_arriving(answer: Reply | None, now_ms: int) -> bool:
    """Whether its first words were written a moment ago."""
    if answer is None:
        return False
    newest = max((answer.stages.get(stage, 0) for stage in (Stage.LLM, Stage.TTS)), default=0)
    return newest > 0 and now_ms - newest < ARRIVING_MS
