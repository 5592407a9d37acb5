"""The Celery application: post-call accounting and its schedule.

With `REDIS_URL` the broker is Redis and `docker/entrypoint.sh worker` runs the tasks.
Without it the broker lives in memory and a worker thread of the serving process runs
the same tasks (`voicex.inprocess`).
"""

from celery import Celery

app = Celery("voicex")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["usage"])
