"""Finds the passages nearest to a question during a call."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import structlog

from agents.engines import pool
from agents.engines.local import embeddings
from agents.meaning.nearest import nearest
from agents.settings.config import AgentConfig
from voicex.errors import EngineMissing

SECONDS: Final = 0.5  # for a question, which takes 15 ms: then the words alone decide

Near = Callable[[str], Awaitable[Mapping[int, float]]]

log = structlog.get_logger(__name__)


def near_in(config: AgentConfig) -> Near | None:
    """What tells the passages near to a question, by number and likeness; None without vectors.

    It raises nothing: the broad except is the boundary of what a call's tool can do without.
    """
    if not config.passages or not config.passage_vectors:
        return None

    async def near(question: str) -> Mapping[int, float]:
        try:
            async with asyncio.timeout(SECONDS):
                found = await pool.run(_nearest_to, question, config.passage_vectors)
        except (EngineMissing, TimeoutError) as error:
            log.info("passages_by_words_alone", error=type(error).__name__)
            return {}
        except Exception as error:
            log.error("passages_by_words_alone", error=type(error).__name__)
            return {}
        # Vectors are stored beside the passages: one too many must not name what is not there.
        return {number: near for number, near in found.items() if number < len(config.passages)}

    return near


def _nearest_to(question: str, stored: str) -> Mapping[int, float]:
    [vector] = embeddings.encode([question])
    return nearest(stored, vector)


def load_soon(config: AgentConfig) -> None:
    """Have the model loaded that a question of this agent's calls will need; waits for nothing."""
    if config.passage_vectors:
        pool.submit(_load)


def _load() -> None:
    try:
        embeddings.encode([])
    except EngineMissing:
        return  # said when a question is asked
