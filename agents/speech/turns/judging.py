"""Judges by its words whether a turn is over. Pure."""

import re
from itertools import takewhile
from typing import Final

from agents.speech.turns import address
from agents.speech.turns.clauses import is_date, lacks_object, lacks_verb, opens_question
from agents.speech.turns.complete import Progress
from agents.speech.turns.dictation import (
    birth_under_way,
    code_under_way,
    email_under_way,
    letters_under_way,
    number_under_way,
    trailing_digits,
    with_half_day,
)
from agents.speech.turns.names import takes_back
from agents.speech.turns.reasons import (
    ANSWERS_NOTHING_MS,
    MISSING_MS,
    WAITS_MS,
    Reason,
)
from agents.speech.turns.words import Question, TurnWords

MAX_CHARACTERS: Final = 400  # of a turn's end: what was said before says nothing about it
_TOKEN: Final = re.compile(r"@|\+?\d[\d\-./]*\d|\d|[^\W_]+(?:['.@+-][^\W_]+)*")
_LONGEST_PHRASE: Final = 5  # words of a filler or a closing
END_CHARACTERS: Final = 160  # what was said before lacks nothing any more
FRAGMENT_WORDS: Final = 3
NAME_WORDS: Final = 4
OPEN_MARKS: Final = (",", "...", "…", "-", "\N{EN DASH}", "\N{EM DASH}")
DATE_WORDS: Final = 5  # that say when, and no more
LAST_ITEM_WORDS: Final = 6  # of a list, with the "and" before it
# What is dictated, and the reason to wait for it.
_DICTATED: Final = {
    Question.TELEPHONE: Reason.NUMBER,
    Question.NUMBER: Reason.NUMBER,
    Question.POSTAL_CODE: Reason.NUMBER,
    Question.SPELLING: Reason.SPELLING,
    Question.EMAIL: Reason.EMAIL,
    Question.ADDRESS: Reason.ADDRESS,
    Question.BIRTH: Reason.NUMBER,
    Question.NAME: Reason.NAME,
}
_NAMES: Final = (Question.NAME, Question.SPELLING)
_SHORTLY: Final = (Question.YES_NO, Question.AMOUNT, Question.CHOICE, Question.DATE)
Judged = tuple[Reason, int]  # and the wait before bounds; 0: the shortest


def judged(text: str, asked: Question, known: TurnWords, region: str) -> Judged:
    """Why and for how long to wait in this pause. text: the end of the turn, in lower case.

    region: of the agent, an ISO code of two letters; "" if only its language is known.
    """
    tokens = _TOKEN.findall(text)
    if not tokens:
        return Reason.NO_WORDS, 0
    if known.half_days:
        text = with_half_day(text, asked, known)
        tokens = _TOKEN.findall(text)
    turn = _Turn(text, tokens, asked, known, region or known.region)
    for judge in (_Turn.by_dictation, _Turn.by_last_words, _Turn.by_question, _Turn.by_sentence):
        found = judge(turn)
        if found is not None:
            return found
    return Reason.FINISHED, 0


def by_marks(text: str) -> Judged:
    """Judge by punctuation alone, for an unsupported language."""
    if not _TOKEN.search(text):
        return Reason.NO_WORDS, 0
    if text.endswith(OPEN_MARKS):
        return Reason.OPEN_PHRASE, WAITS_MS[Reason.OPEN_PHRASE]
    return (Reason.QUESTION if text.endswith("?") else Reason.FINISHED), 0


