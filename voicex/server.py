"""The media server: uvicorn on uvloop, for sockets, webhooks and pages.

python -m voicex.server --port 8000         its own socket
python -m voicex.server --fd 3              a socket that a supervisor holds
"""

import argparse
import gc
import os
import socket
import sys
from collections.abc import Iterator
from importlib import import_module
from time import monotonic
from types import FrameType
from typing import Final

import structlog
import uvicorn
from django.conf import settings
from django.utils import timezone

from telephony.admission import stream_paths
from telephony.process.capacity import capacity
from voicex.bounds.log_throttle import throttle_refusals
from voicex.processes import early_server
from voicex.processes.clock_steps import clock_steps
from voicex.secrets.private_files import keep_private, tighten_installation
from voicex.web import descriptors
from voicex.web.connections import Connections, Kind
from voicex.web.fast_websocket import FastProtocol
from voicex.web.guarded_http import Guard, guarded
from voicex.web.lifecycle import How, lifecycle

APPLICATION: Final = "voicex.asgi:application"
MAX_SOCKET_MESSAGE_BYTES: Final = 1_048_576  # the codec refuses more than 64 KB, in words
SHUTDOWN_SECONDS: Final = 10  # for requests and last records, once the calls are over
# After a stream Twilio requests what to do next, and reports the end of the call. If the server is
# gone by then, the caller hears Twilio's "application error".
FAREWELL_SECONDS: Final = 3.0
# Seconds before its deadline at which a draining server hands its live calls over to another
# process, each at a moment that its caller does not notice. Within this time callers think, ask and
# hear the answer.
LEAVE_SECONDS: Final = 12.0
LEAVE_SHARE: Final = 0.8  # at most this share of DRAIN_SECONDS; then any pause has to do
# Seconds before the deadline at which any pause will do, or agents say goodbye when no other
# process is known.
GOODBYE_SECONDS: Final = 8.0
GOODBYE_SHARE: Final = 8 / 15  # likewise; the default of 15 s leaves the 8 s
# Seconds before the deadline at which calls are handed over even in mid-sentence.
URGENT_SECONDS: Final = 2.0
# Seconds before the deadline at which the remaining calls are dropped without a goodbye: a process
# that starts in time continues them, as after a kill. Closing a call takes this long.
LAST_SECONDS: Final = 0.5
TICKS_A_SECOND: Final = 10  # uvicorn's
MOST_PENDING: Final = 2_048  # the backlog of connections that are not accepted yet
# Python's switch interval. Webhooks and records run on threads; with the default of 5 ms the event
# loop of a hundred calls would wait for the interpreter lock longer than its own work takes.
SWITCH_SECONDS: Final = 0.0005


log = structlog.get_logger(__name__)


