"""The groups of settings that a version stores by name: a field here is a setting. Pure.

A field without more than its declaration has an editor, a place in files and drafts, its limits
and a row in the handbook. Its order here is the order on pages.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from agents.http_tools.limits import TOOLS_OF_AGENT
from agents.settings.kinds import (
    Addresses,
    Choice,
    Key,
    Lines,
    Milliseconds,
    Switch,
    Text,
    ToolNames,
    Word,
    declared,
)
from agents.settings.kinds import translatable as _
from agents.speech.interruption.said_whole import TEXT as SAID_WHOLE
from agents.speech.interruption.said_whole import fault_in_sentences

# After a whole answer; `agents.speech.turns` waits longer where there is any doubt.
ENDPOINTING_MS: Final = 128
MAX_CALL_SECONDS: Final = 4 * 3600  # Twilio ends a call after four hours by itself
RECORDING_KEYS: Final = "0123456789*#"


class Reminders(StrEnum):
    """How many reminders a silent caller gets before the goodbye."""

    TWICE = "twice"
    ONCE = "once"
    OFF = "off"  # no reminders: the agent waits until the maximum duration of the call


class Sensitivity(StrEnum):
    """How easily speech over the agent's voice interrupts the agent."""

    PATIENT = "patient"
    BALANCED = "balanced"
    EAGER = "eager"  # any sound of `barge_in_ms`, whatever it is


@dataclass(frozen=True, slots=True)
class TurnTaking:
    """When the agent listens and when it speaks; all times in milliseconds.

    `pause_ms` of silence begins the transcription; `endpointing_ms` of silence ends the
    turn, up to `longest_wait_ms` where its words are not all; `barge_in_ms` of speech over the
    agent, when `interruptible`, is judged as `sensitivity` says, and may silence it, its greeting
    only when that is `greeting_interruptible`, too, and never within a sentence of `said_whole`.
    After `sign_of_life_ms` without a sound of an answer the caller is asked to wait, and after
    `longest_answer_ms` of one whether the agent is to continue. A caller who says nothing for
    `reminder_ms` is reminded, as often as `reminders` says, and then left. With `nods` one who
    tells something at length hears "mm-hm".
    """

    # Longer waits would feel like a dead line.
    endpointing_ms: int = field(
        default=ENDPOINTING_MS,
        metadata=declared(
            Milliseconds(96, 3_000),
            _("Wait after caller stops"),
            _(
                "How long the agent waits after a finished answer. It waits longer by itself when "
                "the caller may go on. Raise it if callers are cut off."
            ),
        ),
    )
    # People pause for as long as this within a telephone number. A bound for words that cannot be
    # the end of a turn: finished ones are answered after `endpointing_ms`.
    longest_wait_ms: int = field(
        default=2_500,
        metadata=declared(
            Milliseconds(200, 6_000),
            _("Longest wait for unfinished sentences"),
            _(
                "When callers stop in the middle of a number, a name or a sentence, the agent "
                "waits up to this long for the rest. Finished answers are not affected."
            ),
            beside=True,
        ),
    )
    # A pause shorter than one window of voice activity (32 ms) cannot be detected.
    pause_ms: int = field(
        default=64,
        metadata=declared(
            Milliseconds(32, 1_000),
            _("Early response"),
            _(
                "The agent starts preparing its answer after this pause. Shorter answers sooner. "
                "Longer costs less, because fewer answers are discarded."
            ),
            beside=True,
            not_above=(
                "endpointing_ms",
                _("Must not be longer than “Wait after caller stops” (%(ms)d ms)."),
            ),
        ),
    )
    speculate: bool = field(
        default=True,
        metadata=declared(
            Switch(),
            _("Prepare answers during short pauses"),
            _(
                "The agent prepares an answer during a short pause and discards it if the caller "
                "continues. When off, it answers later but costs less."
            ),
        ),
    )
    interruptible: bool = field(
        default=True,
        metadata=declared(
            Switch(),
            _("Callers can interrupt"),
            _("The agent stops when the caller speaks over it. When off, it finishes first."),
        ),
    )
    greeting_interruptible: bool = field(
        default=True,
        metadata=declared(
            Switch(),
            _("Callers can interrupt the greeting"),
            _(
                "When off, the greeting is always heard whole, for example because it has a legal "
                "notice. What callers say meanwhile is answered after it."
            ),
        ),
    )
    said_whole: str = field(
        default="",
        metadata=declared(
            Lines(SAID_WHOLE, fault_in_sentences, "at most 20 sentences, one per line"),
            _("Always said whole"),
            _(
                "Sentences that callers can’t interrupt, one per line. For example: In an "
                "emergency, hang up and call 911. The agent must say them word for word. What "
                "callers say or press meanwhile is answered right after. At most 20, of up to 300 "
                "characters."
            ),
            empty=_("none"),
        ),
    )
    sensitivity: Sensitivity = field(
        default=Sensitivity.BALANCED,
        metadata=declared(
            Choice(
                (
                    (Sensitivity.PATIENT, _("Patient: several words, or “stop”")),
                    (Sensitivity.BALANCED, _("Balanced: words, but no “mhm” and no cough")),
                    (Sensitivity.EAGER, _("Eager: any sound")),
                )
            ),
            _("What interrupts the agent"),
            _(
                "The agent keeps talking over “mhm”, “okay”, coughs and noise, and stops for "
                "callers who want to speak. Patient suits loud places. Eager stops soonest."
            ),
        ),
    )
    # Two windows of voice activity; clicks and noise never last that long.
    barge_in_ms: int = field(
        default=64,
        metadata=declared(
            Milliseconds(32, 2_000),
            _("Interruption sensitivity"),
            _(
                "How long the caller must be heard over the agent before it takes notice. Longer "
                "ignores more short noises. Shorter notices sooner."
            ),
        ),
    )
    nods: bool = field(
        default=False,
        metadata=declared(
            Switch(),
            _("Say “mm-hm” to long stories"),
            _(
                "While a caller tells something at length, the agent says “mm-hm” or “I see” now "
                "and then. Never into numbers or spelling, and never where it could be an answer."
            ),
        ),
    )
    max_call_ms: int = field(
        default=MAX_CALL_SECONDS * 1_000,
        metadata=declared(
            Milliseconds(10_000, MAX_CALL_SECONDS * 1_000, in_minutes=True),
            _("Maximum call length"),
            _("The agent then says goodbye and hangs up."),
            beside=True,
        ),
    )
    sign_of_life_ms: int = field(
        default=1_500,
        metadata=declared(
            Milliseconds(500, 10_000),
            _("Wait before “One moment, please”"),
            _("The caller hears this sentence when an answer takes longer."),
        ),
    )
    longest_answer_ms: int = field(
        default=120_000,
        metadata=declared(
            Milliseconds(15_000, 600_000),
            _("Maximum answer length"),
            _("After speaking this long, the agent asks the caller whether to continue."),
            beside=True,
        ),
    )
    reminders: Reminders = field(
        default=Reminders.TWICE,
        metadata=declared(
            Choice(
                (
                    (Reminders.TWICE, _("Ask twice, then hang up")),
                    (Reminders.ONCE, _("Ask once, then hang up")),
                    (Reminders.OFF, _("Keep waiting")),
                )
            ),
            _("If the caller says nothing"),
            _(
                "The agent asks whether the caller is still there, and says goodbye before it "
                "hangs up. Callers who ask for a moment get a minute."
            ),
        ),
    )
    # People who look something up say so, or are back within ten seconds.
    reminder_ms: int = field(
        default=10_000,
        metadata=declared(
            Milliseconds(4_000, 120_000),
            _("Wait before “Are you still there?”"),
            _("How long the caller can be silent before each question."),
            beside=True,
            only_for=("reminders", (Reminders.TWICE, Reminders.ONCE)),
        ),
    )


