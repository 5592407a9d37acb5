"""Barge-in: may what the caller just did silence the agent?

The voice activity model has already asked for `barge_in_ms` of speech before it said
that speech started, so a click or a cough does not come this far.
"""

from agents.settings.config import TurnTaking


def silences(turn_taking: TurnTaking) -> bool:
    """Whether speech or a key press stops the reply that is being heard."""
    return turn_taking.interruptible
