"""Why an agent waits at a pause, and the usual wait for each reason. Pure.

Most pauses within a turn are shorter than a second; some within a number are longer. In a recorded
call of a person who tells a story half of them are over after 0.56 s, four fifths after 1.0 s.
"""

from enum import StrEnum
from typing import Final


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
    Reason.PERHAPS_OPEN: 1_250,
    Reason.OPEN_PHRASE: 1_800,
    Reason.CONNECTIVE: 1_800,
    Reason.FILLER: 2_000,
    Reason.NUMBER: 1_400,
    Reason.SPELLING: 1_600,
    Reason.EMAIL: 2_000,
    Reason.NAME: 1_350,
    Reason.ADDRESS: 1_400,
}
# These alone need no more than the agent's wait, however they sound. A question is not among them:
# "when do you open" is one, and "tomorrow" may follow.
WHOLE: Final = frozenset((Reason.ANSWERED, Reason.CLOSING))
LEAST_MS: Final = 200  # of all others: within a sentence people fall silent for less
# But for these of a caller who has not paused within a turn yet, if the sound is so surely that of
# a finished one. Of 23 such pauses in recorded speech and made turns 18 were ends, three were no
# longer than 96 ms, and two longer than the 350 that were waited before. Of people who pause within
# their turns it is not true: one on record does so twice, for 128 and 192 ms, with such a sound.
AT_ONCE: Final = frozenset((Reason.FINISHED, Reason.QUESTION))
CLEARLY_FINISHED: Final = 0.9
# "Sure", "hello" say nothing to a question for anything: what was asked for follows.
ANSWERS_NOTHING: Final = frozenset((Reason.ACKNOWLEDGEMENT, Reason.GREETING))
ANSWERS_NOTHING_MS: Final = 1_200
MISSING_MS: Final = 2_500  # it is known that something must follow
# So much longer than their mean are the pauses of a caller who continues after whole sentences.
OF_THE_RHYTHM: Final = 1.3
STATEMENT_MS: Final = 1_200  # a caller with long pauses is not kept waiting for longer than this
OPEN: Final = frozenset(WAITS_MS) - {Reason.FRAGMENT, Reason.GREETING, Reason.ACKNOWLEDGEMENT}
# What the sound says, where words leave a doubt: the waits if it is that of a finished turn, if it
# says neither, and if it is that of an open one. A speaker who has not finished does not lower the
# voice: in a recorded call each pause of more than a second had less than SOUNDS_OPEN. Many do
# lower it between "and" and what follows, so where words are open the sound shortens nothing.
# Behind a filler it is not asked: it would shorten nothing, and an open sound no longer lengthens
# a wait that is a long one already.
SOUNDS_FINISHED: Final = 0.5
SURELY_FINISHED: Final = 0.8
SOUNDS_OPEN: Final = 0.1
BY_SOUND_MS: Final = {
    Reason.FINISHED: (350, 700, 1_300),
    Reason.FRAGMENT: (400, 700, 1_300),
    Reason.ACKNOWLEDGEMENT: (600, 700, 1_400),
    Reason.GREETING: (700, 700, 1_400),
    Reason.PERHAPS_OPEN: (1_000, 1_250, 2_500),
    Reason.OPEN_PHRASE: (1_800, 1_800, 2_500),
    Reason.CONNECTIVE: (1_800, 1_800, 2_500),
}
