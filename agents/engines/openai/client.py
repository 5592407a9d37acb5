"""The OpenAI SDK's client, shared by the three openai engines.

One client for each pair of key and server on an event loop, so that connections are kept and
reused; a handshake in the middle of a call would be heard as silence. Redirects are never
followed: a key goes to the server that it is for.
"""

import asyncio
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from math import inf
from typing import Final

import httpx2  # the SDK's HTTP library
import openai

from agents.engines.access import Access, Credentials
from agents.engines.loop_cache import LoopCache
from agents.engines.openai.dead_connections import FencedClient, PlainClient
from agents.engines.openai.errors import provider_errors
from agents.engines.openai.server_address import OPENAI_URL, address_of
from voicex import fence, logs
from voicex.bounds import bounded_json
from voicex.errors import ConfigurationError

ENGINE: Final = "openai"
NO_KEY: Final = "no-key-needed"  # the SDK requires a key; self-hosted servers often need none
# Seconds to the next byte: a model may think before its first token. The session has
# limits of its own; these free a connection that would wait for ever.
TIMEOUT: Final = openai.Timeout(connect=2.0, read=5.0, write=5.0, pool=1.0)
VERIFY_BOUNDS: Final = fence.Bounds(seconds=8.0)  # short, because a page waits for it
MAX_LIST_BYTES: Final = 2_000_000  # of models; of a gateway with thousands, some hundred KB
# HTTP keeps an idle connection for 5 s by default: less than a caller speaks.
KEEP_ALIVE_SECONDS: Final = 120.0
MAX_CLIENTS: Final = 256  # servers and keys in use at once
# What one call has open at once: the model still writes while two sentences are spoken.
CONNECTIONS: Final = 3
CONNECT_EVERY_SECONDS: Final = 30.0


def check_access(credentials: Credentials) -> None:
    """Raises ConfigurationError if there is no key for OpenAI itself."""
    if not _has_access(credentials):
        raise ConfigurationError(
            "The engine 'openai' has no key. Set OPENAI_API_KEY (or the organization's own "
            "key), or point OPENAI_BASE_URL at a compatible server, for example "
            "http://localhost:11434/v1"
        )


def _has_access(credentials: Credentials) -> bool:
    access = credentials.of(ENGINE)
    return bool(access.key or access.endpoint)


def client_for(credentials: Credentials) -> openai.AsyncOpenAI:
    """The running loop's client for these credentials; created in 0.3 ms once warm."""
    return _servers.get(credentials.of(ENGINE)).client


async def connect(credentials: Credentials) -> None:
    """Open connections before a call needs them; cheap to repeat. Never raises.

    They are opened by listing the models, which is free, and kept by the pool. At most once in 30 s
    for each server and key, as calls keep the connections open anyway.
    """
    if not _has_access(credentials):
        return
    server = _servers.get(credentials.of(ENGINE))
    now = asyncio.get_running_loop().time()
    if now - server.connected_at < CONNECT_EVERY_SECONDS:
        return
    server.connected_at = now
    models = server.client.models.with_streaming_response

    async def list_models() -> None:
        async with models.list() as answer:
            async for _ in answer.iter_bytes():
                pass  # there are hundreds, and none is needed

    await asyncio.gather(*(list_models() for _ in range(CONNECTIONS)), return_exceptions=True)


def verify(credentials: Credentials) -> None:
    """Ask the server whether it accepts the key; see `models_at`."""
    models_at(credentials)


def models_at(credentials: Credentials) -> frozenset[str]:
    """The names in the server's list of models, which is free; empty if it has no list.

    Blocks, at most as long as TIMEOUT says. Raises EngineRefused for a key that does not work,
    another EngineError when the server could not be asked.
    """
    access = credentials.of(ENGINE)
    logs.register_secret(access.key)
    address = address_of(access.endpoint or OPENAI_URL)
    http_client = _make_http_client_of_a_thread(access)
    if address.is_azure:
        http_client.event_hooks = {"request": [_azure_key]}
    with openai.OpenAI(
        api_key=access.key or NO_KEY,
        base_url=address.url,
        default_query=address.query,
        max_retries=0,
        http_client=http_client,
    ) as client:
        _leave_the_environment_out(client, access)
        # A compatible server without a list has accepted the key.
        with provider_errors("the list of models"), suppress(openai.NotFoundError):
            return _names_in(client.models.with_raw_response.list().content)
    return frozenset()


