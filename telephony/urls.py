"""Routes of the Twilio door (under /api/twilio/)."""

from django.urls import URLPattern

app_name = "telephony"
urlpatterns: list[URLPattern] = []
