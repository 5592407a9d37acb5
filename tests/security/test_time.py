"""No text that a client or a caller writes takes longer than its length explains.

All calls of a process share its interpreter lock, so a pattern that takes the square of a text
would stop them all. Patterns and functions are found by themselves: a new one is tried as well.
"""

from time import process_time
from typing import Final

import pytest

from agents.engines.cascade.writing import LONGEST_DELTA
from agents.engines.chat.refused_parameters import READ_CHARACTERS as SAID
from agents.engines.chat.stream import PART_BYTES
from agents.engines.conversation import Role
from agents.engines.local.dialogue.hearing import LONGEST_TURN
from agents.engines.local.dialogue.persona import BEGINNING
from agents.engines.openai.errors import READ_CHARACTERS as READ_OF_REFUSAL
from agents.redaction.conversation import Kind, find
from agents.redaction.texts import LONGEST as LONGEST_READ
from agents.redaction.texts import Text
from agents.settings.limits import CHARACTERS
from agents.speech.heard.hold_requests import MOST_CHARACTERS as LONGEST_HOLD_REQUEST
from agents.speech.text.sentences import LONGEST_PIECE
from agents.speech.tool_calls.written import MOST_READ
from tests.security import functions, patterns
from tests.security.attacks import Attack, against, calls_of, general
from tests.security.functions import EXCUSED
from tests.security.timing import slow
from voicex.bounds.retry_after import READ_CHARACTERS

pytestmark = pytest.mark.slow  # measures every pattern and function on long texts

MAX_CHARACTERS: Final = max(CHARACTERS.values())
# How long the texts are that each may get, by the beginning of its name, where that is less than
# the longest text of an agent.
LIMITS: Final[dict[str, int]] = {
    "agents.engines.chat.json_frames.JsonFrames.push": PART_BYTES,
    "voicex.bounds.retry_after": READ_CHARACTERS,
    "agents.analysis": 10_000,  # of a turn that is stored; a model's answer is cut before
    "agents.speech.text.speakable": LONGEST_PIECE,
    "agents.speech.said": LONGEST_PIECE,
    "agents.engines.local.tts": LONGEST_PIECE,
    "agents.engines.local.dialogue.persona.persona": MAX_CHARACTERS,
    "agents.engines.local.dialogue.persona": BEGINNING,
    "agents.engines.local.dialogue": LONGEST_TURN,
    "agents.engines.local.whisper": 448 * 8,  # tokens that a window of sound gives at most
    "agents.speech.audio.resample": MAX_CHARACTERS,  # sound
    "agents.speech.audio.mulaw": MAX_CHARACTERS,
    "agents.speech.text.sentences": 4_000,  # an answer comes in deltas, a greeting is short
    # The filter of answers takes some 10 us a character.
    "agents.speech.reply.filter": LONGEST_DELTA,
    "agents.speech.reply.pieces": LONGEST_DELTA,
    "agents.speech.reply.inline.markup": LONGEST_DELTA,
    "agents.speech.tool_calls.narrated": LONGEST_DELTA,
    "agents.speech.tool_calls.written": MOST_READ,
    "agents.speech.heard.hold_requests": LONGEST_HOLD_REQUEST,
    # What a server says when it refuses a request.
    "agents.engines.chat.content_filters": SAID + 100,  # behind the error's code
    "agents.engines.chat.failed_calls._SAYS_SO": SAID,
    "agents.engines.chat.request": SAID,
    "agents.engines.chat.too_long": SAID,
    "agents.engines.openai.long_texts": 2 * READ_OF_REFUSAL + 1,
    "agents.engines.openai.past_calls": SAID,
    "agents.engines.openai.refused_tools": SAID,
    "agents.hours.asked": LONGEST_TURN,
    "agents.speech": 2_000,  # an answer comes in deltas of a few characters
    "agents.redaction": LONGEST_READ,
    "telephony.calls.private.flight_record": LONGEST_READ,
    "agents.versions.differences": 10_000,  # of a page's texts, in a thread; no call waits for it
    "accounts.keys.webhook_urls": 100,  # a key and an id of ours
    "voicex.secrets.checked_secrets": 4_000,  # of the operator's own settings, once at a start
    "voicex.web.middleware.split_key": 16_000,
    "voicex.logs": 10_000,
}


OF_CALLS: Final = ("agents.speech.tool_calls", "agents.speech.reply.pieces")
# No other field of a form is longer, and no line of a log.
ANY_FIELD: Final = 4_000


def limit_of(name: str, default: int = MAX_CHARACTERS) -> int:
    return next((most for start, most in LIMITS.items() if name.startswith(start)), default)


@pytest.mark.parametrize("found", patterns.patterns(), ids=lambda found: found.where)
def test_no_pattern_takes_longer_than_its_text_explains(found):
    attacks = [*general(), *against(found.pattern)]
    assert slow(found.call, attacks, limit=limit_of(found.where)) is None


@pytest.mark.parametrize("function", functions.functions(), ids=lambda function: function.name)
def test_no_function_takes_longer_than_its_text_explains(function):
    attacks = [*general(), *(Attack("", f"{word} ", "") for word in function.words)]
    if function.name.startswith(OF_CALLS):
        attacks += calls_of(functions.TOOLS)
    limit = limit_of(function.name, MAX_CHARACTERS if function.is_of_text else ANY_FIELD)
    assert slow(function.call, attacks, limit=limit) is None


def test_every_function_for_texts_is_called_or_excused():
    assert functions.left_out() == set(EXCUSED)


def test_each_limit_is_of_something_that_is_there():
    names = [each.name for each in functions.functions()] + [e.where for e in patterns.patterns()]
    assert not [start for start in LIMITS if not any(n.startswith(start) for n in names)]


def test_numbers_that_are_named_many_times_take_no_time():
    """Of each number it is asked what is spoken of around it."""
    texts = [
        Text(Role.AGENT, "please " + "order number " * 110),
        Text(Role.CALLER, "card order number 555 " * 65),
    ]
    start = process_time()
    find(texts * 6, frozenset({Kind.CARD_NUMBERS}), is_over=False)
    assert process_time() - start < 1  # 0.04 s; 3 s where each number reads all texts again
