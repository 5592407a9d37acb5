"""How much an agent may be told: the one table of it. Pure.

Forms, files, the admin, models and services all take a field's limit from here, so that no way of
writing a text takes more than another. The words for what is over are beside each kind
(`agents.text_limits`, `turn_limits`, `recording_limits`, `option_limits`).
"""

from types import MappingProxyType
from typing import Final

from agents.settings.config import MAX_CALL_SECONDS

# Of each text, in characters.
CHARACTERS: Final = MappingProxyType(
    {
        "name": 80,
        # A minute and a half of speech. It is said whole, and rendered before it is said.
        "greeting": 1_000,
        "prompt": 50_000,
        "facts": 50_000,
        "language": 12,
        "voice": 80,
        "stt": 40,
        "llm": 40,
        "tts": 40,
        "note": 200,
        "recording.sentence": 500,  # half a minute of speech
        "recording.word": 30,
    }
)
LANGUAGE: Final = r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*"  # en, en-US, pt-BR
# A fact is found by meaning, which costs the local model 10 to 200 ms once; a chat model reads
# all of them before each answer. As many again may wait to be filled in.
FACTS: Final = 200
# Lowest and highest value of each time of turn-taking, in milliseconds. A pause shorter than one
# window of voice activity (32 ms) cannot be seen, and a turn that waits for seconds feels like a
# dead line.
MILLISECONDS: Final = MappingProxyType(
    {
        "pause_ms": (32, 1_000),
        "endpointing_ms": (96, 3_000),
        "barge_in_ms": (32, 2_000),
        "max_call_ms": (10_000, MAX_CALL_SECONDS * 1_000),
        "sign_of_life_ms": (500, 10_000),
        "longest_answer_ms": (15_000, 600_000),
    }
)
RECORDING_KEYS: Final = "0123456789*#"

# Engine settings; the bounds of single ones are on the cards of their engines. A number of one
# that no card bounds lies between:
OTHER_OPTION: Final = (0, 600_000)
OPTION_COUNT: Final = 50
OPTION_NAME: Final = 60  # characters
OPTION_TEXT: Final = 4_000  # characters
OPTION_ITEMS: Final = 100  # of a list

# An exported agent in bytes: its texts in any script, and room for the rest.
FILE_BYTES: Final = 512 * 1024
