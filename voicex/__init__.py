"""Voicex answers phone calls with AI agents: the Django project package."""

from typing import Final

from voicex.celery import app as celery_app

VERSION: Final = "0.1.0"  # as in pyproject.toml, which the image does not hold

__all__ = ["VERSION", "celery_app"]
