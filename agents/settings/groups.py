"""The groups of settings that a version stores by name: a field here is a setting. Pure.

A field without more than its declaration has an editor, a place in files and drafts, its limits
and a row in the handbook. Its order here is the order on pages.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from agents.settings.kinds import Choice, Key, Milliseconds, Switch, Text, Word, declared
from agents.settings.kinds import translatable as _

ENDPOINTING_MS: Final = 200
MAX_CALL_SECONDS: Final = 4 * 3600  # Twilio ends a call after four hours by itself
RECORDING_KEYS: Final = "0123456789*#"


@dataclass(frozen=True, slots=True)
class TurnTaking:
    """When the agent listens and when it speaks; all times in milliseconds.

    `pause_ms` of silence begins the transcription; `endpointing_ms` of silence ends the
    turn; `barge_in_ms` of speech silences the agent when `interruptible`. After
    `sign_of_life_ms` without a sound of an answer the caller is asked to wait, and after
    `longest_answer_ms` of one whether the agent is to continue.
    """

    # A turn that waits for seconds feels like a dead line.
    endpointing_ms: int = field(
        default=ENDPOINTING_MS,
        metadata=declared(
            Milliseconds(96, 3_000),
            _("End of turn"),
            _(
                "The agent waits this long after the caller has stopped. Shorter feels brisk, but "
                "cuts off people who think while they speak."
            ),
        ),
    )
    # A pause shorter than one window of voice activity (32 ms) cannot be seen.
    pause_ms: int = field(
        default=64,
        metadata=declared(
            Milliseconds(32, 1_000),
            _("Short pause"),
            _(
                "After so much silence the agent prepares its answer, unheard. Shorter answers "
                "sooner; longer costs less, because fewer answers are prepared in vain."
            ),
            beside=True,
            not_above=(
                "endpointing_ms",
                _("It cannot be longer than the end of turn, which is %(ms)d ms."),
            ),
        ),
    )
    speculate: bool = field(
        default=True,
        metadata=declared(
            Switch(),
            _("Answers are prepared at short pauses"),
            _(
                "The agent begins its answer at a short pause and drops it when the caller "
                "continues. Off: it begins after the end of turn, later but at less cost."
            ),
        ),
    )
    interruptible: bool = field(
        default=True,
        metadata=declared(
            Switch(),
            _("The caller may interrupt"),
            _("The agent falls silent when the caller speaks over it. Off: it finishes first."),
        ),
    )
    # Two windows of voice activity; clicks and noise never last that long.
    barge_in_ms: int = field(
        default=64,
        metadata=declared(
            Milliseconds(32, 2_000),
            _("Speech that interrupts"),
            _(
                "How long the caller must speak over the agent to silence it. Longer lets a cough "
                "or an “mhm” pass; shorter gives way at once."
            ),
        ),
    )
    max_call_ms: int = field(
        default=MAX_CALL_SECONDS * 1_000,
        metadata=declared(
            Milliseconds(10_000, MAX_CALL_SECONDS * 1_000, in_minutes=True),
            _("Longest call"),
            _("The agent then says goodbye and hangs up."),
            beside=True,
        ),
    )
    sign_of_life_ms: int = field(
        default=1_500,
        metadata=declared(
            Milliseconds(500, 10_000),
            _("Silence before a sign of life"),
            _("A caller who waits longer for an answer hears “One moment, please.”"),
        ),
    )
    longest_answer_ms: int = field(
        default=120_000,
        metadata=declared(
            Milliseconds(15_000, 600_000),
            _("Longest answer"),
            _("After so much speech the agent asks the caller whether to continue."),
            beside=True,
        ),
    )


class RecordingMode(StrEnum):
    """Whether a call is recorded, and how the caller is told or asked."""

    OFF = "off"
    ANNOUNCED = "announced"  # told by a sentence; a caller who stays on the line is recorded
    KEY = "key"  # only after the caller has pressed a key
    WORD = "word"  # only after the caller has said a word


@dataclass(frozen=True, slots=True)
class Recording:
    """How calls are recorded; off unless the agent's makers decide otherwise.

    `sentence` tells or asks the caller, at the beginning; `key` (one of 0-9*#) and `word`
    (lower case, as one says it) are what gives consent in the mode of that name.
    """

    mode: RecordingMode = field(
        default=RecordingMode.OFF,
        metadata=declared(
            Choice(
                (
                    (RecordingMode.OFF, _("No recording")),
                    (RecordingMode.ANNOUNCED, _("Recorded, and announced by a sentence")),
                    (RecordingMode.KEY, _("Only when the caller presses a key")),
                    (RecordingMode.WORD, _("Only when the caller says a word")),
                )
            ),
            _("Record calls"),
            _("Many countries ask for consent: decide with somebody who knows your law."),
        ),
    )
    sentence: str = field(
        default="",
        metadata=declared(
            Text(500),  # half a minute of speech
            _("What callers hear about recording"),
            _(
                "Said at the beginning. For example: This call is recorded. Or: May we record this "
                "call? Press 1 if you agree."
            ),
            only_for=("mode", (RecordingMode.ANNOUNCED, RecordingMode.KEY, RecordingMode.WORD)),
            missing=_("Callers have a right to know: write the sentence that they hear."),
        ),
    )
    key: str = field(
        default="1",
        metadata=declared(
            Key(RECORDING_KEYS),
            _("Key that consents to recording"),
            _("One key: 0 to 9, * or #. Name it in the sentence."),
            only_for=("mode", (RecordingMode.KEY,)),
        ),
    )
    word: str = field(
        default="yes",
        metadata=declared(
            Word(30),
            _("Word that consents to recording"),
            _("In lower case, such as yes. Name it in the sentence."),
            only_for=("mode", (RecordingMode.WORD,)),
            beside=True,
        ),
    )


@dataclass(frozen=True, slots=True)
class Privacy:
    """What is taken out of the text and sound that are kept of a call; nothing by default.

    See `agents.redaction`.
    """

    card_numbers: bool = field(
        default=False,
        metadata=declared(
            Switch(),
            _("Take out card numbers"),
            _(
                "Of payment cards, with the expiry date and the security code that are said with "
                "them: spoken, typed or keyed in, also in several turns or read back by the agent."
            ),
        ),
    )
    numbers: bool = field(
        default=False,
        metadata=declared(
            Switch(),
            _("Take out other numbers"),
            _(
                "Any of five or more digits, such as telephone and account numbers, but not times, "
                "dates and prices. Also the number that a caller leaves to be called back: you "
                "will not find it in the transcript. The number that the call comes from is kept."
            ),
        ),
    )
    names: bool = field(
        default=False,
        metadata=declared(
            Switch(),
            _("Take out names of callers"),
            _(
                "Names that callers give of themselves, such as “my name is Anna Smith”, also "
                "spelled. Names of others stay. The name of a caller who asks to be called back is "
                "not in the transcript either."
            ),
        ),
    )

    @property
    def is_on(self) -> bool:
        """Whether anything is taken out."""
        return self.card_numbers or self.numbers or self.names
