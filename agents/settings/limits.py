"""Length limits of an agent's texts, beside those declared with each setting. Pure.

Forms, files, the admin, models and services all take a limit from here or from the table of
settings, so that no way of writing a text takes more than another.
"""

from types import MappingProxyType
from typing import Final

from agents.settings.kinds import (
    Addresses,
    CallFields,
    EngineName,
    Lines,
    Pronunciations,
    SingleLine,
    Text,
    ToolNames,
    Word,
)
from agents.settings.table import all_settings

# Of each text, in characters: of settings by path, of an agent's name and of a version's note.
CHARACTERS: Final = MappingProxyType(
    {"name": 80, "note": 200}
    | {
        each.path: each.kind.characters
        for each in all_settings()
        if isinstance(
            each.kind,
            Text
            | Pronunciations
            | CallFields
            | Lines
            | SingleLine
            | Word
            | Addresses
            | ToolNames
            | EngineName,
        )
    }
)
# A fact is found by meaning, which costs the local model 10 to 200 ms once; a chat model reads
# all of them before each answer. As many again may wait to be filled in.
FACTS: Final = 200

AGENTS: Final = 1_000  # of an organization, switched off or not: calls refer to them for good

# Engine settings; the bounds of single ones are on the cards of their engines. A number of one
# that no card bounds lies between:
OTHER_OPTION: Final = (0, 600_000)
OPTION_COUNT: Final = 50
OPTION_NAME: Final = 60  # characters
OPTION_TEXT: Final = 4_000  # characters
OPTION_ITEMS: Final = 100  # of a list

# An exported agent in bytes: its texts in any script, and room for the rest.
FILE_BYTES: Final = 768 * 1024
