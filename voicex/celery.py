"""The Celery application: post-call accounting and its schedule.

With `REDIS_URL` the broker is Redis and `docker/entrypoint.sh worker` runs the tasks.
Without it the broker lives in memory and a worker thread of the serving process runs
the same tasks (`voicex.inprocess`).
"""

import logging
import os
from typing import Any

from celery import Celery, signals

# Celery looks for Django when the application is made, and this module is imported with
# the package: before `voicex.asgi` or `celery -A voicex` could have said where settings are.
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voicex.settings")

app = Celery("voicex")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["usage"])


@signals.setup_logging.connect  # type: ignore[untyped-decorator]  # celery has no types
def _keep_our_logs(**_kwargs: Any) -> None:
    """Celery installs no handlers and no level where somebody listens to this signal.

    `voicex.logs` has set up both. Celery tells of every task, and beat of every tick, at INFO;
    our own events say it better.
    """
    logging.getLogger("celery").setLevel(logging.WARNING)
