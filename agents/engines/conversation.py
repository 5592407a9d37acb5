"""What was said, as a model remembers it. Pure."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """Who said something in a conversation."""

    CALLER = "caller"
    AGENT = "agent"


@dataclass(frozen=True, slots=True)
class Utterance:
    """One turn as the model remembers it: for the agent, only what was heard.

    interrupted: by the caller. is_unfinished: it is the last one and the agent's, and the model
    that wrote it broke off; with an empty text, before it had written a whole sentence.
    """

    role: Role
    text: str
    interrupted: bool = False
    is_unfinished: bool = False
