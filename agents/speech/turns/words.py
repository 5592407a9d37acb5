"""The type of a language's words that indicate the end of a turn."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from re import Pattern
from typing import Final


class Question(StrEnum):
    """The kind of answer that the agent has asked for."""

    NONE = "none"
    OPEN = "open"  # anything may follow, of any length
    YES_NO = "yes_no"
    CHOICE = "choice"
    AMOUNT = "amount"  # "how many", "how much"
    NUMBER = "number"  # digits whose count is not known
    POSTAL_CODE = "postal_code"
    TELEPHONE = "telephone"
    NAME = "name"
    SPELLING = "spelling"
    EMAIL = "email"
    ADDRESS = "address"
    DATE = "date"
    BIRTH = "birth"  # a date with its year
    LIST = "list"  # things to order, one after the other


@dataclass(frozen=True, slots=True)
class TurnWords:
    """Words in lower case, and patterns for text in lower case.

    connectives: something follows them. fillers: sounds and phrases of thinking. open_words: are
    not the last word of a sentence (articles, prepositions, "is"); perhaps_open: seldom are.
    openers: first words of a question. subjects: with one of them, few words are a sentence.
    whole_ends: ends of sentences that look open, and are whole ("yes, it is", "I'd like that").
    acknowledges: words that "okay" and its like are made of, beside those for yes and no.
    half_ends: ends to which something is missing, though their last word ends many sentences ("he
    told me", "could you please"). half_things: and those that answer which one ("a new").
    conditions: turns that are one alone, and tell a time as well ("if I cancel today").
    closings: last words after which nothing is missing. greetings: said before what is wanted.
    corrections: words before digits that take the place of others. refusals: the caller
    has not, or does not know, what was asked; so says every word of no at the beginning.
    digits: the digits that a word stands for; tens: those that a unit completes; repeats: "double".
    alphabet: names of letters; compares: what stands between a letter and a word that begins with
    it ("as in").
    half_days: end what is said, behind a number alone. given_names: are no last names as a rule;
    before_last_name: "Mrs"; kin: whose name it is ("my daughter"). roads: kinds of streets, and
    parts of houses.
    prepositions: of perhaps_open those that seldom end a question, either. year: of a date of
    birth, beside its months and its ordinals, of days and months. and_word: stands before the last
    thing of a list. leads_to_name: behind it comes a name ("my husband's name"). last_name: in
    such a lead, tells that the name is the last one.
    says: the caller announces one of these kinds. asked: the agent asks for one; the first pattern
    that matches. yes_no_question: how one begins. request: how a question for the thing itself
    begins, though it looks like one for yes or no ("could you tell me"). tell_me: how a sentence
    asks that is no question. region: whose numbers have no country before them, an ISO code;
    trunk_region: and with a zero first. postal_code: how many digits one has as a rule;
    has_code_first: whether its town stands behind it.
    answers: whole turns that answer a question for yes or no. part_fillers: fillers that are words
    of sentences as well ("I can wait"), also behind one of before_part_filler. askers: of openers,
    those that ask for something. articles: are the last word of nothing, not of a question either.
    joins: stand between the groups of a number; separators: are said for what is written between
    them. takes_object: ends no question for yes or no ("do you have"). Where clauses end with their
    verb: auxiliaries and clause_words ("ob") ask for one; beside_verb, and what stands behind
    directions, or behind own_directions where people speak of themselves, end a clause whose verb
    was left out, and so does a time behind able, with other times: "ich kann ab drei"; no_verbs:
    look like one; have, with one of have_subjects and adverbs alone, is an auxiliary as well.
    """

    connectives: frozenset[str]
    fillers: frozenset[str]
    open_words: frozenset[str]
    perhaps_open: frozenset[str]
    openers: frozenset[str]
    subjects: frozenset[str]
    yes: frozenset[str]
    no: frozenset[str]
    whole_ends: Pattern[str]
    half_ends: Pattern[str]
    half_things: Pattern[str]
    conditions: Pattern[str]
    acknowledges: frozenset[str]
    closings: frozenset[str]
    greetings: frozenset[str]
    dates: frozenset[str]
    half_days: frozenset[str]
    given_names: frozenset[str]
    before_last_name: frozenset[str]
    kin: frozenset[str]
    roads: frozenset[str]
    and_word: str
    prepositions: frozenset[str]
    year: Pattern[str]
    leads_to_name: Pattern[str]
    last_name: Pattern[str]
    corrections: frozenset[str]
    refusals: frozenset[str]
    digits: Mapping[str, str]
    tens: frozenset[str]
    repeats: Mapping[str, int]
    alphabet: frozenset[str]
    compares: frozenset[str]
    at_sign: frozenset[str]
    dot: frozenset[str]
    says: Mapping[Question, Pattern[str]]
    asked: Mapping[Question, Pattern[str]]
    yes_no_question: Pattern[str]
    request: Pattern[str]
    tell_me: Pattern[str]
    either: str
    region: str
    trunk_region: str
    postal_code: int
    has_code_first: bool
    months: frozenset[str]
    ordinals: frozenset[str]
    answers: frozenset[str]
    part_fillers: frozenset[str]
    before_part_filler: frozenset[str]
    askers: frozenset[str]
    articles: frozenset[str]
    joins: frozenset[str]
    separators: frozenset[str]
    takes_object: frozenset[str] = frozenset()
    auxiliaries: frozenset[str] = frozenset()
    clause_words: frozenset[str] = frozenset()
    directions: frozenset[str] = frozenset()
    own_directions: frozenset[str] = frozenset()
    able: frozenset[str] = frozenset()
    times: frozenset[str] = frozenset()
    beside_verb: frozenset[str] = frozenset()
    no_verbs: frozenset[str] = frozenset()
    have: frozenset[str] = frozenset()
    have_subjects: frozenset[str] = frozenset()
    adverbs: frozenset[str] = frozenset()

    @property
    def yes_no(self) -> frozenset[str]:
        """Words that answer a yes-or-no question."""
        return self.yes | self.no

    @property
    def courtesies(self) -> frozenset[str]:
        """Words of greetings, thanks and the like, which are not names before a no: "Hi, no"."""
        closing = {word for phrase in self.closings for word in phrase.split()}
        return (self.greetings | self.acknowledges | closing) - self.given_names


def words(text: str) -> frozenset[str]:
    """The words in `text`, as data of a language."""
    return frozenset(text.split())


def phrases(text: str) -> frozenset[str]:
    """The phrases in `text`, separated by commas, as data of a language."""
    return frozenset(text.split(", "))


# The spelling alphabet of radio, which callers of every language use beside their own.
NATO: Final = words(
    "alpha alfa bravo charlie delta echo foxtrot golf hotel india juliett juliet kilo lima mike "
    "november oscar papa quebec romeo sierra tango uniform victor whiskey x-ray yankee zulu"
)
