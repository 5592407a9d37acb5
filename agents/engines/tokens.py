"""An estimate of tokens, for answers that were cut off before the provider counted them. Pure."""

from typing import Final

CHARACTERS_PER_TOKEN: Final = 4  # English prose, OpenAI's rule of thumb
# What a chat format adds around each message (OpenAI's cookbook on counting tokens).
TOKENS_PER_MESSAGE: Final = 4


def estimate(text: str) -> int:
    """The estimated number of tokens of `text`; 0 only for an empty text."""
    return -(-len(text) // CHARACTERS_PER_TOKEN)
