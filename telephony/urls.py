"""Routes of the Twilio door (under /api/twilio/)."""

from django.urls import path, re_path

from telephony.twilio import callbacks, decorators, webhook
from voicex.routes import with_secrets

app_name = "telephony"
urlpatterns = [
    with_secrets(path("voice", webhook.voice, name="voice"), in_query=True),
    with_secrets(path("status", callbacks.status, name="status"), in_query=True),
    with_secrets(path("after/<token>", callbacks.after, name="after"), "token"),
    with_secrets(
        path("stream-status/<token>", callbacks.stream_status, name="stream-status"), "token"
    ),
    re_path("", decorators.nowhere),
]
