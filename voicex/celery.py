"""The Celery application: post-call accounting and its schedule.

With `REDIS_URL` the broker is Redis and `docker/entrypoint.sh worker` runs the tasks.
Without it the broker lives in memory and a worker thread of the serving process runs
the same tasks (`voicex.processes.inprocess_worker`).
"""

import logging
import os
import sys
from typing import Any

from celery import Celery, signals
from django.db import close_old_connections, connections

from voicex.processes.clock_steps import clock_steps
from voicex.secrets.private_files import keep_private

# Celery looks for Django when the application is made, and this module is imported with
# the package: before `voicex.asgi` or `celery -A voicex` could have said where settings are.
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voicex.settings")

app = Celery("voicex")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["usage", "telephony"])


# Celery closes the connection, and a pool of them, around each task unless it knows how many
# tasks may share one; `_check_connection` knows better when to close one.
app.conf["CELERY_DB_REUSE_MAX"] = sys.maxsize


@signals.celeryd_init.connect  # type: ignore[untyped-decorator]  # celery has no types
@signals.beat_init.connect  # type: ignore[untyped-decorator]
def _write_for_our_user_alone(**_kwargs: Any) -> None:
    keep_private()


@signals.worker_init.connect  # type: ignore[untyped-decorator]  # celery has no types
def _watch_the_clock(**_kwargs: Any) -> None:
    """Start the watch for clock changes before the worker forks its children, which read it."""
    clock_steps.watch()


@signals.worker_process_init.connect  # type: ignore[untyped-decorator]  # celery has no types
def _keep_the_connection(**_kwargs: Any) -> None:
    """A child of the worker keeps its database connection from task to task.

    A new connection costs PostgreSQL a process, and more time than the task itself. A child runs
    one task at a time, so it needs no pool; Django refuses persistent connections with a pool.
    """
    database = connections.settings["default"]
    database["OPTIONS"].pop("pool", None)
    database["CONN_MAX_AGE"] = None


@signals.task_prerun.connect  # type: ignore[untyped-decorator]
@signals.task_postrun.connect  # type: ignore[untyped-decorator]
def _check_connection(**_kwargs: Any) -> None:
    """Close the connection if it has reached its maximum age, or failed, as after a restart of
    PostgreSQL.
    """
    close_old_connections()


@signals.setup_logging.connect  # type: ignore[untyped-decorator]  # celery has no types
def _keep_our_logs(**_kwargs: Any) -> None:
    """Celery installs no handlers and no level where this signal has a receiver.

    `voicex.logs` has set up both. Celery logs every task, and beat every tick, at INFO; our own
    events say it better.
    """
    logging.getLogger("celery").setLevel(logging.WARNING)
