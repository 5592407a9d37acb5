"""Connections to checked addresses, as network backends of httpcore (asynchronous and synchronous).

A host name is resolved once, all of its addresses are checked, and the connection is opened to one
of them: so DNS rebinding has no effect. TLS still verifies the name. Data is read in small pieces,
and the size of a response's head is limited.
"""

import asyncio
from collections.abc import Iterable
from time import monotonic
from typing import Any, Final, NoReturn

import httpcore2

from voicex.errors import EndpointRefused
from voicex.fence.addresses import is_allowed
from voicex.fence.lookup import look_up
from voicex.fence.streams import AsyncSteadyStream, SteadyStream

MAX_ADDRESSES: Final = 3  # addresses of a host that are tried
Options = Iterable[httpcore2.SOCKET_OPTION] | None


class AsyncConnections(httpcore2.AsyncNetworkBackend):
    """For clients of an event loop."""

    def __init__(
        self, *, allow_private: bool, opened_by: httpcore2.AsyncNetworkBackend | None = None
    ) -> None:
        self._allow_private = allow_private
        self._inner = opened_by or httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # the library's interface
        local_address: str | None = None,
        socket_options: Options = None,
    ) -> httpcore2.AsyncNetworkStream:
        """A connection to `host`. Raises EndpointRefused for an address that is not allowed."""
        due = _due(timeout)
        try:
            async with asyncio.timeout(_left(due)):
                found = await asyncio.wrap_future(look_up(host))
        except TimeoutError as error:
            raise httpcore2.ConnectTimeout("The name was not found in time") from error
        except OSError as error:
            raise httpcore2.ConnectError("The name is not known") from error
        failure: Exception = httpcore2.ConnectError("The name has no address")
        for address in _checked(found, allow_private=self._allow_private):
            try:
                stream = await self._inner.connect_tcp(
                    address, port, _left(due), local_address, socket_options
                )
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
                continue
            if not _leads_to(stream, allow_private=self._allow_private):
                await stream.aclose()
                raise EndpointRefused("address")
            return AsyncSteadyStream(stream)
        raise failure

    async def connect_unix_socket(self, *_: Any, **__: Any) -> NoReturn:
        """Never."""
        raise EndpointRefused("address")

    async def sleep(self, seconds: float) -> None:
        """Part of httpcore's interface."""
        await self._inner.sleep(seconds)


class Connections(httpcore2.NetworkBackend):
    """For clients of a thread. A connection serves one request, and `seconds` at most."""

    def __init__(
        self,
        *,
        allow_private: bool,
        seconds: float,
        opened_by: httpcore2.NetworkBackend | None = None,
    ) -> None:
        self._allow_private = allow_private
        self._seconds = seconds
        self._inner = opened_by or httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Options = None,
    ) -> httpcore2.NetworkStream:
        """A connection to `host`. Raises EndpointRefused for an address that is not allowed."""
        ends_at = monotonic() + self._seconds
        due = min(ends_at, _due(timeout) or ends_at)
        try:
            found = look_up(host).result(_left(due))
        except TimeoutError as error:
            raise httpcore2.ConnectTimeout("The name was not found in time") from error
        except OSError as error:
            raise httpcore2.ConnectError("The name is not known") from error
        failure: Exception = httpcore2.ConnectError("The name has no address")
        for address in _checked(found, allow_private=self._allow_private):
            try:
                stream = self._inner.connect_tcp(
                    address, port, _left(due), local_address, socket_options
                )
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
                continue
            if not _leads_to(stream, allow_private=self._allow_private):
                stream.close()
                raise EndpointRefused("address")
            return SteadyStream(stream, ends_at)
        raise failure

    def connect_unix_socket(self, *_: Any, **__: Any) -> NoReturn:
        """Never."""
        raise EndpointRefused("address")


def _checked(addresses: list[str], *, allow_private: bool) -> list[str]:
    """The first addresses. Raises EndpointRefused if any address of the list is not allowed."""
    if not all(is_allowed(address, allow_private=allow_private) for address in addresses):
        raise EndpointRefused("address")
    return addresses[:MAX_ADDRESSES]


def _leads_to(
    stream: httpcore2.NetworkStream | httpcore2.AsyncNetworkStream, *, allow_private: bool
) -> bool:
    """Whether the socket is connected to the address that was checked, and not to a proxy's."""
    peer = stream.get_extra_info("server_addr")
    return bool(peer) and is_allowed(str(peer[0]), allow_private=allow_private)


def _due(timeout: float | None) -> float | None:
    return None if timeout is None else monotonic() + timeout


def _left(due: float | None) -> float | None:
    return None if due is None else max(0.0, due - monotonic())
