"""Synchronous requests through the fence, without types of the HTTP library in the interface."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

import httpx2

from voicex.errors import EndpointRefused
from voicex.fence.charsets import CHARSETS, charset_in
from voicex.fence.clients import Bounds, async_client

CONNECT_SECONDS: Final = 2.0  # a working server answers within a quarter of this


@dataclass(frozen=True, slots=True)
class Response:
    """A server's response. content_type: lower case, without parameters."""

    status: int
    content_type: str
    body: bytes
    charset: str = "utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)  # keys in lower case

    def text(self) -> str:
        """The decoded body: UTF-8 unless the response names another of CHARSETS. Errors are
        replaced.
        """
        charset = self.charset.lower()
        return self.body.decode(charset if CHARSETS.fullmatch(charset) else "utf-8", "replace")


Until = Callable[[bytes], bool]


class Asker:
    """Sends requests one after the other; made by `asking`."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self._client = client

    async def ask(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, bytes],
        body: bytes,
        until: Until | None = None,
    ) -> Response:
        """Send one request, once, and read the whole answer.

        until: called with the body received so far; reading stops when it returns True. Raises
        EndpointRefused, with the reason "unreachable" when there was no answer.
        """
        try:
            async with self._client.stream(
                method, url, headers=_pairs(headers), content=body or None
            ) as response:
                content = await _content_of(response, until)
        except httpx2.ConnectTimeout as error:
            raise EndpointRefused("unreachable") from error
        except httpx2.TimeoutException as error:
            raise EndpointRefused("too_slow") from error
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as error:
            raise EndpointRefused("unreachable") from error
        kind, _, parameters = response.headers.get("Content-Type", "").partition(";")
        return Response(
            status=response.status_code,
            content_type=kind.strip().lower(),
            body=content,
            charset=charset_in(parameters) or "utf-8",
            headers={name.lower(): value for name, value in response.headers.items()},
        )


@asynccontextmanager
async def asking(*, bounds: Bounds, allow_private: bool) -> AsyncIterator[Asker]:
    """A context for several requests; their connection is closed with the block.

    A connection kept for longer could be dead, and then it would be unknown whether a request
    arrived.
    """
    timeout = httpx2.Timeout(bounds.seconds, connect=min(CONNECT_SECONDS, bounds.seconds))
    async with async_client(allow_private=allow_private, timeout=timeout, bounds=bounds) as client:
        yield Asker(client)


async def ask(
    method: str,
    url: str,
    *,
    headers: Mapping[str, bytes],
    body: bytes,
    bounds: Bounds,
    allow_private: bool,
) -> Response:
    """One request over a connection of its own. Raises EndpointRefused, as `Asker.ask`."""
    async with asking(bounds=bounds, allow_private=allow_private) as asker:
        return await asker.ask(method, url, headers=headers, body=body)


async def _content_of(response: httpx2.Response, until: Until | None) -> bytes:
    content = b""
    async for part in response.aiter_raw():
        content += part
        if until is not None and until(content):
            break
    return content


def host_of(url: str) -> str:
    """Host and port of an address in the form in which they are compared, "" for none.

    In lower case; the port only where it is not the scheme's own.
    """
    try:
        return httpx2.URL(str(httpx2.URL(url))).netloc.decode("ascii").lower()
    except (httpx2.InvalidURL, ValueError):
        return ""


def _pairs(headers: Mapping[str, bytes]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value) for name, value in headers.items()]