class _Turn:
    """Several judgements of the words of one turn; each returns None if it does not apply."""

    def __init__(
        self, text: str, tokens: list[str], asked: Question, known: TurnWords, region: str
    ) -> None:
        self._text = text
        self._tokens = tokens
        self._asked = asked
        self._known = known
        self._region = region
        self._last = tokens[-1]
        # A caller tells something, and asks at the end: the last sentence counts.
        newest = _TOKEN.findall(re.split(r"[.!?]\s", text)[-1])
        is_opened = bool(newest) and opens_question(newest, known) and not is_date(newest, known)
        self._is_question = text.endswith("?") or (is_opened and len(newest) >= FRAGMENT_WORDS)

    def by_dictation(self) -> Judged | None:
        """Judge a number, letters, an address or a name that is being dictated."""
        known, tokens, asked = self._known, self._tokens, self._asked
        has_begun = trailing_digits(tokens, known).digits > 1 or "@" in self._text
        has_begun = has_begun or (asked in _NAMES and takes_back(tokens, self._no_names, known))
        if asked in _DICTATED and not has_begun and self._refuses():
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
        if asked is Question.BIRTH and not self._is_question:
            return _wait_for(Reason.NUMBER, birth_under_way(self._text, tokens, known))
        if asked is Question.POSTAL_CODE:
            code = code_under_way(tokens, known, self._region)
            if code is not Progress.NONE:
                return _wait_for(Reason.NUMBER, code)
        digits = (Question.TELEPHONE, Question.NUMBER)
        number = announced if announced in digits else Question.NONE
        for reason, progress in (
            (Reason.SPELLING, letters_under_way(tokens, asked, known)),
            (Reason.NUMBER, number_under_way(tokens, asked, number, known, self._region)),
        ):
            if progress is not Progress.NONE:
                return _wait_for(reason, progress)
        if Question.NAME in (asked, announced):
            return self._by_name(is_announced=announced is Question.NAME)
        return None

    def _refuses(self) -> bool:
        """Whether the caller refuses what was asked for. A no after it is a correction."""
        known = self._known
        if not known.refusals.isdisjoint(self._tokens):
            return True
        before = known.fillers | known.corrections
        begins = takewhile(lambda token: self._leads(token) or token in before, self._tokens)
        return not known.no.isdisjoint(begins)

    def _only_leads_to_it(self) -> bool:
        """Whether the words only introduce the answer: "sure", "yes, it's"."""
        return all(map(self._leads, self._tokens))

    def _leads(self, token: str) -> bool:
        known = self._known
        leads = (
            known.yes_no,
            known.greetings,
            known.subjects,
            known.open_words,
            known.perhaps_open,
            known.acknowledges,
        )
        return any(token in lead for lead in leads)

    def _by_address(self) -> Judged | None:
        if address.is_whole(self._tokens, self._known, self._region):
            return self.by_last_words() or (Reason.ANSWERED, 0)
        return Reason.ADDRESS, WAITS_MS[Reason.ADDRESS]

    def _by_name(self, *, is_announced: bool) -> Judged | None:
        known, names, is_whole = self._known, self._tokens, False
        if is_announced and (match := known.says[Question.NAME].search(self._text)):
            names = _TOKEN.findall(self._text[match.end() :])
        for count, lead in enumerate(known.leads_to_name.finditer(self._text)):
            names = _TOKEN.findall(self._text[lead.end() :])
            # "First name Claire, last name Henderson" is whole, the last one alone is spelled next.
            is_whole = count > 0 and known.last_name.search(lead.group()) is not None
        is_corrected = takes_back(names, self._no_names, known)
        is_whole = is_whole or (len(names) > 1 and names[-2] in known.before_last_name)
        names = [name for name in names if name not in self._no_names]
        if not names:  # "it's for my wife" may be all
            is_told = not known.kin.isdisjoint(self._tokens)
            return Reason.NAME, WAITS_MS[Reason.NAME] if is_told else MISSING_MS
        # "Elizabeth Anne": without one that is a last name it is no whole name.
        if not is_whole and (len(names) == 1 or known.given_names.issuperset(names)):
            return Reason.NAME, WAITS_MS[Reason.NAME]
        if len(names) > NAME_WORDS:  # a story, perhaps with a name in it
            return None
        if is_corrected:
            return self.by_last_words() or (Reason.NAME, WAITS_MS[Reason.NAME])
        # Two words may be a name and a half, "Theodore Roosevelt Miller": the sound knows more.
        return self.by_last_words() or (Reason.FINISHED, 0)

    @property
    def _no_names(self) -> frozenset[str]:
        """Words that may be around a name but are not part of it."""
        known = self._known
        leads = known.subjects | known.open_words | known.perhaps_open
        return leads | known.yes_no | known.kin | known.fillers

    def by_last_words(self) -> Judged | None:
        """Judge by last words that cannot end a turn, or that always do."""
        known = self._known
        closing, filler = self._ending(known.closings), self._ending(known.fillers)
        if filler == 1 and self._is_in_sentence():
            filler = 0
        if self._only_acknowledges() and filler < len(self._tokens):  # "na ja" is both
            return self._for_nothing(Reason.ACKNOWLEDGEMENT)
        if self._asked in _SHORTLY and self._is_whole_answer():
            return Reason.ANSWERED, 0
        is_half = not filler and not self._text.endswith("?")
        if is_half and self._is_half():
            return Reason.PERHAPS_OPEN, WAITS_MS[Reason.PERHAPS_OPEN]
        if closing >= max(filler, 1) or self._is_half_day():
            return Reason.CLOSING, 0
        if known.whole_ends.search(self._text):
            return None
        if filler:
            return Reason.FILLER, WAITS_MS[Reason.FILLER]
        # "What is it for?"; recognisers write one behind "Can you tell me the", too.
        if self._text.endswith("?") and self._last not in known.articles:
            return Reason.QUESTION, 0
        if self._last in known.connectives:
            return Reason.CONNECTIVE, WAITS_MS[Reason.CONNECTIVE]
        if self._text.endswith(OPEN_MARKS):
            return Reason.OPEN_PHRASE, WAITS_MS[Reason.OPEN_PHRASE]
        if self._last in known.open_words:
            return Reason.OPEN_PHRASE, WAITS_MS[Reason.OPEN_PHRASE]
        # "Yes, I would", "because I am ill": German clauses end with their verb.
        is_whole = self._tokens[0] in known.yes_no or self._tokens[0] in known.connectives
        is_whole = is_whole or (self._is_question and not self._asks_with_object())
        if self._last in known.perhaps_open and not is_whole:
            return Reason.PERHAPS_OPEN, WAITS_MS[Reason.PERHAPS_OPEN]
        is_short_of = lacks_verb(self._tokens, known) or lacks_object(self._tokens, known)
        if is_short_of and not self._has_answered():
            return Reason.PERHAPS_OPEN, WAITS_MS[Reason.PERHAPS_OPEN]
        return None

    def _is_half(self) -> bool:
        """Whether the turn ends with half of something: "either Monday", "if I cancel today"."""
        known, newest = self._known, self._text[-END_CHARACTERS:]
        if known.half_ends.search(newest):
            return True
        # "A blue", "eine große" may be the one that was asked for, and "when I brake" the time.
        if self._asked not in _SHORTLY and known.half_things.search(newest):
            return True
        is_free = self._asked in (Question.NONE, Question.OPEN)
        return is_free and known.conditions.search(newest) is not None

    def _has_answered(self) -> bool:
        """Whether a short answer is in the words, whatever else they lack: "ich habe am Montag"."""
        found = self.by_question() if self._asked in _SHORTLY else None
        return found is not None and found[0] is Reason.ANSWERED

    def _asks_with_object(self) -> bool:
        """Whether something is missing to a question: "is it near", "do you have"."""
        known = self._known
        is_open = known.askers.isdisjoint(self._tokens) and self._last in known.takes_object
        return is_open or self._last in known.prepositions

    def _is_in_sentence(self) -> bool:
        """Whether the last word, which may be a filler, is one of its sentence: "I can wait"."""
        known = self._known
        before = self._tokens[-2] if len(self._tokens) > 1 else ""
        leads = (known.open_words, known.perhaps_open, known.subjects, known.before_part_filler)
        return self._last in known.part_fillers and any(before in lead for lead in leads)

    def _is_whole_answer(self) -> bool:
        """Whether it says yes or no in more words than one: "not really", "ja, bin ich"."""
        known = self._known
        first = next((at for at, t in enumerate(self._tokens) if t not in known.yes_no), 0)
        said = " ".join(self._tokens), " ".join(self._tokens[first:])
        return not known.answers.isdisjoint(said)

    def by_question(self) -> Judged | None:
        """Judge the answer to a question by the kind of question."""
        known = self._known
        if self._is_question:
            return Reason.QUESTION, 0
        if self._asked is Question.LIST and not self._is_last_of_list():
            return Reason.PERHAPS_OPEN, WAITS_MS[Reason.PERHAPS_OPEN]
        is_short = len(self._tokens) <= FRAGMENT_WORDS
        # "Monday is fine" says yes to what was asked, and to nothing it says little.
        is_asked = self._asked not in (Question.NONE, Question.OPEN)
        has_yes_no = self._tokens[0] in known.yes_no or (is_asked and self._last in known.yes_no)
        is_choice = self._asked is Question.CHOICE and len(self._tokens) <= 2 * FRAGMENT_WORDS
        is_choice = is_choice or (self._asked is Question.AMOUNT and is_short)
        if (is_short and has_yes_no and not self._is_greeting()) or is_choice:
            return Reason.ANSWERED, 0
        is_when = self._asked is Question.DATE
        days = known.dates | known.ordinals | known.months if is_when else known.dates
        is_date = not days.isdisjoint(self._tokens) and (is_when or not self._is_greeting())
        is_only_that = not self._has_subject and len(self._tokens) <= DATE_WORDS
        if is_date and (is_when or is_only_that):
            return Reason.ANSWERED, 0
        is_number = self._last in known.digits or self._last[0].isdigit()
        if self._asked in (Question.AMOUNT, Question.DATE) and is_number:
            return Reason.ANSWERED, 0
        return None

    def by_sentence(self) -> Judged | None:
        """Judge whether the words are a complete sentence."""
        if self._is_greeting():
            return self._for_nothing(Reason.GREETING)
        if self._only_counts():
            return Reason.NUMBER, WAITS_MS[Reason.NUMBER]
        if len(self._tokens) <= FRAGMENT_WORDS and not self._has_subject:
            return Reason.FRAGMENT, WAITS_MS[Reason.FRAGMENT]
        return None

    def _only_counts(self) -> bool:
        """Whether the turn is only a number that was not asked for, so that more follows."""
        if self._asked not in (Question.NONE, Question.OPEN):
            return False
        return all(token in self._known.digits or token.isdigit() for token in self._tokens)

    def _only_acknowledges(self) -> bool:
        """Whether the turn is only "okay" or "all right"; without a question more may follow."""
        if self._asked not in (Question.NONE, Question.OPEN):
            return False
        known, said = self._known, set(self._tokens)
        if not known.no.isdisjoint(said):
            return False
        return not known.yes_no.isdisjoint(said) and said <= known.yes_no | known.acknowledges

    def _for_nothing(self, reason: Reason) -> Judged:
        """The wait for words that say nothing to a question for anything."""
        is_asked = self._asked is Question.OPEN
        return reason, ANSWERS_NOTHING_MS if is_asked else WAITS_MS[reason]

    def _is_greeting(self) -> bool:
        """Whether the turn is only a greeting. A yes alone is not."""
        known = self._known
        is_one = known.greetings.issuperset(self._tokens)
        return is_one and not known.yes_no.issuperset(self._tokens)

    @property
    def _has_subject(self) -> bool:
        return not self._known.subjects.isdisjoint(self._tokens)

    def _is_last_of_list(self) -> bool:
        """Whether a list ends here: "bread and butter", "no". "Two coffees" may continue."""
        known, newest = self._known, self._tokens[-LAST_ITEM_WORDS:]
        return known.and_word in newest or not known.yes_no.isdisjoint(self._tokens[:1])

    def _is_half_day(self) -> bool:
        """Whether "am" is the one in "ten am", not in "I am"."""
        if self._last not in self._known.half_days:
            return False
        before = self._tokens[-2] if len(self._tokens) > 1 else ""
        is_number = before[:1].isdigit() or before in self._known.digits
        return is_number or before in self._known.tens

    def _ending(self, phrases: frozenset[str]) -> int:
        """The number of words of the longest of `phrases` at the end of the turn; 0 for none."""
        ends = self._tokens[-_LONGEST_PHRASE:]
        return max(
            (len(ends) - at for at in range(len(ends)) if " ".join(ends[at:]) in phrases), default=0
        )


def _wait_for(reason: Reason, progress: Progress) -> Judged:
    if progress is Progress.WHOLE:
        return Reason.ANSWERED, 0
    if progress is Progress.UNKNOWN:
        return reason, WAITS_MS[reason]
    return reason, MISSING_MS
