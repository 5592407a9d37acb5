"""What the caller types: numbers on a phone, over with # or after a pause, and texts on a page."""

from collections.abc import Callable, Generator, Iterator, Sequence
from typing import Final

from agents.engines.events import Transcribed
from telephony.session.commands import Command
from telephony.session.events import CallerTyped, DigitPressed, DigitsEntered
from telephony.session.floor import Floor
from telephony.session.turns import TurnState

PAUSE_MS: Final = 1_500
# Who speaks as well says the rest of the number; in a loud room nobody does.
BESIDE_WORDS_MS: Final = 5_000
END_KEY: Final = "#"
MAX_TYPED: Final = 5  # texts that wait for a reply that may not be interrupted
MAX_TYPED_CHARACTERS: Final = 2_000  # of each
MAX_DIGITS: Final = 64  # of all numbers that wait; a card's has 19, and those after it are dropped

# Has a turn of the caller with these words answered.
Answer = Callable[[str, int], Iterator[Command]]


class Keypad:
    """Collects the keys of one number. Times on the session's clock, milliseconds."""

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
        if self._is_ended:  # the last number still waits for its turn
            self._digits += " "
            self._is_ended = False
        self._digits += digit

    @property
    def is_empty(self) -> bool:
        """Whether no number is being entered, and none waits."""
        return not self._digits

    def is_complete(self, now_ms: int, pause_ms: int = PAUSE_MS) -> bool:
        """Whether a number has been entered and is over, by its key or a pause of so long."""
        paused = now_ms - self.pressed_at_ms >= pause_ms
        return bool(self._digits) and (self._is_ended or paused)

    def save(self) -> tuple[str, bool, int]:
        """What was entered, whether it is over, and when the last key was pressed."""
        return self._digits, self._is_ended, self.pressed_at_ms

    def restore(self, digits: str, is_ended: bool, pressed_at_ms: int) -> None:
        """Take over what `save` gave."""
        self._digits, self._is_ended, self.pressed_at_ms = digits, is_ended, pressed_at_ms

    def take(self) -> str:
        """The number; the next key begins another."""
        digits, self._digits, self._is_ended = self._digits, "", False
        return digits


class TypedInput:
    """Takes what was typed as the caller's turn. Times on the session's clock, milliseconds.

    answer: has a turn with these words answered; given with each call, so that the session and
    this do not keep each other.
    """

    def __init__(self, floor: Floor) -> None:
        self.keypad = Keypad()
        self._floor = floor
        self._texts: list[str] = []  # not taken as a turn yet

    @property
    def texts(self) -> Sequence[str]:
        """Those that wait until a reply was heard."""
        return self._texts

    def restore(self, texts: Sequence[str]) -> None:
        """Take over the texts that waited elsewhere."""
        self._texts = list(texts)

    def type(self, text: str, now_ms: int, answer: Answer) -> Iterator[Command]:
        """The caller wrote `text`."""
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
        if floor.state is TurnState.SPEAKING and not floor.is_protected():
            yield from floor.silence(now_ms)
            floor.move(DigitPressed)
        self.keypad.press(digit, now_ms)
        yield from self._take_number(now_ms, answer)

    def poll(self, now_ms: int, answer: Answer) -> Iterator[Command]:
        """Time passes: a number may be over, a reply that may not be interrupted heard."""
        yield from self._take_number(now_ms, answer)
        yield from self._take_texts(now_ms, answer)

    def _take_texts(self, now_ms: int, answer: Answer) -> Iterator[Command]:
        floor = self._floor
        if not self._texts or floor.is_protected():  # it waits until the reply was heard
            return
        yield from floor.silence(now_ms)
        floor.move(CallerTyped)
        floor.speech.type(now_ms, now_ms)
        words = " ".join(self._texts)
        self._texts.clear()
        yield from answer(words, now_ms)

    def _take_number(self, now_ms: int, answer: Answer) -> Iterator[Command]:
        floor = self._floor
        # While the agent thinks or speaks the number waits.
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
        """The caller's words up to the pause that there is."""
        result = self._floor.speech.result
        return result.text if isinstance(result, Transcribed) else ""

    @property
    def is_mixed(self) -> bool:
        """Whether a number that was begun in words is being finished with keys."""
        return not self.keypad.is_empty and bool(self._said)

    def join(self, words: str) -> Generator[Command, None, str]:
        """The caller's words, with the keys of the same number before or behind them."""
        if self._floor.speech.is_typed or self.keypad.is_empty:
            return words
        yield from self._floor.replies.discard_draft_reply()  # it answers the words alone
        return self._with_keys(words)

    def _with_keys(self, words: str) -> str:
        is_first = self.keypad.pressed_at_ms < self._floor.speech.started_ms
        digits = self.keypad.take()
        return (f"{digits} {words}" if is_first else f"{words} {digits}").strip()
