"""The local "language model": dialogue code over the agent's facts. See `dialogue`.

It is no neural model that writes: it finds facts by meaning and speaks them as they were
written. It answers in about 20 ms on one core, needs no key, and never makes anything up.
"""

import asyncio
import re
from collections.abc import AsyncGenerator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache, lru_cache
from typing import Final

from agents.engines import pool
from agents.engines.base import EngineSetup
from agents.engines.conversation import Utterance
from agents.engines.local import embeddings, lookup
from agents.engines.local.dialogue import messages, transfers
from agents.engines.local.dialogue.composing import Agent
from agents.engines.local.dialogue.knowledge import Knowledge
from agents.engines.local.dialogue.persona import persona
from agents.engines.local.dialogue.replies import Reply, answer
from agents.engines.model_events import ModelEvent, TextDelta, TokensUsed
from agents.engines.tokens import estimate
from agents.settings.config import Fact
from agents.tools import hang_up
from voicex.errors import ConfigurationError

# Agents whose facts stay encoded in this process; an agent takes about 100 KB.
MODEL_FILES: Final = (embeddings.WEIGHTS, embeddings.VOCABULARY)
AGENTS_KEPT: Final = 256
_WORD: Final = re.compile(r"\S+\s*")


class LocalDialogue:
    """Answers one call's conversation for the agent in `setup`."""

    def __init__(self, setup: EngineSetup) -> None:
        self._config = setup.config
        texts = [setup.config.prompt, *(f"{f.topic}: {f.text}" for f in setup.config.facts)]
        self._tokens_before = sum(map(estimate, texts))
        # The facts of a new agent take some 0.3 s to encode: it happens during the greeting.
        # By what holds in every call: facts with a caller's number in them are found as the others.
        self._knowledge = _knowledge(setup.config.learned_facts or setup.config.facts)
        self._said: Knowledge | None = None

    async def reply(self, conversation: tuple[Utterance, ...]) -> AsyncGenerator[ModelEvent, None]:
        """The answer word by word, the tool `hang_up` after a goodbye; `take_message` in place of
        an answer that says that a message is taken, until it is, and `transfer_call` in place of
        one to a caller who wants a person; `search_documents` in place of one that does not know,
        before it is said. Raises EngineMissing.

        Tokens are an estimate (four characters each) of what a model that reads the prompt,
        the facts and the conversation would have counted.
        """
        wished = transfers.answer_of(self._config.transfers, conversation)
        reply = Reply("") if wished else await self._reply(conversation)
        text, call = wished or (reply.text, None)
        if reply.message is None and not wished and self._config.passages:
            text, call = lookup.answer_of(text, conversation, unknown=reply.unknown)
        if reply.message is not None:
            text, call = messages.taken(reply.message, text, conversation)
        for word in _WORD.findall(text):
            yield TextDelta(word)
        heard = sum(estimate(utterance.text) for utterance in conversation)
        yield TokensUsed(self._tokens_before + heard, estimate(text))
        if call is not None:
            yield call
        if reply.hang_up:
            yield hang_up.CALL

    async def _reply(self, conversation: tuple[Utterance, ...]) -> Reply:
        knowledge = await asyncio.shield(asyncio.wrap_future(self._knowledge))
        return await pool.run(self._answer, knowledge, messages.without_runs(conversation))

    def _answer(self, knowledge: Knowledge, conversation: tuple[Utterance, ...]) -> Reply:
        config = self._config
        if self._said is None:
            self._said = knowledge.saying(config.facts) if config.learned_facts else knowledge
        agent = Agent(
            persona=persona(config.prompt, agent_name=config.name),
            greeting=config.greeting,
            knowledge=self._said,
        )
        return answer(agent, conversation)


def make_llm(setup: EngineSetup) -> LocalDialogue:
    """The local dialogue for an agent. Raises ConfigurationError unless it speaks English."""
    language = setup.config.language
    if language.partition("-")[0].lower() != "en":
        raise ConfigurationError(
            f"The local dialogue understands English only, not {language!r}. "
            "Choose another language model for this agent"
        )
    return LocalDialogue(setup)


async def warm() -> None:
    """Load the model that finds facts, so that the first call does not pay for it."""
    await embeddings.warm()


@cache
def _reader() -> ThreadPoolExecutor:
    # Not the speech pool: two agents that know very much would hold up every call's voice.
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="facts")


def _knowledge(facts: tuple[Fact, ...]) -> Future[Knowledge]:
    """What is known of `facts`, now or soon; what failed is tried again."""
    knowledge = _learn(facts)
    if knowledge.done() and knowledge.exception():
        _learn.cache_clear()
        knowledge = _learn(facts)
    return knowledge


@lru_cache(maxsize=AGENTS_KEPT)
def _learn(facts: tuple[Fact, ...]) -> Future[Knowledge]:
    return _reader().submit(Knowledge, facts, embeddings.encode)
