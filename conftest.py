"""Options and fixtures of every test; fixtures of an app live beside it."""

import gc
import re
import secrets
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Final

import pytest
from hypothesis import HealthCheck, settings

from telephony.session.turns import raise_unlisted
from voicex import logs
from voicex.secrets.secret_values import SecretValues

# How long an example takes, or is made, is the machine's affair; benchmarks measure.
settings.register_profile("voicex", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("voicex")

pytest_plugins = [
    "testing.cast",
    "testing.fixtures",
    "testing.flush",
    "testing.kept_database",
    "testing.shares",
]


# What a process remembers of providers, callers and its clock, by module. The attributes of these
# objects are set back to those of a new one.
REMEMBERED: Final = {
    "agents.engines.google.ways": "refused_ways",
    "agents.engines.openai.server_habits": "server_habits",
    "agents.engines.health": "engine_health",
    "agents.engines.openai.model_keepalive": "model_keepalive",
    "telephony.admission.busy_pool": "busy_pool",
    # A hundred tests ring within its two seconds, and the process is full.
    "telephony.admission.preparation": "prepared_calls",
    "telephony.process.known_keys": "known_keys",
    "telephony.process.recent_calls": "recent_calls",
    # A worker that one test runs in this process watches the clock, and the next test travels.
    "voicex.processes.clock_steps": "clock_steps",
}


@pytest.fixture(autouse=True)
def no_trace_of_another_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test finds the process as if it were the first.

    One fixture and not three: pytest takes 0.1 ms for each, in ten thousand tests a second.
    """
    # What one test stores as a key would be hidden in the log lines that another compares.
    monkeypatch.setattr(logs, "_secret_values", SecretValues())
    # What one test found out about a server would change what another one sends to it.
    for module, name in REMEMBERED.items():
        # Most tests need none of them, and one imports a package that takes a second to load.
        if module in sys.modules:
            remembering = getattr(sys.modules[module], name)
            vars(remembering).update(vars(type(remembering)()))
    # A live call logs a move that the table of states does not list; a call of a test raises.
    if live_call := sys.modules.get("telephony.calls.streams.live_call"):
        monkeypatch.setattr(live_call, "report_unlisted", raise_unlisted)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of the tests in tests/security that draw by chance."""
    parser.addoption("--fuzz-seed", default="", help="draw the same again")
    parser.addoption("--fuzz-amount", type=float, default=1.0, help="so many times as much")


def pytest_configure(config: pytest.Config) -> None:
    """Each run draws anew; all of its processes draw by the same seed."""
    config.option.fuzz_seed = config.option.fuzz_seed or secrets.token_hex(4)


# What `make quick` leaves out. Of the tests with a database it runs those of files marked `core`.
_NOT_QUICK: Final = ("services", "models", "slow")
# A file whose tests are all of those, or all need a database and are not its room's core.
_NONE_IS_QUICK: Final = re.compile(
    rf"^pytestmark = \[?pytest\.mark\.(?:{'|'.join(_NOT_QUICK)}|django_db\b(?!.*\bcore\b))\b", re.M
)
# Their conftest.py gives each of their tests its markers, and imports a browser to do so.
_NO_FOLDER_IS_QUICK: Final = frozenset({"journeys"})


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Ten thousand tests are a million objects that stay: nothing scans them again and again."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """`make quick` imports no file of which it runs nothing: some take seconds to list their tests.

    None lets pytest decide.
    """
    if config.option.markexpr != "quick":
        return None
    if not _NO_FOLDER_IS_QUICK.isdisjoint(collection_path.relative_to(config.rootpath).parts):
        return True
    if collection_path.suffix != ".py":
        return None
    return True if _NONE_IS_QUICK.search(collection_path.read_text()) else None


# Fixtures that pytest-django gives to every test, and the marker or fixture without which each does
# nothing.
_IDLE_WITHOUT: Final = {
    "_django_db_marker": "django_db",
    "_django_set_urlconf": "urls",
    "_django_isolate_apps": "django_isolate_apps",
    "_template_string_if_invalid_marker": "ignore_template_errors",
    "_live_server_helper": "live_server",
    "_django_clear_site_cache": "django.contrib.sites",  # an app that we do not have
}


@pytest.hookimpl(trylast=True)  # the journeys get their markers in a hook of their own
def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark what needs a database or draws many examples, and what `make quick` runs."""
    if not isinstance(item, pytest.Function):
        return
    marks = {mark.name for mark in item.iter_markers()}
    given = set()
    if "django_db" in marks or not {"db", "transactional_db"}.isdisjoint(item.fixturenames):
        given.add("database")
    if getattr(item.obj, "is_hypothesis_test", False):
        given.add("slow")
    marks |= given
    if marks.isdisjoint(_NOT_QUICK) and ("core" in marks or "database" not in marks):
        given.add("quick")
    for name in given:
        item.add_marker(name)
    # To set them up takes 0.4 ms: in ten thousand tests four seconds.
    needed = marks.union(item.fixturenames)
    idle = {name for name, other in _IDLE_WITHOUT.items() if other not in needed}
    item.fixturenames = [name for name in item.fixturenames if name not in idle]


@pytest.hookimpl(trylast=True)  # of what `-m` has selected
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that wait for servers and calls come between those that compute, the longest first.

    Workers take files in this order: at any time one of them waits while another computes, and
    none is left alone with a long file at the end.
    """
    files: dict[Path, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.path, []).append(item)
    waiting = [path for path, tests in files.items() if any(map(_waits, tests))]
    waiting.sort(key=lambda path: -len(files[path]))  # stable, so the same in every worker
    computing = [path for path in files if path not in set(waiting)]
    # Behind each of them as many of the others, and the last quarter of those at the end.
    between = len(computing) * 3 // 4 // (len(waiting) or 1)
    ordered = []
    for number, path in enumerate(waiting):
        ordered += [path, *computing[number * between : (number + 1) * between]]
    ordered += computing[len(waiting) * between :]
    items[:] = [item for path in ordered for item in files[path]]


def _waits(item: pytest.Item) -> bool:
    return any(item.get_closest_marker(name) for name in ("services", "models"))


def pytest_report_header(config: pytest.Config) -> str:
    """What it takes to have the same run again."""
    return f"fuzz seed: --fuzz-seed={config.option.fuzz_seed}"
