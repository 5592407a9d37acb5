"""The ASGI application: pages and webhooks by Django, sockets by Channels, start and stop.

Django's set-up comes before every import that needs its models.
"""

import asyncio
import gc
import os
import signal

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voicex.settings")

from django.core.asgi import get_asgi_application

django_application = get_asgi_application()

from typing import Any, Final  # noqa: E402

import structlog  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.conf import settings  # noqa: E402
from django.urls import get_resolver, path, re_path  # noqa: E402

from dashboard.live.consumer import ListenConsumer, NewsConsumer  # noqa: E402
from telephony.browser.consumer import BrowserConsumer  # noqa: E402
from telephony.carriers import registry as carriers  # noqa: E402
from telephony.process.runtime import STATE, Runtime  # noqa: E402
from telephony.webhooks.asgi import WebhookApplication  # noqa: E402
from telephony.webhooks.consumers import MediaStreamConsumer  # noqa: E402
from voicex.errors import VoicexError  # noqa: E402
from voicex.sockets import CLOSE_POLICY, close_socket  # noqa: E402
from voicex.threads import FILE_THREADS  # noqa: E402
from voicex.web import descriptors  # noqa: E402
from voicex.web.body_limit import BodyLimit, BodyRoom  # noqa: E402
from voicex.web.health import Health  # noqa: E402
from voicex.web.large_body_page import too_large  # noqa: E402
from voicex.web.lifecycle import lifecycle  # noqa: E402
from voicex.web.request_limiter import RequestLimiter  # noqa: E402
from voicex.web.routes import with_secrets  # noqa: E402

log = structlog.get_logger(__name__)

# Requests for pages that are served at once. Each runs on a thread, which competes for the
# interpreter lock with the event loop of the calls.
PAGES_AT_ONCE: Final = FILE_THREADS  # each of them may send a file
# Limits for each visitor: requests served or waiting; requests served at once, so that slow
# downloads leave places for other visitors; and answers rendered at once, so that a visitor who
# opens many pages takes no more CPU time from calls than a visitor who reads one page.
PAGES_OF_ONE: Final = 64
SERVED_OF_ONE: Final = PAGES_AT_ONCE // 2
MADE_OF_ONE: Final = 2
# Twice what the form of a carrier may have: one that is larger is refused in words.
CARRIER_BODY_BYTES: Final = 131_072
# Bodies that are kept in memory until they are answered, beyond the first 64 KB of each: some 25 of
# the largest files at once, six of them of one visitor.
BODIES_BYTES: Final = 64 * 2**20
BODIES_BYTES_OF_ONE: Final = 16 * 2**20
CARRIERS: Final = carriers.prefixes()
ADDRESS_HEADER: Final[bytes] = settings.ALLAUTH_TRUSTED_CLIENT_IP_HEADER.lower().encode()


class Lifespan:
    """ASGI lifespan: warm before the first call, write the last records before the end."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve the lifespan protocol of one process."""
        await receive()  # lifespan.startup
        await asyncio.to_thread(load_routes)
        try:
            runtime = await Runtime.start()
        except VoicexError as error:  # reported in a sentence; a trace would hide it
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            return
        scope["state"][STATE] = runtime
        keep_loaded(runtime)
        await send({"type": "lifespan.startup.complete"})
        worker = None
        if not settings.REDIS_URL:
            worker = asyncio.create_task(start_worker(runtime), name="start-worker")
        await receive()  # lifespan.shutdown
        lifecycle.is_draining = True
        await runtime.aclose()
        if worker is not None and (started := await worker):
            started.stop()
        await send({"type": "lifespan.shutdown.complete"})


def load_routes() -> None:
    """Import the code of all routes, which Django does in the first request.

    That may be of a caller whose line was lost: half a second of CPU time, in which nobody speaks.
    """
    _ = get_resolver().reverse_dict


def keep_loaded(runtime: Runtime) -> None:
    """Exclude all objects that exist now from garbage collection: a full scan would stop all calls
    for 100 ms.
    """
    gc.collect()
    gc.freeze()
    gc.enable()
    runtime.stall_watch.excuse()


async def start_worker(runtime: Runtime) -> Any:
    """Start this process's own worker (`inprocess_worker.Worker`); None when that fails.

    Called after start-up, because importing Celery takes a second.

    Without a worker no call would ever be settled, so the process ends when this fails. The broad
    except is its boundary.
    """
    try:
        worker = await asyncio.to_thread(_load_worker)
    except Exception:
        log.exception("worker_not_started")
        os.kill(os.getpid(), signal.SIGTERM)
        return None
    keep_loaded(runtime)
    return worker


def _load_worker() -> Any:
    from voicex.processes import inprocess_worker

    return inprocess_worker.start_worker()


async def refuse_socket(_scope: Any, receive: Any, send: Any) -> None:
    """Refuse a socket at a path that is not served: 403 in place of a handshake."""
    await receive()  # websocket.connect
    await close_socket(send, CLOSE_POLICY)


webhook_application = BodyLimit(
    WebhookApplication(
        most_waiting=descriptors.most_connections() // 4, address_header=ADDRESS_HEADER
    ),
    max_bytes=CARRIER_BODY_BYTES,
)
pages = BodyLimit(
    django_application,
    max_bytes=settings.DATA_UPLOAD_MAX_MEMORY_SIZE,
    limiter=RequestLimiter(
        most=PAGES_AT_ONCE,
        most_waiting=descriptors.most_connections() // 8,
        most_of_one=PAGES_OF_ONE,
        served_of_one=SERVED_OF_ONE,
        made_of_one=MADE_OF_ONE,
        address_header=ADDRESS_HEADER,
        session_cookie=settings.SESSION_COOKIE_NAME,
    ),
    room=BodyRoom(most=BODIES_BYTES, most_of_one=BODIES_BYTES_OF_ONE),
    too_large=too_large,
)


async def serve_http(scope: Any, receive: Any, send: Any) -> None:
    """Route an HTTP request: webhooks of carriers bypass Django's middleware, pages go through all
    of it.
    """
    serve = webhook_application if scope["path"].startswith(CARRIERS) else pages
    await serve(scope, receive, send)


socket_routes: Final[list[Any]] = [
    # Twilio keeps path segments and may add a slash (twilio docs, <Stream url>).
    *(
        with_secrets(
            re_path(rf"^api/{name}/stream(/|$)", MediaStreamConsumer.as_asgi(carrier=name)),
            in_rest=True,
        )
        for name in settings.CARRIERS
    ),
    path("api/browser/stream", BrowserConsumer.as_asgi()),
    path("live/<org_id>/", NewsConsumer.as_asgi()),
    path("live/<org_id>/listen/<call_sid>/", ListenConsumer.as_asgi()),
    # Without this route Channels raises, and any client could fill the log with tracebacks.
    re_path("", refuse_socket),  # type: ignore[arg-type]  # Channels routes ASGI
]

application = ProtocolTypeRouter(
    {
        "http": Health(serve_http),
        "websocket": URLRouter(socket_routes),
        "lifespan": Lifespan(),
    }
)
