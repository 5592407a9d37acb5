"""The Celery application: post-call accounting and its schedule.

With `REDIS_URL` the broker is Redis and `docker/entrypoint.sh worker` runs the tasks.
Without it the broker lives in memory and a worker thread of the serving process runs
the same tasks (`voicex.inprocess`).
"""

import os

from celery import Celery

# Celery looks for Django when the application is made, and this module is imported with
# the package: before `voicex.asgi` or `celery -A voicex` could have said where settings are.
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voicex.settings")

app = Celery("voicex")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["usage"])
