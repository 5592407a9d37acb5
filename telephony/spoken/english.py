"""What callers hear in English."""

from types import MappingProxyType
from typing import Final

from telephony.spoken.phrases import Phrases
from voicex.reasons.attempts import AttemptReason

_NOT_SET_UP: Final = "We are sorry, nobody is set up to answer this number at the moment. Goodbye."
_NOBODY: Final = "We are sorry, nobody can answer this number right now. Goodbye."
_NO_ROOM: Final = (
    "We are sorry, we cannot take your call right now. Please call again in a few minutes. Goodbye."
)
_LINES_BUSY: Final = (
    "We are sorry, all our lines are busy right now. Please call again in a few minutes. Goodbye."
)

ENGLISH: Final = Phrases(
    say_again="Sorry, I didn't catch that. Could you say it again?",
    trouble="I'm sorry, I have a technical problem. Could you say that again?",
    still_trouble=(
        "I'm sorry, I still have a technical problem. Please try again in a moment, "
        "or stay on the line."
    ),
    broke_off="I'm sorry, I couldn't finish what I was saying. Could you ask me again?",
    go_on="There is more to say. Would you like me to go on?",
    giving_up="I'm sorry, I can't help you right now. Please call again later. Goodbye.",
    goodbye="Thank you for calling. Goodbye.",
    time_is_up="I'm sorry, we have reached the time limit of this call. Goodbye.",
    restarting="I'm sorry, I have to end this call. Please call again in a minute. Goodbye.",
    waiting=(
        "One moment, please.",
        "I'm still working on it. Please stay on the line.",
        "Thank you for waiting. It takes a little longer.",
    ),
    listening=("Mm-hm.", "I see.", "Right."),
    still_there=(
        "Are you still there?",
        "I can't hear you. If you are still on the line, please say something.",
    ),
    unanswered="I still can't hear you, so I will hang up now. Please call again. Goodbye.",
    take_your_time="Of course, take your time.",
    interrupting="Sorry to interrupt. Let me answer what you have said so far.",
    almost_over="Just so you know, we have almost reached the time limit of this call.",
    putting_through="I'll put you through now. Please stay on the line.",
    # Ends as the local dialogue offers a message, and knows that it did.
    nobody_answered=(
        "I'm sorry, nobody could take your call just now. Would you like to leave a message?"
    ),
    cut_off="Sorry, we were cut off.",
    cut_off_saying="Sorry, we were cut off. You were saying?",
    carrier_language="",
    lost="We are sorry, the connection to our assistant was lost. Please call again. Goodbye.",
    ended="This call has to end here. Thank you for calling. Goodbye.",
    no_way_back="We are sorry, nobody could take your call. Please call again later. Goodbye.",
    announced="You have a call for {target}.",
    press_to_take="To take the call, press 1. To decline it, press any other key.",
    in_line="All our lines are busy right now. Please stay on the line.",
    next_in_line="You are next in line.",
    place_in_line="You are number {place} in line.",
    declines=MappingProxyType(
        {
            AttemptReason.NO_ACTIVE_AGENT: _NOT_SET_UP,
            AttemptReason.AGENT_NOT_PREPARED: _NOT_SET_UP,
            AttemptReason.ENGINE_NOT_OFFERED: _NOT_SET_UP,
            AttemptReason.ENGINE_WITHOUT_KEY: _NOT_SET_UP,
            AttemptReason.NO_AGENT: _NOBODY,
            AttemptReason.AGENT_ARCHIVED: _NOBODY,
            AttemptReason.SUSPENDED: (
                "We are sorry, this number cannot take calls right now.{why} Goodbye."
            ),
            AttemptReason.MINUTES_USED_UP: (
                "We are sorry, we cannot take more calls this month. Goodbye."
            ),
            AttemptReason.BUDGET_SPENT: (
                "We are sorry, we cannot take more calls at the moment. Please call again later. "
                "Goodbye."
            ),
            AttemptReason.NO_SLOT: _LINES_BUSY,
            AttemptReason.TOO_MANY_BEGUN: _LINES_BUSY,
            AttemptReason.POOL_BUSY: _LINES_BUSY,
            AttemptReason.POOL_USED_UP: _LINES_BUSY,
            AttemptReason.WAITED_TOO_LONG: (
                "Thank you for waiting. We are sorry, our lines are still busy. Please call again "
                "in a few minutes. Goodbye."
            ),
            AttemptReason.LEFT_QUEUE: _LINES_BUSY,
            AttemptReason.FORWARD_FAILED: _LINES_BUSY,
            AttemptReason.BUSY: _NO_ROOM,
            AttemptReason.OVERLOADED: _NO_ROOM,
            AttemptReason.DRAINING: _NO_ROOM,
            AttemptReason.DATABASE_AWAY: _NO_ROOM,
        }
    ),
)
