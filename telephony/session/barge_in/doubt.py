"""Decides whether a sound over the agent's voice is a barge-in. Until then the call is "in doubt".

    none --sound over the reply--> doubtful --claims the floor--> none, the agent stops
                                       |                          (at the end of a sentence that is
                                       |                          always said whole, see `whole`)
                                       |-----passes-------------> none, the agent has kept talking
                                       '-----the reply ends-----> none, the sound is a turn or noise

While in doubt the agent keeps talking and the state of the call does not change. With each piece of
evidence the sound is judged again (`agents.speech.interruption.judgement`). The doubt ends at the
latest when the recogniser has sent nothing for too long.
"""

from collections.abc import Generator, Iterator, Mapping
from dataclasses import replace
from typing import Final

from agents.engines.conversation import Role
from agents.engines.events import (
    PartlyHeard,
    SpeechLasted,
    SpeechStarted,
    SpeechStopped,
    Transcribed,
    TranscriptionFailed,
)
from agents.settings.config import AgentConfig
from agents.settings.groups import Sensitivity
from agents.speech.interruption.acknowledgements import (
    Words,
    is_hard_stop,
    kind_of,
    share_said,
    tokens,
)
from agents.speech.interruption.judgement import (
    BALANCED,
    EARLY_MS,
    PATIENT,
    Bounds,
    Evidence,
    Verdict,
    judged,
)
from telephony.session.barge_in.whole import SaidWhole
from telephony.session.commands import Command, Peek
from telephony.session.floor import Floor
from telephony.session.turns import TurnState

BOUNDS: Final[Mapping[str, Bounds]] = {
    Sensitivity.PATIENT: PATIENT,
    Sensitivity.BALANCED: BALANCED,
}
# Without evidence for so long the engine must have failed, and the agent yields.
UNHEARD_MS: Final = 1_500
SLOWER: Final = 1.5  # growth of the interval between transcriptions of a long sound
ECHO_PEEK_MS: Final = 400  # in an echo: a caller may begin to speak in it
SELDOM_MS: Final = 1_500  # the longest interval: played audio is not kept for longer
ASKED_BEFORE_MS: Final = 1_500  # a sound so soon after a question is its answer
ASKED_SOON_MS: Final = 1_000  # also if the question is about to end
JUST_BEGUN_MS: Final = 500  # of an answer: the caller had not finished
LATEST_ECHO_MS: Final = 500  # after the last mark of a reply
ENDING_MS: Final = 600  # an acknowledgement this close to the end is a turn
OWN_WORDS: Final = 0.5  # share of an echo's words that are the agent's

_REPLYING: Final = (TurnState.SPEAKING, TurnState.THINKING)


