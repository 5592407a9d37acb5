"""Importing this sets Django up as the tests do, without a developer's own `.env`."""

import django

import testing.environment  # noqa: F401  before the settings are read

django.setup()
