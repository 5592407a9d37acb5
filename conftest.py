"""Fixtures for every test live beside the apps; this file marks the root for pytest."""

from hypothesis import HealthCheck, settings

# How long an example takes, or is made, is the machine's affair; benchmarks measure.
settings.register_profile("voicex", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("voicex")

pytest_plugins = ["accounts.tests.cast", "usage.tests.flush"]
