"""Puts together what a recogniser says of one recording in many events. Pure.

Pieces grow by deltas, or are replaced by a better guess, until they are final; finals come for each
sentence or for all that was said, once or twice, by the ids of their pieces or without any. What
has no final when the events end is the best there is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final

from agents.speech.heard.envelopes import content_of, words_within
from agents.speech.heard.failures import NotWords, shown
from agents.speech.text.error_fields import is_error

LONGEST_KIND: Final = 80
LONGEST_KEY: Final = 80
MOST_COMPARED: Final = 4  # pieces that are open at once
MAX_CHARACTERS: Final = 10_000  # a minute of the quickest speech has 2,000

_KINDS: Final = ("type", "message_type", "event", "message")
_IDS: Final = ("item_id", "utterance_id", "segment_id")
_FLAGS: Final = ("is_final", "isFinal", "final", "end_of_turn")
_GUESSES: Final = ("partial", "interim", "hypothesis")
_ENDS: Final = ("done", "completed", "final", "committed")
_FAILURES: Final = ("error", ".failed")
# Of kinds that say nothing of words, whatever text is in them.
_NO_WORDS: Final = (
    "session", "metadata", "ready", "begin", "info", "warning", "ping", "keepalive", "started",
    "terminat", "opened", "closed", "connected", "usage",
)  # fmt: skip
# Letters of writings that have no spaces between their words come behind this one.
_WITHOUT_SPACES: Final = "\u2e80"


class _State(IntEnum):
    OPEN = 0  # it grows, or is a guess
    SAID = 1  # a segment
    FINAL = 2


@dataclass(slots=True)
class _Piece:
    key: str
    text: str = ""
    is_open: bool = True


class HeardEvents:
    """The events of one answer. What an event costs does not grow with those before it."""

    def __init__(self) -> None:
        self._pieces: list[_Piece] = []  # in their order; those without a text are gone
        self._open: dict[str, _Piece] = {}  # by their key
        self._closed: list[_Piece] = []
        self._finals: dict[str, _Piece] = {}  # of the closed ones, by their key
        self._names: set[str] = set()  # of the ids of the closed ones
        self._letters = ""  # of the closed ones, as they were closed
        self._last = ""  # of the last of them
        self._has_final = False

    @property
    def text(self) -> str:
        """All words so far."""
        return " ".join(piece.text.strip(" ") for piece in self._pieces if piece.text.strip())

    def add(self, words: str, key: str = "") -> None:
        """Words that follow those before them in their piece. Raises NotWords."""
        piece = self._open.get(key) or self._new(key)
        piece.text += words
        self._check(piece.text)

    def take(self, event: Mapping[str, Any]) -> None:
        """One event. Raises NotWords for an error, and for more than anyone says in a turn."""
        if is_error(event.get("error")):
            raise NotWords(f"an error: {shown(event['error'])}")
        kind = _kind_of(event)
        if kind.endswith(_FAILURES):
            raise NotWords(f"an error: {kind}")
        ids = (f"{name}:{event[name]}" for name in _IDS if event.get(name))
        key = next(ids, "")[:LONGEST_KEY]
        text = _text_of(event)
        if text is None:
            delta = event.get("delta") or content_of(event)
            if isinstance(delta, str) and delta:
                self.add(delta, key)
            return
        if any(name in kind for name in _NO_WORDS):
            return
        self._check(text)
        state = _state_of(event, kind)
        if state is _State.OPEN:
            self._guess(key, text)
        else:
            self._close(key, text, is_final=state is _State.FINAL)

    def _guess(self, key: str, text: str) -> None:
        """A guess in the place of the one before it; none is no better than that."""
        piece = self._open.get(key) or self._new(key)
        piece.text = text if text.strip() else piece.text

    def _close(self, key: str, text: str, *, is_final: bool) -> None:
        """A segment, or what is final: of its piece, or of all."""
        letters, piece = _letters(text), self._open.pop(key, None)
        self._forget_begun(key, text)
        # Behind segments a final is all of them, with other signs between the words.
        is_of_segments = is_final and not self._has_final
        is_other = self._is_other(key)
        if letters and self._closed and self._is_all(text, is_other, is_of_segments):
            self._replace_all(text, letters, is_final=is_final)
        elif letters and (is_other or letters != self._last) and not self._correct(key, text):
            piece = self._keep(piece or self._new(key), text, letters, is_final=is_final)
        if piece is not None and piece.is_open:
            piece.text = ""

    def _is_other(self, key: str) -> bool:
        """Whether its id is known for that of none of the closed: what it says comes behind."""
        return bool(key) and key not in self._finals and _name(key) in self._names

    def _is_all(self, text: str, is_other: bool, is_of_segments: bool) -> bool:
        """Whether `text` is all of the closed ones, or more."""
        if is_other and not is_of_segments:
            return False
        return _begins_with(text, self._letters) or (is_of_segments and not is_other)

    def _replace_all(self, text: str, letters: str, *, is_final: bool) -> None:
        for each in self._closed[1:]:
            each.text = ""
        del self._closed[1:]
        self._closed[0].text = text
        self._letters = self._last = letters
        self._has_final = is_final

    def _correct(self, key: str, text: str) -> bool:
        """Whether the key's final was there, and now is `text`."""
        same = self._finals.get(key) if key else None
        if same is None:
            return False
        same.text = text
        return True

    def _keep(self, piece: _Piece, text: str, letters: str, *, is_final: bool) -> _Piece:
        self._open.pop(piece.key, None)
        piece.text, piece.is_open = text, False
        self._closed.append(piece)
        self._finals[piece.key] = piece
        self._names.add(_name(piece.key))
        self._letters += letters
        self._last = letters
        self._has_final = self._has_final or is_final
        self._check("")
        return piece

    def _forget_begun(self, key: str, text: str) -> None:
        """What was begun without the id of its final is in that."""
        if len(self._open) > MOST_COMPARED:
            return
        for begun, each in list(self._open.items()):
            has_other_id = key and _name(begun) == _name(key)
            if text and not has_other_id and _begins_with(text, _letters(each.text)):
                each.text = ""
                del self._open[begun]

    def _new(self, key: str) -> _Piece:
        piece = self._open[key] = _Piece(key)
        self._pieces.append(piece)
        return piece

    def _check(self, text: str) -> None:
        if len(self._letters) + len(text) > MAX_CHARACTERS:
            raise NotWords(f"events of more than {MAX_CHARACTERS} characters")