class RecordingMode(StrEnum):
    """Whether a call is recorded, and how the caller is told or asked."""

    OFF = "off"
    ANNOUNCED = "announced"  # announced by a sentence; the caller consents by staying on the line
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
                    (RecordingMode.ANNOUNCED, _("Record and announce it")),
                    (RecordingMode.KEY, _("Record once the caller presses a key")),
                    (RecordingMode.WORD, _("Record once the caller says a word")),
                )
            ),
            _("Record calls"),
            _("Recording consent laws vary. Check with legal counsel."),
        ),
    )
    sentence: str = field(
        default="",
        metadata=declared(
            Text(500),  # half a minute of speech
            _("Recording announcement"),
            _(
                "Said at the start of the call. For example: This call is recorded. Or: May we "
                "record this call? Press 1 if you agree."
            ),
            only_for=("mode", (RecordingMode.ANNOUNCED, RecordingMode.KEY, RecordingMode.WORD)),
            missing=_("Add the announcement callers will hear."),
        ),
    )
    key: str = field(
        default="1",
        metadata=declared(
            Key(RECORDING_KEYS),
            _("Consent key"),
            _("One key from 0 to 9, * or #. Mention it in the announcement."),
            only_for=("mode", (RecordingMode.KEY,)),
        ),
    )
    word: str = field(
        default="yes",
        metadata=declared(
            Word(30),
            _("Consent word"),
            _("In lower case, for example yes. Mention it in the announcement."),
            only_for=("mode", (RecordingMode.WORD,)),
            beside=True,
        ),
    )


@dataclass(frozen=True, slots=True)
class Messages:
    """Who is notified of callers' messages, and whether callers may be promised a call back.

    notify: mail addresses, as `agents.settings.kinds.addresses_in` reads them; "" for the owners.
    """

    notify: str = field(
        default="",
        metadata=declared(
            Addresses(10),
            _("Send messages to"),
            _(
                "Email addresses that get each message callers leave, as soon as it’s taken. "
                "Separate several with commas. Leave blank to send to the organization’s owners."
            ),
            empty=_("the organization’s owners"),
        ),
    )
    calls_back: bool = field(
        default=False,
        metadata=declared(
            Switch(),
            _("Offer a call back"),
            _("Callers can agree on a time. Your team is reminded by email, and calls them."),
        ),
    )


@dataclass(frozen=True, slots=True)
class Tools:
    """What the agent may have done by its organization's own tools. See `agents.http_tools`.

    enabled: their names, as `agents.http_tools.definition.names_in` reads them.
    """

    enabled: str = field(
        default="",
        metadata=declared(
            ToolNames(TOOLS_OF_AGENT),
            _("Your tools"),
            _(
                "What the agent may look up or do on your own systems during a call. Needs a "
                "language model that can call tools. The local engine can’t use them."
            ),
            empty=_("none"),
        ),
    )
