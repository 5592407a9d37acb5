"""Fixtures for every test live beside the apps; this file marks the root for pytest."""

from hypothesis import settings

# How long an example takes is the machine's affair; benchmarks measure.
settings.register_profile("voicex", deadline=None)
settings.load_profile("voicex")

pytest_plugins = ["accounts.tests.cast", "usage.tests.flush"]
