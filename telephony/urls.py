"""Routes of the Twilio door (under /api/twilio/)."""

from django.urls import path, re_path

from telephony import callbacks, door, views

app_name = "telephony"
urlpatterns = [
    path("voice", views.voice, name="voice"),
    path("status", callbacks.status, name="status"),
    path("after/<token>", callbacks.after, name="after"),
    path("stream-status/<token>", callbacks.stream_status, name="stream-status"),
    re_path("", door.nowhere),
]
