"""Fixtures of the end-to-end tests."""

from collections.abc import Iterator

import pytest

from testing.services.service import Service, running


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The service on scripted engines, without Redis."""
    with running(tmp_path_factory.mktemp("service"), engines="scripted") as running_service:
        yield running_service
