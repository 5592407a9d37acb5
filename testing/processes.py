"""A media process as it reports itself, without one."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from telephony.models import ProcessReport
from voicex import VERSION


def a_process(name: str, **changed: Any) -> ProcessReport:
    """The row of a process that has just reported three of ten calls."""
    now = timezone.now()
    reported: dict[str, Any] = {
        "at": now,
        "started_at": now - timedelta(hours=3),
        "version": VERSION,
        "calls": 3,
        "most_calls": 10,
        "lag_ms": 2,
        "memory_mb": 512,
        "is_draining": False,
    }
    return ProcessReport.objects.create(name=name, **reported | changed)
