"""Answers by OpenAI's chat completions, or a compatible server's, token by token."""

from collections.abc import AsyncGenerator
from typing import Final

from openai import Omit, omit
from openai.types import CompletionUsage
from openai.types.chat import ChatCompletionMessageParam

from agents.engines import openai_client, options, tokens
from agents.engines.base import (
    EngineSetup,
    HangUp,
    LanguageModel,
    ModelEvent,
    TextDelta,
    TokensUsed,
)
from agents.engines.chat_prompt import ChatMessage, chat_messages, estimated_tokens
from agents.engines.conversation import Utterance
from agents.engines.hang_up import HangUpFilter
from agents.engines.openai_client import aclose, client_for, connect, provider_errors, warm
from voicex.errors import EngineSilent

__all__ = ["OpenAILanguageModel", "aclose", "connect", "make_llm", "warm"]

DEFAULT_MODEL: Final = "gpt-4o-mini"


def make_llm(setup: EngineSetup) -> LanguageModel:
    """The engine for one call. Raises ConfigurationError without a key or a server.

    Agent options: `openai.llm_model`, `openai.temperature`.
    """
    return OpenAILanguageModel(setup)


class OpenAILanguageModel:
    """One streamed request an answer; closing the answer closes its connection."""

    def __init__(self, setup: EngineSetup) -> None:
        openai_client.check_access(setup.credentials)
        self._config = setup.config
        self._credentials = setup.credentials
        default = setup.credentials.openai_llm_model or DEFAULT_MODEL
        self._model = options.text(setup.config, "openai.llm_model", default)
        # Sent only when chosen: some models take none but their own.
        self._temperature: float | Omit = omit
        if "openai.temperature" in setup.config.options:
            self._temperature = options.number(setup.config, "openai.temperature", 1.0)

    async def reply(self, conversation: tuple[Utterance, ...]) -> AsyncGenerator[ModelEvent, None]:
        """TextDelta as the model writes, TokensUsed, HangUp after a goodbye."""
        messages = chat_messages(self._config, conversation)
        answer = HangUpFilter()
        written = ""
        counted: CompletionUsage | None = None
        with provider_errors("an answer"):
            stream = await client_for(self._credentials).chat.completions.create(
                model=self._model,
                messages=_as_params(messages),
                stream=True,
                stream_options={"include_usage": True},
                temperature=self._temperature,
            )
            async with stream:
                async for chunk in stream:
                    counted = chunk.usage or counted
                    if not chunk.choices:  # the last chunk holds the usage alone
                        continue
                    if text := answer.push(chunk.choices[0].delta.content or ""):
                        written += text
                        yield TextDelta(text)
        if text := answer.flush():
            written += text
            yield TextDelta(text)
        yield _tokens_used(counted, messages, written)
        if answer.found:
            yield HangUp()
        elif not written.strip():
            raise EngineSilent("openai, an answer without words")


def _as_params(messages: list[ChatMessage]) -> list[ChatCompletionMessageParam]:
    """The same messages, in the SDK's words for their types."""
    params: list[ChatCompletionMessageParam] = []
    for message in messages:
        content = message["content"]
        match message["role"]:
            case "system":
                params.append({"role": "system", "content": content})
            case "user":
                params.append({"role": "user", "content": content})
            case "assistant":
                params.append({"role": "assistant", "content": content})
    return params


def _tokens_used(
    counted: CompletionUsage | None, messages: list[ChatMessage], written: str
) -> TokensUsed:
    """The provider's count; an estimate where a compatible server sends none."""
    if counted is not None:
        return TokensUsed(counted.prompt_tokens, counted.completion_tokens)
    return TokensUsed(estimated_tokens(messages), tokens.estimate(written))
