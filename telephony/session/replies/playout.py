"""Tracks the audio sent to the carrier, and how much of it the caller has heard.

The carrier buffers audio and plays it in real time, so sent is not heard. Returned marks prove what
was heard; between two marks the position is estimated by elapsed time, but never past the next mark
or the end of the sent audio.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Self

from agents.speech.said.length import said_length, said_until
from telephony.session.resuming.state import MOST_CHARACTERS, SavedPlayout, SavedSpan

BYTES_PER_MS: Final = 8  # mu-law, 8 kHz
MESSAGE_MS: Final = 400  # longest piece a message; Twilio jitters on very small ones
HOLD_MS: Final = 200  # shortest piece, while the carrier has this much buffered
RELEASE_MS: Final = 500  # held audio is sent when the carrier has this much left: two ticks
MARK_GRACE_MS: Final = 3000  # a mark this late is lost
SPOKEN_MS_PER_CHARACTER: Final = 65  # English at 150 words a minute
QUESTION_MARKS: Final = "?\uff1f\u061f"  # question marks of other scripts (Chinese, Arabic)


@dataclass(frozen=True, slots=True)
class Piece:
    """One message to the carrier and the mark behind it."""

    payload: bytes
    mark: str


@dataclass(slots=True)
class _Span:
    """A text and its position in the audio; `end_ms` is open while audio may follow."""

    text: str
    start_ms: int
    end_ms: int | None = None


class Playout:
    """The playback of one response. All times in milliseconds, `now_ms` on one clock."""

    def __init__(self, response_id: str) -> None:
        self.response_id = response_id
        self.received_ms = 0  # audio received from the engine
        self.sent_ms = 0  # audio sent to the carrier
        self.started_at_ms: int | None = None  # when the first piece left
        self.is_complete = False  # all audio was sent
        self._proven_ms = 0
        self._proven_at_ms = 0
        self._behind_ms = 0  # other audio that the carrier plays first
        self._marks: deque[int] = deque()
        self._held = bytearray()
        self._spans: list[_Span] = []

    # --- sending ---------------------------------------------------------------------

    def wait_for(self, ms: int) -> None:
        """The carrier has to play `ms` of other audio before the next piece."""
        self._behind_ms = ms

    def push(self, audio: bytes, text: str, now_ms: int) -> list[Piece]:
        """Add audio (mu-law bytes) and the text that begins in it; returns the pieces to
        send now.
        """
        if text:
            self._close_span()
            self._spans.append(_Span(text, start_ms=self.received_ms))
        self._held += audio
        self.received_ms = self.sent_ms + len(self._held) // BYTES_PER_MS
        return self._cut(now_ms, at_least_ms=HOLD_MS if self._buffered_ms(now_ms) > HOLD_MS else 0)

    def release(self, now_ms: int) -> list[Piece]:
        """Time passes: returns held audio when the carrier has little left to play."""
        if not self._held or self._buffered_ms(now_ms) > RELEASE_MS:
            return []
        return self._cut(now_ms, at_least_ms=0)

    def finish(self, now_ms: int, *, is_cut: bool = False) -> list[Piece]:
        """The engine has finished: returns the rest.

        is_cut: the voice broke off within the latest text.
        """
        if is_cut:
            self._cut_span()
        self._close_span()
        self.is_complete = True
        return self._cut(now_ms, at_least_ms=0)

    def _cut(self, now_ms: int, *, at_least_ms: int) -> list[Piece]:
        pieces = []
        while len(self._held) > at_least_ms * BYTES_PER_MS:
            payload = bytes(self._held[: MESSAGE_MS * BYTES_PER_MS])
            del self._held[: len(payload)]
            if self.started_at_ms is None:
                self.started_at_ms = now_ms
            if not self._marks:  # the carrier's buffer is empty: playback starts now
                self._proven_at_ms = now_ms + self._behind_ms
                self._behind_ms = 0
            # Rounded up, so that the last mark covers an odd last byte.
            self.sent_ms += -(-len(payload) // BYTES_PER_MS)
            self._marks.append(self.sent_ms)
            pieces.append(Piece(payload, f"{self.response_id}:{self.sent_ms}"))
        return pieces

    def _close_span(self) -> None:
        if self._spans and self._spans[-1].end_ms is None:
            self._spans[-1].end_ms = self.received_ms

    def _cut_span(self) -> None:
        """Shorten the latest text to what can have been said in its audio."""
        if self._spans and (span := self._spans[-1]).end_ms is None:
            said_ms = self.received_ms - span.start_ms
            share = said_ms / max(1, said_length(span.text) * SPOKEN_MS_PER_CHARACTER)
            span.text = _whole_words(span.text, share)

    def _buffered_ms(self, now_ms: int) -> int:
        """The estimated audio in the carrier's buffer."""
        return self.sent_ms - self.heard_ms(now_ms)

    # --- hearing ---------------------------------------------------------------------

    def played(self, position_ms: int, now_ms: int) -> None:
        """The mark at `position_ms` came back. Repeated or unknown marks are ignored."""
        if position_ms not in self._marks:
            return
        while self._marks and self._marks[0] <= position_ms:
            self._marks.popleft()
        self._proven_ms = position_ms
        self._proven_at_ms = now_ms

    def heard_ms(self, now_ms: int) -> int:
        """Milliseconds heard by the caller: proven by marks plus elapsed time, up to the
        next mark.
        """
        if self.started_at_ms is None:
            return 0
        next_mark_ms = self._marks[0] if self._marks else self._proven_ms
        return min(self._proven_ms + max(0, now_ms - self._proven_at_ms), next_mark_ms)

    def is_heard(self) -> bool:
        """Whether everything was sent and the last mark has come back."""
        return self.is_complete and not self._marks

    def is_overdue(self, now_ms: int) -> bool:
        """Whether outstanding marks are so late that the carrier must have lost them."""
        if not self._marks:
            return False
        rest_ms = self.sent_ms - self._proven_ms
        return now_ms - self._proven_at_ms > rest_ms + MARK_GRACE_MS

    def quiet_from_ms(self, now_ms: int) -> int:
        """Since when nothing of it is audible; `now_ms` while it is."""
        if self.started_at_ms is None:
            return 0
        return now_ms if self._marks or self._held else self._proven_at_ms

    @property
    def last_mark(self) -> str:
        """The name of the mark after everything sent so far."""
        return f"{self.response_id}:{self.sent_ms}"

    def is_audible(self, now_ms: int) -> bool:
        """Whether it is being played now, as estimated."""
        return self._buffered_ms(now_ms) > 0

    def rest_ms(self, now_ms: int) -> int | None:
        """The milliseconds still unheard; None while the engine produces more."""
        return self.received_ms - self.heard_ms(now_ms) if self.is_complete else None

    # --- elsewhere -------------------------------------------------------------------

    def save(self) -> SavedPlayout:
        """The playback as state. Marks are left out; how much was heard follows from the time."""
        spans, left = [], MOST_CHARACTERS
        for span in self._spans:
            left -= len(span.text)
            if left < 0:
                break
            spans.append(SavedSpan(span.text, span.start_ms, span.end_ms))
        return SavedPlayout(
            spans=tuple(spans),
            received_ms=self.received_ms,
            sent_ms=self.sent_ms,
            started_at_ms=self.started_at_ms,
            proven_ms=self._proven_ms,
            proven_at_ms=self._proven_at_ms,
            is_complete=self.is_complete,
        )

    @classmethod
    def lost(cls, saved: SavedPlayout) -> Self:
        """A playback whose line was lost: knows how much was heard, and plays nothing more."""
        playout = cls("")
        playout.received_ms, playout.sent_ms = saved.received_ms, saved.sent_ms
        playout.started_at_ms, playout.is_complete = saved.started_at_ms, saved.is_complete
        playout._proven_ms, playout._proven_at_ms = saved.proven_ms, saved.proven_at_ms
        playout._marks.append(saved.sent_ms)
        playout._spans = [_Span(each.text, each.start_ms, each.end_ms) for each in saved.spans]
        return playout

    # --- text ------------------------------------------------------------------------

    @property
    def pieces(self) -> list[tuple[str, int, int]]:
        """Each text whose audio was begun, and from where to where it is said, ms."""
        return [(span.text, span.start_ms, self._end_ms(span)) for span in self._spans]

    @property
    def text(self) -> str:
        """All text whose audio has begun."""
        return "".join(span.text for span in self._spans)

    def has_asked(self, from_ms: int, to_ms: int) -> bool:
        """Whether a question ends between these positions."""
        return any(
            from_ms <= span.start_ms + share * (self._end_ms(span) - span.start_ms) <= to_ms
            for span in self._spans
            for share in _question_marks(span.text)
        )

    def has_ended_text(self, from_ms: int, to_ms: int) -> bool:
        """Whether a text (a sentence) ends between these positions."""
        return any(from_ms < self._end_ms(span) <= to_ms for span in self._spans)

    def heard_text(self, heard_ms: int) -> str:
        """The text within the first `heard_ms`, in whole words."""
        heard = []
        for span in self._spans:
            end_ms = self._end_ms(span)
            if heard_ms >= end_ms:
                heard.append(span.text)
                continue
            share = (heard_ms - span.start_ms) / max(1, end_ms - span.start_ms)
            heard.append(_whole_words(span.text, share))
            break
        return "".join(heard)

    def _end_ms(self, span: _Span) -> int:
        """The end of a span, estimated while it is open."""
        if span.end_ms is not None:
            return span.end_ms
        expected_ms = said_length(span.text) * SPOKEN_MS_PER_CHARACTER
        return max(self.received_ms, span.start_ms + expected_ms)


def _question_marks(text: str) -> Iterator[float]:
    """The positions of question ends in a text, each as a share (0..1) of its characters."""
    return (end / len(text) for end, mark in enumerate(text, 1) if mark in QUESTION_MARKS)


def _whole_words(text: str, share: float) -> str:
    """The words of `text` that lie completely within its first `share` (0..1)."""
    cut = said_until(text, max(0.0, min(1.0, share)))
    if cut >= len(text) or text[cut].isspace():
        return text[:cut]
    return text[: text[:cut].rfind(" ") + 1].rstrip()
