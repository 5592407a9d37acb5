"""Posts data to an organization's URL and keeps the beginning of the response, whatever it is."""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Final, Self

import httpx2

from voicex.errors import EndpointRefused
from voicex.fence.clients import Bounds, async_client

KEPT_BYTES: Final = 4_096
# The status decides about success; the body is only shown to people, so its beginning is enough.
BODY_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class PostResult:
    """The result of a post.

    status: HTTP; None when there was no answer, and then `problem` says why: "too_slow",
    "no_connection", "certificate", "broken", or a reason of `EndpointRefused`. body: the beginning
    of the answer, b"" for one that is compressed. retry_after: the header, as it came.
    """

    status: int | None = None
    problem: str = ""
    body: bytes = b""
    retry_after: str = ""
    took_ms: int = 0


class Poster:
    """A fenced client that follows no redirect, for one event loop; use it as a context.

    seconds: from a request to the end of its answer.
    """

    def __init__(self, *, allow_private: bool, seconds: float) -> None:
        # More than is kept: the last piece may go beyond it.
        bounds = Bounds(
            answer_bytes=4 * KEPT_BYTES,
            stream_bytes=4 * KEPT_BYTES,
            seconds=seconds,
            may_be_encoded=True,
        )
        self._client = async_client(
            allow_private=allow_private, timeout=httpx2.Timeout(seconds), bounds=bounds
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self._client.aclose()

    async def post(self, url: str, *, content: bytes, headers: Mapping[str, str]) -> PostResult:
        """The answer to a POST of `content`; never raises for what the other side does."""
        began = monotonic()
        try:
            answer = await self._post(url, content, headers)
        except EndpointRefused as refusal:
            answer = PostResult(problem=refusal.reason)
        except httpx2.TimeoutException:
            answer = PostResult(problem="too_slow")
        except httpx2.ConnectError as error:
            answer = PostResult(problem="certificate" if _is_of_tls(error) else "no_connection")
        except (httpx2.HTTPError, httpx2.InvalidURL):
            answer = PostResult(problem="broken")
        took_ms = round((monotonic() - began) * 1_000)
        return PostResult(answer.status, answer.problem, answer.body, answer.retry_after, took_ms)

    async def _post(self, url: str, content: bytes, headers: Mapping[str, str]) -> PostResult:
        async with self._client.stream("POST", url, content=content, headers=headers) as response:
            return PostResult(
                status=response.status_code,
                body=await _beginning(response),
                retry_after=response.headers.get("Retry-After", "")[:100],
            )


async def _beginning(response: httpx2.Response) -> bytes:
    """The first KEPT_BYTES of the body that arrive within BODY_SECONDS."""
    is_readable = response.headers.get("Content-Encoding", "identity").lower() == "identity"
    came = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for part in response.aiter_raw():
                came += part
                if len(came) >= KEPT_BYTES:
                    break
    except (TimeoutError, EndpointRefused, httpx2.HTTPError):
        pass  # the status was received, which is enough
    return bytes(came[:KEPT_BYTES]) if is_readable else b""


def _is_of_tls(error: BaseException | None) -> bool:
    """Whether TLS (certificate or handshake) is the cause of `error`."""
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False
