"""Celery's app for the site's worker: it sweeps often, so that no journey waits for the sweeper."""

from typing import Final

from voicex.celery import app
from voicex.settings.tasks import Every

SWEEP_SECONDS: Final = 2.0  # fifteen in the settings

app.conf.beat_schedule["sweep"]["schedule"] = Every(SWEEP_SECONDS)
