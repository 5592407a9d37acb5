"""Routes of the Twilio door (under /api/twilio/)."""

from django.urls import path

from telephony import callbacks, views

app_name = "telephony"
urlpatterns = [
    path("voice", views.voice, name="voice"),
    path("status", callbacks.status, name="status"),
    path("after/<token>", callbacks.after, name="after"),
    path("stream-status/<token>", callbacks.stream_status, name="stream-status"),
]
