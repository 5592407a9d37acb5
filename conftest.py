"""Fixtures for every test live beside the apps; this file marks the root for pytest."""

pytest_plugins = ["accounts.tests.cast", "usage.tests.flush"]
