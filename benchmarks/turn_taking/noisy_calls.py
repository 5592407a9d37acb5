"""Calls full of noise, in the core alone: is there a silence without an end?

Callers speak, pause, nod, cough, press keys and play music at random moments, on engines of either
delay. No socket and no clock is real (`testing.conversations`), so hundreds take minutes.
"""

import logging
from random import Random
from typing import Any, Final

from benchmarks.turn_taking.counts import spread
from telephony.session.silence.patience import GRANTED_MS
from telephony.spoken.languages import phrases_for
from testing.conversations.found import Conversation
from testing.conversations.line import carried
from testing.conversations.script import Act, Script, When
from testing.conversations.virtual_loop import run as run_virtually

# The agent reminds a silent caller after 10 s; a silence that lasts longer than this has no end.
UNENDED_SECONDS: Final = 15.0
# Nor has one of a caller who asked for a moment, when it lasts longer than what they were given.
GRANTED_SECONDS: Final = GRANTED_MS / 1000 + 5.0
WATCHED_SECONDS: Final = GRANTED_SECONDS + 5.0  # after the caller's last sound
SOUNDS: Final = (4, 12)  # a call
GAPS: Final = (0.05, 4.0)  # seconds between two
WORDS: Final = (
    "when are you open", "I need to", "cancel my appointment", "yes", "mm-hmm", "no", "stop",
    "okay", "four one five", "wait a second", "my name is", "um", "and then", "thank you",
)  # fmt: skip
_GRANTED: Final = phrases_for("en").take_your_time
REPLY: Final = (
    "We are open from Monday to Friday between eight in the morning and six in the evening. "
    "On Saturdays we close at one."
)


def run(calls: int) -> dict[str, Any]:
    """So many calls. unended: those with a silence without an end, by their seeds."""
    logging.disable(logging.INFO)  # the end of each call
    unended, longest = [], []
    for seed in range(calls):
        call = run_virtually(carried(script(seed)))
        silence = longest_silence(call)
        longest.append(1000 * silence)
        was_granted = any(turn["text"] == _GRANTED for turn in call.turns)
        if silence > (GRANTED_SECONDS if was_granted else UNENDED_SECONDS):
            unended.append(seed)
    return {
        "calls": calls,
        "unended": len(unended),
        "unended_seeds": unended[:20],
        "longest_silence_ms": spread(longest),
    }


def script(seed: int) -> Script:
    """The call of this number, always the same."""
    random = Random(seed)
    made = Script(
        claim=f"noisy call {seed}",
        greeting="What can I do for you?",
        answers=[REPLY, "Of course."],
        engines_ms=random.choice((0, 490)),
        echo=random.choice((None, None, (-20.0, 150), (-30.0, 80))),
        watched=WATCHED_SECONDS,
    )
    for _ in range(random.randint(*SOUNDS)):
        made.acts.append(_act(random))
    return made


def _act(random: Random) -> Act:
    when = When(random.uniform(*GAPS), "last")
    kind = random.choices(
        ("caller", "aside", "cough", "noise", "music", "key"), (10, 2, 4, 3, 1, 1)
    )[0]
    if kind in ("caller", "aside"):
        said = [random.choice(WORDS) for _ in range(random.randint(1, 3))]
        parts = tuple((words, 0.3 * len(words.split())) for words in said)
        return Act(kind, when, parts, tuple(random.uniform(0.2, 1.2) for _ in parts[1:]))
    if kind == "key":
        return Act(kind, when, (("42", 0.6),))
    return Act(kind, when, (("", random.uniform(0.1, 3.0)),))


def longest_silence(call: Conversation) -> float:
    """The longest time in which neither side made a sound, in seconds."""
    sounding = [(speech.begin, speech.end) for speech in call.replies]
    sounding += [part for done in call.done for part in done.spoken]
    at = longest = 0.0
    for begin, end in [*sorted(sounding), (call.watched, call.watched)]:
        longest = max(longest, begin - at)
        at = max(at, end)
    return longest
