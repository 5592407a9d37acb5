"""Predicting the end of a turn: how long to wait for a caller who has just fallen silent. Pure.

    predict(Evidence("my number is four one five", "en", Question.TELEPHONE), Bounds(200, 2_500))

What has nothing missing is answered after the shortest wait; what cannot be the end is waited for.
Most pauses within a turn are shorter than a second, some of those in a number longer: in a recorded
call of a person who tells a story half of them are over after 0.56 s, four fifths after 1.0 s.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from agents.speech.turns.dictation import (
    Progress,
    email_under_way,
    letters_under_way,
    number_under_way,
    trailing_digits,
)
from agents.speech.turns.english import ENGLISH
from agents.speech.turns.german import GERMAN
from agents.speech.turns.words import Question, TurnWords

LANGUAGES: Final = {"en": ENGLISH, "de": GERMAN}
MAX_CHARACTERS: Final = 400  # of a turn's end: what was said before says nothing about it
_TOKEN: Final = re.compile(r"@|\+?\d[\d\-./]*\d|\d|[^\W_]+(?:['.@+-][^\W_]+)*")
_LONGEST_PHRASE: Final = 4  # words of a filler or a closing
FRAGMENT_WORDS: Final = 3
NAME_WORDS: Final = 4
OPEN_MARKS: Final = (",", "...", "…", "-", "\N{EN DASH}", "\N{EM DASH}")
# A street and a house number; then comes a town, or nothing.
ADDRESS_WORDS: Final = 5


class Reason(StrEnum):
    """Why the agent waits as long as it does. Stored with turns: never change a value."""

    FINISHED = "finished"  # a sentence with nothing missing
    QUESTION = "question"  # the caller asks
    CLOSING = "closing"  # "thank you", "that's all"
    ANSWERED = "answered"  # it says what was asked
    NO_WORDS = "no_words"
    NO_TEXT = "no_text"  # the words were not known in time
    STATEMENT = "statement"  # whole, of a caller who is known to continue after pauses
    FRAGMENT = "fragment"  # a few words that are no sentence
    GREETING = "greeting"
    ACKNOWLEDGEMENT = "acknowledgement"  # "okay", to nothing that was asked
    CONNECTIVE = "connective"  # "and", "because"
    FILLER = "filler"  # "um", "let me see"
    OPEN_PHRASE = "open_phrase"  # "to the"
    PERHAPS_OPEN = "perhaps_open"  # "in", which may end a sentence, or not
    NUMBER = "number"
    SPELLING = "spelling"
    EMAIL = "email"
    NAME = "name"
    ADDRESS = "address"


# Before bounds. Pauses in numbers, names and addresses last up to 1.2 s as a rule.
WAITS_MS: Final = {
    Reason.FRAGMENT: 280,
    Reason.GREETING: 700,
    Reason.ACKNOWLEDGEMENT: 600,
    Reason.PERHAPS_OPEN: 900,
    Reason.OPEN_PHRASE: 1_800,
    Reason.CONNECTIVE: 1_800,
    Reason.FILLER: 2_000,
    Reason.NUMBER: 1_400,
    Reason.SPELLING: 1_600,
    Reason.EMAIL: 2_000,
    Reason.NAME: 1_350,
    Reason.ADDRESS: 1_400,
}
MISSING_MS: Final = 2_500  # it is known that something must follow
# So much longer than their mean are the pauses of a caller who continues after whole sentences.
OF_THE_RHYTHM: Final = 1.3
STATEMENT_MS: Final = 1_200  # a caller with long pauses is not kept waiting for longer than this
_OPEN: Final = frozenset(WAITS_MS) - {Reason.FRAGMENT, Reason.GREETING, Reason.ACKNOWLEDGEMENT}
# What the sound says, where words leave a doubt: the waits if it is that of a finished turn, if it
# says neither, and if it is that of an open one. A speaker who has not finished does not lower the
# voice: in a recorded call each pause of more than a second had less than SOUNDS_OPEN. Many do
# lower it between "and" and what follows, so where words are open the sound shortens nothing.
SOUNDS_FINISHED: Final = 0.5
SOUNDS_OPEN: Final = 0.1
BY_SOUND_MS: Final = {
    Reason.FINISHED: (350, 700, 1_300),
    Reason.FRAGMENT: (400, 700, 1_300),
    Reason.ACKNOWLEDGEMENT: (600, 700, 1_400),
    Reason.GREETING: (700, 700, 1_400),
    Reason.PERHAPS_OPEN: (900, 1_000, 2_500),
    Reason.OPEN_PHRASE: (1_800, 1_800, 2_500),
    Reason.CONNECTIVE: (1_800, 1_800, 2_500),
    Reason.FILLER: (2_000, 2_000, 2_500),
}
# What is dictated, and the reason to wait for it.
_DICTATED: Final = {
    Question.TELEPHONE: Reason.NUMBER,
    Question.NUMBER: Reason.NUMBER,
    Question.POSTAL_CODE: Reason.NUMBER,
    Question.SPELLING: Reason.SPELLING,
    Question.EMAIL: Reason.EMAIL,
    Question.ADDRESS: Reason.ADDRESS,
    Question.NAME: Reason.NAME,
}
_Judged = tuple[Reason, int]  # and the wait before bounds; 0: the shortest


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known when a caller pauses.

    text: the words of the turn so far, "" for none. language: of the agent, "en" or "de-AT".
    question: what was asked. pause_ms: the mean of this caller's pauses; None: unknown.
    is_unchanged: the words are those of the last pause, so what was heard since was none.
    finished: how surely the sound is that of a finished turn, 0 to 1; None: it was not asked.
    """

    text: str
    language: str = "en"
    question: Question = Question.NONE
    pause_ms: float | None = None
    is_unchanged: bool = False
    finished: float | None = None


