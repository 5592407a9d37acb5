"""Keeps models loaded on their servers by periodic requests.

Ollama and others unload a model after five idle minutes, and the next caller waits up to a minute
until it is loaded. Paid providers keep their models loaded anyway.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

import openai
import structlog

from agents.engines.access import Access, Credentials
from agents.engines.boundary import Boundary
from agents.engines.openai.client import ENGINE, client_for
from agents.engines.openai.errors import provider_errors
from agents.engines.openai.server_address import address_of
from voicex.errors import EngineError

log = structlog.get_logger(__name__)

EVERY_SECONDS: Final = 240.0  # servers wait for five minutes
USED_SECONDS: Final = 3_600.0  # how long a model is kept loaded after its latest call
MAX_MODELS: Final = 64
LOAD_SECONDS: Final = 120.0

_PAID: Final = (
    "openai.com", "openai.azure.com", "azure.com", "azure.us", "anthropic.com", "googleapis.com",
    "amazonaws.com", "groq.com", "mistral.ai", "openrouter.ai", "together.xyz", "together.ai",
    "fireworks.ai", "deepseek.com", "deepinfra.com", "x.ai", "cerebras.ai", "perplexity.ai",
    "cohere.ai", "cohere.com", "sambanova.ai", "nvidia.com", "huggingface.co", "scaleway.ai",
    "ionos.com", "ovh.net", "nebius.com", "novita.ai", "hyperbolic.xyz", "moonshot.cn",
    "moonshot.ai", "aliyuncs.com", "bigmodel.cn", "z.ai", "siliconflow.cn", "replicate.com",
    "cloudflare.com", "githubusercontent.com", "github.ai", "baseten.co", "anyscale.com",
)  # fmt: skip


@dataclass(slots=True)
class _Times:
    """The times of the latest request to a model, and of the latest one for a caller."""

    asked_at: float
    used_at: float


class ModelKeepalive:
    """The models that this process has used recently. For the event loop's thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._models: OrderedDict[tuple[Access, str], _Times] = OrderedDict()

    def asked(self, access: Access, model: str) -> None:
        """Note a request for a caller."""
        self._record(access, model).asked_at = self._clock()

    def wanted(self, access: Access, model: str) -> None:
        """Note that agents use the model, with or without a current call."""
        self._record(access, model)

    def due(self) -> list[tuple[Access, str]]:
        """The models that would soon be unloaded; each is due again after EVERY_SECONDS."""
        now = self._clock()
        for key, times in list(self._models.items()):
            if now - times.used_at > USED_SECONDS:
                del self._models[key]
        found = [
            key for key, times in self._models.items() if now - times.asked_at >= EVERY_SECONDS
        ]
        for key in found:
            self._models[key].asked_at = now
        return found

    def _record(self, access: Access, model: str) -> _Times:
        now = self._clock()
        key = (access, model)
        if is_paid(access):
            return _Times(now, now)
        times = self._models.setdefault(key, _Times(now, now))
        times.used_at = now
        self._models.move_to_end(key)
        if len(self._models) > MAX_MODELS:
            self._models.popitem(last=False)
        return times


def is_paid(access: Access) -> bool:
    """Whether the server belongs to a provider that charges for tokens."""
    return _is_paid(access.endpoint)


@lru_cache(256)
def _is_paid(endpoint: str) -> bool:
    try:
        host = urlsplit(address_of(endpoint).url).hostname or ""
    except ValueError:
        return True  # nothing can be asked there
    return any(host == paid or host.endswith(f".{paid}") for paid in _PAID)


async def load(access: Access, model: str) -> None:
    """Request one token from the model. Never raises: calls report failures."""
    with suppress(EngineError), Boundary("a token"):
        try:
            with provider_errors("a token"):
                client = client_for(Credentials({ENGINE: access}))
                await client.chat.completions.with_raw_response.create(
                    model=model,
                    messages=[{"role": "user", "content": "Hello"}],
                    max_tokens=1,
                    timeout=openai.Timeout(LOAD_SECONDS, connect=2.0),
                )
        except EngineError as error:
            log.info("model_not_kept_loaded", model=model, **error.for_the_log())


model_keepalive: Final = ModelKeepalive()
