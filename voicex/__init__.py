"""Voicex answers phone calls with AI agents: the Django project package."""

from voicex.celery import app as celery_app

__all__ = ["celery_app"]