def _names_in(content: bytes) -> frozenset[str]:
    """The names in a list of models; empty for any other response, which also means that the key
    was accepted.
    """
    try:
        found = bounded_json.loads(content, max_bytes=MAX_LIST_BYTES)
    except bounded_json.UnusableJson:
        return frozenset()
    rows = found.get("data") if isinstance(found, dict) else None
    if not isinstance(rows, list):
        return frozenset()
    names = (row.get("id") for row in rows if isinstance(row, dict))
    return frozenset(name for name in names if isinstance(name, str))


async def warm() -> None:
    """Load certificates and the SDK, which takes 0.4 s, before any call."""
    await asyncio.to_thread(_load_sdk)


async def aclose() -> None:
    """Close the running loop's connections."""
    for server in _servers.take_all():
        await server.client.close()


@dataclass(slots=True)
class _Server:
    """The client of one server and key, and when `connect` last opened its connections."""

    client: openai.AsyncOpenAI
    connected_at: float = -inf  # of the loop's clock


def _make_server(access: Access) -> _Server:
    return _Server(_make_client(access))


def _make_client(access: Access) -> openai.AsyncOpenAI:
    logs.register_secret(access.key)
    address = address_of(access.endpoint or OPENAI_URL)
    http_client = _make_http_client(access)
    if address.is_azure:
        http_client.event_hooks = {"request": [_azure_key_async]}
    client = openai.AsyncOpenAI(
        api_key=access.key or NO_KEY,
        base_url=address.url,
        default_query=address.query,
        max_retries=0,  # an answer after a retry would be too late for a call
        timeout=TIMEOUT,
        http_client=http_client,
    )
    _leave_the_environment_out(client, access)
    return client


def _make_http_client(access: Access) -> httpx2.AsyncClient:
    if access.is_fenced:
        return fence.async_client(
            allow_private=access.may_be_private,
            timeout=TIMEOUT,
            certificates=_certificates(),
            kind=FencedClient,
        )
    limits = httpx2.Limits(
        max_connections=1000, max_keepalive_connections=100, keepalive_expiry=KEEP_ALIVE_SECONDS
    )
    return PlainClient(
        verify=_certificates(), limits=limits, timeout=TIMEOUT, follow_redirects=False
    )


def _make_http_client_of_a_thread(access: Access) -> httpx2.Client:
    if access.is_fenced:
        return fence.client(
            allow_private=access.may_be_private,
            timeout=TIMEOUT,
            bounds=VERIFY_BOUNDS,
            certificates=_certificates(),
        )
    return openai.DefaultHttpxClient(
        verify=_certificates(), timeout=TIMEOUT, follow_redirects=False
    )


def _azure_key(request: httpx2.Request) -> None:
    """Azure has its own header for keys, and uses bearer tokens for its directory."""
    bearer = request.headers.pop("Authorization", "")
    request.headers["api-key"] = bearer.removeprefix("Bearer ")


async def _azure_key_async(request: httpx2.Request) -> None:
    _azure_key(request)


def _leave_the_environment_out(client: openai.OpenAI | openai.AsyncOpenAI, access: Access) -> None:
    """Clear fields that the SDK takes from the environment, because the key may be an
    organization's.
    """
    client.organization = client.project = None
    if access.is_of_client:
        client.admin_api_key = None
        client._custom_headers = {}  # OPENAI_CUSTOM_HEADERS; the SDK has no other way


_servers: Final = LoopCache(_make_server, limit=MAX_CLIENTS)


@cache
def _certificates() -> ssl.SSLContext:
    """The trusted certificates, read once: 35 ms for each client otherwise."""
    return httpx2.create_ssl_context()


def _load_sdk() -> None:
    """Send one request that is refused, because the SDK imports its parts lazily."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # a bound port that does not listen: refused at once
        asyncio.run(_ask_nobody(nobody.getsockname()[1]))


async def _ask_nobody(port: int) -> None:
    client = _make_client(Access(endpoint=f"http://127.0.0.1:{port}/v1"))
    # Modules of their own.
    _ = client.audio.transcriptions, client.audio.speech, client.models
    with suppress(openai.APIConnectionError):
        await client.chat.completions.create(model="none", messages=[])
    await client.close()
