"""Which of an agent's languages a caller speaks, over a whole call. Pure.

The evidence is the language that the recogniser reports and the small words of each language. One
word or a name does not count; two short turns, one clear sentence or an explicit wish are enough.
"""

from dataclasses import dataclass
from typing import Final

from agents.speech.heard.language_words import SMALL_WORDS, code_of, wish_in, words_in

ENOUGH: Final = 4  # points for a change
ENOUGH_AFTER_WISH: Final = 8  # who has asked for a language is not taken out of it by a sentence
_CLEAR, _SOME, _TOLD = 4, 2, 1
_SENTENCE: Final = 3  # words


@dataclass(frozen=True, slots=True)
class _Score:
    """Points for changing to one other language."""

    code: str = ""
    points: int = 0


class LanguageChoice:
    """The current language of one call, out of those that its agent speaks.

    allowed: the agent's tags, the main one first; of two tags of one language the first counts.
    """

    def __init__(self, allowed: tuple[str, ...]) -> None:
        self._tags = {code_of(tag): tag for tag in reversed(allowed)}
        self._codes = tuple(dict.fromkeys(code_of(tag) for tag in allowed))
        self.current = allowed[0]  # a tag
        self.heard = allowed[0]  # the tag of the caller's newest words
        self.is_wished = False  # the current one was asked for
        self._score = _Score()
        self._before = _Score()  # that before the newest words
        words = [SMALL_WORDS.get(code, frozenset[str]()) for code in self._codes]
        self._small = {
            code: own.difference(*(other for other in words if other is not own))
            for code, own in zip(self._codes, words, strict=True)
        }

    @property
    def is_open(self) -> bool:
        """Whether the agent speaks more than one language."""
        return len(self._codes) > 1

    def changes_with(self, text: str, told: str, *, again: bool, is_name: bool) -> bool:
        """Whether these words would change the language; arguments as of `take`."""
        if not self.is_open:
            return False
        return self._judged(text, told, again=again, is_name=is_name)[0] != self.current

    def take(self, text: str, told: str, *, again: bool, is_name: bool) -> bool:
        """Take the caller's words `text`. Returns whether they change the language of the call.

        told: the language that the recogniser reports, or "". again: `text` includes the words of
        the previous call. is_name: a name was asked for, so the words are no evidence.
        """
        if not self.is_open:
            return False
        before = self._before if again else self._score
        new, score, is_wish = self._judged(text, told, again=again, is_name=is_name)
        self._before, self._score = before, score
        self.heard = self._language_of(text, told)
        if new == self.current:
            self.is_wished = self.is_wished or is_wish
            return False
        self.current, self.is_wished = new, is_wish
        self._score = self._before = _Score()
        return True

    def restore(self, current: str, *, is_wished: bool) -> None:
        """Continue in a language that was chosen before; one that is not allowed is ignored."""
        if current in self._tags.values():
            self.current = self.heard = current
            self.is_wished = is_wished

    def is_wish(self, text: str, told_in: str) -> bool | None:
        """Whether `text`, said while `told_in` was spoken, asks for the current language.

        told_in: a tag, "" for the main language. None when the text asks for no language.
        """
        spoken = code_of(told_in) or self._codes[0]
        wished = wish_in(text, self._codes, spoken) if self.is_open else ""
        return self._tags[wished] == self.current if wished else None

    def _judged(
        self, text: str, told: str, *, again: bool, is_name: bool
    ) -> tuple[str, _Score, bool]:
        """The resulting language, its score, and whether the caller asked for it."""
        current = code_of(self.current)
        if wished := wish_in(text, self._codes, current):
            return self._tags[wished], _Score(), True
        before = self._before if again else self._score
        if is_name:
            return self.current, before, False
        score = self._scored(text, told, current, before)
        enough = ENOUGH_AFTER_WISH if self.is_wished else ENOUGH
        new = self._tags[score.code] if score.points >= enough else self.current
        return new, score, False

    def _scored(self, text: str, told: str, current: str, before: _Score) -> _Score:
        said = words_in(text)
        if len(said) < 2:
            return before
        counts = self._counts(said)
        told_code = code_of(told)
        others = [code for code in self._codes if code != current]
        best = max(others, key=lambda code: (counts[code], code == told_code))
        own = counts[current]
        if counts[best] > 2 * own and (counts[best] >= 2 or told_code == best):
            points = _CLEAR if len(said) >= _SENTENCE else _SOME
        elif counts[best] and not own:
            points = _SOME
        elif told_code == best and not own:
            points = _TOLD
        elif own or (told_code == current and len(said) >= _SENTENCE):
            return _Score()  # the current one
        else:
            return before
        return _Score(best, points + (before.points if before.code == best else 0))

    def _counts(self, said: list[str]) -> dict[str, int]:
        return {code: sum(word in self._small[code] for word in said) for code in self._codes}

    def _language_of(self, text: str, told: str) -> str:
        """The tag of the language of these words; the current one without evidence."""
        said = words_in(text)
        counts = self._counts(said)
        best = max(self._codes, key=lambda code: (counts[code], code == code_of(self.current)))
        if counts[best]:
            return self._tags[best]
        told_code = code_of(told)
        return self._tags[told_code] if told_code in self._tags and len(said) > 1 else self.current
