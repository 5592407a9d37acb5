"""Every HTTP route of the site."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
    path("api/twilio/", include("telephony.urls")),
    path("", include("voicex.health")),
    path("", include("telephony.dashboard.urls")),
]
