"""Typed input: numbers from the keypad, ended by # or a pause, and texts from a page."""

from collections.abc import Callable, Generator, Iterator, Sequence
from typing import Final

from agents.engines.events import Transcribed
from telephony.session.barge_in.whole import SaidWhole
from telephony.session.commands import Command
from telephony.session.events import CallerTyped, DigitPressed, DigitsEntered
from telephony.session.floor import Floor
from telephony.session.turns import TurnState

PAUSE_MS: Final = 1_500
# The longer pause while the caller also speaks, and may say the rest of the number.
BESIDE_WORDS_MS: Final = 5_000
END_KEY: Final = "#"
MAX_TYPED: Final = 5  # texts queued during a protected reply
MAX_TYPED_CHARACTERS: Final = 2_000  # of each
MAX_DIGITS: Final = 64  # of all numbers that wait; a card's has 19, and those after it are dropped

# Answers a turn of the caller with these words.
Answer = Callable[[str, int], Iterator[Command]]


class Keypad:
    """Collects the digits of one number. Times on the session's clock, milliseconds."""

    def __init__(self) -> None:
        self.pressed_at_ms = 0
        self._digits = ""
        self._is_ended = False

    def press(self, digit: str, now_ms: int) -> None:
        """The caller pressed a key."""
        self.pressed_at_ms = now_ms
        if digit == END_KEY:
            self._is_ended = bool(self._digits)
            return
        if len(self._digits) >= MAX_DIGITS:
            return
        if self._is_ended:  # the last number is still queued
            self._digits += " "
            self._is_ended = False
        self._digits += digit

    @property
    def is_empty(self) -> bool:
        """Whether no number is being entered or queued."""
        return not self._digits

    def is_complete(self, now_ms: int, pause_ms: int = PAUSE_MS) -> bool:
        """Whether a number is complete, by # or by a pause of this length."""
        paused = now_ms - self.pressed_at_ms >= pause_ms
        return bool(self._digits) and (self._is_ended or paused)

    def save(self) -> tuple[str, bool, int]:
        """The digits, whether the number is complete, and when the last key was pressed."""
        return self._digits, self._is_ended, self.pressed_at_ms

    def restore(self, digits: str, is_ended: bool, pressed_at_ms: int) -> None:
        """Restore what `save` returned."""
        self._digits, self._is_ended, self.pressed_at_ms = digits, is_ended, pressed_at_ms

    def take(self) -> str:
        """Return the number; the next key begins another."""
        digits, self._digits, self._is_ended = self._digits, "", False
        return digits


class TypedInput:
    """Turns typed input into turns of the caller. Times on the session's clock, milliseconds.

    answer: answers a turn; passed with each call to avoid a reference cycle with the session.
    whole: sentences that neither keys nor texts interrupt. A key that answers the question of
    consent is no input, and interrupts at once.
    """

    def __init__(self, floor: Floor, whole: SaidWhole) -> None:
        self.keypad = Keypad()
        self._floor = floor
        self._whole = whole
        self._texts: list[str] = []  # not yet a turn

    @property
    def texts(self) -> Sequence[str]:
        """Texts that wait until a protected reply was heard."""
        return self._texts

    def restore(self, texts: Sequence[str]) -> None:
        """Restore texts that waited in another process."""
        self._texts = list(texts)

    def type(self, text: str, now_ms: int, answer: Answer) -> Iterator[Command]:
        """The caller typed `text`."""
        if len(self._texts) < MAX_TYPED:
            self._texts.append(text[:MAX_TYPED_CHARACTERS])
        return self._take_texts(now_ms, answer)

    def press(self, digit: str, now_ms: int, answer: Answer) -> Iterator[Command]:
        """The caller pressed a key."""
        floor = self._floor
        if floor.consent.is_question:
            is_given = floor.consent.pressed(digit)
            if is_given is not None:
                yield from floor.settle_consent_at_once(now_ms, is_given=is_given)
            return
        if digit == END_KEY and self.keypad.is_empty:
            return  # out of habit: it ends no number, and must not cut the agent off
        if not floor.is_protected() and not self._whole.holds(now_ms):
            yield from self._interrupt(now_ms)
        self.keypad.press(digit, now_ms)
        yield from self._take_number(now_ms, answer)

    def poll(self, now_ms: int, answer: Answer) -> Iterator[Command]:
        """Time passes: a number may be complete, or a protected reply or sentence over."""
        if self._whole.is_over(now_ms) and not self.keypad.is_empty:
            yield from self._interrupt(now_ms)
        yield from self._take_number(now_ms, answer)
        yield from self._take_texts(now_ms, answer)

    def _interrupt(self, now_ms: int) -> Iterator[Command]:
        floor = self._floor
        if floor.state is TurnState.SPEAKING and not floor.is_protected():
            yield from floor.silence(now_ms)
            floor.move(DigitPressed)

    def _take_texts(self, now_ms: int, answer: Answer) -> Iterator[Command]:
        floor = self._floor
        # Queued until the reply, or the sentence, was heard.
        if not self._texts or floor.is_protected() or self._whole.holds(now_ms):
            return
        yield from floor.silence(now_ms)
        floor.move(CallerTyped)
        floor.speech.type(now_ms, now_ms)
        words = " ".join(self._texts)
        self._texts.clear()
        yield from answer(words, now_ms)

    def _take_number(self, now_ms: int, answer: Answer) -> Iterator[Command]:
        floor = self._floor
        # The number is queued while the agent thinks or speaks.
        is_its_turn = floor.state in (TurnState.LISTENING, TurnState.HEARING)
        is_heard = floor.state is TurnState.HEARING
        is_speaking = is_heard and floor.speech.is_going_on and floor.speech.result is None
        pause_ms = BESIDE_WORDS_MS if is_speaking else PAUSE_MS
        if not is_its_turn or not self.keypad.is_complete(now_ms, pause_ms):
            return
        entered = self._with_keys(self._said if is_heard else "")
        floor.move(DigitsEntered)
        floor.speech.type(self.keypad.pressed_at_ms, now_ms)
        yield from floor.replies.discard_draft_reply()
        yield from answer(entered, now_ms)

    @property
    def _said(self) -> str:
        """The caller's words up to the current pause."""
        result = self._floor.speech.result
        return result.text if isinstance(result, Transcribed) else ""

    @property
    def is_mixed(self) -> bool:
        """Whether a number that the caller began to say is being finished with keys."""
        return not self.keypad.is_empty and bool(self._said)

    def join(self, words: str) -> Generator[Command, None, str]:
        """The caller's words joined with keys of the same number, before or after them."""
        if self._floor.speech.is_typed or self.keypad.is_empty:
            return words
        yield from self._floor.replies.discard_draft_reply()  # it only answers the words
        return self._with_keys(words)

    def _with_keys(self, words: str) -> str:
        is_first = self.keypad.pressed_at_ms < self._floor.speech.started_ms
        digits = self.keypad.take()
        return (f"{digits} {words}" if is_first else f"{words} {digits}").strip()
