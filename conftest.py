"""Fixtures for every test live beside the apps; this file marks the root for pytest."""

import pytest
from hypothesis import HealthCheck, settings

from voicex import logs
from voicex.secret_values import SecretValues

# How long an example takes, or is made, is the machine's affair; benchmarks measure.
settings.register_profile("voicex", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("voicex")

pytest_plugins = ["accounts.tests.cast", "usage.tests.flush"]


@pytest.fixture(autouse=True)
def no_secret_of_another_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """What one test stores as a key would be hidden in the log lines that another compares."""
    monkeypatch.setattr(logs, "_secret_values", SecretValues())
