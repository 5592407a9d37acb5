"""Health, readiness and metrics routes."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from voicex.lifecycle import lifecycle


def healthz(_request: HttpRequest) -> JsonResponse:
    """The process is alive."""
    return JsonResponse({"ok": True})


def readyz(_request: HttpRequest) -> JsonResponse:
    """New calls are welcome here; 503 while draining or still warming up."""
    return JsonResponse({"ready": lifecycle.is_ready}, status=200 if lifecycle.is_ready else 503)


def metrics(_request: HttpRequest) -> HttpResponse:
    """Prometheus' text format."""
    return HttpResponse(generate_latest(), content_type=CONTENT_TYPE_LATEST)


urlpatterns = [
    path("healthz", healthz),
    path("readyz", readyz),
    path("metrics", metrics),
]