def _kind_of(event: Mapping[str, Any]) -> str:
    found = (event[name] for name in _KINDS if isinstance(event.get(name), str))
    return next(found, "")[:LONGEST_KIND].lower()


def _text_of(event: Mapping[str, Any]) -> str | None:
    """The words that are a whole, "" where they are none; None where it has only a delta."""
    if isinstance(text := event.get("text"), str):
        return text
    if isinstance(guess := event.get("partial"), str):
        return guess
    if event.get("delta") or content_of(event) is not None:
        return None
    inner = event.get("data")
    utterance = inner.get("utterance") if isinstance(inner, dict) else None
    for around in (event.get("channel"), utterance, event.get("metadata")):
        if isinstance(around, dict) and (found := words_within(around)) is not None:
            return found
    # A name of its kind may stand where others have their words.
    return words_within({name: each for name, each in event.items() if name != "message"})


def _state_of(event: Mapping[str, Any], kind: str) -> _State:
    results = event.get("results")
    first = results[0] if isinstance(results, list) and results else None
    for around in (event, first, event.get("data")):
        for name in _FLAGS:
            flag = around.get(name) if isinstance(around, dict) else None
            if isinstance(flag, bool | str):
                return _State.FINAL if str(flag).lower() == "true" else _State.OPEN
    if event.get("status") == "in_progress" or any(name in kind for name in _GUESSES):
        return _State.OPEN
    if isinstance(event.get("partial"), str):
        return _State.OPEN
    return _State.FINAL if kind.endswith(_ENDS) else _State.SAID


def _letters(text: str) -> str:
    """What two spellings of the same words have in common."""
    return "".join(filter(str.isalnum, text)).casefold()


def _begins_with(text: str, letters: str) -> bool:
    """Whether the first whole words of `text` have these letters: "45" does not begin with "4"."""
    if not _letters(text).startswith(letters):
        return False
    if letters[-1:] >= _WITHOUT_SPACES:
        return True
    left = len(letters)
    for word in text.split():
        if left <= 0:
            break
        left -= len(_letters(word))
    return left == 0


def _name(key: str) -> str:
    """Of what the key is an id."""
    return key.partition(":")[0]