@dataclass(frozen=True, slots=True)
class Bounds:
    """The agent's shortest and longest wait, milliseconds of silence."""

    shortest_ms: int
    longest_ms: int


@dataclass(frozen=True, slots=True)
class Prediction:
    """How much silence is the end of the turn, and why."""

    wait_ms: int
    reason: Reason

    @property
    def is_open(self) -> bool:
        """Whether the turn could not be over at that point, as far as its words say."""
        return self.reason in _OPEN

    @property
    def is_in_doubt(self) -> bool:
        """Whether the sound of the pause would say more."""
        return self.reason in BY_SOUND_MS or self.reason is Reason.STATEMENT


def predict(evidence: Evidence, bounds: Bounds) -> Prediction:
    """How long to wait in this pause, and why."""
    reason, wait_ms = _judged(evidence)
    shortest_ms, longest_ms = bounds.shortest_ms, max(bounds.shortest_ms, bounds.longest_ms)
    sound = None if evidence.finished is None else BY_SOUND_MS.get(reason)
    if sound is not None and wait_ms < MISSING_MS:
        wait_ms = _by_sound(sound, evidence)
    else:
        if reason is Reason.FINISHED and evidence.pause_ms is not None:
            own_ms = min(round(evidence.pause_ms * OF_THE_RHYTHM), STATEMENT_MS)
            if own_ms > shortest_ms:
                reason, wait_ms = Reason.STATEMENT, own_ms
        if evidence.is_unchanged:
            wait_ms //= 2
    return Prediction(min(max(wait_ms, shortest_ms), longest_ms), reason)


def _by_sound(waits_ms: tuple[int, int, int], evidence: Evidence) -> int:
    finished_ms, unclear_ms, open_ms = waits_ms
    sounds = evidence.finished or 0.0
    if sounds < SOUNDS_OPEN:
        return open_ms  # also of unchanged words: a breath or an "um" comes before more of them
    return finished_ms if sounds >= SOUNDS_FINISHED else unclear_ms


def words_of(language: str) -> TurnWords | None:
    """The words of a language, by its tag; None where there are none."""
    return LANGUAGES.get(language.partition("-")[0].lower())


def _judged(evidence: Evidence) -> _Judged:
    text = evidence.text[-MAX_CHARACTERS:].lower().replace("’", "'").strip()
    tokens = _TOKEN.findall(text)
    if not tokens:
        return Reason.NO_WORDS, 0
    known = words_of(evidence.language)
    if known is None:
        return _by_marks(text)
    turn = _Turn(text, tokens, evidence.question, known)
    for judge in (_Turn.by_dictation, _Turn.by_last_words, _Turn.by_question, _Turn.by_sentence):
        judged = judge(turn)
        if judged is not None:
            return judged
    return Reason.FINISHED, 0


def _by_marks(text: str) -> _Judged:
    """By punctuation alone, in a language of which no words are known."""
    if text.endswith(OPEN_MARKS):
        return Reason.OPEN_PHRASE, WAITS_MS[Reason.OPEN_PHRASE]
    return (Reason.QUESTION if text.endswith("?") else Reason.FINISHED), 0