class DrainingServer(uvicorn.Server):
    """A uvicorn server that drains before it stops: live calls may finish, new ones are refused.

    The first signal starts the drain, which takes at most `settings.DRAIN_SECONDS`. A second signal
    stops at once, and so does the first when there is no live call and none has just ended.
    """

    def __init__(self, config: uvicorn.Config, connections: Connections) -> None:
        super().__init__(config)
        self._guarded = connections
        self._drained_by: float | None = None
        self._steps: list[tuple[float, How]] = []  # steps of the drain that remain, soonest first

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Handle a signal to stop."""
        is_repeated = lifecycle.is_draining
        lifecycle.is_draining = True  # /readyz says so, and the webhook declines in words
        now = monotonic()
        if is_repeated or _is_idle(now):
            super().handle_exit(sig, frame)
        else:
            self._drained_by = now + settings.DRAIN_SECONDS
            self._steps = [(self._drained_by - left, how) for left, how in steps_of_a_drain()]

    async def on_tick(self, counter: int) -> bool:
        """Called ten times a second; True to stop."""
        if counter % TICKS_A_SECOND == 0:
            self._guarded.sweep(monotonic())
        if self._drained_by is not None:
            now = monotonic()
            while self._steps and now >= self._steps[0][0]:
                _leave_calls(self._steps.pop(0)[1])
            self.should_exit |= _is_idle(now) or now >= self._drained_by
        is_over = await super().on_tick(counter)
        if is_over:  # a second signal stops at once
            _leave_calls(How.TO_WHOEVER_COMES)
        return is_over


def steps_of_a_drain() -> Iterator[tuple[float, How]]:
    """How a draining server hands over its calls, each step with its seconds before the
    deadline.
    """
    goodbye = min(GOODBYE_SECONDS, settings.DRAIN_SECONDS * GOODBYE_SHARE)
    in_time = settings.DRAIN_SECONDS * LEAVE_SHARE
    if in_time >= LEAVE_SECONDS:
        yield LEAVE_SECONDS, How.UNNOTICED
    else:
        yield in_time, How.TO_OTHERS
    yield goodbye, How.OR_IN_WORDS
    yield min(URGENT_SECONDS, goodbye / 2), How.AT_ONCE
    yield min(LAST_SECONDS, goodbye / 4), How.TO_WHOEVER_COMES


def _leave_calls(how: How) -> None:
    if lifecycle.leave_calls is not None:
        lifecycle.leave_calls(how)


def _is_idle(now: float) -> bool:
    """Whether no call is live, and the carrier had time for the final requests of the last one."""
    return not capacity.count and now - capacity.left_at >= FAREWELL_SECONDS


def kind_of_socket(path: str) -> Kind | None:
    """Which kind of socket `path` belongs to; None if it is not served."""
    if not stream_paths.is_one(path):
        return Kind.SOCKET
    return None if stream_paths.read(path, now=timezone.now()) is None else Kind.CALL


def send_at_once(listener: int) -> None:
    """Set TCP_NODELAY for connections of this listening socket (a descriptor).

    uvicorn opens an inherited socket as a Unix one, so uvloop leaves TCP_NODELAY off: the body of a
    response, and every short message to a caller, would wait up to 40 ms for the acknowledgement of
    the data before. Connections inherit the option from their listener.
    """
    with socket.socket(fileno=os.dup(listener)) as inherited:
        if inherited.family in (socket.AF_INET, socket.AF_INET6):
            inherited.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--fd", type=int, help="an inherited listening socket")
    parser.add_argument("--gate", type=int, help="an inherited descriptor to wait at, once loaded")
    options = parser.parse_args()
    gc.disable()  # until all is loaded (`asgi.keep_loaded`): collecting it would only take time
    keep_private()
    clock_steps.watch()
    sys.setswitchinterval(SWITCH_SECONDS)
    if options.fd is not None:
        send_at_once(options.fd)
    tighten_installation()
    limit = descriptors.raise_limit()
    connections = Connections(most=descriptors.most_connections())
    guard = Guard(
        connections=connections,
        leaves_calls=lambda: lifecycle.is_draining,
        socket_kind=kind_of_socket,
        address_header=settings.ALLAUTH_TRUSTED_CLIENT_IP_HEADER.lower().encode(),
    )
    throttle_refusals()  # of the handlers that the settings, read by now, have set up
    log.info("connections_limited", most=connections.most, descriptors=limit)
    config = uvicorn.Config(
        APPLICATION,
        host=options.host,
        port=options.port,
        fd=options.fd,
        loop="uvloop",
        backlog=min(MOST_PENDING, connections.most // 4),
        http=guarded(guard),
        ws=FastProtocol,
        ws_max_size=MAX_SOCKET_MESSAGE_BYTES,
        ws_per_message_deflate=False,  # 20 ms of mu-law does not compress; Twilio offers none
        lifespan="on",
        log_config=None,  # voicex.logs has set up the handlers
        access_log=False,  # webhook URLs carry keys
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )
    if options.gate is not None:
        import_module(APPLICATION.partition(":")[0])
        if not early_server.is_opened(options.gate):
            return
    DrainingServer(config, connections).run()


if __name__ == "__main__":
    main()
