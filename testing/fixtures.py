"""Fixtures of all tests: organizations with an agent, their numbers, and what was logged."""

from collections.abc import Iterator, MutableMapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.core.cache import cache
from pytest_django.fixtures import Settings
from structlog.testing import capture_logs

from testing.cast import Cast
from testing.office import Office
from testing.phone_number import PhoneNumber, line_of
from testing.scene import Scene
from testing.twilio.own_account import give_account
from testing.twilio.rest_api import FakeTwilio, fake_twilio
from voicex.bounds import log_throttle

if TYPE_CHECKING:
    from telephony.process.runtime import Runtime


@pytest.fixture
def line(cast: Cast) -> PhoneNumber:
    """The number of Acorn."""
    return line_of(cast.acorn)


@pytest.fixture
def other_line(cast: Cast) -> PhoneNumber:
    """The number of Birch, a stranger to Acorn."""
    return line_of(cast.birch, name="Front desk")


@pytest.fixture
def acorn(cast: Cast) -> Office:
    """Acorn with its calls, agents and pages."""
    return Office(cast.acorn)


@pytest.fixture
def logged() -> Iterator[list[MutableMapping[str, Any]]]:
    """The structlog events of the test, as they were logged."""
    with capture_logs() as events:
        yield events


@pytest.fixture(autouse=True, scope="session")
def unthrottled_logs() -> Iterator[None]:
    """No line of the log is held back because of what an earlier test caused."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(log_throttle, "EVERY_SECONDS", 0.0)
        yield


@pytest.fixture
def storage_paths(settings: Settings, tmp_path: Path) -> tuple[Path, ...]:
    """The recordings' storage, and VAR_DIR."""
    stored, var = tmp_path / "recordings", tmp_path / "var"
    settings.VAR_DIR = var
    settings.STORAGES = {
        **settings.STORAGES,
        "recordings": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": stored, "allow_overwrite": True},
        },
    }
    return stored, var


@pytest.fixture
def account_holder(scene: Scene) -> Scene:
    """An organization that gave its account at Twilio, and its token."""
    give_account(scene.org)
    return scene


@pytest.fixture
def twilio(settings: Settings) -> Iterator[FakeTwilio]:
    """Twilio's REST API on loopback, of which nothing was asked yet."""
    cache.clear()  # requests are counted there
    with fake_twilio() as server:
        settings.TWILIO_REST_URL = server.url
        yield server


@pytest.fixture
def shared(settings: Settings, tmp_path: Path) -> Iterator["Runtime"]:
    """What the calls of this process share; it keeps its files in the test's directory."""
    from testing.calls.served import media_process  # most tests serve no socket, and it is large

    settings.VAR_DIR = tmp_path
    with media_process() as runtime:
        yield runtime


@pytest.fixture
def scene(db: None) -> Scene:
    """An organization with a key and a scripted agent."""
    return Scene()
