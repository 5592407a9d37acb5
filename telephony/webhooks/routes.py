"""The HTTP routes of each carrier, below /api/<its name>/."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path, re_path

from telephony.webhooks import callbacks, decorators, transfers, voice, waiting
from voicex.web.routes import with_secrets


def routes() -> list[URLResolver]:
    """Those of all carriers; each carrier's name is the namespace of its own."""
    return [
        path(f"api/{name}/", include((_routes_of(name), "telephony"), namespace=name))
        for name in settings.CARRIERS
    ]


def _routes_of(carrier: str) -> list[URLPattern]:
    asked = {"carrier": carrier}
    return [
        with_secrets(path("voice", voice.voice, asked, name="voice"), in_query=True),
        with_secrets(path("status", callbacks.status, asked, name="status"), in_query=True),
        with_secrets(path("after/<token>", callbacks.after, asked, name="after"), "token"),
        with_secrets(
            path("stream-status/<token>", callbacks.stream_status, asked, name="stream-status"),
            "token",
        ),
        with_secrets(path("waiting/<token>", waiting.waiting, asked, name="waiting"), "token"),
        path("music.wav", waiting.music, asked, name="music"),
        *(
            with_secrets(path(f"{name}/<token>", view, asked, name=name), "token")
            for name, view in transfers.VIEWS.items()
        ),
        re_path("", decorators.nowhere),
    ]
