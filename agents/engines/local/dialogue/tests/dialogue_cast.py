"""An agent of a flower shop, for tests of the dialogue that need no model."""

import re
from collections.abc import Sequence
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from agents.engines.conversation import Role, Utterance
from agents.engines.local.dialogue.composing import Agent
from agents.engines.local.dialogue.hearing import stems
from agents.engines.local.dialogue.knowledge import Knowledge
from agents.engines.local.dialogue.persona import persona
from agents.engines.local.dialogue.replies import Reply, answer
from agents.settings.config import parse_facts

GREETING = "Hello, this is Lily at Fern and Rose. How can I help you?"
FACTS = """
    Opening hours: Monday to Friday 8 to 6. On Saturday we close at 2.
    Delivery: We deliver in the city for $8
    Roses: $4 a rose
    Wedding bouquets: Wedding bouquets start at $90
    Do you take cards?: Yes, all cards
    Parking: Parking is behind the shop
"""
DIMENSIONS = 512


def by_words(texts: Sequence[str]) -> NDArray[np.float32]:
    """A double of embeddings that knows only shared words, [n, DIMENSIONS]."""
    vectors = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
    for row, text in zip(vectors, texts, strict=True):
        row[0] = 0.1  # never without length, as with a real encoder
        for stem in stems(re.sub(r"\$\d+", "", text)):
            row[1 + crc32(stem.encode()) % (DIMENSIONS - 1)] += 1.0
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def florist(facts: str = FACTS) -> Agent:
    """The agent, with other facts if wanted."""
    return Agent(
        persona=persona("You are Lily, the florist of Fern and Rose.", agent_name="desk"),
        greeting=GREETING,
        knowledge=Knowledge(parse_facts(facts), by_words),
    )


class Conversation:
    """A call with the florist, or another agent, turn by turn."""

    def __init__(self, agent: Agent | None = None, *, greeting: str = GREETING) -> None:
        self.agent = agent or florist()
        self.turns = [Utterance(Role.AGENT, greeting)]

    def caller(self, text: str) -> Reply:
        """The caller speaks; the answer is heard in full unless `cut_after` follows."""
        self.turns.append(Utterance(Role.CALLER, text))
        reply = answer(self.agent, tuple(self.turns))
        self.turns.append(Utterance(Role.AGENT, reply.text))
        return reply

    def all(self, *texts: str) -> Reply:
        """Several turns of the caller; the last answer."""
        return [self.caller(text) for text in texts][-1]

    def cut_after(self, words: int) -> None:
        """The caller broke in: only so many words of the last answer were heard."""
        heard = " ".join(self.turns[-1].text.split()[:words])
        self.turns[-1] = Utterance(Role.AGENT, heard, interrupted=True)
