"""Fixtures of the accounting tests."""

import pytest

from usage.tests.scene import Scene


@pytest.fixture
def scene(db: None) -> Scene:
    """An organization with a key and a scripted agent."""
    return Scene()
