"""One service and its odd provider for the calls of a module."""

from collections.abc import Iterator

import pytest

from testing.services.service import Service
from tests.odd_answers.calls import odd_service


@pytest.fixture(scope="module")
def odd(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Service]:
    """The service, on a provider that answers as its models are named."""
    with odd_service(tmp_path_factory.mktemp("odd"), engines=request.module.PLATFORM) as service:
        yield service


@pytest.fixture(scope="module")
def names(request: pytest.FixtureRequest) -> list[str]:
    """The odd answers of the module's tests that are run: `-k` places only the calls it needs."""
    specs = [
        getattr(item, "callspec", None)
        for item in request.session.items
        if getattr(item, "module", None) is request.module
    ]
    return sorted({spec.params["name"] for spec in specs if spec is not None})