class Doubt:
    """Judges sounds over the agent's voice in one call. `now_ms`: the session's clock."""

    def __init__(self, floor: Floor, config: AgentConfig) -> None:
        self._floor = floor
        self._bounds = BOUNDS.get(config.turn_taking.sensitivity)  # None: every sound is a barge-in
        self.whole = SaidWhole(floor, config.turn_taking.said_whole)
        self._evidence: Evidence | None = None  # None: not in doubt
        self._has_claimed = False  # a barge-in that waits for the end of such a sentence
        self._text = ""
        self._heard_at_ms = 0  # time of the latest evidence
        self._paused_at_ms: int | None = None
        self._is_partly_echo = False  # whether the sound was confirmed as speech
        self.has_echo = False  # whether the line has an echo

    # --- a sound begins, pauses, ends ----------------------------------------------------------

    def begin(self, now_ms: int) -> Iterator[Command]:
        """A sound begins while the agent may be interrupted: enter doubt, or yield at once."""
        self._evidence = None
        self._has_claimed = False
        self._text = ""
        self._paused_at_ms = None
        self._heard_at_ms = now_ms
        if self._bounds is None or not self._is_doubtful(now_ms):
            yield from self._yield_floor(now_ms)
            return
        is_after = self._floor.state is TurnState.LISTENING
        self._evidence = Evidence(is_early=self._is_early(now_ms), is_echo=is_after)
        self._floor.speech.is_echo = is_after
        self._is_partly_echo = is_after
        yield Peek(EARLY_MS if is_after or self._evidence.is_early else self._bounds.peeks_ms)

    def pause(self, now_ms: int) -> None:
        """The sound pauses: a transcription of all of it is on its way."""
        self._paused_at_ms = self._heard_at_ms = now_ms

    def resume(self, now_ms: int) -> None:
        """The sound continues: earlier evidence covers only a part of it."""
        self._paused_at_ms = None
        self._heard_at_ms = now_ms
        if self._evidence:
            self._evidence = replace(self._evidence, is_whole=False, waited_ms=0)

    def stop(self, now_ms: int) -> Iterator[Command]:
        """The sound is over, which may decide that it was a barge-in."""
        if self._is_open() and self._evidence:
            self._evidence = replace(self._evidence, is_over=True)
            yield from self._judge(now_ms)
            yield from self._keep_if_over(now_ms)

    # --- evidence ------------------------------------------------------------------------------

    def last(self, event: SpeechLasted, now_ms: int) -> Iterator[Command]:
        """The sound has lasted for some time, with acoustic measurements."""
        if not self._is_open() or self._evidence is None or self._bounds is None:
            return
        self._heard_at_ms = now_ms
        self._evidence = replace(
            self._evidence,
            lasted_ms=event.ms,
            voiced_ms=event.voiced_ms,
            is_echo=event.is_echo,
            is_faint=event.is_faint,
        )
        self._floor.speech.is_echo = event.is_echo
        if event.is_echo:  # nothing was said so far
            self.has_echo = self._is_partly_echo = True
            self._evidence = replace(self._evidence, words=Words.NONE, words_ms=event.ms)
        yield from self._judge(now_ms)
        if self._evidence is not None and not self._evidence.is_over:
            yield Peek(self._next_peek_ms(event.ms, self._bounds))

    def _next_peek_ms(self, lasted_ms: int, bounds: Bounds) -> int:
        if self._floor.speech.is_echo:  # no part of it will be transcribed
            return lasted_ms + ECHO_PEEK_MS
        if lasted_ms < 2 * bounds.peeks_ms:  # most first words have ended by then
            return lasted_ms + bounds.peeks_ms // 2
        later_ms = max(lasted_ms + bounds.peeks_ms, int(lasted_ms * SLOWER))
        later_ms = min(later_ms, lasted_ms + SELDOM_MS)
        return min(later_ms, bounds.claim_ms) if lasted_ms < bounds.claim_ms else later_ms

    def hear_part(self, event: PartlyHeard, now_ms: int) -> Iterator[Command]:
        """The transcription of the first part of the sound."""
        evidence = self._evidence
        if not self._is_open() or evidence is None or event.has_failed:
            return
        if not evidence.is_whole and event.ms > evidence.words_ms:
            self._know(event.text, event.ms, is_whole=False)
            yield from self._judge(now_ms)

    def hear(self, event: Transcribed, now_ms: int) -> Generator[Command, None, bool]:
        """The transcription up to the pause. Returns whether the session has to take it as
        a turn.
        """
        if not self._is_open() or self._evidence is None:
            is_echo, self._floor.speech.is_echo = self._floor.speech.is_echo, False
            return not (is_echo and self._is_own(event.text))
        self._floor.speech.result = event  # in case the reply ends before the sound
        self._know(event.text, max(self._evidence.lasted_ms, 1), is_whole=True)
        yield from self._judge(now_ms)
        yield from self._keep_if_over(now_ms)
        return self._floor.state in (TurnState.HEARING, TurnState.TRANSCRIBING)

    def fail(self, event: TranscriptionFailed, now_ms: int) -> Iterator[Command]:
        """The transcription failed: yield, unless the sound contains no voice."""
        evidence = self._evidence
        if not self._is_open() or evidence is None:
            # The reply has ended meanwhile: without a reaction both sides would wait.
            is_voice = evidence is not None and evidence.has_voice and not evidence.is_echo
            if is_voice and self._floor.state is TurnState.LISTENING:
                yield from self._floor.apologize(self._floor.phrases.say_again)
            return
        self._floor.speech.result = event  # as in `hear`
        if evidence.has_voice and not evidence.is_echo:
            yield from self._yield_floor(now_ms)
        else:
            self._evidence = replace(evidence, is_whole=True)
            yield from self._judge(now_ms)

    def poll(self, now_ms: int) -> Iterator[Command]:
        """Time passes."""
        if self.whole.is_over(now_ms) and not self._floor.is_protected():
            yield from self._end_wait(now_ms)
        if not self._is_open() or self._evidence is None:
            return
        if self._paused_at_ms is not None:
            self._evidence = replace(self._evidence, waited_ms=now_ms - self._paused_at_ms)
            yield from self._judge(now_ms)
        elif now_ms - self._heard_at_ms >= self._patience_ms():
            yield from self._yield_floor(now_ms)

    # --- judging it ----------------------------------------------------------------------------

    def _is_doubtful(self, now_ms: int) -> bool:
        """Whether a sound that begins now has to be judged before the agent yields.

        On a line with echo also a sound that begins just after the agent has finished.
        """
        floor = self._floor
        if floor.consent.is_open:
            return False
        if floor.state is TurnState.LISTENING:
            return self.has_echo and now_ms - floor.turn_from_ms < LATEST_ECHO_MS
        reply = floor.replies.current
        is_heard = reply is not None and reply.playout.is_audible(now_ms)
        return floor.state is TurnState.SPEAKING and is_heard

    def _is_early(self, now_ms: int) -> bool:
        """Whether the caller continues a turn that the agent has begun to answer too early."""
        reply = self._floor.replies.current
        if reply is None or not reply.is_answer:
            return False
        return self._floor.speech.is_again or reply.playout.heard_ms(now_ms) < JUST_BEGUN_MS

    def _is_open(self) -> bool:
        """Whether the call is in doubt. That ends with the reply, except for an echo, which lasts
        longer.
        """
        state, evidence = self._floor.state, self._evidence
        if evidence is None or state in _REPLYING:
            return evidence is not None
        if state is not TurnState.LISTENING or not evidence.is_echo:
            self._evidence = None
        return self._evidence is not None

    def _patience_ms(self) -> int:
        # The intervals between transcriptions grow.
        lasted_ms = self._evidence.lasted_ms if self._evidence else 0
        return min(int(lasted_ms * (SLOWER - 1)), SELDOM_MS) + UNHEARD_MS

    def _know(self, text: str, words_ms: int, *, is_whole: bool) -> None:
        if self._evidence is None:  # pragma: no cover # only called while in doubt
            return
        self._text = text
        language = self._floor.language.tag
        words = kind_of(text, language, is_partial=not is_whole)
        is_own = self._is_partly_echo and self._is_own(text)
        if is_own:
            words = Words.NONE
        is_echo = self._evidence.is_echo and (not text or is_own)
        is_stop = words is Words.CLAIM and is_hard_stop(text, language)
        self._evidence = replace(
            self._evidence,
            words=words,
            words_ms=words_ms,
            number=len(tokens(text)),
            is_hard_stop=is_stop,
            is_echo=is_echo,
            is_whole=is_whole,
        )

    def _is_own(self, text: str) -> bool:
        """Whether most of these words are the agent's own, just played. Unknown for a repeated
        turn.
        """
        if self._floor.speech.is_again:
            return self._evidence is None or self._evidence.is_echo
        reply, last = self._floor.replies.current, self._floor.transcript.last
        said = reply.playout.text if reply else (last.text if last else "")
        return share_said(text, said) >= OWN_WORDS

    def _judge(self, now_ms: int) -> Iterator[Command]:
        if self._evidence is None or self._bounds is None:  # pragma: no cover  # as in `_know`
            return
        evidence = replace(self._evidence, is_expected=self._has_asked(now_ms))
        if self._floor.state is TurnState.LISTENING and not evidence.is_echo:
            yield from self._yield_floor(now_ms)  # it lasts longer than the reply, so it is no echo
            return
        match judged(evidence, self._bounds):
            case Verdict.CLAIMS:
                yield from self._yield_floor(now_ms)
            case Verdict.PASSES:
                yield from self._pass_over(evidence, now_ms)

    def _has_asked(self, now_ms: int) -> bool:
        reply = self._floor.replies.current
        if reply is None:
            return False
        heard_ms = reply.playout.heard_ms(now_ms)
        return reply.playout.has_asked(heard_ms - ASKED_BEFORE_MS, heard_ms + ASKED_SOON_MS)

    # --- the floor passes on, or stays ---------------------------------------------------------

    def _yield_floor(self, now_ms: int) -> Iterator[Command]:
        """The caller interrupts: the agent yields, after a sentence that is always said whole.

        Not any more where the reply is protected by now (`Floor.put_through`).
        """
        if self._floor.is_protected() or self.whole.holds(now_ms):
            self._has_claimed = True
            self._evidence = self._evidence or Evidence()
            return
        self._evidence = None
        self._has_claimed = False
        self._floor.speech.is_echo = False
        yield from self._floor.silence(now_ms)
        self._floor.move(SpeechStarted)
        if not self._floor.speech.is_going_on:
            self._floor.move(SpeechStopped)

    def _keep_if_over(self, now_ms: int) -> Iterator[Command]:
        """A barge-in that is over, and waits: its words are a turn, answered after the sentence."""
        floor, result = self._floor, self._floor.speech.result
        if not self._has_claimed or floor.speech.is_going_on or not isinstance(result, Transcribed):
            return
        self._evidence = None
        self._has_claimed = False
        floor.ending.pass_over()
        if result.text:
            yield from floor.replies.record_heard(now_ms)  # it comes before these words
            yield from floor.take_words(result.text, now_ms)
        floor.speech.result = None

    def _end_wait(self, now_ms: int) -> Iterator[Command]:
        """The sentence was said whole: now the caller interrupts, or is answered."""
        floor, last = self._floor, self._floor.transcript.last
        is_said = last is not None and last.role is Role.CALLER and not floor.is_aside_kept
        is_sounding = self._evidence is not None
        if not is_said and not (is_sounding and self._has_claimed):
            return  # it was noise, or keys
        yield from self._yield_floor(now_ms)
        if floor.state is not TurnState.TRANSCRIBING:
            return
        if isinstance(floor.speech.result, TranscriptionFailed):
            yield from floor.apologize(floor.phrases.say_again)
        elif is_said and not is_sounding:
            yield floor.ask()

    def _pass_over(self, evidence: Evidence, now_ms: int) -> Iterator[Command]:
        """The sound was no barge-in. Words that may be a turn are kept until the reply is over."""
        self._evidence = None
        self._has_claimed = False
        self._floor.ending.pass_over()
        reply = self._floor.replies.current
        rest_ms = reply.playout.rest_ms(now_ms) if reply else None
        is_ending = rest_ms is not None and rest_ms <= ENDING_MS
        is_answer = evidence.words is Words.ACKNOWLEDGEMENT and is_ending
        is_aside = evidence.words is Words.CLAIM and evidence.is_faint
        if not evidence.is_echo and (is_answer or is_aside):
            yield from self._floor.replies.record_heard(now_ms)  # it precedes these words
            yield self._floor.keep_words(self._text, now_ms, is_aside=is_aside)
        self._floor.speech.result = None