class _Turn:
    """The words of one turn, looked at from several sides; each says None for "I do not know"."""

    def __init__(self, text: str, tokens: list[str], asked: Question, known: TurnWords) -> None:
        self._text = text
        self._tokens = tokens
        self._asked = asked
        self._known = known
        self._last = tokens[-1]
        # A caller tells something, and asks at the end: the last sentence counts.
        newest = _TOKEN.findall(re.split(r"[.!?]\s", text)[-1])
        is_opened = bool(newest) and newest[0] in known.openers
        self._is_question = text.endswith("?") or (is_opened and len(newest) >= FRAGMENT_WORDS)

    def by_dictation(self) -> _Judged | None:
        """A number, letters, an address or a name under way."""
        known, tokens, asked = self._known, self._tokens, self._asked
        has_begun = trailing_digits(tokens, known).digits > 1 or "@" in self._text
        if not known.refusals.isdisjoint(tokens) and asked in _DICTATED and not has_begun:
            return None  # "I don't have one"
        if asked in _DICTATED and self._only_leads_to_it():
            return _DICTATED[asked], WAITS_MS[_DICTATED[asked]]
        says = next((kind for kind, said in known.says.items() if said.search(self._text)), None)
        announced = Question.NONE if says is None or self._is_question else says
        email = email_under_way(self._text, tokens, asked, announced, known)
        if email is not Progress.NONE:
            return _wait_for(Reason.EMAIL, email)
        if Question.ADDRESS in (asked, announced):
            return self._by_address()
        digits = (Question.TELEPHONE, Question.NUMBER)
        number = announced if announced in digits else Question.NONE
        for reason, progress in (
            (Reason.SPELLING, letters_under_way(tokens, asked, known)),
            (Reason.NUMBER, number_under_way(tokens, asked, number, known)),
        ):
            if progress is not Progress.NONE:
                return _wait_for(reason, progress)
        if Question.NAME in (asked, announced):
            return self._by_name(is_announced=announced is Question.NAME)
        return None

    def _only_leads_to_it(self) -> bool:
        """Whether what was asked for comes next: "sure", "yes, it's"."""
        known = self._known
        leads = (
            known.yes_no,
            known.greetings,
            known.subjects,
            known.open_words,
            known.perhaps_open,
        )
        return all(any(token in lead for lead in leads) for token in self._tokens)

    def _by_address(self) -> _Judged | None:
        numbers = [token for token in self._tokens if token[0].isdigit()]
        is_whole = len(self._tokens) >= ADDRESS_WORDS and bool(numbers)
        is_whole = is_whole or any(len(number) >= self._known.postal_code for number in numbers)
        if is_whole:
            return self.by_last_words() or (Reason.ANSWERED, 0)
        return Reason.ADDRESS, WAITS_MS[Reason.ADDRESS]

    def _by_name(self, *, is_announced: bool) -> _Judged | None:
        known, names, is_whole = self._known, self._tokens, False
        if is_announced and (match := known.says[Question.NAME].search(self._text)):
            names = _TOKEN.findall(self._text[match.end() :])
        for count, lead in enumerate(known.leads_to_name.finditer(self._text)):
            names = _TOKEN.findall(self._text[lead.end() :])
            # "First name Claire, last name Henderson" is whole, the last one alone is spelled next.
            is_whole = count > 0 and known.last_name.search(lead.group()) is not None
        others = known.subjects | known.open_words | known.perhaps_open | known.yes_no
        names = [name for name in names if name not in others and name not in known.fillers]
        if not names:
            return Reason.NAME, MISSING_MS
        if len(names) == 1 and not is_whole:
            return Reason.NAME, WAITS_MS[Reason.NAME]
        if len(names) > NAME_WORDS:  # a story, perhaps with a name in it
            return None
        return self.by_last_words() or (Reason.ANSWERED, 0)

    def by_last_words(self) -> _Judged | None:
        """What cannot be the end, and what can be nothing else."""
        known = self._known
        if self._only_acknowledges():
            return Reason.ACKNOWLEDGEMENT, WAITS_MS[Reason.ACKNOWLEDGEMENT]
        if self._ends_with(known.closings) or self._is_half_day():
            return Reason.CLOSING, 0
        if known.whole_ends.search(self._text):
            return None
        if self._ends_with(known.fillers):
            return Reason.FILLER, WAITS_MS[Reason.FILLER]
        if self._text.endswith("?"):  # "What is it for?"
            return Reason.QUESTION, 0
        if self._last in known.connectives:
            return Reason.CONNECTIVE, WAITS_MS[Reason.CONNECTIVE]
        if self._text.endswith(OPEN_MARKS):
            return Reason.OPEN_PHRASE, WAITS_MS[Reason.OPEN_PHRASE]
        if self._last in known.open_words:
            return Reason.OPEN_PHRASE, WAITS_MS[Reason.OPEN_PHRASE]
        # "Yes, I would", "because I am ill": German clauses end with their verb.
        is_whole = self._tokens[0] in known.yes_no or self._tokens[0] in known.connectives
        if self._last in known.perhaps_open and not (is_whole or self._is_question):
            return Reason.PERHAPS_OPEN, WAITS_MS[Reason.PERHAPS_OPEN]
        return None

    def by_question(self) -> _Judged | None:
        """An answer to what was asked, by its kind."""
        known = self._known
        if self._is_question:
            return Reason.QUESTION, 0
        is_short = len(self._tokens) <= FRAGMENT_WORDS
        # "Monday is fine" says yes to what was asked, and to nothing it says little.
        is_asked = self._asked not in (Question.NONE, Question.OPEN)
        has_yes_no = self._tokens[0] in known.yes_no or (is_asked and self._last in known.yes_no)
        is_choice = self._asked is Question.CHOICE and len(self._tokens) <= 2 * FRAGMENT_WORDS
        is_choice = is_choice or (self._asked is Question.AMOUNT and is_short)
        if (is_short and has_yes_no and not self._is_greeting()) or is_choice:
            return Reason.ANSWERED, 0
        is_date = not known.dates.isdisjoint(self._tokens) and not self._is_greeting()
        is_only_that = not self._has_subject and len(self._tokens) <= ADDRESS_WORDS
        if is_date and (self._asked is Question.DATE or is_only_that):
            return Reason.ANSWERED, 0
        is_number = self._last in known.digits or self._last[0].isdigit()
        if self._asked in (Question.AMOUNT, Question.DATE) and is_number:
            return Reason.ANSWERED, 0
        return None

    def by_sentence(self) -> _Judged | None:
        """Whether these words are a sentence."""
        if self._is_greeting():
            return Reason.GREETING, WAITS_MS[Reason.GREETING]
        if self._only_counts():
            return Reason.NUMBER, WAITS_MS[Reason.NUMBER]
        if len(self._tokens) <= FRAGMENT_WORDS and not self._has_subject:
            return Reason.FRAGMENT, WAITS_MS[Reason.FRAGMENT]
        return None

    def _only_counts(self) -> bool:
        """Whether it is a number to which nobody has asked: more follows, a word or digits."""
        if self._asked not in (Question.NONE, Question.OPEN):
            return False
        return all(token in self._known.digits or token.isdigit() for token in self._tokens)

    def _only_acknowledges(self) -> bool:
        """Whether it says "okay", "all right", and no more: with nothing asked, more may follow."""
        if self._asked not in (Question.NONE, Question.OPEN):
            return False
        known, said = self._known, set(self._tokens)
        return not known.yes_no.isdisjoint(said) and said <= known.yes_no | known.acknowledges

    def _is_greeting(self) -> bool:
        """Whether it says hello, and no more; a yes alone says yes."""
        known = self._known
        is_one = known.greetings.issuperset(self._tokens)
        return is_one and not known.yes_no.issuperset(self._tokens)

    @property
    def _has_subject(self) -> bool:
        return not self._known.subjects.isdisjoint(self._tokens)

    def _is_half_day(self) -> bool:
        """Whether "am" is that of "ten am", and not of "I am"."""
        if self._last not in self._known.half_days:
            return False
        before = self._tokens[-2] if len(self._tokens) > 1 else ""
        is_number = before[:1].isdigit() or before in self._known.digits
        return is_number or before in self._known.tens

    def _ends_with(self, phrases: frozenset[str]) -> bool:
        ends = self._tokens[-_LONGEST_PHRASE:]
        return any(" ".join(ends[begin:]) in phrases for begin in range(len(ends)))


def _wait_for(reason: Reason, progress: Progress) -> _Judged:
    if progress is Progress.WHOLE:
        return Reason.ANSWERED, 0
    if progress is Progress.UNKNOWN:
        return reason, WAITS_MS[reason]
    return reason, MISSING_MS
